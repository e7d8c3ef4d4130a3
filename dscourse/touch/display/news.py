"""The effect of a gesture, in a sentence or two: for the line below the picture and for screen readers."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.verdict import Verdict
from dscourse.touch.run.touched_run import TouchedRun
from dscourse.touch.run.touches import Touch

__all__ = ["Moment", "moment", "news"]

Moment = tuple[tuple[Touch, ...], str]
"""The list of gestures and the outcome in words, at one time."""


def moment(run: TouchedRun) -> Moment:
    """Return the list and the outcome of the run as it is now."""
    return run.touches, _outcome(run.verdict, run.error)


def news(before: Moment, now: Moment) -> str:
    """Return the differences in words; "" if there are none.

    >>> news(((), "✓ all agree"), ((Touch("crash a at 5 ms", ()),), "✗ violated: all agree"))
    'Crash a at 5 ms. Before: ✓ all agree. Now: ✗ violated: all agree.'
    >>> two = (Touch("crash a at 5 ms", ()), Touch("restart a at 9 ms", ()))
    >>> news((two, "✓ all agree"), ((), "✓ all agree"))
    'Both touches are removed. Still: ✓ all agree.'
    """
    changed = _changes(before[0], now[0])
    if before[1] != now[1]:
        changed.append(f"Before: {before[1]}. Now: {now[1]}.")
    elif changed and now[1]:
        changed.append(f"Still: {now[1]}.")
    return " ".join(changed)


def _changes(before: Sequence[Touch], now: Sequence[Touch]) -> list[str]:
    """Return the gestures that were added, changed, switched or removed."""
    gone = [one for one in before if one not in now]
    new = [one for one in now if one not in before]
    switched = [one for one in new if one.switched(not one.on) in gone]
    texts = [f"Switched {'on' if one.on else 'off'}: {one}." for one in switched]
    texts += [f"{_sentence(one)}." for one in new if one not in switched]
    if not now and len(gone) > 1:
        return [f"{'Both' if len(gone) == 2 else f'All {len(gone)}'} touches are removed."]
    if not new:
        texts += [f"Removed: {one}." for one in gone]
    return texts


def _sentence(touch: Touch) -> str:
    """Return the gesture as the beginning of a sentence; a node's name stays as it is."""
    text = str(touch)
    return text if touch.gesture in ("move", "invoke") else text[:1].upper() + text[1:]


def _outcome(verdict: Verdict | None, error: str | None) -> str:
    if error:
        return "this run fails"
    if verdict is None:
        return ""
    sign = {True: "✓", False: "✗", None: "?"}[verdict.ok]
    return f"{sign} {verdict.head}"
