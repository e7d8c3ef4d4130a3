"""The arrivals of heartbeats as a value: delaying or losing one, or a crash of the sender, gives others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dscourse.detectors import Heartbeats
from dscourse.show.heartbeats import PHI_MOST, Beat

__all__ = ["LEAST_PHI", "Arrivals"]

LEAST_PHI = 0.5
"""The lowest threshold of φ."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Heartbeats up to ``until_ms``, the threshold of φ, and the sender's crash, if there is one.

    >>> beats = Arrivals.of(Heartbeats([1, 2], [100, 200], [104, 209]), until_ms=400)
    >>> beats.lose(2).beats[1].arrives_ms is None
    True
    """

    beats: tuple[Beat, ...]
    until_ms: float
    threshold: float = 8.0
    crash_ms: float | None = None

    @classmethod
    def of(cls, heard: Heartbeats, until_ms: float) -> Arrivals:
        """Return these heartbeats, times in whole tenths of a ms. ValueError if one arrives after ``until_ms``."""
        rows = zip(heard.number, heard.sent_ms, heard.arrived_ms, strict=True)
        beats = [Beat(int(n), round(float(sent), 1), round(float(at), 1)) for n, sent, at in rows]
        late = next((beat for beat in beats if (beat.arrives_ms or 0) > until_ms), None)
        if late is not None:
            raise ValueError(
                f"until_ms={until_ms:g}: heartbeat {late.number} arrives at {late.arrives_ms:,g} ms, "
                "after the end of the picture"
            )
        return cls(tuple(sorted(beats, key=lambda beat: beat.number)), until_ms)

    @property
    def sent(self) -> tuple[Beat, ...]:
        """The heartbeats that are sent: those before the crash."""
        return tuple(b for b in self.beats if self.crash_ms is None or b.sent_ms < self.crash_ms)

    @property
    def heard(self) -> list[tuple[float, int]]:
        """The times and numbers of the heartbeats that arrive, in the order of arrival."""
        return sorted((b.arrives_ms, b.number) for b in self.sent if b.arrives_ms is not None)

    def arrive(self, number: int, at_ms: float) -> Arrivals:
        """Return the heartbeats with one of them arriving then. ValueError for a time at which it cannot arrive."""
        beat, at = self._beat(number), _time(at_ms)
        if at < beat.sent_ms:
            raise ValueError(
                f"heartbeat {number} cannot arrive at {at:,g} ms: it is sent at {beat.sent_ms:,g} ms"
            )
        if at > self.until_ms:
            raise ValueError(
                f"the picture ends at {self.until_ms:,g} ms: lose the heartbeat instead"
            )
        return self._with(replace(beat, arrives_ms=at))

    def lose(self, number: int) -> Arrivals:
        """Return the heartbeats with one of them lost. ValueError if it is not sent."""
        return self._with(replace(self._beat(number), arrives_ms=None))

    def crash(self, at_ms: float) -> Arrivals:
        """Return the heartbeats of a sender that crashes then. ValueError for a time outside the picture."""
        at = _time(at_ms)
        if not 0 <= at <= self.until_ms:
            raise ValueError(
                f"{at:,g} ms is not in the picture: it shows 0 to {self.until_ms:,g} ms"
            )
        return replace(self, crash_ms=at)

    def stay_up(self) -> Arrivals:
        """Return the heartbeats of a sender that does not crash."""
        return replace(self, crash_ms=None)

    def suspect_from(self, phi: float) -> Arrivals:
        """Return the same heartbeats with another threshold of φ. ValueError unless it is in the picture."""
        if (
            isinstance(phi, bool)
            or not isinstance(phi, int | float)
            or not LEAST_PHI <= phi <= PHI_MOST
        ):
            raise ValueError(f"{phi!r}: a threshold from {LEAST_PHI:g} to {PHI_MOST:g} is required")
        return replace(self, threshold=round(float(phi), 1))

    def _beat(self, number: int) -> Beat:
        found = next((beat for beat in self.sent if beat.number == number), None)
        if found is None:
            raise ValueError(f"no heartbeat {number!r} is sent")
        return found

    def _with(self, changed: Beat) -> Arrivals:
        beats = (changed if beat.number == changed.number else beat for beat in self.beats)
        return replace(self, beats=tuple(beats))


def _time(ms: float) -> float:
    if isinstance(ms, bool) or not isinstance(ms, int | float) or not abs(ms) < 1e9:
        raise ValueError(f"{ms!r}: a time in ms is required")
    return round(float(ms), 1)
