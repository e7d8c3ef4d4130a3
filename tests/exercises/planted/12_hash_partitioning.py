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

_HALVES = """    low, high = 0, len(points)
    while low < high:
        middle = (low + high) // 2
        if {low}:
            low = middle + 1
        else:
            high = middle
    return low % len(points)
"""
_TIMES = (
    _RING
    + """    def add(self, node):
        self.times = getattr(self, "times", {{}})
        self.times[node] = self.times.get(node, 0) + 1
        self.build()

    def remove(self, node):
        self.times = getattr(self, "times", {{}})
        self.times[node] = {less}
        self.build()

    def build(self):
        self.ring = {{}}
        for node in sorted(self.times):
            for number in range({points}):
                if self.times[node] > 0:
                    self.ring[self.point_of(f"{{node}}:{{number}}")] = node
"""
)

_RING9 = """class MyRing:
    def __init__(self, hash_of, virtual_nodes):
        self.hash_of, self.virtual_nodes = hash_of, virtual_nodes
        self.nodes, self.points = set(), []

    def add(self, node):
        self.nodes.add(node)
        self.build()

    def remove(self, node):
        self.nodes.discard(node)
        self.build()

    def build(self):
        every = [(node, n) for node in self.nodes for n in range(self.virtual_nodes)]
        self.points = sorted((self.hash_of(f"{node}#{n}"), node) for node, n in every)

    def node_of(self, key):
        if not self.points:
            raise LookupError("empty")
        return self.replicas(key, 1)[0]

    def replicas(self, key, count):
        at = bisect_left(self.points, (self.hash_of(key), ""))
        walk = self.points[at:] + self.points[:at]
        return list(dict.fromkeys(node for _, node in walk))[:count]
"""


def _ring9(*changes):
    """The ring with some of its text replaced."""
    text = _RING9
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_DICT9 = """class MyRing:
    def __init__(self, hash_of, virtual_nodes):
        self.hash_of, self.virtual_nodes, self.ring, self.order = hash_of, virtual_nodes, {}, []

    def add(self, node):
        for n in range(self.virtual_nodes):
            self.ring{put}
        self.order = sorted(self.ring)

    def remove(self, node):
        self.ring = {at: owner for at, owner in self.ring.items() if owner != node}
        self.order = sorted(self.ring)

    def node_of(self, key):
        if not self.order:
            raise LookupError("empty")
        return self.replicas(key, 1)[0]

    def replicas(self, key, count):
        at = bisect_left(self.order, self.hash_of(key))
        walk = self.order[at:] + self.order[:at]
        return list(dict.fromkeys(self.ring[point] for point in walk))[:count]
"""


