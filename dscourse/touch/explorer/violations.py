"""The search for a violation from the present state of a world on, breadth first and within stated limits."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.cards import card
from dscourse.core.properties import Property, View
from dscourse.core.wording import count, plural
from dscourse.explore.exploration import Exploration
from dscourse.explore.search import breadth_first
from dscourse.sim import (
    Crash,
    DropPending,
    DuplicatePending,
    HandlerError,
    Restart,
    StepPending,
    World,
)
from dscourse.touch.explorer.moves import Move

__all__ = ["Limits", "Search", "find_violation"]

NO_HANDLER_RAISES = Property("no handler raises", lambda view: not view.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a search: moves in a row, faults on the way, and how much is looked at.

    ``losses``, ``copies``, ``crashes`` (of servers) and ``restarts`` are each the most on one path. Pending events
    come in any order, so a timer may fire at any moment. The search ends after ``states`` states or ``seconds``.
    Raises ValueError for a number below 0, or below 1 for ``moves``, ``states`` and ``seconds``.
    """

    moves: int = 8
    losses: int = 0
    copies: int = 0
    crashes: int = 0
    restarts: int = 0
    states: int = 3_000
    seconds: float = 5.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value, least = getattr(self, name), int(name in ("moves", "states", "seconds"))
            whole = isinstance(value, int) or (name == "seconds" and isinstance(value, float))
            if isinstance(value, bool) or not whole or not least <= value < 1e9:
                raise ValueError(f"{name}={value!r}: a number of {least} or more is required")

    def left_out(self) -> list[str]:
        """Return in words which faults these limits leave out."""
        most = {
            "lost message": self.losses,
            "copy": self.copies,
            "crash": self.crashes,
            "restart": self.restarts,
        }
        bounded = [
            f"more than {count(number, fault)}" if number else plural(fault)
            for fault, number in most.items()
        ]
        return [*bounded, "crashes of clients or within a handler", "pauses and cuts"]


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: False with the shortest ``path`` to a violation, True without one, None if undecided.

    It speaks of all states within ``depth`` moves, and of no others; ``complete`` says that no further ones can be
    reached within the limits. ``reason`` says what is violated and why, or what ended the search.
    """

    ok: bool | None
    limits: Limits
    states: int
    depth: int
    complete: bool
    reason: str = ""
    path: tuple[Move, ...] = ()

    @property
    def heading(self) -> str:
        """The result in a few words."""
        if self.ok is False:
            return f"violated after {count(len(self.path), 'move')}"
        none = (
            "no violation can be reached"
            if self.complete
            else f"no violation within {self._within}"
        )
        return none if self.ok else f"not decided; within {self._within} none found"

    @property
    def _within(self) -> str:
        return count(self.depth, "move")

    @property
    def extent(self) -> str:
        """The number of states that the verdict rests on."""
        if self.ok is False:
            return f"{count(self.states, 'state')} looked at, the nearest first: no path is shorter"
        all_of = "all of them" if self.complete else f"all within {self._within}"
        return f"{count(self.states, 'state')} looked at, {all_of}; events in any order"

    @property
    def left_out(self) -> str:
        """The moves and faults that were not looked at."""
        left = self.limits.left_out()
        if not self.complete:
            left.insert(0, f"more than {self._within}")
        return f"not looked at: {', '.join(left)}"

    def __str__(self) -> str:
        return "; ".join(part for part in (self.heading, self.reason, self.extent) if part)

    def _repr_html_(self) -> str:
        return card(self.ok, self.heading, [self.reason, self.extent, self.left_out])


def find_violation(world: World, properties: Sequence[Property], limits: Limits) -> Search:
    """Search on from the state of ``world`` for one in which a property does not hold, or a handler raises.

    States that are equal by `World.state_key` are looked at once. ValueError if there is no property to judge;
    PropertyError if one raises.
    """
    if not properties:
        raise ValueError("no property to violate: write Explorer(build, properties=[…])")
    moves = _Moves(world, limits, any(one.history for one in properties))
    found = breadth_first(
        moves, always=(NO_HANDLER_RAISES, *properties), sometimes=(), within_reach=(),
        budget=limits.states,
    )  # fmt: skip
    return _result(found, moves, limits)


def _result(found: Exploration, moves: _Moves, limits: Limits) -> Search:
    reason = found.reason
    if found.violated == NO_HANDLER_RAISES.name:
        reason = found.state.errors[0]
    stopped = moves.late or (found.ok is None and not found.complete)
    complete = not stopped and not moves.cut
    ok = None if stopped and found.ok else found.ok
    if moves.late and ok is None:
        reason = f"the limit of {limits.seconds:g} s is reached"
    depth = moves.depth if stopped else found.depth if complete else limits.moves
    path = tuple(found.steps) if ok is False else ()
    return Search(ok, limits, found.states, depth, complete, reason, path)


@dataclass(frozen=True, slots=True)
class _Left:
    """The faults that may still happen on a path."""

    losses: int
    copies: int
    crashes: int
    restarts: int


class _Reached:
    """A state reached by a search; its world is kept until its next states have been found."""

    __slots__ = ("depth", "error", "key", "left", "world")

    def __init__(self, world: World, key: Hashable, left: _Left, depth: int, error: str) -> None:
        self.world: World | None = world
        self.key, self.left, self.depth, self.error = (key, left, error), left, depth, error


class _Moves:
    """The states that moves lead to from one world, as a space for `breadth_first`.

    ``cut`` says that some state had further moves beyond the limit, ``late`` that time ran out, and ``depth`` is the
    number of moves up to which all states have been found.
    """

    def __init__(self, world: World, limits: Limits, history: bool) -> None:
        self.world, self.limits, self.history = world, limits, history
        self.cut = self.late = False
        self.depth = 0
        self._end = time.monotonic() + limits.seconds

    def initial(self) -> Iterator[_Reached]:
        """Yield the present state."""
        limits = self.limits
        left = _Left(limits.losses, limits.copies, limits.crashes, limits.restarts)
        yield _Reached(self.world, self.world.state_key(self.history), left, 0, "")

    def next(self, state: _Reached) -> Iterator[tuple[Move, _Reached]]:
        """Yield each move that the limits allow, with the state after it."""
        self.late = self.late or time.monotonic() > self._end
        if not self.late:
            self.depth = state.depth
        world, state.world = state.world, None
        if world is None or state.error or self.late:
            return
        for move, left in _allowed(world, state.left):
            if state.depth == self.limits.moves:
                self.cut = True
                return
            yield move, self._after(world, move, left, state.depth + 1)

    def _after(self, world: World, move: Move, left: _Left, depth: int) -> _Reached:
        other, error = world.clone(), ""
        try:
            other.replay([move])
        except HandlerError as failed:
            other, error = world, str(failed).splitlines()[0]
        return _Reached(other, other.state_key(self.history), left, depth, error)

    def key(self, state: _Reached) -> Hashable:
        """Equal for states from which the same can happen within the limits."""
        return state.key

    def views(self, state: _Reached) -> Iterator[tuple[int, View]]:
        """Yield the state as properties see it."""
        if state.world is not None:
            view = state.world.view()
            yield 0, replace(view, errors=(state.error,)) if state.error else view

    def certain(self, step: object) -> bool:
        """Return True: no state stands for several."""
        return True

    def real(self, path: Sequence[tuple[Any, _Reached]], variant: int) -> tuple[Any, ...]:
        """Return the moves of ``path``."""
        return tuple(move for move, _ in path)


def _allowed(world: World, left: _Left) -> Iterator[tuple[Move, _Left]]:
    """Yield the moves that may come next, and the faults left after each; equal events stand for each other."""
    events = {(one.kind, one.node, one.peer, one.what): one for one in reversed(world.pending())}
    for event in reversed(events.values()):
        yield StepPending(event.id), left
    for event in reversed(events.values()):
        if event.kind == "deliver" and left.losses:
            yield DropPending(event.id), replace(left, losses=left.losses - 1)
        if event.kind == "deliver" and left.copies:
            yield DuplicatePending(event.id), replace(left, copies=left.copies - 1)
    for name in world.nodes:
        if left.crashes and world.alive(name) and not world.is_client(name):
            yield Crash(name), replace(left, crashes=left.crashes - 1)
        if left.restarts and not world.alive(name):
            yield Restart(name), replace(left, restarts=left.restarts - 1)
