"""Judge of 11.3: the version vector of a merged value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.sim.streams import stream

__all__ = ["judge"]

_Vector = dict[str, int]
_Merge = tuple[str, list[_Vector]]  # a replica, and the vectors that it has merged

_COUNTS = (0, 1, 2)
_NAMES = ("oslo", "n1 ", *AWKWARD)
_MOST_VECTORS, _MAGNITUDES = 9, 6


def judge(vector_of: Any) -> Wrong | None:
    for replica, vectors in (*_small_merges(), *_larger_merges()):
        wrong = _judge_one(vector_of, replica, vectors)
        if wrong is not None:
            return wrong
    return None


def _small_merges() -> list[_Merge]:
    """Return all merges of two vectors of two replicas with counts up to 2, simple ones first."""
    pairs = sorted(
        product(product(_COUNTS, repeat=2), repeat=2), key=lambda pair: sum(map(sum, pair))
    )
    return [("n1", [_vector(one), _vector(other)]) for one, other in pairs]


def _vector(counts: tuple[int, ...]) -> _Vector:
    return {f"n{index}": count for index, count in enumerate(counts, start=1) if count}


def _larger_merges() -> Iterator[_Merge]:
    """Yield merges of one to nine vectors of other replicas, with entries missing or 0, and counts to a million."""
    yield "n9", [{"n1": 3, "n2": 1}, {"n2": 4}]
    yield "n1", [{"n1": 2, "n2": 1}]
    yield "n2", [{"n1": 1}, {"n2": 1}, {"n3": 1}]
    yield "n3", [{"n1": 2, "n2": 0}, {"n1": 1, "n2": 2}, {"n3": 5, "n1": 9}, {"n2": 7}]
    draws = stream(11, "vectors")
    for run in range(90):
        names = _NAMES if run % 3 else _NAMES[:5]
        vectors = [
            {
                name: int(10 ** (_MAGNITUDES * draws.random())) - 1
                for name in names
                if draws.random() < 0.6
            }
            for _ in range(1 + int(_MOST_VECTORS * draws.random()))
        ]
        yield names[int(len(names) * draws.random())], vectors


def _judge_one(vector_of: Any, replica: str, vectors: list[_Vector]) -> Wrong | None:
    given = [dict(vector) for vector in vectors]
    answer = vector_of(replica, given)
    call = f'vector_of("{replica}", {vectors})'
    if given != vectors:
        return Wrong(
            f"{call} has changed its arguments to {given}: other versions still bear them."
        )
    counts = (
        {name: whole(count) for name, count in answer.items()}
        if isinstance(answer, Mapping)
        else {"": None}
    )
    if any(
        not isinstance(name, str) or count is None or count < 0 for name, count in counts.items()
    ):
        return Wrong(f"{call} must give a dictionary of counts, not {answer!r:.80}.")
    mine = VersionVector({name: count for name, count in counts.items() if count})
    shown, covered = dict(mine), VersionVector()
    for vector in vectors:
        covered = covered.join(VersionVector(vector))
        if not mine >= VersionVector(vector):
            return Wrong(
                f"{call} gives {shown}, which does not cover {vector}: the two stand side by side again, and "
                "the conflict that was resolved comes back."
            )
    if mine[replica] <= covered[replica]:
        return Wrong(
            f"{call} gives {shown}: {replica} has made a new version, and its count must say so. Else a second "
            "merge, with another result, would have the same vector."
        )
    if mine != covered.increment(replica):
        return Wrong(
            f"{call} gives {shown}: that claims updates that nobody has made. It should be "
            f"{dict(covered.increment(replica))}."
        )
    return None
