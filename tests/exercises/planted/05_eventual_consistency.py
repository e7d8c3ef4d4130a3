"""Planted answers to the exercises of chapter 05: source, and for wrong ones a part of the message meant for it."""

_MERGE = "def merge(a, b):\n"
_WALK = "def differing(ours, theirs):\n"
_STORE = """class AgreeingStore(TellsOnceStore):
    def on_update(self, sender, update):
        stored = self.data.get(update.key)
"""
_SET = "            self._set(update)\n            self.clock = self.clock.join(update.clock)\n"

RIGHT = {
    "05.3": ("fan_out = 4", "fan_out = 2 + 2"),
    "05.4": (
        _MERGE
        + "    return {item: max(a.get(item, 0), b.get(item, 0)) for item in set(a) | set(b)}\n",
        _MERGE
        + "    for item in b:\n"
        + "        if b[item] > a.get(item, 0):\n"
        + "            a[item] = b[item]\n"
        + "    return a\n",
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
    ),
    "05.7": (
        'plan = [At(10, Partition({"n1"}, {"n2", "n3"})), At(300, Heal())]',
        'plan = [At(30, Crash("n2")), At(500, Restart("n2"))]',
        'plan = [At(52, Cut("n1", "n2")), At(60, Recover())]',
    ),
}

WRONG = {
    "05.3": (
        ("fan_out = 3", "of the runs need more than 8 rounds"),
        ("fan_out = 8", "A smaller fan-out does it with fewer"),
        ("fan_out = 2.5", "must be a whole number"),
        ("fan_out = 0", "must be a whole number"),
    ),
    "05.4": (
        (_MERGE + "    return {**a, **b}\n", "Not commutative"),
        (_MERGE + "    return a or b\n", "is lost"),
        (
            _MERGE + "    return {i: a.get(i, 0) + b.get(i, 0) for i in {*a, *b}}\n",
            "Not idempotent",
        ),
        (
            _MERGE + "    return {i: a.get(i, 0) + 2 * b.get(i, 0) for i in {*a, *b}}\n",
            "Not commutative",
        ),
        (_MERGE + "    return {*a, *b}\n", "must return a dictionary"),
        (
            _MERGE + "    return {i: max(a.get(i, 0), b.get(i, 0)) for i in {*a, *b, 'tea'}}\n",
            "nobody put that in",
        ),
        (_MERGE + "    return a['milk']\n", "Your code raised KeyError"),
    ),
    "05.5": (
        (
            _WALK
            + "    last = len(ours) - 1\n"
            + "    return [p for p in range(len(ours[last])) if ours[last][p] != theirs(last, p)]\n",
            "hashes where 1 are enough",
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
    ),
    "05.7": (
        ('plan = [At(10, Cut("n1", "n3"))]', "still cut at the end"),
        ('plan = [At(40, Crash("n3"))]', "A replica is down at the end"),
        ('plan = [At(200, Cut("n1", "n3")), At(300, Heal())]', "All three replicas hold the same"),
        (
            'plan = [At(1, Cut("n1", "n2")), At(2, Cut("n1", "n3")), At(300, Heal())]',
            "at most two are allowed",
        ),
        ('plan = [At(40, Cut("n1", "n9"))]', "n9"),
        ('plan = ["Cut"]', "must be a list of At"),
    ),
}
