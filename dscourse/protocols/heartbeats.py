"""The heartbeats of a leader: the settings and timers that `bully`, `failover` and their textbook version share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.node import Timer
from dscourse.protocols.fencing import Writer

__all__ = ["BeatDue", "HeartbeatWriter", "LeaderSilent"]


@dataclass(frozen=True, slots=True)
class LeaderSilent(Timer):
    """The leader has not been heard for too long."""


@dataclass(frozen=True, slots=True)
class BeatDue(Timer):
    """The next heartbeat is due."""


class HeartbeatWriter(Writer):
    """A `Writer` that sends a heartbeat every ``beat_ms``, and notices a silence of ``silence_ms``."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        storage: str = "",
        write_ms: float = 40.0,
        beat_ms: float = 50.0,
        silence_ms: float = 200.0,
    ) -> None:
        super().__init__(id, peers, storage, write_ms)
        self.beat_ms, self.silence_ms = beat_ms, silence_ms
