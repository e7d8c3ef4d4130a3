"""A run of real processes as a fault plan: each message with its delay or loss, each timer with its lateness.

A partition is the loss of the messages that it stopped, and a pause is the delay of what the node handled after it:
so the plan holds the faults of messages and timers, crashes and restarts, clocks, and operations, and no others. A
handler takes no time in the simulator. It happens there when its input was recorded, or when its operation ended.

>>> from dscourse.node import cluster
>>> from dscourse.protocols.quorum_store import QuorumStore
>>> from dscourse.protocols.stores import StoreClient
>>> from dscourse.run import Cluster
>>> from dscourse.sim import World
>>> nodes = [*cluster(QuorumStore, 3), StoreClient("c", "n1", timeout_ms=60_000)]
>>> with Cluster(nodes) as store:
...     recording = store.submit("c", [("write", "x", 1), ("read", "x")]).run(seconds=60).recording
>>> [(op.f, op.result) for op in World(nodes, plan=as_plan(recording)).run().history]
[('write', None), ('read', 1)]
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from dscourse.run.arguments import check_operations, check_recording
from dscourse.run.merge import read
from dscourse.run.recording import Recording
from dscourse.run.replaying import Driver, given_nodes
from dscourse.sim.faults import At, Crash, CrashDuring, Fault, Restart, SetClock, Submit
from dscourse.sim.message_faults import Delay, Lose, Repeat
from dscourse.sim.timer_faults import Expire

__all__ = ["Script", "as_plan"]

_INPUTS = frozenset({"start", "restart", "deliver", "timer", "invoke"})
_ENDS = frozenset({"ok", "fail", "unknown"})


def as_plan(recording: Recording, without: Collection[int] = ()) -> list[At]:
    """Return the plan under which a simulated world of the same nodes and clocks has the recorded run.

    The operations whose numbers are in ``without`` are left out, with all messages and timers that they caused.
    ValueError if the nodes are missing, or do not do again what they did; LookupError for a number that no operation
    has; TypeError for an argument of the wrong type.
    """
    script = Script(recording)
    check_operations(recording, without, "without")
    return list(script.plan(frozenset(without)))


@dataclass(slots=True)
class _Handler:
    """One call of a handler, or a crash: when it happens in the simulator, and the operation that led to it."""

    node: str
    kind: str
    what: Any
    us: int
    root: int | None
    rank: int  # in the order of the trace
    sends: list[int] = field(default_factory=list)
    kept: int | None = None  # the number of effects before a crash within the handler


@dataclass(slots=True)
class _Sent:
    """A message, or a timer that was set: by which handler, and by which ones it was handled."""

    by: _Handler
    to: str
    type: str
    due_us: int = 0  # of a timer
    fixed_us: int = -1  # of a timer, if it is not drawn
    handled: list[_Handler] = field(default_factory=list)
    ended: _Handler | None = None  # of a timer that was cancelled, replaced or lost
    lost: bool = False


class Script:
    """The handlers, messages and timers of a recording; ``end_us`` is the end of the run in the simulator, in µs."""

    def __init__(self, recording: Recording) -> None:
        check_recording(recording)
        self.recording, self.end_us = recording, recording.end_us
        given = given_nodes(recording, None)
        self._drivers = {name: Driver(recording, given[name]) for name in recording.streams}
        self._handlers: list[_Handler] = []
        self._messages: dict[int, _Sent] = {}
        self._timers: dict[int, _Sent] = {}
        self._running: dict[str, _Handler] = {}
        self._cut: dict[
            str, tuple[_Handler, int]
        ] = {}  # handlers without all effects, and how many they have
        self._set: dict[str, dict[Any, int]] = defaultdict(dict)  # timers, by node
        rows = read(recording.streams, recording.observed, recording.codec)
        for rank, (node, event, cells) in enumerate(rows):
            self._read(rank, node, event, cells)
        self._read_the_rest()
        self._assign_times()

    # --- reading ---------------------------------------------------------------------------------

    def _read(self, rank: int, node: str, event: list[Any], cells: tuple[Any, ...]) -> None:
        us, kind, _, peer, what, number, _ = cells
        if kind in _INPUTS or kind == "crash":
            self._begin(_Handler(node, kind, what, us, None, rank), number, event)
        elif kind == "drop" and number in self._messages:
            self._messages[number].lost = True
        elif kind == "send":
            self._running[node].sends.append(number)
            self._messages[number] = _Sent(self._running[node], peer, type(what).__name__)
        elif kind == "set_timer":
            _, _, _, _, _, low, high, due = event
            fixed = round(low * 1000) if low == high else -1
            self._end_timer(node, what)
            self._set[node][what] = number
            self._timers[number] = _Sent(
                self._running[node], node, type(what).__name__, due // 1000, fixed
            )
        elif kind == "cancel_timer":
            self._end_timer(node, what)
        elif kind in _ENDS and node in self._running and not self._running[node].sends:
            self._running[node].us, self._running[node].rank = us, rank

    def _begin(self, handler: _Handler, id: int, event: list[Any]) -> None:
        node, kind, driver = handler.node, handler.kind, self._drivers[handler.node]
        difference = driver.advance()
        if difference:
            raise ValueError(f"the nodes do not do again what they did in the run: {difference}")
        cut, effects = self._cut.get(node, (None, 0))
        if cut is not None and kind == "crash":
            cut.kept = effects
        elif cut is not None and kind == "restart":
            cut.kept = effects + len(event[4])  # records that were written and not reported
        if driver.left:
            self._cut[node] = handler, driver.effects
        elif kind != "crash":
            self._cut.pop(node, None)
        if kind == "deliver":
            self._messages[id].handled.append(handler)
            handler.root = self._messages[id].by.root
        elif kind == "timer":
            self._timers[id].handled.append(handler)
            handler.root = self._timers[id].by.root
            self._set[node].pop(handler.what, None)
        elif kind == "invoke":
            handler.root = id
        elif kind == "crash":
            handler.what = Crash(node, event[3])
            for timer in list(self._set[node]):
                self._running[node] = handler
                self._end_timer(node, timer)
        self._running[node] = handler
        self._handlers.append(handler)

    def _end_timer(self, node: str, timer: Any) -> None:
        number = self._set[node].pop(timer, None)
        if number is not None:
            self._timers[number].ended = self._running[node]

    def _read_the_rest(self) -> None:
        """Add the messages and timers of handlers that the end cut short: they have no effect within the run."""
        for name, driver in self._drivers.items():
            for number, (kind, what, *more) in enumerate(driver.left):
                handler, unused = self._running[name], -1 - len(self._messages) - number
                if kind == "send":
                    message = type(more[0]).__name__
                    self._messages[unused] = _Sent(handler, what, message)
                elif kind == "set_timer":
                    self._timers[unused] = _Sent(handler, name, type(what).__name__)

    def _assign_times(self) -> None:
        """Give the handlers times, in µs, in the order of the trace; the nodes start at 0.

        Of two that have the same time and must keep their order, at one node or at two clients, the second is later.
        """
        self._handlers.sort(key=lambda one: one.rank)
        last, at_last = 0, set(self._drivers)
        for handler in self._handlers:
            if handler.kind == "start":
                handler.us = 0
                continue
            key = "a client" if self._drivers[handler.node].client else handler.node
            us = max(handler.us, last + (key in at_last))
            at_last = {key} | (at_last if us == last else set())
            handler.us = last = us
        self.end_us = max(self.end_us, last)

    # --- the plan --------------------------------------------------------------------------------

    def plan(self, without: frozenset[int]) -> Iterator[At]:
        """Yield the plan, in the order of time."""
        early = [*self._of_messages(without), *self._of_timers(without)]
        yield from (At(0, fault) for fault in early)
        late = [*self._of_nodes(without), *self._of_clocks()]
        yield from (At(us / 1000, fault) for us, _, fault in sorted(late, key=lambda one: one[:2]))

    def _of_messages(self, without: frozenset[int]) -> Iterator[Fault]:
        counts: Counter[tuple[str, str, str]] = Counter()
        for sent in self._messages.values():
            if sent.by.root in without:
                continue
            link = sent.by.node, sent.to, sent.type
            counts[link] += 1
            name = (*link, counts[link])
            delays = [(one.us - sent.by.us) / 1000 for one in sent.handled]
            if not delays and not sent.lost:  # it was under way at the end
                delays = [(self.end_us - sent.by.us) / 1000 + 1]
            if not delays:
                yield Lose(*name)
            else:
                yield Delay(*name, latency_ms=delays[0])
                yield from (Repeat(*name, latency_ms=delay) for delay in delays[1:])

    def _of_timers(self, without: frozenset[int]) -> Iterator[Fault]:
        counts: Counter[tuple[str, str]] = Counter()
        for one in self._timers.values():
            if one.by.root in without:
                continue
            key = one.to, one.type
            counts[key] += 1
            begun = one.by.us
            if one.handled:
                yield Expire(*key, counts[key], (one.handled[0].us - begun) / 1000)
                continue
            least = (self.end_us if one.ended is None else one.ended.us) - begun + 1
            if one.fixed_us < least:
                yield Expire(*key, counts[key], max(one.due_us - begun, least) / 1000)

    def _of_nodes(self, without: frozenset[int]) -> Iterator[tuple[int, int, Fault]]:
        """Yield crashes, restarts and operations: when, which comes first at the same time, and the fault."""
        for one in self._handlers:
            if one.kept is not None:
                yield one.us, 0, CrashDuring(one.node, one.kept)
            if one.kind == "crash":
                yield one.us, 1, one.what
            elif one.kind == "restart":
                yield one.us, 1, Restart(one.node)
            elif one.kind == "invoke" and one.root not in without:
                yield one.us, 1, Submit(one.node, one.what.f, one.what.key, one.what.value)

    def _of_clocks(self) -> Iterator[tuple[int, int, Fault]]:
        for name, stream in self.recording.streams.items():
            for event in stream:
                if event[0] == "clock":
                    yield event[1] // 1000, 0, SetClock(name, *event[3:5])
