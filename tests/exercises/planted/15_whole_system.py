"""Planted answers to the exercises of chapter 15: source, and for wrong ones a part of the message meant for it."""

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
    ),
    "15.4": (
        'plan = [At(100, Crash("n1")), At(100, Crash("n2")), At(690, Restart("n1")), At(690, Restart("n2"))]',
        'plan = [At(300, Partition({"n1", "n2"}, {"n3", "n4"})), At(690, Crash("n1")), At(690, Crash("n2"))]',
    ),
    "15.5": (
        'settings = {"attempts": 3, "timeout_ms": 35, "threshold": 16, "interval_ms": 150}',
        'settings = {"attempts": 3, "timeout_ms": 40, "threshold": 16, "interval_ms": 130}',
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
    ),
    "15.4": (
        (
            'plan = [At(450, Crash("n1")), At(450, Crash("n2")), At(695, Recover())]',
            "not acknowledged",
        ),
        (
            'plan = [At(300, Crash("n1")), At(300, Crash("n2")), At(600, Recover())]',
            "misses the write",
        ),
        ('plan = [At(300, Partition({"n1", "n2"}, {"n3", "n4"}))]', "misses the write"),
        ('plan = [At(300, Crash("n9"))]', "the nodes are n1, n2, n3, n4"),
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
