"""Planted answers to the exercises of chapter 11: source, and for wrong ones a part of the message meant for it."""

from functools import partial

from tests.exercises.altered import but, having, same_object
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "page_with_clocks.page_world")


_VECTOR = "def vector_of(replica, vectors):\n"
_MERGE = "def merge(a, b):\n"
_JOIN = "def join(a, b):\n    items_a, seen_a = a\n    items_b, seen_b = b\n"
_KEPT = (
    "    both, seen_by_both = items_a & items_b, seen_a & seen_b\n"
    "    kept = {one for one in items_a | items_b if one in both or one[0] not in seen_by_both}\n"
)
_LARGEST = "    names = {name for vector in vectors for name in vector}\n"

_STORE = """@dataclass(frozen=True, slots=True)
class Copy:
    key: object
    versions: frozenset
    seen: VersionVector


@dataclass(frozen=True, slots=True)
class Copies(Message):
    copies: tuple


@dataclass(frozen=True, slots=True)
class CopyDue(Timer):
    pass


class SiblingStore(Node):
    def __init__(self, id, peers):
        super().__init__(id, peers)
        self.copies = {}

"""
_START = """    def on_start(self, log):
        self.copies = {copy.key: copy for copy in log}
        self.set_timer(CopyDue(), 50)

"""
_COPY_OF = """    def copy_of(self, key):
        return self.copies.get(key, Copy(key, frozenset(), VersionVector()))

    def store(self, copy):
        self.write(copy)
        self.copies[copy.key] = copy

"""
_REQUEST = """    def on_versioned_request(self, sender, request):
        mine = self.copy_of(request.key)
        if request.f == "read":
            values = tuple(value for _, _, value in sorted(mine.versions))
            self.reply(sender, request.op, VersionedResult(values, mine.seen))
            return
        seen = mine.seen.join(request.seen).increment(self.id)
        kept = {one for one in mine.versions if one[1] > request.seen[one[0]]}
        new = (self.id, seen[self.id], request.value)
        self.store(Copy(request.key, frozenset({*kept, new}), seen))
        self.reply(sender, request.op, VersionedResult((), VersionVector()))
        self.broadcast(Copies((self.copies[request.key],)))

"""
_ON_COPY = """    def on_copies(self, sender, message):
        for copy in message.copies:
            self.join(copy)

    def join(self, other):
        mine = self.copy_of(other.key)
        both = mine.versions & other.versions
        from_mine = {one for one in mine.versions if one[1] > other.seen[one[0]]}
        from_other = {one for one in other.versions if one[1] > mine.seen[one[0]]}
        joined = Copy(other.key, both | from_mine | from_other, mine.seen.join(other.seen))
        if joined != mine:
            self.store(joined)

"""
_DUE = """    def on_copy_due(self, timer):
        self.broadcast(Copies(tuple(self.copies.values())))
        self.set_timer(timer, 50)
"""

_EVERY_COPY = "        self.broadcast(Copies(tuple(self.copies.values())))\n"


def _store(*replacements: tuple[str, str]) -> str:
    """Return the source of a right store with each of the texts replaced."""
    text = _STORE + _START + _COPY_OF + _REQUEST + _ON_COPY + _DUE
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


_DONE = "            self.reply(sender, request.op, VersionedResult((), VersionVector()))\n            return\n"
_WRITING = "        seen = mine.seen.join(request.seen)"
_ACKED = _store(
    (
        "@dataclass(frozen=True, slots=True)\nclass CopyDue",
        "@dataclass(frozen=True, slots=True)\nclass Stored(Message):\n    copies: tuple\n\n\n"
        "@dataclass(frozen=True, slots=True)\nclass CopyDue",
    ),
    ("        self.copies = {}\n", "        self.copies, self.open = {}, set()\n"),
    (
        "        self.set_timer(CopyDue(), 50)\n",
        "        self.open = {(peer, key) for peer in self.peers for key in self.copies}\n"
        "        self.set_timer(CopyDue(), 50)\n",
    ),
    (
        "        self.copies[copy.key] = copy\n",
        "        self.copies[copy.key] = copy\n        self.open |= {(peer, copy.key) for peer in self.peers}\n",
    ),
    (
        "            self.join(copy)\n",
        "            self.join(copy)\n        self.send(sender, Stored(message.copies))\n\n"
        "    def on_stored(self, sender, stored):\n"
        "        for copy in stored.copies:\n"
        "            if self.copies.get(copy.key) == copy:\n"
        "                self.open.discard((sender, copy.key))\n",
    ),
    (
        _EVERY_COPY,
        "        for peer in self.peers:\n"
        "            missing = tuple(self.copies[key] for one, key in self.open if one == peer)\n"
        "            if missing:\n"
        "                self.send(peer, Copies(missing))\n",
    ),
)

