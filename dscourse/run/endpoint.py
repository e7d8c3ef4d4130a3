"""One node as the switch sees it: its process, its channel, and all of its events.

An endpoint knows how its process is started and what travels over its channel. The switch knows neither: it calls
`deliver`, `invoke`, `crash` and the like, and receives events (`run.frames` lists them).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from typing import Any

from dscourse.node import Clock
from dscourse.run.channel import Channel, ErrorChannel
from dscourse.run.disk import drop_last
from dscourse.run.frames import frame
from dscourse.run.hub import Hub
from dscourse.run.node_process import boot_code
from dscourse.run.supervise import Process

__all__ = ["Endpoint"]

LOOK_S, MOST_LOOKS = (
    0.001,
    2_000,
)  # how often it looks, after the end of a channel, for that of the process
MOST_WAITING = 1 << 26  # bytes that wait in front of one process, paused or slow

# Operations that wait: earliest start (ns), delay after the previous end (ns), (f, key, value)
Todo = tuple[int, int, tuple[str, Any, Any]]


class Endpoint:
    """The node called ``name``: down, loading, up or dying; ``stream`` holds its events, in order."""

    def __init__(self, hub: Hub, name: str, index: int, client: bool, clock: Clock | None) -> None:
        self.hub, self.name, self.index, self.client = hub, name, index, client
        self.state, self.paused = "down", False
        self.stream: list[list[Any]] = []
        self.vector = [0] * len(hub.names)
        self.ids = self.records = self.incarnation = 0
        self.clock = clock
        self.crash_after = -1
        self.lose = 0
        self.restarts = False  # once it has gone down
        self.waiting: deque[tuple[int, str, bytes]] = (
            deque()
        )  # messages handed over, not yet handled
        self.todo: deque[Todo] = deque()
        self.next_operation, self.operation, self.invoked, self.free_ns = 0, -1, b"", 0
        self.process: Process | None = None
        self._errors: ErrorChannel | None = None
        self._channel: Channel | None = None

    @property
    def up(self) -> bool:
        """True if the node runs; it may be paused."""
        return self.state == "up"

    @property
    def connected(self) -> bool:
        """True until all events of the process are read, which may have ended."""
        return self._channel is not None

    @property
    def log_path(self) -> str:
        """The path of the node's log."""
        return str(self.hub.supervisor.folder / f"{self.index}.log")

    # --- the process -----------------------------------------------------------------------------

    def spawn(self) -> None:
        """Start a process, and load the node into it; `loaded` follows."""
        self.state = "loading"
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = self.hub.supervisor.start(
                [sys.executable, "-c", boot_code(), str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )  # fmt: skip
        self._errors = ErrorChannel(self.hub.loop, self.process.popen.stdout)
        self._channel = Channel(
            self.hub.loop,
            ours,
            self.receive,
            self.disconnect,
            lambda error: self.hub.damaged(self, error),
        )
        self._tell("load", {
            "name": self.name, "names": list(self.hub.names), "file": os.fsencode(self.hub.nodes_file),
            "log": os.fsencode(self.log_path), "fresh": self.incarnation > 0,
        })  # fmt: skip
        self.incarnation += 1

    def start(self) -> None:
        """Let the loaded node start, with its log."""
        self.state = "up"
        kind = "start" if self.incarnation == 1 else "restart"
        seed = f"{self.hub.seed} {self.name} {self.incarnation}"
        clock = self.clock and [self.clock.skew_ms, self.clock.drift_ppm]
        if self.crash_after >= 0:
            self._tell("crash_during", self.crash_after)
        self._tell(
            "start", kind, self.hub.epoch_ns, self.records, self.vector, self.ids, seed, clock
        )

    def crash(self, lose: int = 0) -> None:
        """Kill the process; the crash is recorded once all of its events are read."""
        if self.process is not None and self.state in ("up", "loading"):
            self.state, self.lose = "dying", lose
            self.process.kill()

    def pause(self) -> None:
        """Stop the process, which keeps what it has."""
        if self.process is not None and self.up and not self.paused:
            self.paused = True
            self.process.pause()
            self.hub.observe("pause", self.name)

    def resume(self) -> None:
        """Continue a stopped process."""
        if self.process is not None and self.paused:
            self.paused = False
            self.hub.observe("resume", self.name)
            self.process.resume()
            self.hub.resumed(self)

    def recover(self) -> None:
        """Let the node run: no crash is planned, a paused process continues, a crashed one restarts."""
        self.set_crash_after(-1)
        self.resume()
        self.restart()

    def set_clock(self, clock: Clock) -> None:
        """Let the node read this clock."""
        self.clock = clock
        if self.up:
            self._tell("clock", clock.skew_ms, clock.drift_ppm)

    def set_crash_after(self, effects: int) -> None:
        """Crash in the next handler with more than this many effects; -1 cancels."""
        self.crash_after = effects
        if self.up:
            self._tell("crash_during", effects)

    def how_it_ended(self) -> str:
        """Return how the process ended, or that it runs, and the end of its standard error, in words."""
        if self.process is None or self._errors is None:
            return "has no process"
        return self.process.how_it_ended() + self._errors.ending(lines=40)

    # --- its inputs ------------------------------------------------------------------------------

    def deliver(self, id: int, sender: str, data: bytes, vector: list[int]) -> bool:
        """Hand over a message. Return False if too much is waiting already."""
        assert self._channel is not None
        if self._channel.waiting > MOST_WAITING:
            return False
        self.waiting.append((id, sender, data))
        self._tell("deliver", id, sender, data, vector)
        return True

    def invoke(self, op: int, data: bytes) -> None:
        """Begin an operation."""
        self.operation, self.invoked = op, data
        self._tell("invoke", op, data)

    def _tell(self, *parts: Any) -> None:
        assert self._channel is not None
        self._channel.write(frame(parts))

    # --- its events ------------------------------------------------------------------------------

    def receive(self, events: list[list[Any]]) -> None:
        """Record events of the process, and hand them to the switch."""
        for event in events:
            kind = event[0]
            if kind == "ready":
                self.hub.loaded(self)
                continue
            if kind == "crashing":
                if self.up and self.crash_after < 0:  # it was too late to cancel the crash
                    self.restarts = True
                self.state = "dying"
                continue
            self.vector = event[2]
            if kind == "deliver":
                number, sender, data = self.waiting.popleft()
                assert number == event[3]
                event += (sender, data)
            elif kind == "invoke":
                event.append(self.invoked)
                self.invoked = b""
            elif kind in ("send", "set_timer"):
                self.ids = event[3] // len(self.hub.names)
            elif kind == "write" or kind in ("start", "restart"):
                self.records = event[3]
            self.stream.append(event)
            self.hub.react(self, event)

    def disconnect(self, channel: Channel, looks: int = 0) -> None:
        """React to the end of the channel: all events of the process are read."""
        if channel is not self._channel or self.process is None:
            return
        if not self.process.ended():
            if looks == MOST_LOOKS:
                self.process.kill()  # it has closed its socket, and still runs
            self.hub.loop.call_later(LOOK_S, self.disconnect, channel, looks + 1)
            return
        self._channel = None
        if self._errors is not None:
            self._errors.close()
        planned = self.state == "dying"
        self.state, self.paused, self.crash_after = "down", False, -1
        if self.hub.closing:
            return
        if planned:
            self._go_down()
        else:
            self.hub.died(self)

    def _go_down(self) -> None:
        """Record the crash, and the messages that are lost with it."""
        if self.lose and os.path.exists(self.log_path):
            drop_last(self.log_path, self.lose)
        self.vector = self.vector.copy()
        self.vector[self.index] += 1
        self.stream.append(["crash", self.hub.now_ns(), self.vector, self.lose])
        self.records = max(0, self.records - self.lose)
        self.lose = 0
        for number, sender, data in self.waiting:
            self.hub.observe("drop", self.name, sender, data, number, "crashed")
        self.waiting.clear()
        self.hub.went_down(self)
        if self.restarts:
            self.restarts = False
            self.restart()

    def restart(self) -> None:
        """Start the node again with its log, if it is down or about to be."""
        if self.state == "down":
            self.spawn()
        elif self.state == "dying":
            self.restarts = True
