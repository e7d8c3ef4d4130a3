"""A smallest example of each anomaly of a history, under one name each."""

from __future__ import annotations

from dataclasses import replace

from dscourse.checkers.transactions.anomaly import MEANINGS, Anomaly
from dscourse.checkers.transactions.cycles import (
    ADJACENT,
    ANY,
    EXACTLY_ONE,
    SEVERAL_APART,
    WITH_WR,
    Walk,
    smallest_cycle,
)
from dscourse.checkers.transactions.graph import ITEMS, Graph
from dscourse.checkers.transactions.judgement import Case
from dscourse.checkers.transactions.levels import LEVELS, Level
from dscourse.checkers.transactions.versions import READ_BEFORE
from dscourse.checkers.transactions.violations import explained, vanished, violated
from dscourse.checkers.transactions.words import cycle_anomaly

__all__ = ["examples"]

_CYCLES = (
    (LEVELS["read_uncommitted"], ANY),
    (LEVELS["read_committed"], WITH_WR),
    (LEVELS["monotonic_atomic_view"], ANY),
    (LEVELS["serializable"], EXACTLY_ONE),
    (LEVELS["serializable"], SEVERAL_APART),
    (LEVELS["serializable"], ADJACENT),
)
_LOST = "lost update"


def examples(case: Case) -> tuple[Anomaly, ...]:
    """Return a smallest example of each anomaly in the history, the gravest first.

    Cycles that need sessions or real time are those among transactions that no other cycle runs through.
    """
    found = {**case.record.found, **vanished(case.record)}
    if _LOST in found:
        found[_LOST] = _as_cycle(case.graph, found[_LOST])
    for level, walk in _CYCLES:
        cycle = _cycle(case.graph, level, walk, _LOST in found)
        if cycle is not None:
            found.setdefault(cycle.name, cycle)
    rest = case.graph.without(case.graph.stuck(ITEMS))
    for name in ("strong_session_serializable", "strict_serializable"):
        if violated(rest, LEVELS[name]):
            cycle = explained(rest, LEVELS[name])
            found.setdefault(cycle.name, cycle)
    unordered = case.unordered_writes() if case.record.unordered else None
    if unordered is not None:
        found.setdefault(unordered.name, unordered)
    return tuple(found[name] for name in sorted(found, key=_gravity))


def _as_cycle(graph: Graph, lost: Anomaly) -> Anomaly:
    """Return a lost update with the cycle of its two transactions, if their writes are known to make one."""
    a, b = (one.index for one in graph.record.transactions if one.op.id in lost.refuting)
    if a not in graph.before[b] or b not in graph.before[a]:
        return lost
    cycle = cycle_anomaly(graph, (a, b), ITEMS)
    return replace(lost, also=cycle.name, path=cycle.path)


def _cycle(graph: Graph, level: Level, walk: Walk, lost: bool) -> Anomaly | None:
    """Return a smallest cycle of this kind; with ``lost``, one that is not a lost update under another name."""
    stuck = graph.stuck(level.kinds)
    while True:
        path = smallest_cycle(graph, stuck, level.kinds, walk).cycle if stuck else []
        if not path or len(set(path)) < len(path):
            return None
        found = cycle_anomaly(graph, path, level.kinds)
        if not (lost and found.also == _LOST):
            return found
        graph = graph.without_kind(READ_BEFORE, path[0], path[1])


def _gravity(name: str) -> tuple[bool, int]:
    plain = name.removesuffix("-session").removesuffix("-realtime")
    return plain != name, [*MEANINGS].index(plain)
