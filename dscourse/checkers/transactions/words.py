"""Cycles in words: each dependency with its reason, and the name of the anomaly that the cycle is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dscourse.checkers.transactions.anomaly import Anomaly
from dscourse.checkers.transactions.graph import SEEN, SESSION, Graph, seen_before
from dscourse.checkers.transactions.inside import named, shown
from dscourse.checkers.transactions.versions import (
    LATER,
    READ_BEFORE,
    READ_FROM,
    TIMED,
    WROTE_BEFORE,
    Link,
    Versions,
)

__all__ = ["REAL_TIME", "cycle_anomaly"]

REAL_TIME = 128
_LABELS = {
    WROTE_BEFORE: "ww", READ_FROM: "wr", LATER: "ww", SEEN: "seen", SESSION: "session", TIMED: "real time",
    REAL_TIME: "real time", READ_BEFORE: "rw",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Edge:
    """A dependency of ``b`` on ``a`` on a cycle: its kind, the key that it is about, and its reason."""

    a: int
    b: int
    kind: int
    key: object
    reason: str


def cycle_anomaly(graph: Graph, cycle: Sequence[int], kinds: int, closing: int = 0) -> Anomaly:
    """Return the cycle as an anomaly; ``closing`` is REAL_TIME if that leads from the last one back to the first."""
    if not closing:
        first = cycle.index(min(cycle))
        cycle = [*cycle[first:], *cycle[:first]]
    edges = _without_detours([
        _edge(graph, a, b, closing if closing and n == len(cycle) - 1 else graph.before[b][a] & kinds)
        for n, (a, b) in enumerate(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    ])  # fmt: skip
    record = graph.record
    most, last = [edge.reason for edge in edges[:-1]], edges[-1].reason
    end = (
        "each must come before the other"
        if len(edges) == 2
        else f"{record.name(edges[0].a)} must come before itself"
    )
    ids = [record.transactions[edge.a].op.id for edge in edges]
    path = tuple(
        (number, _LABELS[edge.kind], edge.reason) for number, edge in zip(ids, edges, strict=True)
    )
    name, also = _named(edges)
    return Anomaly(
        name, f"{', '.join(most)}, and {last}, so {end}", tuple(sorted(set(ids))), also, path
    )


def _without_detours(edges: list[_Edge]) -> list[_Edge]:
    """Join steps of one session that follow each other."""
    found: list[_Edge] = []
    for edge in edges:
        if found and found[-1].kind == edge.kind == SESSION:
            first = found.pop()
            names = first.reason.split(" came before ")[0], edge.reason.split(" came before ")[1]
            edge = _Edge(first.a, edge.b, SESSION, None, " came before ".join(names))
        found.append(edge)
    return found


def _edge(graph: Graph, a: int, b: int, mask: int) -> _Edge:
    """Return the dependency of ``b`` on ``a`` of one of these kinds: read-write only if there is no other."""
    one, other = graph.record.name(a), graph.record.name(b)
    for kind in (WROTE_BEFORE, READ_FROM, LATER, TIMED, READ_BEFORE):
        if mask & kind:
            for versions, link in _links(graph, a, b):
                if link.kind == kind or (kind == TIMED and link.kind == READ_BEFORE):
                    return _Edge(a, b, kind, versions.key, _reason(graph, versions, link))
    if mask & REAL_TIME:
        return _Edge(a, b, REAL_TIME, None, f"{one} had ended before {other} began")
    if mask & SESSION:
        client = graph.record.transactions[a].op.process
        return _Edge(a, b, SESSION, None, f"{one} came before {other} in client {client}")
    return _Edge(a, b, SEEN, None, _seen(graph, a, b))


def _links(graph: Graph, a: int, b: int) -> Iterator[tuple[Versions, Link]]:
    """Yield the dependencies of ``b`` on ``a``, each with the versions that it is about."""
    steps = graph.record.transactions
    keys = {step.key for step in steps[a].steps} & {step.key for step in steps[b].steps}
    begins = [one.op.invoked for one in steps]
    ends = [one.op.end for one in steps]
    for versions in graph.versions:
        if versions.key in keys:
            for link in versions.links():
                if (link.before, link.after) == (a, b):
                    yield versions, link
            for link in versions.timed_links(begins, ends) if not versions.is_list else ():
                if (link.before, link.after) == (a, b):
                    yield versions, link


def _reason(graph: Graph, versions: Versions, link: Link) -> str:
    """Return the dependency in words, as in ``T1 read x before T2 appended 3 to it``."""
    a, b, key = graph.record.name(link.before), graph.record.name(link.after), named(versions.key)
    old, new = (shown(versions.values[number]) for number in (link.old, link.new))
    if versions.is_list:
        did = f"{b} appended {new} to it"
        return {
            READ_FROM: f"{b} read {old} in {key}, which {a} had appended",
            READ_BEFORE: f"{a} read {key} before {did}",
        }.get(link.kind, f"{a} appended {old} to {key} before {did}")
    if link.kind == TIMED:
        return _timed(graph, versions, link)
    return {
        READ_FROM: f"{b} read {key} = {old}, which {a} had written",
        READ_BEFORE: f"{a} read {key} = {old} before {b} wrote {key} = {new}",
    }.get(link.kind, f"{a} wrote {key} = {old} before {b} wrote {key} = {new}")


def _timed(graph: Graph, versions: Versions, link: Link) -> str:
    """Say which access of the older version had ended before which access of the newer one began."""
    steps, key = graph.record.transactions, named(versions.key)

    def accesses(number: int) -> list[int]:
        return [versions.writers[number], *versions.readers[number]]

    def done(t: int, number: int) -> str:
        verb = "wrote" if t == versions.writers[number] else "read"
        return f"{graph.record.name(t)} {verb} {key} = {shown(versions.values[number])}"

    first = min(accesses(link.old), key=lambda t: steps[t].op.end)
    last = max(accesses(link.new), key=lambda t: steps[t].op.invoked)
    return f"{done(first, link.old)} and had ended before {done(last, link.new)}"


def _seen(graph: Graph, a: int, b: int) -> str:
    """Say which reader saw a write of ``a``, and later the version that ``b`` wrote of another."""
    record = graph.record
    for one in record.transactions:
        for writer, key, number in seen_before(record, one.index):
            if writer == a and record.versions[key].writers[number] == b:
                names = record.name(a), record.name(b)
                return (
                    f"{one.name} had read a write of {names[0]} when it read {names[1]}'s version of {named(key)}, "
                    f"which must then be newer than {names[0]}'s"
                )
    return f"{record.name(a)} was seen before {record.name(b)}"


def _named(edges: Sequence[_Edge]) -> tuple[str, str]:
    """Return the name of the anomaly that this cycle is, and a second name if it has one."""
    kinds = [edge.kind for edge in edges]
    anti = [kind in (READ_BEFORE,) for kind in kinds]
    adjacent = any(anti[n] and anti[n - 1] for n in range(len(anti)))
    also = ""
    if SEEN in kinds:
        return "OTV", also
    if not any(anti):
        name = "G0" if set(kinds) <= {WROTE_BEFORE, LATER, SESSION, REAL_TIME, TIMED} else "G1c"
    elif sum(anti) == 1:
        name, also = "G-single", _single(edges)
    elif not adjacent:
        name, also = "G-nonadjacent", _fork(kinds)
    else:
        name, also = "G2-item", _skew(edges)
    if REAL_TIME in kinds or TIMED in kinds:
        return f"{name}-realtime", ""
    return (f"{name}-session", "") if SESSION in kinds else (name, also)


def _single(edges: Sequence[_Edge]) -> str:
    """A read overwritten by a write that the reader then overwrites is a lost update (P4); any other is read skew."""
    over = len(edges) == 2 and edges[0].key == edges[1].key
    return (
        "lost update"
        if over and {edge.kind for edge in edges} == {WROTE_BEFORE, READ_BEFORE}
        else "read skew"
    )


def _skew(edges: Sequence[_Edge]) -> str:
    """Two that overwrite what the other read are a write skew on two keys, and a lost update on one."""
    if len(edges) != 2:
        return ""
    return "lost update" if edges[0].key == edges[1].key else "write skew"


def _fork(kinds: Sequence[int]) -> str:
    """Two readers that see two writes in opposite orders are a long fork."""
    turns = (kinds, [*kinds[1:], kinds[0]])
    return "long fork" if [READ_FROM, READ_BEFORE] * 2 in [list(turn) for turn in turns] else ""
