"""Reading a time server's clock over a network, with a bound on the error of each reading.

Source:        Cristian, "Probabilistic Clock Synchronization", Distributed Computing 3(3), 1989: how a process reads
               a remote clock.
Assumes:       clocks that gain or lose at most ``drift_ppm`` millionths, are not set during a reading, and show less
               than 10^11 ms, where a floating-point number is exact to a fiftieth of a µs; messages that take at
               least ``min_ms``, and may be lost, repeated and reordered. No upper bound on their delay. Restarts: of
               both; a reply names the operation and the attempt, so it counts for no other one.
Promises:      `Reading.holds` for every reading, when the answer arrives; `error_after` for later.
Not promised:  that a reading succeeds: if every round trip is too long for ``wanted_ms``, or lost, it fails.
Departs:       the textbook client believes the answer as it stands; this one measures the round trip on its own
               clock. The bounds are exact in the drift where the paper drops its square, and wider by the rounding
               of clocks that show whole microseconds.
Size:          2 messages per attempt; 1 forced write per reading.
"""

from __future__ import annotations

from dscourse.node import Client, Invocation
from dscourse.protocols.textbook.cristian import Reading, ReplyTimeout, TimeReply, TimeRequest

__all__ = ["CristianClient", "error_after", "reading_of"]

_ROUNDING_MS = 0.002  # of three readings of clocks that show whole microseconds


def reading_of(
    asked_ms: float,
    server_ms: float,
    answered_ms: float,
    min_ms: float = 0.0,
    drift_ppm: float = 0.0,
) -> Reading:
    """Return the reading of a round trip that began and ended at these times of the client's own clock.

    The server's clock showed ``server_ms`` in between. When the reply arrives, it shows a time between two bounds:
    the reply took ``min_ms``, or all of the round trip but ``min_ms``. The reading is their middle. ValueError if the
    round trip is shorter than two messages can be, or the drift is not in 0 to 100,000.

    >>> reading_of(asked_ms=100, server_ms=250, answered_ms=120, min_ms=4)
    Reading(own_ms=120, server_ms=260.0, error_ms=6.002)
    """
    drift = _drift(drift_ppm)
    round_trip = (answered_ms - asked_ms) / (1 - drift)
    if not round_trip + _ROUNDING_MS >= 2 * min_ms >= 0:
        raise ValueError(
            f"a round trip of {round_trip:g} ms: two messages of {min_ms:g} ms take longer"
        )
    least = server_ms + min_ms * (1 - drift)
    most = server_ms + (round_trip - min_ms) * (1 + drift)
    return Reading(answered_ms, (least + most) / 2, (most - least) / 2 + _ROUNDING_MS)


def error_after(reading: Reading, own_ms: float, drift_ppm: float) -> float:
    """Return the error bound of a reading, in ms, when the client's clock shows ``own_ms``: both clocks drift.

    While a slow own clock shows one ms, 1 / (1 - drift) ms pass, and a fast server's clock gains 1 + drift in each.
    ValueError if the drift is not in 0 to 100,000.

    >>> error_after(Reading(0.0, 0.0, 2.0), own_ms=900.0, drift_ppm=100_000)
    202.0
    """
    drift = _drift(drift_ppm)
    return reading.error_ms + 2 * drift / (1 - drift) * abs(own_ms - reading.own_ms)


def _drift(ppm: float) -> float:
    if not 0 <= ppm <= 100_000:
        raise ValueError(f"drift_ppm={ppm!r}: it must be from 0 to 100,000")
    return ppm / 1e6


class CristianClient(Client):
    """A client that asks until a reading's error is at most ``wanted_ms``, in at most ``attempts``."""

    def __init__(
        self,
        id: str,
        server: str,
        min_ms: float = 0.0,
        drift_ppm: float = 0.0,
        wanted_ms: float = float("inf"),
        attempts: int = 5,
        timeout_ms: float = 200.0,
    ) -> None:
        super().__init__(id)
        if attempts < 1:
            raise ValueError(f"attempts={attempts}: a client asks at least once")
        reading_of(0.0, 0.0, 3 * min_ms, min_ms, drift_ppm)  # raises for settings that cannot be
        self.server, self.min_ms, self.drift_ppm = server, min_ms, drift_ppm
        self.wanted_ms, self.attempts, self.timeout_ms = wanted_ms, attempts, timeout_ms
        self.op: int | None = None
        self.attempt = 0
        self.asked_ms = 0.0

    def on_invoke(self, op: Invocation) -> None:
        self.op, self.attempt = op.id, 0
        self._ask("")

    def on_time_reply(self, sender: str, reply: TimeReply) -> None:
        if (reply.op, reply.attempt) != (self.op, self.attempt):
            return
        try:
            reading = reading_of(
                self.asked_ms, reply.server_ms, self.now, self.min_ms, self.drift_ppm
            )
        except ValueError:
            self._ask("the own clock was set during the reading")
            return
        if reading.error_ms > self.wanted_ms:
            self._ask("every round trip was too long")
            return
        self.op = None
        self.write(reading)
        self.complete(reply.op, reading)

    def on_reply_timeout(self, timer: ReplyTimeout) -> None:
        if (timer.op, timer.attempt) == (self.op, self.attempt):
            self._ask("no answer")

    def _ask(self, reason: str) -> None:
        """Ask once more; after the last attempt, fail for this ``reason``."""
        if self.op is None:
            return
        if self.attempt == self.attempts:
            self.fail(self.op, reason)
            self.op = None
            return
        self.attempt += 1
        self.asked_ms = self.now
        self.send(self.server, TimeRequest(self.op, self.attempt))
        self.set_timer(ReplyTimeout(self.op, self.attempt), self.timeout_ms)
