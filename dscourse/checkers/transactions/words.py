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
# The dependencies in the order in which one is chosen for a cycle: its kind, and whether real time proves it.
_ORDER = (
    (WROTE_BEFORE, False), (READ_FROM, False), (LATER, False), (TIMED, True), (READ_BEFORE, False),
    (READ_BEFORE, True),
)  # fmt: skip
_LABELS = {
    WROTE_BEFORE: "ww", READ_FROM: "wr", LATER: "ww", SEEN: "seen", SESSION: "session", TIMED: "ww",
    REAL_TIME: "real time", READ_BEFORE: "rw",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Edge:
    """A dependency of ``b`` on ``a`` on a cycle: its kind, the key that it is about, and its reason.

    With ``timed``, real time proves the order of the versions on which it rests.
    """

    a: int
    b: int
    kind: int
    key: object
    reason: str
    timed: bool = False


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
    found = [
        (_ORDER.index((link.kind, timed)), timed, versions, link)
        for timed, versions, link in _links(graph, a, b)
        if mask & (TIMED if timed else link.kind)
    ]
    if found:
        _, timed, versions, link = min(found, key=lambda each: each[0])
        reason = (_timed if timed else _reason)(graph, versions, link)
        return _Edge(a, b, link.kind, versions.key, reason, timed)
    if mask & REAL_TIME:
        return _Edge(a, b, REAL_TIME, None, f"{one} had ended before {other} began")
    if mask & SESSION:
        client = graph.record.transactions[a].op.process
        return _Edge(a, b, SESSION, None, f"{one} came before {other} in client {client}")
    return _Edge(a, b, SEEN, None, _seen(graph, a, b))


def _links(graph: Graph, a: int, b: int) -> Iterator[tuple[bool, Versions, Link]]:
    """Yield the dependencies of ``b`` on ``a``, each with the versions that it is about; True for a timed one."""
    steps = graph.record.transactions
    keys = {step.key for step in steps[a].steps} & {step.key for step in steps[b].steps}
    begins = [one.op.invoked for one in steps]
    ends = [one.op.end for one in steps]
    for versions in graph.versions:
        if versions.key in keys:
            found = [(False, link) for link in versions.links()]
            if not versions.is_list:
                timed = versions.timed_links(begins, ends, graph.is_forward)
                found += [(True, link) for link in timed]
            for is_timed, link in found:
                if (link.before, link.after) == (a, b):
                    yield is_timed, versions, link


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
    return {
        READ_FROM: f"{b} read {key} = {old}, which {a} had written",
        READ_BEFORE: f"{a} read {key} = {old} before {b} wrote {key} = {new}",
    }.get(link.kind, f"{a} wrote {key} = {old} before {b} wrote {key} = {new}")


def _timed(graph: Graph, versions: Versions, link: Link) -> str:
    """Return the dependency in words, and which access to the older version had ended before one to the newer."""
    steps, key = graph.record.transactions, named(versions.key)
    values = {number: shown(versions.values[number]) for number in (link.old, link.new)}
    newer = versions.writers[link.new]
    first = min(versions.accesses(link.old), key=lambda t: steps[t].op.end)
    last = max(versions.accesses(link.new), key=lambda t: steps[t].op.invoked)
    last = newer if steps[first].op.end < steps[newer].op.invoked else last
    verb = "wrote" if first == versions.writers[link.old] else "read"
    access = f" {verb} {key} = {values[link.old]} and" if first != link.before else ""
    read = f", which read {key} = {values[link.new]}," if last != newer else ""
    names = graph.record.name(first), graph.record.name(last)
    proof = f"{names[0]}{access} had ended before {names[1]}{read} began"
    return f"{_reason(graph, versions, link)}, as {proof}"


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
    """Return the name of the anomaly that this cycle is, and a second name if it has one.

    The dependencies on data give the name; "-realtime" or "-session" is added if real time or a session is on the
    cycle. Where real time alone contradicts itself about the versions of one key, no order of them is right.
    """
    kinds = [edge.kind for edge in edges]
    anti = [kind == READ_BEFORE for kind in kinds]
    adjacent = any(anti[n] and anti[n - 1] for n in range(len(anti)))
    timed = REAL_TIME in kinds or any(edge.timed for edge in edges)
    also = ""
    if SEEN in kinds:
        return "OTV", also
    if set(kinds) == {TIMED} and len({edge.key for edge in edges}) == 1:
        name = "unordered writes"
    elif not any(anti):
        name = "G1c" if READ_FROM in kinds else "G0"
    elif sum(anti) == 1:
        name, also = "G-single", _single(edges)
    elif not adjacent:
        name, also = "G-nonadjacent", _fork(kinds)
    else:
        name, also = "G2-item", _skew(edges)
    if timed:
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
