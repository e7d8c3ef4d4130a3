"""Hashes that are not made for placing keys, and a ring that uses one: what a poor hash does to the load.

Each gives 64 bits. One that has fewer repeats them: the circle is used evenly if the hash's values are, and so are
the rests after a division by the number of nodes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dscourse.placement.hashing import BITS, Key, hash_of
from dscourse.placement.names import listed_names
from dscourse.placement.ring import Ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["HASHES", "HashedRing", "byte_sum", "crc_32", "fnv_1a"]

_MASK = (1 << BITS) - 1


def byte_sum(text: str) -> int:
    """The sum of the bytes, as 16 bits: words with the same letters meet, and all lie close together.

    >>> byte_sum("tea") == byte_sum("ate"), byte_sum("tea") >> 48
    (True, 314)
    """
    return (sum(text.encode()) & 0xFFFF) * 0x0001000100010001


def crc_32(text: str) -> int:
    """A checksum of 32 bits: made to tell damaged texts apart, so texts that differ little come out related."""
    return zlib.crc32(text.encode()) * 0x100000001


def fnv_1a(text: str) -> int:
    """FNV-1a with 64 bits: the last byte hardly reaches the upper bits, so "a#1" and "a#2" lie side by side.

    Source: Fowler, Noll and Vo; RFC 9923.

    >>> abs(fnv_1a("a#1") - fnv_1a("a#2")) < 2**64 // 1_000_000
    True
    """
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & _MASK
    return value


HASHES: dict[str, Callable[[str], int]] = {
    "xxHash": hash_of, "CRC-32": crc_32, "FNV-1a": fnv_1a, "sum of bytes": byte_sum,
}  # fmt: skip


class HashedRing(Ring):
    """A ring on which nodes and keys, which are texts, stand where another hash puts them.

    `Ring.places_at` takes hashes as they come, so those of any hash.

    >>> HashedRing(["a", "b"], 3, byte_sum).arcs()["b"] < 0.01
    True
    """

    def __init__(
        self,
        nodes: Iterable[str] | Mapping[str, float],
        virtual_nodes: int,
        hashed: Callable[[str], int],
    ) -> None:
        self._hash = hashed  # type: ignore[assignment]
        super().__init__(nodes, virtual_nodes)

    def _hashes(self, keys: Sequence[Key] | NDArray[Any]) -> Hashes:
        import numpy as np

        texts = keys.tolist() if isinstance(keys, np.ndarray) else listed_names(keys, "keys")  # type: ignore[arg-type]
        return np.array([self._hash(text) for text in texts], dtype=np.uint64)
