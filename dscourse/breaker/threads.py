"""Threads that share one circuit breaker, as a model whose every schedule can be explored.

Each thread makes one call in three steps, between which any other thread may run: it reads the state, acts on what it
has read, and counts the outcome. A thread that holds a lock from the first to the second step takes both at once. The
textbook version gives the lock back in between: it checks, and then acts on what may not be true any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dscourse.breaker.circuit import TRANSITIONS, State

__all__ = ["LockedThreads", "TextbookThreads", "Threads", "in_the_table", "one_probe"]


@dataclass(frozen=True, slots=True)
class Threads:
    """A moment: the breaker, the change that led here, and of each thread what it read, and whether it calls."""

    state: State
    before: State
    read: tuple[State | None, ...]
    doing: tuple[str, ...]


def in_the_table(now: Threads) -> bool:
    """The state did not change, or changed as a circuit breaker's may."""
    changes = {(before, after) for (before, _), after in TRANSITIONS.items()}
    return now.state is now.before or (now.before, now.state) in changes


def one_probe(now: Threads) -> bool:
    """At most one thread has a test call under way."""
    return now.doing.count("probes") <= 1


class TextbookThreads:
    """``count`` threads find a circuit open whose open time is over; reading and acting are two steps."""

    def __init__(self, count: int = 2) -> None:
        if count < 1:
            raise ValueError(f"count={count}: at least 1 thread is required")
        self.count = count

    def initial(self) -> Iterator[Threads]:
        """Open, and nobody has begun."""
        yield Threads(State.OPEN, State.OPEN, (None,) * self.count, ("begins",) * self.count)

    def next(self, now: Threads) -> Iterator[tuple[str, Threads]]:
        """Any thread takes its next step; a call may end well or badly."""
        for i in range(self.count):
            who = f"thread {i + 1}"
            if now.doing[i] == "begins":
                yield from self.begin(now, i, who)
            elif now.doing[i] == "read":
                yield f"{who} acts", self.act(now, i)
            elif now.doing[i] in ("probes", "calls"):
                yield f"{who}: good", self.end(now, i, True)
                yield f"{who}: bad", self.end(now, i, False)

    def begin(self, now: Threads, i: int, who: str) -> Iterator[tuple[str, Threads]]:
        """Read the state, and give the lock back."""
        yield f"{who} reads {now.state.value}", _put(now, i, "read", now.state, now.state)

    def act(self, now: Threads, i: int) -> Threads:
        """Call as the state that was read demands; if it was open, make it half-open first."""
        if now.read[i] is State.CLOSED:
            return _put(now, i, "calls", now.state, None)
        state = State.HALF_OPEN if now.read[i] is State.OPEN else now.state
        return _put(now, i, "probes", state, None)

    def end(self, now: Threads, i: int, good: bool) -> Threads:
        """A probe decides; an ordinary call does not (its failure is not the last that is needed)."""
        probed = now.doing[i] == "probes"
        state = (State.CLOSED if good else State.OPEN) if probed else now.state
        return _put(now, i, "done", state, None)


class LockedThreads(TextbookThreads):
    """Reading and acting are one step under the lock, and only the one permit of half-open is a probe."""

    def begin(self, now: Threads, i: int, who: str) -> Iterator[tuple[str, Threads]]:
        if now.state is State.HALF_OPEN:
            yield f"{who} is refused", _put(now, i, "done", now.state, None)
        else:
            yield (
                f"{who} reads {now.state.value} and acts",
                self.act(_put(now, i, "read", now.state, now.state), i),
            )


def _put(now: Threads, i: int, doing: str, state: State, read: State | None) -> Threads:
    """The moment after thread ``i`` has done its step."""
    return replace(
        now,
        state=state,
        before=now.state,
        read=(*now.read[:i], read, *now.read[i + 1 :]),
        doing=(*now.doing[:i], doing, *now.doing[i + 1 :]),
    )
