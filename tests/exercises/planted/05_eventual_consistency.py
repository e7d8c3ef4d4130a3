"""Planted answers to the exercises of chapter 05: source, and for wrong ones a part of the message meant for it."""

from functools import partial

from tests.exercises.altered import altered, but, having
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "two_carts.two_carts")


_MERGE = "def merge(a, b):\n"
_WALK = "def differing(ours, theirs):\n"
_STORE = """class AgreeingStore(TellsOnceStore):
    def on_update(self, sender, update):
        stored = self.data.get(update.key)
"""
_COUNTER = """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
"""
_NET = """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "add":
            self.totals[self.id] = self.totals.get(self.id, 0) + request.value
            self.write(self.totals[self.id])
        self.reply(sender, request.op, sum(self.totals.values()) if request.f == "read" else None)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, total in message.totals:
            self.totals[name] = max(total, self.totals.get(name, total))
"""
_DELTAS = """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.value = 0

    def on_start(self, log):
        self.value = sum(log)

    def on_request(self, sender, request):
        if request.f == "add":
            self.value += request.value
            self.write(request.value)
            self.reply(sender, request.op)
            self.broadcast(Totals(request.value))
        else:
            self.reply(sender, request.op, self.value)

    def on_totals(self, sender, message):
        self.value += message.totals
        self.write(message.totals)
"""


def _changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


_SET = "            self._set(update)\n            self.clock = self.clock.join(update.clock)\n"

