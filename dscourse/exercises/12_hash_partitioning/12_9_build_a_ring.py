"""Judge of 12.9: a ring from an empty class, with a good hash and with one under which points collide."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from dscourse.exercises.judges.counted import Counted
from dscourse.exercises.judges.salted import Salted
from dscourse.exercises.judges.values import distinct, listed
from dscourse.exercises.tasks import Wrong
from dscourse.placement import hash_of

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = {"bisect_left": bisect_left, "insort": insort}

Hash = Callable[[str], int]
_KEYS = [f"cart {number}" for number in range(60)]
_NAMES = ("s1", "s10", "left", "b", "a", "node 7", "Left")
_MOST_COMPARISONS = 60  # of a lookup among 1,200 points


def judge(kind: Any) -> Wrong | None:
    if not isinstance(kind, type):
        return Wrong("`MyRing` must be a class.")
    for wanted in (
        _lookups,
        _side_by_side,
        _set_of_nodes,
        _another_process,
        _no_traces,
        _moves,
        _empty,
        _evenness,
        _huge,
        _cost,
    ):
        wrong = wanted(kind)
        if wrong is not None:
            return wrong
    return None


def _narrow(name: str) -> int:
    """Return a position on a circle of 64, on which many points collide."""
    return hash_of(name) >> 58


def _hashes() -> tuple[tuple[str, Hash], ...]:
    return ("", hash_of), (" on a circle of 64 positions, where points collide", _narrow)


def _build(kind: Any, nodes: Sequence[str], hashed: Hash = hash_of, virtual: int = 8) -> Any:
    ring = kind(hashed, virtual)
    for node in nodes:
        ring.add(distinct(node))
    return ring


def _replicas(ring: Any, key: str, count: int) -> Any:
    answer = ring.replicas(key, count)
    nodes = listed(answer)
    return answer if nodes is None else nodes


def _lookups(kind: Any) -> Wrong | None:
    """Judge the properties of lookups that every ring has: known and distinct nodes, the key's own node first."""
    for where, hashed in _hashes():
        for size in (1, 2, 7):
            nodes = _NAMES[:size]
            ring = _build(kind, nodes, hashed)
            for key in _KEYS[:20]:
                wrong = _judge_key(ring, key, nodes, where)
                if wrong is not None:
                    return wrong
    return None


def _judge_key(ring: Any, key: str, nodes: Sequence[str], where: str) -> Wrong | None:
    owner = ring.node_of(key)
    case = f"With the nodes {', '.join(nodes)}{where},"
    if owner not in nodes:
        return Wrong(f"{case} node_of({key!r}) is {owner!r:.40}: it must be one of them.")
    for count in range(1, len(nodes) + 3):
        found = _replicas(ring, key, count)
        call = f"{case} replicas({key!r}, {count}) is {found!r:.80}:"
        if not isinstance(found, list) or any(node not in nodes for node in found):
            return Wrong(f"{call} a list of nodes is required.")
        if len(set(found)) < len(found):
            return Wrong(f"{call} two copies on one node are lost together.")
        if len(found) != min(count, len(nodes)):
            return Wrong(f"{call} {min(count, len(nodes))} different nodes are required.")
        if found[0] != owner:
            return Wrong(f"{call} the first must be {owner}, the key's own node.")
    return None


def _side_by_side(kind: Any) -> Wrong | None:
    """Judge a ring while another one is built, since later judgements compare two rings."""
    larger = _build(kind, [*_NAMES, "new"])
    wanted = [_replicas(larger, key, 3) for key in _KEYS[:9]]
    ring = _build(kind, _NAMES)
    before = [_replicas(ring, key, 3) for key in _KEYS[:9]]
    _build(kind, ["new", *_NAMES]).remove(_NAMES[0])
    same = [_replicas(ring, key, 3) for key in _KEYS[:9]] == before
    ring.add("new")
    if same and [_replicas(ring, key, 3) for key in _KEYS[:9]] == wanted:
        return None
    return Wrong(
        "While another ring is built, this one goes wrong: what a ring knows belongs in its own attributes."
    )


