"""Planted answers to the exercises of chapter 16: source, and for wrong ones a part of the message meant for it."""

# ruff: noqa: E501

from functools import partial
from textwrap import indent

from tests.exercises.altered import but, having, same_object
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "two_withdrawals.two_withdrawals")


def _lines(head: str, body: str) -> str:
    """The source of a function with this body."""
    return f"{head}\n{indent(body.strip(chr(10)), '    ')}\n"


# An answer that looks for a variable of what calls it, or for something that the judges have.
_PEEK = """
import sys


def peek(name):
    frame = sys._getframe(1)
    while frame is not None and name not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals[name]


"""
_PEEKING = "must rest on its arguments alone"

# --- 16.4 ----------------------------------------------------------------------------------------

_ruled = partial(_lines, "def ruled_out(cycle):")
_RULED = """
kinds = [kind for _, kind, _ in cycle]
if "real time" in kinds:
    return ["strict serializable"]
levels = ["serializable", "strict serializable"]
if not any(kinds[n - 1] == kinds[n] == "rw" for n in range(len(kinds))):
    levels.append("snapshot isolation")
if "rw" not in kinds:
    levels.append("read committed")
if set(kinds) == {"ww"}:
    levels.append("read uncommitted")
return levels
"""


def _ruled_but(old: str, new: str) -> str:
    assert old in _RULED, old
    return _ruled(_RULED.replace(old, new))


# --- 16.5 ----------------------------------------------------------------------------------------


def _levels(**changes: str) -> str:
    right = {
        "A": "read committed", "B": "snapshot isolation", "C": "read uncommitted", "D": "serializable", "E": "none",
        "F": "strict serializable", "G": "read committed",
    }  # fmt: skip
    return f"levels = {right | changes}\n"


# --- 16.7 ----------------------------------------------------------------------------------------

_withdraw = partial(_lines, "def withdraw(account, other, amount):")
_DECIDE = """
balance = yield "read", account
rest = yield "read", other
if balance + rest < amount:
    return False
yield "write", account, balance - amount
return True
"""
_AGAIN = (
    _lines("def attempt(account, other, amount, first, second):", 'yield "lock", first\nyield "lock", second' + _DECIDE)
    + _withdraw("""
while True:
    try:
        return (yield from attempt(account, other, amount, account, other))
    except DeadlockError:
        pass
""")
)  # fmt: skip


def _locking(*locks: str, decide: str = _DECIDE) -> str:
    return _withdraw("\n".join(f'yield "lock", {one}' for one in locks) + decide)


def _ranked(before: str, key: str, after: str = "") -> str:
    """A withdrawal that locks by a rank, which accounts get in the order in which they are seen."""
    order = f"for one in sorted([account, other], key={key}):\n    yield 'lock', one\n"
    return before + _withdraw(order + _DECIDE) + after


_RANK = "seen.setdefault(str(one), len(seen))"
_RANKS = (
    ("", f"lambda one, seen=withdraw.seen: {_RANK}", "\n\nwithdraw.seen = {}\n"),
    (f"def rank(one, seen={{}}):\n    return {_RANK}\n\n\n", "rank"),
    (f"def rank(one, *, seen={{}}):\n    return {_RANK}\n\n\n", "rank"),
    (
        f"class Ranks:\n    seen = {{}}\n\n    def rank(self, one):\n        seen = self.seen\n        return {_RANK}\n\n\n",
        "Ranks().rank",
    ),
    (
        "from functools import cache\nfrom itertools import count\n\nnumbers = count()\n\n\n@cache\ndef rank(one):\n    return next(numbers)\n\n\n",
        "lambda one: rank(str(one))",
    ),
)


# --- 16.8 ----------------------------------------------------------------------------------------

_FIRST = """
class FirstCommitter:
    def __init__(self):
        self.commits = 0
        self.snapshot = {}
        self.newest = {}

    def begin(self, tx):
        self.snapshot[tx] = self.commits

    def commit(self, tx, written):
        snapshot = self.snapshot.pop(tx)
        if any(self.newest.get(key, 0) > snapshot for key in written):
            return False
        self.commits += 1
        for key in written:
            self.newest[key] = self.commits
        return True

    def abort(self, tx):
        del self.snapshot[tx]
"""
_STALE = """
class FirstCommitter:
    def __init__(self):
        self.stale = {}

    def begin(self, tx):
        self.stale[tx] = set()

    def commit(self, tx, written):
        if self.stale.pop(tx) & set(written):
            return False
        for keys in self.stale.values():
            keys.update(written)
        return True

    def abort(self, tx):
        self.stale.pop(tx)
"""