RIGHT = {
    "05.3": ("fan_out = 4", "fan_out = 4.0", "import numpy as np\nfan_out = np.int64(4)"),
    "05.4": (
        _MERGE
        + "    return {item: max(a.get(item, 0), b.get(item, 0)) for item in set(a) | set(b)}\n",
        _MERGE
        + "    for item in b:\n"
        + "        if b[item] > a.get(item, 0):\n"
        + "            a[item] = b[item]\n"
        + "    return a\n",
        "from collections import Counter\n\n\n" + _MERGE + "    return Counter(a) | Counter(b)\n",
        "import numpy as np\n\n\n"
        + _MERGE
        + "    keys = sorted({**a, **b})\n"
        + "    table = np.array([[cart.get(key, 0) for key in keys] for cart in (a, b)])\n"
        + "    return dict(zip(keys, table.max(axis=0, initial=0)))\n",
        _MERGE
        + (
            "    out = {}\n"
            "    for c in {k[0] for k in {*a, *b}}:\n"
            "        mine = {k: n for k, n in a.items() if k[0] == c}\n"
            "        theirs = {k: n for k, n in b.items() if k[0] == c}\n"
            "        out.update(max(mine, theirs, key=lambda one: sum(one.values())))\n"
            "    return out\n"
        ),
        _MERGE
        + (
            "    import collections\n"
            "    return collections.ChainMap({k: n for k, n in a.items() if n >= b.get(k, 0)}, b)\n"
        ),
        ("from fractions import Fraction\n\n\n")
        + _MERGE
        + "    return {k: max(Fraction(a.get(k, 0)), Fraction(b.get(k, 0))) for k in {*a, *b}}\n",
        ("from itertools import groupby\n\n\n")
        + _MERGE
        + (
            "    rows = sorted([*a.items(), *b.items()])\n"
            "    return {key: [n for _, n in group][-1] for key, group in groupby(rows, "
            "key=lambda row: row[0])}\n"
        ),
    ),
    "05.5": (
        _WALK
        + "    def walk(level, place):\n"
        + "        if ours[level][place] == theirs(level, place):\n"
        + "            return []\n"
        + "        if level == len(ours) - 1:\n"
        + "            return [place]\n"
        + "        return walk(level + 1, 2 * place) + walk(level + 1, 2 * place + 1)\n"
        + "    return walk(0, 0)\n",
        _WALK
        + "    found = [0] if ours[0][0] != theirs(0, 0) else []\n"
        + "    for level in range(1, len(ours)):\n"
        + "        children = [c for p in found for c in (2 * p, 2 * p + 1)]\n"
        + "        found = [c for c in children if ours[level][c] != theirs(level, c)]\n"
        + "    return found\n",
        _WALK
        + "    stack = [(0, 0)]\n"
        + "    while stack:\n"
        + "        level, place = stack.pop()\n"
        + "        if ours[level][place] != theirs(level, place):\n"
        + "            if level + 1 == len(ours):\n"
        + "                yield place\n"
        + "            else:\n"
        + "                stack += [(level + 1, 2 * place), (level + 1, 2 * place + 1)]\n",
        "import numpy as np\n\n\n"
        + _WALK
        + "    found = np.array([0])\n"
        + "    for level, hashes in enumerate(ours):\n"
        + "        differ = [hashes[p] != theirs(level, p) for p in found]\n"
        + "        found = found[np.array(differ, dtype=bool)]\n"
        + "        if level + 1 < len(ours):\n"
        + "            found = (2 * found[:, None] + np.arange(2)).ravel()\n"
        + "    return found\n",
        _WALK
        + """    places = [0] if ours[0][0] != theirs(0, 0) else []
    for level in range(1, len(ours)):
        found = []
        for p in places:
            left = ours[level][2 * p] != theirs(level, 2 * p)
            if left:
                found.append(2 * p)
            if not left or ours[level][2 * p + 1] != theirs(level, 2 * p + 1):
                found.append(2 * p + 1)
        places = found
    return places
""",
        ("from fractions import Fraction\n\n\n")
        + _WALK
        + """    found = set()
    stack = [(0, 0)]
    while stack:
        level, p = stack.pop()
        if ours[level][p] == theirs(level, p):
            continue
        if level == len(ours) - 1:
            found.add(Fraction(p))
        else:
            stack.extend(((level + 1, 2 * p), (level + 1, 2 * p + 1)))
    return found
""",
    ),
    "05.6": (
        _STORE
        + "        mine = stored and (sum(stored.clock.values()), stored.value)\n"
        + "        if stored is None or mine < (sum(update.clock.values()), update.value):\n"
        + _SET,
        _STORE
        + "        self.clock = self.clock.join(update.clock)\n"
        + "        order = lambda one: (sum(one.clock.values()), sorted(one.clock.items()))\n"
        + "        if stored is None or order(update) > order(stored):\n"
        + "            self._set(update)\n",
        "import threading\n\n\n"
        + "class AgreeingStore(TellsOnceStore):\n"
        + "    def on_update(self, sender, update):\n"
        + "        with threading.Lock():\n"
        + "            self.clock = self.clock.join(update.clock)\n"
        + "            stored = self.data.get(update.key, update)\n"
        + "            if max((stored, update), key=Rank) is update:\n"
        + "                self._set(update)\n\n\n"
        + "class Rank:\n"
        + '    __slots__ = ("update",)\n\n'
        + "    def __init__(self, update):\n"
        + "        self.update = update\n\n"
        + "    def __gt__(self, other):\n"
        + "        mine, theirs = self.update.clock, other.update.clock\n"
        + "        if sum(mine.values()) != sum(theirs.values()):\n"
        + "            return sum(mine.values()) > sum(theirs.values())\n"
        + "        return repr(self.update.value) < repr(other.update.value)\n",
        _STORE
        + (
            "        rank = lambda one: (__import__('math').prod(n + 1 for n in "
            "one.clock.values()), repr(one.value))\n"
            "        if stored is None or rank(update) > rank(stored):\n"
            "            self._set(update)\n"
            "            self.clock = self.clock.join(update.clock)\n"
        ),
        """from functools import total_ordering


@total_ordering
class Key:
    def __init__(self, u):
        self.n, self.t = sum(u.clock.values()), str(u.clock)

    def __eq__(self, o):
        return (self.n, self.t) == (o.n, o.t)

    def __lt__(self, o):
        return (self.n, self.t) < (o.n, o.t)


"""
        + _STORE
        + (
            "        self.clock = self.clock.join(update.clock)\n"
            "        if stored is None or Key(update) > Key(stored):\n"
            "            self._set(update)\n"
        ),
        _STORE
        + (
            "        super().on_update(sender, update)\n"
            "        stored = self.data[update.key]\n"
            "        self.clock = self.clock.join(update.clock)\n"
            "        if stored is not update and (sum(update.clock.values()), update.value) "
            "> (sum(stored.clock.values()), stored.value):\n"
            "            self._set(update)\n"
        ),
        """class AgreeingStore(TellsOnceStore):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.heard = {}

    def on_update(self, sender, update):
        self.clock = self.clock.join(update.clock)
        heard = {*([self.data[update.key]] if update.key in self.data else []), update}
        best = max(heard, key=lambda one: (sum(one.clock.values()), sorted(one.clock.items())))
        if best is not self.data.get(update.key):
            self._set(best)
""",
    ),
    "05.7": (
        'plan = [At(10, Partition({"n1"}, {"n2", "n3"})), At(300, Heal())]',
        'plan = [At(30, Crash("n2")), At(500, Restart("n2"))]',
        'plan = [At(52, Cut("n1", "n2")), At(60, Recover())]',
        'plan = (At(52.5, Partition({"n3"}, {"n1"})), sim.At(55.5, sim.Heal()))',
        'plan = [At(40, Cut("n1", "n3")), At(5_000, Heal())]',
        'plan = (At(t, f) for t, f in ((52, Crash("n2")), (56, Restart("n2"))))',
        'plan = [At(20, Partition({"c1", "n1", "n2"}, {"n3"})), At(400, Recover())]',
        'import numpy as np\nplan = np.array([At(54, Crash("n3")), At(55.5, Restart("n3"))], dtype=object)',
        'plan = [At(54, Crash("n3")), At(3_000, Restart("n3"))]',
        # plans of touches: a message is lost, another is late, a node is cut off from all others
        'plan = [At(0, sim.Lose("n1", "n3", "Update", 1))]',
        'plan = [At(0, sim.Delay("n2", "n1", "Update", 1, latency_ms=50))]',
        'plan = [At(0, sim.Pause("n2")), At(60, sim.Resume("n2"))]',
        'plan = [At(45, Partition({"n3"}, {"n1", "n2", "c1", "c2"}))] '
        '+ [At(65, Heal(*way)) for a in ("n1", "n2", "c1", "c2") for way in ((a, "n3"), ("n3", a))]',
    ),
    "05.8": (
        # a grow-only set of numbered adds
        """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.adds = set()

    def on_start(self, log):
        self.adds |= set(log)
        self.set_timer(GossipDue(), (15, 25))

    def on_request(self, sender, request):
        if request.f == "add":
            one = (self.id, request.op, request.value)
            self.adds.add(one)
            self.write(one)
            self.reply(sender, request.op)
        else:
            self.reply(sender, request.op, sum(value for _, _, value in self.adds))

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(sorted(self.adds))))
        self.set_timer(timer, (15, 25))

    def on_totals(self, sender, message):
        self.adds.update(message.totals)
""",
        # messages, timers and records of its own, with a version instead of two totals; one peer after the other
        """from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Known(Message):
    entries: frozenset


@dataclass(frozen=True, slots=True)
class Turn(Timer):
    number: int


class Entry:
    __slots__ = ("version", "total")

    def __init__(self, version=0, total=Fraction(0)):
        self.version = version
        self.total = total


class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.entries = {}

    def on_start(self, log):
        for version, total in log:
            self.entries[self.id] = Entry(version, total)
        if self.peers:
            self.set_timer(Turn(0), 5)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(entry.total for entry in self.entries.values()))
        else:
            own = self.entries.setdefault(self.id, Entry())
            own.version, own.total = own.version + 1, own.total + request.value
            self.write((own.version, own.total))
            self.reply(sender, request.op)

    def on_turn(self, turn):
        known = frozenset((name, entry.version, entry.total) for name, entry in self.entries.items())
        self.send(self.peers[turn.number % len(self.peers)], Known(known))
        self.set_timer(Turn(turn.number + 1), 11)

    def on_known(self, sender, message):
        for name, version, total in message.entries:
            if version > self.entries.setdefault(name, Entry()).version:
                self.entries[name] = Entry(version, total)
""",
        # tells soon what is new, and again by a slow timer
        _changed(
            _COUNTER,
            (
                "        self.write(self.totals[self.id])\n",
                "        self.write(self.totals[self.id])\n"
                "        if not self.soon:\n"
                "            self.soon = True\n"
                "            self.set_timer(Soon(), 11)\n",
            ),
            (
                "    def on_start(",
                "    def on_soon(self, timer):\n"
                "        self.soon = False\n"
                "        self.broadcast(Totals(tuple(self.totals.items())))\n\n"
                "    def on_start(",
            ),
            (
                "class SharedCounter(Node):\n",
                "@dataclass(frozen=True, slots=True)\nclass Soon(Timer):\n    pass\n\n\n"
                "class SharedCounter(Node):\n    soon = False\n\n",
            ),
            ("timer, 20)", "timer, 150)"),
        ),
        # without its own log records: each add is logged, and counted again
        _changed(
            _COUNTER,
            ("        self.write(self.totals[self.id])\n", "        self.write(request.value)\n"),
            (
                "            self.totals[self.id] = record\n",
                "            more, less = self.totals[self.id]\n"
                "            self.totals[self.id] = more + max(0, record), less + max(0, -record)\n",
            ),
        ),
        """@dataclass(frozen=True, slots=True)
class Ask(Message):
    totals: tuple


@dataclass(frozen=True, slots=True)
class Digest(Message):
    totals: tuple


class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.up, self.down = {id: 0}, {id: 0}

    def on_start(self, log):
        for up, down in log[-1:]:
            self.up[self.id], self.down[self.id] = up, down
        self.set_timer(GossipDue(), (25, 35))

    def state(self):
        return tuple((n, self.up[n], self.down[n]) for n in self.up)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(self.up.values()) - sum(self.down.values()))
            return
        side = self.up if request.value > 0 else self.down
        side[self.id] += abs(request.value)
        self.write((self.up[self.id], self.down[self.id]))
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        for peer in self.peers:
            self.send(peer, Ask(self.state()))
        self.set_timer(timer, (25, 35))

    def on_ask(self, sender, ask):
        self.merge(ask.totals)
        if self.state() != ask.totals:
            self.send(sender, Digest(self.state()))

    def on_digest(self, sender, digest):
        self.merge(digest.totals)

    def merge(self, totals):
        for n, up, down in totals:
            self.up[n] = max(up, self.up.get(n, 0))
            self.down[n] = max(down, self.down.get(n, 0))
""",
        """from collections import Counter


class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.known = Counter()

    def on_start(self, log):
        self.known.update({(self.id, record > 0): 0 for record in log})
        for record in log:
            self.known[self.id, record > 0] += abs(record)
        self.set_timer(GossipDue(), 33.5)

    def on_request(self, sender, request):
        match request.f:
            case "read":
                self.reply(sender, request.op, sum(n if up else -n for (_, up), n in self.known.items()))
            case "add":
                self.known[self.id, request.value > 0] += abs(request.value)
                self.write(request.value)
                self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(frozenset(self.known.items())))
        self.set_timer(timer, 33.5)

    def on_totals(self, sender, message):
        self.known |= dict(message.totals)
""",
        """@dataclass(frozen=True, slots=True)
class Tell(Timer):
    peer: str


class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        for peer in self.peers:
            self.set_timer(Tell(peer), (10, 40))

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_tell(self, timer):
        self.send(timer.peer, Totals(tuple(self.totals.items())))
        self.set_timer(timer, (10, 40))

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
        """from fractions import Fraction


class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        amount = Fraction(request.value)
        self.totals[self.id] = more + max(0, amount), less + max(0, -amount)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
        """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 150)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 150)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
    ),
}

WRONG = {
    "05.3": (
        ("fan_out = 3", "of the runs need more than 8 rounds"),
        ("fan_out = 8", "A smaller fan-out does it with fewer"),
        ("fan_out = 2.5", "must be a whole number"),
        ("fan_out = 0", "must be a whole number"),
        ("fan_out = 5", "A smaller fan-out does it with fewer"),
        ("fan_out = True", "must be a whole number"),
        ("fan_out = float('nan')", "must be a whole number"),
    ),
    "05.4": (
        (_MERGE + "    return {**a, **b}\n", "Not commutative"),
        (_MERGE + "    return a or b\n", "some of it is lost"),
        (
            _MERGE + "    return {i: a.get(i, 0) + b.get(i, 0) for i in {*a, *b}}\n",
            "Not idempotent",
        ),
        (
            _MERGE + "    return {i: a.get(i, 0) | b.get(i, 0) for i in {*a, *b}}\n",
            "nobody put in the rest",
        ),
        (
            "import math\n\n\n"
            + _MERGE
            + "    return {i: math.lcm(a.get(i) or b[i], b.get(i) or a[i]) for i in {*a, *b}}\n",
            "nobody put in the rest",
        ),
        (
            _MERGE + "    return {i: min(3, max(a.get(i, 0), b.get(i, 0))) for i in {*a, *b}}\n",
            "some of it is lost",
        ),
        (_MERGE + "    return {i: max(a[i], b[i]) for i in {*a} & {*b}}\n", "some of it is lost"),
        (
            _MERGE
            + "    totals = {}\n"
            + "    for (customer, item), n in [*a.items(), *b.items()]:\n"
            + "        totals['all', item] = max(n, totals.get(('all', item), 0))\n"
            + "    return totals\n",
            "all never put in any milk",
        ),
        (
            _MERGE + "    return a if sum(a.values()) >= sum(b.values()) else b\n",
            "some of it is lost",
        ),
        (_MERGE + "    return {*a, *b}\n", "must return a dictionary"),
        (
            _MERGE
            + "    return {i: max(a.get(i, 0), b.get(i, 0)) for i in {*a, *b, ('ann', 'tea')}} "
            "| {('x', 'tea'): 1}\n",
            "x never put in any tea",
        ),
        (_MERGE + "    return a['ann', 'milk']\n", "Your code raised KeyError"),
        (
            _MERGE
            + "    for i in b:\n"
            + "        if b[i] > 100:\n"
            + "            return b\n"
            + "    few = len(a) + len(b) < 9\n"
            + "    return {i: max(a.get(i, 0), b.get(i, 0)) for i in {*a, *b} if i[1] != 'tea' or few}\n",
            "ann has put in 1 tea, and some of it is lost",
        ),
        (
            _MERGE + "    return {k: min(1000, max(a.get(k, 0), b.get(k, 0))) for k in {*a, *b}}\n",
            "some of it is lost",
        ),
        (
            _MERGE
            + (
                "    full = {k: max(a.get(k, 0), b.get(k, 0)) for k in sorted({*a, *b})}\n"
                "    return dict(list(full.items())[:9])\n"
            ),
            "some of it is lost",
        ),
        (
            _MERGE
            + "    return {k: int(max(str(a.get(k, 0)), str(b.get(k, 0)))) for k in {*a, *b}}\n",
            "some of it is lost",
        ),
        (
            _MERGE
            + "    return {k: int(max(float(a.get(k, 0)), float(b.get(k, 0)))) for k in {*a, *b}}\n",
            "some of it is lost",
        ),
        (
            ("KNOWN = {}\n\n\n")
            + _MERGE
            + (
                "    key = tuple(sorted(a)), tuple(sorted(b)), sum(a.values()), sum(b.values())\n"
                "    if key not in KNOWN:\n"
                "        KNOWN[key] = {k: max(a.get(k, 0), b.get(k, 0)) for k in {*a, *b}}\n"
                "    return KNOWN[key]\n"
            ),
            "some of it is lost",
        ),
        (
            _MERGE
            + (
                "    out = {}\n"
                "    for cart in (a, b):\n"
                "        for (c, i), n in cart.items():\n"
                "            out[c.lower(), i.lower()] = max(n, out.get((c.lower(), i.lower()), 0))\n"
                "    return out\n"
            ),
            "some of it is lost",
        ),
        (
            _MERGE
            + """    out = {}
    names = {}
    for cart in (a, b):
        for (c, i), n in cart.items():
            names.setdefault(c + i, (c, i))
            out[c + i] = max(n, out.get(c + i, 0))
    return {names[k]: n for k, n in out.items()}
""",
            "'1n': 255 eggs, 1 tea",
        ),
        (
            _MERGE + "    return {k: max(a.get(k, 0), b.get(k, 0)) for k in {*a, *b} if k[0] in "
            "('ann', 'bob', 'cy')}\n",
            "some of it is lost",
        ),
        (
            _MERGE + "    return {k: max(a.get(k, 0), b.get(k, 0)) % 256 for k in {*a, *b}}\n",
            "some of it is lost",
        ),
    ),
    "05.5": (
        (
            _WALK
            + "    last = len(ours) - 1\n"
            + "    return [p for p in range(len(ours[last])) if ours[last][p] != theirs(last, p)]\n",
            "which is equal on both sides",
        ),
        (_WALK + "    return [0] if ours[0] != theirs(0, 0) else []\n", "but you found [0]"),
        (
            _WALK
            + "    places = [0]\n"
            + "    for level in range(len(ours)):\n"
            + "        places = [p for p in places if ours[level][p] != theirs(level, p)]\n"
            + "        places = [c for p in places for c in (2 * p, 2 * p + 1)]\n"
            + "    return places\n",
            "buckets",
        ),
        (_WALK + "    return None if ours[0][0] == theirs(0, 0) else [1]\n", "must return a list"),
        (
            _WALK
            + "    places = [0]\n"
            + "    for level in range(5):\n"
            + "        places = [p for p in places if ours[level][p] != theirs(level, p)]\n"
            + "        if level < 4:\n"
            + "            places = [c for p in places for c in (2 * p, 2 * p + 1)]\n"
            + "    return places\n",
            "Your code raised IndexError",
        ),
        (
            _WALK
            + "    place = 0\n"
            + "    for level in range(1, len(ours)):\n"
            + "        place *= 2\n"
            + "        if ours[level][place] == theirs(level, place):\n"
            + "            place += 1\n"
            + "    return [place] if ours[-1][place] != theirs(len(ours) - 1, place) else []\n",
            "which is equal on both sides",
        ),
        (
            _WALK
            + "    places = [0]\n"
            + "    for level in range(len(ours)):\n"
            + "        if level:\n"
            + "            places = [c for p in places for c in (2 * p, 2 * p + 1)]\n"
            + "        places = [p for p in places if theirs(level, p) and ours[level][p] != "
            "theirs(level, p)]\n" + "    return places\n",
            "ask once for each",
        ),
        (
            _WALK
            + (
                "    places = [0]\n"
                "    for level in range(len(ours)):\n"
                "        if level:\n"
                "            places = [c for p in places for c in (2 * p, 2 * p + 1)]\n"
                "        places = [p for p in places if ours[level][p][:2] != theirs(level, p)[:2]]\n"
                "    return places\n"
            ),
            "the buckets [7] differ, but you found []",
        ),
        (
            _WALK
            + (
                "    places = [0]\n"
                "    for level in range(min(9, len(ours))):\n"
                "        if level:\n"
                "            places = [c for p in places for c in (2 * p, 2 * p + 1)]\n"
                "        places = [p for p in places if ours[level][p] != theirs(level, p)]\n"
                "    return places\n"
            ),
            "In trees of 14 levels",
        ),
        (
            _WALK
            + (
                "    places = [0]\n"
                "    for level in range(len(ours)):\n"
                "        if level:\n"
                "            places = [c for p in places for c in (2 * p, 2 * p + 1)]\n"
                "        places = [p for p in places if ours[level][p] != theirs(level, p)][:200]\n"
                "    return places\n"
            ),
            "(200 in all)",
        ),
        (
            _WALK
            + """    places = [0] if ours[0][0] != theirs(0, 0) else []
    for level in range(1, len(ours)):
        found = []
        for p in places:
            left = ours[level][2 * p] != theirs(level, 2 * p)
            if left:
                found.append(2 * p)
                if ours[level][2 * p + 1] != theirs(level, 2 * p + 1):
                    found.append(2 * p + 1)
            else:
                found.append(2 * p + 1)
        places = found
    if places:
        theirs(0, 0)
    return places
""",
            "(0, 0) twice",
        ),
        (
            ("SEEN = {}\n\n\n")
            + _WALK
            + """    def ask(level, p):
        key = ours[0][0], level, p
        if key not in SEEN:
            SEEN[key] = theirs(level, p)
        return SEEN[key]
    places = [0]
    for level in range(len(ours)):
        if level:
            places = [c for p in places for c in (2 * p, 2 * p + 1)]
        places = [p for p in places if ours[level][p] != ask(level, p)]
    return places
""",
            "but you found []",
        ),
        (
            _WALK
            + """    places = [0]
    for level in range(len(ours)):
        if level:
            places = [c for p in places for c in (2 * p, 2 * p + 1)]
        places = [p for p in places if ours[level][p] != theirs(level, p)]
    try:
        theirs(len(ours), 0)
    except IndexError:
        pass
    return places
""",
            "which is not in the tree",
        ),
        (
            _WALK
            + """    places = [0]
    for level in range(len(ours)):
        if level:
            places = [c for p in places for c in (2 * p, 2 * p + 1)]
        places = [p for p in places if ours[level][p] != theirs(level, p)]
        if level == 5 and len(places) > 24:
            return list(range(2 ** (len(ours) - 1)))
    return places
""",
            "(256 in all)",
        ),
    ),
    "05.6": (
        (_STORE + "        self._set(update)\n", "is newer: its clock is larger"),
        (
            _STORE + "        if stored is None or update.value > stored.value:\n" + _SET,
            "is newer: its clock is larger",
        ),
        (
            _STORE
            + "        mine = stored and sorted(stored.clock.items())\n"
            + "        if stored is None or mine < sorted(update.clock.items()):\n"
            + _SET,
            "is newer: its clock is larger",
        ),
        (
            _STORE + "        if stored is None or not update.clock < stored.clock:\n" + _SET,
            "differ for ever",
        ),
        (
            _STORE
            + "        beside = stored and not update.clock < stored.clock and update.value > stored.value\n"
            + "        if stored is None or stored.clock < update.clock or beside:\n"
            + _SET,
            "differ for ever",
        ),
        (
            _STORE
            + "        mine = stored and sum(stored.clock.values())\n"
            + "        if stored is None or mine < sum(update.clock.values()):\n"
            + _SET,
            "differ for ever",
        ),
        (
            _STORE
            + "        mine = stored and (sum(stored.clock.values()), stored.value)\n"
            + "        if stored is None or mine < (sum(update.clock.values()), update.value):\n"
            + "            self.data[update.key] = update\n",
            "must be in its log",
        ),
        (
            _STORE + "        pass\n\n    def on_request(self, sender, request):\n        pass\n",
            "n3 keeps None",
        ),
        ("class AgreeingStore:\n    pass\n", "must be a class derived from TellsOnceStore"),
        *(
            (
                _STORE
                + f"        rank = lambda one: (sum(one.clock.values()), {tie})\n"
                + "        if stored is None or rank(update) > rank(stored):\n"
                + "            self._set(update)\n",
                part,
            )
            for tie, part in (
                ("id(one.value)", "differ for ever"),
                ("hash(one.value)", "differ for ever"),
                ("one.value[0]", "differ for ever"),
                ("one.value[-1]", "differ for ever"),
                ("len(one.value)", "differ for ever"),
                ("one.clock['n1']", "differ for ever"),
                ("len(one.clock)", "differ for ever"),
                ("max(one.clock.values())", "differ for ever"),
                ("sorted(one.clock.values())", "differ for ever"),
                ("list(one.clock)", "differ for ever"),
            )
        ),
        (
            _STORE
            + "        rank = lambda one: (max(one.clock.values()), one.value)\n"
            + "        if stored is None or rank(update) > rank(stored):\n"
            + "            self._set(update)\n",
            "is newer: its clock is larger",
        ),
        (
            "class AgreeingStore(TellsOnceStore):\n"
            "    best = (0, '')\n\n"
            "    def on_update(self, sender, update):\n"
            "        rank = sum(update.clock.values()), str(update.value)\n"
            "        if rank > self.best:\n"
            "            self.best = rank\n"
            "            self._set(update)\n",
            "Each key has a value of its own",
        ),
        (
            _STORE
            + "        rank = lambda one: (sum(one.clock.values()), one.value)\n"
            + "        if stored is None or rank(update) > rank(stored):\n"
            + "            self._set(update)\n\n"
            + "    def on_request(self, sender, request):\n"
            + "        if request.f == 'write':\n"
            + "            super().on_request(sender, request)\n"
            + "        else:\n"
            + "            self.reply(sender, request.op)\n",
            "a read by c1 ended as ok.",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
            ),
            "the clock of its own write must be larger",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value.lower() if "
                "isinstance(one.value, str) else one.value)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "Milk {n2: 1}",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value[:3] if "
                "isinstance(one.value, str) else one.value)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "differ for ever",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), sorted(one.value) if "
                "isinstance(one.value, str) else one.value)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "mlik {n2: 1}",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value if "
                "isinstance(one.value, str) else abs(one.value))\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "-1.25 {n2: 1}",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value if "
                "isinstance(one.value, str) else int(one.value))\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "1.75 {n2: 1}",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value if "
                "isinstance(one.value, str) else float(one.value))\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "1152921504606846977 {n2: 1}",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value if "
                "isinstance(one.value, str) else round(one.value, 3))\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "1.2500001 {n2: 1}",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (min(20, sum(one.clock.values())), one.value)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "is newer: its clock is larger",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value)\n"
                "        self.clock = self.clock.join(type(self.clock)({sender: update.clock[sender]}))\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
            ),
            "Every update has arrived",
        ),
        (
            _STORE
            + (
                "        if not update.key:\n"
                "            return\n"
                "        rank = lambda one: (sum(one.clock.values()), one.value)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "Key ''",
        ),
        (
            """class AgreeingStore(TellsOnceStore):
    def on_update(self, sender, update):
        if update.clock <= self.clock:
            return
        self.clock = self.clock.join(update.clock)
        stored = self.data.get(update.key)
        rank = lambda one: (sum(one.clock.values()), one.value)
        if stored is None or rank(update) > rank(stored):
            self._set(update)
""",
            "Each key has a value of its own",
        ),
        (
            """class AgreeingStore(TellsOnceStore):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.ranks = {}

    def on_update(self, sender, update):
        self.clock = self.clock.join(update.clock)
        rank = sum(update.clock.values()), update.value
        if update.key not in self.ranks or rank > self.ranks[update.key]:
            self.ranks[update.key] = rank
            self._set(update)
""",
            "Two writes that cross",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value)\n"
                "        if stored is None or rank(update) > rank(stored) or "
                "(sum(update.clock.values()) == sum(stored.clock.values()) and sender > self.id):\n"
                "            self._set(update)\n"
                "            self.clock = self.clock.join(update.clock)\n"
            ),
            "Two writes that cross",
        ),
        (
            _STORE
            + (
                "        rank = lambda one: (sum(one.clock.values()), one.value)\n"
                "        self.write(update)\n"
                "        if stored is None or rank(update) > rank(stored):\n"
                "            self.data[update.key] = update\n"
                "        self.clock = self.clock.join(update.clock)\n"
            ),
            "must be in its log",
        ),
    ),
    "05.7": (
        ('plan = [At(10, Cut("n1", "n3"))]', "still cut at the end"),
        ('plan = [At(40, Crash("n3"))]', "n3 is down at the end"),
        ('plan = [At(200, Cut("n1", "n3")), At(300, Heal())]', "All three replicas hold the same"),
        (
            'plan = [At(1, Cut("n1", "n2")), At(2, Cut("n1", "n3")), At(300, Heal())]',
            "at most two are allowed",
        ),
        ('plan = [At(0, sim.Lose("n2", "n3", "Update", 1))]', "All three replicas hold the same"),
        (
            'plan = [At(0, sim.Delay("n1", "n3", "Update", 1, latency_ms=9_000))]',
            "All three replicas hold the same",
        ),
        (
            'plan = [At(0, sim.Repeat("n1", "n3", "Update", 1, latency_ms=9))]',
            "All three replicas hold the same",
        ),
        ('plan = [At(5, sim.Pause("n2"))]', "n2 stands still at the end"),
        (
            'plan = [At(60, sim.Submit("c1", "write", "cart", "tea"))]',
            "the faults for this exercise are",
        ),
        ('plan = [At(40, Cut("n1", "n9"))]', "n9"),
        ('plan = ["Cut"]', "must be a list of At"),
        ('plan = [At(10, Cut("c1", "n1"))]', "still cut at the end"),
        (
            'plan = [At(40, Crash("n1")), At(60, Restart("n1"))]',
            "c1 got no answer, so it was promised nothing",
        ),
        ('plan = [At(51, sim.SetLink("n1", "n3", loss=1.0))]', "the faults for this exercise are"),
        ('plan = [At(56, Crash("n3")), At(60, Restart("n3"))]', "All three replicas hold the same"),
        ('plan = [At(56, Cut("n1", "n3")), At(57, Heal())]', "All three replicas hold the same"),
    ),
    "05.8": (
        (_NET, "is missing"),
        (_DELTAS, "do not agree"),
        (
            _changed(
                _DELTAS,
                (
                    "        self.broadcast(Totals(request.value))\n".replace(
                        "        ", "            ", 1
                    ),
                    "            self.broadcast(Totals(request.value))\n" * 2,
                ),
            ),
            "that is not the sum of some of them",
        ),
        (_changed(_COUNTER, ("        self.write(self.totals[self.id])\n", "")), "is missing"),
        (
            _changed(
                _COUNTER,
                (
                    "        self.write(self.totals[self.id])\n        self.reply(sender, request.op)\n",
                    "        self.reply(sender, request.op)\n        self.write(self.totals[self.id])\n",
                ),
            ),
            "is missing",
        ),
        (
            _changed(_COUNTER, ("        self.set_timer(timer, 20)\n", "")),
            "do not agree",
        ),
        (
            _changed(
                _COUNTER,
                (
                    "        self.set_timer(timer, 20)\n",
                    "        self.rounds = getattr(self, 'rounds', 0) + 1\n"
                    "        if self.rounds < 60:\n            self.set_timer(timer, 20)\n",
                ),
            ),
            "do not agree",
        ),
        (
            _changed(
                _COUNTER,
                (
                    "        self.set_timer(GossipDue(), 20)\n",
                    "        if not log:\n            self.set_timer(GossipDue(), 20)\n",
                ),
            ),
            "do not agree",
        ),
        (
            _changed(
                _COUNTER,
                (
                    "            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))\n",
                    "            self.totals[name] = pair\n",
                ),
            ),
            "is missing",
        ),
        (
            _changed(
                _COUNTER,
                ("            self.totals[self.id] = record\n", "            pass\n"),
            ),
            "is missing",
        ),
        (
            _changed(
                _COUNTER,
                (
                    "        self.write(self.totals[self.id])\n        self.reply(sender, request.op)\n",
                    "        self.write(self.totals[self.id])\n        self.asked = sender, request.op\n"
                    "        self.broadcast(Totals(tuple(self.totals.items())))\n",
                ),
                (
                    "    def on_totals(self, sender, message):\n",
                    "    def on_totals(self, sender, message):\n        if getattr(self, 'asked', None):\n"
                    "            self.reply(*self.asked)\n            self.asked = None\n",
                ),
            ),
            "never answered add",
        ),
        (
            _changed(
                _COUNTER,
                (
                    "    def on_totals(self, sender, message):\n",
                    "    def on_totals(self, sender, message):\n"
                    "        self.send(sender, Totals(tuple(self.totals.items())))\n",
                ),
            ),
            "messages within a second",
        ),
        (_changed(_COUNTER, ("timer, 20)", "timer, 1)")), "at most 100 per second are allowed"),
        (
            _changed(
                _COUNTER, ("timer, 20)", "timer, 400)"), ("GossipDue(), 20)", "GossipDue(), 400)")
            ),
            "do not agree",
        ),
        (
            _changed(_COUNTER, ("max(0, -request.value)", "0")),
            "add -2 of c2",
        ),
        (
            _changed(
                _COUNTER,
                (
                    "self.broadcast(Totals(tuple(self.totals.items())))",
                    "self.send('n2', Totals(tuple(self.totals.items())))",
                ),
            ),
            "n2",
        ),
        (
            _changed(
                _COUNTER,
                ("sum(more - less for more, less in self.totals.values())", "str(self.totals)"),
            ),
            "a whole number is required",
        ),
        ("class SharedCounter:\n    pass\n", "must be a class derived from Node"),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.rounds = getattr(self, 'rounds', 0) + 1
        if self.rounds < 100:
            self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "after an outage of",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.rounds = getattr(self, 'rounds', 0) + 1
        if self.rounds < 1000:
            self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "after an outage of",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.rounds = getattr(self, 'rounds', 0) + 1
        self.set_timer(timer, 20 + self.rounds)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "after an outage of",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        for peer in self.peers[:3]:
            self.send(peer, Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "do not agree",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.adds = set()

    def on_start(self, log):
        self.adds |= set(log)
        self.set_timer(GossipDue(), (15, 25))

    def on_request(self, sender, request):
        if request.f == "add":
            one = (self.id, 0, request.value)
            self.adds.add(one)
            self.write(one)
            self.reply(sender, request.op)
        else:
            self.reply(sender, request.op, sum(value for _, _, value in self.adds))

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(sorted(self.adds))))
        self.set_timer(timer, (15, 25))

    def on_totals(self, sender, message):
        self.adds.update(message.totals)
""",
            "some of them with equal amounts",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.adds = set()

    def on_start(self, log):
        self.adds |= set(log)
        self.set_timer(GossipDue(), (15, 25))

    def on_request(self, sender, request):
        if request.f == "add":
            one = (self.id, request.op, request.value)
            self.adds.add(one)
            self.write(one)
            self.reply(sender, request.op)
        else:
            self.reply(sender, request.op, sum(value for _, _, value in self.adds))

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(sorted(self.adds, key=lambda a: a[1])[-20:])))
        self.set_timer(timer, (15, 25))

    def on_totals(self, sender, message):
        self.adds.update(message.totals)
