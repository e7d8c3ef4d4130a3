"""Judge of 11.3: the version vector of a merged value."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_COUNTS = (0, 1, 2)


def judge(vector_of: Any) -> Wrong | None:
    pairs = product(product(_COUNTS, repeat=2), repeat=2)
    for one, other in sorted(pairs, key=lambda pair: sum(map(sum, pair))):
        vectors = [_vector(one), _vector(other)]
        wrong = _judge_one(vector_of, vectors)
        if wrong is not None:
            return wrong
    return None


def _vector(counts: tuple[int, ...]) -> dict[str, int]:
    return {f"n{index}": count for index, count in enumerate(counts, start=1) if count}


def _judge_one(vector_of: Any, vectors: list[dict[str, int]]) -> Wrong | None:
    answer = vector_of("n1", [dict(vector) for vector in vectors])
    call = f'vector_of("n1", {vectors})'
    whole = isinstance(answer, dict) and all(type(count) is int for count in answer.values())
    if not whole or any(count < 0 for count in answer.values()):
        return Wrong(f"{call} must give a dictionary of counts, not {answer!r:.80}.")
    mine, covered = VersionVector(answer), VersionVector()
    for vector in vectors:
        covered = covered.join(VersionVector(vector))
        if not mine >= VersionVector(vector):
            return Wrong(
                f"{call} gives {answer}, which does not cover {vector}: the two stand side by side again, and "
                "the conflict that was resolved comes back."
            )
    if mine["n1"] <= covered["n1"]:
        return Wrong(
            f"{call} gives {answer}: n1 has made a new version, and its count must say so. Else a second "
            "merge, with another result, would have the same vector."
        )
    if mine != covered.increment("n1"):
        return Wrong(f"{call} gives {answer}: that claims updates that nobody has made.")
    return None