RIGHT = {
    "12.4": (
        "virtual = 220",
        "virtual = 300",
        "virtual = 250.0",
        "import numpy\nvirtual = numpy.int64(260)",
    ),
    "12.5": (
        _LOOKUP + "    return bisect.bisect_left(points, place) % len(points)\n",
        _LOOKUP + "    if place > points[-1]:\n        return 0\n"
        "    low, high = -1, len(points) - 1\n"
        "    while high - low > 1:\n"
        "        middle = (low + high) // 2\n"
        "        low, high = (middle, high) if points[middle] < place else (low, middle)\n"
        "    return high\n",
        "import numpy\n\n" + _LOOKUP + "    low, size = 0, len(points)\n"
        "    while size:\n"
        "        half = size >> 1\n"
        "        if points[low + half] < place:\n"
        "            low, size = low + half + 1, size - half - 1\n"
        "        else:\n"
        "            size = half\n"
        "    return numpy.int64(low % len(points))\n",
    ),
    "12.6": (
        _REPLICAS + "    return list(dict.fromkeys(owners[start:] + owners[:start]))[:count]\n",
        _REPLICAS + "    found, at = [], start\n"
        "    while len(found) < min(count, len(set(owners))):\n"
        "        if owners[at] not in found:\n"
        "            found.append(owners[at])\n"
        "        at = (at + 1) % len(owners)\n"
        "    return tuple(found)\n",
        _REPLICAS + "    seen = {}\n"
        "    for at in range(start, start + len(owners)):\n"
        "        seen.setdefault(owners[at % len(owners)], at)\n"
        "    return (node for node, _ in sorted(seen.items(), key=lambda item: item[1])[:count])\n",
    ),
    "12.7": (
        _CLAIMS,
        _RING
        + "    def add(self, node):\n        self.nodes |= {node}\n        self.build()\n\n"
        + "    def remove(self, node):\n        self.nodes -= {node}\n        self.build()\n\n"
        + "    def build(self):\n        self.ring.clear()\n        for node in sorted(self.nodes):\n"
        + f"            for number in range(self.virtual_nodes):\n                self.ring[{_POINT}] = node\n",
        "import threading\n\n\n"
        + _RING
        + "    lock = None\n\n"
        + "    def add(self, node):\n        with self.locked():\n            self.nodes.add(node)\n"
        + "            self.ring = {}\n            for name in sorted(self.nodes, key=lambda n: (len(n), n)):\n"
        + "                for number in range(self.virtual_nodes):\n"
        + '                    self.ring.setdefault(self.point_of(f"{name}:{number}"), name)\n\n'
        + "    def locked(self):\n        self.lock = self.lock or threading.RLock()\n        return self.lock\n\n"
        + "    def remove(self, node):\n        self.nodes.discard(node)\n"
        + "        left, self.nodes = self.nodes, set()\n"
        + "        self.ring = {}\n        for name in left:\n            self.add(name)\n",
    ),
    "12.8": (
        "import math\n\n\ndef pieces(times):\n    return float(math.ceil(times / 230))\n",
        "def pieces(times):\n    return 1 + times // 210\n",
        "def pieces(times):\n    if times > 1_000:\n        return times // 200\n"
        "    return 4 if times > 500 else 2 if times > 200 else 1\n",
    ),
    "12.9": (
        _RING9,
        # positions and owners in two lists, a tuple of replicas, names kept in a helper without a repr
        """class Stand:
    __slots__ = ("at", "owner")

    def __init__(self, at, owner):
        self.at, self.owner = at, owner


class MyRing:
    __slots__ = ("hashed", "virtual", "stands", "cache", "names")

    def __init__(self, hash_of, virtual_nodes):
        self.hashed, self.virtual, self.names, self.stands, self.cache = hash_of, virtual_nodes, (), [], None

    def add(self, node):
        if node in self.names:
            return
        self.names += (node,)
        self.stands += [Stand(self.hashed(f"{node}/{n}"), node) for n in range(self.virtual)]
        self.cache = None

    def remove(self, node):
        self.names = tuple(name for name in self.names if name != node)
        self.stands = [one for one in self.stands if one.owner != node]
        self.cache = None

    def index(self, key):
        if self.cache is None:
            self.stands.sort(key=lambda one: (one.at, one.owner))
            self.cache = [one.at for one in self.stands]
        low, high, at = 0, len(self.cache), self.hashed(key)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.cache[middle] < at else (low, middle)
        return low

    def node_of(self, key):
        if not self.stands:
            raise KeyError(key)
        return self.stands[self.index(key) % len(self.stands)].owner

    def replicas(self, key, count):
        at, seen = self.index(key), []
        for one in (self.stands[at:] + self.stands[:at]):
            if one.owner not in seen and len(seen) < count:
                seen.append(one.owner)
        return tuple(seen)
""",
        # an iterator of replicas, a lock around changes, the last name first where points collide
        _ring9(
            (
                "import" if False else "        self.nodes, self.points = set(), []\n",
                "        self.nodes, self.points, self.lock = set(), [], threading.Lock()\n",
            ),
            ("        self.build()\n", "        with self.lock:\n            self.build()\n"),
            (
                "        return list(dict.fromkeys(node for _, node in walk))[:count]\n",
                "        return iter(list(dict.fromkeys(node for _, node in walk))[:count])\n",
            ),
            ("return self.replicas(key, 1)[0]", "return next(self.replicas(key, 1))"),
            ("class MyRing:", "import threading\n\n\nclass MyRing:"),
        ),
    ),
}

