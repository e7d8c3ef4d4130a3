"""The form of a protocol: messages, timers, and nodes that react to them.

A node computes and asks for *effects*; it never touches a clock, a socket, a file or a random number. A *driver* runs
it: it calls one handler at a time and then carries out the effects in the order in which the handler asked for them.
The same class therefore runs in a simulator, in an exhaustive explorer, or over real processes.

    messages   frozen dataclasses derived from `Message`, delivered to
               ``on_<name>(self, sender, message)``
    timers     frozen dataclasses derived from `Timer`, delivered to ``on_<name>(self, timer)``
    start      ``on_start(self, log)``: at the first start ``log`` is empty; after a crash it holds
               the records written
    clients    ``on_invoke(self, op)`` begins an operation, ``self.complete(op.id, result)`` ends it

Rules that a driver may rely on:

* All volatile state is what ``__init__`` sets. A crash loses it; only written records survive.
* Effects keep their order, so that a driver can crash a node after any prefix of them. A node
  therefore writes a record before it sends a message that relies on it.
* A handler runs to its end without waiting.
* Messages, timers, records and results are values (`dscourse.core.values`): neither the node nor
  any other code can change them later.

>>> from dscourse.core.dispatch import handle_message
>>> @dataclass(frozen=True, slots=True)
... class Ping(Message):
...     n: int
>>> class Echo(Node):
...     def on_ping(self, sender: str, ping: Ping) -> None:
...         self.send(sender, Ping(ping.n + 1))
>>> echo = Echo("a", ["b"])
>>> handle_message(echo, "b", Ping(1))
>>> take_effects(echo)
[Send(to='b', message=Ping(n=2))]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Self, TypeVar

from dscourse.core.attributes import attributes
from dscourse.core.construction import calling_super, copy_arguments, copy_error
from dscourse.core.copying import copy_state
from dscourse.core.event_types import check_event
from dscourse.core.frozen_dict import freeze
from dscourse.core.value_errors import require_value
from dscourse.core.wording import spaced, text_of

__all__ = [
    "CancelTimer", "Client", "Clock", "Complete", "Component", "Context", "Effect", "Invocation", "Message",
    "Node", "Reply", "Send", "SetTimer", "Time", "Timer", "Write", "as_names", "cluster", "context_of",
    "take_effects",
]  # fmt: skip


class Message:
    """Base of every message type: a frozen dataclass with slots, named by a noun of the protocol's source."""

    __slots__ = ()


class Timer:
    """Base of every timer type: a frozen dataclass with slots. Equal timers of one node are the same timer."""

    __slots__ = ()

    def __str__(self) -> str:
        return spaced(type(self).__name__)


@dataclass(frozen=True, slots=True)
class Reply(Message):
    """A server's answer to the client operation ``op``."""

    op: int
    result: object = None

    def __str__(self) -> str:
        return "reply" if self.result is None else f"reply {text_of(self.result)}".rstrip()


@dataclass(frozen=True, slots=True)
class Invocation:
    """A request to a client: operation ``f`` on ``key`` with ``value``; ``id`` is unique within the world.

    Lists, sets and dicts in ``key`` and ``value`` become tuples, frozensets and `FrozenDict`.
    """

    id: int
    f: str
    key: Any = None
    value: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", freeze(self.key, f"the key of operation {self.f!r}"))
        object.__setattr__(self, "value", freeze(self.value, f"the value of operation {self.f!r}"))


@dataclass(frozen=True, slots=True)
class Clock:
    """A node's own clock: ``skew_ms`` ahead of true time at time 0, gaining ``drift_ppm`` parts per million.

    >>> Clock(skew_ms=5, drift_ppm=1_000).read(2_000_000)  # after two seconds, in microseconds
    2007000
    """

    skew_ms: float = 0.0
    drift_ppm: float = 0.0

    def __post_init__(self) -> None:
        for name in ("skew_ms", "drift_ppm"):
            value = getattr(self, name)
            if not isinstance(value, Real) or not abs(float(value)) < 1e15:
                raise ValueError(f"Clock: {name}={value!r}: it must be a finite number")
        if self.drift_ppm <= -1e6:
            raise ValueError(
                f"drift_ppm={self.drift_ppm!r}: a clock must go forward (> -1,000,000)"
            )

    def read(self, true_us: int) -> int:
        """Return this clock's reading at true time ``true_us`` (both in µs)."""
        return round(true_us * (1 + self.drift_ppm / 1e6) + self.skew_ms * 1000)

    def true_us(self, own_us: float) -> int:
        """Return the true duration of a delay of ``own_us`` on this clock (both in µs)."""
        return round(own_us / (1 + self.drift_ppm / 1e6))


# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Hand ``message`` to the network for node ``to``."""

    to: str
    message: Message


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Call the timer's handler after a delay between the bounds (own clock, ms).

    A pending timer that equals this one is replaced.
    """

    timer: Timer
    low_ms: float
    high_ms: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget the pending timer equal to ``timer``, if there is one."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Write:
    """Append ``record`` to the durable log; it is durable before the next effect is carried out."""

    record: object


@dataclass(frozen=True, slots=True)
class Complete:
    """End client operation ``op`` with status ``ok``, ``fail`` or ``unknown``."""

    op: int
    status: str
    result: object


Effect = Send | SetTimer | CancelTimer | Write | Complete
_EFFECTS: dict[str, type] = {
    "send": Send, "set_timer": SetTimer, "cancel_timer": CancelTimer,
    "write": Write, "complete": Complete,
}  # fmt: skip


class Time:
    """True time in whole microseconds, kept by a driver and read by all its nodes; ``read`` once `Node.now` was."""

    __slots__ = ("read", "us")

    def __init__(self, us: int = 0) -> None:
        self.us = us
        self.read = False


class Context:
    """The exchange between a driver and one node: the time goes in, effects come out.

    Effects are tuples ``(kind, ...)`` because the simulator makes millions of them; `take_effects` turns them into
    values. A node's components share its context, which keeps all effects in one order.
    """

    __slots__ = ("clock", "effects", "time")

    def __init__(self) -> None:
        self.effects: list[tuple[Any, ...]] = []
        self.time: Time | None = None
        self.clock: Clock | None = None

    def copied(self, memo: dict[int, Any]) -> Context:
        """Return a copy with the same pending effects; ``memo`` holds it for other components with this context."""
        known: Context | None = memo.get(id(self))
        if known is None:
            known = memo[id(self)] = Context()
            known.effects = list(self.effects)
            known.time, known.clock = self.time, self.clock
        return known


def context_of(node: Node) -> Context:
    """Return the exchange between the node and its driver."""
    return node._context


def take_effects(node: Node) -> list[Effect]:
    """Return the effects asked for since the last call, in order, and clear the node's list."""
    if not isinstance(node, Node):
        raise TypeError(f"take_effects({node!r}): a Node is required")
    effects = node._context.effects
    result = [_EFFECTS[effect[0]](*effect[1:]) for effect in effects]
    effects.clear()
    return result


# --- messages, timers and operations, checked ----------------------------------------------------------------------

# Types of messages and timers that are proven to have only values as instances.
_MESSAGES: set[type] = set()
_TIMERS: set[type] = set()


def _check_send(to: object, message: object) -> None:
    """Raise TypeError unless ``to`` is a string and ``message`` is a value."""
    if not isinstance(to, str):
        raise TypeError(
            f"send to {to!r}: the name of one node is required, a string; broadcast sends to all peers"
        )
    check_event(message, Message, _MESSAGES)


def _number(op: object, method: str) -> int:
    """Return the number of an operation. Raise TypeError for the invocation itself, or any other non-number."""
    if type(op) is int:
        return op
    if isinstance(op, Invocation):
        raise TypeError(
            f"{method}({op!r}, …): the number of the operation is required; write op.id"
        )
    if not hasattr(op, "__index__"):
        raise TypeError(
            f"{method}({op!r}, …): the number of an operation is required, such as op.id"
        )
    return int(op.__index__())


# --- nodes ---------------------------------------------------------------------------------------


