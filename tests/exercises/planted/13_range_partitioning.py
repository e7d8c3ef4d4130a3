"""Planted answers to the exercises of chapter 13: source, and for wrong ones a part of the message meant for it."""

_LOOKUP = "def node_at(starts, nodes, key):\n"
_SPLIT = "def split(ranges, key, node):\n"
_INDEX = "def cheaper(writes, queries, nodes, fields):\n"

RIGHT = {
    "13.3": (
        _LOOKUP + "    return nodes[sum(start <= key for start in starts)]\n",
        _LOOKUP
        + "    place = 0\n"
        + "    while place < len(starts) and starts[place] <= key:\n"
        + "        place += 1\n"
        + "    return nodes[place]\n",
        _LOOKUP
        + "    owner = dict(zip([None, *starts], nodes))\n"
        + "    return owner[max((start for start in starts if start <= key), default=None)]\n",
    ),
    "13.4": (
        _SPLIT
        + "    for start, end, old in ranges:\n"
        + "        if start != key and (start is None or start < key) and (end is None or key < end):\n"
        + "            yield [start, key, old]\n"
        + "            yield [key, end, node]\n"
        + "        else:\n"
        + "            yield [start, end, old]\n",
        _SPLIT
        + "    if key in [start for start, _, _ in ranges]:\n"
        + "        return ranges\n"
        + "    before = [one for one in ranges if one[0] is None or one[0] < key]\n"
        + "    start, end, old = before[-1]\n"
        + "    return [*before[:-1], (start, key, old), (key, end, node), *ranges[len(before):]]\n",
        _SPLIT
        + "    parts = list(ranges)\n"
        + "    for place, (start, end, old) in enumerate(ranges):\n"
        + "        if (start is None or key > start) and (end is None or key < end):\n"
        + "            parts[place:place + 1] = [(start, key, old), (key, end, node)]\n"
        + "    return parts\n",
    ),
    "13.5": (
        "salts = 8",
        "salts = 1 + 6",
        "salts = 7.0",
        "from math import ceil\nsalts = ceil(1 / 0.15)",
    ),
    "13.6": (
        _INDEX + '    return "global" if queries * (nodes - 1) > writes * fields else "local"\n',
        _INDEX
        + "    cost = {'local': writes + nodes * queries, 'global': (1 + fields) * writes + queries}\n"
        + "    return min(cost, key=cost.get)\n",
        _INDEX
        + "    return ('local', 'global')[writes * (1 + fields) + queries < writes + queries * nodes]\n",
    ),
}

WRONG = {
    "13.3": (
        (
            _LOOKUP + "    import bisect\n    return nodes[bisect.bisect_left(starts, key)]\n",
            "holds the key at which it begins",
        ),
        (
            _LOOKUP
            + "    for place, start in enumerate(starts):\n"
            + "        if key < start:\n            return nodes[place]\n"
            + "    return None if starts else nodes[0]\n",
            "no upper end",
        ),
        (
            _LOOKUP
            + "    return nodes[max(1, sum(s <= key for s in starts))] if starts else nodes[0]\n",
            "no lower end",
        ),
        (_LOOKUP + "    return nodes[-1]\n", "no lower end"),
        (
            _LOOKUP
            + "    ends = [*starts, '\\uffff']\n"
            + "    return next((node for end, node in zip(ends, nodes) if key < end), None)\n",
            "no upper end",
        ),
        (
            _LOOKUP
            + "    ends = [*starts, 'zzz']\n"
            + "    return next((node for end, node in zip(ends, nodes) if key < end), None)\n",
            "no upper end",
        ),
        (
            _LOOKUP + "    return f'n{1 + sum(start <= key for start in starts)}'\n",
            "holds this key",
        ),
        (
            _LOOKUP + "    return nodes[sum(start.lower() <= key.lower() for start in starts)]\n",
            "no lower end",
        ),
    ),
    "13.4": (
        (
            _SPLIT
            + "    parts = []\n"
            + "    for start, end, old in ranges:\n"
            + "        if (start is None or start <= key) and (end is None or key < end):\n"
            + "            parts += [(start, key, old), (key, end, node)]\n"
            + "        else:\n"
            + "            parts.append((start, end, old))\n"
            + "    return parts\n",
            "nothing may change",
        ),
        (
            _SPLIT
            + "    parts = []\n"
            + "    for start, end, old in ranges:\n"
            + "        if (start is None or start < key) and (end is None or key < end):\n"
            + "            parts += [(start, key, node), (key, end, old)]\n"
            + "        else:\n"
            + "            parts.append((start, end, old))\n"
            + "    return parts\n",
            "belongs to 'new'",
        ),
        (
            _SPLIT
            + "    parts = []\n"
            + "    for start, end, old in ranges:\n"
            + "        if (start or '') < key and (end is None or key < end):\n"
            + "            parts += [(start, key, old), (key, end or 'zz', node)]\n"
            + "        else:\n"
            + "            parts.append((start, end, old))\n"
            + "    return parts\n",
            "an end that should be open",
        ),
        (_SPLIT + "    return None\n", "must be a list"),
        (
            _SPLIT
            + "    parts = []\n"
            + "    for start, end, old in ranges:\n"
            + "        if (start or '') < key < (end or '\\uffff'):\n"
            + "            parts += [(start, key, old), (key, end, node)]\n"
            + "        else:\n"
            + "            parts.append((start, end, old))\n"
            + "    return parts\n",
            "ranges are needed",
        ),
        (
            _SPLIT
            + "    for place, (start, end, old) in enumerate(ranges):\n"
            + "        if (start is None or start < key) and (end is None or key < end):\n"
            + "            ranges[place:place + 1] = [(start, key, old), (key, end, node)]\n"
            + "            break\n"
            + "    return ranges\n",
            "changes the list that it was given",
        ),
        (
            _SPLIT
            + "    parts = []\n"
            + "    for start, end, old in ranges:\n"
            + "        if (start is None or start < key) and (end is None or key < end):\n"
            + "            parts += [(start, key, old), (key, end, node)]\n"
            + "        elif old != node:\n"
            + "            parts.append((start, end, old))\n"
            + "    return parts\n",
            "there is a gap",
        ),
    ),
    "13.5": (
        ("salts = 6", "more than 15 %"),
        ("salts = 12", "more than 8"),
        ("salts = 'seven'", "a whole number from 1 to 50"),
        ("salts = 9", "more than 8"),
        ("salts = 1", "more than 15 %"),
        ("salts = 7.5", "a whole number from 1 to 50"),
    ),
    "13.6": (
        (_INDEX + '    return "global"\n', "touch"),
        (_INDEX + '    return "local" if writes > queries else "global"\n', "touch"),
        (_INDEX + "    return writes > queries\n", "must be 'local' or 'global'"),
        (
            _INDEX
            + "    return 'local' if writes + queries * nodes <= writes * fields + queries else 'global'\n",
            "touch",
        ),
        (
            _INDEX
            + "    return 'local' if writes + queries * nodes <= 2 * writes + queries else 'global'\n",
            "touch",
        ),
        (_INDEX + "    return 'global' if queries > writes * fields else 'local'\n", "touch"),
    ),
}
