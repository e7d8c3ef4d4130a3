"""What every failure detector of one node has in common: it hears heartbeats, and it has a deadline for the next."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Self

__all__ = ["LONGEST_MS", "Detector", "finite", "positive", "whole"]

LONGEST_MS = (
    1e15  # 30,000 years; with longer times the square of a gap may not be a number any more
)


class Detector(ABC):
    """Listens to the heartbeats of one node; times are in ms, by whatever clock, and are given as arguments.

    ``deadline`` is the time from which on the node is suspected if no further heartbeat comes. A detector begins at
    ``start_ms`` as if a heartbeat had come then, so that a node which dies just after it has joined is found out.
    A time is a finite number of at most `LONGEST_MS`, and never before the last heartbeat: ValueError otherwise, and
    the detector stays as it was.
    """

    def __init__(self, start_ms: float) -> None:
        self.last_ms = finite("start_ms", start_ms)

    def heartbeat(self, now_ms: float, number: int | None = None) -> None:
        """A heartbeat has arrived; ``number`` says which, from 1 on, if the detector tells lost ones from late ones.

        ValueError for one before the last: a clock that goes back tells nothing.
        """
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        self._note(now_ms, number)
        self.last_ms = now_ms

    def suspects(self, now_ms: float) -> bool:
        """True if the node is suspected now. ValueError for a time before the last heartbeat."""
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        return now_ms >= self.deadline

    def __repr__(self) -> str:
        return f"{type(self).__name__}(heard at {self.last_ms:g} ms, deadline {self.deadline:g} ms)"

    def clone(self) -> Self:
        """A copy that goes on by itself."""
        return copy.deepcopy(self)

    def _no_time(self, now_ms: float) -> ValueError:
        if not now_ms < self.last_ms:
            return ValueError(
                f"now_ms={now_ms!r}: a finite time of at most {LONGEST_MS:g} ms is required"
            )
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
    if not isinstance(value, Real) or not 0 < value <= LONGEST_MS:
        raise ValueError(f"{name}={value!r}: it must be a finite number above 0")
    return float(value)


def finite(name: str, value: float) -> float:
    """The value; ValueError if it is not a finite number of ms."""
    if not isinstance(value, Real) or not -LONGEST_MS <= value <= LONGEST_MS:
        raise ValueError(f"{name}={value!r}: it must be a finite number of ms")
    return float(value)


def whole(name: str, value: int, what: str) -> int:
    """The value; ValueError if it is not a whole number, 1 or more."""
    if not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name}={value!r}: it must hold at least 1 {what}")
    return int(value)
