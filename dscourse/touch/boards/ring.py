"""A consistent-hash ring to touch: points to drag, nodes that join and leave, and a count of the keys that move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from dscourse.core.wording import count
from dscourse.placement import Ring, TokenRing, hash_of, moved
from dscourse.placement.hashing import BITS
from dscourse.show.loads import loads
from dscourse.show.picture import Picture
from dscourse.show.ring import RING_MIDDLE, RING_RADIUS, changed, ring, ring_point
from dscourse.show.stacked import beside
from dscourse.touch.boards.board import Board
from dscourse.touch.boards.board_handles import Drag, Field, Gesture, Handle, Track
from dscourse.touch.boards.tokens import Tokens, placement_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RingBoard"]

_KEYS, _SHOWN = 10_000, 60  # keys that are counted, and of them those that are drawn


def perfect_share(before: Sequence[str], after: Sequence[str]) -> float:
    """Return the share of the keys that move between two rings on which all nodes own equal shares.

    >>> perfect_share("abcd", "abcde"), perfect_share("abcd", "abc")
    (0.2, 0.25)
    """
    share = 1 / len(after)
    return round(sum(max(0.0, 1 / len(before) - share * (node in after)) for node in before), 9)


class RingBoard(Board[Tokens]):
    """A ring whose points are dragged along the circle; nodes join, leave and get more points by a click.

    ``ring`` gives the points at first, ``spare`` the names of nodes that may join. The picture shows the keys that
    the last gesture has moved, and each node's keys; the placement is a `TokenRing`.

    >>> board = RingBoard(Ring(list("ab"), virtual_nodes=1), spare="c")
    >>> board.touch("leave", "a")
    >>> board.sentence.split(". ")[0]
    'a leaves: 7,808 of 10,000 keys move (78.1 %)'
    """

    GESTURES: ClassVar[frozenset[str]] = frozenset({
        "move", "join", "add_point", "leave", "remove_point",
    })  # fmt: skip

    def __init__(self, ring: Ring, spare: Iterable[str]) -> None:
        import numpy as np

        self._keys: NDArray[np.int64] = np.arange(_KEYS)
        self._positions = {f"key {n}": hash_of(n) / 2.0**BITS for n in range(_SHOWN)}
        hint = "Drag a node's point along the circle, or click it. Click the circle to add one."
        super().__init__(Tokens.of(ring, spare), "A ring to touch", hint)

    def draw(self, state: Tokens) -> tuple[Picture, Sequence[Handle]]:
        """Return the ring with each node's keys beside it, and a handle for the circle and for each point."""
        after = placement_of(state.points)
        key_counts = after.loads(self._keys)
        arcs = []
        if state.before:
            arcs = changed(placement_of(state.before).points(), after.points())
        size = f"{count(len(state.nodes), 'node')}, {count(len(state.points), 'point')}:"
        sentence = " ".join([*self._change(state, after), size, _fullest(key_counts)])
        left = ring(
            after.points(), sentence=sentence, keys=self._positions, moved=arcs, order=after.nodes
        )
        heading = f"of {_KEYS:,} keys; line: equal shares"
        right = loads(key_counts, sentence=sentence, heading=heading)
        return beside(left, right, sentence=sentence), list(_handles(state, after))

    def _change(self, state: Tokens, after: TokenRing) -> Iterator[str]:
        """Yield in words what the last gesture has moved."""
        if not state.before:
            return
        before = placement_of(state.before)
        share = moved(before, after, self._keys)
        perfect = perfect_share(before.nodes, after.nodes)
        yield f"{state.change}: {round(share * _KEYS):,} of {_KEYS:,} keys move ({100 * share:.1f} %)."
        if perfect:
            yield f"On a perfect ring, with equal shares, {100 * perfect:.1f} % would."
        else:
            yield "On a perfect ring none would: the nodes are the same."


def _fullest(key_counts: dict[str, int]) -> str:
    node = max(key_counts, key=key_counts.__getitem__)
    return f"{node} holds {key_counts[node] * len(key_counts) / sum(key_counts.values()):.2f} times the mean."


# --- handles -------------------------------------------------------------------------------------

_AROUND = Track("circle", RING_MIDDLE, RING_RADIUS, 0.0, 100.0, "%", 0.5, RING_MIDDLE)


def _handles(state: Tokens, after: TokenRing) -> Iterator[Handle]:
    yield _ring_handle(state)
    numbers: dict[str, int] = {}
    for index, point in enumerate(state.points):
        numbers[point.node] = numbers.get(point.node, 0) + 1
        yield _point_handle(state, index, f"point {numbers[point.node]} of {point.node}")


def _ring_handle(state: Tokens) -> Handle:
    """Return the handle of the circle, whose menu lets a node join where it was clicked."""
    top, bottom = RING_MIDDLE - RING_RADIUS, RING_MIDDLE + RING_RADIUS
    bow = f"A{RING_RADIUS:g} {RING_RADIUS:g} 0 0 1"
    line = f"M{RING_MIDDLE:g} {top:g}{bow} {RING_MIDDLE:g} {bottom:g}{bow} {RING_MIDDLE:g} {top:g}"
    field = Field("at (%)", _middle_of_longest_arc(state))
    name = next((name for name in state.spare if name not in state.nodes), None)
    joins = [Gesture(f"{name} joins", "join", (), field)] if name else []
    more = [Gesture(f"one more point of {n}", "add_point", (n,), field) for n in state.nodes]
    return Handle(
        key="circle", label=f"the circle, with {count(len(state.points), 'point')}",
        shape={"tag": "path", "d": line, "style": "stroke-width: 18px"}, gestures=[*joins, *more], clicked_on=_AROUND,
    )  # fmt: skip


def _middle_of_longest_arc(state: Tokens) -> float:
    stands = sorted(point.at for point in state.points)
    arcs = [(b - a, a) for a, b in zip([stands[-1] - 100, *stands], stands, strict=False)]
    length, start = max(arcs)
    return round(start + length / 2, 1) % 100


def _point_handle(state: Tokens, index: int, name: str) -> Handle:
    point = state.points[index]
    x, y = ring_point(point.at / 100)
    several = sum(other.node == point.node for other in state.points) > 1
    remove = Gesture("remove this point", "remove_point", (index,))
    leave = Gesture(f"{point.node} leaves", "leave", (point.node,))
    move = Gesture("move it there", "move", (index,), Field("at (%)", point.at))
    return Handle(
        key=name,
        label=f"{name}, at {point.at:g} %",
        shape={"tag": "circle", "cx": round(x, 1), "cy": round(y, 1), "r": 10},
        gestures=[move, *([remove] if several else []), leave],
        delete=remove,
        back=Gesture("put it back", "move", (index, point.home))
        if point.at != point.home
        else None,
        drag=Drag("move", (index,), _AROUND, point.at),
    )
