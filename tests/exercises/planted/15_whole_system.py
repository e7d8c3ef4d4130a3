"""Planted answers to the exercises of chapter 15: source, and for wrong ones a part of the message meant for it."""

# ruff: noqa: E501

from functools import partial

from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "missed_quorum.cart_world")


_SPREAD = "def spread(order, rack_of):\n"

RIGHT = {
    "15.3": (
        _SPREAD
        + "    def turn(node):\n"
        + "        before = order[:order.index(node)]\n"
        + "        return sum(rack_of[other] == rack_of[node] for other in before)\n"
        + "    return tuple(sorted(order, key=turn))\n",
        _SPREAD
        + "    firsts = {}\n"
        + "    for node in order:\n"
        + "        firsts.setdefault(rack_of[node], node)\n"
        + "    return [*firsts.values(), *(n for n in order if n not in firsts.values())]\n",
        _SPREAD
        + "    met = set()\n"
        + "    late = []\n"
        + "    for node in order:\n"
        + "        if rack_of[node] in met:\n"
        + "            late.append(node)\n"
        + "        else:\n"
        + "            met.add(rack_of[node])\n"
        + "            yield node\n"
        + "    yield from late\n",
        # the other racks in the order of their names
        _SPREAD
        + "    firsts = {}\n"
        + "    for node in reversed(order):\n"
        + "        firsts[rack_of[node]] = node\n"
        + "    lead = sorted(firsts.values(), key=lambda n: (n != order[0], str(rack_of[n])))\n"
        + "    return lead + [n for n in order[::-1] if n not in lead]\n",
    ),
    "15.4": (
        'plan = [At(50, Crash("n1")), At(50, Crash("n2")), At(290, Restart("n1")), At(290, Restart("n2"))]',
        'plan = [At(60, Partition({"n1", "n2"}, {"n3", "n4", "c1", "c2"})), At(295, Heal())]',
        'plan = (At(ms, fault) for ms, fault in ((70, Crash("n1")), (70, Crash("n2")), (292, Recover())))',
        # the plan of the diagram
        _touched('isolate("n1", 60, 297)', 'isolate("n2", 60, 297)'),
    ),
    "15.5": (
        'settings = {"attempts": 3, "timeout_ms": 35, "threshold": 16, "interval_ms": 150}',
        'settings = {"attempts": 3, "timeout_ms": 40, "threshold": 16, "interval_ms": 130}',
        "import numpy as np\n"
        'settings = {"attempts": np.int64(3), "timeout_ms": np.float64(40), "threshold": 16.0, "interval_ms": np.int64(150)}',
    ),
}

