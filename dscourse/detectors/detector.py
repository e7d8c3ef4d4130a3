"""What every failure detector of one node has in common: it hears heartbeats, and it has a deadline for the next."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

__all__ = ["Detector", "positive"]


class Detector(ABC):
    """Listens to the heartbeats of one node; times are in ms, by whatever clock, and are given as arguments.

    ``deadline`` is the time from which on the node is suspected if no further heartbeat comes. A detector begins at
    ``start_ms`` as if a heartbeat had come then, so that a node which dies just after it has joined is found out.
    """

    def __init__(self, start_ms: float) -> None:
        self.last_ms = _time("start_ms", start_ms)

    def heartbeat(self, now_ms: float, number: int | None = None) -> None:
        """A heartbeat has arrived; ``number`` says which, from 1 on, if the detector tells lost ones from late ones.

        ValueError for one before the last: a clock that goes back tells nothing.
        """
        if not now_ms >= self.last_ms:
            raise self._too_early(now_ms)
        self._note(now_ms, number)
        self.last_ms = now_ms

    def suspects(self, now_ms: float) -> bool:
        """True if the node is suspected now. ValueError for a time before the last heartbeat."""
        if not now_ms >= self.last_ms:
            raise self._too_early(now_ms)
        return now_ms >= self.deadline

    def __repr__(self) -> str:
        return f"{type(self).__name__}(heard at {self.last_ms:g} ms, deadline {self.deadline:g} ms)"

    def _too_early(self, now_ms: float) -> ValueError:
        return ValueError(
            f"now_ms={now_ms!r}: the last heartbeat came at {self.last_ms:g} ms, and time does not go back"
        )

    @property
    @abstractmethod
    def deadline(self) -> float:
        """When suspicion begins if no further heartbeat comes."""

    def _note(self, now_ms: float, number: int | None) -> None:  # noqa: B027
        """Learn from a heartbeat that has arrived; ``last_ms`` is still the one before. Some learn nothing."""


def positive(name: str, value: float) -> float:
    """The value; ValueError if it is not a finite number above 0."""
    if not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{name}={value!r}: it must be a finite number above 0")
    return float(value)


def _time(name: str, value: float) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name}={value!r}: it must be a finite number of ms")
    return float(value)
