"""Planted answers to the exercises of chapter 13: source, and for wrong ones a part of the message meant for it."""

_LOOKUP = "def node_at(starts, nodes, key):\n"
_SPLIT = "def split(ranges, key, node):\n"
_INDEX = "def cheaper(writes, queries, nodes, fields):\n"

_STORE = """
from bisect import bisect_left, bisect_right


class Store:
    def __init__(self, nodes, most):
        self.nodes, self.most = list(nodes), most
        self.starts, self.owners, self.sizes = [], [self.nodes[0]], [0]

    def ranges(self):
        ends = [None, *self.starts, None]
        return list(zip(ends, ends[1:], self.owners))

    def get(self, key):
        return self.owners[bisect_right(self.starts, key)].get(key)

    def scan(self, low, high):
        asked = []
        for start, end, node in self.ranges():
            if (high is None or start is None or start < high) and (low is None or end is None or low < end):
                if node not in asked:
                    asked.append(node)
        found = (pair for node in asked for pair in node.scan(low, high))
        return sorted(found, key=lambda pair: pair[0])

    def put(self, key, value):
        index = bisect_right(self.starts, key)
        self.sizes[index] += self.owners[index].put(key, value)
        if self.sizes[index] > self.most:
            start, end, old = self.ranges()[index]
            rows = old.scan(start, end)
            half = len(rows) // 2
            middle = rows[half][0]
            keys = dict.fromkeys(self.nodes, 0)
            for node, size in zip(self.owners, self.sizes):
                keys[node] += size
            new = min(self.nodes, key=keys.get)
            if new is not old:
                try:
                    for one in rows[half:]:
                        new.put(*one)
                    old.drop(middle, end)
                except ConnectionError:
                    new.drop(middle, end)
                    new = old
            self.starts.insert(index, middle)
            self.owners.insert(index + 1, new)
            self.sizes[index:index + 1] = [half, len(rows) - half]
"""

_OBJECTS = """
import heapq
import threading


class Part:
    __slots__ = ("start", "end", "node", "size")

    def __init__(self, start, end, node, size):
        self.start, self.end, self.node, self.size = start, end, node, size

    def before(self, key):
        return key is not None and self.end is not None and self.end <= key

    def after(self, key):
        return key is not None and self.start is not None and key <= self.start


class Store:
    def __init__(self, nodes, most):
        self.lock = threading.RLock()
        self.nodes, self.most = tuple(nodes), most
        self.parts = [Part(None, None, nodes[0], 0)]

    def find(self, key):
        return next(part for part in reversed(self.parts) if part.start is None or part.start <= key)

    def get(self, key):
        with self.lock:
            return self.find(key).node.get(key)

    def scan(self, low, high):
        with self.lock:
            if low is not None and high is not None and low >= high:
                return iter(())
            touched = [part for part in self.parts if not part.before(low) and not part.after(high)]
            clipped = (
                part.node.scan(
                    part.start if part.after(low) or low is None else low,
                    part.end if part.before(high) or high is None else high,
                )
                for part in touched
            )
            return heapq.merge(*clipped, key=lambda pair: pair[0])

    def put(self, key, value):
        with self.lock:
            part = self.find(key)
            part.size += bool(part.node.put(key, value))
            if part.size > self.most:
                self.halve(part)

    def halve(self, part):
        rows = part.node.scan(part.start, part.end)
        lower, upper = rows[:(len(rows) + 1) // 2], rows[(len(rows) + 1) // 2:]
        middle, node = upper[0][0], self.emptiest()
        try:
            for pair in upper if node is not part.node else ():
                node.put(*pair)
        except ConnectionError:
            node.drop(middle, part.end)
            node = part.node
        if node is not part.node:
            part.node.drop(middle, part.end)
        self.parts.insert(self.parts.index(part) + 1, Part(middle, part.end, node, len(upper)))
        part.end, part.size = middle, len(lower)

    def emptiest(self):
        return min(reversed(self.nodes), key=lambda node: sum(one.size for one in self.parts if one.node is node))

    def ranges(self):
        for part in self.parts:
            yield [part.start, part.end, part.node]
"""

_MAPPED = """
from dscourse.placement import RangeMap


class Store:
    def __init__(self, nodes, most):
        self.at = {f"node {number}": node for number, node in enumerate(nodes)}
        self.most, self.map, self.keys = most, RangeMap("node 0"), {name: set() for name in self.at}

    def ranges(self):
        return [(one.start, one.end, self.at[one.node]) for one in self.map]

    def get(self, key):
        return self.at[self.map.range_of(key).node].get(key)

    def scan(self, low, high):
        if low is not None and high is not None and high < low:
            return ()
        names = {one.node for one in self.map.scan(low, high)}
        return sorted((pair for name in names for pair in self.at[name].scan(low, high)), key=lambda pair: pair[0])

    def put(self, key, value):
        one = self.map.range_of(key)
        self.at[one.node].put(key, value)
        self.keys[one.node].add(key)
        inside = sorted(filter(one.holds, self.keys[one.node]))
        if len(inside) <= self.most:
            return
        middle = inside[len(inside) // 2]
        new = min(self.keys, key=lambda name: len(self.keys[name]))
        if new != one.node:
            old = self.at[one.node]
            try:
                [self.at[new].put(key, value) for key, value in old.scan(middle, one.end)]
            except ConnectionError:
                self.at[new].drop(middle, one.end)
                new = one.node
            else:
                old.drop(middle, one.end)
        self.map.split(middle, new)
        moved = set(inside[len(inside) // 2:])
        self.keys[one.node] -= moved
        self.keys[new] |= moved
"""


