"""Independent random streams: one per seed, link or node, and purpose.

A stream's numbers depend on its name alone. Changing one setting or removing one fault therefore
leaves every other draw as it was; shrinking and paired comparisons rely on this. Only
`random.Random.random` is used: its sequence is guaranteed to be the same on every machine and for
every version of Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import chain
from random import Random
from typing import Any

__all__ = ["BriefStreams", "LinkStreams", "copy_stream", "stream"]

_FEW = 16  # messages


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


class LinkStreams:
    """The streams of one link, by purpose; each message of the link owns one number of every stream.

    ``positions`` tells for how many messages each stream that was made has given its numbers. It is made when it is
    first needed: that takes longer than the rest of a link does, and a partition changes links that nobody uses.

    >>> streams, fresh = LinkStreams(1, "a", "b"), LinkStreams(1, "a", "b")
    >>> first, second = streams.draw("loss", 1), streams.draw("loss", 2)
    >>> fresh.draw("loss", 2) == second  # that of message 1 is passed over
    True
    """

    __slots__ = ("_streams", "positions", "seed", "source", "to")

    def __init__(self, seed: int, source: str, to: str) -> None:
        self.seed, self.source, self.to = seed, source, to
        self._streams: dict[str, Random] = {}
        self.positions: dict[str, int] = {}

    def at(self, purpose: str, messages: int) -> Random:
        """Return the stream for ``purpose`` advanced past the numbers of this many messages."""
        draws = self._streams.get(purpose)
        if draws is None:
            draws = self._streams[purpose] = self._begin(purpose)
            self.positions[purpose] = 0
        for _ in range(self.positions[purpose], messages):
            draws.random()
        self.positions[purpose] = messages
        return draws

    def after(self, purpose: str, messages: int) -> Callable[[], float]:
        """Return a function that gives the numbers for ``purpose`` of the messages after so many, one by one.

        It does not count: set ``positions`` before the stream is used in another way.
        """
        return self.at(purpose, messages).random

    def draw(self, purpose: str, message: int) -> float:
        """Return the number for ``purpose`` of the ``message``-th message, counted from 1."""
        draws = self.at(purpose, message - 1)
        self.positions[purpose] = message
        return draws.random()

    def _begin(self, purpose: str) -> Random:
        return stream(self.seed, purpose, self.source, self.to)

    def copy(self) -> LinkStreams:
        """Return independent streams that continue from the same positions."""
        other = type(self)(self.seed, self.source, self.to)
        other.positions = dict(self.positions)
        other._streams = {purpose: copy_stream(draws) for purpose, draws in self._streams.items()}
        return other


class BriefStreams(LinkStreams):
    """The streams of a link that probably carries a few messages: it begins with a few numbers instead of a stream.

    A stream takes 2.5 KB, the numbers a fifth of that, and a hundred nodes have ten thousand links.

    >>> link, brief = LinkStreams(1, "a", "b"), BriefStreams(1, "a", "b")
    >>> all(link.draw("loss", n) == brief.draw("loss", n) for n in (1, 3, 16, 17, 20))
    True
    """

    __slots__ = ("_first",)

    def __init__(self, seed: int, source: str, to: str) -> None:
        super().__init__(seed, source, to)
        self._first: dict[str, tuple[float, ...]] = {}

    def after(self, purpose: str, messages: int) -> Callable[[], float]:
        if messages >= _FEW:
            return super().after(purpose, messages)
        return chain(self._numbers(purpose)[messages:], _Rest(self, purpose)).__next__

    def draw(self, purpose: str, message: int) -> float:
        if message > _FEW:
            return super().draw(purpose, message)
        if purpose not in self._first:
            self._first[purpose] = self._numbers(purpose)
        return self._first[purpose][message - 1]

    def _numbers(self, purpose: str) -> tuple[float, ...]:
        draws = self._begin(purpose)
        return tuple([draws.random() for _ in range(_FEW)])


class _Rest:
    """The numbers after the first few, from a stream that is made when they are asked for."""

    __slots__ = ("purpose", "streams")

    def __init__(self, streams: BriefStreams, purpose: str) -> None:
        self.streams, self.purpose = streams, purpose

    def __iter__(self) -> Iterator[float]:
        return iter(self.streams.at(self.purpose, _FEW).random, _NEVER)


_NEVER: Any = None  # what no stream returns
