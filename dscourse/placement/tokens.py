"""A consistent-hash ring whose points are given: tokens, as an operator sets them by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Self

from dscourse.placement.hashing import BITS
from dscourse.placement.names import checked_name
from dscourse.placement.ring import Ring

__all__ = ["TokenRing"]


class TokenRing(Ring):
    """A `Ring` on which each node stands at the tokens that it is given: positions from 0 up to, but not, 1.

    The shares are as even as their operator makes them. Raises TypeError unless ``tokens`` maps each node to numbers;
    ValueError for a node without a token, and for one outside the circle.

    Source: Apache Cassandra, ``initial_token`` in cassandra.yaml, and ``nodetool move``, which gives a node another
    token.

    >>> ring = TokenRing({"a": [0.25], "b": [0.5, 0.75]})
    >>> ring.move("a", 0.25, 0.0)
    >>> ring.arcs()
    {'a': 0.25, 'b': 0.75}
    """

    weighs = False

    def __init__(self, tokens: Mapping[str, Iterable[float]]) -> None:
        if not isinstance(tokens, Mapping):
            raise TypeError(f"tokens={tokens!r}: a dict from each node to its tokens is required")
        self.tokens = {node: _checked(node, given) for node, given in tokens.items()}
        super().__init__(list(tokens), virtual_nodes=1)

    @classmethod
    def of(cls, ring: Ring) -> Self:
        """Return a ring with the points of another one."""
        tokens: dict[str, list[float]] = {node: [] for node in ring.nodes}
        for position, node in ring.points():
            tokens[node].append(position)
        return cls(tokens)

    def points_of(self, node: str, weight: float) -> list[int]:
        return [int(token * 2**BITS) for token in self.tokens[node]]

    def add(self, node: str, weight: float = 1.0, tokens: Iterable[float] = ()) -> None:
        """Add a node at these tokens. Raise ValueError if it is there already, or as the constructor does."""
        if node not in self.tokens:
            self.tokens[checked_name(node)] = _checked(node, tokens)
        try:
            super().add(node, weight)
        except ValueError:
            if node not in self.weights:
                del self.tokens[node]
            raise

    def remove(self, node: str) -> None:
        super().remove(node)
        del self.tokens[node]

    def move(self, node: str, old: float, new: float) -> None:
        """Give the node the token ``new`` in place of ``old``. Raise LookupError if it does not stand at ``old``."""
        if old not in self.tokens.get(node, ()):
            raise LookupError(f"node {node!r} has no token {old!r}")
        others = [token for token in self.tokens[node] if token != old]
        self.tokens[node] = _checked(node, [*others, new])
        self._rebuild()


def _checked(node: str, tokens: Iterable[float]) -> tuple[float, ...]:
    """Return the tokens in order. Raise TypeError or ValueError if they are not numbers from 0 up to 1."""
    if isinstance(tokens, str) or not isinstance(tokens, Iterable):
        raise TypeError(f"node {node!r}: tokens={tokens!r}: a list of numbers is required")
    given = tuple(tokens)
    for token in given:
        if not isinstance(token, Real) or not 0 <= token < 1:
            raise ValueError(
                f"node {node!r}: token {token!r}: a position on the circle, from 0 up to, but not, 1, is required"
            )
    if not given:
        raise ValueError(f"node {node!r} has no token: a node needs at least 1")
    return tuple(sorted(set(given)))
