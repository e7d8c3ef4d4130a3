"""Observers of a world: they look at it after each step of its run, outside of the trace.

An observer sees each step and changes nothing: the trace is that of the same world unobserved. A world without an
observer runs as fast as if there were none.

>>> from dscourse.node import Node
>>> from dscourse.sim.world import World
>>> with observing(StateRecorder):
...     world = World([Node("a")])
>>> [(step.first, step.last, step.states) for step in world.run().observer.steps]
[(0, 1, {'a': {}})]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from dscourse.core.properties import Property
from dscourse.history import History
from dscourse.sim.engine import Engine, Observer
from dscourse.sim.views import view

__all__ = [
    "PropertyWatch", "RoleChange", "Ruled", "StateRecorder", "Step", "new_observer", "observing",
]  # fmt: skip

_ENDS = frozenset(
    {"invoke", "ok", "fail", "unknown"}
)  # the events that change the clients' history
State = dict[str, object] | None  # of a node, by field; None while it is down

_MAKE: ContextVar[Callable[[], Observer] | None] = ContextVar("observer", default=None)


@contextmanager
def observing(make: Callable[[], Observer]) -> Iterator[None]:
    """Give each world that is constructed in this context an observer of its own, made by ``make``."""
    token = _MAKE.set(make)
    try:
        yield
    finally:
        _MAKE.reset(token)


def new_observer() -> Observer | None:
    """Return an observer for a new world; None outside of `observing`."""
    make = _MAKE.get()
    return None if make is None else make()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: its events are those from index ``first`` up to, not including, ``last``.

    A step is one pending event and all its effects. ``states`` holds the states after it of the nodes that took part.
    """

    first: int
    last: int
    states: dict[str, State]


@dataclass(frozen=True, slots=True)
class RoleChange:
    """From the event with index ``event`` on, ``node`` has this `Node.shown_role`; "" for none, also while down."""

    event: int
    node: str
    role: str


class StateRecorder:
    """An observer that records the nodes' states after each step, for at most ``most`` steps.

    ``base`` holds the states of all nodes before the first recorded step. With ``start``, the steps before the event
    with this index are passed over; ``initial`` holds the states at the beginning all the same. `is_full` is true if
    the run went on after the last recorded step. ``roles`` holds the nodes' changes of role in the whole run.
    """

    def __init__(self, start: int = 0, most: int = 3_000) -> None:
        self.start, self.most = start, most
        self.initial: dict[str, State] = {}
        self.base: dict[str, State] = {}
        self.steps: list[Step] = []
        self.roles: list[RoleChange] = []
        self.is_full = False
        self._seen = 0  # events
        self._roles: dict[str, str] = {}  # at present, by node

    def look(self, engine: Engine) -> None:
        """Record the states of the nodes that took part since the last look."""
        first, self._seen = self._seen, len(engine.trace)
        names = engine.trace.nodes_between(first, self._seen) if self.initial else engine.hosts
        self._follow_roles(engine, first, names)
        if not self.initial:
            self.initial = {name: _state(engine, name) for name in engine.hosts}
        if not self.base and self._seen >= self.start:
            self.base = {name: _state(engine, name) for name in engine.hosts}
        elif first < self._seen and self.base:
            self._record(engine, first, names)

    def _follow_roles(self, engine: Engine, first: int, names: Iterable[str]) -> None:
        for name in names:
            role = _role(engine, name)
            if role != self._roles.get(name, ""):
                self._roles[name] = role
                self.roles.append(RoleChange(first, name, role))

    def _record(self, engine: Engine, first: int, names: Iterable[str]) -> None:
        if len(self.steps) >= self.most:
            self.is_full = True
            return
        states = {name: _state(engine, name) for name in names}
        self.steps.append(Step(first, self._seen, states))

    def copy(self) -> StateRecorder:
        """Return a recorder with the same steps, which goes on independently."""
        other = StateRecorder(self.start, self.most)
        other.base, other.steps, other.is_full = self.base, list(self.steps), self.is_full
        other.initial, other._seen = self.initial, self._seen
        other.roles, other._roles = list(self.roles), dict(self._roles)
        return other


def _role(engine: Engine, name: str) -> str:
    host = engine.hosts[name]
    if not host.up:
        return ""
    try:
        return str(host.node.shown_role)
    except Exception:  # a learner's node: its run must not fail for being observed
        return ""


def _state(engine: Engine, name: str) -> State:
    host = engine.hosts[name]
    if not host.up:
        return None
    try:
        return host.node.state()
    except (
        Exception
    ) as error:  # a learner's node may hold anything, and its run must not fail for being observed
        return {"state": f"cannot be copied: {error}"}


@dataclass(frozen=True, slots=True)
class Ruled:
    """The answer of a property from the event with index ``event`` on, and its ``reason``; -1: from the beginning."""

    event: int
    ok: bool | None
    reason: str


class PropertyWatch:
    """An observer that judges a property after each step and keeps the answers at which it changes, in ``changes``.

    It judges at most ``most`` states; `is_full` is true if the run went on after them.
    """

    def __init__(self, claim: Property, most: int = 5_000) -> None:
        self.claim, self.most = claim, most
        self.changes: list[Ruled] = []
        self.is_full = False
        self._judged = self._seen = 0
        self._history = History()

    def look(self, engine: Engine) -> None:
        """Judge the present state. Raise PropertyError if the property raises."""
        first, self._seen = self._seen, len(engine.trace)
        if self._judged >= self.most:
            self.is_full = True
            return
        self._judged += 1
        if not _ENDS.isdisjoint(engine.trace.kinds_between(first, self._seen)):
            self._history = engine.trace.history()
        verdict = self.claim.judge(view(engine, self._history))
        if not self.changes or self.changes[-1].ok is not verdict.ok:
            event = first if self._seen else -1
            self.changes.append(Ruled(event, verdict.ok, verdict.reason))

    def copy(self) -> PropertyWatch:
        """Return a watch with the same answers, which goes on independently."""
        other = PropertyWatch(self.claim, self.most)
        other.changes, other.is_full = list(self.changes), self.is_full
        other._judged, other._seen, other._history = self._judged, self._seen, self._history
        return other
