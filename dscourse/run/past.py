"""The past of a moment in a recording, carried out again: each node is driven through its own record.

Its trace is the recorded one. Faults of links are in force as they were then, and the random streams of links and
timers have come as far.
"""

from __future__ import annotations

from typing import Any

from dscourse.node import Client, Clock
from dscourse.run.merge import read
from dscourse.run.recording import Recording
from dscourse.run.replaying import Driver, given_nodes
from dscourse.sim.assembly import assemble
from dscourse.sim.engine import DELIVER
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.injection import Injector

__all__ = ["Past"]

_EFFECTS_AND_OBSERVED = frozenset({
    "send", "set_timer", "cancel_timer", "write", "ok", "fail", "unknown", "duplicate", "error",
})  # fmt: skip


class _PastInjector(Injector):
    """Faults that have happened: their effects on nodes are recorded, and their effects on links still hold."""

    def crash(self, node: str, lose: int = 0) -> None:
        pass

    def restart(self, node: str) -> None:
        pass

    def pause(self, node: str) -> None:
        pass

    def resume(self, node: str) -> None:
        pass

    def submit(self, client: str, f: str, key: object = None, value: object = None) -> None:
        pass


class Past:
    """The past of a recording up to ``at_us``, carried out in ``engine``, in which nothing is pending.

    ``drivers`` hold the nodes as they were then, and ``begun`` names those that had started. ``flying`` holds the
    messages under way by their ids, with their links and the arrivals that were drawn for them; ``due`` when each
    timer is due; ``last_number`` is the largest number of a message or a timer. Times are in µs.
    """

    def __init__(self, recording: Recording, at_us: int) -> None:
        self.beginning = recording.until(at_us / 1000)
        given = given_nodes(recording, None)
        clocks = {name: Clock(*clock) for name, clock in recording.clocks.items()}
        nodes = [given[name] for name in recording.streams]
        self.engine = assemble(nodes, recording.seed, recording.network, (), clocks, False)
        self.engine.heap.clear()
        self.drivers = {name: Driver(self.beginning, given[name]) for name in recording.streams}
        self._clients = sum(isinstance(node, Client) for node in nodes)
        self.flying: dict[int, list[tuple[Wire, Any, int]]] = {}  # with the drawn arrival, in µs
        self.due: dict[int, int] = {}  # of timers
        self.last_number = 0
        self.begun: set[str] = set()

        for _, event, cells in read(
            self.beginning.streams, self.beginning.observed, recording.codec
        ):
            if cells[1] not in _EFFECTS_AND_OBSERVED:
                self._show()
            self.engine.time.us = min(cells[0], at_us)
            self.engine.trace.cells.extend((self.engine.time.us, *cells[1:]))
            self._follow(event, cells)
        self._show()
        self.engine.time.us = at_us

    def _show(self) -> None:
        """Let the observer, if there is one, look at the world as it is now."""
        if self.engine.observer is not None:
            self.engine.heap = [
                (due, number, DELIVER, wire, message, number)
                for number, copies in self.flying.items()
                for wire, message, due in copies
            ]
            self.engine.show()
            self.engine.heap = []

    def _follow(self, event: list[Any], cells: tuple[Any, ...]) -> None:
        _, kind, where, peer, what, number, _ = cells
        engine = self.engine
        host = engine.hosts.get(where)
        if kind == "fault":
            what.apply(_PastInjector(engine))
        elif kind == "drop":
            self._land(number)
        elif kind == "duplicate":
            wire = engine.wire(peer, where)
            due = engine.time.us + wire.copy_latency_us()
            self.flying.setdefault(number, []).append((wire, what, due))
        elif host is not None and kind in ("pause", "resume"):
            host.set_state(up=host.up, paused=kind == "pause")
        elif host is not None and kind in ("start", "restart", "deliver", "timer", "invoke"):
            self._handle(host, event, what, number)
        elif host is not None and kind == "crash":
            self._crash(host, number)
        elif host is not None:
            self._carry_out(host, kind, peer, what, number, event)

    def _handle(self, host: Host, event: list[Any], what: Any, id: int) -> None:
        driver = self.drivers[host.name]
        difference = driver.advance()
        if difference:
            raise ValueError(
                "the nodes do not do again what they did in the run, so that their states are not known: "
                f"{difference}"
            )
        host.node = driver.node
        if event[0] == "deliver":
            self._land(id)
        elif event[0] == "timer":
            host.timers.pop(what, None)
        elif event[0] == "invoke":
            host.operation, host.next_operation = id, id + self._clients
        else:
            self.begun.add(host.name)
            host.set_state(up=True, paused=False)
            host.log[event[3] - len(event[4]) :] = map(self.beginning.codec.decode, event[4])

    def _crash(self, host: Host, lose: int) -> None:
        self.drivers[host.name].advance()
        host.has_crashed = True
        host.set_state(up=False, paused=False)
        host.timers.clear()
        host.set_crash_after(None)
        del host.log[max(0, len(host.log) - lose) :]

    def _carry_out(
        self, host: Host, kind: str, peer: Any, what: Any, id: int, event: list[Any]
    ) -> None:
        if kind == "send":
            self._send(host.name, peer, what, id)
        elif kind == "set_timer":
            host.delay_us(event[5], event[6])  # which draws a number, as in the simulator
            host.timers[what], self.due[id] = id, event[7] // 1000
            self.last_number = max(self.last_number, id)
        elif kind == "cancel_timer":
            host.timers.pop(what, None)
        elif kind == "write":
            host.log.append(what)
        elif kind in ("ok", "fail", "unknown"):
            host.operation, host.free_us = None, self.engine.time.us

    def _send(self, source: str, to: str, message: Any, id: int) -> None:
        self.last_number = max(self.last_number, id)
        wire = self.engine.wire(source, to)
        wire.sent += 1
        if wire.fates is not None:
            wire.fates.next(type(message).__name__)
        delay, extra = wire.latency_us(), wire.extra_us()
        due = self.engine.time.us + delay + extra
        if wire.settings.fifo and not extra:
            due = wire.last_us = max(due, wire.last_us)
        self.flying.setdefault(id, []).append((wire, message, due))

    def _land(self, id: int) -> None:
        copies = self.flying.get(id)
        if copies:
            copies.remove(min(copies, key=lambda copy: copy[2]))
            if not copies:
                del self.flying[id]
