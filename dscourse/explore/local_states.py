"""The local state of a node, which handlers and crashes change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.attributes import attributes
from dscourse.core.frozen import frozen
from dscourse.node import CancelTimer, Complete, Component, Effect, Node, SetTimer, Timer, Write

__all__ = ["LocalState"]


@dataclass(frozen=True, slots=True, eq=False)
class LocalState:
    """The local state of a node; ``node`` is None while it is down. ``done`` counts operations begun."""

    name: str
    node: Node | None
    log: tuple[object, ...] = ()
    timers: tuple[Timer, ...] = ()
    done: int = 0
    busy: int | None = None
    results: tuple[tuple[int, str, object], ...] = ()
    error: str = ""
    started: bool = True

    def key(self, ordered: bool = True) -> Hashable:
        """Equal for equal local states; the order of dicts counts if ``ordered``."""
        data = (
            self.name, self.node, self.log, self.done,
            self.busy, self.results, self.error, self.started,
        )  # fmt: skip
        timers = self.timers if ordered else [frozen(timer, ordered) for timer in self.timers]
        return frozen(data, ordered), frozenset(timers)

    def rebuilt(self, change: Callable[[Any], Any]) -> LocalState:
        """Return the same local state with all its data changed, as by `renamed`."""
        return replace(
            self,
            name=change(self.name),
            node=None if self.node is None else _rebuilt_node(self.node, change),
            log=change(self.log),
            timers=change(self.timers),
            results=change(self.results),
        )

    def after(self, effect: Effect) -> LocalState:
        """Return the local state after an effect that concerns no other node."""
        if isinstance(effect, Write):
            return replace(self, log=(*self.log, effect.record))
        if isinstance(effect, SetTimer):
            others = self.without_timer(effect.timer)
            return replace(others, timers=(*others.timers, effect.timer))
        if isinstance(effect, CancelTimer):
            return self.without_timer(effect.timer)
        if isinstance(effect, Complete) and self.busy == effect.op:
            ended = (effect.op, effect.status, effect.result)
            return replace(self, busy=None, results=(*self.results, ended))
        return self

    def without_timer(self, timer: Timer) -> LocalState:
        """Return the local state once a timer has fired or been cancelled."""
        return replace(self, timers=tuple(one for one in self.timers if one != timer))

    def crashed(self) -> LocalState:
        """Return the local state after a crash: only the log, and the answers that the client's user has seen."""
        results: tuple[Any, ...] = self.results
        if self.busy is not None:
            results = (*results, (self.busy, "unknown", "crashed"))
        return replace(self, node=None, timers=(), busy=None, results=results)


def _rebuilt_node(node: Node, change: Callable[[Any], Any]) -> Node:
    """Return a copy of the node with all its data changed, its name and its peers included."""
    other = node.clone()
    for owner in _parts(other):
        for name, value in list(attributes(owner).items()):
            if name == "peers":
                value = tuple(sorted(change(value)))
            elif name not in ("_context", "_birth") and not isinstance(value, Component):
                value = change(value)
            object.__setattr__(owner, name, value)
    return other


def _parts(node: Node) -> list[Node]:
    """Return the node and its components, at every depth."""
    inner = [value for value in attributes(node).values() if isinstance(value, Component)]
    return [node, *(part for one in inner for part in _parts(one))]
