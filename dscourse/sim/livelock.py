"""Errors for runs that never end: the steps that repeat, in words, and the remedy."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from dscourse.sim.trace import Trace

__all__ = ["Instant", "check_queued", "endless", "livelock", "most_at_once"]

AT_ONE_INSTANT = 100_000
QUEUED_FOR_EACH = 10  # limit of messages and timers queued at one instant, per event allowed at it
_LOOKED_AT = 5_000  # the number of recent events searched for repetitions
_CAUSES = ("timer", "deliver", "invoke", "restart", "fault")


class Instant(NamedTuple):
    """The time of the last event (µs), how many events have happened at it, and how many have been queued at it."""

    us: int = -1
    happened: int = 0
    queued: int = 0

    def happened_at(self, us: int) -> int:
        """Return how many events have happened at this time."""
        return self.happened if self.us == us else 0


def most_at_once(nodes: int) -> int:
    """Return how many events may happen at one instant: 100,000 + 10 n² for n nodes."""
    return AT_ONE_INSTANT + 10 * nodes * nodes


def check_queued(trace: Trace, instant: Instant, nodes: int) -> None:
    """Raise RuntimeError for a run that queues more and more events while time stands still."""
    if instant.queued > QUEUED_FOR_EACH * most_at_once(nodes):
        queued = f"{instant.queued:,} messages and timers have been queued"
        raise RuntimeError(_standing(trace, instant.us / 1000, queued))


def livelock(trace: Trace, now_ms: float, events: int) -> str:
    """Return the error text for a run whose time stands still."""
    return _standing(trace, now_ms, f"{events:,} events have happened")


def _standing(trace: Trace, now_ms: float, events: str) -> str:
    repeated = _repeated(trace)
    advice = [
        _ADVICE[kind] for kind in dict.fromkeys(kind for kind, _ in repeated) if kind in _ADVICE
    ]
    return (
        f"time stands still at {now_ms:g} ms: {events} at this instant, most often "
        f"{_listed(repeated)}. {' '.join(advice)}".rstrip()
    )


def endless(trace: Trace, now_ms: float, max_events: int, bounded: bool) -> str:
    """Return the error text for a run that has used up its events; ``bounded`` says whether it had an end time."""
    advice = (
        "raise max_events, or end the run earlier"
        if bounded
        else "give until_ms, or find the messages or timers that never stop"
    )
    return (
        f"max_events={max_events} events happened and the run has not ended at {now_ms:g} ms; most often of late: "
        f"{_listed(_repeated(trace))}: {advice}"
    )


_ADVICE = {
    "timer": "Set the timer with a delay above 0 ms (time is kept in whole µs: less than 0.0005 ms is 0).",
    "deliver": "Give the links a latency: Network(latency=Constant(1)), and for those to and from clients "
    "Network(client=Link(Constant(1))).",
    "invoke": "Let the client wait between its operations: submit(…, think_ms=1).",
}


def _repeated(trace: Trace) -> list[tuple[str, str]]:
    """Return the most frequent recent events, at most three, each as (kind, description)."""
    counts: Counter[tuple[str, str]] = Counter()
    late = trace[-_LOOKED_AT:]
    causes = _CAUSES if any(event.kind in _CAUSES for event in late) else ("send",)
    for event in late:
        if event.kind in causes:
            counts[event.kind, _described(event)] += 1
    return [repeated for repeated, _ in counts.most_common(3)]


def _described(event: Any) -> str:
    name = type(event.what).__name__
    if event.kind == "deliver":
        return f"message {name} from {event.peer} to {event.node}"
    if event.kind == "send":
        return f"message {name} from {event.node} to {event.peer}"
    if event.kind == "timer":
        return f"timer {name} at {event.node}"
    if event.kind == "invoke":
        return f"operation {event.what.f!r} of {event.node}"
    return f"{event.kind} {name}" if event.kind == "fault" else f"{event.kind} of {event.node}"


def _listed(repeated: list[tuple[str, str]]) -> str:
    words = [text for _, text in repeated] or ["events that leave no trace"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