WRONG = {
    "15.3": (
        (_SPREAD + "    return sorted(order, key=rack_of.get)\n", "must stand in 2 racks"),
        (_SPREAD + "    return list(reversed(order))\n", "the first is a still"),
        (
            _SPREAD + "    return list({rack_of[n]: n for n in order}.values())\n",
            "must be there once",
        ),
        (
            _SPREAD
            + "    last = {rack_of[n]: n for n in order[1:] if rack_of[n] != rack_of[order[0]]}\n"
            + "    first = [order[0], *last.values()]\n"
            + "    return first + [n for n in order if n not in first]\n",
            "the first clockwise comes first",
        ),
        (_SPREAD + "    return None\n", "must be a list of all nodes"),
        (
            _SPREAD
            + "    racks = list(dict.fromkeys(map(rack_of.get, order)))\n"
            + "    return sorted(order, key=lambda n: (order.index(n) > 1, racks.index(rack_of[n])))\n",
            "must stand in ",
        ),
        (
            _SPREAD
            + "    lead = [order[0]]\n"
            + "    for node in order:\n"
            + "        if len(lead) < 3 and rack_of[node] not in map(rack_of.get, lead):\n"
            + "            lead.append(node)\n"
            + "    return lead + [n for n in order if n not in lead]\n",
            "the first 4 must stand in 4 racks",
        ),
        (
            _SPREAD
            + "    met, first = [], []\n"
            + "    for node in order:\n"
            + "        if rack_of[node] and rack_of[node] not in met:\n"
            + "            met.append(rack_of[node])\n"
            + "            first.append(node)\n"
            + "    return first + [n for n in order if n not in first]\n",
            "the first 3 must stand in 3 racks",
        ),
        (
            _SPREAD
            + "    first, rest, before = [], [], None\n"
            + "    for node in order:\n"
            + "        (rest if rack_of[node] == before else first).append(node)\n"
            + "        before = rack_of[node]\n"
            + "    return first + rest\n",
            "must stand in ",
        ),
        (
            _SPREAD
            + "    first = []\n"
            + "    for node in order:\n"
            + "        if str(rack_of[node]).lower() not in [str(rack_of[n]).lower() for n in first]:\n"
            + "            first.append(node)\n"
            + "    return first + [n for n in order if n not in first]\n".replace(
                "rack_of[", "rack_of["
            ),
            "the first 3 must stand in 3 racks",
        ),
        (
            _SPREAD
            + "    first = []\n"
            + "    for node in order:\n"
            + "        if rack_of.pop(node) not in [rack for _, rack in first]:\n"
            + "            pass\n"
            + "    return list(order)\n",
            "changes rack_of",
        ),
    ),
    "15.4": (
        (
            'plan = [At(60, Crash("n1")), At(60, Crash("n2")), At(60, Crash("n3"))]',
            "not acknowledged",
        ),
        (
            'plan = [At(60, Crash("n1")), At(60, Crash("n2")), At(200, Recover())]',
            "misses the write",
        ),
        ('plan = [At(60, Cut("c1", "n1"))]', "misses the write"),
        ('plan = [At(300, Crash("n9"))]', "the nodes are c1, c2, n1, n2, n3, n4"),
        (
            'from dscourse.sim import SetClock\nplan = [At(0, SetClock("n1", skew_ms=400))]',
            "the faults for this exercise are",
        ),
        ('plan = [At(300, Crash("n1"))] * 5', "5 faults: at most four are allowed"),
        ('plan = [At(60, Cut("n1", "n2")), At(60, Cut("n2", "n1"))]', "misses the write"),
    ),
    "15.5": (
        ('settings = {"attempts": 3}', "Missed: p99 of latency"),
        ('settings = {"threshold": 4}', "stale reads"),
        ('settings = {"read_quorum": 1, "write_quorum": 1}', "stale reads"),
        ('settings = {"attempts": 3, "timeout_ms": 40, "gossip_ms": 20}', "messages"),
        ('settings = {"read_quorum": 4}', "a key has only 3 homes"),
        ('settings = {"hope": 1}', "is no setting"),
        ("settings = 3", "must be a dict"),
    ),
}


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["15.4"] += (
    _touched('partition([["n1", "n2"], ["n3", "n4", "c1", "c2"]], 58.8, 296.4)'),
    _touched(
        'crash("n1", 71.2)', 'crash("n2", 63.3)', 'restart("n1", 293.3)', 'restart("n2", 296.6)'
    ),
    _touched('isolate("n1", 60.4, 296.7)', 'isolate("n2", 61.3, 297.9)'),
    'plan = [At(60, CrashDuring("n1")), At(60, CrashDuring("n2")), At(295, Restart("n1")), At(295, Restart("n2"))]',
    _touched('partition([["n1", "n2"], ["n3", "n4", "c1"]], 62.1, 298.8)'),
    _touched('partition([["n1", "n2", "c2"], ["n3", "n4", "c1"]], 62.1, 700.0)'),
    _touched('partition([["n1", "n2", "c2"], ["n3", "n4", "c1"]], 40.1, 297.0)'),
    _touched('partition([["n1", "n2"], ["n3", "n4", "c1", "c2"]], 140.0, 296.4)'),
)
WRONG["15.4"] += (
    (
        _touched('pause("n1", 60.0, 296.6)', 'pause("n2", 60.0, 296.6)'),
        "No read that is answered misses the write",
    ),
    (
        _touched('crash("n1", 71.2)', 'crash("n2", 63.3)'),
        "No read that is answered misses the write",
    ),
    (_touched('isolate("n1", 60.4, 296.7)'), "No read that is answered misses the write"),
    (
        _touched('partition([["n1", "n2"], ["n3", "n4", "c1", "c2"]], 58.8, 240.4)'),
        "No read that is answered misses the write",
    ),
    (_touched('crash("c1", 10.0)'), "The write is not acknowledged: a read need not see it"),
    (
        _touched('crash("c1", 10.0)', 'crash("c2", 10.0)'),
        "The write is not acknowledged: a read need not see it",
    ),
    (_touched('crash("c2", 280.0)'), "No read that is answered misses the write"),
    (_touched('pause("c1", 140.0, 800.0)'), "No read that is answered misses the write"),
    (
        _touched('crash("n1", 71.2)', 'crash("n2", 63.3)', 'crash("n3", 80.0)'),
        "The write is not acknowledged: a read need not see it",
    ),
    (
        _touched('crash("n1", 71.2)', 'crash("n2", 63.3)', 'restart("n1", 293.3)'),
        "No read that is answered misses the write",
    ),
    (
        _touched('crash("n1", 200.0)', 'crash("n3", 200.0)'),
        "No read that is answered misses the write",
    ),
    (
        'plan = [At(0, Lose("c1", "n1", "Write", 1))]',
        "has no effect: c1 sends n1 no messages of type Write",
    ),
    (_touched('skew("n1", 60.0, 500.0)'), "the faults for this exercise are"),
)