RIGHT = {
    "11.3": (
        _VECTOR
        + _LARGEST
        + "    seen = {name: max(v.get(name, 0) for v in vectors) for name in names}\n"
        + "    seen[replica] = seen.get(replica, 0) + 1\n"
        + "    return seen\n",
        _VECTOR
        + "    result = {replica: 0}\n"
        + "    for vector in vectors:\n"
        + "        for name in vector:\n"
        + "            if vector[name] > result.get(name, 0):\n"
        + "                result[name] = vector[name]\n"
        + "    result[replica] += 1\n"
        + "    return result\n",
        "from dscourse.clocks import VersionVector\n"
        + _VECTOR
        + "    joined = VersionVector()\n"
        + "    for vector in vectors:\n"
        + "        joined = joined.join(VersionVector(vector))\n"
        + "    return joined.increment(replica)\n",
        "from collections import Counter\nfrom functools import reduce\nfrom operator import or_\n"
        + _VECTOR
        + "    return reduce(or_, map(Counter, vectors)) + Counter([replica])\n",
        "from fractions import Fraction\nfrom types import MappingProxyType\n"
        + _VECTOR
        + "    pairs = sorted((pair for v in vectors for pair in v.items()), key=lambda pair: pair[1])\n"
        + "    seen = {name: Fraction(count) for name, count in pairs}\n"
        + "    return MappingProxyType({**seen, replica: seen.get(replica, 0) + 1})\n",
        "import numpy as np\n"
        + _VECTOR
        + "    names = sorted({replica}.union(*vectors))\n"
        + "    counts = np.max([[v.get(name, 0) for name in names] for v in vectors], axis=0)\n"
        + "    counts[names.index(replica)] += 1\n"
        + "    return dict(zip(names, counts))\n",
    ),
    "11.4": (
        'plan = [At(50, SetClock("n1", skew_ms=201))]',
        'plan = [At(250, SetClock("n2", skew_ms=-250))]',
        'plan = [At(0, SetClock("n1", skew_ms=120)), At(0, SetClock("n2", skew_ms=-120))]',
        'plan = (At(99.5, SetClock("n1", skew_ms=200.5)),)',
        'plan = At(299, sim.SetClock("n2", skew_ms=-201))',
        'plan = [At(250, SetClock("n2", skew_ms=-210)), At(450, SetClock("n2", skew_ms=0))]',
        'plan = (At(0, SetClock(name, skew_ms=ms)) for name, ms in (("n1", 125), ("n2", -125)))',
        'plan = {At(100, SetClock("n1", skew_ms=200.001))}',
        # the plans of the diagram: a clock, and a late copy of the draft
        _touched('skew("n1", 40, 230)'),
        _touched("repeat(next(iter(run.messages)), 410)"),
    ),
    "11.5": (
        _MERGE
        + "    fields = set(a) | set(b)\n"
        + '    return {f: max(a.get(f, (0, "", "")), b.get(f, (0, "", ""))) for f in fields}\n',
        _MERGE
        + "    result = dict(b)\n"
        + "    for field in a:\n"
        + "        if field not in b or (a[field][::2], a[field]) > (b[field][::2], b[field]):\n"
        + "            result[field] = a[field]\n"
        + "    return result\n",
        _MERGE
        + "    def later(write, other):\n"
        + "        return write if (write[0], other[1]) >= (other[0], write[1]) else other\n\n"
        + "    return {**a, **b, **{f: later(a[f], b[f]) for f in a.keys() & b.keys()}}\n",
        # of equal times the write with the smaller digest stays: any order will do that all primaries share
        "import hashlib\n"
        + _MERGE
        + "    def rank(write):\n"
        + "        return -write[0], hashlib.sha256(write[1].encode()).digest()\n\n"
        + "    some = sorted([*a.items(), *b.items()], key=lambda item: rank(item[1]), reverse=True)\n"
        + "    return dict(some)\n",
        "class Profile:\n"
        + "    __slots__ = ('writes',)\n\n"
        + "    def __init__(self, writes):\n"
        + "        self.writes = dict(writes)\n\n"
        + "    def __or__(self, other):\n"
        + "        joined = Profile(self.writes)\n"
        + "        for field, write in other.writes.items():\n"
        + "            if joined.writes.setdefault(field, write)[:2] < write[:2]:\n"
        + "                joined.writes[field] = write\n"
        + "        return joined\n\n\n"
        + _MERGE
        + "    return (Profile(a) | Profile(b)).writes\n",
        "import heapq\nfrom collections import defaultdict\n"
        + _MERGE
        + "    writes = defaultdict(list)\n"
        + "    for field, write in (*a.items(), *b.items()):\n"
        + "        writes[field].append(list(write))\n"
        + "    return {field: heapq.nlargest(1, some)[0] for field, some in writes.items()}\n",
    ),
    "11.6": (
        _JOIN
        + "    gone_a = {one for one in items_b if one[0] in seen_a} - items_a\n"
        + "    gone_b = {one for one in items_a if one[0] in seen_b} - items_b\n"
        + "    return (items_a | items_b) - gone_a - gone_b, seen_a | seen_b\n",
        _JOIN
        + "    items = set(items_a & items_b)\n"
        + "    for item in items_a ^ items_b:\n"
        + "        if not (item[0] in seen_a and item[0] in seen_b):\n"
        + "            items.add(item)\n"
        + "    return items, seen_a | seen_b\n",
        "from functools import reduce\n"
        + _JOIN
        + "    gone = (seen_a - {name for name, _ in items_a}) | (seen_b - {name for name, _ in items_b})\n"
        + "    kept = filter(lambda one: one[0] not in gone, items_a | items_b)\n"
        + "    return [sorted(kept), sorted(seen_a.union(seen_b))]\n",
        _JOIN
        + "    both = items_a & items_b\n"
        + "    kept = (one for one in items_a | items_b if one in both or one[0] not in seen_a & seen_b)\n"
        + "    return kept, iter(seen_a | seen_b)\n",
        _JOIN
        + "    held_a, held_b = dict(items_a), dict(items_b)\n"
        + "    kept = held_a.keys() & held_b.keys() | held_a.keys() - seen_b | held_b.keys() - seen_a\n"
        + "    every = held_a | held_b\n"
        + "    return {name: every[name] for name in kept}.items(), seen_a | seen_b\n",
    ),
    "11.7": (
        _STORE
        + _START
        + _COPY_OF
        + _REQUEST.replace("        self.broadcast(Copies((self.copies[request.key],)))\n", "")
        + _ON_COPY
        + _DUE.replace("50", "40")
        .replace("tuple(self", "tuple(list(self")
        .replace("()))", "())[::-1]))"),
        # every update by its number and its writer, with all that it replaces
        "@dataclass(frozen=True, slots=True)\n"
        "class Put(Message):\n"
        "    key: str\n"
        "    replica: str\n"
        "    number: int\n"
        "    value: object\n"
        "    seen: VersionVector\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Ask(Message):\n"
        "    known: tuple\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class AskDue(Timer):\n"
        "    pass\n\n\n"
        "class SiblingStore(Node):\n"
        "    def __init__(self, id, peers):\n"
        "        super().__init__(id, peers)\n"
        "        self.puts = []\n\n"
        "    def on_start(self, log):\n"
        "        self.puts = list(log)\n"
        "        self.set_timer(AskDue(), 40)\n\n"
        "    def without_gaps(self, key):\n"
        "        known = {(put.replica, put.number): put for put in self.puts if put.key == key}\n"
        "        for replica, number in sorted(known):\n"
        "            if number > 1 and (replica, number - 1) not in known:\n"
        "                del known[replica, number]\n"
        "        return list(known.values())\n\n"
        "    def add(self, put):\n"
        "        if put not in self.puts:\n"
        "            self.write(put)\n"
        "            self.puts.append(put)\n\n"
        "    def on_versioned_request(self, sender, request):\n"
        "        mine = self.without_gaps(request.key)\n"
        "        if request.f == 'write':\n"
        "            number = 1 + sum(put.replica == self.id for put in mine)\n"
        "            put = Put(request.key, self.id, number, request.value, request.seen)\n"
        "            self.add(put)\n"
        "            self.reply(sender, request.op, VersionedResult((), VersionVector()))\n"
        "            self.broadcast(put)\n"
        "            return\n"
        "        newest = [p for p in mine if not any(q.seen[p.replica] >= p.number for q in mine)]\n"
        "        values = tuple(put.value for put in newest)\n"
        "        covered = VersionVector()\n"
        "        for put in newest:\n"
        "            covered = covered.join(put.seen).join(VersionVector({put.replica: put.number}))\n"
        "        self.reply(sender, request.op, VersionedResult(values, covered))\n\n"
        "    def on_put(self, sender, put):\n"
        "        self.add(put)\n\n"
        "    def on_ask_due(self, timer):\n"
        "        self.broadcast(Ask(tuple((p.key, p.replica, p.number) for p in self.puts)))\n"
        "        self.set_timer(timer, 40)\n\n"
        "    def on_ask(self, sender, ask):\n"
        "        for put in self.puts:\n"
        "            if (put.key, put.replica, put.number) not in ask.known:\n"
        "                self.send(sender, put)\n",
        # a component of the package's, and deltas until they are acknowledged
        "from dscourse.protocols.versions import Version, context_of, joined\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class State(Message):\n"
        "    copies: tuple\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Stored(Message):\n"
        "    copies: tuple\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Again(Timer):\n"
        "    pass\n\n\n"
        "class SiblingStore(Node):\n"
        "    def __init__(self, id, peers):\n"
        "        super().__init__(id, peers)\n"
        "        self.data, self.dots, self.open = {}, 0, set()\n\n"
        "    def on_start(self, log):\n"
        "        for key, versions in log:\n"
        "            self.data[key] = versions\n"
        "            mine = [version.count for version in versions if version.replica == self.id]\n"
        "            self.dots = max([self.dots, *mine, context_of(versions)[self.id]])\n"
        "        for key in self.data:\n"
        "            self.changed(key)\n\n"
        "    def store(self, key, versions):\n"
        "        self.data[key] = joined(self.data.get(key, ()), versions)\n"
        "        self.write((key, self.data[key]))\n\n"
        "    def changed(self, key):\n"
        "        self.open |= {(peer, key) for peer in self.peers}\n"
        "        self.on_again(Again())\n\n"
        "    def on_versioned_request(self, sender, request):\n"
        "        if request.f == 'read':\n"
        "            versions = self.data.get(request.key, ())\n"
        "            values = tuple(version.value for version in versions)\n"
        "            self.reply(sender, request.op, VersionedResult(values, context_of(versions)))\n"
        "            return\n"
        "        self.dots += 1\n"
        "        self.store(request.key, (Version(self.id, self.dots, request.seen, request.value),))\n"
        "        self.reply(sender, request.op, VersionedResult((), VersionVector()))\n"
        "        self.changed(request.key)\n\n"
        "    def on_state(self, sender, state):\n"
        "        for key, versions in state.copies:\n"
        "            before = self.data.get(key, ())\n"
        "            if joined(before, versions) != before:\n"
        "                self.store(key, versions)\n"
        "        self.send(sender, Stored(state.copies))\n\n"
        "    def on_stored(self, sender, stored):\n"
        "        for key, versions in stored.copies:\n"
        "            if self.data.get(key) == versions:\n"
        "                self.open.discard((sender, key))\n\n"
        "    def on_again(self, timer):\n"
        "        for peer in {peer for peer, _ in self.open}:\n"
        "            missing = tuple((key, self.data[key]) for one, key in self.open if one == peer)\n"
        "            self.send(peer, State(missing))\n"
        "        if self.open:\n"
        "            self.set_timer(timer, 30)\n",
        _ACKED,
        # entries and dots of the package's, a lock, and a timer at random
        "import threading\n"
        "from dscourse.conflicts.dots import Seen\n"
        "from dscourse.conflicts.registers import Dotted\n\n"
        "LOCK = threading.RLock()\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class States(Message):\n"
        "    states: tuple\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Due(Timer):\n"
        "    pass\n\n\n"
        "class SiblingStore(Node):\n"
        "    def __init__(self, id, peers):\n"
        "        super().__init__(id, peers)\n"
        "        self.data = {}\n\n"
        "    def on_start(self, log):\n"
        "        self.data = dict(log)\n"
        "        self.set_timer(Due(), (0, 60))\n\n"
        "    def join(self, key, state):\n"
        "        with LOCK:\n"
        "            before = self.data.get(key, Dotted())\n"
        "            after = Dotted(*before._joined(state))\n"
        "            if after != before:\n"
        "                self.write((key, after))\n"
        "                self.data[key] = after\n\n"
        "    def on_versioned_request(self, sender, request):\n"
        "        mine = self.data.get(request.key, Dotted())\n"
        "        if request.f == 'read':\n"
        "            result = VersionedResult(tuple(value for _, value in mine.entries), mine.seen.vector)\n"
        "            self.reply(sender, request.op, result)\n"
        "            return\n"
        "        seen = mine.seen | Seen(request.seen)\n"
        "        dot = seen.next(self.id)\n"
        "        new = frozenset({(dot, request.value)})\n"
        "        self.join(request.key, Dotted(new, Seen(request.seen) | Seen.of([dot])))\n"
        "        self.reply(sender, request.op, VersionedResult((), VersionVector()))\n\n"
        "    def on_states(self, sender, message):\n"
        "        for key, state in message.states:\n"
        "            self.join(key, state)\n\n"
        "    def on_due(self, timer):\n"
        "        self.broadcast(States(tuple(self.data.items())))\n"
        "        self.set_timer(timer, (20, 60))\n",
    ),
}

