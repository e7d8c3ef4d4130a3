"""Planted answers to the exercises of chapter 02: source, and for wrong ones a part of the message meant for it."""

_BOUND = "def bound(t1, t2, t3, t4):\n"
_OFFSET = "    offset = ((t2 - t1) + (t3 - t4)) / 2\n"
_ERROR = "    error = ((t4 - t1) - (t3 - t2)) / 2\n"
_RETURN = "    return offset, error\n"

_COMPARE = "def compare_clocks(a, b):\n"
_FOUR = """    if below and above:
        return "equal"
    return "before" if below else "after" if above else "concurrent"
"""

_JOBS = ("time-out", "lock queue", "race detector", "snapshot at noon", "replicated key")


def _choice(*clocks: str) -> str:
    return f"choice = {dict(zip(_JOBS, clocks, strict=True))!r}"


RIGHT = {
    "02.3": ("pair = (15, 6)", "pair = (4, 10)", "pair = (2, 11)", "pair = (7, 13)"),
    "02.4": (
        _BOUND
        + "    there, back = t2 - t1, t4 - t3\n"
        + "    return (there - back) / 2, (there + back) / 2\n",
        _BOUND
        + "    least, most = t3 - t4, t2 - t1\n"
        + "    return (least + most) / 2, (most - least) / 2\n",
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
    ),
    "02.6": (
        "choice = dict(zip("
        '["time-out", "lock queue", "race detector", "snapshot at noon", "replicated key"],'
        '["monotonic", "Lamport", "vector", "hybrid", "version vector"]))',
        'choice = {"replicated key": "version vector", "race detector": "vector", "lock queue": "Lamport",'
        ' "snapshot at noon": "hybrid", "time-out": "monotonic", "anything else": "wall"}',
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
        (_BOUND + '    return "5", "10"\n', "offset and error must be numbers"),
    ),
    "02.5": (
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
    ),
    "02.6": (
        (_choice("wall", "Lamport", "vector", "hybrid", "version vector"), "time-out: wall? It can be set back"),
        (_choice("monotonic", "hybrid", "vector", "hybrid", "version vector"), "the time of day is not needed"),
        (_choice("monotonic", "vector", "vector", "hybrid", "version vector"), "Concurrent requests are in no order"),
        (_choice("monotonic", "Lamport", "Lamport", "hybrid", "version vector"), "does not tell a cause"),
        (_choice("monotonic", "Lamport", "vector", "wall", "version vector"), "effect can be in the snapshot"),
        (_choice("monotonic", "Lamport", "vector", "hybrid", "vector"), "grows without bound"),
        (_choice("monotonic", "Lamport", "vector", "hybrid", "sundial"), "'sundial' is no clock"),
        (_choice("Lamport", "Lamport", "vector", "hybrid", "version vector"), "It does not do this job"),
        ('choice = ["monotonic"]', "must be a dictionary from jobs to clocks"),
    ),
}  # fmt: skip
