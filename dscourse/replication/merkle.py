"""Merkle trees: where two copies of some data differ, by exchanging a few hashes instead of all keys.

Keys fall into 2 ** depth buckets by their hash. A leaf is the hash of a bucket's keys and versions, an inner node
that of its two children. Equal roots: equal copies, unless two hashes of 64 bits collide. Otherwise both sides
descend where the hashes differ, and end at the buckets that do: for d keys that differ at most 1 + 2 * d * depth
hashes, however many keys there are.

Source: Merkle, "A digital signature based on a conventional encryption function", CRYPTO 1987; used for anti-entropy
by DeCandia et al., "Dynamo", SOSP 2007, section 4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from dscourse.core.copying import stable_repr

__all__ = ["MerkleTree", "bucket_of"]

EMPTY = b""  # the hash of a bucket, or of a subtree, without keys


@dataclass(frozen=True, slots=True)
class MerkleTree:
    """The hashes of one copy: ``levels[0]`` has the root, ``levels[depth]`` the buckets.

    >>> one, other = MerkleTree.of({"x": 1, "y": 2}, depth=4), MerkleTree.of({"x": 1, "y": 3}, depth=4)
    >>> one.differences(other) == [bucket_of("y", 4)]
    True
    >>> one.hashes_compared(other)  # the root, and two on each level below it
    9
    """

    levels: tuple[tuple[bytes, ...], ...]

    @classmethod
    def of(cls, versions: Mapping[Any, Any], depth: int = 6) -> MerkleTree:
        """The tree of a copy, given each key's version (anything that is printed alike on every machine)."""
        if not isinstance(depth, int) or not 0 <= depth <= 20:
            raise ValueError(f"depth={depth!r}: a tree has from 0 to 20 levels below its root")
        buckets: dict[int, list[bytes]] = {}
        for key, version in versions.items():
            entry = stable_repr((key, version)).encode()
            buckets.setdefault(bucket_of(key, depth), []).append(entry)
        hashes = {index: _hash(*sorted(entries)) for index, entries in buckets.items()}
        levels: list[tuple[bytes, ...]] = []
        for level in range(depth, -1, -1):
            levels.insert(0, tuple([hashes.get(index, EMPTY) for index in range(2**level)]))
            hashes = {
                parent: _hash(hashes.get(2 * parent, EMPTY), hashes.get(2 * parent + 1, EMPTY))
                for parent in {index // 2 for index in hashes}
            }
        return cls(tuple(levels))

    @property
    def root(self) -> bytes:
        """The hash of everything."""
        return self.levels[0][0]

    @property
    def depth(self) -> int:
        """The number of levels below the root."""
        return len(self.levels) - 1

    def hashes(self, level: int, indexes: Iterable[int]) -> tuple[bytes, ...]:
        """The hashes at these indexes of a level, as sent to the other side."""
        return tuple(self.levels[level][index] for index in indexes)

    def differing(self, level: int, indexes: Iterable[int], theirs: Iterable[bytes]) -> list[int]:
        """The indexes of a level at which the other side has another hash."""
        return [
            index
            for index, other in zip(indexes, theirs, strict=True)
            if self.levels[level][index] != other
        ]

    def differences(self, other: MerkleTree) -> list[int]:
        """The buckets in which the two copies differ; ValueError if the trees have different depths."""
        *_, (_, differing) = self._descent(other)
        return differing

    def hashes_compared(self, other: MerkleTree) -> int:
        """Return the number of hashes that each side has to send until the buckets that differ are known."""
        return sum(len(indexes) for indexes, _ in self._descent(other))

    def _descent(self, other: MerkleTree) -> Iterator[tuple[list[int], list[int]]]:
        """For each level, the indexes that are compared, and those of them that differ."""
        if self.depth != other.depth:
            raise ValueError(f"trees of depth {self.depth} and {other.depth} cannot be compared")
        indexes = [0]
        for level in range(self.depth + 1):
            differing = self.differing(level, indexes, other.hashes(level, indexes))
            yield indexes, differing
            indexes = [child for index in differing for child in (2 * index, 2 * index + 1)]


def bucket_of(key: Any, depth: int) -> int:
    """The bucket, from 0 to 2 ** depth - 1, of a key: the same on every machine."""
    return _position(stable_repr(key)) >> (64 - depth)


@lru_cache(maxsize=4096)
def _position(text: str) -> int:
    """The hash of a key's text as a number of 64 bits."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _hash(*parts: bytes) -> bytes:
    """The hash of some parts; that of nothing, or of empty parts alone, is empty."""
    if not any(parts):
        return EMPTY
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()