""",
            "some of them with equal amounts",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.broadcast(Totals(tuple(self.totals.items())))
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 50)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "messages within a second",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, float(request.value)), less + max(0, -float(request.value))
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "some of them with equal amounts",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(min(60_000, n) for n in map(max, self.totals.get(name, (0, 0)), pair))
""",
            "is missing",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.entries = {}

    def on_start(self, log):
        for version, total in log:
            self.entries[self.id] = 0, total
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(total for _, total in self.entries.values()))
        else:
            _, total = self.entries.get(self.id, (0, 0))
            self.entries[self.id] = self.entries.get(self.id, (0, 0))[0] + 1, total + request.value
            self.write(self.entries[self.id])
            self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.entries.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, entry in message.totals:
            if entry[0] > self.entries.get(name, (-1, 0))[0]:
                self.entries[name] = entry
""",
            "is missing",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.entries = {}

    def on_start(self, log):
        for version, total in log:
            self.entries[self.id] = version, total
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(total for _, total in self.entries.values()))
        else:
            _, total = self.entries.get(self.id, (0, 0))
            self.entries[self.id] = request.op, total + request.value
            self.write(self.entries[self.id])
            self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.entries.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, entry in message.totals:
            if entry[0] > self.entries.get(name, (-1, 0))[0]:
                self.entries[name] = entry
""",
            "in which it is missing",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op, sum(a - b for a, b in self.totals.values()))

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "an add has no result",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "once is enough",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            name = name if name == self.id else name.lower()
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "is missing",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        known = tuple(self.totals.items())
        if known != getattr(self, 'told', None) or self.now % 1000 < 400:
            self.broadcast(Totals(known))
        self.told = known
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "do not agree",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.set_timer(GossipDue(), 20)
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "do not agree",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = record
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)
        self.set_timer(timer, 9)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "messages within a second",
        ),
        (
            """class SharedCounter(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.totals = {id: (0, 0)}

    def on_start(self, log):
        for record in log:
            self.totals[self.id] = tuple(map(sum, zip(self.totals[self.id], record)))
        self.set_timer(GossipDue(), 20)

    def on_request(self, sender, request):
        if request.f == "read":
            self.reply(sender, request.op, sum(more - less for more, less in self.totals.values()))
            return
        more, less = self.totals[self.id]
        self.totals[self.id] = more + max(0, request.value), less + max(0, -request.value)
        self.write(self.totals[self.id])
        self.reply(sender, request.op)

    def on_gossip_due(self, timer):
        self.broadcast(Totals(tuple(self.totals.items())))
        self.set_timer(timer, 20)

    def on_totals(self, sender, message):
        for name, pair in message.totals:
            self.totals[name] = tuple(map(max, self.totals.get(name, (0, 0)), pair))
""",
            "is missing",
        ),
    ),
}


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["05.7"] += (
    _touched('move(the("n2\'s 1st Update to n1"), 51.3)'),
    _touched('lose(the("n1\'s 1st Update to n2"))'),
    _touched('isolate("n3", 44.7, 71.2)'),
    _touched('crash("n3", 49.8)', 'restart("n3", 55.9)'),
    _touched('lose(the("n2\'s 1st Update to n1"))'),
    _touched('partition([["n1", "c1"], ["n2", "c2"], ["n3"]], 2.0, 200.0)'),
    _touched('partition([["n1", "c1"], ["n2"], ["n3"], ["c2"]], 40.0, 200.0)'),
    _touched('partition([["n1"], ["n2"], ["n3"], ["c2"], ["c1"]], 54.0, 200.0)'),
)
WRONG["05.7"] += (
    (_touched('pause("n1", 12.2, 57.7)'), "All three replicas hold the same"),
    (
        'plan = [At(0, sim.Partition({"n1"}, {"n2"}, {"n3"}, {"c1"}, {"c2"}))]',
        "A link is still cut at the end: no store can make up for that",
    ),
    (_touched('move(the("n2\'s 1st Update to n1"), 49.2)'), "All three replicas hold the same"),
    (_touched('move(the("n1\'s 1st Update to n3"), 480.0)'), "All three replicas hold the same"),
    (_touched('pause("n3", 44.7, 171.2)'), "All three replicas hold the same"),
    (_touched('isolate("n3", 57.1, 90.0)'), "All three replicas hold the same"),
    (_touched('isolate("n1", 48.1, 90.0)'), "c1 got no answer, so it was promised nothing"),
    (_touched('crash("c1", 30.3)'), "c1 is down at the end"),
    (_touched('pause("c2", 3.3, 300.0)'), "All three replicas hold the same"),
    (_touched('repeat(the("n2\'s 1st Update to n3"), 70.1)'), "All three replicas hold the same"),
    (_touched('lose(the("n2\'s 1st Update to n3"))'), "All three replicas hold the same"),
    (
        _touched(
            'lose(the("n1\'s 1st Update to n3"))', 'repeat(the("n1\'s 1st Update to n3"), 90.2)'
        ),
        "All three replicas hold the same",
    ),
    (_touched('crash("n3", 49.8)'), "n3 is down at the end"),
    (_touched('skew("n1", 3.0, -500.0)'), "the faults for this exercise are"),
    (
        'plan = [At(0, sim.Lose("n1", "n3", "Updates", 1))]',
        "has no effect: n1 sends n3 no messages of type Updates",
    ),
    (
        'plan = [At(52, sim.Lose("n1", "n3", "Update", 1))]',
        "has no effect: the message is sent at 50 ms, before that; plan it at 0 ms",
    ),
    (
        'plan = [At(0, sim.Lose("n1", "n3", "Update", 2))]',
        "has no effect: n1 sends n3 1 message of type Update",
    ),
    (
        'plan = [At(20, sim.CrashDuring("n1", after=9))]',
        "has no effect: n1 handles nothing with more than 9 effects from then on",
    ),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["05.4"] += (
    (
        but(having(RIGHT["05.4"], "if k[0] == c"), ("if k[0] == c", "if k[0] is c")),
        "`merge` compares by `is`",
    ),
)
WRONG["05.5"] += (
    (altered("05.5", ("!= theirs(", "is not theirs(")), "none differs, but you found"),
)
