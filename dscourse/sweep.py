"""Many runs: one function over many settings, and many fault plans, of which one that fails is made small.

A plan belongs to its seed alone, so the same search gives the same verdict on every machine, whatever else is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dscourse.sim import At, Budget, random_plan

__all__ = ["Judge", "Survey", "over", "search", "shrink"]

A = TypeVar("A")
B = TypeVar("B")
Judge = Callable[[list[At]], str | None]  # a plan -> None if all is well, else what went wrong


def over(
    settings: Iterable[A], run: Callable[[A], B], *, jobs: int = 1, progress: bool = False
) -> list[B]:
    """What ``run`` gives for each of the settings, in their order.

    With ``jobs`` above 1 that many processes share the work (-1: one a core) by joblib, whose ``parallel_config``
    chooses another backend, such as a Dask cluster; ``run`` must then be importable by them. With ``progress`` a bar
    is drawn on the standard error. What ``run`` raises, this raises; ValueError for ``jobs=0``.

    >>> over(range(4), lambda n: n * n)
    [0, 1, 4, 9]
    """
    if jobs == 0:
        raise ValueError("jobs=0: it must be 1 or more, or -1 for one process a core")
    todo = list(settings)
    if jobs == 1:
        found: Iterable[B] = map(run, todo)
    else:
        from joblib import Parallel, delayed

        found = Parallel(n_jobs=jobs, return_as="generator")(delayed(run)(one) for one in todo)
    if progress:
        from tqdm import tqdm

        found = tqdm(found, total=len(todo))
    return list(found)


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """What a search found: how many of ``runs`` plans failed, a small one of them and what goes wrong under it."""

    runs: int
    failed: int
    plan: tuple[At, ...] = ()
    reason: str = ""

    def __bool__(self) -> bool:
        return not self.failed

    def __repr__(self) -> str:
        if self:
            return f"survived {self.runs} fault plans"
        plan = f"smallest: {list(self.plan)!r}: {self.reason}"
        return f"failed under {self.failed} of {self.runs} fault plans; {plan}"

    @property
    def share(self) -> float:
        """The share of the plans that failed, from 0 to 1."""
        return self.failed / self.runs


def search(
    judge: Judge,
    nodes: Iterable[str],
    budget: Budget | None = None,
    seeds: Sequence[int] = range(300),
) -> Survey:
    """Try the random fault plan of each seed; report how many fail and the smallest failing plan found.

    ``judge(plan)`` runs a world under the plan; it is called once a seed and, if a plan fails, some ten times more to
    shrink the shortest of them.

    >>> def judge(plan):
    ...     return "a crash" if any("Crash" in repr(entry) for entry in plan) else None
    >>> search(judge, ["a", "b"], Budget(faults=3), seeds=range(40))
    failed under 5 of 40 fault plans; smallest: [At(100, CrashDuring('b', after=2))]: a crash
    """
    if not seeds:
        raise ValueError("seeds is empty: give at least 1 seed")
    names = sorted(nodes)
    plans = (random_plan(seed, names, budget) for seed in seeds)
    failing = [plan for plan in plans if judge(plan) is not None]
    if not failing:
        return Survey(len(seeds), 0)
    plan, reason = shrink(min(failing, key=len), judge)
    return Survey(len(seeds), len(failing), tuple(plan), reason)


def shrink(plan: Sequence[At], judge: Judge) -> tuple[list[At], str]:
    """A failing plan made small, and why it fails: no entry can be left out, and times are as round as can be.

    ValueError if the plan does not fail.
    """
    plan = list(plan)
    reason = judge(plan)
    if reason is None:
        raise ValueError(f"the plan {plan!r} does not fail: there is nothing to shrink")
    found = _plainer(plan, judge)
    while found is not None:
        plan, reason = found
        found = _plainer(plan, judge)
    return plan, reason


def _plainer(plan: list[At], judge: Judge) -> tuple[list[At], str] | None:
    """The first plainer plan that fails too, and why."""
    for candidate in _candidates(plan):
        reason = judge(candidate)
        if reason is not None:
            return candidate, reason
    return None


def _candidates(plan: list[At]) -> Iterable[list[At]]:
    """The plan with one entry less, from the last on; then with one entry at a rounder, earlier time in its place."""
    for place in reversed(range(len(plan))):
        yield plan[:place] + plan[place + 1 :]
    for place, entry in enumerate(plan):
        earliest = plan[place - 1].ms if place else 0
        for step in (100, 50, 10):
            rounded = entry.ms // step * step
            if earliest <= rounded < entry.ms:
                yield [*plan[:place], replace(entry, ms=rounded), *plan[place + 1 :]]
