"""Two exercises of chapter 12: a ring in which points fall together, and how often to split a hot key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong, plain
from dscourse.placement import Rendezvous, TextbookRing
from dscourse.show import Picture
from dscourse.show.ring import changed, ring

__all__ = ["EXERCISES", "PREDICTIONS", "TIMES", "split_loads"]

PREDICTIONS: tuple[Prediction, ...] = ()

# --- 12.7: points that fall together -------------------------------------------------------------

_VIRTUAL, _BITS = 12, 6
_ORDERS = (("a", "b"), ("b", "a"), ("a", "b", "c"), ("c", "a", "b"), ("d", "b", "a", "c"))
_KEYS = [f"key {number}" for number in range(150)]


def _judge_steady(ring_class: Any) -> Wrong | None:
    """Joins, leaves and repetitions on a circle with 64 places, on which many points fall together."""
    if not isinstance(ring_class, type) or not issubclass(ring_class, TextbookRing):
        return Wrong("`SteadyRing` must be a class that is made from `TextbookRing`.")
    for nodes in _ORDERS:
        wrong = (
            _is_a_ring(ring_class, nodes)
            or _order(ring_class, nodes)
            or _comes_and_goes(ring_class, nodes)
        )
        if wrong is not None:
            return wrong
    return None


def _made(ring_class: Any, nodes: Iterable[str]) -> Any:
    return ring_class(nodes, virtual_nodes=_VIRTUAL, bits=_BITS)


def _is_a_ring(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Each key must be with a node that stands at the next point at which any node stands."""
    made = _made(ring_class, nodes)
    stands: dict[int, set[str]] = {}
    for node in nodes:
        for number in range(_VIRTUAL):
            stands.setdefault(made.point_of(f"{node}:{number}"), set()).add(node)
    for key in _KEYS:
        at = made.point_of(key)
        following = min(stands, key=lambda point: (point - at) % 2**_BITS)
        found = made.node_of(key)
        if found not in stands[following]:
            owners = " or ".join(sorted(stands[following]))
            return Wrong(
                f"With the nodes {', '.join(nodes)}, {key!r} is on {found!r:.40}: the next point is of {owners}."
            )
    return None