def _differs(one: Any, other: Any, count: int = 3) -> str | None:
    for key in _KEYS:
        was, now = _replicas(one, key, count), _replicas(other, key, count)
        if was != now:
            return f"the replicas of {key!r} are {now!r:.80} instead of {was!r:.80}."
        home, found = one.node_of(key), other.node_of(key)
        if home != found:
            return f"{key!r} is on {found!r:.40} instead of {home!r:.40}."
    return None


def _another_process(kind: Any) -> Wrong | None:
    """Judge what must not decide: Python's own hash of a name, which is another in each process."""
    rings = [_build(kind, [Salted(name, salt) for name in _NAMES], _narrow) for salt in range(6)]
    for other in rings[1:]:
        wrong = _differs(rings[0], other)
        if wrong is not None:
            return Wrong(
                f"The nodes {', '.join(_NAMES)}, in two processes, where points collide: {wrong} Python's hash of a "
                "text, and so the order of a set, is another one in each process."
            )
    return None


def _huge(kind: Any) -> Wrong | None:
    """Judge positions that differ by 1 above 2⁶³, and negative ones: a position is a whole number of any size."""
    for base, why in ((2**80, "about 2^80, close together"), (-500, "from -500 to 500")):
        ring = kind(lambda text, base=base: base + hash_of(text) % 1_000, 4)
        known: dict[int, Any] = {}
        for node in _NAMES:
            ring.add(node)
        for key in [f"cart {number}" for number in range(400)]:
            at = hash_of(key) % 1_000
            first = known.setdefault(at, ring.node_of(key))
            if ring.node_of(key) != first:
                return Wrong(f"Positions {why}: keys at one position are on {first} and elsewhere.")
        changes = sum(known[one] != known[two] for one, two in pairwise(sorted(known)))
        if changes < 15 or changes > 4 * len(_NAMES):
            return Wrong(
                f"Positions {why}: with {len(_NAMES)} nodes of 4 points each the owner changes {changes} times on "
                "the way around. Are positions compared exactly, as whole numbers?"
            )
    return None


def _set_of_nodes(kind: Any) -> Wrong | None:
    """Judge that the order of joins decides nothing, and that a second join changes nothing."""
    draw = random.Random(12)
    for where, hashed in _hashes():
        whole = _build(kind, _NAMES, hashed)
        orders = [draw.sample(_NAMES, len(_NAMES)) for _ in range(3)]
        for order in (*orders, [*_NAMES, _NAMES[0]], [*_NAMES, _NAMES[4], _NAMES[4]]):
            wrong = _differs(whole, _build(kind, order, hashed))
            if wrong is not None:
                return Wrong(
                    f"The nodes {', '.join(_NAMES)}, and the same joined as {', '.join(order)}{where}: {wrong} "
                    "Clients that know the same nodes would disagree."
                )
    return None


def _no_traces(kind: Any) -> Wrong | None:
    """Judge that a node that has left leaves no trace, and that removing an unknown one changes nothing."""
    for where, hashed in _hashes():
        for gone in _NAMES[::2]:
            rest = [name for name in _NAMES if name != gone]
            ring = _build(kind, _NAMES, hashed)
            ring.remove(distinct(gone))
            wrong = _differs(_build(kind, rest, hashed), ring)
            if wrong is not None:
                return Wrong(
                    f"{gone} has left{where}: {wrong} It must be the ring of the other nodes."
                )
            ring.add(distinct(gone))
            ring.remove("stranger")
            _replicas(ring, "cart 0", len(_NAMES) + 2)
            wrong = _differs(_build(kind, _NAMES, hashed), ring)
            if wrong is not None:
                return Wrong(f"{gone} has left and come back{where}: {wrong}")
            wrong = _repeated(kind, ring, gone, hashed)
            if wrong is not None:
                return Wrong(f"{wrong[:1].upper()}{wrong[1:]}")
    return None


