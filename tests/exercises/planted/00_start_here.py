"""Planted answers to the exercises of chapter 00: source, and for wrong ones a part of the message meant for it."""

RIGHT = {
    "00.2": (
        "largest_loss = 3 * 5",
        "largest_loss = max(loss for loss in range(0, 101, 5) if loss <= 15)",
        "largest_loss = 15.0",
        "import numpy\nlargest_loss = numpy.arange(0, 20, 5)[-1]",
    ),
    "00.3": (
        "def merge(mine, theirs):\n"
        "    merged = dict(mine)\n"
        "    for node, total in theirs.items():\n"
        "        if total > merged.get(node, 0):\n"
        "            merged[node] = total\n"
        "    return merged\n",
        "def merge(mine, theirs):\n"
        "    pairs = sorted([*mine.items(), *theirs.items()], key=lambda pair: pair[1])\n"
        "    return dict(pairs)\n",
        "import collections\n\n\n"
        "def merge(mine, theirs):\n"
        "    return collections.Counter(mine) | collections.Counter(theirs)\n",
        "from heapq import merge as interleave\n"
        "from itertools import groupby\n\n\n"
        "def merge(mine, theirs):\n"
        "    pairs = interleave(sorted(mine.items()), sorted(theirs.items()))\n"
        "    return {n: max(t for _, t in group) for n, group in groupby(pairs, key=lambda pair: pair[0])}\n",
        "import numpy\n\n\n"
        "def merge(mine, theirs):\n"
        "    names = [*{*mine, *theirs}]\n"
        "    rows = [[one.get(name, 0) for name in names] for one in (mine, theirs)]\n"
        "    return dict(zip(names, numpy.array(rows).max(axis=0)))\n",
        "import types\n\n\n"
        "class Totals:\n"
        "    __slots__ = ('known',)\n\n"
        "    def __init__(self):\n"
        "        self.known = {}\n\n"
        "    def hear(self, totals):\n"
        "        for node, total in totals.items():\n"
        "            self.known[node] = float(max(total, self.known.get(node, 0)))\n\n\n"
        "def merge(mine, theirs):\n"
        "    totals = Totals()\n"
        "    totals.hear(mine)\n"
        "    totals.hear(theirs)\n"
        "    return types.MappingProxyType(totals.known)\n",
    ),
}

WRONG = {
    "00.2": (
        ("largest_loss = 20", "At 20 % at least one node is wrong"),
        ("largest_loss = 10", "but they are at a larger loss too"),
        ("largest_loss = 0.15", "not one of the slider's positions"),
        ("largest_loss = '15 %'", "not one of the slider's positions"),
        ("largest_loss = 12", "a multiple of 5, from 0 to 100 per cent"),
        ("largest_loss = 25", 'In the version "send totals" they are all right there'),
        ("largest_loss = 100", "at least one node is wrong: a says 2, b says 2, c says 2"),
        ("largest_loss = range(16)", "it must be a number"),
    ),
    "00.3": (
        ("def merge(mine, theirs):\n    return {**mine, **theirs}\n", "you know of more increments at a already"),
        (
            "def merge(mine, theirs):\n"
            "    return {n: mine.get(n, 0) + theirs.get(n, 0) for n in [*mine, *theirs]}\n",
            "should be {'a': 3}, because they know of more",
        ),
        (
            "def merge(mine, theirs):\n    return {n: max(mine[n], theirs.get(n, 0)) for n in mine}\n",
            "a node that you have not heard of",
        ),
        (
            "def merge(mine, theirs):\n"
            "    for n in theirs:\n"
            "        mine[n] = max(mine.get(n, 0), theirs[n])\n"
            "    return mine\n",
            "changed what it was given",
        ),
        (
            "def merge(mine, theirs):\n"
            "    if sum(theirs.values()) > sum(mine.values()):\n"
            "        return dict(theirs)\n"
            "    return dict(mine)\n",
            "a node that you have not heard of",
        ),
        (
            "def merge(mine, theirs):\n"
            "    if sum(theirs.values()) > sum(mine.values()):\n"
            "        return {**mine, **theirs}\n"
            "    return {**theirs, **mine}\n",
            "you know more of a, and they know more of b",
        ),
        (
            "def merge(mine, theirs):\n"
            "    return {n: max(mine.get(n, 0), theirs.get(n, 0)) for n in 'abc'}\n",
            "of two totals of one node, the larger is the later",
        ),
        (
            "def merge(mine, theirs):\n"
            "    if not theirs:\n"
            "        return mine\n"
            "    return {n: max(mine.get(n, 0), theirs.get(n, 0)) for n in {*mine, *theirs}}\n",
            "returned one of its arguments, not a new dictionary",
        ),
        (
            "def merge(mine, theirs):\n"
            "    for n in list(theirs):\n"
            "        theirs[n] = max(mine.get(n, 0), theirs[n])\n"
            "    return {**mine, **theirs}\n",
            "changed what it was given",
        ),
        (
            "def merge(mine, theirs, seen={}):\n"
            "    for n in {*mine, *theirs}:\n"
            "        seen[n] = max(seen.get(n, 0), mine.get(n, 0), theirs.get(n, 0))\n"
            "    return dict(seen)\n",
            "it should be {'a': 1, 'b': 2}",
        ),
        (
            "def merge(mine, theirs):\n"
            "    return [(n, max(mine.get(n, 0), theirs.get(n, 0))) for n in {*mine, *theirs}]\n",
            "it should return a dictionary",
        ),
        (
            "def merge(mine, theirs):\n"
            "    return {n: min(mine.get(n, 99), theirs.get(n, 99)) for n in {*mine, *theirs}}\n",
            "because they know of more increments at a",
        ),
        (
            "def merge(mine, theirs):\n"
            "    return {n: max(mine.get(n, 0), theirs.get(n, 0)) & 0xFFFF for n in {*mine, *theirs}}\n",
            "of two totals of one node, the larger is the later",
        ),
        (
            "def merge(mine, theirs):\n"
            "    mine = {n.lower(): t for n, t in mine.items()}\n"
            "    theirs = {n.lower(): t for n, t in theirs.items()}\n"
            "    return {n: max(mine.get(n, 0), theirs.get(n, 0)) for n in {*mine, *theirs}}\n",
            "of two totals of one node, the larger is the later",
        ),
        (
            "def merge(mine, theirs):\n"
            "    totals = [(n, max(mine.get(n, 0), theirs.get(n, 0))) for n in {*mine, *theirs}]\n"
            "    return dict(sorted(totals, key=lambda pair: -pair[1])[:100])\n",
            "of two totals of one node, the larger is the later",
        ),
        (
            "def merge(mine, theirs):\n"
            "    text = {n: max(str(mine.get(n, 0)), str(theirs.get(n, 0))) for n in {*mine, *theirs}}\n"
            "    return {n: int(total) for n, total in text.items()}\n",
            "of two totals of one node, the larger is the later",
        ),
        (
            "from collections.abc import Mapping\n\n\n"
            "class Larger(Mapping):\n"
            "    def __init__(self, *both):\n"
            "        self.both = both\n\n"
            "    def __getitem__(self, node):\n"
            "        return max(one[node] for one in self.both if node in one)\n\n"
            "    def __iter__(self):\n"
            "        return iter({node: 0 for one in self.both for node in one})\n\n"
            "    def __len__(self):\n"
            "        return len({node for one in self.both for node in one})\n\n\n"
            "def merge(mine, theirs):\n"
            "    return Larger(mine, theirs)\n",
            "what it was given was changed, and the merged totals with it",
        ),
    ),
}  # fmt: skip
