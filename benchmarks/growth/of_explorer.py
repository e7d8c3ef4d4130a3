"""Explorer: processor time and memory per state, from a hundred states to a million.

*Table* is two-phase commit as a bare table of steps, with 3 to 8 resource managers; *commit* is the protocol itself
with 2 and 3 participants, a crash and up to 3 time-outs, and without the states that have only fewer messages.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks.growth.rows import apart, peak_mb
from dscourse.explore import Bounds, Exploration, explore, explore_model
from dscourse.explore.two_phase import TwoPhase, consistent
from dscourse.protocols.atomicity import same_outcome
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant

__all__ = ["CURVES", "measured", "run"]

_BUDGET = 3_000_000


def table(managers: int, _: int) -> Exploration:
    """Explore the bare table of steps."""
    return explore_model(TwoPhase(managers), always=[consistent], budget=_BUDGET)


def commit(participants: int, timeouts: int) -> Exploration:
    """Explore one transaction with a crash and so many time-outs."""
    names = [f"p{number}" for number in range(1, participants + 1)]
    nodes = [TransactionClient("u", "c"), Coordinator("c", names)]
    nodes += [Participant(one, ["c", *(other for other in names if other != one)]) for one in names]
    operations = {"u": [("transfer", None, {name: {"account": 1} for name in names})]}
    bounds = Bounds(crashes=1, timeouts=timeouts, copies=1, budget=_BUDGET)
    return explore(
        nodes, operations=operations, always=[lambda view: same_outcome(view.logs)], bounds=bounds
    )


# By name of the curve: the exploration, and the numbers that it is given.
CURVES: dict[str, tuple[Callable[[int, int], Exploration], tuple[tuple[int, int], ...]]] = {
    "table": (table, tuple((managers, 0) for managers in (3, 4, 5, 6, 7, 8))),
    "commit": (commit, ((2, 0), (2, 1), (2, 3), (3, 0), (3, 1), (3, 2))),
}


def measured(curve: str, size: int, timeouts: int) -> str:
    """Return one row of the table."""
    explored, _ = CURVES[curve]
    before_mb, start = peak_mb(), time.process_time()
    found = explored(size, timeouts)
    seconds, memory_mb = time.process_time() - start, peak_mb() - before_mb
    assert found.complete, found
    return (
        f"{curve:<10} {size:>6} {timeouts:>9} {found.states:>10,} {found.transitions:>11,} {seconds:>9.3f} "
        f"{seconds / found.states * 1e6:>9.1f} {memory_mb * 2**20 / found.states:>12,.0f}"
    )


def run() -> str:
    """A table of all curves."""
    head = f"{'system':<10} {'size':>6} {'time-outs':>9} {'states':>10} {'steps':>11}"
    rows = [f"{head} {'seconds':>9} {'µs/state':>9} {'bytes/state':>12}"]
    for curve, (_, points) in CURVES.items():
        rows += [apart(sys.modules[__name__], curve, *point) for point in points]
    return "\n".join(rows)
