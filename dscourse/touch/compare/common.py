"""Two runs under one plan as one subject: the outcomes to keep while touches are left out, news, and common deeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.touch.deeds import Deed
from dscourse.touch.display.news import Moment, news
from dscourse.touch.run.error_words import in_one_line
from dscourse.touch.run.shrinking import Shrinking, Touches, shrink
from dscourse.touch.run.touched_run import TouchedRun

__all__ = ["BothRuns", "deed_row", "news_of_both", "outcomes_to_keep", "simplified"]

_DIFFER = "the verdicts differ"


class BothRuns(dict[str, TouchedRun]):
    """Two runs by their names, under the same touches; a deed of both judges them."""

    @property
    def plan(self) -> list[Any]:
        """The entries of the plan, which is that of each run."""
        return next(iter(self.values())).plan

    @property
    def count(self) -> int:
        """The number of touches that are switched on."""
        return next(iter(self.values())).count

    @property
    def differ(self) -> bool:
        """True if both runs have a verdict, and they are not the same."""
        return _differ([one.verdict for one in self.values() if not one.error])


def outcomes_to_keep(runs: BothRuns) -> list[dict[str, Any]]:
    """Return in words the outcomes that touches can be left out under, and whether each is so now.

    They are a violation in the first run, one in the second, and that the verdicts differ.
    """
    touched = runs.count > 0
    rows = [
        {"text": f"{name} is violated", "able": touched and run.is_refuted}
        for name, run in runs.items()
    ]
    return [*rows, {"text": _DIFFER, "able": touched and runs.differ}]


def simplified(runs: BothRuns) -> Shrinking:
    """Return the touches left when those are left out without which the verdicts still differ.

    ValueError if they do not differ now.
    """
    if not runs.differ:
        raise ValueError("the verdicts of the two runs do not differ")
    first = next(iter(runs.values()))
    found = shrink(first.touches, lambda touches: _differ_under(runs, touches))
    return Shrinking(found.steps, found.changed, _of_both(found.claim))


def _differ_under(runs: BothRuns, touches: Touches) -> bool:
    try:
        return _differ([run.outcome(touches)[1] for run in runs.values()])
    except Exception:  # a run that fails has no verdict to differ
        return False


def _differ(verdicts: Sequence[Any]) -> bool:
    return len(verdicts) == 2 and None not in verdicts and verdicts[0].ok is not verdicts[1].ok


def _of_both(claim: str) -> str:
    """Return a claim on one verdict as one on the difference of two.

    >>> _of_both("1 touch is needed: without it, the verdict is another.")
    '1 touch is needed: without it, the verdicts do not differ.'
    """
    for one, both in (
        ("the verdict is another", "the verdicts do not differ"),
        ("that refute", "under which the verdicts differ"),
        ("The run is refuted", "The verdicts differ"),
    ):
        claim = claim.replace(one, both)
    return claim


def news_of_both(before: Mapping[str, Moment], now: Mapping[str, Moment]) -> str:
    """Return the change of the list and the outcome of each run in words; "" if there is no change.

    >>> right, wrong = ((), "✓ right"), ((), "✗ wrong")
    >>> news_of_both({"one": right, "two": right}, {"one": wrong, "two": right})
    'one: ✗ wrong, before ✓ right. two: still ✓ right.'
    """
    if before == now:
        return ""
    (touches, _), (touches_now, _) = next(iter(before.values())), next(iter(now.values()))
    parts = [news((touches, ""), (touches_now, ""))]
    for name, (_, outcome) in now.items():
        old = before[name][1]
        if outcome:
            parts.append(
                f"{name}: still {old}." if old == outcome else f"{name}: {outcome}, before {old}."
            )
    return " ".join(filter(None, parts))


def deed_row(deed: Deed, runs: BothRuns, fewest: int | None) -> dict[str, Any]:
    """Return a deed for the browser: done now, and the fewest touches that have done it; ``error`` if it raises."""
    done, why_not, error = False, "", ""
    try:
        if not any(run.error for run in runs.values()):
            done, why_not = deed.standing(runs)
    except Exception as raised:  # a notebook's deed may raise anything
        error = f"{deed.text}: {in_one_line(raised)}"
    if done:
        fewest = min(runs.count, runs.count if fewest is None else fewest)
    return {
        "text": deed.text,
        "par": deed.par,
        "done": done,
        "why_not": why_not,
        "fewest": fewest,
        "error": error,
    }