def _store(old: str, new: str) -> str:
    """Return the store with one change."""
    assert old in _STORE, old
    return _STORE.replace(old, new)


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
    "13.7": (
        _STORE,
        _OBJECTS,
        _MAPPED,
        _store("half = len(rows) // 2", "half = -(-len(rows) // 2)"),
    ),
}

WRONG = {
    "13.3": (
        (
            "class Same(str):\n"
            + "    def __eq__(self, other):\n        return True\n\n"
            + "    def __ne__(self, other):\n        return False\n\n"
            + "    __hash__ = str.__hash__\n\n\n"
            + _LOOKUP
            + "    return Same(nodes[0])\n",
            "holds this key",
        ),
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
    "13.7": (
        (
            _store("                    old.drop(middle, end)\n", "").replace(
                "                try:\n",
                "                old.drop(middle, end)\n                try:\n",
            ),
            "it would be lost",
        ),
        (
            _store("                    old.drop(middle, end)\n", ""),
            "on n1 and n2, and must be on n2 alone",
        ),
        (
            _store("half = len(rows) // 2", "half = len(rows) - 1"),
            "cut in the middle of the range's own keys",
        ),
        (
            _store("self.sizes[index] += self", "self.sizes[index] += 1; self"),
            "The ranges change, though",
        ),
        (_store("                    new.drop(middle, end)\n", ""), "alone, the node of its range"),
        (_store("                    new = old\n", ""), "both parts must stay on n1"),
        (_store("except ConnectionError", "except ZeroDivisionError"), "so it must succeed"),
        (
            _store("if node not in asked:", "if node not in asked or node is self.nodes[0]:"),
            "gives [('bb', 'paid'), ('bb', 'paid')",
        ),
        (
            _store(
                "for start, end, node in self.ranges():",
                "for start, end, node in [(None, None, n) for n in self.nodes]:",
            ),
            "holds no part of what is read",
        ),
        (
            _store(
                "            rows = old.scan(start, end)", "            rows = old.scan(None, None)"
            ),
            "an empty range",
        ),
        (
            _store(
                "                    old.drop(middle, end)\n",
                "                    old.drop(middle, None)\n",
            ),
            "would be lost",
        ),
        (
            _store("return self.owners[bisect_right", "return self.owners[bisect_left"),
            "gives None, not",
        ),
        (
            _store("index = bisect_right", "index = bisect_left"),
            "which holds the range of its key, first",
        ),
        (
            _store("high is None or start is None", "not high or start is None"),
            "holds no part of what is read",
        ),
        (
            _store("pair in node.scan(low, high)", "pair in node.scan(low or None, high)"),
            "gives [(-2, 1.0)], not []",
        ),
        (
            _store(
                "        return sorted(found, key=lambda pair: pair[0])",
                "        return list(found)",
            ),
            "gives [(777800, False), (777844, 1)",
        ),
        (_store(".get(key)\n\n", ".get(key) or None\n\n"), "gives None, not"),
        (
            _store(
                "new = min(self.nodes, key=keys.get)",
                "new = self.nodes[len(self.starts) % len(self.nodes)]",
            ),
            "a node with the fewest keys must get it",
        ),
        (
            _store(
                "new = min(self.nodes, key=keys.get)",
                "new = min(self.nodes, key=self.owners.count)",
            ),
            "a node with the fewest keys must get it",
        ),
        (
            _store(
                "        if self.sizes[index] > self.most",
                "        if self.sizes[index] >= self.most",
            ),
            "The ranges change, though",
        ),
        (
            _store(
                "        if self.sizes[index] > self.most",
                "        if self.sizes[index] > self.most + 1",
            ),
            "must be cut in two",
        ),
        (
            _store(
                "class Store:\n", "class Store:\n    starts, owners, sizes = [], [], [0]\n\n"
            ).replace(
                "self.starts, self.owners, self.sizes = [], [self.nodes[0]], [0]",
                "self.owners[:] = self.owners or nodes[:1]",
            ),
            "which holds the range of its key, first",
        ),
        (
            _store("(self, key, value):\n", "(self, key, value):\n        self.all[key] = value\n")
            .replace(
                "        self.nodes, self.most =",
                "        self.all = {}\n        self.nodes, self.most =",
            )
            .replace(
                "return self.owners[bisect_right(self.starts, key)].get(key)",
                "return self.all.get(key)",
            ),
            "It asks no node",
        ),
        (
            _store(
                "for node in asked for pair in node.scan(low, high)",
                "for node in asked for pair in node.scan(None, None)",
            ),
            "gives [(546601, 0)], not []",
        ),
        (
            _store(
                "                    for one in rows[half:]:\n",
                "                    for one in rows:\n",
            ),
            "must be on n1 alone",
        ),
        (_store("rows[half:]", "rows[half + 1:]"), "would be lost"),
    ),
}
