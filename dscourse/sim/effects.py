"""The effects of handlers, carried out in the order in which the handler asked for them."""

from __future__ import annotations

from typing import Any

from dscourse.sim.crashes import crash
from dscourse.sim.engine import TIMER, Engine
from dscourse.sim.hosts import Host
from dscourse.sim.operations import complete
from dscourse.sim.transmission import transmit

__all__ = ["carry_out", "carry_out_all"]


def carry_out_all(engine: Engine, host: Host) -> None:
    """Carry out the effects that the host's handler asked for; crash part-way if that is planned."""
    effects, crash_after = host.effects, host.crash_after
    crashes = crash_after is not None and len(effects) > crash_after
    if crashes:
        del effects[crash_after:]
    for effect in effects:
        carry_out(engine, host, effect)
    effects.clear()
    if engine.record_state:
        engine.record("state", host.name, None, host.node.state())
    if crashes:
        crash(engine, host)


def carry_out(engine: Engine, host: Host, effect: tuple[Any, ...]) -> None:
    """Carry out one effect."""
    kind = effect[0]
    if kind == "send":
        to = effect[1]
        transmit(engine, host.wires.get(to) or engine.wire(host.name, to), effect[2])
    elif kind == "set_timer":
        _set_timer(engine, host, *effect[1:])
    elif kind == "cancel_timer":
        number = host.timers.pop(effect[1], 0)
        if number:
            engine.record("cancel_timer", host.name, None, effect[1], number)
    elif kind == "write":
        host.log.append(effect[1])
        engine.record("write", host.name, None, effect[1], len(host.log))
    else:
        complete(engine, host, *effect[1:])


def _set_timer(engine: Engine, host: Host, timer: Any, low_ms: float, high_ms: float) -> None:
    delay = host.delay_us(low_ms, high_ms)
    if host.fates is not None:
        decided = host.fates.next(type(timer).__name__).latency_us
        delay = delay if decided is None else decided
    due = engine.time.us + delay
    host.timers[timer] = number = engine.push(due, TIMER, host, timer)
    engine.record("set_timer", host.name, None, timer, number, due / 1000)
