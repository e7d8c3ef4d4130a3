"""The orders in which a search may visit states.

Breadth first finds a counterexample with the fewest steps there are. Depth first goes down one run before it looks at
the next, and may find a deep error after fewer states. Random walks are for a system with too many
states to visit: what they refute is refuted, and otherwise they decide nothing.

>>> from dscourse.explore import explore_model
>>> from dscourse.explore.two_phase import TwoPhase, consistent
>>> explore_model(TwoPhase(3), always=[consistent], order=DepthFirst())
holds (288 states, 1,145 steps, depth 10, all of them)
>>> explore_model(TwoPhase(3), always=[consistent], order=RandomWalks(walks=20, steps=8, seed=1))
not decided: 20 random walks of at most 8 steps refute nothing (65 states, 160 steps, depth 8, not all of them); \
not looked at: other walks, longer walks
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol, runtime_checkable

from dscourse.core.wording import count
from dscourse.explore.finding import Finding
from dscourse.explore.given import check_number

__all__ = ["BREADTH_FIRST", "BreadthFirst", "DepthFirst", "Order", "RandomWalks"]

Visits = Generator[None, None, Finding | None]


class Search(Protocol):
    """A search as an order sees it: it judges states, and takes the steps from them."""

    @property
    def full(self) -> bool:
        """True once a state could not be stored."""
        ...

    def first(self) -> list[int]:
        """Store the first states, and return their numbers."""
        ...

    def judge(self, number: int, depth: int) -> Finding | None:
        """Return the refutation if a property does not hold in this state, ``depth`` steps from a first one."""
        ...

    def new_states(self, number: int) -> Iterator[int]:
        """Take every step from this state, and yield the numbers of states not seen before."""
        ...

    def walk_on(self, number: int, draws: Random) -> tuple[int, bool]:
        """Take one of the steps from this state at random: the state after it, and whether it is new.

        The number is -1 if there is no step, or no room for the state.
        """
        ...


@runtime_checkable
class Order(Protocol):
    """An order in which states are visited; ``complete`` if every state is visited in the end."""

    @property
    def complete(self) -> bool: ...

    def visits(self, search: Search) -> Visits:
        """Judge the states in this order, with a pause after each; return what decides the search before its end."""
        ...

    def beyond(self, left: int) -> tuple[str, ...]:
        """Return in words what an undecided search has not looked at; ``left`` states were not expanded."""
        ...


class _Complete:
    """An order in which every state is visited in the end."""

    __slots__ = ()

    @property
    def complete(self) -> bool:
        return True

    def beyond(self, left: int) -> tuple[str, ...]:
        return (f"the steps from {left:,} of these states",) if left else ()


@dataclass(frozen=True, slots=True)
class BreadthFirst(_Complete):
    """Level by level: the states of a level are judged, then expanded. A counterexample has the fewest steps."""

    def visits(self, search: Search) -> Visits:
        level, depth = search.first(), 0
        while level:
            finding = yield from _judged(search, level, depth)
            if finding is not None or search.full:
                return finding
            following: list[int] = []
            for number in level:
                following += search.new_states(number)
                yield
                if search.full:
                    break
            level, depth = following, depth + 1
        return None


BREADTH_FIRST = BreadthFirst()


@dataclass(frozen=True, slots=True)
class DepthFirst(_Complete):
    """Each state is judged when it is first reached, and its first new successor comes next."""

    def visits(self, search: Search) -> Visits:
        first = search.first()
        finding = yield from _judged(search, first, 0)
        for number in first:
            path = [search.new_states(number)]
            while path and finding is None and not search.full:
                reached = next(path[-1], None)
                if reached is None:
                    path.pop()
                else:
                    finding = search.judge(reached, len(path))
                    path.append(search.new_states(reached))
                yield
        return finding


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomWalks:
    """A number of ``walks`` of at most ``steps`` steps each, every step drawn evenly from those possible.

    The same ``seed`` gives the same walks. Raises ValueError for numbers below 1, or a seed that is not whole.
    """

    walks: int
    steps: int
    seed: int

    def __post_init__(self) -> None:
        check_number("walks", self.walks, 1)
        check_number("steps", self.steps, 1)
        check_number("seed", self.seed, 0)

    @property
    def complete(self) -> bool:
        return False

    def beyond(self, left: int) -> tuple[str, ...]:
        return "other walks", "longer walks"

    def visits(self, search: Search) -> Visits:
        draws, first = Random(self.seed), search.first()
        finding = yield from _judged(search, first, 0)
        if finding is not None or not first:
            return finding
        for _ in range(self.walks):
            number = draws.choice(first)
            for depth in range(1, self.steps + 1):
                number, new = search.walk_on(number, draws)
                if search.full:
                    return None
                if number < 0:
                    break
                finding = search.judge(number, depth) if new else None
                if finding is not None:
                    return finding
                yield
        walks = f"{count(self.walks, 'random walk')} of at most {count(self.steps, 'step')}"
        return Finding(None, f"{walks} refute nothing")


def _judged(search: Search, numbers: Iterable[int], depth: int) -> Visits:
    for number in numbers:
        finding = search.judge(number, depth)
        if finding is not None:
            return finding
        yield
    return None
