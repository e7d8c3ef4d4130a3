"""Judge of 04.4: a history that is causal memory and not sequentially consistent."""

from __future__ import annotations

from dscourse.exercises.judges.histories import judge_of_rows

__all__ = ["judge"]


judge = judge_of_rows("causal_memory", "sequential")
