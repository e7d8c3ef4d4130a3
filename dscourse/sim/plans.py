"""Random fault plans from a seed and a budget; each seed has its own mix of faults.

A fault shorter than a protocol's time-out goes unnoticed. Durations are therefore drawn relative to that time-out:
shorter, about equal, several times longer, and to the end of the plan. `draw_plan` asks a function for every choice;
a smaller choice always means a simpler plan.
"""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.node import as_names
from dscourse.sim.arguments import as_seed
from dscourse.sim.budget import Budget
from dscourse.sim.drawing import Choose, draw_fault
from dscourse.sim.faults import At, Recover
from dscourse.sim.streams import stream

__all__ = ["draw_plan", "random_plan"]


def random_plan(seed: int, nodes: Iterable[str], budget: Budget | None = None) -> list[At]:
    """Return the fault plan of ``seed`` for these nodes; the kinds of fault it may use are drawn first.

    >>> random_plan(1, ["a", "b"], Budget(faults=1))
    [At(376, Crash('b')), At(492, Restart('b')), At(1000, Recover())]
    """
    draws = stream(as_seed(seed), "plan")
    return draw_plan(lambda n: int(draws.random() * n), nodes, budget)


def draw_plan(choose: Choose, nodes: Iterable[str], budget: Budget | None = None) -> list[At]:
    """Return a fault plan built from choices; all zeros give the simplest: no faults before the recovery."""
    budget = Budget() if budget is None else budget
    names = _check_arguments(choose, nodes, budget)
    count = choose(budget.faults + 1)
    mix = [kind for kind in budget.menu if choose(2)] or list(budget.menu) if count else []
    plan: list[At] = []
    for _ in range(count):
        kind = mix[choose(len(mix))]
        plan += draw_fault(kind, choose, names, *_draw_span(choose, budget))
    if budget.recover:  # this ends every fault that lasts to the horizon
        plan = [entry for entry in plan if entry.ms < budget.horizon_ms]
        plan.append(At(budget.horizon_ms, Recover()))
    return sorted(plan, key=lambda entry: entry.ms)


def _check_arguments(choose: Choose, nodes: Iterable[str], budget: Budget) -> list[str]:
    """Return the nodes' names, sorted. Raise TypeError for a wrong type, ValueError for faults without nodes."""
    if not callable(choose):
        raise TypeError(
            f"choose={choose!r}: a function is required that takes n and returns 0 to n - 1"
        )
    if not isinstance(budget, Budget):
        raise TypeError(f"budget={budget!r}: a Budget is required, such as Budget(faults=2)")
    names = sorted(as_names(nodes, "nodes"))
    if budget.faults and not names:
        raise ValueError("nodes is empty: faults happen to at least 1 node")
    return names


def _draw_span(choose: Choose, budget: Budget) -> tuple[int, int]:
    """Return the start and end of a fault (ms); each class of durations is equally likely."""
    classes, horizon = budget.durations(), budget.horizon_ms
    number = choose(len(classes))
    least, most = classes[number]
    if number == 3:  # to the horizon, from any time that lets it outlast the time-out
        return choose(max(1, horizon - classes[2][0])), horizon
    start = choose(max(1, horizon - least))
    return start, min(start + least + choose(most - least + 1), horizon)
