"""The fates decided for single messages of one link, by type and number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

__all__ = ["USUAL", "Fate", "Fates"]


@dataclass(frozen=True, slots=True)
class Fate:
    """The decisions about one message: a loss, another latency (µs), and latencies of further copies."""

    lost: bool = False
    latency_us: int | None = None
    copies_us: tuple[int, ...] = ()


USUAL = Fate()


class Fates:
    """The fates of messages yet to be sent, and how many of each type have been sent."""

    __slots__ = ("_decided", "_sent")

    def __init__(self, sent: Iterable[str] = ()) -> None:
        self._sent = Counter(sent)
        self._decided: dict[tuple[str, int], Fate] = {}

    def lose(self, kind: str, nth: int) -> None:
        """Decide that the ``nth`` message of type ``kind`` is lost."""
        self._change(kind, nth, lost=True)

    def delay(self, kind: str, nth: int, latency_us: int) -> None:
        """Decide its latency."""
        self._change(kind, nth, latency_us=latency_us)

    def repeat(self, kind: str, nth: int, latency_us: int) -> None:
        """Decide that a further copy takes this long."""
        copies = self._decided.get((kind, nth), USUAL).copies_us
        self._change(kind, nth, copies_us=(*copies, latency_us))

    def _change(self, kind: str, nth: int, **decision: object) -> None:
        self._decided[kind, nth] = replace(self._decided.get((kind, nth), USUAL), **decision)  # type: ignore[arg-type]

    def next(self, kind: str) -> Fate:
        """Count a message of type ``kind`` that is being sent, and return its fate."""
        self._sent[kind] += 1
        return self._decided.pop((kind, self._sent[kind]), USUAL)

    def key(self) -> Hashable:
        """Return a value that is equal for fates that decide alike from now on."""
        return frozenset(self._sent.items()), frozenset(self._decided.items())

    def copy(self) -> Fates:
        """Return fates that change independently."""
        other = Fates()
        other._sent, other._decided = self._sent.copy(), self._decided.copy()
        return other