WRONG = {
    "12.4": (
        ("virtual = 100", "Only 16 of 20 rings"),
        ("virtual = 1", "Only 0 of 20 rings"),
        ("virtual = 1_000", "make 20,000 points: 6,000 are allowed"),
        ("virtual = 250.5", "must be a whole number"),
        ("virtual = 160", "of 20 rings are even enough"),
        ("virtual = 0", "must be a whole number"),
    ),
    "12.5": (
        (
            _LOOKUP + "    return bisect.bisect_left(points, place)\n",
            "after the last point the circle starts again",
        ),
        (
            _LOOKUP + "    return bisect.bisect_right(points, place) % len(points)\n",
            "of equal points the first counts",
        ),
        (
            _LOOKUP + "    for number, point in enumerate(points):\n        if point >= place:\n"
            "            return number\n    return 0\n",
            "Of 4,096 points you read",
        ),
        (
            _LOOKUP + "    return min(bisect.bisect_left(points, place), len(points) - 1)\n",
            "the circle starts again",
        ),
        (
            _LOOKUP + "    return (bisect.bisect_right(points, place) - 1) % len(points)\n",
            "the first point after",
        ),
        (_LOOKUP + "    return points[0]\n", "should be 0"),
        (
            # positions as floats, which are equal where the points lie close together
            _LOOKUP + _HALVES.format(low="float(points[middle]) < float(place)"),
            "after the last point the circle starts again",
        ),
        (
            _LOOKUP + _HALVES.format(low="points[middle] % 2**32 < place % 2**32"),
            "the first point after",
        ),
        (
            _LOOKUP + "    low, high = 0, len(points)\n    for _ in range(13):\n"
            "        middle = (low + high) // 2\n        if low < high and points[middle] < place:\n"
            "            low = middle + 1\n        else:\n            high = middle\n"
            "    return low % len(points)\n",
            "The points are 9223372036854775808",
        ),
        (
            # remembers the answer for as many points
            "known = {}\n\n\n" + _LOOKUP + "    if (len(points), place) not in known:\n"
            "        known[len(points), place] = bisect.bisect_left(points, place) % len(points)\n"
            "    return known[len(points), place]\n",
            "The points are [0, 1]",
        ),
        (
            _LOOKUP + "    return bisect.bisect_left(sorted(points), place) % len(points)\n",
            "Of 4,096 points you read",
        ),
    ),
    "12.6": (
        (_REPLICAS + "    return (owners + owners)[start:start + count]\n", "are lost together"),
        (
            _REPLICAS + "    return list(dict.fromkeys(owners[start:]))[:count]\n",
            "Walk on past the last point",
        ),
        (
            _REPLICAS + "    found, at = [], start\n    while len(found) < count:\n"
            "        if owners[at] not in found:\n            found.append(owners[at])\n"
            "        at = (at + 1) % len(owners)\n    return found\n",
            "did not end",
        ),
        (
            _REPLICAS + "    return sorted(set(owners[start:] + owners[:start]))[:count]\n",
            "The order is that of the walk",
        ),
        (
            _REPLICAS + "    while len(set(owners)) > count:\n        owners.pop()\n"
            "    return list(dict.fromkeys(owners[start:] + owners[:start]))\n",
            "has changed `owners`",
        ),
        (
            _REPLICAS + "    walk = (owners + owners)[start : start + min(len(owners), 16)]\n"
            "    return list(dict.fromkeys(walk))[:count]\n",
            "Walk on past the last point",
        ),
        (
            _REPLICAS
            + "    return list(dict.fromkeys(owners[start:] + owners[:start]))[: min(count, 5)]\n",
            "and past nodes that have a copy already",
        ),
        *(
            (
                _REPLICAS + "    found = {}\n    for node in owners[start:] + owners[:start]:\n"
                f"        found.setdefault({same}, node)\n    return list(found.values())[:count]\n",
                "and should be",
            )
            for same in ("node.lower()", "hash(node) % 64", "(node[:1], len(node))")
        ),
        (
            _REPLICAS + "    walk = [node for node in owners[start:] + owners[:start] if node]\n"
            "    return list(dict.fromkeys(walk))[:count]\n",
            "The order is that of the walk",
        ),
        (
            _REPLICAS + "    turned = owners[start:] + owners[:start]\n"
            "    return [b for a, b in zip([None] + turned, turned) if a != b][:count]\n",
            "are lost together",
        ),
    ),
    "12.7": (
        (
            _RING + _ADD.format(add=f"[{_POINT}] = node") + _REMOVE,
            "the orders a, b and b, a: 'key 7' is on 'a'",
        ),
        (_RING + _ADD.format(add=f".setdefault({_POINT}, node)") + _REMOVE, "joined in the orders"),
        (
            _RING + "    def add(self, node):\n        for number in range(self.virtual_nodes):\n"
            f"            point = {_POINT}\n"
            "            self.ring[point] = min(node, self.ring.get(point, node))\n" + _REMOVE,
            "the ring is not that of the others",
        ),
        (
            _RING
            + "    def add(self, node):\n        self.nodes.add(node)\n        self.ring = {}\n"
            "        for node in sorted(self.nodes):\n            self.ring[self.point_of(node)] = node\n\n"
            "    def remove(self, node):\n        self.nodes.discard(node)\n",
            "the next point is of",
        ),
        (
            _RING
            + "    def add(self, node):\n        self.nodes.add(node)\n        self.build()\n\n"
            "    def remove(self, node):\n        self.nodes.discard(node)\n        self.build()\n\n"
            "    def build(self):\n        self.ring = {}\n        for node in sorted(self.nodes, key=hash):\n"
            f"            for number in range(self.virtual_nodes):\n                self.ring[{_POINT}] = node\n",
            "is another one in each process",
        ),
        *(
            # counts how often a node has been added
            (
                _TIMES.format(less=less, points="self.virtual_nodes"),
                "is added twice more and removed once",
            )
            for less in ("self.times.get(node, 0) - 1", "max(0, self.times.get(node, 0) - 1)")
        ),
        (_TIMES.format(less="0", points="12"), "at 3 points each"),
        (
            # names that are equal in lower case, in the order of the set
            _RING
            + "    def add(self, node):\n        self.nodes.add(node)\n        self.build()\n\n"
            "    def remove(self, node):\n        self.nodes.discard(node)\n        self.build()\n\n"
            "    def build(self):\n        self.ring = {}\n        for node in sorted(self.nodes, key=str.lower):\n"
            f"            for number in range(self.virtual_nodes):\n                self.ring[{_POINT}] = node\n",
            "Node",
        ),
        (
            # claims of all rings together
            _RING + "    claims = {}\n\n    def add(self, node):\n        self.nodes.add(node)\n"
            "        for number in range(self.virtual_nodes):\n"
            f"            self.claims.setdefault({_POINT}, set()).add(node)\n        self.build()\n\n"
            "    def remove(self, node):\n        self.nodes.discard(node)\n"
            "        for claim in self.claims.values():\n            claim.discard(node)\n        self.build()\n\n"
            "    def build(self):\n"
            "        self.ring = {at: min(claim) for at, claim in self.claims.items() if claim}\n",
            "the next point is of",
        ),
        ("SteadyRing = dict", "made from `TextbookRing`"),
    ),
    "12.8": (
        ("def pieces(times):\n    return 10\n", "more pieces than there are keys"),
        (
            "def pieces(times):\n    return 10 if times > 2_000 else 1\n",
            "The busiest node still gets",
        ),
        (
            "def pieces(times):\n    return 1 + (times > 1_000)\n",
            "your hottest piece brings 1,350 requests",
        ),
        ("def pieces(times):\n    return 0\n", "a whole number from 1 to 1,000"),
        ("def pieces(times):\n    return times // 200\n", "`pieces(192)` is 0"),
        ("def pieces(times):\n    return times / 200\n", "a whole number from 1 to 1,000"),
        # with the names n1 to n10 these two get below 1.4 times the mean, by luck
        (
            "import math\n\n\ndef pieces(times):\n    return math.ceil(times / 600)\n",
            "1.55 times the mean, on average over 200 clusters",
        ),
        (
            "def pieces(times):\n    return 26 if times > 1_300 else 1\n",
            "1.49 times the mean, on average over 200 clusters",
        ),
    ),
    "12.9": (
        (_DICT9.replace("{put}", '[self.hash_of(f"{node}#{n}")] = node'), "would disagree"),
        (
            _DICT9.replace("{put}", '.setdefault(self.hash_of(f"{node}#{n}"), node)'),
            "7 different nodes are required",
        ),
        (
            _ring9(
                (
                    "for node in self.nodes for n in range(self.virtual_nodes)",
                    "for node in self.nodes for n in range(1)",
                )
            ),
            "times the mean",
        ),
        (_ring9(('f"{node}#{n}"', 'f"{node}"')), "times the mean"),
        (
            _ring9(
                (
                    "        walk = self.points[at:] + self.points[:at]\n",
                    "        walk = self.points[at:] or self.points\n",
                )
            ),
            "different nodes are required",
        ),
        (
            _ring9(
                (
                    "list(dict.fromkeys(node for _, node in walk))[:count]",
                    "[node for _, node in walk][:count]",
                )
            ),
            "two copies on one node are lost together",
        ),
        (
            _ring9(
                (
                    "list(dict.fromkeys(node for _, node in walk))[:count]",
                    "sorted(dict.fromkeys(node for _, node in walk))[:count]",
                )
            ),
            "and 1 nodes hold keys",
        ),
        (
            _ring9(
                (
                    '        if not self.points:\n            raise LookupError("empty")\n',
                    '        if not self.points:\n            return ""\n',
                )
            ),
            "must raise LookupError",
        ),
        (
            _ring9(("        self.nodes.discard(node)\n", "")),
            "It must be the ring of the other nodes",
        ),
        (
            # counts how often a node has been added
            _ring9(
                (
                    "        self.nodes, self.points = set(), []\n",
                    "        self.nodes, self.points, self.times = set(), [], Counter()\n",
                ),
                (
                    "        self.nodes.add(node)\n",
                    "        self.nodes.add(node)\n        self.times[node] += 1\n",
                ),
                (
                    "        self.nodes.discard(node)\n",
                    "        self.times[node] -= 1\n        if self.times[node] <= 0:\n"
                    "            self.nodes.discard(node)\n",
                ),
                ("class MyRing:", "from collections import Counter\n\n\nclass MyRing:"),
            ),
            "is added again and then removed once",
        ),
        *(
            (
                _ring9(
                    ('self.hash_of(f"{node}#{n}")', f'{of}(self.hash_of(f"{{node}}#{{n}}"))'),
                    ("self.hash_of(key)", f"{of}(self.hash_of(key))"),
                ),
                part,
            )
            for of, part in (("float", "Positions about 2^80"), ("abs", "Positions from -500"))
        ),
        (
            _ring9(
                (
                    "        self.nodes.add(node)\n",
                    "        if node.lower() not in map(str.lower, self.nodes):\n            self.nodes.add(node)\n",
                )
            ),
            "7 different nodes are required",
        ),
        (
            # the order of points that collide is that of a set
            _ring9(
                (
                    'self.points = sorted((self.hash_of(f"{node}#{n}"), node) for node, n in every)',
                    'self.points = sorted(\n            ((self.hash_of(f"{node}#{n}"), node) for node, n in every),\n'
                    "            key=lambda one: (one[0], hash(one[1])),\n        )",
                ),
                (
                    'bisect_left(self.points, (self.hash_of(key), ""))',
                    "bisect_left([at for at, _ in self.points], self.hash_of(key))",
                ),
            ),
            "in two processes",
        ),
        (
            # remembers where a key was
            _ring9(
                (
                    "        self.nodes, self.points = set(), []\n",
                    "        self.nodes, self.points, self.known = set(), [], {}\n",
                ),
                (
                    "        return self.replicas(key, 1)[0]\n",
                    "        if key not in self.known:\n            self.known[key] = self.replicas(key, 1)[0]\n"
                    "        return self.known[key]\n",
                ),
            ),
            "has left",
        ),
        (
            _ring9(
                (
                    "        return self.replicas(key, 1)[0]\n",
                    "        self.hash_of(key)\n        return self.replicas(key, 1)[0]\n",
                )
            ),
            "and one hash, that of the key",
        ),
        (
            _ring9(
                ("self.nodes, self.points = set(), []", "self.nodes, self.points = [], []"),
                ("self.nodes.add(node)", "self.nodes.append(node)"),
                ("self.nodes.discard(node)", "self.nodes.remove(node)"),
            ),
            "Your code raised ValueError",
        ),
        (
            _ring9(
                (
                    '        at = bisect_left(self.points, (self.hash_of(key), ""))\n',
                    "        own = self.hash_of(key)\n        at = sum(point < own for point, _ in self.points)\n",
                )
            ),
            "a binary search takes 11 comparisons",
        ),
        (
            """class MyRing:
    def __init__(self, hash_of, virtual_nodes):
        self.hash_of, self.nodes = hash_of, []

    def add(self, node):
        self.nodes = sorted({*self.nodes, node})

    def remove(self, node):
        self.nodes = [name for name in self.nodes if name != node]

    def node_of(self, key):
        if not self.nodes:
            raise LookupError("empty")
        return self.nodes[self.hash_of(key) % len(self.nodes)]

    def replicas(self, key, count):
        at = self.nodes.index(self.node_of(key))
        return (self.nodes[at:] + self.nodes[:at])[:count]
""",
            "Only keys that the new node gets may move",
        ),
        (
            "POINTS = []\n"
            + _ring9(
                (
                    "self.nodes, self.points = set(), []",
                    "self.nodes = set()\n        POINTS.clear()",
                ),
                ("self.points = sorted", "POINTS[:] = sorted"),
                ("self.points[at:] + self.points[:at]", "POINTS[at:] + POINTS[:at]"),
                ("not self.points", "not POINTS"),
                ("(self.points, (", "(POINTS, ("),
            ),
            "While another ring is built",
        ),
        # "s1" is the beginning of "s10"; a name that is equal is another object
        (
            _ring9(
                (
                    "self.nodes.discard(node)",
                    "self.nodes = {one for one in self.nodes if not one.startswith(node)}",
                )
            ),
            "s1 has left",
        ),
        (
            _ring9(
                (
                    "self.nodes.discard(node)",
                    "self.nodes = {one for one in self.nodes if one is not node}",
                )
            ),
            "s1 has left",
        ),
        ("MyRing = 7\n", "must be a class"),
    ),
}
