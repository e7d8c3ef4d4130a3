"""Judge of 05.3: the smallest fan-out that spreads a rumour in time."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.eventual_consistency import spread

__all__ = ["judge"]

_NODES, _ROUNDS, _LOSS = 500, 8, 0.1


def judge(answer: Any) -> Wrong | None:
    fan_out = whole(answer)
    if fan_out is None or not 1 <= fan_out <= 50:
        return Wrong(f"`fan_out` must be a whole number from 1 to 50, not {answer!r}.")
    late = _share_late(fan_out)
    if late > 0.05:
        return Wrong(
            f"With a fan-out of {fan_out}, {late:.0%} of the runs need more than {_ROUNDS} rounds."
        )
    if fan_out > 1 and _share_late(fan_out - 1) <= 0.05:
        messages = spread(_NODES, fan_out, _LOSS, 20)[:, :-1].sum(axis=1).mean() * fan_out
        return Wrong(
            f"That is fast enough, at about {messages:,.0f} messages. A smaller fan-out does it with fewer."
        )
    return None


def _share_late(fan_out: int) -> float:
    """Return the share of 100 runs that need more rounds than allowed."""
    counts = spread(_NODES, fan_out, _LOSS, 100, seed=3)
    return float(((counts < _NODES).sum(axis=1) > _ROUNDS).mean())
