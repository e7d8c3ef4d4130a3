"""Independent random streams: one per seed, link or node, and purpose.

A stream's numbers depend on its name alone. Changing one setting or removing one fault therefore
leaves every other draw as it was; shrinking and paired comparisons rely on this. Only
`random.Random.random` is used: its sequence is guaranteed to be the same on every machine and for
every version of Python.
"""

from __future__ import annotations

from hashlib import blake2b
from random import Random

__all__ = ["copy_stream", "stream"]


def stream(seed: int, *name: str) -> Random:
    """Return the stream called ``name`` of ``seed``, at its beginning.

    >>> stream(1, "latency", "a", "b").random() == stream(1, "latency", "a", "b").random()
    True
    """
    text = "\0".join((str(seed), *name)).encode()
    return Random(int.from_bytes(blake2b(text, digest_size=16).digest(), "big"))


def copy_stream(original: Random) -> Random:
    """Return an independent stream that continues from the current position of ``original``."""
    duplicate = Random.__new__(Random)
    duplicate.setstate(original.getstate())
    return duplicate
