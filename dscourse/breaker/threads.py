"""Threads that share one circuit breaker, as a model for exhaustive exploration.

Each thread makes one call in three steps, between which any other thread may run: it reads the state, acts on the
state read, and counts the outcome. A lock held over the first two steps makes them one. The textbook version releases
the lock in between (check-then-act): it acts on a state that may no longer hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dscourse.breaker.circuit import TRANSITIONS, CircuitState

__all__ = ["LockedThreads", "TextbookThreads", "Threads", "in_the_table", "one_probe"]


@dataclass(frozen=True, slots=True)
class Threads:
    """A state of the model: the breaker, the last change, and for each thread the state read and its step."""

    state: CircuitState
    before: CircuitState
    read: tuple[CircuitState | None, ...]
    doing: tuple[str, ...]


def in_the_table(now: Threads) -> bool:
    """Return True if the state did not change, or changed by a transition of the table."""
    changes = {(before, after) for (before, _), after in TRANSITIONS.items()}
    return now.state is now.before or (now.before, now.state) in changes


def one_probe(now: Threads) -> bool:
    """Return True if at most one thread has a probe under way."""
    return now.doing.count("probes") <= 1


class TextbookThreads:
    """``count`` threads that find a circuit open whose open time is over; reading and acting are two steps."""

    def __init__(self, count: int = 2) -> None:
        if count < 1:
            raise ValueError(f"count={count}: at least 1 thread is required")
        self.count = count

    def initial(self) -> Iterator[Threads]:
        """Yield the initial state: open, and no thread has begun."""
        yield Threads(
            CircuitState.OPEN, CircuitState.OPEN, (None,) * self.count, ("begins",) * self.count
        )

    def next(self, now: Threads) -> Iterator[tuple[str, Threads]]:
        """Yield the successors: any thread takes its next step; a call may end well or badly."""
        for i in range(self.count):
            caller = f"thread {i + 1}"
            if now.doing[i] == "begins":
                yield from self.begin(now, i, caller)
            elif now.doing[i] == "read":
                yield f"{caller} acts", self.act(now, i)
            elif now.doing[i] in ("probes", "calls"):
                yield f"{caller}: good", self.end(now, i, True)
                yield f"{caller}: bad", self.end(now, i, False)

    def begin(self, now: Threads, i: int, caller: str) -> Iterator[tuple[str, Threads]]:
        """Read the state, and release the lock."""
        yield f"{caller} reads {now.state.value}", _put(now, i, "read", now.state, now.state)

    def act(self, now: Threads, i: int) -> Threads:
        """Call as the state read demands; if it was open, make it half-open first."""
        if now.read[i] is CircuitState.CLOSED:
            return _put(now, i, "calls", now.state, None)
        state = CircuitState.HALF_OPEN if now.read[i] is CircuitState.OPEN else now.state
        return _put(now, i, "probes", state, None)

    def end(self, now: Threads, i: int, good: bool) -> Threads:
        """Let a probe decide; an ordinary call does not (its failure is not the one that trips)."""
        probed = now.doing[i] == "probes"
        state = (CircuitState.CLOSED if good else CircuitState.OPEN) if probed else now.state
        return _put(now, i, "done", state, None)


class LockedThreads(TextbookThreads):
    """Threads that read and act in one step under the lock; only the single permit of half-open is a probe."""

    def begin(self, now: Threads, i: int, caller: str) -> Iterator[tuple[str, Threads]]:
        if now.state is CircuitState.HALF_OPEN:
            yield f"{caller} is refused", _put(now, i, "done", now.state, None)
        else:
            yield (
                f"{caller} reads {now.state.value} and acts",
                self.act(_put(now, i, "read", now.state, now.state), i),
            )


def _put(
    now: Threads, i: int, doing: str, state: CircuitState, read: CircuitState | None
) -> Threads:
    """Return the state after thread ``i`` has taken its step."""
    return replace(
        now,
        state=state,
        before=now.state,
        read=(*now.read[:i], read, *now.read[i + 1 :]),
        doing=(*now.doing[:i], doing, *now.doing[i + 1 :]),
    )