class Node:
    """A process that reacts to a start, to messages and to timers.

    ``id`` is its name and ``peers`` are the names of the other nodes of its group, sorted. Subclasses extend
    ``__init__`` (and call this one) to set volatile state: plain data, copied when a world is cloned, created again
    when the node restarts.
    """

    _birth: tuple[tuple[Any, ...], dict[str, Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in cls.__dict__:
            setattr(cls, "__init__", calling_super(cls.__dict__["__init__"]))  # noqa: B010

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self._birth = copy_arguments(cls, args, kwargs)
        return self

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        if not isinstance(id, str) or not id:
            raise TypeError(f"id={id!r}: a node's name must be a string that is not empty")
        self.id = id
        names = as_names(peers, "peers")
        in_order = tuple(sorted(names))
        self.peers = (
            names if names == in_order else in_order
        )  # one tuple here and in what a restart begins from
        if id in self.peers:
            raise ValueError(f"peers names {id!r}, the node itself: its peers are the other nodes")
        self._context = Context()

    def on_start(self, log: Sequence[object]) -> None:
        """Start or restart: ``log`` holds the records that this node has written, oldest first."""

    @property
    def now(self) -> float:
        """The reading of this node's own clock, in ms. Raises RuntimeError if the driver has no clock."""
        context = self._context
        if context.time is None:
            raise RuntimeError(
                f"{self.id} reads its clock, but its driver has none: "
                "a property that must always hold cannot depend on the time"
            )
        context.time.read = True
        clock = context.clock
        return (context.time.us if clock is None else clock.read(context.time.us)) / 1000

    @property
    def shown_role(self) -> str:
        """The role that pictures of a run mark on this node's line while it has it, such as "leads"; "" for none."""
        return ""

    # Effects: each method records a request; the driver carries the requests out, in this order.

    def send(self, to: str, message: Message) -> None:
        """Hand ``message`` to the network for node ``to``. It may be lost, delayed, duplicated or reordered."""
        if type(to) is not str or type(message) not in _MESSAGES:
            _check_send(to, message)
        self._context.effects.append(("send", to, message))

    def broadcast(self, message: Message) -> None:
        """Send ``message`` to every peer, in the order of their names."""
        if type(message) not in _MESSAGES:
            check_event(message, Message, _MESSAGES)
        for peer in self.peers:
            self._context.effects.append(("send", peer, message))

    def set_timer(self, timer: Timer, delay_ms: float | tuple[float, float]) -> None:
        """Schedule ``timer`` after ``delay_ms`` on the node's own clock, or after a delay drawn from a range.

        An equal pending timer is replaced. Raises ValueError for a negative, NaN or reversed delay.
        """
        if type(timer) not in _TIMERS:
            check_event(timer, Timer, _TIMERS)
        try:
            low, high = delay_ms if isinstance(delay_ms, tuple) else (delay_ms, delay_ms)
            fits = 0 <= low <= high < 1e15
        except (TypeError, ValueError):  # not numbers, or not a pair
            fits = False
        if not fits:
            raise ValueError(
                f"delay_ms={delay_ms!r}: a delay must be 0 or more, low before high: "
                "write a number of ms, or a pair (low, high)"
            )
        self._context.effects.append(("set_timer", timer, low, high))

    def cancel_timer(self, timer: Timer) -> None:
        """Cancel the pending timer equal to ``timer``, if there is one."""
        if type(timer) not in _TIMERS:
            check_event(timer, Timer, _TIMERS)
        self._context.effects.append(("cancel_timer", timer))

    def write(self, record: object) -> None:
        """Append ``record``, a value, to the durable log, which survives a crash."""
        require_value(record, "the record")
        self._context.effects.append(("write", record))

    def reply(self, to: str, op: int, result: object = None) -> None:
        """Answer client operation ``op`` of client ``to``: send it a `Reply`."""
        self.send(to, Reply(_number(op, "reply"), result))

    # Used by drivers.

    def component(self, part: _C) -> _C:
        """Make ``part`` a component of this node and return it."""
        if not isinstance(part, Component):
            raise TypeError(
                f"{part!r}: a component is required, an object of a class derived from Component"
            )
        part._share(self._context)
        return part

    def component_changed(self, part: Component) -> None:
        """React to a change in a component: called after each of its handlers. The default does nothing."""

    def state(self) -> dict[str, object]:
        """Return a copy of the volatile state by name, components included, without name and peers."""
        return self._state({})

    def _state(self, memo: dict[int, Any]) -> dict[str, object]:
        """Return the state as `state` does; a reference back to the node is replaced by its name."""
        memo[id(self)] = self.id
        own = {name: value for name, value in attributes(self).items() if name[0] != "_"}
        del own["id"], own["peers"]
        return {
            name: value._state(memo)
            if isinstance(value, Node) and id(value) not in memo
            else copy_state(value, memo)
            for name, value in own.items()
        }

    def clone(self) -> Self:
        """Return a copy that shares no mutable data, with the same pending effects.

        Raises TypeError for an attribute that cannot be copied; the error names it.
        """
        return self.__deepcopy__({})

    def fresh(self) -> Self:
        """Return a new node built from the same arguments: the state after a crash, without the log."""
        args, kwargs = copy_state(self._birth)
        return type(self)(*args, **kwargs).clone()  # without sharing mutable default arguments

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a copy in which every reference to the node, components included, refers to the copy."""
        other = object.__new__(type(self))
        memo[id(self)] = other
        object.__setattr__(other, "_birth", self._birth)
        object.__setattr__(other, "_context", self._context.copied(memo))
        for name, value in attributes(self).items():
            if name not in ("_context", "_birth"):
                try:
                    setattr(other, name, copy_state(value, memo))
                except (TypeError, RecursionError) as error:
                    if isinstance(value, Node):  # its own error names the attribute
                        raise
                    raise copy_error(f"{type(self).__name__}.{name}", error) from error
        return other

    def _share(self, context: Context) -> None:
        self._context = context
        for value in attributes(self).values():
            if isinstance(value, Component):
                value._share(context)

    def __repr__(self) -> str:
        state = ", ".join(f"{name}={value!r}" for name, value in self.state().items())
        return (
            f"{type(self).__name__}({self.id!r}: {state})"
            if state
            else f"{type(self).__name__}({self.id!r})"
        )


class Component(Node):
    """A protocol inside a protocol, with message and timer types of its own.

    The outer node routes messages and timers of these types to it, forwards its effects in order, and clones,
    restarts and shows it together with itself.

    >>> from dscourse.core.dispatch import handle_message
    >>> @dataclass(frozen=True, slots=True)
    ... class Beat(Message):
    ...     pass
    >>> class Pulse(Component):
    ...     def __init__(self, id: str, peers: Iterable[str]) -> None:
    ...         super().__init__(id, peers)
    ...         self.heard: dict[str, int] = {}
    ...     def on_beat(self, sender: str, beat: Beat) -> None:
    ...         self.heard[sender] = self.heard.get(sender, 0) + 1
    >>> class Server(Node):
    ...     def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
    ...         super().__init__(id, peers)
    ...         self.pulse = self.component(Pulse(id, peers))
    >>> server = Server("a", ["b"])
    >>> handle_message(server, "b", Beat())
    >>> server.pulse.heard
    {'b': 1}
    """


_C = TypeVar("_C", bound=Component)


class Client(Node):
    """A node that carries out a user's operations, one at a time, and reports how each ended."""

    def on_invoke(self, op: Invocation) -> None:
        """Begin ``op``; a later handler ends it with ``complete``, ``fail`` or ``unknown``."""
        raise NotImplementedError(f"{type(self).__name__} needs a method on_invoke")

    def complete(self, op: int, result: object = None) -> None:
        """End operation ``op``: it happened, with ``result``."""
        require_value(result, "the result")
        self._context.effects.append(("complete", _number(op, "complete"), "ok", result))

    def fail(self, op: int, reason: object = None) -> None:
        """End operation ``op``: it did not happen and never will."""
        require_value(reason, "the reason")
        self._context.effects.append(("complete", _number(op, "fail"), "fail", reason))

    def unknown(self, op: int, reason: object = None) -> None:
        """End operation ``op`` as unknown: it may have happened, or may happen later."""
        require_value(reason, "the reason")
        self._context.effects.append(("complete", _number(op, "unknown"), "unknown", reason))


def cluster(kind: type[_N], ids: Iterable[str] | int, **settings: Any) -> list[_N]:
    """Return one node of this ``kind`` per name, with the others as peers; 3 stands for n1, n2 and n3.

    Each node gets its own copy of the ``settings``. Raises TypeError or ValueError for a single string, an empty
    list, or a duplicate name.

    >>> [(node.id, node.peers) for node in cluster(Node, 3)]
    [('n1', ('n2', 'n3')), ('n2', ('n1', 'n3')), ('n3', ('n1', 'n2'))]
    """
    if not (isinstance(kind, type) and issubclass(kind, Node)):
        raise TypeError(
            f"kind={kind!r}: a class derived from Node is required, such as cluster(Node, 3)"
        )
    if isinstance(ids, int):
        if isinstance(ids, bool) or ids < 1:
            raise ValueError(f"ids={ids!r}: a cluster has at least 1 node")
        ids = [f"n{i}" for i in range(1, ids + 1)]
    if isinstance(ids, set | frozenset):
        raise TypeError(
            f"ids={ids!r}: a set has no order, and the run depends on it; write sorted(ids)"
        )
    names = as_names(ids, "ids")
    if not names:
        raise ValueError("ids is empty: a cluster has at least 1 node")
    in_order = sorted(names)
    return [
        kind(own, tuple(name for name in in_order if name != own), **copy_state(settings))
        for own in names
    ]


def as_names(names: Iterable[str], argument: str) -> tuple[str, ...]:
    """Return the names as a tuple. Raise TypeError or ValueError unless they are distinct, non-empty strings."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise TypeError(
            f"{argument}={names!r}: {argument} must be a list of names, such as ['a', 'b']"
        )
    listed = tuple(names)
    for name in listed:
        if not isinstance(name, str) or not name:
            raise TypeError(
                f"{argument}: {name!r}: a node's name must be a string that is not empty"
            )
    if len(set(listed)) < len(listed):
        twice = next(name for name in listed if listed.count(name) > 1)
        raise ValueError(f"{argument} names {twice!r} twice: every node needs a name of its own")
    return listed


_N = TypeVar("_N", bound=Node)
