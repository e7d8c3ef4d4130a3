"""The first event at which two runs differ, for a reader who has both pictures before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from dscourse.sim import Event, Trace
from dscourse.touch.run.event_words import SHOWN, EventWords
from dscourse.touch.run.names import message_names, sending_of

__all__ = ["Difference", "Side", "first_difference"]


@dataclass(frozen=True, slots=True)
class Side:
    """One run at its first difference from another: its event, or None if nothing stands for it there."""

    event: Event | None
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference of two runs: at ``time_ms``, at ``node``, as it shows in either run."""

    time_ms: float
    node: str
    sides: tuple[Side, Side]

    def sentence(self, names: tuple[str, str]) -> str:
        """Return the difference as a sentence; ``names`` are those of the two runs."""
        parts = [f"{name}: {side.text}" for name, side in zip(names, self.sides, strict=True)]
        return f"The same up to {self.time_ms:g} ms; then {'; '.join(parts)}."


def first_difference(one: Trace, other: Trace) -> Difference | None:
    """Return the first event at which the runs differ; None if they are the same.

    Two events are the same if time, kind, nodes and words are; ids do not count. Each node's events are compared in
    their order, and so are the losses on each link; the order of events at different nodes does not count. Only what
    a picture shows is compared, so faults and the setting of timers are not.

    >>> from dscourse.protocols.textbook.replicated_counter import Counter
    >>> from dscourse.node import cluster
    >>> from dscourse.sim import At, Lose, World
    >>> def build(plan):
    ...     world = World(cluster(Counter, ["a", "b"]), plan=plan)
    ...     return world.submit("a", [("add", None, 1)]).run()
    >>> found = first_difference(build([]).trace, build([At(0, Lose("a", "b", "Add", 1))]).trace)
    >>> print(found.sentence(("before", "after")))
    The same up to 0 ms; then before: b receives add 1 from a at 1 ms; after: add 1 from a to b is lost.
    """
    runs = _Run(one), _Run(other)
    differing = [
        pair for key in sorted({*runs[0].streams, *runs[1].streams}) for pair in _pairs(runs, key)
    ]
    if not differing:
        return None
    first = min(differing, key=_moment)
    leader = 0 if _earlier(first) is first[0] else 1
    event = _earlier(first)
    time_ms, node = event.time_ms, str(event.node)
    own = Side(event, runs[leader].words.of(event))
    rest = _counterpart(runs[leader], runs[1 - leader], event, first[1 - leader])
    return Difference(time_ms, node, (own, rest) if leader == 0 else (rest, own))


_Pair = tuple[Event | None, Event | None]
_Key = tuple[str, str]


class _Run:
    """A trace with its words, and its events by node and, for losses, by link."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.words = trace, EventWords(trace)
        self.streams: dict[_Key, list[Event]] = {}
        for event in trace:
            if event.kind in SHOWN:
                key = (str(event.node), str(event.peer) if event.kind == "drop" else "")
                self.streams.setdefault(key, []).append(event)

    def mark(self, event: Event | None) -> object:
        """Return the features that make an event the same as another; None for no event."""
        return None if event is None else (event.time_ms, event.kind, self.words.of(event))


def _pairs(runs: tuple[_Run, _Run], key: _Key) -> Iterator[_Pair]:
    """Yield the first pair of events of a stream that are not the same, if there is one."""
    first, second = (run.streams.get(key, []) for run in runs)
    for one, other in zip_longest(first, second):
        if runs[0].mark(one) != runs[1].mark(other):
            yield one, other
            return


def _moment(pair: _Pair) -> tuple[float, int]:
    event = _earlier(pair)
    return event.time_ms, event.index


def _earlier(pair: _Pair) -> Event:
    """Return the earlier event of a pair; the first of two at the same time."""
    one, other = pair
    if one is None or (other is not None and other.time_ms < one.time_ms):
        assert other is not None
        return other
    return one


def _counterpart(run: _Run, rest: _Run, event: Event, next_there: Event | None) -> Side:
    """Return the counterpart, in the run ``rest``, of an event that it lacks."""
    if next_there is not None and next_there.time_ms == event.time_ms:
        return Side(next_there, rest.words.of(next_there))
    if event.kind in ("deliver", "drop"):
        return _end_of_message(run, rest, event)
    text = run.words.of(event)
    later = (e for e in rest.trace if e.kind == event.kind and e.time_ms > event.time_ms)
    same = next((e for e in later if rest.words.of(e) == text), None)
    if same is not None:
        return Side(same, f"{text} only at {same.time_ms:g} ms")
    return Side(None, f"nothing of the kind at {event.node}")


def _end_of_message(run: _Run, rest: _Run, event: Event) -> Side:
    """Return the fate, in the run ``rest``, of the message whose delivery or loss it lacks."""
    sent = sending_of(rest.trace, message_names(run.trace)[event.id])
    if sent is None:
        return Side(None, "this message is not sent")
    own = {run.mark(e) for e in _ends(run.trace, event.id)}
    new = next((e for e in _ends(rest.trace, sent.id) if rest.mark(e) not in own), None)
    if new is not None:
        when = (
            "" if new.time_ms == event.time_ms or new.kind == "drop" else f" at {new.time_ms:g} ms"
        )
        return Side(new, f"{rest.words.of(new)}{when}")
    if event.kind == "deliver" and not list(_ends(rest.trace, sent.id)):
        return Side(None, "this message is still under way at the end")
    return Side(None, "this message does not arrive again")


def _ends(trace: Trace, message: int) -> Iterator[Event]:
    return (e for e in trace if e.kind in ("deliver", "drop") and e.id == message)
