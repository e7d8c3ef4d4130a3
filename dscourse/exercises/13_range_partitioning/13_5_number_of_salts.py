"""Judge of 13.5: the number of salts in front of ascending keys."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.range_partitioning import filled

__all__ = ["judge"]


def judge(salts: Any) -> Wrong | None:
    number = whole(salts)
    if number is None or not 1 <= number <= 50:
        return Wrong(f"`salts` must be a whole number from 1 to 50, not {salts!r:.40}.")
    run = filled("increasing", nodes=6, salts=number)
    touched, _ = run.scan(1_000, 1_050)
    hottest = f"With {number} salts the hottest range takes {100 * run.hottest:.1f} % of the writes"
    if run.hottest > 0.15:
        return Wrong(f"{hottest}: that is more than 15 %.")
    if touched > 8:
        return Wrong(
            f"{hottest}, which is fine; but a scan of 50 keys touches {touched} ranges, more than 8."
        )
    return None
