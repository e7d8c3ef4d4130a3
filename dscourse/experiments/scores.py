"""Score one run of a replicated store: its history, the logs of its replicas, and its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse import checkers
from dscourse.experiments.score_card import NEVER, Score
from dscourse.experiments.statistics import percentile
from dscourse.history import History, Op
from dscourse.protocols.anti_entropy import VersionsStored
from dscourse.protocols.ring_store import homes
from dscourse.protocols.versions import Version
from dscourse.sim import World

__all__ = ["lost", "score", "stale_reads"]


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
        p85_all_ms=percentile(
            (_latency(op) if op.status == "ok" else NEVER for op in history), 0.85
        ),
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
    writes: dict[Any, dict[Any, Op]] = {}
    for op in history:
        if op.f == "write":
            writes.setdefault(op.key, {})[op.value] = op
    return writes


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
