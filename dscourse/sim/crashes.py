"""Crashes and pauses of nodes; `handlers.restart` starts a crashed node again."""

from __future__ import annotations

from dscourse.sim.engine import DELIVER, Engine
from dscourse.sim.hosts import Host
from dscourse.sim.operations import abandon, queue_next
from dscourse.sim.transmission import drop

__all__ = ["crash", "pause", "resume"]


def crash(engine: Engine, host: Host, lose: int = 0) -> None:
    """Stop a host that is up. Its log survives, except for the last ``lose`` records."""
    if not host.up:
        return
    host.has_crashed = True
    host.set_state(up=False, paused=False)
    engine.record("crash", host.name, None, None, lose)
    del host.log[max(0, len(host.log) - lose) :]
    host.timers.clear()
    host.set_crash_after(None)
    for kind, target, value, number in host.backlog:
        if kind is DELIVER:
            drop(engine, target, value, number, "crashed")
    host.backlog.clear()
    abandon(engine, host)


def pause(engine: Engine, host: Host) -> None:
    """Pause a host that is up; incoming messages and timers wait."""
    if host.ready:
        host.set_state(up=True, paused=True)
        engine.record("pause", host.name, None, None)


def resume(engine: Engine, host: Host) -> None:
    """Resume a paused host; the events that waited come first."""
    if not host.paused:
        return
    host.set_state(up=True, paused=False)
    engine.record("resume", host.name, None, None)
    engine.push_waiting(host.backlog)
    queue_next(engine, host)