def _but(source: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


_first = partial(_but, _FIRST)
_stale = partial(_but, _STALE)

# --- 16.9 ----------------------------------------------------------------------------------------

_VICTIMS = """
def victims(waits, begun):
    kept, found = set(), []
    for tx in sorted(waits, key=lambda one: begun[one]):
        seen, ahead = set(), [tx]
        while ahead:
            for other in waits.get(ahead.pop(), ()):
                if other == tx:
                    found.append(tx)
                    ahead = []
                    break
                if other in kept and other not in seen:
                    seen.add(other)
                    ahead.append(other)
        if tx not in found:
            kept.add(tx)
    return found
"""
_victims = partial(_but, _VICTIMS)
_CYCLE = """
def a_cycle(waits, gone):
    done = set()
    for start in waits:
        if start in done or start in gone:
            continue
        path, ways = [start], [iter(waits[start])]
        while ways:
            other = next(ways[-1], "END OF THE LIST")
            if other == "END OF THE LIST":
                ways.pop()
                done.add(path.pop())
            elif other in path:
                return path[path.index(other):]
            elif other not in done and other not in gone:
                path.append(other)
                ways.append(iter(waits.get(other, ())))
    return []
"""
_GREEDY = f"""{_CYCLE}

def victims(waits, begun):
    gone = set()
    while cycle := a_cycle(waits, gone):
        gone.add(max(cycle, key=begun.get))
    return gone
"""
_greedy = partial(_but, _GREEDY)

# --- 16.10 ----------------------------------------------------------------------------------------

_LEVEL = """
def level(store):
    read_x, read_y, end = ("r", "x"), ("r", "y"), "commit"
    write_skew = [("A", read_x), ("B", read_y), ("A", ("append", "y", 1)), ("B", ("append", "x", 2))]
    lost_update = [("A", read_x), ("B", read_x), ("A", ("append", "x", 1)), ("A", end), ("B", ("append", "x", 2))]
    dirty_read = [("A", ("append", "x", 1)), ("B", read_x), ("A", ("append", "x", 2))]
    dirty_write = [(one, ("append", key, key + one)) for one, key in ("Ax", "Bx", "By", "Ay")]
    probes = {
        "serializable": (write_skew, transactions.serializable),
        "snapshot isolation": (lost_update, transactions.snapshot_isolation),
        "read committed": (dirty_read, transactions.read_committed),
        "read uncommitted": (dirty_write, transactions.read_uncommitted),
    }
    held = "none"
    for name, (probe, judge) in reversed(probes.items()):
        script = [*probe, ("A", end), ("B", end), ("C", read_x), ("C", read_y), ("C", end)]
        if judge(store.run(script)).ok is False:
            break
        held = name
    return held
"""
_level = partial(_but, _LEVEL)
_RANDOM = """
def level(store):
    left = ["serializable", "snapshot_isolation", "read_committed", "read_uncommitted", "none"]
    draws = random.Random(1)
    for number in range(40):
        steps, script = {}, []
        for one in "AB":
            own = [(f, draws.choice("xy"), f"{one}{n}") for n, f in enumerate(draws.choice((["r", "append"], ["append", "append"])))]
            steps[one] = [*own, "commit"]
        while steps:
            name = draws.choice(list(steps))
            script.append((name, steps[name].pop(0)))
            if not steps[name]:
                del steps[name]
        script += [("Z", ("r", "x")), ("Z", ("r", "y")), ("Z", "commit")]
        history = store.run(script)
        while left[0] != "none" and getattr(transactions, left[0])(history).ok is False:
            del left[0]
    return left[0]
"""
_BY_HAND = """
END = "commit"


def reads(store, script):
    return {op.process: op.result if op.status == "ok" else None for op in store.run(script)}


def level(store):
    ends = [("A", END), ("B", END), ("C", ("r", "x")), ("C", ("r", "y")), ("C", END)]
    last = reads(store, [*((one, ("w", key, one)) for one, key in ("Ax", "Bx", "By", "Ay")), *ends])
    if last["A"] and last["B"] and last["C"][0][2] != last["C"][1][2]:
        return "None"
    dirty = reads(store, [("A", ("w", "x", 1)), ("B", ("r", "x")), ("A", ("w", "x", 2)), ("A", END), ("B", END)])
    if dirty["B"] and dirty["B"][0][2] == 1:
        return "Read Uncommitted"
    lost = reads(store, [("A", ("r", "x")), ("B", ("r", "x")), ("A", ("w", "x", 1)), ("A", END), ("B", ("w", "x", 2)), ("B", END)])
    if lost["A"] and lost["B"] and lost["A"][0][2] is None and lost["B"][0][2] is None:
        return "READ COMMITTED"
    skew = reads(store, [("A", ("r", "x")), ("B", ("r", "y")), ("A", ("w", "y", 1)), ("B", ("w", "x", 2)), ("A", END), ("B", END)])
    if skew["A"] and skew["B"] and skew["A"][0][2] is None and skew["B"][0][2] is None:
        return "snapshot-isolation"
    return "serialisable"
"""

# --- 16.11 ----------------------------------------------------------------------------------------

_SHARD = """
class Shard:
    def __init__(self, log):
        self.log, self.data, self.locks, self.votes = log, {}, {}, {}
        for record in log:
            self.note(*record, new=False)

    def lock(self, tx, key):
        return self.locks.setdefault(key, tx) == tx

    def prepare(self, tx, keys, writes):
        return all(self.locks.get(key) == tx for key in keys) and self.note(tx, "vote", (keys, writes))

    def decide(self, tx, commit):
        self.note(tx, "decision", commit)

    def note(self, tx, kind, value, new=True):
        if new:
            self.log.append((tx, kind, value))
        if kind == "vote":
            keys, self.votes[tx] = value
            self.locks.update(dict.fromkeys(keys, tx))
            return True
        elif value:
            self.data.update(self.votes.pop(tx, {}))
        self.locks = {key: one for key, one in self.locks.items() if one != tx}
"""
_shard = partial(_but, _SHARD)

RIGHT = {
    "16.4": (
        # a lambda, and an object that can be called
        """
ruled_out = lambda cycle: (lambda k: ["strict serializable"] if "real time" in k else ["serializable", "strict serializable"] + (
    ["snapshot isolation"] if not any(a == b == "rw" for a, b in zip(k, k[1:] + k[:1])) else []
) + ([] if "rw" in k else ["RC"] + ([] if "wr" in k else ["read uncommitted"])))([kind for _, kind, _ in cycle])
""",
        """
class Rule:
    def __call__(self, cycle):
        cycle.reverse()
        return self.of([kind for _, kind, _ in cycle])

    def of(self, k):
        n = 4 if not {"rw", "wr"} & {*k} else 3 if "rw" not in k else 1 if any(k[i - 1] == k[i] == "rw" for i in range(len(k))) else 2
        levels = ("strict serializable", "serializable", "snapshot isolation", "read committed", "read uncommitted")
        return levels[: 1 if "real time" in k else n + 1]


ruled_out = Rule()
""",
        _ruled("""
names = ["read uncommitted", "read committed", "snapshot isolation", "serializable", "strict serializable"]
ring = "".join({"ww": "w", "wr": "r", "rw": "A", "real time": "t"}[kind] for _, kind, _ in cycle)
if "t" in ring:
    start = 4
elif "AA" in ring + ring[0]:
    start = 3
elif "A" in ring:
    start = 2
else:
    start = 1 if "r" in ring else 0
return names[start:]
"""),
        _ruled("""
kinds = [kind for _, kind, _ in cycle]
yield "Strict_Serializable"
if "real time" not in kinds:
    yield "SERIALISABLE"
    if not any(a == b == "rw" for a, b in zip(kinds, kinds[1:] + kinds[:1])):
        yield "snapshot-isolation"
        if kinds.count("rw") == 0:
            yield "read committed"
            if kinds.count("ww") == len(kinds):
                yield "read uncommitted"
"""),
        _ruled("""
class Found(set):
    pass

found = Found()
count = {kind: sum(1 for _, k, _ in cycle if k == kind) for kind in ("ww", "wr", "rw", "real time")}
adjacent = False
previous = cycle[-1][1]
for _, kind, _ in cycle:
    adjacent |= previous == kind == "rw"
    previous = kind
found.add("strict serializable")
if not count["real time"]:
    found |= {"serializable"}
    if not adjacent:
        found |= {"snapshot isolation"}
    if not count["rw"]:
        found |= {"read committed"}
    if not count["rw"] and not count["wr"]:
        found |= {"read uncommitted"}
return frozenset(found)
"""),
    ),
    "16.5": (
        "levels = dict(a='RC', b='SI', c='RU', d='serializable', e='none', f='strict serializable', g='RC')\n",
        _levels(A="Read Committed", D="serialisable", B="snapshot_isolation"),
        "import collections\n"
        + _levels()
        + "levels = collections.OrderedDict(reversed(levels.items()))\n",
    ),
    "16.6": (
        'plan = [At(0, Delay("c1", "n1", "DoStep", 2, 60))]',
        'plan = [At(0, Delay("n1", "c1", "StepDone", 3, 40.5))]',
        'plan = (At(0, Delay("c1", "n1", "DoStep", n, 60)) for n in (1,))',
        'plan = [At(58, Pause("c1")), At(110, Resume("c1"))]',
        'plan = (At(0, sim.Delay("c1", "n1", "DoStep", 1, 60)),)',
        'plan = [At(0, Lose("c1", "n1", "Commit", 1))]',
        _touched('pause("c1", 62.2, 100.5)'),
        _touched('move(the("c1\'s 1st Commit to n1"), 115.3)'),
        _touched('lose(the("n1\'s 2nd StepDone to c1"))'),
    ),
    "16.7": (
        # refuses early by reads without locks: balances only fall, so a sum that was too small stays so
        _withdraw(
            """
balance = yield "read", account
rest = yield "read", other
if balance + rest < amount:
    return False
for one in sorted((account, other)):
    yield "lock", one
"""
            + _DECIDE
        ),
        # catches everything
        _withdraw(
            """
while True:
    try:
        yield "lock", account
        yield "lock", other
        break
    except:
        continue
"""
            + _DECIDE
        ),
        # a method, a partial function, and a decorated one
        "class Bank:\n"
        + indent(
            _lines(
                "def withdraw(self, account, other, amount):",
                'for one in sorted((account, other)):\n    yield "lock", one\n' + _DECIDE,
            ),
            "    ",
        )
        + "\n\nwithdraw = Bank().withdraw\n",
        "import functools\n"
        + _lines(
            "def inner(step, account, other, amount):",
            "for one in sorted((account, other)):\n    yield step, one\n" + _DECIDE,
        )
        + "\n\nwithdraw = functools.partial(inner, 'lock')\n",
        "import functools\n"
        + _lines(
            "def locked(function):",
            """
@functools.wraps(function)
def withdraw(account, other, amount):
    for one in sorted((account, other)):
        yield "lock", one
    return (yield from function(account, other, amount))

return withdraw
""",
        )
        + "\n\n@locked\n"
        + _withdraw(_DECIDE),
        # a drawn order of the locks, until there is no deadlock, and a count of the attempts that is not relied on
        "import random\n\nattempts = {}\n"
        + _withdraw(
            """
while True:
    try:
        attempts[account] = attempts.get(account, 0) + 1
        for one in random.sample((account, other), 2):
            yield "lock", one
        break
    except DeadlockError:
        pass
"""
            + _DECIDE
        ),
        _locking("min(account, other)", "max(account, other)"),
        _AGAIN,
        _withdraw("""
first, second = (account, other) if account < other else (other, account)
yield ["lock", first]
yield ["lock", second]
held = {}
for one in (account, other):
    held[one] = yield ("read", one)
enough = sum(held.values()) >= amount
if enough:
    yield ("write", account, held[account] - amount)
return enough
"""),
        _withdraw("""
yield from (("lock", one) for one in sorted({account, other}))
return (yield from decide(account, other, amount))
""")
        + _lines("def decide(account, other, amount):", _DECIDE),
        _withdraw("""
while True:
    try:
        yield "lock", other
        yield "lock", account
        rest = yield "read", other
        balance = yield "read", account
        if balance + rest >= amount:
            yield "write", account, balance - amount
        return balance + rest >= amount
    except DeadlockError as error:
        continue
"""),
        # locks the other account only where the own balance does not suffice, which is right, since none of it then matters
        _withdraw("""
while True:
    try:
        yield "lock", account
        balance = yield "read", account
        if balance < amount:
            yield "lock", other
        rest = yield "read", other
        if balance + rest < amount:
            return False
        yield "write", account, balance - amount
        return True
    except DeadlockError:
        pass
"""),
        # an object that can be called
        "class Locking:\n    def __call__(self, account, other, amount):\n        for one in sorted((account, other)):\n            yield 'lock', one\n"
        "        balance = yield 'read', account\n        rest = yield 'read', other\n        if balance + rest >= amount:\n"
        "            yield 'write', account, balance - amount\n        return balance + rest >= amount\n\n\nwithdraw = Locking()\n",
        # begins again by calling itself
        _withdraw(
            """
try:
    yield "lock", account
    yield "lock", other
except DeadlockError:
    return (yield from withdraw(account, other, amount))
"""
            + _DECIDE
        ),
        # the locks of reads, taken after a look without them, which is not relied on
        _withdraw(
            """
look = yield "read", account
for one in sorted((other, account), reverse=True):
    yield "lock", one
"""
            + _DECIDE
        ),
    ),
    "16.8": (
        # a class with a base, and one that is a dictionary itself
        """
class Aborting:
    def abort(self, tx):
        self.at.pop(tx)


class FirstCommitter(Aborting):
    def __init__(self):
        self.at, self.new, self.number = {}, {}, 0

    def begin(self, tx):
        self.at[tx] = self.number

    def commit(self, tx, written):
        at = self.at.pop(tx)
        if not all(self.new.get(key, 0) <= at for key in written):
            return False
        self.number += 1
        self.new |= dict.fromkeys(written, self.number)
        return True
""",
        """
class FirstCommitter(dict):
    def begin(self, tx):
        self[tx] = []

    def abort(self, tx):
        del self[tx]

    def commit(self, tx, written):
        overwritten = self.pop(tx)
        if any(key in overwritten for key in written):
            return False
        for keys in self.values():
            keys.extend(key for key in written if key not in keys)
        return True
""",
        # a function that makes an object around enclosed variables
        """
def FirstCommitter():
    at, new, number = {}, {}, [0]

    class Check:
        def begin(self, tx):
            at[tx] = number[0]

        def abort(self, tx):
            del at[tx]

        def commit(self, tx, written):
            began = at.pop(tx)
            if any(new.get(key, 0) > began for key in written):
                return False
            number[0] += 1
            new.update((key, number[0]) for key in written)
            return True

    return Check()
""",
        _STALE,
        # a dataclass that drops the keys whenever no transaction is open
        """
from dataclasses import dataclass, field


@dataclass
class FirstCommitter:
    clock: int = 0
    began: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)

    def begin(self, tx):
        self.clock += 1
        self.began[tx] = self.clock

    def commit(self, tx, written):
        began = self.began.pop(tx)
        self.clock += 1
        ok = all(self.keys.get(key, -1) < began for key in written)
        if ok:
            self.keys.update(dict.fromkeys(written, self.clock))
        if not self.began:
            self.keys.clear()
        return ok

    def abort(self, tx):
        self.began.pop(tx, None)
""",
        # what was committed, as a list from which nothing that an open one needs is dropped
        """
class FirstCommitter:
    def __init__(self):
        self.log, self.dropped, self.began = [], 0, {}

    def begin(self, tx):
        self.began[tx] = self.dropped + len(self.log)

    def commit(self, tx, written):
        start = self.began.pop(tx) - self.dropped
        mine = frozenset(written)
        ok = mine.isdisjoint(key for keys in self.log[start:] for key in keys)
        if ok:
            self.log.append(mine)
        self.tidy()
        return ok

    def abort(self, tx):
        self.began.pop(tx)
        self.tidy()

    def tidy(self):
        oldest = min(self.began.values(), default=self.dropped + len(self.log))
        del self.log[: oldest - self.dropped]
        self.dropped = oldest
""",
        # every open transaction is an object that is told what the others have committed
        """
class Open:
    def __init__(self):
        self.overtaken = []


class FirstCommitter:
    def __init__(self):
        self.open = {}

    def begin(self, tx):
        self.open[tx] = Open()

    def commit(self, tx, written):
        me = self.open.pop(tx)
        for key in written:
            if key in me.overtaken:
                return False
        for other in self.open.values():
            other.overtaken += [key for key in written if key not in other.overtaken]
        return not False

    def abort(self, tx):
        del self.open[tx]
""",
        # versions by key, newest last, cut to one
        """
import itertools
from collections import defaultdict


class FirstCommitter:
    def __init__(self):
        self.clock = itertools.count(1)
        self.versions = defaultdict(list)
        self.starts = {}

    def begin(self, tx):
        self.starts[tx] = next(self.clock)

    def commit(self, tx, written):
        start = self.starts.pop(tx)
        for key in written:
            if self.versions[key] and self.versions[key][-1] > start:
                return False
        now = next(self.clock)
        for key in written:
            self.versions[key] = [now]
        return True

    def abort(self, tx):
        self.starts.pop(tx, None)
""",
        # a lock around it all, and numpy's truth values
        """
import threading

import numpy as np


class FirstCommitter:
    def __init__(self):
        self.lock = threading.RLock()
        self.state = ({}, {}, [0])

    def begin(self, tx):
        with self.lock:
            self.state[0][tx] = self.state[2][0]

    def commit(self, tx, written):
        with self.lock:
            starts, newest, number = self.state
            began = starts.pop(tx)
            ok = np.all([newest.get(key, -1) <= began for key in written])
            if ok:
                number[0] += 1
                newest.update(dict.fromkeys(written, number[0]))
            return ok

    def abort(self, tx):
        with self.lock:
            self.state[0].pop(tx)
""",
    ),
    "16.9": (
        # by age, in place, and a view of a dictionary
        """
def victims(waits, begun):
    gone = {}

    def reaches(one, goal, seen):
        for other in waits.get(one, ()):
            if other == goal:
                return True
            if begun[other] < begun[goal] and other not in seen and other not in gone:
                seen.add(other)
                if reaches(other, goal, seen):
                    return True
        return False

    for tx in sorted(begun, key=begun.get):
        if reaches(tx, tx, {tx}):
            gone[tx] = None
    waits.clear()
    begun.clear()
    return gone.keys()
""",
        "class Detector:\n"
        + indent(
            _VICTIMS.replace("def victims(waits, begun):", "def __call__(self, waits, begun):"),
            "    ",
        )
        + "\n\nvictims = Detector()\n",
        "import functools\n"
        + _VICTIMS.replace("def victims(waits, begun):", "def search(log, waits, begun):")
        + "\n\nvictims = functools.partial(search, [])\n",
        # recursion, and a set
        """
def victims(waits, begun):
    kept, found = set(), set()

    def back(one, tx, seen):
        for other in waits.get(one, ()):
            if other == tx:
                return True
            if other in kept and other not in seen:
                seen.add(other)
                if back(other, tx, seen):
                    return True
        return False

    for tx in sorted(begun, key=begun.get):
        (found if back(tx, tx, set()) else kept).add(tx)
    return found
""",
        # networkx
        """
import networkx as nx


def victims(waits, begun):
    graph, gone = nx.DiGraph(), []
    for tx in sorted(begun, key=begun.get):
        ahead = [(to,) for to in waits.get(tx, ()) if (to,) in graph]
        behind = [(one,) for (one,) in graph if tx in waits.get(one, ())]
        found = any((to,) in behind for (to,) in ahead) or any(
            not set(nx.descendants(graph, to)).isdisjoint(behind) for to in ahead
        )
        if found:
            gone.append(tx)
        else:
            graph.add_node((tx,))
            graph.add_edges_from(((tx,), to) for to in ahead)
            graph.add_edges_from((one, (tx,)) for one in behind)
    return gone
""",
        # all that can be reached, as a table that grows
        """
def victims(waits, begun):
    ahead = {}
    for tx in sorted(begun, key=begun.get):
        mine = set()
        for other in waits.get(tx, ()):
            if other in ahead:
                mine |= {other} | ahead[other]
        behind = {one for one in ahead if tx in waits.get(one, ())}
        if mine & behind:
            yield tx
            continue
        for one in ahead:
            if one in behind or ahead[one] & behind:
                ahead[one] |= {tx} | mine
        ahead[tx] = mine
""",
        # an iterator, backwards: the transactions that wait for it
        """
def victims(waits, begun):
    waiting = {}
    for tx, others in waits.items():
        for other in others:
            waiting.setdefault(other, []).append(tx)
    kept = {}
    for tx, _ in sorted(begun.items(), key=lambda item: item[1]):
        before, ahead = set(), [tx]
        for one in ahead:
            for other in waiting.get(one, []):
                if (other in kept or other == tx) and other not in before:
                    before.add(other)
                    ahead.append(other)
        if tx in before:
            yield tx
        else:
            kept[tx] = True
""",
        # a class of its own for the graph
        """
class Graph:
    def __init__(self):
        self.ahead = {}

    def reaches(self, start, goal):
        seen, stack = set(), list(self.ahead.get(start, ()))
        while stack:
            one = stack.pop()
            if one == goal:
                return True
            if one in seen or one not in self.ahead:
                continue
            seen.add(one)
            stack.extend(self.ahead[one])
        return False


def victims(waits, begun):
    graph, aborted = Graph(), []
    for tx in sorted(begun, key=begun.__getitem__):
        graph.ahead[tx] = tuple(waits.get(tx, ()))
        if graph.reaches(tx, tx):
            del graph.ahead[tx]
            aborted.append(tx)
    return aborted
""",
    ),
    "16.10": (
        # a partial function, and a list of what it has found
        "import functools\n"
        + _level(
            ("def level(store):", "def examine(found, store):"),
            ("    return held\n", "    found.append(held)\n    return held\n"),
        )
        + "\n\nlevel = functools.partial(examine, [])\n",
        _RANDOM,
        _BY_HAND,
        # from the top, three times each
        _level(
            (
                "    for name, (probe, judge) in reversed(probes.items()):",
                "    for name, (probe, judge) in [*reversed(probes.items())]:",
            ),
            (
                "judge(store.run(script)).ok is False",
                "any(judge(store.run(tuple(script))).ok is False for _ in range(3))",
            ),
        ),
        # all levels of the checker at once
        """
def level(store):
    names = ["serializable", "snapshot_isolation", "read_committed", "read_uncommitted"]
    scripts = [
        "A:rx B:ry A:ay B:ax A:c B:c", "A:rx B:rx A:ax A:c B:ax B:c", "A:ax B:rx A:ax A:c B:c",
        "A:ax B:ax B:ay A:ay A:c B:c",
    ]
    for text in scripts:
        script = [*map(parsed, enumerate(f"{text} C:rx C:ry C:c".split()))]
        found = transactions.isolation(store.run(script)).verdicts
        names = [name for name in names if found[name].ok is not False]
    return names[0] if names else "none"


def parsed(item):
    number, (one, _, f, *key) = item
    if f == "c":
        return [one, ["commit"]]
    return [one, ["r", key[0]] if f == "r" else ["append", key[0], number]]
""",
        # keeps what it has learnt in an object
        _lines(
            "class Examiner:",
            """
def __call__(self, store):
    self.store = store
    for name in ("none", "read uncommitted", "read committed", "snapshot isolation"):
        if getattr(self, name.split()[-1])():
            return name
    return "serializable"

def run(self, text):
    ends = " Ac Bc Crx Cry Cc"
    script = []
    for n, step in enumerate((text + ends).split()):
        what = "commit" if step[1] == "c" else ("r", step[2], None) if step[1] == "r" else ("append", step[2], n)
        script.append((step[0], what))
    return transactions.isolation(self.store.run(script)).verdicts

def none(self):
    return self.run("Aax Bax Bay Aay")["read_uncommitted"].ok is False

def uncommitted(self):
    return self.run("Aax Brx Aax")["read_committed"].ok is False

def committed(self):
    return self.run("Arx Brx Aax Ac Bax")["snapshot_isolation"].ok is False

def isolation(self):
    return self.run("Arx Bry Aay Bax")["serializable"].ok is False
""",
        )
        + "\n\nlevel = Examiner()\n",
    ),
    "16.11": (
        # notes a vote of no too, and gives its locks up with it
        _shard(
            (
                ' and self.note(tx, "vote", (keys, writes))',
                ' and self.note(tx, "vote", (keys, writes)) or bool(self.note(tx, "decision", False))',
            )
        ),
        # an object per transaction, and a log of dictionaries
        """
from dataclasses import dataclass, field


@dataclass
class Tx:
    keys: set = field(default_factory=set)
    writes: dict | None = None


class Shard:
    def __init__(self, log):
        self.log, self.data, self.open = log, {}, {}
        for entry in log:
            if "writes" in entry:
                self.open[entry["tx"]] = Tx(set(entry["keys"]), entry["writes"])
            else:
                self.end(entry["tx"], entry["commit"])

    def lock(self, tx, key):
        if any(key in one.keys for name, one in self.open.items() if name != tx):
            return False
        self.open.setdefault(tx, Tx()).keys.add(key)
        return True

    def prepare(self, tx, keys, writes):
        mine = self.open.get(tx)
        if mine is None or not mine.keys.issuperset(keys):
            return False
        mine.writes = writes
        self.log += [{"tx": tx, "keys": [*mine.keys], "writes": writes}]
        return True

    def decide(self, tx, commit):
        self.log.append({"tx": tx, "commit": commit})
        self.end(tx, commit)

    def end(self, tx, commit):
        one = self.open.pop(tx, Tx())
        if commit:
            self.data.update(one.writes or {})
""",
        # all that is durable is read from the log, each time
        """
class Shard:
    def __init__(self, log):
        self.log, self.volatile = log, {}

    def state(self):
        data, locks, waiting = {}, {}, {}
        for kind, tx, *rest in self.log:
            if kind == "vote":
                waiting[tx] = rest[1]
                locks.update((key, tx) for key in rest[0])
                continue
            if rest[0]:
                data.update(waiting.get(tx, {}))
            waiting.pop(tx, None)
            locks = {key: one for key, one in locks.items() if one != tx}
        return data, self.volatile | locks

    def lock(self, tx, key):
        if self.state()[1].get(key, tx) != tx:
            return False
        self.volatile[key] = tx
        return True

    @property
    def data(self):
        return self.state()[0]

    def prepare(self, tx, keys, writes):
        locks = self.state()[1]
        if not all(key in locks and locks[key] == tx for key in keys):
            return False
        self.log.append(("vote", tx, keys, writes))
        return True

    def decide(self, tx, commit):
        self.log.append(("end", tx, commit))
        self.volatile = {key: one for key, one in self.volatile.items() if one != tx}
""",
    ),
}

_SI = "must not: "
WRONG = {
    "16.4": (
        # the judge's own rule, and "none" among the levels
        (
            "import importlib\n"
            + _ruled(
                "judge = importlib.import_module('dscourse.exercises.16_transactions.16_4_conclusion_from_a_cycle')\nreturn judge.forbidding([kind for _, kind, _ in cycle])"
            ),
            _PEEKING,
        ),
        (
            _ruled_but("return levels", "return ['none', *levels]"),
            "'none' is not one of the levels",
        ),
        # several real-time edges; long cycles; names of other types
        (_ruled_but('if "real time" in kinds', 'if kinds.count("real time") == 1'), "real time"),
        (_ruled_but("for _, kind, _ in cycle]", "for _, kind, _ in cycle[:8]]"), "your answer"),
        (
            _ruled_but("for _, kind, _ in cycle]", "for one, kind, _ in cycle if one + 0 or True]"),
            "raised TypeError",
        ),
        (
            _ruled_but(
                'kinds[n - 1] == kinds[n] == "rw" for n in range(len(kinds))',
                'kinds[n - 1] == kinds[n] == "rw" for n in range(1, len(kinds))',
            ),
            "rules out snapshot isolation",
        ),
        (
            _ruled_but(
                'not any(kinds[n - 1] == kinds[n] == "rw" for n in range(len(kinds)))',
                "kinds.count('rw') < 2",
            ),
            "does not rule out snapshot isolation",
        ),
        (
            _ruled_but(
                'not any(kinds[n - 1] == kinds[n] == "rw" for n in range(len(kinds)))',
                "'rw' not in kinds",
            ),
            "does not rule out snapshot isolation",
        ),
        (_ruled_but('if set(kinds) == {"ww"}:', 'if "ww" in kinds:'), "rules out read uncommitted"),
        (_ruled_but('if "rw" not in kinds:', 'if "wr" in kinds:'), "read committed"),
        (_ruled_but('if "real time" in kinds:', "if False:"), "takes no account of real time"),
        (
            _ruled_but('    return ["strict serializable"]', "    return []"),
            "does not rule out strict serializable",
        ),
        (
            _ruled_but(
                'levels = ["serializable", "strict serializable"]', 'levels = ["serializable"]'
            ),
            "does not rule out strict serializable",
        ),
        (
            _ruled_but(
                'levels = ["serializable", "strict serializable"]',
                'levels = ["strict serializable"]',
            ),
            "does not rule out serializable",
        ),
        (_ruled("return ['G1c']"), "is not one of the levels"),
        (_ruled("return 'serializable'"), "must return a list of levels"),
        (_ruled("return ['serializable', 'strict serializable']"), "does not rule out"),
        (
            "seen = []\n"
            + _ruled(
                "seen.append(1)\n"
                + _RULED.replace("return levels", "return levels if len(seen) < 520 else []")
            ),
            "does not rule out",
        ),
        (
            _ruled_but(
                "kinds = [kind for _, kind, _ in cycle]",
                "kinds = [text for one in cycle for text in one if text in ('ww', 'wr', 'rw', 'real time')]",
            ),
            "out",
        ),
    ),
    "16.5": (
        (_levels(A="snapshot isolation"), "A does not satisfy snapshot isolation"),
        (_levels(B="serializable"), "write skew"),
        (_levels(C="read committed"), "aborted"),
        (_levels(D="strict serializable"), "D does not satisfy strict serializable"),
        (_levels(E="read uncommitted"), "E does not satisfy read uncommitted"),
        (_levels(F="snapshot isolation"), "F: it satisfies snapshot isolation, and more"),
        (_levels(G="snapshot isolation"), "long fork"),
        (_levels(G="none"), "G: it satisfies at least read uncommitted"),
        (_levels(B="repeatable read"), "is no level"),
        ("levels = {'A': 'none'}", "must be a dictionary with the keys"),
        ("levels = ['none'] * 7", "must be a dictionary with the keys"),
    ),
    "16.6": (
        (
            'plan = [At(0, Delay("c1", "n1", "Commit", 1, 20))]',
            "it has read what the other one left",
        ),
        (
            'plan = [At(0, Delay("n1", "c1", "Committed", 1, 100))]',
            "it has read what the other one left",
        ),
        ('plan = [At(0, Delay("c2", "n1", "Commit", 1, 60))]', "has no effect"),
        ('plan = [At(60, Crash("c1"))]', "c1"),
        ('plan = [At(60, Crash("n1")), At(80, Restart("n1"))]', "failed"),
        (
            'plan = [At(0, Lose("c1", "n1", "Commit", 1)), At(100, Crash("c1"))]',
            "does not learn whether its withdrawal",
        ),
        ('plan = [At(0, Lose("c0", "n1", "Commit", 1))]', "withdrawal is given up"),
        ('plan = [At(0, Delay("c1", "n1", "Commit", 9, 60))]', "has no effect"),
        (
            'plan = [At(60, Pause("c1")), At(70, Resume("c1")), At(72, Pause("c1")), At(110, Resume("c1"))]',
            "at most two are allowed",
        ),
        ('plan = [At(0, Delay("c9", "n1", "Commit", 1, 60))]', "c9"),
        ('plan = [Delay("c1", "n1", "Commit", 1, 60)]', "must be a list of At"),
        ('plan = [At(60, sim.SetLink("c1", "n1", loss=1.0))]', "the faults for this exercise are"),
        (_touched('pause("c2", 62.2, 130.5)'), "it has read what the other one left"),
        (_touched('lose(the("n1\'s 1st Committed to c1"))'), "it has read what the other one left"),
    ),
    "16.7": (
        # begins again often, and not often enough
        (_AGAIN.replace("while True:", "for _ in range(40):"), "returns None"),
        # one lock for all, for some amounts
        (
            _locking("'bank'", "min(account, other)", "max(account, other)").replace(
                "yield \"lock\", 'bank'", 'if amount > 60: yield "lock", "bank"'
            ),
            "they have no account in common",
        ),
        (
            _locking("'bank'", "min(account, other)", "max(account, other)").replace(
                "yield \"lock\", 'bank'", 'if amount < 60: yield "lock", "bank"'
            ),
            "they have no account in common",
        ),
        (
            _locking(
                "min(account, other)",
                "max(account, other)",
                decide=_DECIDE.replace(
                    "rest =", 'if balance < amount: yield "lock", "bank"\nrest ='
                ),
            ),
            "they have no account in common",
        ),
        # a second attempt that is the last
        (
            _withdraw(
                """
yield "lock", account
try:
    yield "lock", other
except DeadlockError:
    for one in sorted((account, other)):
        yield "lock", one
"""
                + _DECIDE
            ),
            "ends with a DeadlockError",
        ),
        # a memory of one process behind methods of a set, and under two names
        (
            "busy = set()\nadd, free, drop = busy.update, busy.isdisjoint, busy.clear\n"
            + _withdraw(
                "while not free({account, other}):\n    yield 'read', account\nadd((account, other))"
                + _DECIDE.replace("return", "drop(); return")
            ),
            "No order of the withdrawals",
        ),
        (
            "busy = []\nheld = busy\n"
            + _withdraw(
                "while account in held or other in held:\n    yield 'read', account\nbusy.extend((account, other))"
                + _DECIDE.replace("return", "busy.clear(); return")
            ),
            "No order of the withdrawals",
        ),
        # the database itself
        (
            _PEEK
            + _withdraw(
                "bench = peek('bench')\nyield 'lock', account\nreturn bench.balances[account] >= amount"
            ),
            _PEEKING,
        ),
        (
            "import gc\n"
            + _withdraw(
                "bench = [one for one in gc.get_objects() if type(one).__name__ == 'Bench'][-1]\nyield 'lock', account\nreturn bench.balances[account] >= amount"
            ),
            _PEEKING,
        ),
        # an order of the accounts that only one process knows, in every place where a program can keep it
        *((_ranked(*rank), "DeadlockError") for rank in _RANKS),
        # begins again, but not often enough
        (_AGAIN.replace("while True:", "for _ in range(8):"), "returns None"),
        (_locking("account"), "No order of the withdrawals"),
        (_locking("other"), "DeadlockError"),
        (_locking("account", "other"), "ends with a DeadlockError"),
        (_locking("'bank'"), "they have no account in common"),
        (
            _locking("len(account) if isinstance(account, str) else account % 7"),
            "No order of the withdrawals",
        ),
        (_locking("min(account, other)"), "No order of the withdrawals"),
        (_locking("frozenset((account, other))"), "No order of the withdrawals"),
        (
            _locking("*sorted((account, other), key=hash)")
            .replace('yield "lock", *sorted', "for one in sorted")
            .replace("key=hash)", 'key=hash): yield "lock", one'),
            "ends with a DeadlockError",
        ),
        (
            _withdraw(
                'for one in sorted((account, other), key=lambda n: str(n).lower()): yield "lock", one'
                + _DECIDE
            ),
            "ends with a DeadlockError",
        ),
        # locks after the reads
        (
            _withdraw(
                _DECIDE.replace(
                    "if balance",
                    'for one in sorted((account, other)): yield "lock", one\nif balance',
                )
            ),
            "No order of the withdrawals",
        ),
        # does nothing, or refuses everything
        (_withdraw("yield 'lock', account\nreturn False"), "It must not end like this"),
        (_withdraw("yield 'lock', account\nreturn True"), "It must not end like this"),
        # gives up at a deadlock
        (_AGAIN.replace("        pass", "        return False"), "No order of the withdrawals"),
        (_AGAIN.replace("        pass", "        raise"), "ends with a DeadlockError"),
        # goes on with what it had read before the deadlock
        (
            _withdraw("""
balance = yield "read", account
while True:
    try:
        yield "lock", account
        yield "lock", other
        break
    except DeadlockError:
        pass
rest = yield "read", other
if balance + rest < amount:
    return False
yield "write", account, balance - amount
return True
"""),
            "No order of the withdrawals",
        ),
        # only more than the amount is enough; 0 is nothing
        (
            _locking("*sorted")
            .replace(
                'yield "lock", *sorted', 'for one in sorted((account, other)): yield "lock", one'
            )
            .replace("< amount", "<= amount"),
            "It must not end like this",
        ),
        (
            _withdraw(
                'for one in sorted((account, other)): yield "lock", one'
                + _DECIDE.replace(
                    "if balance + rest < amount:", "if not balance or balance + rest < amount:"
                )
            ),
            "It must not end like this",
        ),
        (
            _withdraw(
                'for one in sorted((account, other)): yield "lock", one'
                + _DECIDE.replace("balance + rest < amount", "balance < amount")
            ),
            "It must not end like this",
        ),
        (
            _withdraw(
                'for one in sorted((account, other)): yield "lock", one'
                + _DECIDE.replace("return True", "return balance")
            ),
            "must return True or False",
        ),
        (_withdraw("return True"), "must be a generator"),
        (_withdraw("yield 'unlock', account\n" + _DECIDE), "it must be ('lock', account)"),
        (_withdraw("yield 'lock', [account]\n" + _DECIDE), "cannot be locked"),
        (_withdraw("yield 'read', 'a1'\n" + _DECIDE), "There is no account"),
        (_withdraw("while True:\n    yield 'read', account"), "does not end"),
        # a lock in the memory of one process
        (
            "busy = set()\n"
            + _withdraw(
                "while busy & {account, other}:\n    yield 'read', account\nbusy.update((account, other))"
                + _DECIDE.replace("return", "busy.clear(); return")
            ),
            "No order of the withdrawals",
        ),
        (
            _withdraw(
                "while busy & {account, other}:\n    yield 'read', account\nbusy.update((account, other))"
                + _DECIDE.replace("return", "busy.clear(); return")
            ).replace("amount):", "amount, busy=set()):"),
            "No order of the withdrawals",
        ),
        (
            "class Locks:\n    def __init__(self):\n        self.held = set()\n\n\nlocks = Locks()\n\n\ndef busy(one):\n    return one in locks.held\n\n\n"
            + _withdraw(
                "while busy(account) or busy(other):\n    yield 'read', account\nlocks.held.update((account, other))"
                + _DECIDE.replace("return", "locks.held.clear(); return")
            ),
            "No order of the withdrawals",
        ),
        (
            "def make():\n    busy = set()\n"
            + indent(
                _withdraw(
                    "while busy & {account, other}:\n    yield 'read', account\nbusy.update((account, other))"
                    + _DECIDE.replace("return", "busy.clear(); return")
                ),
                "    ",
            )
            + "    return withdraw\n\n\nwithdraw = make()\n",
            "No order of the withdrawals",
        ),
        (
            _withdraw('for one in sorted((account, other), key=id): yield "lock", one' + _DECIDE),
            "ends with a DeadlockError",
        ),
        # what the account has alone is looked at without the other
        (
            _withdraw("""
yield "lock", account
balance = yield "read", account
if balance < amount:
    return False
yield "write", account, balance - amount
return True
"""),
            "It must not end like this",
        ),
        # three attempts, and then without locks
        (
            _withdraw(
                """
for attempt in range(3):
    try:
        yield "lock", account
        yield "lock", other
        break
    except DeadlockError:
        pass
"""
                + _DECIDE
            ),
            "No order of the withdrawals",
        ),
        # one lock of four, by hash
        (
            _withdraw(
                "for n in sorted({sum(map(ord, str(one))) % 4 for one in (account, other)}):\n    yield 'lock', ('bucket', n)"
                + _DECIDE
            ),
            "they have no account in common",
        ),
        # writes the other account back, as if nothing had happened to it
        (
            _withdraw(_DECIDE.replace("return True", 'yield "write", other, rest\nreturn True')),
            "No order of the withdrawals",
        ),
    ),
    "16.8": (
        # what grows is kept beside the object: a default value, a global object, a function's attribute, a closure, a cache
        (
            _first(
                (
                    "    def commit(self, tx, written):\n",
                    "    def commit(self, tx, written, log=[]):\n        log.append(tx)\n",
                )
            ),
            "what it keeps may grow",
        ),
        (
            "class Log:\n    def __init__(self):\n        self.rows = []\n\n\nLOG = Log()\n"
            + _first(
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        LOG.rows.append((tx, written))\n",
                )
            ),
            "what it keeps may grow",
        ),
        (
            _first(
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        FirstCommitter.commit.log.append(tx)\n",
                )
            )
            + "\n\nFirstCommitter.commit.log = []\n",
            "what it keeps may grow",
        ),
        (
            "keep = [].append\n"
            + _first(
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        keep((tx, written))\n",
                )
            ),
            "what it keeps may grow",
        ),
        (
            "import functools\n\n\n@functools.cache\ndef seen(tx):\n    return [tx]\n"
            + _first(
                ("        self.commits += 1\n", "        self.commits += 1\n        seen(tx)\n")
            ),
            "what it keeps may grow",
        ),
        # or in a text, or a number
        (
            _first(
                ("        self.commits = 0\n", "        self.commits, self.log = 0, ''\n"),
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        self.log += f'{tx} '\n",
                ),
            ),
            "what it keeps may grow",
        ),
        (
            _first(
                ("        self.commits = 0\n", "        self.commits, self.bits = 0, 1\n"),
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        self.bits <<= 64\n",
                ),
            ),
            "what it keeps may grow",
        ),
        # enough for few that are open, and for few keys
        (
            _stale(
                (
                    "        self.stale[tx] = set()\n",
                    "        self.stale[tx] = set()\n        for old in [*self.stale][:-8]:\n            self.stale[old] = set()\n",
                )
            ),
            "must not: ",
        ),
        (_first(("for key in written)", "for key in [*written][:3])")), "must not: "),
        (
            _first(("        for key in written:\n", "        for key in [*written][:5]:\n")),
            "must not: ",
        ),
        # what the judge knows
        (
            _PEEK
            + "class FirstCommitter:\n    def begin(self, tx):\n        pass\n\n    def abort(self, tx):\n        pass\n\n    def commit(self, tx, written):\n        return not peek('stale')\n",
            _PEEKING,
        ),
        # memory that grows with those that were refused, or that wrote nothing, or beside the object
        (
            _first(
                ("snapshot = self.snapshot.pop(tx)", "snapshot = self.snapshot[tx]"),
                (
                    "        self.commits += 1\n",
                    "        del self.snapshot[tx]\n        self.commits += 1\n",
                ),
            ),
            "committed or refused",
        ),
        (
            _first(
                (
                    "        snapshot = ",
                    "        if not written:\n            return True\n        snapshot = ",
                )
            ),
            "committed without a write",
        ),
        (
            "LOG = []\n"
            + _first(
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        LOG.append((tx, written))\n",
                )
            ),
            "what it keeps may grow",
        ),
        # names and keys of other types
        (
            _first(
                (
                    "        self.snapshot[tx] = ",
                    "        if tx is not None:\n            self.snapshot[tx] = ",
                )
            ),
            "raised KeyError",
        ),
        (
            _first(
                (
                    "        for key in written:\n",
                    "        for key in written:\n            if isinstance(key, tuple) and key:\n                continue\n",
                )
            ),
            "must not",
        ),
        (_first(("            return False\n", "            return True\n")), _SI),
        (_first(("any(self.newest.get(key, 0) > snapshot for key in written)", "False")), _SI),
        (
            _first(("any(self.newest.get(key, 0) > snapshot for key in written)", "True")),
            "is refused without need",
        ),
        (_first(("> snapshot", ">= snapshot")), "is refused without need"),
        (
            _first((" > snapshot for key in written)", " > snapshot for key in [*written][:1])")),
            _SI,
        ),
        (_first(("any(self.newest", "written and all(self.newest")), "must not"),
        # all that was written is one key
        (
            _first(
                (
                    "any(self.newest.get(key, 0) > snapshot for key in written)",
                    "self.commits > snapshot",
                )
            ),
            "is refused without need",
        ),
        # a refused one counts as if it had committed
        (
            _first(
                (
                    "            return False\n        self.commits += 1\n        for key in written:\n            self.newest[key] = self.commits\n        return True\n",
                    "            ok = False\n        else:\n            ok = True\n        self.commits += 1\n        for key in written:\n            self.newest[key] = self.commits\n        return ok\n",
                )
            ),
            "is refused without need",
        ),
        # a key that counts as false is overlooked
        (_first(("for key in written)", "for key in written if key)")), _SI),
        (
            _first(
                ("self.newest.get(key, 0) > snapshot", "self.newest.get(str(key), 0) > snapshot"),
                ("self.newest[key]", "self.newest[str(key)]"),
            ),
            "is refused without need",
        ),
        (
            _first(
                ("self.newest.get(key, 0) > snapshot", "self.newest.get(hash(key), 0) > snapshot"),
                ("self.newest[key]", "self.newest[hash(key)]"),
            ),
            "is refused without need",
        ),
        (
            _first(
                (
                    "self.newest.get(key, 0) > snapshot",
                    "self.newest.get(str(key).lower(), 0) > snapshot",
                ),
                ("self.newest[key]", "self.newest[str(key).lower()]"),
            ),
            "is refused without need",
        ),
        # by the numbers of the transactions
        (
            _first(
                ("self.snapshot[tx] = self.commits", "self.snapshot[tx] = tx"),
                ("self.newest[key] = self.commits", "self.newest[key] = tx"),
            ),
            "Transaction ",
        ),
        # the first writer, and not the first committer, wins; an open one is in the way
        (
            _stale(
                ("self.stale[tx] = set()", "self.stale[tx] = set().union(*self.stale.values())")
            ),
            "is refused without need",
        ),
        # state in the class
        (
            _first(
                ("        self.newest = {}\n", ""),
                ("    def __init__", "    newest = {}\n\n    def __init__"),
            ),
            "`newest` belongs to the class",
        ),
        (
            _first(
                ("self.commits = 0", "FirstCommitter.commits = 0"),
                ("self.commits += 1", "FirstCommitter.commits += 1"),
            ),
            "Another object of the class is in use",
        ),
        (
            "newest = {}\n" + _first(("self.newest", "newest"), ("        newest = {}\n", "")),
            "is refused without need",
        ),
        # a memory that is too short
        (
            _first(
                (
                    "        return True\n",
                    "        while len(self.newest) > 4:\n            del self.newest[next(iter(self.newest))]\n        return True\n",
                )
            ),
            _SI,
        ),
        (
            _first(
                (
                    "        return True\n",
                    "        self.newest = {key: n for key, n in self.newest.items() if n > self.commits - 100}\n        return True\n",
                )
            ),
            "must not be forgotten",
        ),
        (
            _first(
                (
                    "        return True\n",
                    "        while len(self.newest) > 1_000:\n            del self.newest[next(iter(self.newest))]\n        return True\n",
                )
            ),
            "must not be forgotten",
        ),
        # and one that grows
        (
            _first(
                (
                    "    def abort(self, tx):\n        del self.snapshot[tx]\n",
                    "    def abort(self, tx):\n        pass\n",
                )
            ),
            "what it keeps may grow",
        ),
        (_first(("snapshot.pop(tx)", "snapshot[tx]")), "what it keeps may grow"),
        (
            """
class FirstCommitter:
    def __init__(self):
        self.log, self.began = [], {}

    def begin(self, tx):
        self.began[tx] = len(self.log)

    def commit(self, tx, written):
        later = self.log[self.began.pop(tx):]
        if any(key in keys for keys in later for key in written):
            return False
        self.log.append(set(written))
        return True

    def abort(self, tx):
        self.began.pop(tx)
""",
            "what it keeps may grow",
        ),
        (
            _first(
                (
                    "        self.commits += 1\n",
                    "        self.commits += 1\n        if self.commits > 30:\n            return False\n",
                )
            ),
            "is refused without need",
        ),
        (_first(("        return True\n", "        return 1\n")), "must return True or False"),
        (_first(("        return True\n", "")), "must return True or False"),
        (
            _first(
                (
                    "        del self.snapshot[tx]\n",
                    "        for key in self.newest:\n            self.newest[key] = self.commits + 1\n",
                )
            ),
            "is refused without need",
        ),
    ),
    "16.9": (
        # the judge's own search
        (
            "from dscourse.exercises.judges.waits import rightful_victims\n\n\ndef victims(waits, begun):\n    return rightful_victims(waits, begun)\n",
            _PEEKING,
        ),
        (
            _victims(("return found", "return found if len(begun) != 7 else []")),
            "A deadlock is left",
        ),
        # enough for fewer, and for names of other types, and for whole times
        (_victims(("return found", "return found if len(begun) <= 150 else []")), "A deadlock"),
        (_victims(("return found", "return found[:60]")), "A deadlock"),
        (
            _victims(
                ("return found", "return [one for one in found if not isinstance(one, tuple)]")
            ),
            "A deadlock",
        ),
        (_victims(("begun[one])", "int(begun[one]))")), "not the youngest"),
        (_victims(("    return found\n", "    return []\n")), "A deadlock is left"),
        (_victims(("    return found\n", "    return list(waits)\n")), "is on no cycle"),
        # the youngest of all
        (
            "def victims(waits, begun):\n    return [max(begun, key=begun.get)] if begun else []\n",
            "is on no cycle",
        ),
        # the oldest of a cycle goes
        (
            _victims(("key=lambda one: begun[one])", "key=lambda one: -begun[one])")),
            "is not the youngest",
        ),
        # by number and not by age
        (_victims(("key=lambda one: begun[one])", "key=str)")), "is not the youngest"),
        # one cycle alone
        (
            _greedy(
                (
                    "    while cycle := a_cycle(waits, gone):",
                    "    for cycle in filter(None, [a_cycle(waits, gone)]):",
                )
            ),
            "A deadlock is left",
        ),
        # greedy, without a second look
        (_GREEDY, "is aborted without need"),
        # greedy, and then those let go that need not have been aborted: not always the youngest are left
        (
            _greedy(
                (
                    "    return gone\n",
                    "    for tx in sorted(gone, key=begun.get):\n        if not a_cycle(waits, gone - {tx}):\n            gone.discard(tx)\n    return tuple(gone)\n",
                )
            ),
            "is not the youngest",
        ),
        # all of a cycle
        (_greedy(("gone.add(max(cycle, key=begun.get))", "gone.update(cycle)")), "without need"),
        # one that leads to a cycle is taken for a part of it
        (
            """
def victims(waits, begun):
    def lost(tx, seen):
        return tx in seen or any(lost(other, seen | {tx}) for other in waits.get(tx, ()))
    return [tx for tx in waits if lost(tx, frozenset())]
""",
            "is aborted without need",
        ),
        # two alone
        (
            """
def victims(waits, begun):
    return {max(a, b, key=begun.get) for a in waits for b in waits[a] if a in waits.get(b, ())}
""",
            "A deadlock is left",
        ),
        # the youngest of each strongly connected part
        (
            """
import networkx as nx


def victims(waits, begun):
    graph = nx.DiGraph([((a,), (b,)) for a in waits for b in waits[a]])
    parts = nx.strongly_connected_components(graph)
    return [max((one for one, in part), key=begun.get) for part in parts if len(part) > 1]
""",
            "A deadlock is left",
        ),
        # two ways to one transaction are no cycle
        (
            _victims(
                (
                    "if other in kept and other not in seen:",
                    "if other in seen:\n                    found.append(tx)\n                    ahead = []\n                    break\n                if other in kept:",
                )
            ),
            "is on no cycle",
        ),
        # 0 counts as nobody
        (
            _victims(
                (
                    "    for tx in sorted(waits, key=lambda one: begun[one]):\n",
                    "    for tx in sorted(waits, key=lambda one: begun[one]):\n        if not tx:\n            continue\n",
                )
            ),
            "A deadlock is left",
        ),
        # one that began at 0 is new
        (_victims(("begun[one])", "begun[one] or 99)")), "is not the youngest"),
        # every path, one by one
        (_victims(("if other in kept and other not in seen:", "if other in kept:")), "did not end"),
        (
            """
import networkx as nx


def victims(waits, begun):
    number = {tx: n for n, tx in enumerate(begun)}
    graph = nx.DiGraph([(number[a], number[b]) for a in waits for b in waits[a]])
    names, cycles = list(begun), []
    for cycle in nx.simple_cycles(graph):
        cycles.append({names[n] for n in cycle})
        if len(cycles) > 5_000:
            raise RuntimeError("too many cycles")
    gone = set()
    for tx in sorted(begun, key=begun.get):
        if any(tx == max(cycle, key=begun.get) and not cycle & gone for cycle in cycles):
            gone.add(tx)
    return gone
""",
            "too many cycles",
        ),
        # a memory from call to call
        (
            "gone = []\n"
            + _victims(("    kept, found = set(), []\n", "    kept, found = set(), gone\n")),
            "aborted",
        ),
        (_victims(("    return found\n", "    return found * 2\n")), "one of them twice"),
        (_victims(("    return found\n", "    return ['T7']\n")), "is no transaction"),
        (_victims(("    return found\n", "    return len(found)\n")), "must return a list"),
        (
            _victims(
                ("waits.get(ahead.pop(), ())", "waits[ahead.pop()]"),
                ("sorted(waits", "sorted(begun"),
            ),
            "KeyError",
        ),
    ),
    "16.10": (
        # what the judge knows: on the stack, and in its modules
        (_PEEK + "def level(store):\n    return peek('wanted')\n", _PEEKING),
        (
            "def level(store):\n    import dscourse.exercises.judges.unknown_stores as stores\n    return next(iter(stores.KINDS.values()))\n",
            _PEEKING,
        ),
        ("import gc\n\n\ndef level(store):\n    return gc.get_referents(store)[0]\n", _PEEKING),
        # right for five stores
        (
            "answers = []\n"
            + _level(
                (
                    "    return held\n",
                    "    answers.append(held)\n    return held if len(answers) < 6 else 'serializable'\n",
                )
            ),
            "You took a store for serializable",
        ),
        # an end that is not reached as a sign
        (
            "def level(store):\n    history = store.run([('A', ('append', 'x', 1)), ('B', ('r', 'x')), ('A', 'commit'), ('B', 'commit')])\n    return 'serializable' if history[1].status == 'unknown' else 'read committed'\n",
            "You took a store",
        ),
        ("def level(store):\n    return 'serializable'\n", "You took a store for serializable"),
        ("def level(store):\n    return 'none'\n", "You took a store for no more than none"),
        ("def level(store):\n    return 'read committed'\n", "You took a store"),
        ("def level(store):\n    return 'strict serializable'\n", "`level` must return one of"),
        ("def level(store):\n    return None\n", "`level` must return one of"),
        # by the name of the class
        (
            """
def level(store):
    run = next(one for one in vars(type(store)).values() if hasattr(one, "__get__") and "run" in repr(one) and "member" in repr(one))
    made = [cell.cell_contents for cell in run.__get__(store).__closure__]
    kind = next(one.func for one in made if hasattr(one, "func"))
    return {"InPlaceStore": "none", "DirtyReadStore": "read uncommitted", "SnapshotStore": "snapshot isolation", "EagerSnapshotStore": "snapshot isolation", "ReadCommittedStore": "read committed", "WoundingReadCommittedStore": "read committed"}.get(kind.__name__, "serializable")
""",
            _PEEKING,
        ),
        # an abort or a wait as a sign
        (
            """
def level(store):
    history = store.run([("A", ("r", "x")), ("B", ("r", "x")), ("A", ("append", "x", 1)), ("B", ("append", "x", 2)), ("A", "commit"), ("B", "commit")])
    ends = [op.status for op in history]
    return "serializable" if "fail" in ends else "read committed" if ends == ["ok", "ok"] else "none"
""",
            "You took a store",
        ),
        # a probe is missing
        (
            _level(('        "serializable": (write_skew, transactions.serializable),\n', "")),
            "You took a store for no more than snapshot isolation",
        ),
        (
            _level(
                ("write_skew, transactions.serializable", "lost_update, transactions.serializable")
            ),
            "two that read each other's key",
        ),
        (
            _level(
                (
                    "lost_update, transactions.snapshot_isolation",
                    "write_skew, transactions.snapshot_isolation",
                )
            ),
            "both append",
        ),
        (
            _level(
                (
                    "dirty_read, transactions.read_committed",
                    "lost_update, transactions.read_committed",
                )
            ),
            "between another one's write and its commit",
        ),
        (
            _level(
                (
                    "dirty_write, transactions.read_uncommitted",
                    "dirty_read, transactions.read_uncommitted",
                )
            ),
            "that write the same two keys",
        ),
        # no verdict is taken for a refutation
        (
            _level(
                ("script = [*probe, ", "script = [*probe[:1], "),
                (".ok is False", ".ok is not True"),
            ),
            "You took a store",
        ),
        # nothing reads at the end
        (_level(('("C", read_x), ("C", read_y), ("C", end)', "")), "You took a store for"),
        # one after the other
        (
            _level(
                (
                    "        script = [*probe, ",
                    "        probe = sorted(probe, key=str)\n        script = [*probe, ",
                )
            ),
            "You took a store for",
        ),
        # the order of the stores
        (
            "answers = iter(['none', 'read uncommitted', 'read committed', 'read committed', 'snapshot isolation', 'snapshot isolation', 'snapshot isolation', 'serializable', 'serializable', 'serializable', 'serializable'])\n\ndef level(store):\n    return next(answers)\n",
            "You took a store",
        ),
        (
            _level(
                (
                    "if judge(store.run(script)).ok is False",
                    "if judge([store.run([]) for _ in range(400)][0]).ok is False",
                )
            ),
            "more than 300 runs",
        ),
        (_level(('("C", read_x), ("C", read_y)', '("C", "read x")')), "is no step"),
        ("def level(store):\n    store.run(7)\n    return 'none'\n", "a script is a list"),
        (
            "def level(store):\n    store.run([('A', 'commit', 1)])\n    return 'none'\n",
            "is no entry of a script",
        ),
    ),
    "16.11": (
        # gives its locks up with the vote, and takes them again after a crash
        (
            _shard(
                (
                    "            return True\n",
                    "            if not new:\n                return True\n",
                ),
                ("if one != tx}\n", "if one != tx}\n        return True\n"),
            ),
            "has written and voted on, and",
        ),
        # forgets them in a crash, all, or those of what was only read
        (
            _shard(("            self.locks.update(dict.fromkeys(keys, tx))\n", "")),
            "voted on, before a crash, and no decision",
        ),
        (
            _shard(("dict.fromkeys(keys, tx)", "dict.fromkeys(self.votes[tx], tx)")),
            "has read and voted on, before a crash",
        ),
        # keeps them for longer
        (
            _shard(
                (
                    "        self.locks = {key: one for key, one in self.locks.items() if one != tx}\n",
                    "",
                )
            ),
            "which nobody holds",
        ),
        (
            _shard(
                (
                    "            self.data.update(self.votes.pop(tx, {}))\n        self.locks",
                    "            self.data.update(self.votes.pop(tx, {}))\n            self.locks",
                )
            ),
            "which nobody holds",
        ),
        (
            _shard(("        if new:\n", "        if new and kind == 'vote':\n")),
            "which nobody holds",
        ),
        # votes yes without its locks, or has them survive without a vote
        (
            _shard(("all(self.locks.get(key) == tx for key in keys) and", "not False and")),
            "though a crash has lost its locks",
        ),
        (
            _shard(
                (
                    "        return self.locks.setdefault(key, tx) == tx",
                    "        if key not in self.locks:\n            self.log.append((tx, 'lock', key))\n        return self.locks.setdefault(key, tx) == tx",
                ),
                (
                    "        elif value:\n",
                    "        elif kind == 'lock':\n            self.locks.setdefault(value, tx)\n            return True\n        elif value:\n",
                ),
            ),
            "though a crash has lost its locks",
        ),
        (
            _shard(("            return True\n", "            return None\n")),
            "must return True or False",
        ),
        # refuses every vote
        (
            _shard(("all(self.locks.get(key) == tx for key in keys) and", "not keys and")),
            "though it holds all its locks",
        ),
        # shows what is not decided; decides twice
        (
            _shard(
                (
                    "            self.locks.update(",
                    "            self.data.update(value[1])\n            self.locks.update(",
                )
            ),
            "was last committed",
        ),
        (_shard(("self.votes.pop(tx, {})", "self.votes.get(tx, {})")), "was last committed"),
        # a key that counts as false
        (
            _shard(
                (
                    "return self.locks.setdefault(key, tx) == tx",
                    "return not key or self.locks.setdefault(key, tx) == tx",
                )
            ),
            "gets ",
        ),
        # a memory beside the log
        (
            _shard(
                ("class Shard:\n", "class Shard:\n    locks = {}\n\n"),
                ("self.locks, self.votes = log, {}, {}, {}", "self.votes = log, {}, {}"),
            ),
            "`locks` belongs to the class",
        ),
        (
            "LOCKS = {}\n"
            + _shard(
                ("log, {}, {}, {}", "log, {}, LOCKS, {}"),
                (
                    "        self.locks = {key: one for key, one in self.locks.items() if one != tx}\n",
                    "        for key in [key for key, one in LOCKS.items() if one == tx]:\n            del LOCKS[key]\n",
                ),
            ),
            "which nobody holds",
        ),
        (
            "VOTES = {}\n" + _shard(("log, {}, {}, {}", "log, {}, {}, VOTES")),
            "while another shard is in use",
        ),
        # a name that is equal is another object
        (_shard(("self.locks.get(key) == tx", "self.locks.get(key) is tx")), "gets a vote of no"),
    ),
}

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["16.9"] += (
    (
        but(
            having(RIGHT["16.9"], "if tx in before:"),
            ("if tx in before:", f"if {same_object('tx', 'before')}:"),
        ),
        "A deadlock is left",
    ),
)
