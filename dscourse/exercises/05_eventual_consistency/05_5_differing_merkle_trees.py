"""Judge of 05.5: the buckets in which two Merkle trees differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.judges.values import listed, whole
from dscourse.exercises.tasks import Wrong
from dscourse.replication.merkle import MerkleTree, bucket_of

__all__ = ["judge"]


def judge(differing: Any) -> Wrong | None:
    for depth, changed in _cases():
        wrong = _judge_trees(differing, depth, changed)
        if wrong is not None:
            return wrong
    return None


def _cases() -> Iterator[tuple[int, dict[str, int]]]:
    """Yield depths of trees, from a root alone to 256 buckets, each with the keys that were changed."""
    for depth in (4, 1, 0, 3, 6, 8):
        yield depth, {}
        yield depth, {"k3": -1}
        yield depth, {"k3": -1, "k17": 9}
        yield depth, {f"k{n}": 0 for n in range(1, 40, 2)}
        yield depth, {f"k{n}": -1 for n in range(40)}
        yield depth, {"new": 1}


def _judge_trees(differing: Any, depth: int, changed: dict[str, int]) -> Wrong | None:
    ours = {f"k{n}": n for n in range(40)}
    mine, other = (MerkleTree.of(data, depth).levels for data in (ours, {**ours, **changed}))
    wanted = sorted({bucket_of(key, depth) for key in changed if ours.get(key) != changed[key]})
    asked = _Asked(other)
    answer = differing(mine, asked)
    items = listed(answer)
    if items is None:
        return Wrong(f"differing must return a list of buckets, not {answer!r}.")
    buckets = [whole(item) for item in items]
    where = f"In trees of {2**depth} buckets, with {len(changed)} keys changed"
    if sorted(-1 if bucket is None else bucket for bucket in buckets) != wanted:
        return Wrong(f"{where}, the buckets {wanted} differ, but you found {items}.")
    if asked.outside:
        return Wrong(f"{where}, you asked for the hash {asked.outside}, which is not in the tree.")
    most = 1 + 2 * sum(len({i >> (depth - level) for i in wanted}) for level in range(depth))
    if asked.count > most:
        return Wrong(
            f"{where}, you asked for {asked.count} hashes where {most} are enough: ask once for each, and for none "
            "below two that are equal: children of equal nodes are equal."
        )
    return None


class _Asked:
    """The other side's tree: a call with a level and an index returns the hash and is counted."""

    def __init__(self, levels: tuple[tuple[bytes, ...], ...]) -> None:
        self._levels, self.count = levels, 0
        self.outside = ""

    def __call__(self, level: int, index: int) -> bytes:
        self.count += 1
        level, index = int(level), int(index)
        if not (0 <= level < len(self._levels) and 0 <= index < len(self._levels[level])):
            self.outside = f"({level}, {index})"
            return b""
        return self._levels[level][index]
