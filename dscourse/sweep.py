"""Many runs: search for the fault plan that breaks something, and shrink it to a small one.

Plans are drawn by a Hypothesis strategy from the same generator as `dscourse.sim.random_plan`; Hypothesis shrinks the
first failure. The search is derandomised: the same arguments give the same plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.sim import At, Budget, draw_plan, random_plan

__all__ = ["Survey", "refuted_share", "search"]


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """What a search found: ``plan`` is the smallest failing plan and ``reason`` what went wrong under it."""

    ok: bool
    runs: int
    plan: tuple[At, ...] = ()
    reason: str = ""

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        if self.ok:
            return f"survived {self.runs} fault plans"
        return f"failed under {list(self.plan)!r}: {self.reason}"


class _FailedError(Exception):
    """Tells Hypothesis that a plan fails."""


def search(
    judge: Callable[[list[At]], str | None],
    nodes: Iterable[str],
    budget: Budget | None = None,
    runs: int = 300,
    seed: int = 0,
) -> Survey:
    """Try ``runs`` random fault plans; the smallest one for which ``judge`` returns a reason, if there is any.

    ``judge(plan)`` runs a world under the plan and returns None if all is well, otherwise what went wrong. Shrinking
    runs it some hundred times more.
    """
    import hypothesis
    from hypothesis import strategies

    names = sorted(nodes)
    tried = 0
    smallest: tuple[tuple[At, ...], str] | None = None

    @strategies.composite
    def plans(draw: Any) -> list[At]:
        return draw_plan(lambda n: int(draw(strategies.integers(0, n - 1))), names, budget)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=runs, database=None, deadline=None, verbosity=hypothesis.Verbosity.quiet,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink), report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(plans())
    def trial(plan: list[At]) -> None:
        nonlocal tried, smallest
        tried += smallest is None
        reason = judge(plan)
        if reason is not None:
            smallest = tuple(plan), reason
            raise _FailedError

    try:
        trial()
    except _FailedError:
        assert smallest is not None
        plan, reason = _without_needless(*smallest, judge)
        return Survey(False, tried, plan, reason)
    return Survey(True, tried)


def _without_needless(
    plan: tuple[At, ...], reason: str, judge: Callable[[list[At]], str | None]
) -> tuple[tuple[At, ...], str]:
    """The plan without the entries that are not needed to fail, tried one by one, and its reason."""
    for place in reversed(range(len(plan))):
        rest = plan[:place] + plan[place + 1 :]
        still = judge(list(rest))
        if still is not None:
            plan, reason = rest, still
    return plan, reason


def refuted_share(
    judge: Callable[[list[At]], str | None],
    nodes: Sequence[str],
    seeds: Iterable[int],
    budget: Budget | None = None,
) -> float:
    """The share of seeds whose random plan makes ``judge`` return a reason."""
    found = [judge(random_plan(seed, nodes, budget)) is not None for seed in seeds]
    if not found:
        raise ValueError("seeds is empty: give at least 1 seed")
    return sum(found) / len(found)
