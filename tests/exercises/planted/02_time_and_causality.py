"""Planted answers to the exercises of chapter 02: source, and for wrong ones a part of the message meant for it."""

from tests.exercises.altered import but, having, same_object

_BOUND = "def bound(t1, t2, t3, t4):\n"
_OFFSET = "    offset = ((t2 - t1) + (t3 - t4)) / 2\n"
_ERROR = "    error = ((t4 - t1) - (t3 - t2)) / 2\n"
_RETURN = "    return offset, error\n"

_COMPARE = "def compare_clocks(a, b):\n"
_FOUR = """    if below and above:
        return "equal"
    return "before" if below else "after" if above else "concurrent"
"""

_BOTH = "    below = all(a.get(node, 0) <= b.get(node, 0) for node in {*a, *b})\n"
_ABOVE = "    above = all(a.get(node, 0) >= b.get(node, 0) for node in {*a, *b})\n"

_POST = """@dataclass(frozen=True, slots=True)
class Post(Message):
    text: str
    seen: tuple


class Reader(Client):
    def __init__(self, id, peers):
        super().__init__(id, peers)
        self.seen = {name: 0 for name in (id, *peers)}
        self.waiting = []

"""
_INVOKE = """    def on_invoke(self, op):
        self.broadcast(Post(op.value, tuple(self.seen.items())))
        self.deliver(self.id, op.value)
        self.complete(op.id)

"""
_ON_POST = """    def on_post(self, sender, post):
        self.waiting.append((sender, post))
        while ready := [one for one in self.waiting if self.is_next(*one)]:
            self.waiting.remove(ready[0])
            self.deliver(ready[0][0], ready[0][1].text)

"""
_NEXT = """    def is_next(self, sender, post):
        before = dict(post.seen)
        others = (name for name in before if name != sender)
        return before[sender] == self.seen[sender] and all(before[n] <= self.seen[n] for n in others)

"""
_DELIVER = """    def deliver(self, author, text):
        self.write((author, text))
        self.seen[author] += 1
"""

_JOBS = ("time-out", "lock queue", "race detector", "snapshot at noon", "replicated key")
_BEST = ("monotonic", "Lamport", "vector", "hybrid", "version vector")


def _choice(*clocks: str) -> str:
    return f"choice = {dict(zip(_JOBS, clocks, strict=True))!r}"


