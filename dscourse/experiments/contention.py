"""Chapter 16: the price of isolation under contention, counted from a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dscourse.history import Op
from dscourse.protocols.isolation.locking import DEADLOCK
from dscourse.protocols.isolation.messages import Aborted, DoStep, StepDone
from dscourse.sim import World

__all__ = ["Price", "ends_of", "price_of"]


@dataclass(frozen=True, slots=True)
class Price:
    """The number of transactions by their end, and the waiting time in ms of each step that had to wait.

    ``conflicts`` are aborts by the store that end no deadlock; the client of an ``unanswered`` one gave up.
    """

    commits: int
    deadlocks: int
    conflicts: int
    unanswered: int
    waits_ms: tuple[float, ...]

    @property
    def aborts(self) -> int:
        """All transactions that have failed."""
        return self.deadlocks + self.conflicts + self.unanswered


def price_of(world: World) -> Price:
    """Return the price of a run of `transactions.hot_world`.

    >>> from dscourse.experiments.transactions import Load, STORES, hot_world
    >>> price = price_of(hot_world(STORES["locking"], Load(keys=2, clients=4, run_ms=300)))
    >>> price.commits, price.deadlocks, price.conflicts, len(price.waits_ms)
    (5, 5, 0, 14)
    """
    ends = list(ends_of(world).values())
    commits, deadlocks, conflicts, unanswered = map(ends.count, _COUNTED)
    return Price(commits, deadlocks, conflicts, unanswered, tuple(_waits(world)))


_COUNTED = ("commit", "abort: deadlock", "abort: conflict", "no answer")


def ends_of(world: World) -> dict[int, str]:
    """Return the end of each transaction by its id: "commit", "abort: deadlock" and so on, or "open"."""
    refused = {
        event.what.tx: event.what.reason
        for event in world.trace.kinds("send")
        if isinstance(event.what, Aborted)
    }
    return {op.id: _end(op, refused.get(op.id)) for op in world.history}


def _end(op: Op, refusal: str | None) -> str:
    if op.status == "ok":
        return "commit"
    if op.status == "pending":
        return "open"
    if op.status == "fail" and op.result == refusal:
        return "abort: deadlock" if refusal == DEADLOCK else "abort: conflict"
    return "no answer"


def _waits(world: World) -> Iterator[float]:
    """Yield for how long each step that was not answered at once has waited at the store, in ms."""
    asked: dict[int, float] = {}
    for event in world.trace.of("n1"):
        message = event.what
        if event.kind == "deliver" and isinstance(message, DoStep):
            asked.setdefault(message.tx, event.time_ms)
        elif event.kind == "send" and isinstance(message, StepDone | Aborted):
            waited_ms = event.time_ms - asked.pop(message.tx, event.time_ms)
            if waited_ms > 0:
                yield waited_ms
    yield from (world.now_ms - since for since in asked.values())
