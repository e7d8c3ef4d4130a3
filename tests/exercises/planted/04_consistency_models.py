"""Planted answers to the exercises of chapter 04: source, and for wrong ones a part of the message meant for it."""

from tests.exercises.altered import but, having


def _rows(*rows: str) -> str:
    """Rows as text: client, r or w, key, value (- for nothing), from, to."""
    found = []
    for row in rows:
        client, f, key, value, start, end = row.split()
        found.append(
            (client, {"r": "read", "w": "write"}[f], key, None if value == "-" else int(value), int(start), int(end))
        )  # fmt: skip
    return f"rows = {found!r}"


_STALE = ("a w x 1 0 20", "a w x 2 30 40", "b r x 1 50 60")
_DEKKER = ("a w x 1 0 9", "b w y 2 0 9", "a r y - 20 30", "b r x - 20 30")
_CROSSED = ("a w x 1 0 9", "b w x 2 0 9", "a r x 2 20 30", "b r x 1 20 30")

_STEP = "def step(balance, op):\n"
_DEPOSIT = '    if op.f == "deposit":\n        return balance + op.value\n'
_READ = "    return balance if not known or op.result == balance else ILLEGAL\n"
_KNOWN = '    known = op.status == "ok"\n'
_WITHDRAW = """    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
"""

_SEARCH = """def sequential(history):
    lines = {}
    for op in history:
        lines.setdefault(op.process, []).append(op)
    lines = tuple(map(tuple, lines.values()))
    tried = set()

    def search(lines, stored):
        if not any(lines):
            return True
        if (lines, stored) in tried:
            return False
        tried.add((lines, stored))
        for n, line in enumerate(lines):
            if line:
                op, now = line[0], dict(stored)
                if op.f == "write":
                    now[op.key] = op.value
                elif now.get(op.key) != op.result:
                    continue
                if search(lines[:n] + (line[1:],) + lines[n + 1:], frozenset(now.items())):
                    return True
        return False

    return search(lines, frozenset())
"""


def _searching(*pairs: tuple[str, str]) -> str:
    text = _SEARCH
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


_RULE = "def deliverable(clock, origin, mine):\n"

