"""Judge of 15.5: settings of the store that meet every goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises.judges.values import number, whole
from dscourse.exercises.tasks import Wrong, plain
from dscourse.experiments.score_card import Score, compare, missed, verdict
from dscourse.experiments.whole_system import GOALS, RINGS, rated
from dscourse.show import Picture
from dscourse.show.against import Against, against

__all__ = ["LINES", "judge"]

LINES = 30_000_000

_LIMITS: dict[str, tuple[float, float]] = {
    "replicas": (1, 6), "read_quorum": (1, 6), "write_quorum": (1, 6), "attempts": (1, 6), "timeout_ms": (5, 500),
    "patience_ms": (5, 500), "gossip_ms": (20, 1_000), "interval_ms": (20, 5_000), "threshold": (0.5, 32),
}  # fmt: skip
_WHOLE = ("replicas", "read_quorum", "write_quorum", "attempts")
STORM: dict[str, Any] = {"faults": 6, "outage_ms": 400, "ring": RINGS["ring over racks"]}


def judge(settings: Any) -> Wrong | None:
    if isinstance(settings, Mapping):
        settings = {name: _as_number(name, value) for name, value in settings.items()}
    wrong = _not_settings(settings)
    if wrong:
        return Wrong(wrong)
    card = rated(**STORM, **settings)
    over = missed(card, GOALS)
    if not over:
        return None
    misses = ", ".join(f"{words}" for words in over)
    return Wrong(f"Missed: {misses}. The card: {card}.", _picture(card))


def _as_number(name: Any, value: Any) -> Any:
    """Return a number of any type as Python's own, whole where the setting is; anything else unchanged."""
    own = whole(value) if name in _WHOLE else number(value)
    return plain(value) if own is None else own


def _picture(card: Score) -> Picture:
    rows = {words: Against(*row) for words, row in compare(card, GOALS).items()}
    return against(rows, sentence=verdict(card, GOALS))


def _not_settings(settings: Any) -> str | None:
    """Return why these are not settings of the store, or None."""
    if not isinstance(settings, dict):
        return 'It must be a dict, as in {"attempts": 2}.'
    for name, value in settings.items():
        if name not in _LIMITS:
            return f"{name!r} is no setting: they are {', '.join(_LIMITS)}."
        low, high = _LIMITS[name]
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            return f"{name}={value!r}: it must be a number from {low:g} to {high:g}."
        if name in _WHOLE and not isinstance(value, int):
            return f"{name}={value!r}: it must be a whole number."
    homes = settings.get("replicas", 3)
    for name in ("read_quorum", "write_quorum"):
        if settings.get(name, 2) > homes:
            return f"{name} is {settings.get(name, 2)}, and a key has only {count(homes, 'home')}."
    return None
