"""The verdict of one isolation level on one history.

A level is refuted by an anomaly that needs no cycle, or by a forbidden cycle among the dependencies that the history
proves. It holds if some order of the versions completes the graph so that no forbidden cycle is left: several likely
orders are tried, and all of them if they are few. If neither is found, the verdict is unknown, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from dscourse.checkers.evidence import nothing
from dscourse.checkers.order import topological
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.transactions.anomaly import MEANINGS, Anomaly
from dscourse.checkers.transactions.cycles import (
    ADJACENT,
    ANY,
    AT_MOST_ONE,
    EXACTLY_ONE,
    SEVERAL_APART,
    WITH_WR,
    Found,
    smallest_cycle,
    smallest_late,
)
from dscourse.checkers.transactions.graph import ITEMS, Graph, graph_of, seen_before
from dscourse.checkers.transactions.inside import named
from dscourse.checkers.transactions.levels import LEVELS, Level, forbidden
from dscourse.checkers.transactions.orders import (
    MOST,
    causal,
    commits,
    every_order,
    in_order,
    serial,
)
from dscourse.checkers.transactions.record import Record
from dscourse.checkers.transactions.versions import Versions
from dscourse.checkers.transactions.words import REAL_TIME, cycle_anomaly
from dscourse.checkers.verdict import Verdict
from dscourse.core.wording import count

__all__ = ["Case"]

_LOOSE = 12  # writes of unknown order, up to which every order is tried


@dataclass(slots=True, eq=False)
class Case:
    """A record under judgement: its graph, and the completed graphs once a level asks for them."""

    record: Record
    graph: Graph
    _likely: list[Graph] = field(default_factory=list)

    @classmethod
    def of(cls, record: Record) -> Case:
        return cls(record, graph_of(record))

    def verdict(self, name: str) -> Verdict:
        """Return the verdict of the level called ``name``."""
        level = LEVELS[name]
        direct = self._direct(name)
        if direct is not None:
            return Verdict(level.title, False, str(direct), (), direct.refuting, self.judged(level))
        if not len(self.graph):
            return nothing(level.title, "no transaction depends on another")
        if _violated(self.graph, level):
            return self._fails(level, partial(_explained, self.graph, level))
        found, missing = self._completed(level), self._nothing_ordered(level)
        return nothing(level.title, missing) if missing and found.ok is not False else found

    def judged(self, level: Level) -> str:
        """Say on how much a verdict rests."""
        known = sum(one.committed for one in self.record.transactions)
        parts = [f"{count(known, 'committed transaction')}, {count(len(self.graph), 'dependency')}"]
        if level.real_time:
            parts.append("real time")
        if self.record.left_out:
            parts.append(f"{count(self.record.left_out, 'unknown transaction')} left out")
        if self.record.unordered:
            parts.append(f"{count(self.record.unordered, 'write')} in an order that no read shows")
        return ", ".join(parts)

    def anomalies(self) -> dict[str, Anomaly]:
        """Return of each anomaly in the history a smallest example, by name, the gravest first."""
        found = {**self.record.found, **_vanished(self.record)}
        for level, walk in _NAMED:
            stuck = self.graph.stuck(level.kinds)
            cycle = smallest_cycle(self.graph, stuck, level.kinds, walk).cycle if stuck else []
            if cycle and len(set(cycle)) == len(cycle):
                anomaly = cycle_anomaly(self.graph, cycle, level.kinds)
                found.setdefault(anomaly.name, anomaly)
        if not self.graph.stuck(ITEMS):
            for name in ("strong_session_serializable", "strict_serializable"):
                if _violated(self.graph, LEVELS[name]):
                    anomaly = _explained(self.graph, LEVELS[name])
                    found.setdefault(anomaly.name, anomaly)
        return {name: found[name] for name in sorted(found, key=_gravity)}

    def _direct(self, name: str) -> Anomaly | None:
        """Return an anomaly without a cycle that the level forbids, the one of the weakest level first."""
        found = (
            {**self.record.found, **_vanished(self.record)}
            if "OTV" in forbidden(name)
            else self.record.found
        )
        return next((found[anomaly] for anomaly in forbidden(name) if anomaly in found), None)

    def _nothing_ordered(self, level: Level) -> str:
        """Say why real time or sessions order nothing; "" if they do, or if the level does not ask for them."""
        done = [one.op for one in self.record.transactions if one.committed]
        if level.real_time and max(op.invoked for op in done) < min(op.end for op in done):
            return "no transaction ended before another began"
        sessions = level.kinds & ~ITEMS and not level.real_time and level.walk is ANY
        if sessions and not any(self.graph.only(level.kinds & ~ITEMS)) and level.order_decides:
            return "no client has two transactions"
        return ""

    def _completed(self, level: Level) -> Verdict:
        """Return the verdict on a graph that refutes nothing as far as it is known."""
        if not level.order_decides or not self.record.unordered:
            return self._holds(level, self.graph)
        for graph in self.likely():
            if not _violated(graph, level):
                return self._holds(level, graph)
        few = self.record.unordered <= _LOOSE
        orders = list(islice(every_order(self.graph.versions), MOST + 1)) if few else []
        if not orders or len(orders) > MOST:
            return Verdict(level.title, None, self._undecided(), (), (), self.judged(level))
        for order in orders:
            graph = graph_of(self.record, order)
            if not _violated(graph, level):
                return self._holds(level, graph)
        return self._fails(level, partial(_no_order, self.record, orders[0], level))

    def _fails(self, level: Level, find: Callable[[], Anomaly]) -> Verdict:
        def explain() -> Refutation:
            anomaly = find()
            return Refutation(str(anomaly), anomaly.refuting)

        return Verdict.explained(level.title, explain, self.judged(level))

    def _holds(self, level: Level, graph: Graph) -> Verdict:
        serial = level.order_decides and level.walk is ANY
        order = graph.serial_order(level.kinds) if serial else []
        steps = self.record.transactions
        witness = tuple(steps[t].op.id for t in order if steps[t].committed)
        return Verdict(level.title, True, "", witness, (), self.judged(level))

    def _undecided(self) -> str:
        keys = sum(len(versions.loose) > 0 for versions in self.graph.versions)
        return (
            f"no read shows the order of {count(self.record.unordered, 'write')} to {count(keys, 'key')}: "
            "what is known forbids nothing, and no order was found that allows everything"
        )

    def likely(self) -> Iterator[Graph]:
        """Yield the graphs for the orders of versions that are most likely to explain the history."""
        graph = self.graph
        for number, order in enumerate((serial, causal, commits)):
            if number == len(self._likely):
                self._likely.append(graph_of(self.record, in_order(graph.versions, order(graph))))
            yield self._likely[number]


def _vanished(record: Record) -> dict[str, Anomaly]:
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


_NAMED = (
    (LEVELS["read_uncommitted"], ANY),
    (LEVELS["read_committed"], WITH_WR),
    (LEVELS["monotonic_atomic_view"], ANY),
    (LEVELS["serializable"], EXACTLY_ONE),
    (LEVELS["serializable"], SEVERAL_APART),
    (LEVELS["serializable"], ADJACENT),
)


def _gravity(name: str) -> tuple[bool, int]:
    plain = name.removesuffix("-session").removesuffix("-realtime")
    return plain != name, [*MEANINGS].index(plain)


# Cycles that a level forbids.


def _violated(graph: Graph, level: Level) -> bool:
    """Return True if the graph has a cycle that the level forbids."""
    if level.walk is ANY:
        order = topological(graph.only(level.kinds))
        return len(order) < len(graph.before) or (level.real_time and bool(graph.late(level.kinds)))
    stuck = graph.snapshot_stuck()
    if level.walk is AT_MOST_ONE and stuck:
        return bool(smallest_cycle(graph, stuck, level.kinds, level.walk).cycle)
    return bool(stuck)


def _explained(graph: Graph, level: Level) -> Anomaly:
    """Return a smallest cycle that the level forbids, in words."""
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


def _no_order(record: Record, order: list[Versions], level: Level) -> Anomaly:
    """Refute a level that no order of the versions satisfies, by the cycle that one of them leads to."""
    cycle = _explained(graph_of(record, order), level)
    reason = f"every order of the writes that no read shows leads to a cycle; in one of them, {cycle.reason}"
    return Anomaly("unordered writes", reason, cycle.refuting, cycle.title)