RIGHT = {
    "02.3": (
        "pair = (15, 6)",
        "pair = [4, 10]",
        "pair = (2, 11.0)",
        "pair = {7, 13}",
        "pair = (number for number in (6, 15))",
        "import numpy as np\npair = np.array([6, 15])",
        "pair = range(6, 16, 9)",
        "pair = {6: 'a', 15: 'b'}.keys()",
        "from decimal import Decimal\nfrom fractions import Fraction\npair = [Fraction(6), Decimal(15)]",
    ),
    "02.4": (
        _BOUND
        + "    there, back = t2 - t1, t4 - t3\n"
        + "    return (there - back) / 2, (there + back) / 2\n",
        _BOUND
        + "    least, most = t3 - t4, t2 - t1\n"
        + "    return [(least + most) / 2, (most - least) / 2]\n",
        "from fractions import Fraction\n"
        + _BOUND
        + "    t1, t2, t3, t4 = map(Fraction, (t1, t2, t3, t4))\n"
        + _OFFSET
        + "    yield offset\n"
        + _ERROR.replace("error =", "yield"),
        "import numpy as np\n"
        + _BOUND
        + "    return np.array([t2 - t1 + t3 - t4, t4 - t1 - t3 + t2]) / 2\n",
    ),
    "02.5": (
        _COMPARE
        + "    below = all(n <= b.get(node, 0) for node, n in a.items())\n"
        + "    above = all(n <= a.get(node, 0) for node, n in b.items())\n"
        + _FOUR,
        _COMPARE
        + "    pairs = [(a.get(node, 0), b.get(node, 0)) for node in {**a, **b}]\n"
        + "    signs = {(x > y) - (x < y) for x, y in pairs}\n"
        + "    signs.discard(0)\n"
        + '    return {(): "equal", (-1,): "before", (1,): "after"}.get(tuple(sorted(signs)), "concurrent")\n',
        "from dscourse.clocks import VectorClock, compare\n"
        + _COMPARE
        + "    return compare(VectorClock(a), VectorClock(b))\n",
        "from collections import Counter\n"
        + _COMPARE
        + "    more, less = Counter(a) - Counter(b), Counter(b) - Counter(a)\n"
        + "    if more and less:\n"
        + '        return "Concurrent"\n'
        + '    return "after" if more else "before" if less else "equal"\n',
    ),
    "02.6": (
        "choice = dict(zip("
        '["time-out", "lock queue", "race detector", "snapshot at noon", "replicated key"],'
        '["monotonic", "Lamport", "vector", "hybrid", "version vector"]))',
        'choice = {"replicated key": "version vector", "race detector": "vector", "lock queue": "Lamport",'
        ' "snapshot at noon": "hybrid", "time-out": "monotonic", "anything else": "wall"}',
        'choice = {"time-out": "Monotonic", "lock queue": "lamport", "race detector": "VECTOR",'
        ' "snapshot at noon": "hybrid ", "replicated key": "version_vector"}',
        'choice = {"Time-out": "monotonic clock", "lock_queue": "Lamport clock", "RACE DETECTOR": "Vector clock",'
        ' "snapshot  at noon": "hybrid clock", "replicated-key": "VersionVector"}',
        "from enum import Enum\n\n\nclass Kind(Enum):\n    STEADY = 'monotonic'\n    COUNT = 'Lamport'\n\n\n"
        'choice = {"time-out": Kind.STEADY, "lock queue": Kind.COUNT, "race detector": "vector",'
        ' "snapshot at noon": "hybrid", "replicated key": "version vector"}',
        "from types import MappingProxyType\n"
        + _choice(*_BEST)
        + "\nchoice = MappingProxyType(choice)",
    ),
    "02.7": (
        "@dataclass(frozen=True, slots=True)\n"
        "class Post(Message):\n"
        "    text: str\n"
        "    number: int\n"
        "    after: frozenset\n\n\n"
        "class Reader(Client):\n"
        "    def __init__(self, id, peers):\n"
        "        super().__init__(id, peers)\n"
        "        self.known = frozenset()\n"
        "        self.mine = 0\n"
        "        self.waiting = {}\n\n"
        "    def on_invoke(self, op):\n"
        "        self.mine += 1\n"
        "        post = Post(op.value, self.mine, self.known)\n"
        "        self.show(self.id, post)\n"
        "        for peer in self.peers:\n"
        "            self.send(peer, post)\n"
        "        self.complete(op.id)\n\n"
        "    def on_post(self, sender, post):\n"
        "        if (sender, post.number) in self.known:\n"
        "            return\n"
        "        self.waiting[sender, post.number] = post\n"
        "        before = None\n"
        "        while before != self.known:\n"
        "            before = self.known\n"
        "            for key in list(self.waiting):\n"
        "                if self.waiting[key].after <= self.known:\n"
        "                    self.show(key[0], self.waiting.pop(key))\n\n"
        "    def show(self, author, post):\n"
        "        self.known |= {(author, post.number)}\n"
        "        self.write((author, post.text))\n",
        "from dscourse.clocks import VectorClock\n\n\n"
        "class Shelf:\n"
        "    __slots__ = ('posts',)\n\n"
        "    def __init__(self):\n"
        "        self.posts = []\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Post(Message):\n"
        "    text: str\n"
        "    clock: VectorClock\n\n\n"
        "class Reader(Client):\n"
        "    def __init__(self, id, peers=()):\n"
        "        super().__init__(id, peers)\n"
        "        self.clock = VectorClock()\n"
        "        self.shelf = Shelf()\n\n"
        "    def on_invoke(self, op):\n"
        "        self.complete(op.id)\n"
        "        self.clock = self.clock.tick(self.id)\n"
        "        self.write((self.id, op.value))\n"
        "        self.broadcast(Post(op.value, self.clock))\n\n"
        "    def on_post(self, sender, post):\n"
        "        self.shelf.posts.append((sender, post))\n"
        "        for author, held in self.shelf.posts:\n"
        "            if held.clock <= self.clock.tick(author) and held.clock[author] > self.clock[author]:\n"
        "                self.clock = self.clock.tick(author)\n"
        "                self.write((author, held.text))\n"
        "                self.shelf.posts.remove((author, held))\n"
        "                break\n"
        "        else:\n"
        "            return\n"
        "        if self.shelf.posts:\n"
        "            self.on_post(*self.shelf.posts.pop())\n",
        # each post carries all posts before it, so a cause may arrive with its effect
        "@dataclass(frozen=True, slots=True)\n"
        "class Post(Message):\n"
        "    posts: tuple\n\n\n"
        "class Reader(Client):\n"
        "    def __init__(self, id, peers):\n"
        "        super().__init__(id, peers)\n"
        "        self.posts = ()\n\n"
        "    def on_invoke(self, op):\n"
        "        number = sum(author == self.id for author, _, _ in self.posts)\n"
        "        self.deliver((self.id, number, op.value))\n"
        "        self.broadcast(Post(self.posts))\n"
        "        self.complete(op.id)\n\n"
        "    def deliver(self, post):\n"
        "        self.posts += (post,)\n"
        "        self.write((post[0], post[2]))\n\n"
        "    def on_post(self, sender, message):\n"
        "        for post in message.posts:\n"
        "            if post not in self.posts:\n"
        "                self.deliver(post)\n",
        _POST
        + _INVOKE
        + _NEXT
        + "    def on_post(self, sender, post):\n"
        + "        self.waiting.append((sender, post))\n"
        + "        for _ in range(len(self.waiting)):\n"
        + "            for one in list(self.waiting):\n"
        + "                if self.is_next(*one):\n"
        + "                    self.waiting.remove(one)\n"
        + "                    self.deliver(one[0], one[1].text)\n\n"
        + _DELIVER,
    ),
}

