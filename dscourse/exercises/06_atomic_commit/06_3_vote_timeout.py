"""Judge of 06.3: a time-out for votes between needless aborts and long locks."""

from __future__ import annotations

from functools import cache
from typing import Any

from dscourse.exercises.judges.values import number
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.atomic_commit import locks
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.sim import At, Crash, LogNormal, Network, World

__all__ = ["LINES", "busy_world", "judge"]

LINES = 1_000_000


@cache
def busy_world(votes_ms: float, plan: tuple[At, ...] = ()) -> World:
    """Run 200 transfers over p1, p2 and p3, one after the other, with this vote time-out.

    Messages take 10 ms or less half of the time, and 1 in 100 takes more than 40 ms.
    """
    names = ("p1", "p2", "p3")
    nodes = [
        TransactionClient("u", "c", timeout_ms=5_000),
        Coordinator("c", names, votes_ms=votes_ms),
    ]
    nodes += [Participant(name, ["c", *(n for n in names if n != name)]) for name in names]
    world = World(nodes, 1, Network(LogNormal(10, 0.6)), plan)
    world.submit("u", [("transfer", None, {name: {"x": 0} for name in names})] * 200, think_ms=300)
    return world.run()


_MOST_ABORTED, _MOST_LOCKED_MS = 0.02, 100.0


def judge(votes_ms: Any) -> Wrong | None:
    given, votes_ms = votes_ms, number(votes_ms)
    if votes_ms is None or not 1 <= votes_ms <= 5_000:
        return Wrong(f"`votes_ms` must be a number of ms from 1 to 5000, not {given!r}.")
    history = busy_world(votes_ms).history
    aborted = sum(op.result == "aborted" for op in history) / len(history)
    if aborted > _MOST_ABORTED:
        return Wrong(
            f"With {votes_ms:g} ms, {aborted:.1%} of the transfers abort although nothing has failed: "
            "their votes come late."
        )
    locked = _locked_ms(votes_ms)
    if locked > _MOST_LOCKED_MS:
        return Wrong(
            f"With {votes_ms:g} ms only {aborted:.1%} abort. But while p1 is down, p2 holds its keys for "
            f"{locked:.0f} ms on average."
        )
    return None


def _locked_ms(votes_ms: float) -> float:
    """Return how long p2 holds its locks on average, in ms, while p1 is down."""
    world = busy_world(votes_ms, (At(0, Crash("p1")),))
    locked_ms = [
        spell.end.time_ms - spell.start.time_ms
        for spell in locks(world)
        if spell.node == "p2" and spell.end
    ]
    return sum(locked_ms) / len(locked_ms)