WRONG = {
    "11.3": (
        (_VECTOR + "    return {**vectors[0], replica: vectors[0].get(replica, 0) + 1}\n", "comes back"),
        (_VECTOR + _LARGEST + "    return {name: max(v.get(name, 0) for v in vectors) for name in names}\n",
         "would have the same vector"),
        (_VECTOR
         + _LARGEST
         + "    names = names | {replica}\n"
         + "    return {name: sum(v.get(name, 0) for v in vectors) + 1 for name in names}\n",
         "updates that nobody has made"),
        (_VECTOR + "    return None\n", "must give a dictionary of counts"),
        (_VECTOR + "    return {replica: vectors[0][replica] + 1}\n", "Your code raised KeyError"),
        (_VECTOR
         + "    a, b = vectors\n"
         + "    joined = {name: max(a.get(name, 0), b.get(name, 0)) for name in {*a, *b}}\n"
         + "    return {**joined, replica: joined.get(replica, 0) + 1}\n",
         "Your code raised ValueError: not enough values to unpack (expected 2, got 1)"),
        (_VECTOR + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors) for name in names}\n"
         + '    return {**seen, "n1": seen.get("n1", 0) + 1}\n',
         "n9 has made a new version"),
        (_VECTOR + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors) for name in names}\n"
         + "    return {**seen, replica: max(seen.values(), default=0) + 1}\n",
         "that claims updates that nobody has made"),
        (_VECTOR + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors[:2]) for name in names}\n"
         + "    return {**seen, replica: seen.get(replica, 0) + 1}\n",
         "which does not cover"),
        (_VECTOR
         + "    for vector in vectors[1:]:\n"
         + "        for name, count in vector.items():\n"
         + "            vectors[0][name] = max(count, vectors[0].get(name, 0))\n"
         + "    return {**vectors[0], replica: vectors[0].get(replica, 0) + 1}\n",
         "has changed its arguments"),
        (_VECTOR + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors[:5]) for name in names}\n"
         + "    return {**seen, replica: seen.get(replica, 0) + 1}\n",
         "which does not cover"),
        (_VECTOR + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors) & 1023 for name in names}\n"
         + "    return {**seen, replica: seen.get(replica, 0) + 1}\n",
         "which does not cover"),
        (_VECTOR + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors) for name in sorted(names)[:8]}\n"
         + "    return {**seen, replica: seen.get(replica, 0) + 1}\n",
         "which does not cover"),
        (_VECTOR
         + "    joined = {}\n"
         + "    for vector in vectors:\n"
         + "        for name, count in vector.items():\n"
         + "            key = name.strip().lower()\n"
         + "            joined[key] = max(count, joined.get(key, 0))\n"
         + "    return {**joined, replica: joined.get(replica, 0) + 1}\n",
         "which does not cover"),
        ("def vector_of(replica, vectors, joined={}):\n"
         + "    for vector in vectors:\n"
         + "        for name, count in vector.items():\n"
         + "            joined[name] = max(count, joined.get(name, 0))\n"
         + "    joined[replica] = joined.get(replica, 0) + 1\n"
         + "    return dict(joined)\n",
         "updates that nobody has made"),
        (_VECTOR
         + "    if len(vectors) == 1:\n"
         + "        vectors[0][replica] = vectors[0].get(replica, 0) + 1\n"
         + "        return vectors[0]\n"
         + _LARGEST
         + "    seen = {name: max(v.get(name, 0) for v in vectors) for name in names}\n"
         + "    return {**seen, replica: seen.get(replica, 0) + 1}\n",
         "has changed its arguments"),
    ),
    "11.4": (
        ('plan = [At(0, SetClock("n1", skew_ms=150))]', "Both primaries end with 'final'"),
        ('plan = [At(0, SetClock("n1", skew_ms=-250))]', "Both primaries end with 'final'"),
        ('plan = [At(150, SetClock("n1", skew_ms=250))]', "Both primaries end with 'final'"),
        ('plan = [At(0, SetClock("n1", skew_ms=200))]', "of equal times, that of the higher name wins"),
        ('plan = [At(0, SetClock("n2", skew_ms=250))]', "The draft bears the time 100, the final version 550"),
        ('plan = [At(0, SetClock("n1", skew_ms=250)), At(50, SetClock("n1", skew_ms=0))]',
         "The draft bears the time 100, the final version 300"),
        ('plan = [At(310, SetClock("n2", skew_ms=-250))]', "Both primaries end with 'final'"),
        ('plan = [At(0, SetClock("n1", skew_ms=1000))]', "skews up to 250 ms"),
        ('plan = [At(0, SetClock("n1", drift_ppm=900))]', "and no drift"),
        ('plan = [At(0, SetClock("n7", skew_ms=10))]', "the nodes are Ann, Bob, n1, n2"),
        ('plan = [At(0, Lose("Bob", "n2", "Request", 2))]', "his final version must be acknowledged"),
        ('plan = [At(250, Crash("n2")), At(400, Restart("n2"))]', "his final version must be acknowledged"),
        ('plan = [At(0, Repeat("Ann", "n1", "Request", 1, 100))]', "Both primaries end with 'final'"),
        ('plan = [At(290, Partition({"Ann", "n1"}, {"Bob", "n2"}))]', "n1 ends with 'draft', n2 ends with 'final'"),
        ("plan = 250", "must be a list of At"),
    ),
    "11.5": (
        (_MERGE + "    return {**a, **b}\n", "Not commutative"),
        (_MERGE
         + "    return {f: min([p[f] for p in (a, b) if f in p]) for f in {*a, *b}}\n",
         "there is a later write of"),
        (_MERGE
         + "    result = dict(a)\n"
         + "    for f in b:\n"
         + "        if f not in a or b[f][0] > a[f][0]:\n"
         + "            result[f] = b[f]\n"
         + "    return result\n",
         "Not commutative"),
        (_MERGE + "    return max(a, b, key=lambda p: max(p.values(), default=(0, '', '')))\n",
         "is missing"),
        (_MERGE
         + "    return {f: (9, '', '') for f in {*a, *b}}\n",
         "must hold one of the writes"),
        (_MERGE
         + "    result = dict(b)\n"
         + "    for field in a:\n"
         + "        if field not in b or (a[field][0], a[field][2]) > (b[field][0], b[field][2]):\n"
         + "            result[field] = a[field]\n"
         + "    return result\n",
         "Not commutative: merge({'name': (10, 'n10', 'Bob')}, {'name': (10, 'oslo', 'Bob')})"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], len(write[2])\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    def key(write):\n"
         + "        return str(write[0]), write[1], write[2]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "there is a later write of 'name'"),
        (_MERGE
         + "    def key(write):\n"
         + "        return int(write[0]), write[1], write[2]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "there is a later write of 'name'"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], write[2][:1]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    for field, write in b.items():\n"
         + "        a[field] = max(write, a.get(field, write))\n"
         + "    return a\n",
         "has changed its arguments"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], id(write)\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not "),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], hash(write[1])\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "hash() of a text differs from process to process"),
        (_MERGE
         + "    fields = [f for f in ('name', 'mail') if f in a or f in b]\n"
         + "    return {f: max(p[f] for p in (a, b) if f in p) for f in fields}\n",
         "is missing"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], write[1].casefold()\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], write[1][:8]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], write[1][-1:]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], sorted(write[1])\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0], sum(map(ord, write[1])) % 16\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "Not commutative"),
        (_MERGE
         + "    def key(write):\n"
         + "        return round(write[0], 3), write[1]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "there is a later write of"),
        (_MERGE
         + "    def key(write):\n"
         + "        return write[0] % 1_000_000, write[1]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "there is a later write of"),
        (_MERGE
         + "    def key(write):\n"
         + "        return min(write[0], 1e9), write[1]\n\n"
         + "    return {f: max((p[f] for p in (a, b) if f in p), key=key) for f in {*a, *b}}\n",
         "there is a later write of"),
        (_MERGE
         + "    if a == b:\n        return a\n"
         + "    return {f: max(p[f] for p in (a, b) if f in p) for f in {*a, *b}}\n",
         "returns one of its arguments"),
        (_MERGE
         + "    fields = sorted({*a, *b})[:20]\n"
         + "    return {f: max(p[f] for p in (a, b) if f in p) for f in fields}\n",
         "is missing"),
        (_MERGE
         + "    merged = {f: max(p[f] for p in (a, b) if f in p) for f in {*a, *b}}\n"
         + "    return {f: write for f, write in merged.items() if f and all(write)}\n",
         "is missing"),
        (_MERGE + "    return [a, b]\n", "must give a dictionary"),
        (_MERGE + "    return {f: max(a[f], b[f]) for f in {*a, *b}}\n", "Your code raised KeyError"),
    ),
    "11.6": (
        (_JOIN + "    return items_a & items_b, seen_a | seen_b\n", "your join has lost"),
        (_JOIN
         + "    kept = {one for one in items_a if one[0] not in seen_b}\n"
         + "    new = {one for one in items_b if one[0] not in seen_a}\n"
         + "    return frozenset(kept | new), seen_a | seen_b\n",
         "your join has lost"),
        (_JOIN
         + "    kept = {one for one in items_a if one in items_b or one[0] not in seen_b}\n"
         + "    return frozenset(kept | items_b), seen_a | seen_b\n",
         "now it is back"),
        (_JOIN
         + "    kept = {one for one in items_a if one in items_b or one[0] not in seen_b}\n"
         + "    new = {one for one in items_b if one in items_a or one[0] not in seen_a}\n"
         + "    return frozenset(kept | new), seen_a\n",
         "what either has seen"),
        (_JOIN + "    return items_a | items_b\n", "must give a pair of sets"),
        (_JOIN
         + "    gone = {item for name, item in items_a ^ items_b if name in seen_a and name in seen_b}\n"
         + "    return {one for one in items_a | items_b if one[1] not in gone}, seen_a | seen_b\n",
         "your join has lost"),
        (_JOIN
         + "    newest = max(seen_a | seen_b, default='')\n"
         + "    kept = {one for one in items_a | items_b if one in items_a & items_b or one[0] == newest}\n"
         + "    return kept, seen_a | seen_b\n",
         "your join"),
        (_JOIN
         + "    def own(one):\n"
         + "        return int(one[0].split(':')[1])\n\n"
         + "    kept_a = {one for one in items_a if one in items_b or own(one) and one[0] not in seen_b}\n"
         + "    kept_b = {one for one in items_b if one in items_a or own(one) and one[0] not in seen_a}\n"
         + "    return kept_a | kept_b, seen_a | seen_b\n",
         "Your code raised IndexError"),
        (_JOIN
         + "    kept = {one for one in items_a | items_b if one in items_a or one[0] not in seen_a}\n"
         + "    return kept, {name for name, _ in kept}\n",
         "what either has seen"),
        (_JOIN
         + "    from_a = {one for one in items_a if one in items_b or one[0] not in seen_b}\n"
         + "    from_b = {one for one in items_b if one in items_a or one[0] not in seen_a}\n"
         + "    return from_a | from_b, seen_a & seen_b\n",
         "what either has seen"),
        ("def join(a, b):\n"
         + "    (items_a, seen_a), (items_b, seen_b) = a, b\n"
         + "    gone = {one for one in items_a - items_b if one[0] in seen_b}\n"
         + "    gone |= {one for one in items_b - items_a if one[0] in seen_a}\n"
         + "    items_a |= items_b\n"
         + "    items_a -= gone\n"
         + "    seen_a |= seen_b\n"
         + "    return a\n",
         "has changed the sets that it was given"),
        (_JOIN + _KEPT + "    return kept, set(sorted(seen_a | seen_b)[:20])\n", "your `seen` lacks"),
        (_JOIN + _KEPT + "    return set(sorted(kept)[:6]), seen_a | seen_b\n", "your join has lost"),
        (_JOIN + _KEPT + "    return {one for one in kept if all(one)}, seen_a | seen_b\n", "your join has lost"),
        (_JOIN + _KEPT + "    return {(n, i) for i, n in {i: n for n, i in kept}.items()}, seen_a | seen_b\n",
         "your join has lost"),
        (_JOIN
         + "    def known(one, seen):\n"
         + "        return any(name.startswith(one[0]) for name in seen)\n\n"
         + "    from_a = {one for one in items_a if one in items_b or not known(one, seen_b)}\n"
         + "    from_b = {one for one in items_b if one in items_a or not known(one, seen_a)}\n"
         + "    return from_a | from_b, seen_a | seen_b\n",
         "your join has lost"),
    ),
    "11.7": (
        # one version vector per copy: the second of two clients at a replica replaces what it never saw
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("        kept = {one for one in mine.versions if one[1] > request.seen[one[0]]}\n", "")
         .replace("{*kept, new}", "{new}") + _ON_COPY + _DUE,
         "though nobody who had read it has replaced it"),
        # no number of its own: the context of the writer is the vector of the version
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("mine.seen.join(request.seen).increment", "request.seen.increment") + _ON_COPY + _DUE,
         "though"),
        # every sibling is kept for ever
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("{*kept, new}", "{*mine.versions, new}") + _ON_COPY + _DUE,
         "has replaced it there by"),
        # a union of what both have
        (_STORE + _START + _COPY_OF + _REQUEST
         + _ON_COPY.replace("both | from_mine | from_other", "mine.versions | other.versions") + _DUE,
         "has replaced it there by"),
        # what the context covers and this replica lacks is not remembered
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("mine.seen.join(request.seen).increment", "mine.seen.increment") + _ON_COPY + _DUE,
         "though Dan had read it, and has replaced it"),
        # forgets all at a restart
        (_STORE + "    def on_start(self, log):\n        self.set_timer(CopyDue(), 50)\n\n" + _COPY_OF + _REQUEST
         + _ON_COPY + _DUE, "though nobody who had read it has replaced it"),
        # does not write what it hears
        (_STORE + _START + _COPY_OF + _REQUEST
         + _ON_COPY.replace("self.store(joined)", "self.copies[joined.key] = joined") + _DUE,
         "has shown"),
        # replies before the copy is on disk
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("        self.store(Copy(", "        self.reply(sender, request.op, VersionedResult((), "
                            "VersionVector()))\n        self.store(Copy(")
         .replace("        self.reply(sender, request.op, VersionedResult((), VersionVector()))\n"
                  "        self.broadcast",
                  "        self.broadcast") + _ON_COPY + _DUE,
         "has acknowledged"),
        # sent once
        (_STORE + _START.replace("        self.set_timer(CopyDue(), 50)\n", "") + _COPY_OF + _REQUEST
         + _ON_COPY + _DUE,
         "lacks"),
        # effects in the constructor
        (_STORE.replace("self.copies = {}", "self.copies = {}\n        self.set_timer(CopyDue(), 50)")
         + _START.replace("        self.set_timer(CopyDue(), 50)\n", "")
         + _COPY_OF + _REQUEST + _ON_COPY + _DUE,
         "a node asks for effects in its handlers, from on_start on"),
        # every loss is repaired once, at the first timer alone
        (_STORE + _START + _COPY_OF + _REQUEST + _ON_COPY + _DUE.replace("        self.set_timer(timer, 50)\n", ""),
         "lacks"),
        # echoes every copy that changes something, and all copies every 2 ms
        (_STORE + _START.replace("50", "2") + _COPY_OF + _REQUEST + _ON_COPY + _DUE.replace("50", "2"),
         "at most 200 per second are allowed"),
        # starts its timer at the first start alone
        (_STORE + _START.replace("        self.set_timer(CopyDue(), 50)\n",
                                 "        if not log:\n            self.set_timer(CopyDue(), 50)\n")
         + _COPY_OF + _REQUEST + _ON_COPY + _DUE,
         "nobody who had read it has replaced it"),
        # numbers its updates by its clock, which may be set back
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("        seen = m", "        number = 10**6 + round(1000 * self.now)\n        seen = m")
         .replace(".increment(self.id)", ".join(VersionVector({self.id: number}))")
         .replace("(self.id, seen[self.id], request", "(self.id, number, request") + _ON_COPY + _DUE,
         "though"),
        # waits for a peer before it answers
        (_STORE.replace("self.copies = {}", "self.copies, self.open = {}, []") + _START + _COPY_OF
         + _REQUEST.replace("        self.reply(sender, request.op, VersionedResult((), VersionVector()))\n"
                            "        self.b",
                            "        self.open.append((sender, request.op))\n        self.b")
         + _ON_COPY
         + "        for client, op in self.open:\n"
         + "            self.reply(client, op, VersionedResult((), VersionVector()))\n"
         + "        self.open = []\n\n" + _DUE,
         "unanswered: a replica answers at once"),
        # one copy for all keys
        (_STORE + _START + _COPY_OF.replace("self.copies.get(key, Copy(key,", "self.copies.get('', Copy(''")
         .replace("self.copies[copy.key] = copy", "self.copies[''] = copy").replace("Copy('' f", "Copy('', f")
         + _REQUEST.replace("self.copies[request.key]", "self.copies['']") + _ON_COPY + _DUE,
         "which nobody has written there"),
        (_STORE + _START + _COPY_OF
         + _REQUEST.replace("VersionedResult(values, mine.seen)", "values") + _ON_COPY + _DUE,
         "a VersionedResult(values, context) is required"),
        # last writer wins
        (_STORE + _START + _COPY_OF + _REQUEST
         + _ON_COPY.replace("both | from_mine | from_other", "frozenset(sorted(both | from_mine | from_other)[-1:])")
         + _DUE,
         "though nobody who had read it has replaced it"),
        # sends every copy twelve times after a start, or six times after a change
        (_store(("        self.set_timer(timer, 50)\n",
                 "        self.rounds = getattr(self, 'rounds', 0) + 1\n"
                 "        if self.rounds < 12:\n            self.set_timer(timer, 50)\n")),
         "lacks"),
        (_store(("self.copies = {}", "self.copies, self.rounds = {}, {}"),
                ("self.copies[copy.key] = copy\n",
                 "self.copies[copy.key] = copy\n        self.rounds[copy.key] = 0\n"),
                (_EVERY_COPY,
                 "        for key in self.copies:\n            self.rounds[key] = self.rounds.get(key, 0) + 1\n"
                 "        new = [copy for copy in self.copies.values() if self.rounds[copy.key] <= 6]\n"
                 "        self.broadcast(Copies(tuple(new)))\n")),
         "lacks"),
        # takes equal values for one
        (_store((_WRITING,
                 "        if any(value == request.value for _, _, value in mine.versions):\n" + _DONE + _WRITING)),
         "Nobody has replaced Cleo's"),
        (_store(("        joined = Copy(",
                 "        values = {value for _, _, value in mine.versions}\n"
                 "        from_other = {one for one in from_other if one[2] not in values}\n"
                 "        joined = Copy(")),
         "Nobody has replaced Cleo's"),
        # an empty text as a value or a key; keys and values of one type alone
        (_store(("in sorted(mine.versions))", "in sorted(mine.versions) if value)")), "has acknowledged ''"),
        (_store((_WRITING, "        if not request.value:\n" + _DONE + _WRITING)), "has acknowledged ''"),
        (_store((_WRITING, "        if not request.key:\n" + _DONE + _WRITING)), "has acknowledged"),
        (_store(("self.copy_of(request.key)", "self.copy_of(str(request.key))"),
                ("Copy(request.key", "Copy(str(request.key)"),
                ("copies[request.key]", "copies[str(request.key)]")),
         "which nobody has written there"),
        (_store(("tuple(value for _, _, value in sorted(mine.versions))",
                 "tuple(sorted(value for _, _, value in mine.versions))")),
         "Your code raised TypeError"),
        # a copy is sent before it is on disk, so a restarted replica uses its dot again
        (_store(("        self.write(copy)\n        self.copies[copy.key] = copy\n",
                 "        self.copies[copy.key] = copy\n        self.broadcast(Copies((copy,)))\n"
                 "        self.write(copy)\n"),
                ("        self.broadcast(Copies((self.copies[request.key],)))\n", "")),
         "though nobody who had read it has replaced it"),
        # numbers compared as texts, or in four bits
        (_store(("kept = {one for one in mine.versions if one[1] > request.seen[one[0]]}",
                 "kept = {one for one in mine.versions if str(one[1]) > str(request.seen[one[0]])}")),
         "though"),
        (_store(("(self.id, seen[self.id], request", "(self.id, seen[self.id] % 16, request")), "though"),
        (_store(("            self.reply(sender, request.op, VersionedResult(values, mine.seen))\n",
                 "            for _ in range(2):\n"
                 "                self.reply(sender, request.op, VersionedResult(values, mine.seen))\n")),
         "has answered one request 2 times"),
        # few keys or few replicas at a time
        (_store(("(tuple(self.copies.values()))", "(tuple(self.copies.values())[:4])")), "lacks"),
        (_store(("self.copies = {}", "self.copies, self.turn = {}, 0"),
                (_EVERY_COPY,
                 "        self.turn += 1\n        if self.copies:\n"
                 "            some = list(self.copies.values())[self.turn % len(self.copies)]\n"
                 "            self.broadcast(Copies((some,)))\n")),
         "lacks"),
        (_store((_EVERY_COPY,
                 "        for peer in self.peers[:3]:\n"
                 "            self.send(peer, Copies(tuple(self.copies.values())))\n")),
         "lacks"),
        # a message per key
        (_store((_EVERY_COPY,
                 "        for copy in self.copies.values():\n            self.broadcast(Copies((copy,)))\n")),
         "at most 200 per second are allowed"),
        # an acknowledgement of one peer counts for all; of an older copy; before the disk; forgotten at a restart
        (_ACKED.replace("discard((sender, copy.key))",
                        "difference_update({(peer, copy.key) for peer in self.peers})"),
         "lacks"),
        (_ACKED.replace("if self.copies.get(copy.key) == copy", "if copy.key in self.copies")
         .replace("        self.broadcast(Copies((self.copies[request.key],)))\n", ""),
         "lacks"),
        (_ACKED.replace("        for copy in message.copies:\n            self.join(copy)\n"
                        "        self.send(sender, Stored(message.copies))\n",
                        "        self.send(sender, Stored(message.copies))\n"
                        "        for copy in message.copies:\n            self.join(copy)\n"),
         "lacks"),
        (_ACKED.replace("self.open = {(peer, key) for peer in self.peers for key in self.copies}",
                        "self.open = set()"),
         "lacks"),
    ),
}  # fmt: skip


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["11.4"] += (
    _touched('skew("n1", 33.3, 212.5)'),
    _touched('skew("n2", 222.2, -249.9)'),
    _touched('repeat(the("Ann\'s 1st Request to n1"), 301.3)'),
    _touched('skew("n1", 7.0, 101.5)', 'skew("n2", 11.0, -99.5)'),
    _touched('skew("n1", 80.0, 240.0)', 'crash("Ann", 250.0)'),
    _touched('repeat(the("Ann\'s 1st Request to n1"), 570.2)'),
    _touched('repeat(the("Ann\'s 1st Request to n1"), 333.1)', 'crash("n2", 500.0)'),
    'plan = [At(0, sim.SetClock("n1", skew_ms=-49)), At(0, sim.SetClock("n2", skew_ms=-250))]',
    _touched('skew("n1", 33.3, 230.0)', 'crash("n1", 450.0)'),
)
WRONG["11.4"] += (
    (
        'plan = [At(0, sim.SetClock("n1", skew_ms=-50)), At(0, sim.SetClock("n2", skew_ms=-250.5))]',
        "At(0, SetClock('n2', skew_ms=-250.5)): skews up to 250 ms, and no drift, are allowed",
    ),
    (_touched('skew("n1", 33.3, 199.5)'), "The draft bears the time 299.5, the final version 300"),
    (_touched('skew("n1", 120.4, 250.0)'), "The draft bears the time 100, the final version 300"),
    (_touched('skew("n2", 322.2, -250.0)'), "The draft bears the time 100, the final version 300"),
    (_touched('skew("n2", 33.3, 250.0)'), "The draft bears the time 100, the final version 550"),
    (_touched('skew("Ann", 3.3, 250.0)'), "The draft bears the time 100, the final version 300"),
    (
        _touched('skew("n1", 3.0, 0.0, 3000000.0)'),
        "At(3, SetClock('n1', drift_ppm=3000000.0)): skews up to 250 ms, and no drift, are allowed",
    ),
    (
        _touched('skew("n1", 33.3, 400.0)'),
        "At(33.3, SetClock('n1', skew_ms=400.0)): skews up to 250 ms, and no drift, are allowed",
    ),
    (
        _touched('repeat(the("Ann\'s 1st Request to n1"), 280.3)'),
        "The draft bears the time 280.3, the final version 300",
    ),
    (
        _touched('repeat(the("Ann\'s 1st Request to n1"), 599.3)'),
        "The draft must be at both primaries: n1 ends with 'draft', n2 ends with 'final'",
    ),
    (
        _touched('repeat(the("Ann\'s 1st Request to n1"), 2100.0)'),
        "has no effect: the copy arrives at 2100 ms, and the run ends at 600 ms",
    ),
    (
        _touched('move(the("Ann\'s 1st Request to n1"), 330.0)'),
        "Bob must read the draft, and his final version must be acknowledged: otherwise nothing is lost",
    ),
    (
        _touched('cut("n1", "n2", 299.0, 700.0)'),
        "The draft must be at both primaries: n1 ends with 'draft', n2 ends with 'final'",
    ),
    (
        _touched('crash("Bob", 250.0)'),
        "Bob must read the draft, and his final version must be acknowledged: otherwise nothing is lost",
    ),
    (
        _touched('invoke("Ann", 400.0, "write", "page", "draft")'),
        "the faults for this exercise are",
    ),
    (
        'plan = [At(0, sim.Repeat("Ann", "n1", "Write", 1, latency_ms=230))]',
        "has no effect: Ann sends n1 no messages of type Write",
    ),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["11.5"] += (
    (
        but(
            having(RIGHT["11.5"], "field not in b or"),
            ("field not in b or", f"not {same_object('field', 'b')} or"),
        ),
        "Not commutative",
    ),
)
WRONG["11.6"] += (
    (
        but(
            having(RIGHT["11.6"], "one[0] not in gone"),
            ("one[0] not in gone", f"not {same_object('one[0]', 'gone')}"),
        ),
        "your join holds n1:1",
    ),
)
WRONG["11.7"] += (
    (
        but(having(RIGHT["11.7"], "if put.key == key"), ("if put.key == key", "if put.key is key")),
        "compares by `is`",
    ),
)
