"""The record of everything that happened in a world, readable when printed.

A trace is stored as one flat list, seven entries per event, because it grows in the simulator's hottest loop. It is
read as a sequence of `Event` values, each of which is constructed once: a trace grows and never changes otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from numbers import Real
from typing import Any, Self, overload

from dscourse.core.copying import stable_repr
from dscourse.core.wording import count
from dscourse.history import History, Op
from dscourse.node import Invocation
from dscourse.sim import causality
from dscourse.sim.events import KINDS, OBSERVED_ONLY, Event

__all__ = ["Trace", "as_trace"]

_WIDTH = 7  # entries per event


class Trace(Sequence[Event]):
    """Events in the order in which they happened, with slices by node, kind, time and causality."""

    def __init__(self, flat: Iterable[Any] = (), indices: Sequence[int] | None = None) -> None:
        self.cells = list(flat)
        self._indices = indices
        self._events: list[Event] = []  # those that have been read, from the first on
        self._history: tuple[int, History] | None = None  # the last one, and the length then

    def __len__(self) -> int:
        return len(self.cells) // _WIDTH

    def __iter__(self) -> Iterator[Event]:
        return iter(self._read())

    def _read(self) -> list[Event]:
        """Return all events."""
        known = len(self._events)
        if known < len(self):
            new = self.cells[known * _WIDTH :]
            times, *others = (new[field::_WIDTH] for field in range(_WIDTH))
            indices = (self._indices or range(len(self)))[known:]
            self._events += map(Event, indices, [time / 1000 for time in times], *others)
        return self._events

    def __reduce__(self) -> tuple[type[Self], tuple[list[Any], Sequence[int] | None]]:
        return type(self), (self.cells, self._indices)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Trace: ...
    def __getitem__(self, index: int | slice) -> Event | Trace:
        if isinstance(index, slice):
            return self._pick(range(len(self))[index])
        position = range(len(self))[index]
        if position < len(self._events):
            return self._events[position]
        time, *rest = self.cells[position * _WIDTH : (position + 1) * _WIDTH]
        return Event(self._index(position), time / 1000, *rest)

    def _index(self, position: int) -> int:
        return position if self._indices is None else self._indices[position]

    def _pick(self, positions: Iterable[int]) -> Trace:
        """Return the slice of the events at these positions."""
        chosen = list(positions)
        flat = [
            cell
            for position in chosen
            for cell in self.cells[position * _WIDTH : (position + 1) * _WIDTH]
        ]
        part = Trace(flat, [self._index(position) for position in chosen])
        if len(self._events) == len(self):
            part._events = [self._events[position] for position in chosen]
        return part

    def copy(self) -> Self:
        """Return a trace that grows independently."""
        other = type(self)(self.cells, self._indices)
        other._events = list(self._events)
        return other

    # --- slices ----------------------------------------------------------------------------------

    def where(self, keep: Callable[[Event], bool]) -> Trace:
        """Return the events for which ``keep`` is true."""
        if not callable(keep):
            raise TypeError(
                f"keep={keep!r}: a function of an event is required, such as "
                "lambda event: event.kind == 'send'"
            )
        return self._pick(position for position, event in enumerate(self) if keep(event))

    def of(self, *nodes: str) -> Trace:
        """Return the events at these nodes. Raise LookupError for a node without events."""
        known = self.nodes
        for name in nodes:
            if name not in known:
                raise LookupError(f"no event at {name!r}: the nodes are {', '.join(known)}")
        return self.where(lambda event: event.node in nodes)

    def seen_by(self, node: str) -> Trace:
        """Return the events that the node itself can know, without the records of the omniscient observer."""
        return self.of(node).where(lambda event: event.kind not in OBSERVED_ONLY)

    def kinds(self, *kinds: str) -> Trace:
        """Return the events of these kinds. Raise LookupError for an unknown kind."""
        for kind in kinds:
            if kind not in KINDS:
                raise LookupError(
                    f"no kind of event is called {kind!r}: the kinds are {', '.join(KINDS)}"
                )
        return self._pick(
            position for position, kind in enumerate(self.cells[1::_WIDTH]) if kind in kinds
        )

    def between(self, start_ms: float, end_ms: float) -> Trace:
        """Return the events from ``start_ms`` to ``end_ms``, both included."""
        for name, time in (("start_ms", start_ms), ("end_ms", end_ms)):
            if not isinstance(time, Real):
                raise TypeError(f"{name}={time!r}: a time is required, a number of ms")
        if not start_ms <= end_ms:
            raise ValueError(
                f"start_ms={start_ms!r}, end_ms={end_ms!r}: the start comes before the end"
            )
        return self.where(lambda event: start_ms <= event.time_ms <= end_ms)

    def past(self, event: Event | int) -> Trace:
        """Return the causal past of an event: every event that may have led to it, and itself."""
        return self._pick(causality.past(self, self._position(event)))

    def future(self, event: Event | int) -> Trace:
        """Return the causal future of an event of this trace: every event that it may have led to, and itself."""
        return self._pick(causality.future(self, self._position(event)))

    def _position(self, event: Event | int) -> int:
        index = event.index if isinstance(event, Event) else event
        for position in range(len(self)):
            if self._index(position) == index:
                return position
        raise LookupError(f"no event of this trace has the index {index}")

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for name in self.cells[2::_WIDTH] if name is not None))

    def nodes_between(self, start: int, end: int) -> tuple[str, ...]:
        """Return the nodes of the events at positions from ``start`` up to, not including, ``end``."""
        names = self.cells[start * _WIDTH + 2 : end * _WIDTH : _WIDTH]
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def kinds_between(self, start: int, end: int) -> tuple[str, ...]:
        """Return the kinds of the events at positions from ``start`` up to, not including, ``end``."""
        return tuple(self.cells[start * _WIDTH + 1 : end * _WIDTH : _WIDTH])

    # --- clocks ----------------------------------------------------------------------------------

    def vector_clocks(self) -> list[dict[str, int] | None]:
        """Return each event's vector clock; None for an observer's record (a fault, a loss, a state)."""
        return causality.vector_clocks(self)

    def lamport_clocks(self) -> list[int | None]:
        """Return each event's Lamport clock; None for an observer's record."""
        return causality.lamport_clocks(self)

    # --- histories, text, fingerprints -----------------------------------------------------------

    def history(self) -> History:
        """Return every client operation with its beginning and its end; the same object until the trace grows."""
        if self._history is None or self._history[0] != len(self.cells):
            self._history = len(self.cells), self._operations()
        return self._history[1]

    def _operations(self) -> History:
        begun: dict[int, Event] = {}
        ended: dict[int, Event] = {}
        kinds = self.cells[1::_WIDTH]
        for position, kind in enumerate(kinds):
            if kind == "invoke":
                begun[self.cells[position * _WIDTH + 5]] = self[position]
            elif kind in ("ok", "fail", "unknown"):
                ended.setdefault(self.cells[position * _WIDTH + 5], self[position])
        return History(_as_op(event, ended.get(number)) for number, event in begun.items())

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        if not self:
            return "Trace(no events)"
        span = f"{self[0].time_ms:g} to {self[-1].time_ms:g} ms"
        return f"Trace({count(len(self), 'event')}, {span}, nodes {', '.join(self.nodes)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self.cells == other.cells

    def __hash__(self) -> int:
        return hash(self.hash())

    def hash(self) -> str:
        """Return a fingerprint of the whole trace: the same for the same events, on every machine."""
        digest = blake2b(digest_size=16)
        for cell in self.cells:
            digest.update(f"{stable_repr(cell)}\0".encode())
        return digest.hexdigest()


def as_trace(trace: object) -> Trace:
    """Return the argument if it is a trace. Raise TypeError for anything else."""
    if isinstance(trace, Trace):
        return trace
    kind = type(trace).__name__
    advice = (
        "write world.trace"
        if isinstance(getattr(trace, "trace", None), Trace)
        else "such as world.trace"
    )
    raise TypeError(f"a Trace is required, not a {kind}: {advice}")


def _as_op(begun: Event, ended: Event | None) -> Op:
    invocation: Invocation = begun.what
    op = Op(
        invocation.id,
        str(begun.node),
        invocation.f,
        invocation.key,
        invocation.value,
        invoked=begun.index,
        invoked_ms=begun.time_ms,
    )
    if ended is None:
        return op
    return Op(
        op.id, op.process, op.f, op.key, op.value, ended.kind, ended.what,
        op.invoked, ended.index, op.invoked_ms, ended.time_ms,
    )  # fmt: skip
