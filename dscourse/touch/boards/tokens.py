"""The points of a consistent-hash ring as a value: moving, adding and removing them gives another ring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dscourse.placement import Ring, TokenRing

__all__ = ["RingPoint", "Tokens", "placement_of"]

_MOST_NODES, _MOST_POINTS = 10, 40


@dataclass(frozen=True, slots=True)
class RingPoint:
    """A point of a node on the ring, in % of the circle clockwise from the top; ``home`` is where it first stood."""

    node: str
    at: float
    home: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """The points of a ring, those before the last gesture, and this gesture in words.

    >>> tokens = Tokens.of(Ring(["a", "b"], virtual_nodes=1), spare=["c"]).join(50)
    >>> tokens.nodes, tokens.change
    (('a', 'b', 'c'), 'c joins at 50 %')
    """

    points: tuple[RingPoint, ...]
    spare: tuple[str, ...]  # the names of nodes that may join
    before: tuple[RingPoint, ...] = ()
    change: str = ""

    @classmethod
    def of(cls, ring: Ring, spare: Iterable[str]) -> Tokens:
        """Return the points of a ring, rounded to a tenth of a per cent."""
        positions = [(round(100 * at, 1) % 100, node) for at, node in ring.points()]
        order = {node: number for number, node in enumerate(ring.nodes)}
        positions.sort(key=lambda pair: order[pair[1]])
        return cls(tuple(RingPoint(node, at, at) for at, node in positions), tuple(spare))

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes in the order of joining."""
        return tuple(dict.fromkeys(point.node for point in self.points))

    def move(self, index: int, at: float) -> Tokens:
        """Return the ring with one point at this position (%). ValueError unless it is on the ring."""
        point, at = self._point(index), _position(at)
        if at == point.at:
            return self
        points = [*self.points]
        points[index] = replace(point, at=at)
        return self._changed(points, f"{point.node} moves from {point.at:g} to {at:g} %")

    def join(self, at: float) -> Tokens:
        """Return the ring with one more node, at this position (%). ValueError if there is no room for it."""
        name = next((name for name in self.spare if name not in self.nodes), None)
        if name is None or len(self.nodes) >= _MOST_NODES:
            raise ValueError(f"there are {len(self.nodes)} nodes already: no other may join")
        at = _position(at)
        return self._grown(RingPoint(name, at, at), f"{name} joins at {at:g} %")

    def add_point(self, node: str, at: float) -> Tokens:
        """Return the ring with one more point of a node. ValueError if there is no room for it."""
        self._check(node)
        at = _position(at)
        return self._grown(RingPoint(node, at, at), f"{node} gets another point, at {at:g} %")

    def leave(self, node: str) -> Tokens:
        """Return the ring without a node. ValueError if it is the only one."""
        self._check(node)
        if len(self.nodes) == 1:
            raise ValueError(f"{node} cannot leave: no other node is there for its keys")
        return self._changed([p for p in self.points if p.node != node], f"{node} leaves")

    def remove_point(self, index: int) -> Tokens:
        """Return the ring without a point; with its last point a node leaves. ValueError if it is the only node."""
        point = self._point(index)
        if sum(other.node == point.node for other in self.points) == 1:
            return self.leave(point.node)
        others = [*self.points[:index], *self.points[index + 1 :]]
        return self._changed(others, f"{point.node} gives up its point at {point.at:g} %")

    def _grown(self, point: RingPoint, change: str) -> Tokens:
        if len(self.points) >= _MOST_POINTS:
            raise ValueError(f"there are {_MOST_POINTS} points already: no other can be drawn")
        return self._changed([*self.points, point], change)

    def _changed(self, points: Sequence[RingPoint], change: str) -> Tokens:
        return Tokens(tuple(points), self.spare, self.points, change)

    def _point(self, index: int) -> RingPoint:
        if not isinstance(index, int) or not 0 <= index < len(self.points):
            raise ValueError(f"there is no point number {index!r}")
        return self.points[index]

    def _check(self, node: str) -> None:
        if node not in self.nodes:
            raise ValueError(f"no node is called {node!r}: they are {', '.join(self.nodes)}")


def _position(at: float) -> float:
    """Return a position, 0 for 100 %. ValueError unless it is a number from 0 to 100."""
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at <= 100:
        raise ValueError(f"{at!r}: a position from 0 to 100 % is required")
    return round(float(at), 1) % 100


def placement_of(points: Iterable[RingPoint]) -> TokenRing:
    """Return the ring with these points."""
    tokens: dict[str, list[float]] = {}
    for point in points:
        tokens.setdefault(point.node, []).append(point.at / 100)
    return TokenRing(tokens)
