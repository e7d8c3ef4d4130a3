"""The score of one run of a replicated store: six metrics with goals; lower is better.

>>> card = Score(200, unanswered=0.02, stale=0.0, lost=0, converged_ms=120, p99_ms=71, messages=11.2)
>>> print(card)
2.0 % not answered, 0.0 % stale reads, 0 writes lost, equal after 120 ms, p99 71 ms, 11.2 messages per operation
>>> missed(card, Goals())
['messages']
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse import checkers
from dscourse.core.wording import count
from dscourse.experiments.statistics import percentile
from dscourse.history import History, Op
from dscourse.protocols.anti_entropy import VersionsStored
from dscourse.protocols.ring_store import homes
from dscourse.protocols.versions import Version
from dscourse.sim import World

__all__ = [
    "MEASURES",
    "NEVER",
    "Goals",
    "Score",
    "compared",
    "lost",
    "missed",
    "score",
    "stale_reads",
    "together",
    "verdict",
]

NEVER = math.inf  # the time of convergence of replicas that have not become equal
MEASURES = {
    "unanswered": "not answered",
    "stale": "stale reads",
    "lost": "lost writes",
    "converged_ms": "equal after",
    "p99_ms": "p99 of latency",
    "messages": "messages",
}


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a run; in all metrics but ``operations`` lower is better.

    ``unanswered`` is the share of operations that were not acknowledged, and ``stale`` the share of acknowledged
    reads that are `stale_reads`, both from 0 to 1. ``lost`` counts the writes that are `lost`. ``converged_ms`` is
    the time from the end of the last fault until the homes of every key were equal, or `NEVER`. ``p99_ms`` is the p99
    of acknowledged operations' latencies. ``messages`` is the number of messages per operation.
    """

    operations: int
    unanswered: float
    stale: float
    lost: float
    converged_ms: float
    p99_ms: float
    messages: float

    def told(self, measure: str) -> str:
        """Return one metric as text with its unit. LookupError for an unknown metric."""
        value = getattr(self, measure) if measure in MEASURES else None
        if value is None:
            raise LookupError(f"{measure!r} is no measure: they are {', '.join(MEASURES)}")
        if measure in ("unanswered", "stale"):
            return f"{100 * value:.1f} %"
        if measure == "messages":
            return f"{value:.1f}"
        if measure == "lost":
            return f"{value:g}"
        return "never" if value == NEVER else f"{value:.0f} ms"

    def __str__(self) -> str:
        writes = "write" if self.lost == 1 else "writes"
        return (
            f"{self.told('unanswered')} not answered, {self.told('stale')} stale reads, {self.told('lost')} {writes} "
            f"lost, {'never equal' if self.converged_ms == NEVER else 'equal after ' + self.told('converged_ms')}, "
            f"p99 {self.told('p99_ms')}, {self.told('messages')} messages per operation"
        )


@dataclass(frozen=True, slots=True)
class Goals:
    """The limits that a `Score` must not exceed."""

    unanswered: float = 0.03
    stale: float = 0.0
    lost: float = 0
    converged_ms: float = 300
    p99_ms: float = 100
    messages: float = 10


def missed(card: Score, goals: Goals) -> list[str]:
    """Return the metrics, in words, in which the score exceeds the goals."""
    return [words for name, words in MEASURES.items() if getattr(card, name) > getattr(goals, name)]


def compared(found: Score, goals: Goals) -> dict[str, tuple[float, float, str, str]]:
    """Return for each metric, in words, its value, its goal, and both as text.

    >>> compared(Score(200, 0.02, 0, 0, NEVER, 71, 8), Goals())["equal after"]
    (inf, 300, 'never', '300 ms')
    """
    limits = Score(0, **{name: getattr(goals, name) for name in MEASURES})
    return {
        words: (getattr(found, name), getattr(goals, name), found.told(name), limits.told(name))
        for name, words in MEASURES.items()
    }


def verdict(found: Score, goals: Goals) -> str:
    """Return in words the score and the goals that it misses."""
    over = missed(found, goals)
    judged = f"Missed: {', '.join(over)}." if over else "All goals are met."
    return f"{count(found.operations, 'operation')}: {found}. {judged}"


