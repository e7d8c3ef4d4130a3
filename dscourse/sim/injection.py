"""Fault injection: the ways in which a fault may act on a world, by the names of nodes and links.

Faults reach the engine only through these methods; a new kind of fault is composed of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from dscourse.node import Clock
from dscourse.sim.crashes import crash, pause, resume
from dscourse.sim.engine import Engine
from dscourse.sim.fates import Fates
from dscourse.sim.handlers import restart
from dscourse.sim.hosts import Wire
from dscourse.sim.network import Link
from dscourse.sim.operations import submit_now

__all__ = ["Injector", "inject"]


class Injector:
    """The target of a fault. All methods but `crash_during` act now; LookupError for an unknown node."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- nodes -----------------------------------------------------------------------------------

    def crash(self, node: str, lose: int = 0) -> None:
        """Stop a node that is up. Its log survives, except for the last ``lose`` records."""
        crash(self._engine, self._engine.host(node), lose)

    def crash_during(self, node: str, after: int) -> None:
        """Crash a node in its next handler with more than ``after`` effects, after that many."""
        self._engine.host(node).set_crash_after(after)

    def restart(self, node: str) -> None:
        """Restart a crashed node with its log."""
        restart(self._engine, self._engine.host(node))

    def pause(self, node: str) -> None:
        """Pause a node that is up; incoming messages and timers wait."""
        pause(self._engine, self._engine.host(node))

    def resume(self, node: str) -> None:
        """Resume a paused node; the events that waited come first."""
        resume(self._engine, self._engine.host(node))

    def set_clock(self, node: str, clock: Clock) -> None:
        """Replace the node's own clock."""
        self._engine.host(node).set_clock(clock)

    def submit(self, client: str, f: str, key: object = None, value: object = None) -> None:
        """Queue an operation behind the client's ones that are due. Raise TypeError if the node is not a client."""
        submit_now(self._engine, self._engine.client(client), (f, key, value))

    def expire(self, node: str, timer: str, nth: int, after_ms: float) -> None:
        """Let the ``nth`` timer of this type go off this long after it is set, if it is yet to be set."""
        host = self._engine.host(node)
        if host.fates is None:
            timers = self._engine.trace.kinds("set_timer")
            host.fates = Fates(type(e.what).__name__ for e in timers if e.node == node)
        host.fates.delay(timer, nth, round(after_ms * 1000))

    # --- links -----------------------------------------------------------------------------------

    def cut(self, source: str, to: str) -> None:
        """Cut the link from ``source`` to ``to``."""
        self._engine.wire(source, to).set_cut(True)

    def heal(self, source: str, to: str) -> None:
        """End the cut from ``source`` to ``to``."""
        self._engine.wire(source, to).set_cut(False)

    def heal_all(self) -> None:
        """End every cut."""
        for wire in self._engine.wires():
            wire.set_cut(False)

    def hold(self, source: str, to: str) -> None:
        """Hold back messages from ``source`` to ``to`` from now on."""
        self._engine.wire(source, to).set_held(True)

    def release(self, source: str, to: str) -> None:
        """Deliver the link's held messages now, and stop holding."""
        self._release(self._engine.wire(source, to))

    def set_link(self, source: str, to: str, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""
        self._configure(self._engine.wire(source, to), settings)

    def set_server_links(self, settings: dict[str, Any]) -> None:
        """Apply `set_link` to every link, except those to and from clients."""
        changed: dict[int, tuple[Link, Link]] = {}  # most links share one object: it changes once
        for wire in self._engine.all_wires():
            if not wire.client:
                before = wire.settings if settings else self._initial(wire)
                if id(before) not in changed:
                    changed[id(before)] = before, before.changed(**settings)
                wire.configure(changed[id(before)][1])

    # --- single messages ---------------------------------------------------------------------------

    def lose(self, source: str, to: str, message: str, nth: int) -> None:
        """Lose the ``nth`` message of this type on the link, if it is yet to be sent."""
        self._fates(source, to).lose(message, nth)

    def delay(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Give this message, if it is yet to be sent, another latency."""
        self._fates(source, to).delay(message, nth, round(latency_ms * 1000))

    def repeat(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Send a copy, with a latency of its own, beside this message, if it is yet to be sent."""
        self._fates(source, to).repeat(message, nth, round(latency_ms * 1000))

    def _fates(self, source: str, to: str) -> Fates:
        """Return the fates of the link's messages; the first time, count the messages sent so far."""
        wire = self._engine.wire(source, to)
        if wire.fates is None:
            sends = self._engine.trace.kinds("send")
            ends = (source, to)
            wire.set_fates(Fates(type(e.what).__name__ for e in sends if (e.node, e.peer) == ends))
        assert wire.fates is not None
        return wire.fates

    # --- everything ------------------------------------------------------------------------------

    def recover(self, nodes: Iterable[str] = ()) -> None:
        """Recover these nodes, or all, and the links among them.

        Cuts end and held messages arrive; the links stop dropping, duplicating and reordering.
        """
        chosen = sorted(nodes or self._engine.hosts)
        for wire in self._engine.wires_to_mend(chosen):
            wire.set_cut(False)
            if not wire.settings.only_delays:
                wire.configure(wire.settings.changed(loss=0.0, duplicate=0.0, reorder=0.0))
            self._release(wire)
        for name in chosen:
            self._engine.host(name).set_crash_after(None)
            self.resume(name)
            self.restart(name)

    def _release(self, wire: Wire) -> None:
        wire.set_held(False)
        self._engine.push_waiting(wire.parking())

    def _configure(self, wire: Wire, settings: dict[str, Any]) -> None:
        wire.configure(wire.settings.changed(**settings) if settings else self._initial(wire))

    def _initial(self, wire: Wire) -> Link:
        return self._engine.network.link(wire.source, wire.host.name, wire.client)


class Injectable(Protocol):
    """Anything that acts on an `Injector`, as faults do."""

    def apply(self, injector: Injector) -> None:
        """Apply it to the target now."""


def inject(engine: Engine, fault: Injectable) -> None:
    """Record the fault, then apply it now."""
    engine.record("fault", None, None, fault)
    fault.apply(Injector(engine))