WRONG = {
    "02.3": (
        ("pair = (1, 16)", "Event 1 is in the causal past of event 16: no entry of {c: 1} is larger than in"),
        ("pair = (13, 12)", "They are concurrent, but only 6.4 ms apart"),
        ("pair = (3, 99)", "The events are numbered from 1 to 16"),
        ("pair = (6, 6)", "An event is not concurrent with itself"),
        ('pair = "6 and 15"', "must be two numbers of events"),
        ("pair = (6, 15, 10)", "must be two numbers of events"),
        ("pair = (5, 14)", "Event 5 is in the causal past of event 14"),
        ("pair = (0, 15)", "The events are numbered from 1 to 16"),
        ("pair = (6, True)", "must be two numbers of events"),
        ("from fractions import Fraction\npair = (6, 15 + Fraction(1, 10**30))", "must be two numbers of events"),
        ("from decimal import Decimal\npair = (Decimal('6.00000000000000000000000001'), 15)", "not Decimal('6.0000"),
        ("import itertools\npair = itertools.chain((6, 15), itertools.repeat(1))", "not 6, 15, 1, 1, …"),
        ("pair = (n for n in (6, 15, 10))", "not 6, 15, 10."),
        ("pair = ('6', '15')", "not '6', '15'."),
        ("pair = {6: 15}", "not {6: 15}."),
        ("pair = lambda: (6, 15)", "not a function"),
        ("pair = (5, 14)", "Event 5 is in the causal past"),
        ("pair = (-11, -2)", "The events are numbered from 1 to 16"),
    ),
    "02.4": (
        (_BOUND + _OFFSET.replace("(t3 - t4)", "(t4 - t3)") + _ERROR + _RETURN, "is 10.5, not 8.5"),
        (_BOUND + "    offset = ((t1 - t2) + (t4 - t3)) / 2\n" + _ERROR + _RETURN, "The sign is turned round"),
        (_BOUND + "    offset = (t2 - t1) + (t3 - t4)\n" + _ERROR + _RETURN, "The two differences must be averaged"),
        (_BOUND + "    offset = t3 - t4\n" + _ERROR + _RETURN, "That leaves out how long the answer took"),
        (_BOUND + "    offset = t2 - t1\n" + _ERROR + _RETURN, "That leaves out how long the question took"),
        (_BOUND + _OFFSET + "    error = 0.0\n" + _RETURN, "is too small a claim: the truth is 3.5 ms away"),
        (_BOUND + _OFFSET + "    error = (t4 - t1) / 2\n" + _RETURN, "an error of 10 holds, but 8.5 is enough"),
        (_BOUND + _OFFSET + "    error = (t4 - t1) - (t3 - t2)\n" + _RETURN, "an error of 17 holds"),
        (_BOUND + _OFFSET + "    return offset\n", "it must return a pair (offset, error), not 10.5"),
        (_BOUND + '    return "5", "10"\n', "offset and error must be finite numbers"),
        (_BOUND + _OFFSET + "    return offset, float('nan')\n", "must be finite numbers, not (10.5, nan)"),
        (_BOUND + _OFFSET + "    return offset, float('inf')\n", "must be finite numbers"),
        (_BOUND + _OFFSET + _ERROR + "    return error, offset\n", "The pair is (offset, error), in this order"),
        (_BOUND + _OFFSET + _ERROR + "    return abs(offset), error\n", "behind has an offset below 0"),
        (_BOUND + _OFFSET + "    return offset, t4 - t1\n", "That is the whole round trip"),
        (_BOUND + "    t2, t3 = t2 - t1 + 1000, t3 - t1 + 1000\n    offset = (t2 + t3 - 1000 - t4) / 2\n"
         + "    error = ((t4 - 1000) - (t3 - t2)) / 2\n" + _RETURN, "the middle of what is possible is"),
        (_BOUND + "    offset = ((t2 - t1) + (t3 - t4)) // 2\n" + _ERROR + _RETURN, "is 10.5, not 10"),
        (_BOUND + _OFFSET + _ERROR + "    return round(offset, 1), round(error, 1)\n", "the middle of"),
        (_BOUND + _OFFSET + _ERROR + "    return max(-4e6, min(4e6, offset)), error\n", "the middle of"),
        (_BOUND + _OFFSET + _ERROR + "    return offset, min(error, 1_000)\n", "had one way taken no time"),
        (_BOUND + _OFFSET + _ERROR.replace("(t3 - t2)", "min(t3 - t2, 10)") + _RETURN, "is enough"),
    ),
    "02.5": (
        (
            "class Same(str):\n"
            + "    def __eq__(self, other):\n        return True\n\n"
            + "    def __ne__(self, other):\n        return False\n\n"
            + "    __hash__ = str.__hash__\n\n\n"
            + _COMPARE
            + "    return Same('before')\n",
            'it should be "',
        ),
        (
            _COMPARE
            + "    below = all(a[node] <= b.get(node, 0) for node in a)\n"
            + "    above = all(a[node] >= b.get(node, 0) for node in a)\n"
            + _FOUR,
            'it should be "',
        ),
        (
            _COMPARE
            + "    nodes = {*a, *b}\n"
            + "    if a == b:\n"
            + '        return "equal"\n'
            + "    if all(a.get(node, 0) <= b.get(node, 0) for node in nodes):\n"
            + '        return "before"\n'
            + "    if all(a.get(node, 0) >= b.get(node, 0) for node in nodes):\n"
            + '        return "after"\n'
            + '    return "concurrent"\n',
            'it should be "equal". Entry by entry: a 0 (missing) and 0',
        ),
        (
            _COMPARE
            + "    below, above = sum(a.values()) <= sum(b.values()), sum(a.values()) >= sum(b.values())\n"
            + _FOUR,
            'it should be "concurrent"',
        ),
        (
            _COMPARE
            + "    common = a.keys() & b.keys()\n"
            + "    below = all(a[node] <= b[node] for node in common)\n"
            + "    above = all(a[node] >= b[node] for node in common)\n"
            + _FOUR,
            'returned \'equal\'; it should be "before". Entry by entry: a 0 (missing) and 1',
        ),
        (
            _COMPARE
            + "    below = all(a.get(node, 0) <= b.get(node, 0) for node in {*a, *b})\n"
            + '    return "before" if below else "after"\n',
            "compare_clocks({}, {}) returned 'before'; it should be \"equal\"",
        ),
        (
            _COMPARE + _BOTH.replace("{*a, *b}", '"abc"') + _ABOVE.replace("{*a, *b}", '"abc"') + _FOUR,
            "A run has any number of nodes, with any names",
        ),
        (
            _COMPARE
            + "    for node in b:\n"
            + "        a.setdefault(node, 0)\n"
            + "    for node in a:\n"
            + "        b.setdefault(node, 0)\n"
            + _BOTH + _ABOVE + _FOUR,
            "has changed its arguments",
        ),
        (
            _COMPARE
            + "    one, other = ([c.get(n, 0) for n in sorted({*a, *b})] for c in (a, b))\n"
            + '    return "equal" if one == other else "before" if one < other else "after"\n',
            'it should be "concurrent"',
        ),
        (
            _COMPARE
            + "    pairs = list(zip(a.values(), b.values()))\n"
            + "    below, above = all(x <= y for x, y in pairs), all(x >= y for x, y in pairs)\n"
            + _FOUR,
            "it should be",
        ),
        (_COMPARE
         + "    a, b = ({node: min(n, 1_000) for node, n in clock.items()} for clock in (a, b))\n"
         + _BOTH + _ABOVE + _FOUR,
         "with any names and any counts"),
        (_COMPARE
         + "    a, b = ({node: n & 0xFFFF for node, n in clock.items()} for clock in (a, b))\n"
         + _BOTH + _ABOVE + _FOUR,
         "with any names and any counts"),
        (_COMPARE
         + "    a, b = ({node.lower(): n for node, n in clock.items()} for clock in (a, b))\n"
         + _BOTH + _ABOVE + _FOUR,
         "with any names and any counts"),
        (_COMPARE
         + "    a, b = ({node[:5]: n for node, n in clock.items()} for clock in (a, b))\n"
         + _BOTH + _ABOVE + _FOUR,
         "with any names and any counts"),
        (_COMPARE
         + "    nodes = sorted({*a, *b})[:10]\n"
         + "    below = all(a.get(node, 0) <= b.get(node, 0) for node in nodes)\n"
         + "    above = all(a.get(node, 0) >= b.get(node, 0) for node in nodes)\n"
         + _FOUR,
         "with any names and any counts"),
    ),
    "02.6": (
        (_choice("wall", "Lamport", "vector", "hybrid", "version vector"), "time-out: wall? It can be set back"),
        (_choice("monotonic", "hybrid", "vector", "hybrid", "version vector"), "the time of day is not needed"),
        (_choice("monotonic", "vector", "vector", "hybrid", "version vector"), "concurrent requests in no order"),
        (_choice("monotonic", "Lamport", "Lamport", "hybrid", "version vector"), "does not tell a cause"),
        (_choice("monotonic", "Lamport", "vector", "wall", "version vector"), "effect can be in the snapshot"),
        (_choice("monotonic", "Lamport", "vector", "hybrid", "vector"), "grows without bound"),
        (_choice("monotonic", "Lamport", "vector", "hybrid", "sundial"), "'sundial' is no clock"),
        (_choice("Lamport", "Lamport", "vector", "hybrid", "version vector"), "nothing happens it stands still"),
        (_choice("monotonic", "monotonic", "vector", "hybrid", "version vector"), "nothing to do with each other"),
        (_choice("monotonic", "Lamport", "version vector", "hybrid", "version vector"), "leave no mark in it"),
        (_choice("monotonic", "Lamport", "vector", "Lamport", "version vector"), "Which count was noon?"),
        (_choice("monotonic", "Lamport", "vector", "hybrid", "hybrid"), "seems to contain the other's update"),
        (_choice(*_BEST) + "\nchoice['Time-out'] = 'wall'", "'time-out' stands there twice"),
        (_choice(*_BEST) + "\nchoice['time out'] = 'hybrid'", "'time-out' stands there twice"),
        (_choice(*_BEST) + "\nchoice['lock_queue'] = None", "'lock queue' stands there twice"),
        (_choice(*_BEST) + "\nchoice = {clock: job for job, clock in choice.items()}", "not the other way round"),
        (_choice(*_BEST) + "\nchoice['lock queue'] = None", "'lock queue' has no clock yet"),
        (_choice(*_BEST) + "\nchoice['lock queue'] = ''", "'lock queue' has no clock yet"),
        (_choice(*_BEST) + "\nchoice['lock queue'] = ['Lamport', 'hybrid']", "is no clock"),
        (_choice(*_BEST) + "\nchoice['race detector'] = b'vector'", "b'vector' is no clock"),
        (_choice(*_BEST) + "\nchoice = list(choice.items())", "must be a dictionary from jobs to clocks"),
        ('choice = {"time-out": "monotonic"}', "'lock queue' has no clock yet"),
        ('choice = ["monotonic"]', "must be a dictionary from jobs to clocks"),
    ),
    "02.7": (
        (
            _POST + _INVOKE
            + "    def on_post(self, sender, post):\n        self.deliver(sender, post.text)\n\n" + _DELIVER,
            "is next: in the order of posting",
        ),
        (
            _POST + _INVOKE + _ON_POST
            + "    def is_next(self, sender, post):\n"
            + "        return dict(post.seen)[sender] == self.seen[sender]\n\n" + _DELIVER,
            "had delivered before writing it",
        ),
        (_POST + _INVOKE + _ON_POST.replace("while ready", "if ready") + _NEXT + _DELIVER,
         "it and all its causes were there"),
        (
            _POST + _INVOKE + _ON_POST.replace("append((sender, post))\n", "append((sender, post))\n"
            "        self.seen[self.id] += 1\n") + _NEXT + _DELIVER,
            "never delivers",
        ),
        (
            _POST + _INVOKE + _ON_POST
            + "    def is_next(self, sender, post):\n"
            + "        return all(count <= self.seen[name] for name, count in post.seen)\n\n" + _DELIVER,
            "more often than",
        ),
        (
            _POST + _INVOKE + _ON_POST + _NEXT
            + _DELIVER + "        if author != self.id:\n"
            + "            self.send(author, Post(text, tuple((name, -1) for name in self.seen)))\n",
            "one message per post and reader is allowed",
        ),
        (
            _POST + _INVOKE.replace("        self.deliver(self.id, op.value)\n", "        self.seen[self.id] += 1\n")
            + _ON_POST + _NEXT + _DELIVER,
            "never delivers its own post 1",
        ),
        (_POST + _INVOKE.replace("        self.complete(op.id)\n", "") + _ON_POST + _NEXT + _DELIVER,
         "complete it, by"),
        (
            _POST + _INVOKE + _ON_POST + _NEXT
            + "    shown = frozenset()\n\n"
            + "    def deliver(self, author, text):\n"
            + "        self.seen[author] += 1\n"
            + "        if (author, text) not in self.shown:\n"
            + "            self.write((author, text))\n"
            + "            self.shown |= {(author, text)}\n",
            "never delivers its own post",
        ),
        (_POST.replace("(id, *peers)", '"abc"') + _INVOKE + _ON_POST + _NEXT + _DELIVER, "Your code raised KeyError"),
        (
            _POST + _INVOKE.replace("tuple(self.seen.items())", "self.seen") + _ON_POST + _NEXT + _DELIVER,
            "Post.seen",
        ),
        (
            "from dscourse.node import Timer\n\n\n"
            "@dataclass(frozen=True, slots=True)\n"
            "class Later(Timer):\n"
            "    sender: str\n"
            "    post: Message\n\n\n" + _POST + _INVOKE
            + "    def on_post(self, sender, post):\n"
            + "        if self.is_next(sender, post):\n"
            + "            self.deliver(sender, post.text)\n"
            + "        elif dict(post.seen)[sender] >= self.seen[sender]:\n"
            + "            self.set_timer(Later(sender, post), 5)\n\n"
            + "    def on_later(self, timer):\n"
            + "        self.on_post(timer.sender, timer.post)\n\n" + _NEXT + _DELIVER,
            "wait for causes, and for nothing else",
        ),
        (
            "@dataclass(frozen=True, slots=True)\n"
            "class Post(Message):\n"
            "    text: str\n"
            "    time: int\n\n\n"
            "class Reader(Client):\n"
            "    def __init__(self, id, peers):\n"
            "        super().__init__(id, peers)\n"
            "        self.time, self.waiting, self.heard = 0, [], {name: 0 for name in peers}\n\n"
            "    def on_invoke(self, op):\n"
            "        self.time += 1\n"
            "        self.write((self.id, op.value))\n"
            "        self.broadcast(Post(op.value, self.time))\n"
            "        self.complete(op.id)\n\n"
            "    def on_post(self, sender, post):\n"
            "        self.time = max(self.time, post.time) + 1\n"
            "        self.heard[sender] = max(self.heard[sender], post.time)\n"
            "        if (post.time, sender, post.text) not in self.waiting:\n"
            "            self.waiting.append((post.time, sender, post.text))\n"
            "        for one in sorted(self.waiting):\n"
            "            if one[0] > 0 and one[0] <= min(self.heard.values()):\n"
            "                self.waiting[self.waiting.index(one)] = (-one[0], *one[1:])\n"
            "                self.write((one[1], one[2]))\n",
            "delivers",
        ),
        # an empty text is no post; few may wait; counts in three bits; small letters; patience of half a second
        (_POST
         + _INVOKE.replace("        self.broadcast(", "        if not op.value:\n            self.complete(op.id)\n"
                           "            return\n        self.broadcast(", 1)
         + _ON_POST + _NEXT + _DELIVER,
         "an author reads its posts too"),
        (_POST + _INVOKE
         + _ON_POST.replace("post))\n", "post))\n        self.waiting = self.waiting[-16:]\n", 1) + _NEXT + _DELIVER,
         "never delivers"),
        (_POST + _INVOKE + _ON_POST + _NEXT
         + _DELIVER.replace("self.seen[author] += 1", "self.seen[author] = (self.seen[author] + 1) % 8"),
         "wait for causes, and for nothing else"),
        (_POST.replace("{name: 0", "{name.lower(): 0") + _INVOKE + _ON_POST
         + _NEXT.replace("before[sender] == self.seen[sender]", "before[sender.lower()] == self.seen[sender.lower()]")
         .replace("name != sender", "name != sender.lower()")
         + _DELIVER.replace("seen[author]", "seen[author.lower()]"),
         "wait for causes, and for nothing else"),
        ("from dscourse.node import Timer\n\n\n"
         "@dataclass(frozen=True, slots=True)\nclass Late(Timer):\n    sender: str\n    post: Message\n\n\n"
         + _POST + _INVOKE
         + _ON_POST.replace("post))\n", "post))\n        self.set_timer(Late(sender, post), 500)\n", 1)
         + "    def on_late(self, late):\n"
         + "        if (late.sender, late.post) in self.waiting and late.post.seen != tuple(self.seen.items()):\n"
         + "            self.waiting.remove((late.sender, late.post))\n"
         + "            if dict(late.post.seen)[late.sender] >= self.seen[late.sender]:\n"
         + "                self.deliver(late.sender, late.post.text)\n\n"
         + _NEXT + _DELIVER,
         "had"),
    ),
}  # fmt: skip

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["02.7"] += (
    (
        but(
            having(RIGHT["02.7"], "if post not in self.posts"),
            ("if post not in self.posts", f"if not {same_object('post', 'self.posts')}"),
        ),
        "`on_post` compares by `is`",
    ),
)
