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
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.transactions.anomaly import Anomaly
from dscourse.checkers.transactions.cycles import ANY
from dscourse.checkers.transactions.graph import ITEMS, Graph, graph_of
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
from dscourse.checkers.transactions.violations import explained, no_order, vanished, violated
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
    _unordered: dict[str, Callable[[], Anomaly]] = field(default_factory=dict)

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
        if violated(self.graph, level):
            return self._fails(level, partial(explained, self.graph, level))
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

    def unordered_writes(self) -> Anomaly | None:
        """Return that no order of the writes to a key explains all reads, at the weakest level that this refutes."""
        for name, level in reversed([*LEVELS.items()]):
            self.verdict(name)
            if level.title in self._unordered:
                return self._unordered[level.title]()
        return None

    def _direct(self, name: str) -> Anomaly | None:
        """Return an anomaly without a cycle that the level forbids, the one of the weakest level first."""
        found = (
            {**self.record.found, **vanished(self.record)}
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
            if not violated(graph, level):
                return self._holds(level, graph)
        few = self.record.unordered <= _LOOSE
        orders = list(islice(every_order(self.graph.versions), MOST + 1)) if few else []
        if not orders or len(orders) > MOST:
            return Verdict(level.title, None, self._undecided(), (), (), self.judged(level))
        for order in orders:
            graph = graph_of(self.record, order)
            if not violated(graph, level):
                return self._holds(level, graph)
        self._unordered[level.title] = partial(no_order, self.record, orders[0], level)
        return self._fails(level, self._unordered[level.title])

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
