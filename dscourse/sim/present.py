"""A world as it is at present: everything that may be looked at, and nothing that changes it."""

from __future__ import annotations

from collections.abc import Hashable

from dscourse.core.properties import View
from dscourse.history import History
from dscourse.node import Node
from dscourse.sim.engine import Engine, Observer
from dscourse.sim.hosts import Wire
from dscourse.sim.network import Network
from dscourse.sim.state_key import state_key
from dscourse.sim.trace import Trace
from dscourse.sim.views import view

__all__ = ["Present"]


class Present:
    """The present state of an engine: the part of `World` that reads."""

    _engine: Engine

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self._engine.seed

    @property
    def network(self) -> Network:
        """The network as given; `link` returns the settings in force."""
        return self._engine.network

    @property
    def trace(self) -> Trace:
        """All events so far."""
        return self._engine.trace

    @property
    def now_ms(self) -> float:
        """True time, in ms."""
        return self._engine.time.us / 1000

    @property
    def nodes(self) -> dict[str, Node]:
        """The nodes by name, as they are now; for reading only."""
        return {name: host.node for name, host in self._engine.hosts.items()}

    @property
    def history(self) -> History:
        """The history of the clients' operations so far."""
        return self._engine.trace.history()

    def alive(self, name: str) -> bool:
        """Return True if the node is up (it may be paused)."""
        return self._engine.host(name).up

    def paused(self, name: str) -> bool:
        """Return True if the node is paused."""
        host = self._engine.host(name)
        return host.up and host.paused

    def is_client(self, name: str) -> bool:
        """Return True if the node is a `Client`."""
        return self._engine.host(name).client

    def link(self, source: str, to: str) -> Wire:
        """Return the link as it is now (``settings``, ``cut``, ``held``); for reading only."""
        return self._engine.wire(source, to)

    def log(self, name: str) -> tuple[object, ...]:
        """Return the node's durable log."""
        return tuple(self._engine.host(name).log)

    @property
    def observer(self) -> Observer | None:
        """The observer of this world, made by `observing` when the world was constructed; else None."""
        return self._engine.observer

    def view(self) -> View:
        """Return the current state of the world, as a `Property` sees it."""
        return view(self._engine)

    @property
    def clock_read(self) -> bool:
        """True if the clock of a node has been read so far, by a handler or by a property of the state."""
        return self._engine.time.read

    def state_key(self, history: bool = False, timed: bool = False) -> Hashable:
        """Return a value that is equal for worlds from which the same can happen; see `dscourse.sim.state_key`."""
        return state_key(self._engine, history, timed)