def together(cards: Iterable[Score]) -> Score:
    """Combine the scores of many runs.

    Shares and messages are means weighted by operations, losses are added, and times are the longest. ValueError
    without scores.
    """
    every = list(cards)
    if not every:
        raise ValueError("no scores: at least 1 run is needed")
    count = sum(card.operations for card in every)

    def mean(name: str) -> float:
        return math.fsum(getattr(card, name) * card.operations for card in every) / count

    return Score(
        count, mean("unanswered"), mean("stale"), sum(card.lost for card in every),
        max(card.converged_ms for card in every), max(card.p99_ms for card in every), mean("messages"),
    )  # fmt: skip


def score(world: World, quiet_ms: float) -> Score:
    """Score a run of `RingStore` nodes and their clients, in which nothing fails from ``quiet_ms`` on.

    The values written to a key must be unique. ValueError if no operation was begun.
    """
    history = world.history
    if not len(history):
        raise ValueError("no operation was begun: there is nothing to score")
    logs = {name: world.log(name) for name in world.nodes}
    stale = stale_reads(history, logs)
    reads = sum(op.f == "read" for op in history.ok)
    return Score(
        operations=len(history),
        unanswered=1 - len(history.ok) / len(history),
        stale=len(stale) / max(1, reads),
        lost=len(lost(history, world)),
        converged_ms=_converged(world, quiet_ms),
        p99_ms=percentile(map(_latency, history.ok), 0.99) if len(history.ok) else 0.0,
        messages=len(world.trace.kinds("send")) / len(history),
    )


def stale_reads(history: History, logs: Mapping[str, Sequence[object]]) -> list[int]:
    """Return the ids of the reads that return nothing as new as an earlier acknowledged write of their key.

    A value is as new as a write if it is the written value, supersedes it, or was written after the write had ended.
    ``logs`` are those of all replicas; the values written to a key must be unique.
    """
    versions = _versions(logs)
    writes = _writes(history)
    reads = [op for op in history.ok if op.f == "read"]
    return [
        read.id
        for read in reads
        for of_key in [writes.get(read.key, {})]
        if any(
            not any(_as_new(value, op, versions, of_key) for value in read.result or ())  # type: ignore[attr-defined]
            for op in of_key.values()
            if op.status == "ok" and op.before(read)
        )
    ]


def lost(history: History, world: World) -> list[int]:
    """Return the ids of the acknowledged writes such that no home of the key holds a value as new in the end."""
    logs = {name: world.log(name) for name in world.nodes}
    versions, writes, stored = _versions(logs), _writes(history), homes(world.nodes)
    return [
        op.id
        for key, of_key in writes.items()
        for op in of_key.values()
        if op.status == "ok"
        and not any(
            _as_new(value, op, versions, of_key)
            for home in stored.values()
            for value in home.get(key, ())
        )
    ]


def _as_new(
    value: Any, op: Op, versions: Mapping[tuple[Any, Any], Version], of_key: Mapping[Any, Op]
) -> bool:
    """Return whether the value is the one that ``op`` wrote, supersedes it, or was written after ``op`` had ended."""
    written = versions.get((op.key, op.value))
    return (
        value == op.value
        or (written is not None and versions[op.key, value].supersedes(written))
        or op.before(of_key[value])
    )


def _versions(logs: Mapping[str, Sequence[object]]) -> dict[tuple[Any, Any], Version]:
    """Return every version that a replica has ever stored, by key and value."""
    records = [
        record for log in logs.values() for record in log if isinstance(record, VersionsStored)
    ]
    return {(r.key, version.value): version for r in records for version in r.versions}


def _writes(history: History) -> dict[Any, dict[Any, Op]]:
    """Return the writes by key and value."""
    found: dict[Any, dict[Any, Op]] = {}
    for op in history:
        if op.f == "write":
            found.setdefault(op.key, {})[op.value] = op
    return found


def _converged(world: World, quiet_ms: float) -> float:
    """Return the time in ms from ``quiet_ms`` to the last stored version, at least 0; `NEVER` if homes differ."""
    copies = homes(world.nodes)
    if len(copies) > 1 and checkers.convergent(copies).ok is False:
        return NEVER
    changes = [
        event.time_ms
        for event in world.trace.kinds("write")
        if isinstance(event.what, VersionsStored)
    ]
    return max(0.0, max(changes, default=0.0) - quiet_ms)


def _latency(op: Op) -> float:
    assert op.returned_ms is not None
    return op.returned_ms - op.invoked_ms
