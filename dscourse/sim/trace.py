"""The record of everything that happened in a world, readable when printed.

A trace is kept as one flat list, seven entries an event, because it grows in the simulator's
hottest loop; it is read as a sequence of `Event` values. What an event's fields mean depends on
its kind:

    kind                  node      peer      what        id              detail
    start, restart        node      –         –           records in log  –
    send                  sender    receiver  message     message         –
    deliver, duplicate    receiver  sender    message     message         –
    drop                  receiver  sender    message     message         lost, cut, crashed, dropped
    set_timer             node      –         timer       timer           when it is due, in ms
    timer, cancel_timer   node      –         timer       timer           –
    write                 node      –         record      place in log    –
    crash                 node      –         –           records lost    –
    pause, resume         node      –         –           –               –
    fault                 –         –         fault       –               –
    invoke                client    –         Invocation  operation       –
    ok, fail, unknown     client    –         result      operation       –
    state                 node      –         dict        –               –
    error                 node      –         what it had –               the error
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from numbers import Real
from typing import Any, Self, overload

from dscourse.copying import stable_repr
from dscourse.history import History, Op
from dscourse.node import Invocation
from dscourse.sim import causality

__all__ = ["KINDS", "Event", "Trace", "as_trace"]

KINDS = (
    "start", "send", "deliver", "drop", "duplicate", "set_timer", "timer", "cancel_timer", "write",
    "crash", "restart", "pause", "resume", "fault", "invoke", "ok", "fail", "unknown", "state",
    "error",
)  # fmt: skip
_WIDTH = 7


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``index`` is its place in the whole trace, also in a slice."""

    index: int
    time_ms: float
    kind: str
    node: str | None
    peer: str | None
    what: Any
    id: int
    detail: Any

    def __str__(self) -> str:
        return f"{self.time_ms:8.3f} ms  {_where(self):<8} {_WORDS[self.kind](self)}".rstrip()


def _where(event: Event) -> str:
    if event.kind == "send":
        return f"{event.node} → {event.peer}"
    if event.kind in ("deliver", "drop", "duplicate"):
        return f"{event.node} ← {event.peer}"
    return event.node or "*"


_REASONS = {
    "lost": "lost",
    "cut": "lost: the link is cut",
    "crashed": "lost: the receiver is down",
    "dropped": "lost by hand",
}


def _ended(word: str) -> Callable[[Event], str]:
    return lambda e: f"#{e.id} {word}" + ("" if e.what is None else f": {e.what}")


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


_WORDS: dict[str, Callable[[Event], str]] = {
    "start": lambda e: f"starts with {_records(e.id)}" if e.id else "starts",
    "send": lambda e: stable_repr(e.what),
    "deliver": lambda e: stable_repr(e.what),
    "drop": lambda e: f"{stable_repr(e.what)}  {_REASONS.get(e.detail, e.detail)}",
    "duplicate": lambda e: f"{stable_repr(e.what)}  duplicated",
    "set_timer": lambda e: f"sets timer {stable_repr(e.what)} for {e.detail:.3f} ms",
    "timer": lambda e: f"timer {stable_repr(e.what)}",
    "cancel_timer": lambda e: f"cancels timer {stable_repr(e.what)}",
    "write": lambda e: f"writes {stable_repr(e.what)}",
    "crash": lambda e: f"crashes and loses its last {_records(e.id)}" if e.id else "crashes",
    "restart": lambda e: f"restarts with {_records(e.id)}",
    "pause": lambda _: "stands still",
    "resume": lambda _: "goes on",
    "fault": lambda e: repr(e.what),
    "invoke": lambda e: f"invokes #{e.id} {_op(e.what).describe()}",
    "ok": _ended("ok"),
    "fail": _ended("failed"),
    "unknown": _ended("unknown"),
    "state": lambda e: ", ".join(f"{name} = {stable_repr(v)}" for name, v in e.what.items()),
    "error": lambda e: f"{e.detail}  (handling {stable_repr(e.what)})",
}


def _op(what: Invocation) -> Op:
    return Op(what.id, "", what.f, what.key, what.value)


