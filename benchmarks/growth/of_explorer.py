"""Explorer: processor time and memory from a hundred to a million states.

Each row looks at the first states of one large system, breadth first, as many as the budget allows, in a process of
its own. *Model* is two-phase commit with eight resource managers, as a bare table of steps. The others are Paxos with
three nodes, two of which propose, and up to four time-outs: *nodes* stores no state that has only fewer messages in
flight than an earlier one, *messages* stores all of them, as its property reads messages. The memory is what the
process takes at most, above what it took before the exploration: below a thousand states this says little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks.growth.rows import apart, peak_mb
from dscourse.core.properties import View
from dscourse.explore import Bounds, Exploration, explore, explore_model
from dscourse.explore.two_phase import TwoPhase, consistent
from dscourse.protocols.paxos import Paxos
from dscourse.protocols.paxos_properties import agreement

__all__ = ["CURVES", "STATES", "measured", "run"]

STATES = (100, 1_000, 10_000, 100_000, 1_000_000)


def _model(budget: int) -> Exploration:
    return explore_model(TwoPhase(8), always=[consistent], budget=budget)


def _agree(view: View) -> bool:
    return bool(agreement(view.logs))


def _no_message_to_oneself(view: View) -> bool:
    return all(sender != to for sender, to, _ in view.messages)


def _paxos(budget: int, *judges: Callable[[View], bool]) -> Exploration:
    nodes = [Paxos("a", ["b", "c"], "x"), Paxos("b", ["a", "c"], "y"), Paxos("c", ["a", "b"])]
    bounds = Bounds(timeouts=4, copies=1, budget=budget)
    return explore(nodes, always=[_agree, *judges], bounds=bounds)


# By name: what explores as many states as it is given.
CURVES: dict[str, Callable[[int], Exploration]] = {
    "model": _model,
    "nodes": _paxos,
    "messages": lambda budget: _paxos(budget, _no_message_to_oneself),
}


def measured(curve: str, budget: int) -> str:
    """Return one row of the table."""
    explored = CURVES[curve]
    explored(10)  # for what is imported at first use
    before_mb, start = peak_mb(), time.process_time()
    found = explored(budget)
    seconds = time.process_time() - start
    extra = (peak_mb() - before_mb) * 2**20
    return (
        f"{curve:<10} {found.states:>9,} {found.transitions:>10,} {seconds:>8.2f} "
        f"{seconds / found.states * 1e6:>8.1f} {extra / found.states:>10,.0f}"
    )


def run(most: int = STATES[-1]) -> str:
    """A table of all curves, up to ``most`` states."""
    head = (
        f"{'explored':<10} {'states':>9} {'steps':>10} {'s':>8} {'µs each':>8} {'bytes each':>10}"
    )
    module = sys.modules[__name__]
    rows = [apart(module, curve, states) for curve in CURVES for states in STATES if states <= most]
    return "\n".join([head, *rows])
