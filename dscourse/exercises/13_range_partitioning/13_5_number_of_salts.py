"""Judge of 13.5: the number of salts in front of ascending keys, by their heat and by the average scan."""

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
    touched, _ = run.average_scan(50)
    hottest = f"With {number} {'salt' if number == 1 else 'salts'} the hottest range takes {100 * run.hottest:.1f} %"
    if run.hottest > 0.15:
        return Wrong(f"{hottest} of the writes: that is more than 15 %.")
    if touched > 8.5:
        return Wrong(
            f"{hottest} of the writes, which is fine; but a scan of 50 keys touches {touched:.1f} ranges on average, "
            "more than 8.5."
        )
    return None
