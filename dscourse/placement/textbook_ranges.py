"""Ranges as introductions write them: a list of partitions with two ends each, searched linearly.

The version to break: it checks neither that partitions meet, nor that one covers the end, nor that a split key lies
inside its partition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Partition", "TextbookRanges"]


@dataclass(slots=True)
class Partition:
    """The keys from ``start`` up to, but not including, ``end``, and their node."""

    start: str
    end: str
    node: str


class TextbookRanges:
    """Partitions, in the order given.

    >>> ranges = TextbookRanges([Partition("a", "m", "n1"), Partition("m", "z", "n2")])
    >>> ranges.partition_of("kiwi").node, ranges.partition_of("zucchini")
    ('n1', None)
    """

    def __init__(self, partitions: list[Partition]) -> None:
        self.partitions = list(partitions)
        self.splits = 0

    def partition_of(self, key: str) -> Partition | None:
        for partition in self.partitions:
            if partition.start <= key < partition.end:
                return replace(partition)
        return None

    def split(self, index: int, key: str) -> None:
        old = self.partitions[index]
        self.splits += 1
        left = Partition(old.start, key, old.node)
        right = Partition(key, old.end, f"new {self.splits}")
        self.partitions[index : index + 1] = [left, right]
