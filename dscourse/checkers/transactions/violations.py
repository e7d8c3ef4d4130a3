"""The cycles that a level forbids: whether a dependency graph has one, and a smallest one in words."""

from __future__ import annotations

from dscourse.checkers.order import topological
from dscourse.checkers.transactions.anomaly import Anomaly
from dscourse.checkers.transactions.cycles import (
    ANY,
    AT_MOST_ONE,
    Found,
    smallest_cycle,
    smallest_late,
)
from dscourse.checkers.transactions.graph import Graph, graph_of, seen_before
from dscourse.checkers.transactions.inside import named
from dscourse.checkers.transactions.levels import Level
from dscourse.checkers.transactions.record import Record
from dscourse.checkers.transactions.versions import Versions
from dscourse.checkers.transactions.words import REAL_TIME, cycle_anomaly
from dscourse.core.wording import count

__all__ = ["explained", "no_order", "vanished", "violated"]


def violated(graph: Graph, level: Level) -> bool:
    """Return True if the graph has a cycle that the level forbids."""
    if level.walk is ANY:
        order = topological(graph.only(level.kinds))
        return len(order) < len(graph.before) or (level.real_time and bool(graph.late(level.kinds)))
    stuck = graph.snapshot_stuck()
    if level.walk is AT_MOST_ONE and stuck:
        return bool(smallest_cycle(graph, stuck, level.kinds, level.walk).cycle)
    return bool(stuck)


def explained(graph: Graph, level: Level) -> Anomaly:
    """Return a smallest cycle that the level forbids, in words.

    In real time, versions that a later write alone puts in order are enough for most cycles, and make a cycle that
    is easier to follow: "T2 read x = 1 before T1 wrote x = 2, and T1 had ended before T2 began".
    """
    forward = graph.forward() if level.real_time else graph
    graph = forward if violated(forward, level) else graph
    stuck = graph.stuck(level.kinds) if level.walk is ANY else graph.snapshot_stuck()
    if stuck:
        found = smallest_cycle(graph, stuck, level.kinds, level.walk)
        return _described(graph, level, found, len(stuck), 0)
    return _described(graph, level, smallest_late(graph, level.kinds), len(graph.before), REAL_TIME)


def _described(graph: Graph, level: Level, found: Found, among: int, closing: int) -> Anomaly:
    if found.cycle:
        return cycle_anomaly(graph, found.cycle, level.kinds, closing)
    return Anomaly(
        level.forbids[-1],
        f"a cycle among {count(among, 'transaction')}, too long to be followed",
        (),
    )


def no_order(record: Record, order: list[Versions], level: Level) -> Anomaly:
    """Refute a level that no order of the versions satisfies, by the cycle that one of them leads to."""
    cycle = explained(graph_of(record, order), level)
    reason = f"every order of the writes that no read shows leads to a cycle; in one of them, {cycle.reason}"
    return Anomaly("unordered writes", reason, cycle.refuting, cycle.title)


def vanished(record: Record) -> dict[str, Anomaly]:
    """Return an example of OTV in which the second read found nothing; other examples are cycles."""
    for one in record.transactions:
        for writer, key, number in seen_before(record, one.index):
            if number == 0:
                name = record.name(writer)
                also = f"which {name} wrote too"
                reason = f"{one.name} had read a write of {name} when it read nothing in {named(key)}, {also}"
                ids = (one.op.id, record.transactions[writer].op.id)
                return {"OTV": Anomaly("OTV", reason, tuple(sorted(ids)))}
    return {}
