"""Shrinking: the smallest plan that fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dscourse.core.properties import Property, PropertyError, Ruling, properties
from dscourse.core.thinning import thinned
from dscourse.core.verdict import Verdict
from dscourse.sim import At
from dscourse.sim.arguments import as_plan

__all__ = ["Judge", "asked", "shrink", "shrunk"]

_LONG = 20  # entries of a plan: of more, several are left out at once
Judge = Callable[[list[At]], Ruling]  # a plan -> True if its run is correct, or the verdict on it


def shrink(plan: Sequence[At], judge: Judge | Property) -> tuple[list[At], Verdict]:
    """Return the plan shrunk as far as it fails in the same way, and the verdict on it.

    No single entry can be left out of it, no time rounded down to a multiple of 100, 50 or 10 ms within the order of
    the entries, and no latency rounded up. The verdict is on the same model or property. ValueError if the plan does
    not fail.
    """
    plan, ask = as_plan(plan), asked(judge)
    verdict = ask(plan)
    if verdict.ok is not False:
        raise ValueError(f"the plan {plan!r} does not fail: there is nothing to shrink")
    return shrunk(plan, verdict, ask)


def shrunk(
    plan: list[At], verdict: Verdict, ask: Callable[[list[At]], Verdict]
) -> tuple[list[At], Verdict]:
    """Return the shrunk plan and the verdict on it; ``verdict`` is the one on the whole plan."""
    if len(plan) > _LONG:
        model = verdict.model
        plan = thinned(plan, lambda rest: (one := ask(rest)).ok is False and one.model == model)
        verdict = ask(plan)
    plainer = _plainer(plan, verdict, ask)
    while plainer is not None:
        plan, verdict = plainer
        plainer = _plainer(plan, verdict, ask)
    return plan, verdict


def _plainer(
    plan: list[At], before: Verdict, ask: Callable[[list[At]], Verdict]
) -> tuple[list[At], Verdict] | None:
    """Return the first plainer plan that fails in the same way, and its verdict; None if there is none."""
    for candidate in _candidates(plan):
        verdict = ask(candidate)
        if verdict.ok is False and verdict.model == before.model:
            return candidate, verdict
    return None


def asked(judge: Judge | Property) -> Callable[[list[At]], Verdict]:
    """Return the judge as a function from a plan to a verdict, which has a reason unless it passes.

    The judge receives a copy of the plan, which it may change. A vacuous verdict becomes an unknown one.
    """
    (one,) = properties([judge], "judge")

    def ask(plan: list[At]) -> Verdict:
        try:
            verdict = one.judge(list(plan))
        except PropertyError as error:
            raise PropertyError(error.property, error.args[1], plan) from error.args[1]
        if verdict.vacuous and verdict.ok is not False:
            return replace(verdict, ok=None, reason=verdict.reason or "there was nothing to judge")
        silent = verdict.ok is False and not verdict.reason
        return replace(verdict, reason=f"“{verdict.model}” does not hold") if silent else verdict

    return ask


def _candidates(plan: list[At]) -> Iterable[list[At]]:
    """Yield the plan without one entry, from the last on; then with one entry moved to a rounder, earlier time.

    Last, with one message or timer that takes a rounder, longer time.
    """
    for index in reversed(range(len(plan))):
        yield plan[:index] + plan[index + 1 :]
    for index, entry in enumerate(plan):
        earliest = plan[index - 1].ms if index else 0
        for step in (100, 50, 10):
            rounded = entry.ms // step * step
            if earliest <= rounded < entry.ms:
                yield [*plan[:index], replace(entry, ms=rounded), *plan[index + 1 :]]
    for index, entry in enumerate(plan):
        for name in ("latency_ms", "after_ms"):
            latency = getattr(entry.fault, name, 0)
            for step in (100, 50, 10, 1):
                longer = int(-(-latency // step) * step)
                if longer > latency:
                    fault = replace(entry.fault, **{name: longer})  # type: ignore[type-var]
                    yield [*plan[:index], At(entry.ms, fault), *plan[index + 1 :]]
