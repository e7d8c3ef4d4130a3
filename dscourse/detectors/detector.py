"""The base of the failure detectors for one node: it takes heartbeats and has a deadline for the next one."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Self

__all__ = ["LONGEST_MS", "Detector", "finite", "positive", "whole"]

LONGEST_MS = 1e15  # 30,000 years; beyond that the square of a gap may no longer be finite


class Detector(ABC):
    """A failure detector for one node; times are in ms on any clock and are passed as arguments.

    ``deadline`` is the time from which the node is suspected if no further heartbeat arrives. A detector starts at
    ``start_ms`` as if a heartbeat had arrived then, so that it detects a node that crashes just after joining. A time
    must be a finite number of at most `LONGEST_MS` and not before the last heartbeat. Otherwise ValueError is raised
    and the detector stays unchanged.
    """

    def __init__(self, start_ms: float) -> None:
        self.last_ms = finite("start_ms", start_ms)

    def heartbeat(self, now_ms: float, number: int | None = None) -> None:
        """Record a heartbeat; ``number``, from 1, lets some detectors tell lost heartbeats from late ones.

        Raises ValueError for a time before the last heartbeat: the clock must not go back.
        """
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        self._note(now_ms, number)
        self.last_ms = now_ms

    def suspects(self, now_ms: float) -> bool:
        """Return True if the node is suspected now. Raise ValueError for a time before the last heartbeat."""
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        return now_ms >= self.deadline

    def __repr__(self) -> str:
        return f"{type(self).__name__}(heard at {self.last_ms:g} ms, deadline {self.deadline:g} ms)"

    def clone(self) -> Self:
        """Return an independent copy."""
        return copy.deepcopy(self)

    def _twin(self) -> Self:
        """Return a copy that shares its attributes, in a fifth of the time of `copy.copy`."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

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
        """The time at which suspicion begins if no further heartbeat arrives."""

    def _note(self, now_ms: float, number: int | None) -> None:  # noqa: B027
        """Learn from a new heartbeat; ``last_ms`` is still that of the previous one. By default, do nothing."""


def positive(name: str, value: float) -> float:
    """Return the value. Raise ValueError if it is not a finite number above 0."""
    if not isinstance(value, Real) or not 0 < value <= LONGEST_MS:
        raise ValueError(f"{name}={value!r}: it must be a finite number above 0")
    return float(value)


def finite(name: str, value: float) -> float:
    """Return the value. Raise ValueError if it is not a finite number of ms."""
    if not isinstance(value, Real) or not -LONGEST_MS <= value <= LONGEST_MS:
        raise ValueError(f"{name}={value!r}: it must be a finite number of ms")
    return float(value)


def whole(name: str, value: int, what: str) -> int:
    """Return the value. Raise ValueError if it is not a whole number, 1 or more."""
    if not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name}={value!r}: it must hold at least 1 {what}")
    return int(value)
