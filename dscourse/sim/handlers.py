"""The nodes' handlers: run one at a time, each followed by its effects."""

from __future__ import annotations

from collections.abc import Callable

from dscourse.node import Timer
from dscourse.sim.effects import carry_out_all
from dscourse.sim.engine import Engine
from dscourse.sim.hosts import Host
from dscourse.sim.operations import begin, queue_next
from dscourse.sim.trace import Trace

__all__ = ["HandlerError", "fire", "handler_error", "invoke", "restart", "start"]


class HandlerError(Exception):
    """An exception in a handler; ``trace`` holds everything up to and including that moment."""

    def __init__(self, message: str, trace: Trace) -> None:
        super().__init__(message, trace)
        self.trace = trace

    def __str__(self) -> str:
        return str(self.args[0])


def start(engine: Engine, host: Host, kind: str = "start") -> None:
    """Start the host's node with its log; ``kind`` is the event that the trace records."""
    engine.record(kind, host.name, None, None, len(host.log))
    _handle(engine, host, None, lambda: host.node.on_start(tuple(host.log)))


def restart(engine: Engine, host: Host) -> None:
    """Restart a crashed host with its log."""
    if host.up:
        return
    host.set_state(up=True, paused=False)
    host.install(host.node.fresh())
    start(engine, host, "restart")
    queue_next(engine, host)


def fire(engine: Engine, host: Host, timer: Timer, id: int) -> None:
    """Fire a timer of the host."""
    del host.timers[timer]
    engine.record("timer", host.name, None, timer, id)
    _handle(engine, host, timer, lambda: host.handlers[type(timer)](host.node, timer))


def invoke(engine: Engine, host: Host) -> bool:
    """Invoke the client's next operation, and return True, if one can begin now."""
    op = begin(engine, host)
    if op is not None:
        _handle(engine, host, op, lambda: host.node.on_invoke(op))  # type: ignore[attr-defined]
    return op is not None


def _handle(engine: Engine, host: Host, event: object, handler: Callable[[], None]) -> None:
    """Run one handler and carry out its effects. Raise HandlerError if it raises."""
    try:
        handler()
        carry_out_all(engine, host)
    except Exception as error:
        raise handler_error(engine, host, event, error) from error


def handler_error(engine: Engine, host: Host, event: object, error: Exception) -> HandlerError:
    """Discard the effects of a handler that has raised, record the error, and return it with the trace."""
    host.effects.clear()
    engine.record("error", host.name, None, event, 0, f"{type(error).__name__}: {error}")
    handled = "its start" if event is None else repr(event)
    return HandlerError(
        f"{host.name} ({type(host.node).__name__}) raised {type(error).__name__} "
        f"at {engine.time.us / 1000:.3f} ms while it handled {handled}: {error}\n"
        f"The last events:\n{engine.trace[-8:]}",
        engine.trace,
    )
