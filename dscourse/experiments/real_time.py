"""Chapter 17: the times of a recorded run, and its price, beside those of the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.experiments.statistics import percentile
from dscourse.history import History
from dscourse.run import Recording
from dscourse.sim import Restart
from dscourse.sim.trace import Trace

__all__ = ["late_ms", "message_ms", "price", "restart_ms", "spread"]


def message_ms(recording: Recording) -> list[float]:
    """Return how long each message was under way that arrived, in ms."""
    sent = {event[3]: event[1] for event in _events(recording, "send")}
    return [(event[1] - sent[event[3]]) / 1e6 for event in _events(recording, "deliver")]


def late_ms(recording: Recording) -> list[float]:
    """Return how much later than its time each timer went off, in ms."""
    due = {event[3]: event[7] for event in _events(recording, "set_timer")}
    return [(event[1] - due[event[3]]) / 1e6 for event in _events(recording, "timer")]


def restart_ms(recording: Recording) -> list[float]:
    """Return how long each restart took, from the order to the first handler, in ms."""
    orders = [
        (event[1], event[4].node)
        for event in recording.observed
        if event[0] == "fault" and isinstance(event[4], Restart)
    ]
    found = []
    for name, stream in recording.streams.items():
        for event in stream:
            asked = [ns for ns, node in orders if node == name and ns <= event[1]]
            if event[0] == "restart" and asked:
                found.append((event[1] - asked[-1]) / 1e6)
    return found


def spread(values: list[float], unit: str = "ms") -> list[str]:
    """Return in words the value that half do not exceed, the one that 99 % do not exceed, and the largest.

    >>> spread([1.0, 2.0, 3.0])
    ['2 ms', '3 ms', '3 ms']
    """
    return [f"{one:,.3g} {unit}" if one < 100 else f"{one:,.0f} {unit}" for one in (
        percentile(values, 0.5), percentile(values, 0.99), max(values))]  # fmt: skip


def price(trace: Trace, history: History) -> list[str]:
    """Return in words the messages and the records written per answered operation, and the latency of half of them.

    Messages of clients count, and all that the servers send among themselves.
    """
    answered = len(history.ok)
    return [
        f"{len(trace.kinds('send')) / answered:.1f}",
        f"{len(trace.kinds('write')) / answered:.1f}",
        f"{percentile(history.latencies_ms(), 0.5):.1f} ms",
    ]


def _events(recording: Recording, kind: str) -> Iterator[list[Any]]:
    for stream in recording.streams.values():
        yield from (event for event in stream if event[0] == kind)
