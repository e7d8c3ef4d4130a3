"""From a recording into the simulator: the world that a run of real processes was at some moment.

Each node is driven through what it received until then, which gives its very state. Its log, its timers and the time
that is left of them, the messages under way, the open operations, the faults in force and the clocks follow from the
recorded events. From there on it is a world like any other.

>>> from dscourse.node import cluster
>>> from dscourse.protocols.quorum_store import QuorumStore
>>> from dscourse.protocols.stores import StoreClient
>>> from dscourse.run import Cluster
>>> with Cluster([*cluster(QuorumStore, 3), StoreClient("c", "n1", timeout_ms=60_000)]) as store:
...     recording = store.submit("c", [("write", "x", 1)]).run(seconds=60).recording
>>> [invoked] = recording.trace.kinds("invoke")
>>> op, = world(recording, at_ms=invoked.time_ms).run(10_000).history  # the request has just begun
>>> op.f, op.status
('write', 'ok')
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from dscourse.run.arguments import check_recording
from dscourse.run.future import Arrivals, Wishes, under_way
from dscourse.run.past import Past
from dscourse.run.recording import Recording
from dscourse.sim.arguments import as_plan, as_us
from dscourse.sim.crashes import crash
from dscourse.sim.effects import carry_out_all
from dscourse.sim.engine import DELIVER, FAULT, START, TIMER, Engine
from dscourse.sim.faults import At, Fault, Submit, check_plan
from dscourse.sim.hosts import Host
from dscourse.sim.injection import inject
from dscourse.sim.message_faults import MessageFault
from dscourse.sim.timer_faults import Expire
from dscourse.sim.world import World

__all__ = ["world"]


def world(
    recording: Recording, at_ms: float | None = None, plan: Sequence[At] = (), rest: bool = False
) -> World:
    """Return the simulated world of this moment of a recording, by default its end; its trace begins with the past.

    ``plan`` is of faults from ``at_ms`` on, and of `Lose`, `Delay` and `Repeat` of messages sent later or under way.
    With ``rest``, the recorded faults and operations that followed are planned too. A handler that had begun by
    ``at_ms`` is complete. A message under way arrives when it did in the run, and a message sent later takes the
    latency that the recording's network and seed give it.

    ValueError if the nodes are missing, if they do not do again what they did, or for a fault of the past;
    TypeError for anything but a recording.
    """
    check_recording(recording)
    at_us = recording.end_us if at_ms is None else as_us(at_ms, "at_ms")
    entries = as_plan(plan)
    check_plan(entries, recording.streams)
    for entry in entries:
        if round(entry.ms * 1000) < at_us and not _is_early(entry, at_us):
            raise ValueError(
                f"{entry!r}: what happened until {at_us / 1000:g} ms is recorded, and cannot change; "
                "plan faults of later times"
            )
    if rest:
        later = [entry for entry in _plan_of(recording) if round(entry.ms * 1000) > at_us]
        entries = sorted([*later, *entries], key=lambda entry: entry.ms)
    return World.of(_Moment(recording, at_us).engine(entries))


def _plan_of(recording: Recording) -> list[At]:
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


class _Moment:
    """The pending events of a recording at ``at_us``, queued in the engine of its past."""

    def __init__(self, recording: Recording, at_us: int) -> None:
        self._whole, self._past, self._at_us = recording, Past(recording, at_us), at_us

    def engine(self, plan: Sequence[At]) -> Engine:
        """Queue the pending events and the plan's faults, and finish handlers that were cut short."""
        engine = self._past.engine
        engine.number = self._past.last_number
        early = [entry.fault for entry in plan if _is_early(entry, self._at_us)]
        for due, number, kind, target, value in sorted(
            self._pending(early), key=lambda one: one[:2]
        ):
            waiting = _waiting(kind, target) if due <= self._at_us else None
            if waiting is None:
                engine.push(max(due, self._at_us), kind, target, value, number)
            else:
                waiting.append((kind, target, value, number))
        for host in engine.hosts.values():
            self._wake(host)
        for fault in early:
            inject(engine, fault)
        for entry in plan:
            if not _is_early(entry, self._at_us):
                engine.push(as_us(entry.ms, "At"), FAULT, None, entry.fault)
        engine.show()
        return engine

    def _wake(self, host: Host) -> None:
        """Give the host the node as it was, and let what had begun go on: its handler, a crash or a start."""
        driver, name, engine = self._past.drivers[host.name], host.name, self._past.engine
        host.install(driver.node)
        self._see_disk(host)
        if name not in self._past.begun:
            engine.push(self._at_us, START, host, None)
        elif host.up and driver.left:
            host.effects[:] = driver.left
            if host.crash_after is None:
                carry_out_all(engine, host)
            else:
                host.effects.clear()
                crash(engine, host)
        for due_us, fault in under_way(self._whole, self._past.beginning, name, host.up):
            engine.push(max(due_us, self._at_us), FAULT, None, fault)

    def _see_disk(self, host: Host) -> None:
        """Add the last records of a node that is down, which only its next start revealed."""
        later = self._whole.streams[host.name][len(self._past.beginning.streams[host.name]) :]
        if not host.up and later and later[0][0] == "restart":
            _, _, _, records, unseen = later[0]
            host.log[records - len(unseen) :] = map(self._past.beginning.codec.decode, unseen)

    def _pending(self, early: Sequence[Fault]) -> Iterable[tuple[int, int, str, Any, Any]]:
        """Yield all timers and messages: due (µs), number, kind, target, value."""
        for host in self._past.engine.hosts.values():
            for timer, number in host.timers.items():
                yield self._past.due[number], number, TIMER, host, timer
        arrivals = Arrivals(self._whole, self._at_us)
        wishes = Wishes(self._past.beginning, early)
        for number, copies in self._past.flying.items():
            for wire, message, drawn_us in copies:
                due = arrivals.next(number, wire.host.name, drawn_us, wire.host.paused or wire.held)
                if wire.settings.fifo:
                    wire.last_us = max(wire.last_us, due)
                for wished in wishes.dues(self._past.engine, wire, message, number, due):
                    yield wished, number, DELIVER, wire, message


def _waiting(kind: str, target: Any) -> list[tuple[Any, ...]] | None:
    """Return the list in which a due event waits, on a held link or at a paused node; None if it can happen."""
    if kind is DELIVER and target.held:
        return cast(list[tuple[Any, ...]], target.parking())
    host = target.host if kind is DELIVER else target
    return cast(list[tuple[Any, ...]], host.backlog) if host.paused else None


def _is_early(entry: At, at_us: int) -> bool:
    """Return True for a fault that is in force before anything else happens."""
    return isinstance(entry.fault, MessageFault | Expire) and round(entry.ms * 1000) <= at_us
