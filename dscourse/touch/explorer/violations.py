"""The search for a violation from the present state of a world on, breadth first and within stated limits."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.properties import Property, View
from dscourse.explore.claims import Claims
from dscourse.explore.exploration import Exploration
from dscourse.explore.search import Parts, completed, in_parts
from dscourse.explore.visited import Visited
from dscourse.sim import (
    Crash,
    DropPending,
    DuplicatePending,
    HandlerError,
    Restart,
    StepPending,
    World,
)
from dscourse.touch.explorer.limits import Limits, Search
from dscourse.touch.explorer.moves import Move
from dscourse.touch.explorer.repeats import difference_when_repeated

__all__ = ["Searching", "find_violation"]

NO_HANDLER_RAISES = Property("no handler raises", lambda view: not view.errors)


def find_violation(world: World, properties: Sequence[Property], limits: Limits) -> Search:
    """Search on from the state of ``world`` for one in which a property does not hold, or a handler raises.

    States that are equal by `World.state_key` are looked at once. ValueError if there is no property to judge;
    PropertyError if one raises.
    """
    return completed(Searching(world, properties, limits).parts())


class Searching:
    """A search like that of `find_violation` that can be left, taken up again and stopped.

    ``depth`` is the number of moves within which all states have been found so far.
    """

    def __init__(self, world: World, properties: Sequence[Property], limits: Limits) -> None:
        if not properties:
            raise ValueError("no property to violate: write Explorer(build, properties=[…])")
        self.world, self.properties, self.limits = world, properties, limits
        self._moves = self._new_moves(timed=False)

    @property
    def depth(self) -> int:
        return self._moves.depth

    def stop(self, reason: str) -> None:
        """Look at no further states: the result says what was looked at until now, and the reason."""
        self._moves.stopped = self._moves.stopped or reason

    def parts(self) -> Parts[Search]:
        """Search part by part. If a clock is found to be read, begin again with the time as part of each state."""
        try:
            found = yield from self._explored()
        except _ClockReadError:
            stopped = self._moves.stopped
            self._moves = self._new_moves(timed=True)
            self._moves.stopped = stopped
            found = yield from self._explored()
        return _result(found, self._moves, self.limits)

    def _new_moves(self, timed: bool) -> _Moves:
        history = any(one.history for one in self.properties)
        return _Moves(self.world, self.limits, history, timed)

    def _explored(self) -> Parts[Exploration]:
        claims = Claims(always=(NO_HANDLER_RAISES, *self.properties))
        return in_parts(Visited(self._moves, self.limits.states), claims)


def _result(found: Exploration, moves: _Moves, limits: Limits) -> Search:
    reason = found.reason
    if found.violated == NO_HANDLER_RAISES.name:
        reason = found.state.errors[0]
    stopped = bool(moves.stopped) or (found.ok is None and not found.complete)
    complete = not stopped and not moves.cut
    ok = None if (stopped and found.ok) or moves.unlike else found.ok
    if moves.stopped and ok is None:
        reason = moves.stopped
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


class _ClockReadError(Exception):
    """A clock has been read, so that states which differ in time alone are not the same."""


class _Reached:
    """A state reached by a search; its world is kept until its next states have been found."""

    __slots__ = ("depth", "error", "key", "left", "world")

    def __init__(self, world: World, key: Hashable, left: _Left, depth: int, error: str) -> None:
        self.world: World | None = world
        self.key, self.left, self.depth, self.error = (key, left, error), left, depth, error


class _Moves:
    """The states that moves lead to from one world, as a space for `search`.

    ``cut`` says that some state had further moves beyond the limit, ``stopped`` what ended the search before its
    end, ``unlike`` that a handler did not do the same twice, and ``depth`` is the number of moves up to which all
    states have been found. The time is part of a state if ``timed``.
    """

    def __init__(self, world: World, limits: Limits, history: bool, timed: bool) -> None:
        self.world, self.limits, self.history, self.timed = world, limits, history, timed
        self.cut = self.unlike = False
        self.stopped = ""
        self.depth = 0
        self._end = time.monotonic() + limits.seconds
        self._repeated: set[Hashable] = set()  # the handlers that were run twice

    def initial(self) -> Iterator[_Reached]:
        """Yield the present state."""
        limits = self.limits
        left = _Left(limits.losses, limits.copies, limits.crashes, limits.restarts)
        yield _Reached(self.world, self._key(self.world), left, 0, "")

    def next(self, state: _Reached) -> Iterator[tuple[Move, _Reached]]:
        """Yield each move that the limits allow, with the state after it."""
        if not self.stopped and time.monotonic() > self._end:
            self.stopped = f"the limit of {self.limits.seconds:g} s is reached"
        if not self.stopped:
            self.depth = state.depth
        world, state.world = state.world, None
        if world is None or state.error or self.stopped:
            return
        for move, left, node in _allowed(world, state.left):
            if state.depth == self.limits.moves:
                self.cut = True
                return
            yield move, self._after(world, move, left, state.depth + 1, node)
            if self.stopped:
                return

    def _after(self, world: World, move: Move, left: _Left, depth: int, node: str) -> _Reached:
        other, error = world.clone(), ""
        try:
            other.replay([move])
            self._repeat(world, move, other, node)
        except HandlerError as failed:
            other, error = world, str(failed).splitlines()[0]
        return _Reached(other, self._key(other), left, depth, error)

    def _repeat(self, world: World, move: Move, other: World, node: str) -> None:
        """Make the move again if it is the first to run this handler; stop if it does not do the same."""
        event = next((one for one in world.pending() if one.id == getattr(move, "id", 0)), None)
        handler = node, type(move), type(event.what) if event else None
        if handler not in self._repeated:
            self._repeated.add(handler)
            difference = difference_when_repeated(world, move, other, node)
            self.unlike = self.unlike or bool(difference)
            self.stopped = self.stopped or difference

    def _key(self, world: World) -> Hashable:
        return world.state_key(self.history, self.timed)

    def key(self, state: _Reached) -> Hashable:
        """Equal for states from which the same can happen within the limits."""
        return state.key

    def views(self, state: _Reached) -> Iterator[tuple[int, View]]:
        """Yield the state as properties see it. Raise `_ClockReadError` if states lack a time that was read."""
        if state.world is not None:
            view = state.world.view()
            yield 0, replace(view, errors=(state.error,)) if state.error else view
            if state.world.clock_read and not self.timed:
                raise _ClockReadError

    def certain(self, step: object) -> bool:
        """Return True: no state stands for several."""
        return True

    def real(self, path: Sequence[tuple[Any, _Reached]], variant: int) -> tuple[Any, ...]:
        """Return the moves of ``path``."""
        return tuple(move for move, _ in path)


def _allowed(world: World, left: _Left) -> Iterator[tuple[Move, _Left, str]]:
    """Yield the moves that may come next, the faults left after each, and the node that it is about.

    Equal events stand for each other.
    """
    events = {(one.kind, one.node, one.peer, one.what): one for one in reversed(world.pending())}
    for event in reversed(events.values()):
        yield StepPending(event.id), left, event.node
    for event in reversed(events.values()):
        if event.kind == "deliver" and left.losses:
            yield DropPending(event.id), replace(left, losses=left.losses - 1), event.node
        if event.kind == "deliver" and left.copies:
            yield DuplicatePending(event.id), replace(left, copies=left.copies - 1), event.node
    for name in world.nodes:
        if left.crashes and world.alive(name) and not world.is_client(name):
            yield Crash(name), replace(left, crashes=left.crashes - 1), name
        if left.restarts and not world.alive(name):
            yield Restart(name), replace(left, restarts=left.restarts - 1), name
