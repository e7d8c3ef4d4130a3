"""Hashes not made for placing keys, and a ring that uses one: the effect of a poor hash on the load.

Each returns 64 bits. A shorter hash is repeated to fill them: the circle is used evenly if the hash's values are, and
so are the remainders modulo the number of nodes.
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
    """Return the 16-bit sum of the bytes: anagrams collide, and all values lie close together.

    >>> byte_sum("tea") == byte_sum("ate"), byte_sum("tea") >> 48
    (True, 314)
    """
    return (sum(text.encode()) & 0xFFFF) * 0x0001000100010001


def crc_32(text: str) -> int:
    """Return a 32-bit checksum: made to detect damaged data, so similar texts get related values."""
    return zlib.crc32(text.encode()) * 0x100000001


def fnv_1a(text: str) -> int:
    """Return the 64-bit FNV-1a: the last byte hardly affects the upper bits, so "a#1" and "a#2" are neighbours.

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
    """A ring that places nodes and keys, both strings, by another hash.

    `Ring.indexes_at` takes hashes as given, so it accepts those of any hash function.

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
