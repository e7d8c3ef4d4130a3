"""Planted answers to the exercises of chapter 12: source, and for wrong ones a part of the message meant for it."""

_LOOKUP = "def first_at(points, place):\n"
_REPLICAS = "def replicas(owners, start, count):\n"
_RING = "class SteadyRing(TextbookRing):\n"
_CLAIMS = (
    _RING
    + """    claims = None

    def add(self, node):
        self.nodes.add(node)
        self.settle(node)

    def remove(self, node):
        self.nodes.discard(node)
        self.settle(node)

    def settle(self, node):
        for number in range(self.virtual_nodes):
            point = self.point_of(f"{node}:{number}")
            owners = [
                other for other in self.nodes
                if any(self.point_of(f"{other}:{n}") == point for n in range(self.virtual_nodes))
            ]
            self.ring.pop(point, None)
            if owners:
                self.ring[point] = min(owners)
"""
)
_ADD = """    def add(self, node):
        for number in range(self.virtual_nodes):
            self.ring{add}
"""
_POINT = 'self.point_of(f"{node}:{number}")'
_REMOVE = (
    """    def remove(self, node):
        for number in range(self.virtual_nodes):
            point = """
    + _POINT
    + """
            if self.ring.get(point) == node:
                del self.ring[point]
"""
)

RIGHT = {
    "12.4": ("virtual = 220", "virtual = 300"),
    "12.5": (
        _LOOKUP + "    return bisect.bisect_left(points, place) % len(points)\n",
        _LOOKUP + "    if place > points[-1]:\n        return 0\n"
        "    low, high = -1, len(points) - 1\n"
        "    while high - low > 1:\n"
        "        middle = (low + high) // 2\n"
        "        low, high = (middle, high) if points[middle] < place else (low, middle)\n"
        "    return high\n",
    ),
    "12.6": (
        _REPLICAS + "    return list(dict.fromkeys(owners[start:] + owners[:start]))[:count]\n",
        _REPLICAS + "    found, at = [], start\n"
        "    while len(found) < min(count, len(set(owners))):\n"
        "        if owners[at] not in found:\n"
        "            found.append(owners[at])\n"
        "        at = (at + 1) % len(owners)\n"
        "    return tuple(found)\n",
    ),
    "12.7": (
        _CLAIMS,
        _RING
        + "    def add(self, node):\n        self.nodes |= {node}\n        self.build()\n\n"
        + "    def remove(self, node):\n        self.nodes -= {node}\n        self.build()\n\n"
        + "    def build(self):\n        self.ring.clear()\n        for node in sorted(self.nodes):\n"
        + f"            for number in range(self.virtual_nodes):\n                self.ring[{_POINT}] = node\n",
    ),
    "12.8": (
        "def pieces(times):\n    return 1 + times // 210\n",
        "def pieces(times):\n    if times > 1_000:\n        return times // 200\n"
        "    return 4 if times > 500 else 2 if times > 200 else 1\n",
    ),
}

WRONG = {
    "12.4": (
        ("virtual = 100", "Only 16 of 20 rings"),
        ("virtual = 1", "Only 0 of 20 rings"),
        ("virtual = 1_000", "make 20,000 points: 6,000 are allowed"),
        ("virtual = 250.0", "must be a whole number"),
        ("virtual = 0", "must be a whole number"),
    ),
    "12.5": (
        (_LOOKUP + "    return bisect.bisect_left(points, place)\n", "`first_at(points, 9)` is 1, and should be 0"),
        (_LOOKUP + "    return bisect.bisect_right(points, place) % len(points)\n", "points, 4)` is 2"),
        (
            _LOOKUP + "    for number, point in enumerate(points):\n        if point >= place:\n"
            "            return number\n    return 0\n",
            "Of 4,096 points you look at",
        ),
        (_LOOKUP + "    return points[0]\n", "is 5, and should be 0"),
        (
            _LOOKUP + "    return bisect.bisect_left(sorted(points), place) % len(points)\n",
            "Of 4,096 points you look at 4,097",
        ),
    ),
    "12.6": (
        (_REPLICAS + "    return (owners + owners)[start:start + count]\n", "should be ['a', 'b']"),
        (_REPLICAS + "    return list(dict.fromkeys(owners[start:]))[:count]\n", "should be ['c', 'a']"),
        (
            _REPLICAS + "    found, at = [], start\n    while len(found) < count:\n"
            "        if owners[at] not in found:\n            found.append(owners[at])\n"
            "        at = (at + 1) % len(owners)\n    return found\n",
            "did not end",
        ),
        (_REPLICAS + "    return sorted(set(owners[start:] + owners[:start]))[:count]\n", "should be ['c', 'a']"),
    ),
    "12.7": (
        (_RING + _ADD.format(add=f"[{_POINT}] = node") + _REMOVE, "the orders a, b and b, a: 'key 7' is on 'a'"),
        (_RING + _ADD.format(add=f".setdefault({_POINT}, node)") + _REMOVE, "joined in the orders"),
        (
            _RING + "    def add(self, node):\n        for number in range(self.virtual_nodes):\n"
            f"            point = {_POINT}\n"
            "            self.ring[point] = min(node, self.ring.get(point, node))\n" + _REMOVE,
            "the ring is not that of the others",
        ),
        (
            _RING + "    def add(self, node):\n        self.nodes.add(node)\n        self.ring = {}\n"
            "        for node in sorted(self.nodes):\n            self.ring[self.point_of(node)] = node\n\n"
            "    def remove(self, node):\n        self.nodes.discard(node)\n",
            "the next point is of",
        ),
        ("SteadyRing = dict", "made from `TextbookRing`"),
    ),
    "12.8": (
        ("def pieces(times):\n    return 10\n", "more pieces than there are keys"),
        ("def pieces(times):\n    return 10 if times > 2_000 else 1\n", "the busiest node still gets".capitalize()),
        ("def pieces(times):\n    return times // 200\n", "`pieces(192)` is 0"),
        ("def pieces(times):\n    return times / 200\n", "a whole number from 1 to 1,000"),
    ),
}  # fmt: skip
