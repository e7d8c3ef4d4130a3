"""From a recording into the simulator: the world that a run of real processes was at some moment.

Each node is driven through what it received until then, which gives its very state. Its log, its timers and the time
that is left of them, the messages under way, the open operations, the faults in force and the clocks follow from the
recorded events. From there on it is a world like any other.

>>> from dscourse.node import cluster
>>> from dscourse.protocols.quorum_store import QuorumStore
>>> from dscourse.protocols.stores import StoreClient
>>> from dscourse.run import Cluster
>>> with Cluster([*cluster(QuorumStore, 3), StoreClient("c", "n1", timeout_ms=5_000)]) as store:
...     recording = store.submit("c", [("write", "x", 1)]).run(seconds=5).recording
>>> [invoked] = recording.trace.kinds("invoke")
>>> op, = world(recording, at_ms=invoked.time_ms).run(10_000).history  # the request has just begun
>>> op.f, op.status
('write', 'ok')
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dscourse.node import Client, Clock, Timer
from dscourse.run.future import Arrivals, Wishes, under_way
from dscourse.run.merge import read
from dscourse.run.recording import Recording
from dscourse.run.replaying import Driver, given_nodes
from dscourse.sim.arguments import as_plan, as_us
from dscourse.sim.assembly import assemble
from dscourse.sim.crashes import crash
from dscourse.sim.effects import carry_out_all
from dscourse.sim.engine import DELIVER, FAULT, START, TIMER, Engine
from dscourse.sim.faults import At, Fault, Submit, check_plan
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.injection import Injector, inject
from dscourse.sim.message_faults import MessageFault
from dscourse.sim.world import World

__all__ = ["plan_of", "world"]

_EFFECTS_AND_OBSERVED = frozenset({
    "send", "set_timer", "cancel_timer", "write", "ok", "fail", "unknown", "drop", "duplicate", "error",
})  # fmt: skip


def world(
    recording: Recording, at_ms: float | None = None, plan: Sequence[At] = (), rest: bool = False
) -> World:
    """Return the simulated world of this moment of a recording, by default its end; its trace begins with the past.

    ``plan`` is of faults from ``at_ms`` on, and of `Lose`, `Delay` and `Repeat` of messages sent later or under way.
    With ``rest``, the recorded faults and operations that followed are planned too. A handler that had begun by
    ``at_ms`` is complete. A message under way arrives when it did in the run, and a message sent later takes the
    latency that the recording's network and seed give it.

    ValueError if the nodes are missing, if they do not do again what they did, or for a fault of the past.
    """
    at_us = recording.end_us if at_ms is None else as_us(at_ms, "at_ms")
    entries = as_plan(plan)
    check_plan(entries, recording.streams)
    for entry in entries:
        if round(entry.ms * 1000) < at_us and not isinstance(entry.fault, MessageFault):
            raise ValueError(
                f"{entry!r}: what happened until {at_us / 1000:g} ms is recorded, and cannot change; "
                "plan faults of later times"
            )
    if rest:
        later = [entry for entry in plan_of(recording) if round(entry.ms * 1000) > at_us]
        entries = sorted([*later, *entries], key=lambda entry: entry.ms)
    return World.of(_Moment(recording, at_us).engine(entries))


def plan_of(recording: Recording) -> list[At]:
    """Return the faults and operations of a run at their recorded times, as a plan."""
    plan, started = list[At](), False
    for event in recording.trace.kinds("start", "fault", "invoke"):
        what = event.what
        started = started or event.kind == "start"
        ms = event.time_ms if started else 0
        if event.kind == "invoke":
            plan.append(At(ms, Submit(str(event.node), what.f, what.key, what.value)))
        elif event.kind == "fault" and not isinstance(what, Submit):
            plan.append(At(ms, what))
    return plan


class _PastInjector(Injector):
    """Faults that have happened: what they did to nodes is recorded, and what they did to links still holds."""

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


class _Moment:
    """The past of a recording up to ``at_us``, carried out event by event in an engine."""

    def __init__(self, recording: Recording, at_us: int) -> None:
        self._whole, self._past = recording, recording.until(at_us / 1000)
        self._at_us = at_us
        given = given_nodes(recording, None)
        clocks = {name: Clock(*clock) for name, clock in recording.clocks.items()}
        nodes = [given[name] for name in recording.streams]
        self._engine = assemble(nodes, recording.seed, recording.network, (), clocks, False)
        self._engine.heap.clear()
        self._drivers = {name: Driver(self._past, given[name]) for name in recording.streams}
        self._clients = sum(isinstance(node, Client) for node in nodes)
        self._flying: dict[int, list[tuple[Wire, Any, int]]] = {}  # with the drawn arrival, in µs
        self._due: dict[int, int] = {}  # of timers
        self._begun: set[str] = set()

    def engine(self, plan: Sequence[At]) -> Engine:
        """Carry out the past, and return the engine of this moment with the plan's faults queued."""
        engine = self._engine
        for node, event, cells in read(self._past.streams, self._past.observed, self._past.codec):
            if cells[1] not in _EFFECTS_AND_OBSERVED:
                self._show()
            engine.time.us = min(cells[0], self._at_us)
            engine.trace.cells.extend((engine.time.us, *cells[1:]))
            self._follow(node, event, cells)
        self._show()
        engine.time.us = self._at_us
        self._queue(plan)
        engine.show()
        return engine

    # --- the past --------------------------------------------------------------------------------

    def _show(self) -> None:
        """Let the observer, if there is one, look at the world as it is now."""
        if self._engine.observer is not None:
            self._engine.heap = [
                (due, id, DELIVER, wire, message, id)
                for id, copies in self._flying.items()
                for wire, message, due in copies
            ]
            self._engine.show()
            self._engine.heap = []

    def _follow(self, node: str, event: list[Any], cells: tuple[Any, ...]) -> None:
        _, kind, where, peer, what, id, _ = cells
        engine = self._engine
        host = engine.hosts.get(where)
        if kind == "fault":
            what.apply(_PastInjector(engine))
        elif kind == "drop":
            self._land(id)
        elif kind == "duplicate":
            self._flying.setdefault(id, []).append((engine.wire(peer, where), what, engine.time.us))
        elif host is not None and kind in ("pause", "resume"):
            host.set_state(up=host.up, paused=kind == "pause")
        elif host is not None and kind in ("start", "restart", "deliver", "timer", "invoke"):
            self._handle(host, event, what, id)
        elif host is not None and kind == "crash":
            self._crash(host, id)
        elif host is not None:
            self._carry_out(host, kind, peer, what, id, event)

    def _handle(self, host: Host, event: list[Any], what: Any, id: int) -> None:
        driver = self._drivers[host.name]
        difference = driver.advance()
        if difference:
            raise ValueError(
                f"the nodes do not do again what they did in the run, so that their states are not known: {difference}"
            )
        host.node = driver.node
        if event[0] == "deliver":
            self._land(id)
        elif event[0] == "timer":
            host.timers.pop(what, None)
        elif event[0] == "invoke":
            host.operation, host.next_operation = id, id + self._clients
        else:
            self._begun.add(host.name)
            host.set_state(up=True, paused=False)
            host.log[event[3] - len(event[4]) :] = map(self._past.codec.decode, event[4])

    def _crash(self, host: Host, lose: int) -> None:
        self._drivers[host.name].advance()
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
            host.timers[what], self._due[id] = id, event[7] // 1000
        elif kind == "cancel_timer":
            host.timers.pop(what, None)
        elif kind == "write":
            host.log.append(what)
        elif kind in ("ok", "fail", "unknown"):
            host.operation, host.free_us = None, self._engine.time.us

    def _send(self, source: str, to: str, message: Any, id: int) -> None:
        wire = self._engine.wire(source, to)
        wire.sent += 1
        if wire.fates is not None:
            wire.fates.next(type(message).__name__)
        due = self._engine.time.us + wire.latency_us() + wire.extra_us()
        self._flying.setdefault(id, []).append((wire, message, due))

    def _land(self, id: int) -> None:
        copies = self._flying.get(id)
        if copies:
            copies.pop(0)
            if not copies:
                del self._flying[id]

    # --- the moment --------------------------------------------------------------------------------

    def _queue(self, plan: Sequence[At]) -> None:
        """Queue what is pending, finish handlers that were cut short, and plan the faults."""
        engine = self._engine
        engine.number = max((engine.number, *self._due, *self._flying, *self._ids()))
        early = [entry.fault for entry in plan if _is_early(entry, self._at_us)]
        for due, id, kind, target, value in sorted(self._pending(early), key=lambda one: one[:2]):
            engine.push(max(due, self._at_us), kind, target, value, id)
        for host in engine.hosts.values():
            self._wake(host)
        for fault in early:
            inject(engine, fault)
        for entry in plan:
            if not _is_early(entry, self._at_us):
                engine.push(as_us(entry.ms, "At"), FAULT, None, entry.fault)

    def _ids(self) -> Iterable[int]:
        return (event.id for event in self._whole.trace if event.kind in ("send", "set_timer"))

    def _wake(self, host: Host) -> None:
        """Give the host the node as it was, and let what had begun go on: its handler, a crash or a start."""
        driver, name = self._drivers[host.name], host.name
        host.install(driver.node)
        self._see_disk(host)
        if name not in self._begun:
            self._engine.push(self._at_us, START, host, None)
        elif host.up and driver.left:
            host.effects[:] = driver.left
            if host.crash_after is None:
                carry_out_all(self._engine, host)
            else:
                host.effects.clear()
                crash(self._engine, host)
        for due_us, fault in under_way(self._whole, self._past, name, host.up):
            self._engine.push(max(due_us, self._at_us), FAULT, None, fault)

    def _see_disk(self, host: Host) -> None:
        """Add the last records of a node that is down, which only its next start revealed."""
        later = self._whole.streams[host.name][len(self._past.streams[host.name]) :]
        if not host.up and later and later[0][0] == "restart":
            _, _, _, records, unseen = later[0]
            host.log[records - len(unseen) :] = map(self._past.codec.decode, unseen)

    def _pending(self, early: Sequence[Fault]) -> Iterable[tuple[int, int, str, Any, Any]]:
        """Yield all timers and messages: due (µs), id, kind, target, value."""
        for host in self._engine.hosts.values():
            for timer, id in host.timers.items():
                yield self._due[id], id, TIMER, host, timer
        arrivals = Arrivals(self._whole, self._at_us)
        wishes = Wishes(self._past, early)
        for id, copies in self._flying.items():
            for wire, message, drawn_us in copies:
                due = arrivals.next(id, drawn_us, wire.host.paused)
                if wire.settings.fifo:
                    wire.last_us = max(wire.last_us, due)
                for wished in wishes.dues(self._engine, wire, message, id, due):
                    yield wished, id, DELIVER, wire, message


def _is_early(entry: At, at_us: int) -> bool:
    """Return True for a fault that is in force before anything else happens."""
    return isinstance(entry.fault, MessageFault) and round(entry.ms * 1000) <= at_us
