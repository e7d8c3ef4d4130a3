"""Judge of 12.7: a ring on which points may collide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

from dscourse.exercises.judges.salted import Salted
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.placement import TextbookRing
from dscourse.show import Picture
from dscourse.show.ring import changed, ring

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
NAMES = by_name(TextbookRing)

_VIRTUAL, _BITS = 12, 6
_ORDERS = (
    ("a", "b"), ("b", "a"), ("a", "b", "c"), ("c", "a", "b"), ("d", "b", "a", "c"), ("s10", "s9", "left"),
    ("node", "Node", "n"),
)  # fmt: skip
_KEYS = [f"key {number}" for number in range(150)]


def judge(ring_class: Any) -> Wrong | None:
    """Judge joins, leaves and repetitions on a circle of 64 positions, on which many points collide."""
    if not isinstance(ring_class, type) or not issubclass(ring_class, TextbookRing):
        return Wrong("`SteadyRing` must be a class that is made from `TextbookRing`.")
    for nodes in _ORDERS:
        wrong = (
            _is_a_ring(ring_class, nodes)
            or _order(ring_class, nodes)
            or _another_process(ring_class, nodes)
            or _comes_and_goes(ring_class, nodes)
        )
        if wrong is not None:
            return wrong
    return None


def _build(ring_class: Any, nodes: Iterable[str]) -> Any:
    return ring_class(nodes, virtual_nodes=_VIRTUAL, bits=_BITS)


def _is_a_ring(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Judge lookups on circles of several sizes: each key must be on a node of the next occupied point."""
    for virtual, bits in ((_VIRTUAL, _BITS), (3, 5), (30, 64)):
        wrong = _looks_up(ring_class, nodes, virtual, bits)
        if wrong is not None:
            return wrong
    return None


def _looks_up(ring_class: Any, nodes: Sequence[str], virtual: int, bits: int) -> Wrong | None:
    built = ring_class(nodes, virtual_nodes=virtual, bits=bits)
    stands: dict[int, set[str]] = {}
    for node in nodes:
        for number in range(virtual):
            stands.setdefault(built.point_of(f"{node}:{number}"), set()).add(node)
    for key in _KEYS:
        at = built.point_of(key)
        following = min(stands, key=lambda point: (point - at) % 2**bits)
        owner = built.node_of(key)
        if owner not in stands[following]:
            owners = " or ".join(sorted(stands[following]))
            return Wrong(
                f"With the nodes {', '.join(nodes)} at {virtual} points each, {key!r} is on {owner!r:.40}: "
                f"the next point is of {owners}."
            )
    return None


def _order(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Judge the order: a client that learns of the nodes in another order must find each key on the same node."""
    built = _build(ring_class, nodes)
    for order in permutations(nodes):
        other = _build(ring_class, order)
        wrong = _same(built, other)
        if wrong is not None:
            names = f"{', '.join(nodes)} and {', '.join(order)}"
            case = f"The same nodes, joined in the orders {names}: {wrong}"
            return Wrong(case, _picture(built, other))
    return None


def _another_process(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Judge what must not decide: Python's own hash of a name, which is another in each process."""
    rings = [_build(ring_class, [Salted(name, salt) for name in nodes]) for salt in range(12)]
    for other in rings[1:]:
        wrong = _same(rings[0], other, _KEYS[:50])
        if wrong is not None:
            return Wrong(
                f"The nodes {', '.join(nodes)}, in one order, in two processes: {wrong} Python's hash of a text, "
                "and so the order of a set, is another one in each process."
            )
    return None


def _comes_and_goes(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Judge changes after which the ring must be as before, or equal to one built by other changes."""
    first = nodes[0]
    cases: dict[str, tuple[Sequence[str], tuple[str, ...]]] = {
        "`new` joins and leaves": (nodes, ("add new", "remove new")),
        f"`{first}` leaves and joins again": (nodes, (f"remove {first}", f"add {first}")),
        f"`{first}` is added again": (nodes, (f"add {first}",)),
        "`stranger`, which never joined, is removed": (nodes, ("remove stranger",)),
        f"`{first}` is added twice more and removed once": (
            nodes[1:],
            (f"add {first}", f"add {first}", f"remove {first}"),
        ),
        "`new` is removed twice, and then joins": (
            (*nodes, "new"),
            ("remove new", "remove new", "add new"),
        ),
    }
    for node in nodes:
        others = [name for name in nodes if name != node]
        cases[f"`{node}` leaves, and the ring is not that of the others"] = (
            others,
            (f"remove {node}",),
        )
    for case, (expected, steps) in cases.items():
        before, after = _build(ring_class, expected), _build(ring_class, nodes)
        for step in steps:
            method, _, node = step.partition(" ")
            getattr(after, method)(node)
        wrong = _same(before, after)
        if wrong is not None:
            return Wrong(f"Nodes {', '.join(nodes)}; {case}: {wrong}", _picture(before, after))
    return None


def _same(one: Any, other: Any, keys: Sequence[str] = _KEYS) -> str | None:
    for key in keys:
        was, now = one.node_of(key), other.node_of(key)
        if was != now:
            return f"{key!r} is on {now!r:.40} instead of {was!r:.40}."
    return None


def _picture(before: Any, after: Any) -> Picture | None:
    """Return a picture of the second ring that marks the arcs that differ from the first."""
    old, new = _points(before), _points(after)
    if not old or not new:
        return None
    moved = changed(old, new)
    share = sum(end - start for start, end in moved)
    return ring(new, sentence=f"{100 * share:.0f} % of the circle has another owner.", moved=moved)


def _points(built: Any) -> list[tuple[float, str]]:
    """Return the owner of the arc up to each of the 64 positions, according to the learner's ring."""
    entries = built.ring.items() if isinstance(built.ring, dict) else ()
    return [(point / 2**_BITS, owner) for point, owner in entries if isinstance(owner, str)]
