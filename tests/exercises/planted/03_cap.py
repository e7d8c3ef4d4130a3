"""Planted answers to the exercises of chapter 03: source, and for wrong ones a part of the message meant for it."""

_QUORUMS = "def quorums(n, r, w):\n"

_STORE = (
    "class RepairedStore(QuorumStore):\n"
    "    def queried(self, phase):\n"
    "        request, newest = phase.request, phase.newest\n"
)
_BEGIN = "        self.begin(Phase(phase.client, request, Update(request.op, request.key, tag, value)))\n"
_READ_AT_ONCE = "        if request.f == 'read':\n            self.end(phase, newest.value)\n            return\n"
_NEW_TAG = "        tag, value = Tag(newest.tag.counter + 1, request.op), request.value\n"

RIGHT = {
    "03.3": (
        _QUORUMS + "    return (r + w - n if r + w > n else 0), min(n - r, n - w)\n",
        _QUORUMS
        + "    nodes = range(n)\n"
        + "    return len(set(nodes[:r]) & set(nodes[n - w :])), n - (r if r > w else w)\n",
    ),
    "03.4": (
        _STORE
        + "        tag, value = newest.tag, newest.value\n"
        + "        if request.f == 'write':\n"
        + "            tag, value = Tag(tag.counter + 1, request.op), request.value\n"
        + _BEGIN,
        _STORE
        + "        tags = [answer.tag for _, answer in phase.replies]\n"
        + "        if request.f == 'read' and tags.count(newest.tag) >= self.write_quorum:\n"
        + "            self.end(phase, newest.value)\n"
        + "        else:\n"
        + "            super().queried(phase)\n",
    ),
    "03.5": (
        'plan = [At(0, Partition({"n3"}, {"n1", "n2"})), At(120, Heal())]',
        'plan = [At(0, SetLink("n1", "n2", loss=1.0)), At(0, SetLink("n1", "n3", loss=1.0))]',
        'plan = [At(9, Hold("n1", "n2")), At(9, Hold("n1", "n3"))]',
        'plan = [At(5, Cut("n1", "n3")), At(5, Cut("n2", "n3"))]',
    ),
    "03.6": ("sizes = (4, 2)", "sizes = 2, 4"),
}

WRONG = {
    "03.3": (
        (_QUORUMS + "    return r + w - n, n - max(r, w)\n", "common is 0, not -"),
        (_QUORUMS + "    return min(r, w), n - max(r, w)\n", "have in common at most"),
        (_QUORUMS + "    return max(0, r + w - n), n - min(r, w)\n", "The larger quorum needs its nodes too"),
        (_QUORUMS + "    return max(0, r + w - n), (n - 1) // 2\n", "majorities alone"),
        (_QUORUMS + "    return max(0, r + w - n), n - r\n", "The larger quorum needs its nodes too"),
        (_QUORUMS + "    return max(0, r + w - n)\n", "it must return a pair (common, down), not 1"),
    ),
    "03.4": (
        (_STORE + _READ_AT_ONCE + _NEW_TAG + _BEGIN, "Not linearizable: r2 returned nothing although r1"),
        (
            _STORE
            + "        own = self.stored.get(request.key)\n"
            + "        tag, value = newest.tag, newest.value\n"
            + "        if request.f == 'write':\n"
            + "            tag, value = Tag(own.tag.counter + 1 if own else 1, request.op), request.value\n"
            + _BEGIN,
            "Not linearizable with ",
        ),
        (
            _STORE
            + "        value = newest.value if request.f == 'read' else request.value\n"
            + "        tag = Tag(newest.tag.counter + 1, request.op)\n"
            + _BEGIN,
            "Not linearizable with ",
        ),
        (_STORE + "        super().queried(phase) if request.f == 'write' else None\n", "is not answered"),
        ("class RepairedStore:\n    pass\n", "must be a class derived from QuorumStore"),
    ),
    "03.5": (
        ('plan = [At(5, Crash("n1"))]', "In the end x is 3: no acknowledged write"),
        ('plan = [At(5, Partition({"n1"}, {"n2", "n3"})), At(60, Heal())]',
         "In the end x is 9: no acknowledged write"),
        ('plan = [At(5, Cut("n1", "n3"))]', "In the end x is 9: no acknowledged write"),
        ('plan = [At(70, Crash("n3"))]', "In the end x is 3: but the write of 9 was not acknowledged"),
        ('plan = [At(5, Cut("n1", "n9"))]', "the nodes are c1, c3, n1, n2, n3"),
        ('plan = Partition({"n1"}, {"n2", "n3"})', "must be a list of At(ms, fault)"),
        ('plan = [At(5, Cut("n1", "n3"))] * 5', "can be done with 4 or fewer"),
    ),
    "03.6": (
        ("sizes = (3, 3)", "is correct and takes 169 ms on average. There are sizes that take 92 ms"),
        ("sizes = (1, 5)", "as soon as one node is down, nothing is answered"),
        ("sizes = (2, 2)", "R + W = 4: a read quorum and a write quorum need not meet"),
        ("sizes = (2, 3)", "R + W = 5: a read quorum and a write quorum need not meet"),
        ("sizes = (0, 6)", "each must be from 1 to 5"),
        ("sizes = 3", "must be a pair of whole numbers"),
        ("sizes = (4, 4)", "is correct and takes 177 ms"),
    ),
}  # fmt: skip
