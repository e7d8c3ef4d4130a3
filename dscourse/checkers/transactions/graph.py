"""The dependency graph of a history: which transaction comes before which, and why.

An edge has the kinds of dependency that it stands for, as bits: ww, wr and rw of Adya's direct serialization graph;
`LATER` and `TIMED`, which are ww where only wr or real time proves the order of two versions; `SESSION`, from each
transaction of a client to its next; and `SEEN`, which monotonic atomic view adds. Real time needs no edges: it is an
interval order, so a shortest cycle goes through at most one pair of it, and `late` finds that pair from the times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from dscourse.checkers.order import topological
from dscourse.checkers.transactions.record import Record
from dscourse.checkers.transactions.versions import (
    INITIAL,
    LATER,
    READ_BEFORE,
    READ_FROM,
    TIMED,
    WROTE_BEFORE,
    Versions,
)

__all__ = ["FLOW", "ITEMS", "SEEN", "SESSION", "Graph", "graph_of"]

SESSION, SEEN = 32, 64
FLOW = (
    WROTE_BEFORE | READ_FROM | LATER
)  # dependencies without read-write: information flows along them
ITEMS = FLOW | READ_BEFORE

Before = list[list[int]]  # for each index, the indices right before it


@dataclass(slots=True, eq=False)
class Graph:
    """``before[b][a]`` are the kinds of dependency of transaction b on a; transactions are given by index.

    In a graph that ``is_forward`` real time proves an order of two versions only by the write of the later one.
    """

    record: Record
    versions: list[Versions]
    before: list[dict[int, int]]
    is_forward: bool = False

    def __len__(self) -> int:
        """Return the number of pairs of transactions of which one depends on the other."""
        return sum(map(len, self.before))

    def only(self, kinds: int) -> Before:
        """Return the edges of these kinds."""
        return [[a for a, mask in edges.items() if mask & kinds] for edges in self.before]

    def stuck(self, kinds: int) -> set[int]:
        """Return the transactions on a cycle of these kinds, or between two cycles; empty if there is none."""
        return _core(self.only(kinds))

    def without(self, left_out: Collection[int]) -> Graph:
        """Return the graph without the dependencies of and on these transactions."""
        kept: list[dict[int, int]] = [
            {} if b in left_out else {a: kinds for a, kinds in edges.items() if a not in left_out}
            for b, edges in enumerate(self.before)
        ]
        return replace(self, before=kept)

    def without_kind(self, kind: int, one: int, other: int) -> Graph:
        """Return the graph without the dependencies of this kind between two transactions."""
        before = [*self.before]
        for a, b in ((one, other), (other, one)):
            if before[b].get(a, 0) & kind:
                before[b] = {**before[b], a: before[b][a] & ~kind}
        return replace(self, before=before)

    def forward(self) -> Graph:
        """Return the graph with the order of versions that real time proves by later writes, not by later reads."""
        before = [{a: kinds & ~TIMED for a, kinds in edges.items()} for edges in self.before]
        graph = replace(self, before=before, is_forward=True)
        _add_timed(graph)
        return graph

    def start_and_commit(self, kinds: int) -> Before:
        """Return the order of starts (index 2t) and commits (2t + 1) that snapshot isolation requires.

        A transaction starts after the commit of what it depends on (no G-SIa), and before the commit of what
        overwrites its reads. So a cycle is one of the graph in which no two read-write dependencies are adjacent.
        """
        found: Before = []
        for b, edges in enumerate(self.before):
            found.append([2 * a + 1 for a, mask in edges.items() if mask & kinds & ~READ_BEFORE])
            found.append([2 * b, *(2 * a for a, mask in edges.items() if mask & READ_BEFORE)])
        return found

    def snapshot_stuck(self) -> set[int]:
        """Return the transactions whose starts and commits run in a cycle."""
        return {node // 2 for node in _core(self.start_and_commit(ITEMS))}

    def serial_order(self, kinds: int) -> list[int]:
        """Return the transactions in an order that keeps the edges, and real time if that is possible.

        Transactions on or behind a cycle come last. Sorted by the latest beginning among what comes before each,
        the order keeps real time if `late` finds nothing.
        """
        order = topological(self.only(kinds))
        begun = self._latest_beginnings(order, kinds)
        placed = sorted(order, key=lambda t: begun[t])
        rest = set(range(len(self.before))) - set(order)
        return placed + sorted(rest, key=lambda t: self.record.transactions[t].op.invoked)

    def late(self, kinds: int) -> list[int]:
        """Return the transactions that had ended before one on which they depend began; the graph has no cycle."""
        begun = self._latest_beginnings(topological(self.only(kinds)), kinds)
        ends = (one.op.end for one in self.record.transactions)
        return [t for t, end in enumerate(ends) if begun[t] > end]

    def _latest_beginnings(self, order: Iterable[int], kinds: int) -> list[int]:
        """Return for each transaction the latest beginning among it and what comes before it, in ``order``."""
        begun = [one.op.invoked for one in self.record.transactions]
        for b in order:
            for a, mask in self.before[b].items():
                if mask & kinds and begun[a] > begun[b]:
                    begun[b] = begun[a]
        return begun


def graph_of(record: Record, versions: Iterable[Versions] | None = None) -> Graph:
    """Return the graph that the history proves, or with ``versions`` the one for these orders of the versions."""
    given = list(record.versions.values() if versions is None else versions)
    graph = Graph(record, given, [{} for _ in record.transactions])
    before = graph.before
    for one in given:
        for kind, a, b, _, _ in one.links():
            before[b][a] = before[b].get(a, 0) | kind
    _add_sessions(graph)
    _add_seen(graph)
    _add_timed(graph)
    return graph


def _add_sessions(graph: Graph) -> None:
    last: dict[str, int] = {}
    for one in graph.record.transactions:
        if one.committed:
            previous = last.get(one.op.process)
            if previous is not None:
                _add(graph, previous, one.index, SESSION)
            if one.reads_known:
                last[one.op.process] = one.index


def _add_timed(graph: Graph) -> None:
    begins = [one.op.invoked for one in graph.record.transactions]
    ends = [one.op.end for one in graph.record.transactions]
    for versions in graph.versions:
        for link in (
            versions.timed_links(begins, ends, graph.is_forward)
            if versions.loose and not versions.is_list
            else ()
        ):
            _add(graph, link.before, link.after, TIMED)


def _add_seen(graph: Graph) -> None:
    """Add that T comes before the writer of a version, if one had read from T when it read that version of T's key.

    In this order OTV is a cycle. The initial version has no writer: `judgement` looks for reads of it.
    """
    for one in graph.record.transactions:
        for writer, key, number in seen_before(graph.record, one.index):
            other = graph.record.versions[key].writers[number]
            if other not in (INITIAL, writer):
                _add(graph, writer, other, SEEN)


def seen_before(record: Record, reader: int) -> list[tuple[int, object, int]]:
    """Return the reads of keys written by one from which ``reader`` had read before: writer, key, version."""
    found: list[tuple[int, object, int]] = []
    writers: list[int] = []
    for key, number in record.reads[reader]:
        found += [(w, key, number) for w in writers if w in record.last[key]]
        writer = record.versions[key].writers[number]
        if writer != INITIAL and writer not in writers:
            writers.append(writer)
    return found


def _add(graph: Graph, a: int, b: int, kind: int) -> None:
    if a != b:
        graph.before[b][a] = graph.before[b].get(a, 0) | kind


def _core(before: Before) -> set[int]:
    """Return the indices on a cycle, or on a path from one cycle to another."""
    forward = set(range(len(before))) - set(topological(before))
    if not forward:
        return set()
    number = {node: n for n, node in enumerate(sorted(forward))}
    nodes = list(number)
    after: Before = [[] for _ in nodes]
    for node in nodes:
        for a in before[node]:
            if a in number:
                after[number[a]].append(number[node])
    free = set(topological(after))
    return {node for n, node in enumerate(nodes) if n not in free}
