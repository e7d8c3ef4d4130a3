"""Planted answers to the exercises of chapter 04: source, and for wrong ones a part of the message meant for it."""


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

_RULE = "def deliverable(clock, origin, mine):\n"

RIGHT = {
    "04.3": (
        _rows(*_STALE),
        _rows("a w x 1 0 20", "b r x 1 30 40", "c r x - 50 60"),
        _rows(*_STALE, *_DEKKER[1:2]),
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
    ),
    "04.5": (
        _STEP
        + _DEPOSIT
        + '    if op.status != "ok":\n'
        + '        return max(balance - op.value, 0) if op.f == "withdraw" and op.value <= balance else balance\n'
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
    ),
    "04.6": (
        _RULE + "    return clock == mine.join(clock) and False or (\n"
        "        clock[origin] == mine[origin] + 1\n"
        "        and all(count <= mine[name] for name, count in clock.items() if name != origin)\n"
        "    )\n",
        _RULE
        + "    after = mine.tick(origin)\n    return clock[origin] == after[origin] and clock <= after\n",
    ),
    "04.7": (
        'plan = [At(60, Cut("n1", "n3"))]',
        'plan = [At(0, SetLink("n1", "n3", loss=1.0))]',
        'plan = [At(50, Partition({"n3"}, {"n1", "n2"})), At(120, Heal())]',
        'plan = [At(57, Cut("n1", "n3")), At(150, Heal())]',
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
        (_rows(*(f"a w x {n} {n} {n}.5".replace(".5", "") + "0" for n in range(1, 15))), "More than 12 operations"),
    ),
    "04.4": (
        (_rows(*_STALE), "It is sequential as well in the order"),
        (_rows("a w x 1 0 20", "a r x - 30 40"), "It is not causal: r1 returned nothing although w0 came before it"),
        (
            _rows("a w p 1 0 9", "b r p 1 20 30", "b w c 2 40 50", "c r c 2 60 70", "c r p - 80 90"),
            "It is not causal: r4 returned nothing although w0 came before it: w0 → r1 → w2 → r3 → r4",
        ),
        (_rows("a w x 1 0 9", "b w x 1 0 9", "a r x 1 20 30"), "This decides nothing: "),
    ),
    "04.5": (
        (_STEP + _KNOWN + _DEPOSIT + _READ, "`withdraw 20 → True` should give 30, not ILLEGAL. There is enough"),
        (
            _STEP + _KNOWN + _DEPOSIT + _WITHDRAW.replace("known and ", "") + _READ,
            "Its result is not known, so none is illegal",
        ),
        (_STEP + _KNOWN + _DEPOSIT + _WITHDRAW + "    return balance\n", "A read returns the balance"),
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
    ),
}  # fmt: skip
