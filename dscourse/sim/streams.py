"""Random numbers that do not disturb each other: one stream for each seed, place and purpose.

A stream's numbers depend on its name alone. Turning one knob or removing one fault therefore
leaves every other draw as it was, which is what shrinking and paired comparisons rest on. Only
`random.Random.random` is used: its sequence is guaranteed to be the same on every machine and for
every version of Python.
"""

from __future__ import annotations

from hashlib import blake2b
from random import Random

__all__ = ["copy_stream", "stream"]


def stream(seed: int, *name: str) -> Random:
    """The stream called ``name`` of ``seed``, at its beginning.

    >>> stream(1, "latency", "a", "b").random() == stream(1, "latency", "a", "b").random()
    True
    """
    text = "\0".join((str(seed), *name)).encode()
    return Random(int.from_bytes(blake2b(text, digest_size=16).digest(), "big"))


def copy_stream(original: Random) -> Random:
    """A stream that goes on where ``original`` stands; each then goes on by itself."""
    duplicate = Random.__new__(Random)
    duplicate.setstate(original.getstate())
    return duplicate
