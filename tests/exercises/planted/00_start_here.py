"""Planted answers to the exercises of chapter 00: source, and for wrong ones a part of the message meant for it."""

RIGHT = {
    "00.2": (
        "largest_loss = 3 * 5",
        "largest_loss = max(loss for loss in range(0, 101, 5) if loss <= 15)",
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
    ),
}

WRONG = {
    "00.2": (
        ("largest_loss = 20", "At 20 % at least one node is wrong"),
        ("largest_loss = 10", "but they are at a larger loss too"),
        ("largest_loss = 0.15", "not one of the slider's positions"),
        ("largest_loss = '15 %'", "not one of the slider's positions"),
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
    ),
}  # fmt: skip
