"""Judge of 05.5: the buckets in which two Merkle trees differ."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.tasks import Wrong
from dscourse.replication.merkle import MerkleTree, bucket_of

__all__ = ["judge"]


def judge(differing: Any) -> Wrong | None:
    ours = {f"k{n}": n for n in range(40)}
    for changed in (
        {},
        {"k3": -1},
        {"k3": -1, "k17": 9},
        {f"k{n}": 0 for n in range(1, 40, 2)},
        {"new": 1},
    ):
        trees = MerkleTree.of(ours, 4).levels, MerkleTree.of({**ours, **changed}, 4).levels
        wanted = sorted({bucket_of(key, 4) for key in changed if ours.get(key) != changed[key]})
        asked = _Asked(trees[1])
        answer = differing(trees[0], asked)
        if not isinstance(answer, list):
            return Wrong(f"differing must return a list of buckets, not {answer!r}.")
        if sorted(answer) != wanted:
            return Wrong(
                f"With {len(changed)} keys changed the buckets {wanted} differ, but you found {answer}."
            )
        most = 1 + 2 * sum(len({index >> (4 - level) for index in wanted}) for level in range(4))
        if asked.count > most:
            return Wrong(
                f"You asked for {asked.count} hashes where {most} are enough: children of equal nodes are equal."
            )
    return None


class _Asked:
    """The other side's tree: a call with a level and an index returns the hash and is counted."""

    def __init__(self, levels: tuple[tuple[bytes, ...], ...]) -> None:
        self._levels, self.count = levels, 0

    def __call__(self, level: int, index: int) -> bytes:
        self.count += 1
        return self._levels[level][index]
