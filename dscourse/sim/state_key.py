"""The state of a world as one hashable value, by which states that were reached in different ways are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any, cast

from dscourse.core.attributes import attributes
from dscourse.core.frozen import frozen
from dscourse.node import Component, Node
from dscourse.sim.engine import Engine
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.pending import pending_events

__all__ = ["reads_clock", "state_key"]

_ENDS = frozenset({"ok", "fail", "unknown"})


def state_key(engine: Engine, history: bool = False, timed: bool = False) -> Hashable:
    """Return a value that is equal for worlds from which the same can happen, if pending events come in any order.

    The time, and when events are due, are part of it with ``timed``, if a clock has been read so far, or if the class
    of a node reads ``now``. A function outside of it may read a clock later: then compare again with ``timed``. The
    order in which operations began and ended is part of it only with ``history``. What is past otherwise, such as
    messages that have arrived, is not.
    """
    parts: list[Hashable] = [
        tuple(_of_host(host) for host in engine.hosts.values()),
        _bag((one.kind, one.node, one.peer, _form(one.what)) for one in pending_events(engine)),
        frozenset(form for wire in engine.wires() for form in _of_wire(wire)),
        tuple(_of_past(engine, history)),
    ]
    nodes = [one for host in engine.hosts.values() for one in _parts(host.node)]
    if timed or engine.time.read or any(reads_clock(cast(Hashable, type(one))) for one in nodes):
        parts += [engine.time.us, tuple(one.due_ms for one in pending_events(engine))]
    return tuple(parts)


@lru_cache(maxsize=256)
def reads_clock(kind: Any) -> bool:
    """Return True if a method of this class of nodes may read ``now``: its own or one that it inherits.

    >>> class Watch(Node):
    ...     def on_start(self, log):
    ...         self.began = self.now
    >>> reads_clock(Watch), reads_clock(Node)
    (True, False)
    """
    own = [one for one in kind.__mro__ if one not in (Node, Component, *Node.__mro__)]
    functions = (getattr(value, "fget", value) for one in own for value in vars(one).values())
    codes = (getattr(function, "__code__", None) for function in functions)
    return any("now" in names for code in codes if code is not None for names in _names(code))


def _parts(node: Node) -> list[Node]:
    """Return the node and its components, at every depth."""
    inner = [value for value in attributes(node).values() if isinstance(value, Component)]
    return [node, *(part for one in inner for part in _parts(one))]


def _names(code: CodeType) -> Iterator[tuple[str, ...]]:
    yield code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _of_host(host: Host) -> Hashable:
    waiting = [(kind, value) for kind, _, value, _ in host.backlog]
    inside = host.node if host.up else None
    todo = [operation for _, _, operation in host.todo]
    state = (host.name, host.up, host.paused, host.crash_after, host.operation, waiting, todo)
    timers = frozenset(map(_form, host.timers))
    fates = host.fates and host.fates.key()
    return frozen(state), frozen(inside), tuple(map(_form, host.log)), timers, fates


def _of_wire(wire: Wire) -> Iterator[Hashable]:
    """Yield the form of a link, unless it does nothing of its own."""
    chance = bool(wire.settings.loss or wire.settings.duplicate)
    if wire.cut or wire.held or chance or wire.fates is not None:
        parked = tuple(frozen(value) for _, _, value, _ in wire.parked)
        fates = wire.fates and wire.fates.key()
        ends = wire.source, wire.host.name
        yield *ends, wire.cut, wire.held, wire.settings, parked, wire.sent if chance else 0, fates


def _of_past(engine: Engine, history: bool) -> Iterator[Hashable]:
    """Yield the results of operations by client, or the whole history in order."""
    kinds = (*_ENDS, "invoke") if history else tuple(_ENDS)
    events = [(one.node, one.kind, one.id, _form(one.what)) for one in engine.trace.kinds(*kinds)]
    yield from events if history else sorted(events, key=lambda event: (event[0], event[2]))


def _form(value: object) -> Hashable:
    """Return the frozen form of a value; clones of a world share their values, so it is kept by identity."""
    known = _FORMS.get(id(value))
    if known is None:
        if len(_FORMS) >= _MOST_FORMS:
            _FORMS.clear()
        known = _FORMS[id(value)] = value, frozen(value)
    return known[1]


_MOST_FORMS = 20_000
_FORMS: dict[int, tuple[object, Hashable]] = {}  # each with its value, so that no id is used again


def _bag(forms: Iterable[Hashable]) -> Hashable:
    """Return how often each of these occurs."""
    return frozenset(Counter(forms).items())
