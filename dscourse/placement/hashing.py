"""Stable 64-bit hashes of keys: the same in every process and on every machine, singly and in bulk.

Python's own ``hash`` of a string changes from process to process, so two nodes would place the same key differently.
Keys are strings, bytes, or 64-bit integers. The hash is XXH64 (xxhash.com) of a string's UTF-8, or of an integer's 8
bytes (little-endian, two's complement). So 1 and "1" have different hashes, while a string and its UTF-8, an integer
and its 8 bytes, and -1 and 2 ** 64 - 1 have the same one. In bulk, numpy hashes integers with the same result.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

__all__ = ["BITS", "Key", "hash_of", "hashes_of", "mixed", "mixed_hashes"]

Key = str | bytes | int
BITS = 64

_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
_MASK = (1 << 64) - 1


def hash_of(key: Key) -> int:
    """Return the hash of a key, from 0 to 2 ** 64 - 1.

    Raises TypeError for another type of key, OverflowError for an integer beyond 64 bits.

    >>> hash_of("cart 17") == hash_of(b"cart 17"), hash_of(17)
    (True, 11947371884313433112)
    """
    if isinstance(key, str):
        return xxhash.xxh64_intdigest(_utf_8(key))
    if isinstance(key, bytes):
        return xxhash.xxh64_intdigest(key)
    try:
        number = operator.index(key)
    except TypeError:
        raise TypeError(f"{key!r} cannot be placed: a key is a str, bytes or an int") from None
    return xxhash.xxh64_intdigest(number.to_bytes(8, "little", signed=number < 0))


def _utf_8(text: str) -> bytes:
    """Return the string's UTF-8; a lone surrogate (as in some file names) is encoded like any other code point."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def hashes_of(keys: Sequence[Key] | NDArray[Any]) -> Hashes:
    """Return the hashes of many keys, as `hash_of` does; fast for an array of integers.

    Raises TypeError for a single string or bytes object, which is one key and not a list of keys.

    >>> hashes_of(["a", "b"]).tolist() == [hash_of("a"), hash_of("b")]
    True
    """
    import numpy as np

    if isinstance(keys, str | bytes):
        raise TypeError(f"keys={keys!r}: a list of keys is required; write [{keys!r}]")
    if isinstance(keys, np.ndarray) and keys.dtype.kind in "iu":
        return mixed_hashes(keys.astype(np.uint64), 0)
    found = (hash_of(key) for key in (keys.tolist() if isinstance(keys, np.ndarray) else keys))
    return np.fromiter(found, dtype=np.uint64, count=len(keys))


def mixed(number: int, seed: int) -> int:
    """Return a hash of an integer from 0 to 2 ** 64 - 1 under a seed."""
    return xxhash.xxh64_intdigest(number.to_bytes(8, "little"), seed)


def mixed_hashes(numbers: Hashes, seed: int) -> Hashes:
    """Return `mixed` of each of the numbers: XXH64 of eight bytes, written out.

    >>> import numpy as np
    >>> int(mixed_hashes(np.array([5], dtype=np.uint64), 9)[0]) == mixed(5, 9)
    True
    """
    import numpy as np

    def constant(value: int) -> np.uint64:
        return np.uint64(value & _MASK)

    h = numbers * constant(_P2)
    h = _rotated(h, 31)
    h *= constant(_P1)
    h ^= constant(seed + _P5 + 8)
    h = _rotated(h, 27)
    h *= constant(_P1)
    h += constant(_P4)
    h ^= h >> np.uint64(33)
    h *= constant(_P2)
    h ^= h >> np.uint64(29)
    h *= constant(_P3)
    h ^= h >> np.uint64(32)
    return h


def _rotated(numbers: Hashes, bits: int) -> Hashes:
    import numpy as np

    left = numbers << np.uint64(bits)
    left |= numbers >> np.uint64(64 - bits)
    return left