RIGHT = {
    "04.3": (
        _rows(*_STALE),
        _rows("a w x 1 0 20", "b r x 1 30 40", "c r x - 50 60"),
        _rows(*_STALE, *_DEKKER[1:2]),
        "import numpy as np\n"
        "rows = (list(row) for row in ((1, 'write', 'x', 'y', 0.0, np.float64(20)), (2, "
        "'read', 'x', None, 40, 60)))",
    ),
    "04.4": (
        _rows(*_CROSSED),
        _rows(
            "a w x 1 0 9",
            "b w x 2 0 9",
            "c r x 1 20 30",
            "c r x 2 40 50",
            "d r x 2 20 30",
            "d r x 1 40 50",
        ),
        "rows = []\n"
        "for n, (client, own, other) in enumerate((('a', 'x', 'y'), ('b', 'y', 'x'))):\n"
        "    rows += [[client, 'write', own, n, 0, 9], [client, 'read', other, None, 20, 30]]\n",
    ),
    "04.5": (
        _STEP
        + _DEPOSIT
        + '    if op.status != "ok":\n'
        + '        return max(balance - op.value, 0) if op.f == "withdraw" and op.value <= '
        "balance else balance\n"
        + '    if op.f == "read":\n'
        + "        return balance if op.result == balance else ILLEGAL\n"
        + "    if op.value <= balance:\n"
        + "        return balance - op.value if op.result else ILLEGAL\n"
        + "    return ILLEGAL if op.result else balance\n",
        _STEP
        + '    change = {"deposit": op.value, "withdraw": -(op.value or 0)}.get(op.f, 0)\n'
        + "    ok = balance + change >= 0\n"
        + '    answer = {"deposit": None, "withdraw": ok, "read": balance}[op.f]\n'
        + '    if op.status == "ok" and op.result != answer:\n'
        + "        return ILLEGAL\n"
        + "    return balance + change if ok else balance\n",
        "from fractions import Fraction\n\n\n"
        + _STEP
        + "    balance = Fraction(balance)\n"
        + '    if op.f == "read":\n'
        + '        return ILLEGAL if op.status == "ok" and op.result != balance else balance\n'
        + '    if op.f == "deposit":\n'
        + "        return balance + op.value\n"
        + "    after = balance - op.value\n"
        + '    if op.status == "ok" and bool(op.result) is (after < 0):\n'
        + "        return ILLEGAL\n"
        + "    return balance if after < 0 else after\n",
        """from fractions import Fraction


def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return Fraction(balance) + op.value
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL
""",
        """def step(balance, op):
    after, result = {
        "deposit": lambda: (balance + op.value, None),
        "withdraw": lambda: (balance - op.value, True) if op.value <= balance else (balance, False),
        "read": lambda: (balance, balance),
    }[op.f]()
    return ILLEGAL if op.status == "ok" and op.result != result else after
""",
    ),
    "04.6": (
        _RULE + "    return clock == mine.join(clock) and False or (\n"
        "        clock[origin] == mine[origin] + 1\n"
        "        and all(count <= mine[name] for name, count in clock.items() if name != origin)\n"
        "    )\n",
        _RULE
        + "    after = mine.tick(origin)\n    return clock[origin] == after[origin] and clock <= after\n",
        "import numpy as np\n\n\n"
        + _RULE
        + "    names = sorted({*clock, *mine})\n"
        + "    gap = np.array([clock[name] - mine[name] for name in names])\n"
        + "    return np.all(gap <= np.array([name == origin for name in names])) & "
        "(clock[origin] > mine[origin])\n",
        _RULE + "    missing = {name: max(0, clock[name] - mine[name]) for name in clock}\n"
        "    return int(clock[origin] > mine[origin] and sum(missing.values()) == 1)\n",
        (
            "def deliverable(clock, origin, mine):\n"
            "    return clock[origin] - mine[origin] == 1 and not clock <= mine and clock <= mine.tick(origin)\n"
        ),
        """import numpy as np


def deliverable(clock, origin, mine):
    names = sorted({*clock, *mine, origin})
    gap = np.array([clock[name] - mine[name] for name in names])
    own = names.index(origin)
    return np.all(np.delete(gap, own) <= 0) and gap[own] == 1
""",
    ),
    "04.7": (
        'plan = [At(60, Cut("n1", "n3"))]',
        'plan = [At(0, SetLink("n1", "n3", loss=1.0))]',
        'plan = [At(50, Partition({"n3"}, {"n1", "n2"})), At(120, Heal())]',
        'plan = [At(57, Cut("n1", "n3")), At(150, Heal())]',
        'plan = (At(ms, fault) for ms, fault in ((60, Crash("n1")), (60, Restart("n3")), '
        '(51, Cut("n1", "n3"))))',
        'plan = [At(40, SetLink("n1", "n3", latency=sim.Constant(70)))]',
        'plan = [At(56, Partition({"n3"}, {"n1"})), At(300, sim.Recover())]',
    ),
    "04.8": (
        _SEARCH,
        # breadth first, with numpy's truth value
        """import numpy as np


def sequential(history):
    clients = sorted({op.process for op in history})
    lines = [[op for op in history if op.process == client] for client in clients]
    layer = {(tuple(0 for _ in clients), ())}
    for _ in range(len(history)):
        following = set()
        for done, stored in layer:
            for n, line in enumerate(lines):
                if done[n] < len(line):
                    op = line[done[n]]
                    held = dict(stored)
                    if op.f == "read" and held.get(op.key) != op.result:
                        continue
                    if op.f == "write":
                        held[op.key] = op.value
                    after = tuple(m + (k == n) for k, m in enumerate(done))
                    following.add((after, tuple(sorted(held.items()))))
        layer = following
    return np.bool_(layer)
""",
        # a generator of states on a stack, with objects for the states
        """class State:
    __slots__ = ("left", "held")

    def __init__(self, left, held):
        self.left, self.held = left, held

    def __eq__(self, other):
        return (self.left, self.held) == (other.left, other.held)

    def __hash__(self):
        return hash((self.left, frozenset(self.held.items())))

    def further(self):
        for client, ops in self.left:
            op = ops[0]
            if op.f == "write" or self.held.get(op.key) == op.result:
                held = {**self.held, op.key: op.value} if op.f == "write" else self.held
                left = dict(self.left) | {client: ops[1:]}
                yield State(tuple((c, rest) for c, rest in left.items() if rest), held)


def sequential(history):
    lines = {}
    for op in history:
        lines[op.process] = lines.get(op.process, ()) + (op,)
    known = {State(tuple(lines.items()), {})}
    stack = list(known)
    while stack:
        state = stack.pop()
        if not state.left:
            return 1
        fresh = {one for one in state.further()} - known
        known |= fresh
        stack += fresh
    return 0
""",
        """def sequential(history):
    from collections import deque

    lines = {}
    for op in history:
        lines.setdefault(op.process, []).append((op.f == "write", op.key, op.value if op.f == "write" else op.result))
    lines = tuple(map(tuple, lines.values()))
    queue, seen = deque([((0,) * len(lines), ())]), set()
    while queue:
        at, data = queue.pop()
        if at == tuple(map(len, lines)):
            return True
        for c, line in enumerate(lines):
            if at[c] < len(line):
                writes, key, value = line[at[c]]
                known = dict(data)
                if not writes and known.get(key) != value:
                    continue
                if writes:
                    known[key] = value
                state = at[:c] + (at[c] + 1,) + at[c + 1 :], tuple(sorted(known.items(), key=repr))
                if state not in seen:
                    seen.add(state)
                    queue.append(state)
    return False
""",
        """import numpy as np


def plain(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())


def sequential(history):
    return np.bool_(plain(history))
""",
    ),
}

