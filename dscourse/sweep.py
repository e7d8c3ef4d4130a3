"""Many runs: one function over many settings, and a search over random fault plans that shrinks a failing one.

A plan depends only on its seed, the nodes and the budget, so a search with a deterministic judge gives the same
result on every machine.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dscourse.core.cards import card
from dscourse.core.properties import Property, PropertyError, Ruling, properties
from dscourse.core.thinning import thinned
from dscourse.core.verdict import Verdict
from dscourse.core.wording import count
from dscourse.sim import At, Budget, random_plan
from dscourse.sim.arguments import as_plan, as_seed

__all__ = ["Judge", "Survey", "over", "search", "shrink"]


A = TypeVar("A")
B = TypeVar("B")
_LONG = 20  # entries of a plan: of more, several are left out at once
Judge = Callable[[list[At]], Ruling]  # a plan -> True if its run is correct, or the verdict on it


def over(
    settings: Iterable[A], run: Callable[[A], B], *, jobs: int = 1, progress: bool = False
) -> list[B]:
    """Return the results of ``run`` for the settings, in their order.

    With ``jobs`` above 1 that many joblib processes share the work (-1: one per core), and ``run`` must be importable
    by them; joblib's ``parallel_config`` chooses another backend, such as a Dask cluster. In a browser one process
    does all the work, and a warning says so. ``progress`` draws a progress bar on standard error. An exception of
    ``run`` is passed on; ValueError for ``jobs=0``.

    >>> over(range(4), lambda n: n * n)
    [0, 1, 4, 9]
    """
    _check_sweep(settings, run, jobs)
    todo = list(settings)
    if jobs != 1 and sys.platform == "emscripten":
        warnings.warn("a browser has one process: the runs follow each other", stacklevel=2)
        jobs = 1
    if jobs == 1:
        results: Iterable[B] = map(run, todo)
    else:
        from joblib import Parallel, delayed

        results = Parallel(n_jobs=jobs, return_as="generator")(delayed(run)(one) for one in todo)
    if progress:
        from tqdm import tqdm

        results = tqdm(results, total=len(todo))
    return list(results)


def _check_sweep(settings: object, run: object, jobs: object) -> None:
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs == 0:
        raise ValueError(f"jobs={jobs!r}: it must be 1 or more, or -1 for one process per core")
    if not callable(run):
        raise TypeError(
            f"run={run!r}: a function of one setting is required; write over(settings, run)"
        )
    if isinstance(settings, str) or not isinstance(settings, Iterable):
        raise TypeError(f"settings={settings!r}: a list of settings is required")


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """The result of a search: of ``runs`` plans, ``failed`` failed and ``unknown`` could not be judged.

    ``plan`` is a small failing plan, ``violated`` names the property that fails under it, and ``reason`` says why; if
    none failed, ``reason`` says why a run could not be judged. A survey is true only if every plan was judged and
    none failed.
    """

    runs: int
    failed: int
    plan: tuple[At, ...] = ()
    reason: str = ""
    unknown: int = 0
    violated: str = ""

    def __bool__(self) -> bool:
        return not self.failed and not self.unknown

    def __repr__(self) -> str:
        if self:
            return f"survived {self.runs} fault plans"
        unknown = f"{self.unknown} could not be judged"
        if not self.failed:
            return f"survived {self.runs - self.unknown} of {self.runs} fault plans; {unknown}: {self.reason}"
        also = f" ({unknown})" if self.unknown else ""
        reason = f": {self.reason}" if self.reason else ""
        return (
            f"failed under {self.failed} of {self.runs} fault plans{also}; "
            f"smallest: {list(self.plan)!r}{reason}"
        )

    def _repr_html_(self) -> str:
        unknown = f"{count(self.unknown, 'plan')} could not be judged" if self.unknown else ""
        if self.failed:
            heading = f"failed under {self.failed} of {count(self.runs, 'fault plan')}"
            smallest = f"smallest failing plan: {list(self.plan)!r}"
            return card(False, heading, [self.reason, smallest, unknown])
        heading = f"survived {self.runs - self.unknown} of {count(self.runs, 'fault plan')}"
        ok = None if self.unknown else True
        return card(ok, heading, [f"{unknown}: {self.reason}" if unknown else ""])

    @property
    def share(self) -> float:
        """The share of the plans that failed, from 0 to 1."""
        return self.failed / self.runs


def search(
    judge: Judge | Property,
    nodes: Iterable[str],
    budget: Budget | None = None,
    seeds: Iterable[int] = range(300),
    *,
    progress: bool = False,
) -> Survey:
    """Try the random fault plan of each seed; return how many fail, and the smallest failing plan found.

    ``judge`` is a `Property` of fault plans, or a function that runs a world under the plan and returns True if the
    run is correct, False if not, None if that is unknown, or a `Verdict`. A vacuous verdict that does not fail counts
    as unknown. The judge is called once per seed and, if a plan fails, some ten times more to shrink the shortest
    failing plan. If the judge raises, the search raises a `PropertyError` whose ``schedule`` is the plan. TypeError
    if the judge returns anything else. ``progress`` draws a progress bar on standard error.

    >>> def no_crash(plan):
    ...     return not any("Crash" in repr(entry) for entry in plan)
    >>> search(no_crash, ["a", "b"], Budget(faults=3), seeds=range(40))
    failed under 5 of 40 fault plans; smallest: [At(100, CrashDuring('b', after=2))]: “no crash” does not hold
    """
    names, numbers = _names(nodes), _seeds(seeds)
    if budget is not None and not isinstance(budget, Budget):
        raise TypeError(f"budget={budget!r}: a Budget is required; write sim.Budget(faults=3)")
    ask = _asked(judge)
    plans = [random_plan(seed, names, budget) for seed in numbers]
    verdicts = over(plans, ask, progress=progress)
    failing = [plan for plan, one in zip(plans, verdicts, strict=True) if one.ok is False]
    unknown = [one.reason for one in verdicts if one.ok is None]
    if not failing:
        return Survey(len(plans), 0, reason="".join(unknown[:1]), unknown=len(unknown))
    smallest = min(
        range(len(plans)), key=lambda nth: (verdicts[nth].ok is not False, len(plans[nth]))
    )
    plan, verdict = _shrunk(plans[smallest], verdicts[smallest], ask)
    return Survey(
        len(plans), len(failing), tuple(plan), verdict.reason, len(unknown), verdict.model
    )


def shrink(plan: Sequence[At], judge: Judge | Property) -> tuple[list[At], Verdict]:
    """Return the plan shrunk as far as it fails in the same way, and the verdict on it.

    No single entry can be left out of it, no time rounded down to a multiple of 100, 50 or 10 ms within the order of
    the entries, and no latency rounded up. The verdict is on the same model or property. ValueError if the plan does
    not fail.
    """
    plan, ask = as_plan(plan), _asked(judge)
    verdict = ask(plan)
    if verdict.ok is not False:
        raise ValueError(f"the plan {plan!r} does not fail: there is nothing to shrink")
    return _shrunk(plan, verdict, ask)


def _shrunk(
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


def _asked(judge: Judge | Property) -> Callable[[list[At]], Verdict]:
    """Return the judge as a function from a plan to a verdict, which has a reason unless it passes.

    The judge receives a copy of the plan, which it may change. A vacuous verdict becomes an unknown one.
    """
    (asked,) = properties([judge], "judge")

    def ask(plan: list[At]) -> Verdict:
        try:
            verdict = asked.judge(list(plan))
        except PropertyError as error:
            raise PropertyError(error.property, error.args[1], plan) from error.args[1]
        if verdict.vacuous and verdict.ok is not False:
            return replace(verdict, ok=None, reason=verdict.reason or "there was nothing to judge")
        silent = verdict.ok is False and not verdict.reason
        return replace(verdict, reason=f"“{verdict.model}” does not hold") if silent else verdict

    return ask


def _names(nodes: Iterable[str]) -> list[str]:
    listed = isinstance(nodes, Iterable) and not isinstance(nodes, str)
    names = list(nodes) if listed else []
    if not names or not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"nodes={nodes!r}: a list of the nodes' names is required, as in ['a', 'b']"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"nodes={names!r}: a name is given twice")
    return sorted(names)


def _seeds(seeds: Iterable[int]) -> list[int]:
    if isinstance(seeds, str | bytes):
        raise TypeError(f"seeds={seeds!r}: a list or range of whole numbers is required")
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds={seeds!r}: a list or range is required; write range({seeds!r})")
    numbers = [as_seed(seed) for seed in seeds]
    if not numbers:
        raise ValueError("seeds is empty: give at least 1 seed")
    if len(set(numbers)) < len(numbers):
        raise ValueError("seeds: a seed is given twice, and would give the same fault plan twice")
    return numbers


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