def _repeated(kind: Any, ring: Any, gone: str, hashed: Hash) -> str | None:
    """Judge a node that is added twice and removed once, and one that is removed twice and added once."""
    rest = [name for name in _NAMES if name != gone]
    ring.add(distinct(gone))
    ring.remove(gone)
    wrong = _differs(_build(kind, rest, hashed), ring)
    if wrong is not None:
        return f"{gone} is added again and then removed once: {wrong} It must be the ring of the other nodes."
    ring.remove(gone)
    ring.add(gone)
    wrong = _differs(_build(kind, _NAMES, hashed), ring)
    return (
        wrong
        and f"{gone} is removed twice and then added once: {wrong} It must be the ring of all nodes."
    )


def _moves(kind: Any) -> Wrong | None:
    """Judge the keys that a join moves: to the new node, and nowhere else."""
    for where, hashed in _hashes():
        for size in range(1, len(_NAMES)):
            before, after = (_build(kind, _NAMES[:n], hashed) for n in (size, size + 1))
            for key in _KEYS:
                old, new = before.node_of(key), after.node_of(key)
                if new not in (old, _NAMES[size]):
                    return Wrong(
                        f"{_NAMES[size]} joins {', '.join(_NAMES[:size])}{where}: {key!r} moves from {old} to {new}. "
                        "Only keys that the new node gets may move."
                    )
            gone = _leaving(before, after)
            if gone is not None:
                return gone
    return None


def _leaving(before: Any, after: Any) -> Wrong | None:
    """Judge where a key goes when its node fails: to the node that already has the second copy."""
    for key in _KEYS[:40]:
        first, second = [*_replicas(after, key, 2), None][:2]
        if first != before.node_of(key) and second != before.node_of(key):
            return Wrong(
                f"Without {first}, {key!r} is on {before.node_of(key)}, but replicas({key!r}, 2) were {first} and "
                f"{second}: the second copy must be where the lookup goes next."
            )
    return None


def _empty(kind: Any) -> Wrong | None:
    ring = _build(kind, ["a"])
    ring.remove("a")
    for case, one in (("A new ring", kind(hash_of, 8)), ("A ring whose only node has left", ring)):
        try:
            answer = one.node_of("cart 1")
        except LookupError:
            continue
        return Wrong(f"{case}: node_of gives {answer!r:.40}, and must raise LookupError.")
    return None


def _evenness(kind: Any) -> Wrong | None:
    """Judge that virtual nodes are used, by the load of the fullest node."""
    nodes, keys = [f"n{number}" for number in range(6)], [f"key {n}" for n in range(300)]
    ring = _build(kind, nodes, virtual=40)
    load = Counter(ring.node_of(key) for key in keys)
    fullest = max(load.values()) * len(nodes) / len(keys)
    if fullest > 1.7 or len(load) < len(nodes):
        return Wrong(
            f"Six nodes with 40 virtual nodes each: the fullest holds {fullest:.2f} times the mean, and {len(load)} "
            "nodes hold keys. Is each node at 40 points, with hashes of their own?"
        )
    return None


def _cost(kind: Any) -> Wrong | None:
    """Judge the comparisons and hashes of a lookup among 1,200 points."""
    calls = 0

    def counted(name: str) -> int:
        nonlocal calls
        calls += 1
        return Counted(hash_of(name))

    ring = _build(kind, [f"n{number}" for number in range(10)], counted, virtual=120)
    ring.node_of("warm")
    before, calls = Counted.comparisons, 0
    for key in _KEYS[:20]:
        ring.node_of(key)
    each, hashes = (Counted.comparisons - before) / 20, calls / 20
    if each > _MOST_COMPARISONS or hashes > 1:
        return Wrong(
            f"Among 1,200 points a lookup takes {each:,.0f} comparisons and {hashes:,.0f} hashes: a binary search "
            "takes 11 comparisons of positions, and one hash, that of the key."
        )
    return None
