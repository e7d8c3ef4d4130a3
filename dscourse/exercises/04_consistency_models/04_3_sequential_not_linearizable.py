"""Judge of 04.3: a history that is sequentially consistent and not linearizable."""

from __future__ import annotations

from dscourse.exercises.judges.histories import judge_of_rows

__all__ = ["judge"]


judge = judge_of_rows("sequential", "linearizable")