class Trace(Sequence[Event]):
    """Events in the order in which they happened; it slices by node, kind, time and causality."""

    def __init__(self, flat: Iterable[Any] = (), indices: Sequence[int] | None = None) -> None:
        self._flat = list(flat)
        self._indices = indices

    def __len__(self) -> int:
        return len(self._flat) // _WIDTH

    def __iter__(self) -> Iterator[Event]:
        columns = iter(self._flat)
        indices = iter(self._indices) if self._indices is not None else iter(range(len(self)))
        for index, time, *rest in zip(indices, *[columns] * _WIDTH, strict=True):
            yield Event(index, time / 1000, *rest)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Trace: ...
    def __getitem__(self, index: int | slice) -> Event | Trace:
        if isinstance(index, slice):
            return self._pick(range(len(self))[index])
        place = range(len(self))[index]
        time, *rest = self._flat[place * _WIDTH : (place + 1) * _WIDTH]
        return Event(self._index(place), time / 1000, *rest)

    def _index(self, place: int) -> int:
        return place if self._indices is None else self._indices[place]

    def _pick(self, places: Iterable[int]) -> Trace:
        """The slice that holds the events at these places."""
        chosen = list(places)
        flat = [
            cell for place in chosen for cell in self._flat[place * _WIDTH : (place + 1) * _WIDTH]
        ]
        return Trace(flat, [self._index(place) for place in chosen])

    def copy(self) -> Self:
        """A trace that grows by itself."""
        return type(self)(self._flat, self._indices)

    # --- slices ----------------------------------------------------------------------------------

    def where(self, keep: Callable[[Event], bool]) -> Trace:
        """The events for which ``keep`` is true."""
        if not callable(keep):
            raise TypeError(
                f"keep={keep!r}: a function of an event is required, such as "
                "lambda event: event.kind == 'send'"
            )
        return self._pick(place for place, event in enumerate(self) if keep(event))

    def of(self, *nodes: str) -> Trace:
        """What happened at these nodes; LookupError for a node to which nothing happened."""
        known = self.nodes
        for name in nodes:
            if name not in known:
                raise LookupError(f"no event at {name!r}: the nodes are {', '.join(known)}")
        return self.where(lambda event: event.node in nodes)

    def seen_by(self, node: str) -> Trace:
        """What the node itself can know: its events, without what only an observer of the whole world sees."""
        return self.of(node).where(lambda event: event.kind not in causality.OBSERVED_ONLY)

    def kinds(self, *kinds: str) -> Trace:
        """The events of these kinds; LookupError for a kind that does not exist."""
        for kind in kinds:
            if kind not in KINDS:
                raise LookupError(
                    f"no kind of event is called {kind!r}: the kinds are {', '.join(KINDS)}"
                )
        return self._pick(
            place for place, kind in enumerate(self._flat[1::_WIDTH]) if kind in kinds
        )

    def between(self, start_ms: float, end_ms: float) -> Trace:
        """The events from ``start_ms`` to ``end_ms``, both included."""
        for name, time in (("start_ms", start_ms), ("end_ms", end_ms)):
            if not isinstance(time, Real):
                raise TypeError(f"{name}={time!r}: a time is required, a number of ms")
        if not start_ms <= end_ms:
            raise ValueError(
                f"start_ms={start_ms!r}, end_ms={end_ms!r}: the start comes before the end"
            )
        return self.where(lambda event: start_ms <= event.time_ms <= end_ms)

    def past(self, event: Event | int) -> Trace:
        """The causal past of an event: all that may have led to it, itself included."""
        return self._pick(causality.past(self, self._place(event)))

    def future(self, event: Event | int) -> Trace:
        """The causal future of an event of this trace: all that it may have led to, itself
        included.
        """
        return self._pick(causality.future(self, self._place(event)))

    def _place(self, event: Event | int) -> int:
        index = event.index if isinstance(event, Event) else event
        for place in range(len(self)):
            if self._index(place) == index:
                return place
        raise LookupError(f"no event of this trace has the index {index}")

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for name in self._flat[2::_WIDTH] if name is not None))

    # --- clocks ----------------------------------------------------------------------------------

    def vector_clocks(self) -> list[dict[str, int] | None]:
        """Each event's vector clock; None for what is no event of a node (a fault, a loss, a
        state).
        """
        return causality.vector_clocks(self)

    def lamport_clocks(self) -> list[int | None]:
        """Each event's Lamport clock; None for what is no event of a node."""
        return causality.lamport_clocks(self)

    # --- what clients saw, text, files -----------------------------------------------------------

    def history(self) -> History:
        """Every client operation with its beginning and its end."""
        begun: dict[int, Event] = {}
        ended: dict[int, Event] = {}
        kinds = self._flat[1::_WIDTH]
        for place, kind in enumerate(kinds):
            if kind == "invoke":
                begun[self._flat[place * _WIDTH + 5]] = self[place]
            elif kind in ("ok", "fail", "unknown"):
                ended.setdefault(self._flat[place * _WIDTH + 5], self[place])
        return History(_as_op(event, ended.get(number)) for number, event in begun.items())

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        if not self:
            return "Trace(no events)"
        span = f"{self[0].time_ms:g} to {self[-1].time_ms:g} ms"
        return f"Trace({len(self)} events, {span}, nodes {', '.join(self.nodes)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self._flat == other._flat

    def __hash__(self) -> int:
        return hash(self.hash())

    def hash(self) -> str:
        """A fingerprint of the whole trace: the same for the same events, on every machine."""
        digest = blake2b(digest_size=16)
        for cell in self._flat:
            digest.update(f"{stable_repr(cell)}\0".encode())
        return digest.hexdigest()

    def to_json(self) -> str:
        """A JSON list with one object an event; messages and the like as {"type": …, "fields":
        {…}}.
        """
        from dscourse.sim import export

        return export.to_json(self)

    def to_shiviz(self) -> str:
        """ShiViz's input: a parser line, then two lines an event: its node and vector clock, and
        its text.
        """
        from dscourse.sim import export

        return export.to_shiviz(self)


def as_trace(given: object) -> Trace:
    """Return what is given if it is a trace; TypeError, with what to write, for a world or anything else."""
    if isinstance(given, Trace):
        return given
    kind = type(given).__name__
    advice = (
        "write world.trace"
        if isinstance(getattr(given, "trace", None), Trace)
        else "such as world.trace"
    )
    raise TypeError(f"a Trace is required, not a {kind}: {advice}")


def _as_op(begun: Event, ended: Event | None) -> Op:
    what: Invocation = begun.what
    op = Op(
        what.id,
        str(begun.node),
        what.f,
        what.key,
        what.value,
        invoked=begun.index,
        invoked_ms=begun.time_ms,
    )
    if ended is None:
        return op
    return Op(
        op.id, op.process, op.f, op.key, op.value, ended.kind, ended.what,
        op.invoked, ended.index, op.invoked_ms, ended.time_ms,
    )  # fmt: skip
