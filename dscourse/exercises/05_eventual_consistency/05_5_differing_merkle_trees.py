"""Judge of 05.5: the buckets in which two Merkle trees differ."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from dscourse.exercises.judges.values import distinct, listed, whole
from dscourse.exercises.tasks import Wrong
from dscourse.replication.merkle import MerkleTree

__all__ = ["LINES", "judge"]

LINES = 1_000_000

Levels = tuple[tuple[bytes, ...], ...]

_DEPTHS = (4, 1, 0, 3, 6, 8, 13)
_SHOWN = 6  # buckets that a message shows


def judge(differing: Any) -> Wrong | None:
    for depth in _DEPTHS:
        levels = MerkleTree.of({f"k{n}": n for n in range(40)}, depth).levels
        for number, changed in enumerate(_choices(2**depth, Random(depth))):
            other = _changed(levels, changed, Random(number))
            wrong = _judge_trees(differing, levels, other, sorted(changed))
            if wrong is not None:
                return wrong
    return None


def _choices(buckets: int, draws: Random) -> Iterator[set[int]]:
    """Yield sets of buckets to change: none, one at an end, neighbours, a few, a row, half of them, and all."""
    yield set()
    for bucket in (draws.randrange(buckets), 0, buckets - 1):
        yield {bucket}
    start = draws.randrange(buckets)
    yield {start, start ^ 1} & set(range(buckets))
    yield {draws.randrange(buckets) for _ in range(7)}
    yield set(range(start, min(buckets, start + 11)))
    if buckets <= 1_024:
        yield {bucket for bucket in range(buckets) if draws.random() < 0.5}
    yield set(range(buckets))
    yield set()


def _changed(levels: Levels, buckets: set[int], draws: Random) -> Levels:
    """Return a copy of the tree that differs in these buckets and above them: in one byte of each hash."""
    depth = len(levels) - 1
    rows = []
    for level, row in enumerate(levels):
        hashes = list(row)
        for index in {bucket >> (depth - level) for bucket in buckets}:
            hashes[index] = _flipped(row[index], draws)
        rows.append(tuple(hashes))
    return tuple(rows)


def _flipped(hashed: bytes, draws: Random) -> bytes:
    """Return the hash with one bit changed; the hash of an empty bucket is empty, and becomes one of one byte."""
    if not hashed:
        return b"\1"
    byte = draws.randrange(len(hashed))
    return hashed[:byte] + bytes([hashed[byte] ^ 1]) + hashed[byte + 1 :]


def _judge_trees(differing: Any, mine: Levels, other: Levels, wanted: list[int]) -> Wrong | None:
    asked = _Asked(mine, other)
    answer = differing(mine, asked)
    items = listed(answer, most=100_000)
    if items is None:
        return Wrong(f"differing must return a list of buckets, not {answer!r:.200}.")
    buckets = [whole(item) for item in items]
    depth = len(mine) - 1
    where = f"In trees of {len(mine)} levels, with {2**depth:,} bucket{'s' * (depth > 0)}"
    if sorted(-1 if bucket is None else bucket for bucket in buckets) != wanted:
        return Wrong(f"{where}, {_differ(wanted)}, but you found {_listed(items)}.")
    if asked.mistake:
        return Wrong(f"{where}, of which {_differ(wanted)}, {asked.mistake}.")
    return None


def _differ(buckets: list[int]) -> str:
    return f"the buckets {_listed(buckets)} differ" if buckets else "none differs"


def _listed(items: list[Any]) -> str:
    """Return these buckets in words; of many only the first."""
    if len(items) <= _SHOWN:
        return str(items)
    return f"[{', '.join(map(str, items[:_SHOWN]))}, … ({len(items):,} in all)]"


class _Asked:
    """The other side's tree: a call with a level and an index returns the hash; the first needless one is noted."""

    def __init__(self, mine: Levels, levels: Levels) -> None:
        self._mine, self._levels = mine, levels
        self._known: set[tuple[int, int]] = set()
        self.mistake = ""

    def __call__(self, level: int, index: int) -> bytes:
        level, index = int(level), int(index)
        if not (0 <= level < len(self._levels) and 0 <= index < len(self._levels[level])):
            self.mistake = (
                self.mistake
                or f"you asked for the hash ({level}, {index}), which is not in the tree"
            )
            return b""
        if not self.mistake:
            self.mistake = self._needless(level, index)
        self._known.add((level, index))
        return distinct(self._levels[level][index])  # type: ignore[no-any-return]

    def _needless(self, level: int, index: int) -> str:
        """Return why this hash need not be asked for, or an empty text."""
        if (level, index) in self._known:
            return f"you asked for the hash ({level}, {index}) twice: ask once for each"
        above = level - 1, index // 2
        if level and self._mine[above[0]][above[1]] == self._levels[above[0]][above[1]]:
            return (
                f"you asked for the hash ({level}, {index}) below ({above[0]}, {above[1]}), which is equal on both "
                "sides: so are its children"
            )
        return ""