def _order(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Whoever learns of the nodes in another order must find keys in the same places."""
    made = _made(ring_class, nodes)
    for order in permutations(nodes):
        wrong = _same(made, _made(ring_class, order))
        if wrong is not None:
            names = f"{', '.join(nodes)} and {', '.join(order)}"
            return Wrong(f"The same nodes, joined in the orders {names}: {wrong}", _drawn(made, _made(ring_class, order)))  # fmt: skip
    return None


def _comes_and_goes(ring_class: Any, nodes: Sequence[str]) -> Wrong | None:
    """Changes after which the ring must be as it was, or as one that the others make."""
    first = nodes[0]
    cases: dict[str, tuple[Sequence[str], tuple[str, ...]]] = {
        "`new` joins and leaves": (nodes, ("add new", "remove new")),
        f"`{first}` leaves and joins again": (nodes, (f"remove {first}", f"add {first}")),
        f"`{first}` is added again": (nodes, (f"add {first}",)),
        "`stranger`, which never joined, is removed": (nodes, ("remove stranger",)),
    }
    for node in nodes:
        others = [name for name in nodes if name != node]
        cases[f"`{node}` leaves, and the ring is not that of the others"] = (
            others,
            (f"remove {node}",),
        )
    for told, (expected, steps) in cases.items():
        before, after = _made(ring_class, expected), _made(ring_class, nodes)
        for step in steps:
            method, _, node = step.partition(" ")
            getattr(after, method)(node)
        wrong = _same(before, after)
        if wrong is not None:
            return Wrong(f"Nodes {', '.join(nodes)}; {told}: {wrong}", _drawn(before, after))
    return None


def _same(one: Any, other: Any) -> str | None:
    for key in _KEYS:
        was, now = one.node_of(key), other.node_of(key)
        if was != now:
            return f"{key!r} is on {now!r:.40} instead of {was!r:.40}."
    return None


def _drawn(before: Any, after: Any) -> Picture | None:
    """The second ring, with the arcs that are not as in the first one."""
    old, new = _points(before), _points(after)
    if not old or not new:
        return None
    moved = changed(old, new)
    share = sum(end - start for start, end in moved)
    return ring(new, sentence=f"{100 * share:.0f} % of the circle has another owner.", moved=moved)


def _points(made: Any) -> list[tuple[float, str]]:
    """Whose the arc up to each of the 64 places is, as the learner's ring keeps it."""
    kept = made.ring.items() if isinstance(made.ring, dict) else ()
    return [(point / 2**_BITS, owner) for point, owner in kept if isinstance(owner, str)]


# --- 12.8: pieces of a hot key -------------------------------------------------------------------

TIMES = tuple(
    2_700 // rank for rank in range(1, 1_001)
)  # how often each key is asked for, a second
_LOAD, _EXTRA = 1.4, 50
_PLACES = Rendezvous([f"n{number}" for number in range(1, 11)])


def split_loads(pieces: Sequence[int]) -> dict[str, float]:
    """What ten nodes get a second if key number k is split into ``pieces[k]`` that take turns.

    >>> max(split_loads([1] * 1_000).values()) > 3_000
    True
    """
    loads = dict.fromkeys(_PLACES.nodes, 0.0)
    for number, (times, count) in enumerate(zip(TIMES, pieces, strict=True)):
        for piece in range(count):
            loads[_PLACES.node_of(f"key {number}/{piece}")] += times / count
    return loads


def _judge_pieces(pieces: Any) -> Wrong | None:
    found = []
    for times in TIMES:
        count = plain(pieces(times))
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 1_000:
            return Wrong(
                f"`pieces({times})` is {count!r:.40}: a whole number from 1 to 1,000 is required."
            )
        found.append(count)
    extra = sum(found) - len(found)
    if extra > _EXTRA:
        return Wrong(f"You make {extra:,} more pieces than there are keys: 50 are allowed.")
    loads = split_loads(found)
    busiest = max(loads.values()) * len(loads) / sum(loads.values())
    if busiest > _LOAD:
        most = max(times / count for times, count in zip(TIMES, found, strict=True))
        return Wrong(
            f"The busiest node still gets {busiest:.2f} times the mean; your hottest piece brings {most:,.0f} requests a second."
        )
    return None


_STUB = """class SteadyRing(TextbookRing):
    def add(self, node):
        self.nodes.add(node)
        for number in range(self.virtual_nodes):
            self.ring[self.point_of(f"{node}:{number}")] = node

    def remove(self, node):
        self.nodes.discard(node)
        for number in range(self.virtual_nodes):
            self.ring.pop(self.point_of(f"{node}:{number}"), None)
"""
_SOLUTION = """class SteadyRing(TextbookRing):
    def add(self, node):
        self.nodes.add(node)
        self.build()

    def remove(self, node):
        self.nodes.discard(node)
        self.build()

    def build(self):
        self.ring = {}
        for node in sorted(self.nodes, reverse=True):
            for number in range(self.virtual_nodes):
                self.ring[self.point_of(f"{node}:{number}")] = node
"""

EXERCISES = (
    Exercise(
        id="12.7",
        title="Repair: points that fall together",
        name="SteadyRing",
        stub=_STUB,
        solution=_SOLUTION,
        reasoning="The ring must be a function of the set of nodes alone: not of the order in which they came, nor of who was here before. "
        "Made anew from the sorted names, the first name wins wherever points fall together, in every client. To save work, one may keep all "
        "claims of a point, and give it to the least name among them; dscourse.placement.Ring keeps both points, in the order of the names.",
        hints=(
            "Two clients learn of the same nodes in different orders. Which node must win where two stand at the same point?",
            "self.nodes is the set of the nodes that are there. What if you make self.ring anew whenever it changes?",
        ),
        judge=_judge_steady,
        praise="The same nodes make the same ring, whatever happened before, and a node that comes and goes leaves no trace.",
        names={"TextbookRing": TextbookRing},
        lines=3_000_000,
    ),
    Exercise(
        id="12.8",
        title="Design: split what is hot",
        name="pieces",
        stub="def pieces(times):\n    return 1\n",
        solution="def pieces(times):\n    return max(1, times // 200)\n",
        reasoning="No placement helps against a key that alone is more than a node's share, so it must become several keys. A tenth of the mean "
        "load, 200 requests, is a good size for a piece: then no piece matters much, and only the thirteen hottest keys are split, into 24 pieces more. "
        "The price is paid by reads of the whole value, which must gather all pieces, or, where the pieces are copies, by writes.",
        hints=(
            "19,717 requests a second on ten nodes: which rate should no single piece exceed by far?",
            "Only keys above that rate need pieces, as many as it takes to come down to it.",
        ),
        judge=_judge_pieces,
        praise="No node gets more than 1.4 times the mean, and few keys are split.",
    ),
)
