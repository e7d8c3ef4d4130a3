"""A search over random fault plans, which shrinks the smallest one that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial

from dscourse.core.properties import Property
from dscourse.core.verdict import Verdict
from dscourse.sim import At, Budget, random_plan
from dscourse.sim.arguments import as_seed
from dscourse.sweep.settings import Jobs, in_order
from dscourse.sweep.shrinking import Judge, asked, shrunk
from dscourse.sweep.survey import Survey

__all__ = ["Judge", "search"]


def search(
    judge: Judge | Property,
    nodes: Iterable[str],
    budget: Budget | None = None,
    seeds: Iterable[int] = range(300),
    *,
    jobs: Jobs = None,
    progress: bool = False,
) -> Survey:
    """Try the random fault plan of each seed; return how many fail, and the smallest failing plan found.

    ``judge`` is a `Property` of fault plans, or a function that runs a world under the plan and returns True if the
    run is correct, False if not, None if that is unknown, or a `Verdict`. A vacuous verdict that does not fail counts
    as unknown. The judge is called once per seed and, if a plan fails, some ten times more to shrink the shortest
    failing plan. If the judge raises, the search raises a `PropertyError` whose ``schedule`` is the plan. TypeError
    if the judge returns anything else.

    ``jobs`` and ``progress`` are those of `over`: by default the current Dask client does the work, if there is one.
    The result is the same wherever the plans are judged; shrinking happens here.

    >>> def no_crash(plan):
    ...     return not any("Crash" in repr(entry) for entry in plan)
    >>> search(no_crash, ["a", "b"], Budget(faults=3), seeds=range(40))
    failed under 5 of 40 fault plans; smallest: [At(100, CrashDuring('b', after=2))]: “no crash” does not hold
    """
    names, numbers = _names(nodes), _seeds(seeds)
    if budget is not None and not isinstance(budget, Budget):
        raise TypeError(f"budget={budget!r}: a Budget is required; write sim.Budget(faults=3)")
    ask = asked(judge)
    failed, unknown, undecided = 0, 0, ""
    smallest: tuple[int, int, Verdict] | None = None
    tried = partial(_tried, ask, names, budget)
    with closing(in_order(numbers, tried, jobs, progress)) as verdicts:
        for seed, (length, verdict) in zip(numbers, verdicts, strict=True):
            if verdict.ok is None:
                undecided = verdict.reason if not unknown else undecided
                unknown += 1
            elif not verdict.ok:
                failed += 1
                if smallest is None or length < smallest[0]:
                    smallest = length, seed, verdict
    if smallest is None:
        return Survey(len(numbers), 0, reason=undecided, unknown=unknown)
    _, seed, verdict = smallest
    plan, verdict = shrunk(random_plan(seed, names, budget), verdict, ask)
    return Survey(len(numbers), failed, tuple(plan), verdict.reason, unknown, verdict.model)


def _tried(
    ask: Callable[[list[At]], Verdict], names: Sequence[str], budget: Budget | None, seed: int
) -> tuple[int, Verdict]:
    """Return the length of a seed's plan, and the verdict without its evidence: it may come from far away."""
    plan = random_plan(seed, names, budget)
    verdict = ask(plan)
    reason = "" if verdict.ok else verdict.reason
    return len(plan), Verdict(verdict.model, verdict.ok, reason)


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


def _seeds(seeds: Iterable[int]) -> Sequence[int]:
    if isinstance(seeds, str | bytes):
        raise TypeError(f"seeds={seeds!r}: a list or range of whole numbers is required")
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds={seeds!r}: a list or range is required; write range({seeds!r})")
    if isinstance(seeds, range) and seeds:
        return seeds  # a hundred million seeds need no list
    numbers = [as_seed(seed) for seed in seeds]
    if not numbers:
        raise ValueError("seeds is empty: give at least 1 seed")
    if len(set(numbers)) < len(numbers):
        raise ValueError("seeds: a seed is given twice, and would give the same fault plan twice")
    return numbers