WRONG = {
    "04.3": (
        ('rows = "a writes"', "`rows` must be a list of rows"),
        ('rows = [("a", "write", "x", 1, 0)]', 'a row is (client, "read" or "write", key, value'),
        (_rows("a w x 1 20 20"), "ends at 20 ms and must begin before that"),
        (_rows("a w x 1 0 20", "b w x 2 30 40"), "This decides nothing: nothing to judge"),
        (_rows("a w x 1 0 20", "b r x - 10 30"), "It is linearizable as well in the order 1, 0"),
        (_rows("a w x 1 0 20", "a r x - 30 40"), "It is not sequential: "),
        (_rows("a w x 1 0 20", "b r x 2 30 40"), "It is not sequential: "),
        (_rows("a w x 1 0 20", "a r x 1 10 40"), "a process has one operation at a time"),
        (_rows(*_CROSSED), "It is not sequential: "),
        (_rows("a w x 1 0 20", "b w x 1 0 20", "c r x 1 30 40", "c r x - 50 60"), "Two writes give x the value 1"),
        ('rows = [("a", "write", "x", None, 0, 20), ("b", "read", "x", None, 30, 40)]', "a write has to write"),
        ('rows = [("a", "write", "x", 1, "0", "20")]', "its times must be numbers of ms"),
        ('rows = [("a", "write", "x", [1], 0, 20)]', "client, key and value must be texts or numbers"),
        ('rows = [("a", "write", "x", 1, 0, float("inf"))]', "its times must be numbers of ms"),
        (_rows(*(f"a w x {n} {n} {n}.5".replace(".5", "") + "0" for n in range(1, 15))), "More than 12 operations"),
    ),
    "04.4": (
        (_rows(*_STALE), "It is sequential as well in the order"),
        (_rows("a w x 1 0 20", "a r x - 30 40"), "It is not causal memory: r1 returned nothing although w0 came"),
        (
            _rows("a w x 1 0 9", "b w x 2 0 9", "c r x 1 20 30", "c r x 2 40 50", "c r x 1 60 70"),
            "It is not causal memory: r2 returned 1, r3 returned 2, r4 returned 1: no order of the writes",
        ),
        (
            _rows("a w z 1 0 9", "a w x 2 10 19", "a w y 3 20 29", "b w x 4 30 39", "b r z - 40 49", "b r y 3 50 59",
                  "b r x 4 60 69"),
            "It is not causal memory: ",
        ),
        (_rows("a w x 1 0 20", "b r x 7 30 40"), "It is not causal memory: "),
        (
            _rows("a w p 1 0 9", "b r p 1 20 30", "b w c 2 40 50", "c r c 2 60 70", "c r p - 80 90"),
            "It is not causal memory: r4 returned nothing although w0 came before it: w0 → "
            "r1 → w2 → r3 → r4",
        ),
        (_rows("a w x 1 0 9", "b w x 1 0 9", "a r x 1 20 30"), "Two writes give x the value 1"),
        (_rows("a w x 1 0 9", "b w x 2 0 9"), "This decides nothing: "),
    ),
    "04.5": (
        (_STEP + _KNOWN + _DEPOSIT + _READ, "`withdraw 20 → True` should give 30, not ILLEGAL. There is enough"),
        (
            _STEP + _KNOWN + _DEPOSIT + _WITHDRAW.replace("known and ", "") + _READ,
            "Its result is not known, so none is illegal",
        ),
        (_STEP + _KNOWN + _DEPOSIT + _WITHDRAW + "    return balance\n", "A read returns the balance"),
        (
            _STEP + '    if op.status != "ok":\n        return balance\n' + _KNOWN + _DEPOSIT + _WITHDRAW + _READ,
            "it changes the balance as it always does",
        ),
        (
            _STEP + _KNOWN.replace('== "ok"', '!= "unknown"') + _DEPOSIT + _WITHDRAW + _READ,
            "still under way` should give",
        ),
        (
            _STEP + _KNOWN + _DEPOSIT + _WITHDRAW.replace("if enough else", "if enough or not known else") + _READ,
            "Its result is not known, so none is illegal",
        ),
        (
            _STEP + _KNOWN
            + _DEPOSIT.replace("balance + op.value", "balance + 20 if op.value == 20 else balance + 80")
            + _WITHDRAW + _READ,
            "A deposit adds to the balance",
        ),
        (
            "before = []\n\n\n" + _STEP + "    before.append(balance)\n    balance = max(before)\n"
            + _KNOWN + _DEPOSIT + _WITHDRAW + _READ,
            "should give",
        ),
        (
            _STEP + _KNOWN + _DEPOSIT + _WITHDRAW.replace(">= op.value", "> op.value") + _READ,
            "`withdraw 80 → True` should give 0, not ILLEGAL. There is enough money",
        ),
        (
            _STEP + _KNOWN + _DEPOSIT + _WITHDRAW.replace(" if enough else balance", "") + _READ,
            "should give 50, not -30. There is not enough money",
        ),
        (_STEP + _KNOWN + _WITHDRAW + _READ, "`deposit 20` should give 70, not ILLEGAL. A deposit adds"),
        (
            _STEP + '    if op.process == "b":\n        return ILLEGAL\n' + _KNOWN + _DEPOSIT + _WITHDRAW + _READ,
            "Of this history the checker says False with your step; it should say True",
        ),
("""def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return min(10_000, balance + op.value)
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL
""", 'A deposit adds to the balance'),
("""def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value
    if op.f == "withdraw":
        enough = balance >= op.value and balance - op.value < 5_000
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL
""", 'There is enough money'),
("""def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return float(balance) + op.value
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL
""", 'A deposit adds to the balance'),
("""def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not op.result or op.result == balance else ILLEGAL
""", 'A read returns the balance'),
("""def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and bool(op.result) > enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL
""", 'There is enough money'),
("""KNOWN = {}


def once(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL


def step(balance, op):
    key = balance, op.id, op.f, op.value
    if key not in KNOWN:
        KNOWN[key] = once(balance, op)
    return KNOWN[key]
""", 'A read returns the balance'),
    ),
    "04.6": (
        (_RULE + "    return True\n", "has been applied here"),
        (_RULE + "    return clock <= mine\n", "it should be True. All that its writer had seen"),
        (_RULE + "    return all(clock[one] <= mine[one] for one in clock if one != origin)\n", "should be False"),
        (
            _RULE + "    return clock[origin] == mine[origin] + 1 and len(clock) == 1\n",
            "it should be True. All that its writer had seen has been applied here",
        ),
        (
            _RULE + "    return clock[origin] > mine[origin] and clock <= mine.join(clock)\n",
            "Write 1 of n3 has to come first",
        ),
        (_RULE + "    return sum(clock.values()) == sum(mine.values()) + 1\n", "it should be"),
        (
            _RULE + '    return clock[origin] == mine[origin] + 1 and all(\n'
            '        clock[one] <= mine[one] for one in ("n1", "n2", "n3") if one != origin)\n',
            "Its writer had seen write",
        ),
        (
            _RULE + "    return clock[origin] == mine[origin] + 1 and all(\n"
            "        str(clock[one]) <= str(mine[one]) for one in clock if one != origin)\n",
            "it should be",
        ),
        (
            _RULE + "    return clock[origin] == mine[origin] + 1 and all(\n"
            "        one in mine for one in clock if one != origin)\n",
            "Its writer had seen write 2 of",
        ),
        (_RULE + "    if clock[origin] == mine[origin] + 1 and clock <= mine.tick(origin):\n        return 'yes'\n",
         "it must be True or False"),
(('def deliverable(clock, origin, mine):\n'
'    if clock[origin] != mine[origin] + 1:\n'
'        return False\n'
'    return all(min(999, clock[name]) <= mine[name] '
             'for name in clock if name != origin)\n'), 'it should be False. Its writer had seen'),
(('def deliverable(clock, origin, mine):\n'
'    if clock[origin] != mine[origin] + 1:\n'
'        return False\n'
'    return all(clock[name] <= mine[name] for name in sorted(clock)[:6] if name != origin)\n'), 'write 24 of zoë'),
(('def deliverable(clock, origin, mine):\n'
'    if clock[origin] != mine[origin] + 1:\n'
'        return False\n'
'    return all(clock[name] <= max(mine[n] for n in {name, *mine} if n.lower() == name.lower()) '
             'for name in clock if name != origin)\n'), 'write 2 of N1'),
(('def deliverable(clock, origin, mine):\n'
'    if clock[origin] != mine[origin] + 1:\n'
'        return False\n'
'    return all(float(clock[name]) <= float(mine[name]) '
             'for name in clock if name != origin)\n'), 'it should be False. Its writer had seen'),
(('def deliverable(clock, origin, mine):\n'
'    if clock[origin] != mine[origin] + 1:\n'
'        return False\n'
'    return all(clock[name] <= mine[name] for name in clock if name[0] != origin[0])\n'), 'write 1 of n3'),
(('def deliverable(clock, origin, mine):\n'
'    if (clock[origin] - mine[origin]) % 1_000 != 1:\n'
'        return False\n'
'    return all(clock[name] <= mine[name] for name in clock if name != origin)\n'), 'has to come first'),
    ),
    "04.7": (
        ('plan = [At(40, Crash("n1"))]', "The write was not confirmed"),
        ('plan = [At(40, Cut("n2", "n1"))]', "The write was not confirmed"),
        ('plan = [At(60, Crash("n3"))]', "No read was answered"),
        ('plan = [At(60, Pause("n3"))]', "No read was answered"),
        ('plan = [At(40, Hold("n1", "n3")), At(90, Release("n1", "n3"))]', "Each read that was answered returned"),
        ('plan = [At(40, Cut("n3", "n1"))]', "Each read that was answered returned"),
        ('plan = [At(40, Cut("n1", "n9"))]', "names 'n9'"),
        ('plan = Cut("n1", "n3")', "must be a list of At(ms, fault)"),
        ('plan = [At(90, sim.Submit("c2", "write", "x", 2))]', "the faults for this exercise are"),
        ('plan = [At(60, Cut("n1", "n3")), At(70, Heal())]', "Each read that was answered returned"),
        ('plan = [At(61, Cut("n1", "n2"))]', "Each read that was answered returned"),
    ),
    "04.8": (
        ("def sequential(history):\n    return True\n", "your checker says that it is: "),
        ("def sequential(history):\n    return False\n", "your checker says that it is not. One order: "),
        (
            "def sequential(history):\n    return checked(history)\n\n\n"
            "def checked(history):\n    from dscourse import checkers\n    from "
            "dscourse.history import History\n"
            "    return checkers.linearizable(History(history)).ok\n",
            "your checker says that it is not. One order: ",
        ),
        (
            "def sequential(history):\n    from dscourse import checkers\n    from "
            "dscourse.history import History\n"
            "    return bool(checkers.causal_memory(History(history)))\n",
            "your checker says that it is: ",
        ),
        (
            "def sequential(history):\n    return all(one_key([op for op in history if op.key == key]) "
            "for key in {op.key for op in history})\n\n\n" + _searching(("def sequential", "def one_key")),
            "r4 returned nothing",
        ),
        (_searching(("now.get(op.key) != op.result", "now.get(op.key) not in (None, op.result)")), "that it is: "),
        (_searching(("now.get(op.key) != op.result", "op.result not in (None, now.get(op.key))")), "that it is: "),
        (_searching(("now.get(op.key) != op.result", "op.result not in now.values()")), "that it is not. "),
        (
            _searching(("                if search(", "                return search("),
                       ("frozenset(now.items())):\n                    return True\n", "frozenset(now.items()))\n")),
            "that it is not. ",
        ),
        (_searching(("(lines, stored) in tried", "lines in tried"), ("add((lines, stored))", "add(lines)")),
         "that it is not. "),
        (_searching(("        tried.add((lines, stored))\n", "")), "Your code did not end"),
        (
            "import itertools\n\n\ndef sequential(history):\n    for order in "
            "itertools.permutations(history):\n"
            "        held = {}\n        for op in order:\n            if op.f == 'write':\n"
            "                held[op.key] = op.value\n            elif held.get(op.key) != op.result:\n"
            "                break\n        else:\n            return True\n    return False\n",
            "that it is: ",
        ),
        (_searching(("            return True\n        if (lines", "            return [1]\n        if (lines"),
                    ("                    return True\n", "                    return [1]\n")),
         "must return True or False"),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif (now.get(op.key) or None) != (op.result or None):
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is: '),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())[:4]
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is not'),
("""def sequential(history):
    by_client = {}
    keys = list(dict.fromkeys(op.key for op in history))[:2]
    for op in history:
        if op.key not in keys:
            continue
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is: '),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process[0], []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is not'),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process.lower(), []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is not'),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[str(op.key).lower()] = op.value
            elif now.get(str(op.key).lower()) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is not'),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif str(now.get(op.key)) != str(op.result):
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is: '),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif (now.get(op.key) is None) != (op.result is None) or (
                op.result is not None and hash(now[op.key]) != hash(op.result)
            ):
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is: '),
("""def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = set()
    if len(history) > 30:
        return True

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is: '),
("""TRIED = set()


def sequential(history):
    by_client = {}
    for op in history:
        by_client.setdefault(op.process, []).append(op)
    lines = list(by_client.values())
    tried = TRIED

    def search(done, stored):
        if all(n == len(line) for n, line in zip(done, lines)):
            return True
        if (done, stored) in tried:
            return False
        tried.add((done, stored))
        for c, line in enumerate(lines):
            if done[c] == len(line):
                continue
            op, now = line[done[c]], dict(stored)
            if op.f == "write":
                now[op.key] = op.value
            elif now.get(op.key) != op.result:
                continue
            further = (*done[:c], done[c] + 1, *done[c + 1 :])
            if search(further, frozenset(now.items())):
                return True
        return False

    return search((0,) * len(lines), frozenset())
""", 'your checker says that it is not'),
    ),
}  # fmt: skip

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["04.8"] += (
    (
        but(
            having(RIGHT["04.8"], "op.process == client"),
            ("op.process == client", "op.process is client"),
        ),
        "your checker says that it is not",
    ),
)
