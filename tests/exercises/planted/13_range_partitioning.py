"""Planted answers to the exercises of chapter 13: source, and for wrong ones a part of the message meant for it."""

_LOOKUP = "def node_at(starts, nodes, key):\n"
_SPLIT = "def split(ranges, key, node):\n"
_INDEX = "def cheaper(writes, queries, nodes, fields):\n"


def _loop(inside: str) -> str:
    """Return a split that cuts each range for which this holds."""
    return (
        _SPLIT
        + "    parts = []\n    for start, end, old in ranges:\n"
        + f"        if {inside}:\n            parts += [(start, key, old), (key, end, node)]\n"
        + "        else:\n            parts.append((start, end, old))\n    return parts\n"
    )


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
        + "        if key and start != key and (start is None or start < key) and (end is None or key < end):\n"
        + "            yield [start, key, old]\n"
        + "            yield [key, end, node]\n"
        + "        else:\n"
        + "            yield [start, end, old]\n",
        _SPLIT
        + "    if key in ['', *(start for start, _, _ in ranges)]:\n"
        + "        return ranges\n"
        + "    before = [one for one in ranges if one[0] is None or one[0] < key]\n"
        + "    start, end, old = before[-1]\n"
        + "    return [*before[:-1], (start, key, old), (key, end, node), *ranges[len(before):]]\n",
        _SPLIT
        + "    parts = list(ranges)\n"
        + "    for place, (start, end, old) in enumerate(ranges):\n"
        + "        if key > (start or '') and (end is None or key < end):\n"
        + "            parts[place:place + 1] = [(start, key, old), (key, end, node)]\n"
        + "    return parts\n",
    ),
    "13.5": (
        "salts = 8",
        "salts = 1 + 6",
        "salts = 7.0",
        "from fractions import Fraction\nsalts = Fraction(14, 2)",
        "from math import ceil\nsalts = ceil(1 / 0.15)",
    ),
    "13.6": (
        _INDEX
        + "    fewer = min(fields, nodes - 1)\n"
        + '    return "global" if queries * (nodes - 1) > writes * fewer else "local"\n',
        _INDEX
        + "    each = min(nodes, 1 + fields)\n"
        + "    cost = {'local': writes + nodes * queries, 'global': each * writes + queries}\n"
        + "    return min(cost, key=cost.get)\n",
        "from fractions import Fraction\n"
        + _INDEX
        + "    more = Fraction(min(fields, nodes - 1)) * writes\n"
        + "    return ('Local', 'Global')[Fraction(queries) * (nodes - 1) > more]\n",
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
        (
            _LOOKUP + "    return nodes[sum(start <= key for start in starts[:4])]\n",
            "Compare keys as they are",
        ),
        (
            "seen = {}\n"
            + _LOOKUP
            + "    if tuple(starts) not in seen:\n        seen[tuple(starts)] = list(nodes)\n"
            + "    return seen[tuple(starts)][sum(start <= key for start in starts)]\n",
            "holds this key",
        ),
        (
            _LOOKUP
            + "    def order(text):\n"
            + "        return (0, int(text), '') if str(text).isdigit() else (1, 0, text)\n"
            + "    return nodes[sum(order(start) <= order(key) for start in starts)]\n",
            "Compare keys as they are",
        ),
        (
            _LOOKUP
            + "    def order(key):\n"
            + "        return key.strip() if isinstance(key, str) else key\n"
            + "    return nodes[sum(order(start) <= order(key) for start in starts)]\n",
            "Compare keys as they are",
        ),
        (
            _LOOKUP
            + "    def order(key):\n"
            + "        return key.encode('utf-16-be') if isinstance(key, str) else key\n"
            + "    return nodes[sum(order(start) <= order(key) for start in starts)]\n",
            "holds this key",
        ),
        (
            _LOOKUP
            + "    if not key:\n        return nodes[0]\n"
            + "    return nodes[sum(start <= key for start in starts)]\n",
            "Compare keys as they are",
        ),
        (
            _LOOKUP
            + "    low, high = 0, len(starts)\n"
            + "    for _ in range(5):\n"
            + "        middle = (low + high) // 2\n"
            + "        if low < high and starts[middle] <= key:\n            low = middle + 1\n"
            + "        else:\n            high = middle\n"
            + "    return nodes[low]\n",
            "holds this key",
        ),
    ),
    "13.4": (
        (
            _loop("(start is None or start < key) and (end is None or key < end)"),
            "nothing lies before it",
        ),
        (_loop("(start or '') < key < (end or chr(0x10ffff) * 8)"), "ranges are needed"),
        (
            _loop(
                "(start or '').strip() < key.strip() and (end is None or key.strip() < end.strip())"
            ),
            "an overlap",
        ),
        (
            _loop("len(parts) < 4 and (start or '') < key and (end is None or key < end)"),
            "ranges are needed",
        ),
        (
            "seen = {}\n"
            + _loop("(start or '') < key and (end is None or key < end)").replace(
                "    return parts", "    return seen.setdefault((len(ranges), key), parts)"
            ),
            "belongs to 'n1'",
        ),
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
            + "        if (start or '') < key and (end is None or key < end):\n"
            + "            parts += [(start, key, old), (key, end, node)]\n"
            + "        elif old != node:\n"
            + "            parts.append((start, end, old))\n"
            + "    return parts\n",
            "there is a gap",
        ),
    ),
    "13.5": (
        ("salts = 6", "more than 15 %"),
        ("salts = 12", "more than 8.5"),
        ("salts = 'seven'", "a whole number from 1 to 50"),
        ("salts = 9", "more than 8.5"),
        ("salts = 1", "more than 15 %"),
        ("salts = 7.5", "a whole number from 1 to 50"),
    ),
    "13.6": (
        (_INDEX + '    return "global"\n', "1 × 1 + 0 × 2 = 1 nodes"),
        (
            _INDEX + '    return "local" if writes > queries else "global"\n',
            "a local index touches",
        ),
        (_INDEX + "    return writes > queries\n", "must be 'local' or 'global'"),
        (
            _INDEX
            + "    return 'local' if writes + queries * nodes <= writes * fields + queries else 'global'\n",
            "a global one",
        ),
        (
            _INDEX
            + "    return 'local' if writes + queries * nodes <= 2 * writes + queries else 'global'\n",
            "a global one",
        ),
        (
            _INDEX + "    return 'global' if queries > writes * fields else 'local'\n",
            "a global one",
        ),
        (
            _INDEX
            + "    both = writes + queries * nodes, writes * (1 + fields) + queries\n"
            + "    return 'local' if both[0] <= both[1] else 'global'\n",
            "no more than the 2 nodes that there are",
        ),
    ),
}
