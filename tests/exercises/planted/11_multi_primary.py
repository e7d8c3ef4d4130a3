"""Planted answers to the exercises of chapter 11: source, and for wrong ones a part of the message meant for it."""

_VECTOR = "def vector_of(replica, vectors):\n"
_MERGE = "def merge(a, b):\n"
_JOIN = "def join(a, b):\n    items_a, seen_a = a\n    items_b, seen_b = b\n"
_LARGEST = "    names = {name for vector in vectors for name in vector}\n"

RIGHT = {
    "11.3": (
        _VECTOR
        + _LARGEST
        + "    seen = {name: max(v.get(name, 0) for v in vectors) for name in names}\n"
        + "    seen[replica] = seen.get(replica, 0) + 1\n"
        + "    return seen\n",
        _VECTOR
        + "    result = {replica: 0}\n"
        + "    for vector in vectors:\n"
        + "        for name in vector:\n"
        + "            if vector[name] > result.get(name, 0):\n"
        + "                result[name] = vector[name]\n"
        + "    result[replica] += 1\n"
        + "    return result\n",
    ),
    "11.4": (
        'plan = [At(50, SetClock("n1", skew_ms=201))]',
        'plan = [At(250, SetClock("n2", skew_ms=-250))]',
        'plan = [At(0, SetClock("n1", skew_ms=120)), At(0, SetClock("n2", skew_ms=-120))]',
    ),
    "11.5": (
        _MERGE
        + "    fields = set(a) | set(b)\n"
        + '    return {f: max(a.get(f, (0, "", "")), b.get(f, (0, "", ""))) for f in fields}\n',
        _MERGE
        + "    result = dict(b)\n"
        + "    for field in a:\n"
        + "        if field not in b or (a[field][0], a[field][2]) > (b[field][0], b[field][2]):\n"
        + "            result[field] = a[field]\n"
        + "    return result\n",
    ),
    "11.6": (
        _JOIN
        + "    gone_a = {one for one in items_b if one[0] in seen_a} - items_a\n"
        + "    gone_b = {one for one in items_a if one[0] in seen_b} - items_b\n"
        + "    return (items_a | items_b) - gone_a - gone_b, seen_a | seen_b\n",
        _JOIN
        + "    items = set(items_a & items_b)\n"
        + "    for item in items_a ^ items_b:\n"
        + "        if not (item[0] in seen_a and item[0] in seen_b):\n"
        + "            items.add(item)\n"
        + "    return items, seen_a | seen_b\n",
    ),
}

WRONG = {
    "11.3": (
        (_VECTOR + "    return {**vectors[0], replica: vectors[0].get(replica, 0) + 1}\n", "comes back"),
        (_VECTOR + _LARGEST + "    return {name: max(v.get(name, 0) for v in vectors) for name in names}\n",
         "would have the same vector"),
        (_VECTOR
         + _LARGEST
         + "    names = names | {replica}\n"
         + "    return {name: sum(v.get(name, 0) for v in vectors) + 1 for name in names}\n",
         "updates that nobody has made"),
        (_VECTOR + "    return None\n", "must give a dictionary of counts"),
        (_VECTOR + "    return {replica: vectors[0][replica] + 1}\n", "Your code raised KeyError"),
    ),
    "11.4": (
        ('plan = [At(0, SetClock("n1", skew_ms=150))]', "Both primaries end with 'final'"),
        ('plan = [At(0, SetClock("n1", skew_ms=-250))]', "Both primaries end with 'final'"),
        ('plan = [At(150, SetClock("n1", skew_ms=250))]', "Both primaries end with 'final'"),
        ('plan = [At(0, SetClock("n1", skew_ms=1000))]', "skews up to 250 ms"),
        ('plan = [At(0, SetClock("n1", drift_ppm=900))]', "and no drift"),
        ('plan = [At(0, SetClock("n7", skew_ms=10))]', "the nodes are n1, n2"),
        ("plan = 250", "must be a list of At"),
    ),
    "11.5": (
        (_MERGE + "    return {**a, **b}\n", "Not commutative"),
        (_MERGE
         + "    return {f: min([p[f] for p in (a, b) if f in p]) for f in {*a, *b}}\n",
         "there is a later write of"),
        (_MERGE
         + "    result = dict(a)\n"
         + "    for f in b:\n"
         + "        if f not in a or b[f][0] > a[f][0]:\n"
         + "            result[f] = b[f]\n"
         + "    return result\n",
         "Not commutative"),
        (_MERGE + "    return max(a, b, key=lambda p: max(p.values(), default=(0, '', '')))\n",
         "must hold one of the writes"),
        (_MERGE + "    return [a, b]\n", "must give a dictionary"),
        (_MERGE + "    return {f: max(a[f], b[f]) for f in {*a, *b}}\n", "Your code raised KeyError"),
    ),
    "11.6": (
        (_JOIN + "    return items_a & items_b, seen_a | seen_b\n", "your join has lost"),
        (_JOIN
         + "    kept = {one for one in items_a if one[0] not in seen_b}\n"
         + "    new = {one for one in items_b if one[0] not in seen_a}\n"
         + "    return frozenset(kept | new), seen_a | seen_b\n",
         "your join has lost"),
        (_JOIN
         + "    kept = {one for one in items_a if one in items_b or one[0] not in seen_b}\n"
         + "    return frozenset(kept | items_b), seen_a | seen_b\n",
         "now it is back"),
        (_JOIN
         + "    kept = {one for one in items_a if one in items_b or one[0] not in seen_b}\n"
         + "    new = {one for one in items_b if one in items_a or one[0] not in seen_a}\n"
         + "    return frozenset(kept | new), seen_a\n",
         "what either has seen"),
        (_JOIN + "    return items_a | items_b\n", "must give a pair of sets"),
    ),
}  # fmt: skip
