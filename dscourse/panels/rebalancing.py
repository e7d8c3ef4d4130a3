"""The second panel of chapter 12: a node joins, and keys move to it while clients go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse import checkers
from dscourse.history import History
from dscourse.node import Node, cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame
from dscourse.placement import Modulo, Placement, Rendezvous, Ring
from dscourse.protocols.rebalancing import Shard, StopAndCopy
from dscourse.protocols.shard_clients import Director, ShardClient
from dscourse.protocols.textbook.rebalancing import Announcer, NaiveShard, TableClient
from dscourse.show.picture import Picture
from dscourse.show.timeline import Mark, timeline
from dscourse.show.words import count
from dscourse.sim import Link, Network, Uniform, World

__all__ = [
    "HOW",
    "PLACEMENTS",
    "Rebalanced",
    "rebalanced",
    "rebalancing_controls",
    "rebalancing_frame",
]

HOW = ("table to all", "stop and copy", "copy while serving")
PLACEMENTS: dict[str, type[Placement]] = {
    "ring": Ring, "rendezvous": Rendezvous, "key mod nodes": Modulo,
}  # fmt: skip
SLOTS, BEGIN_MS, END_MS = 24, 200.0, 1_000.0
_STEP_MS = 5.0
CLIENTS = tuple(f"c{n}" for n in range(1, 7))


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """A run in which a node joined: its world and history, how many slots each node served when, and what went wrong.

    ``wrong`` are the operations on keys whose history is not linearizable; ``until_ms`` is when the last slot moved.
    """

    world: World
    history: History
    served: dict[str, list[tuple[float, float]]]
    moved: int
    until_ms: float
    wrong: frozenset[int]


def rebalanced(
    how: str = HOW[2], scheme: str = "ring", nodes: int = 3, keys: int = 48, chunk: int = 1, latency_ms: float = 10.0,
    at_once: int = 1, seed: int = 6,
) -> Rebalanced:  # fmt: skip
    """One second of six clients on ``keys`` keys; at 200 ms a node joins ``nodes`` others, and slots move to it.

    Keys are in 24 slots, and a placement says who has which slot. LookupError for an unknown way or scheme.
    """
    for what, given, known in (("how", how, HOW), ("scheme", scheme, PLACEMENTS)):
        if given not in known:
            raise LookupError(f"{what}={given!r}: it must be one of {', '.join(known)}")
    names = [f"n{n}" for n in range(1, nodes + 2)]
    table, wanted = (_owners(PLACEMENTS[scheme](some)) for some in (names[:-1], names))
    servers = _servers(how, names, table, wanted, chunk, at_once)
    client = TableClient if how == HOW[0] else ShardClient
    clients = [client(name, table) for name in CLIENTS]
    latency = Uniform(0.2 * latency_ms, 1.8 * latency_ms)
    world = World([*servers, *clients], seed, Network(latency, client=Link(latency)))
    for place, name in enumerate(CLIENTS):
        world.submit(name, _work(place, keys), start_ms=1.0 * place, think_ms=4.0)
    served, until = _watched(world, names)
    history = world.history
    moved = sum(map(str.__ne__, table, wanted))
    return Rebalanced(world, history, served, moved, until, frozenset(_wrong(history)))


def _owners(placement: Placement) -> list[str]:
    return [placement.node_of(slot) for slot in range(SLOTS)]


def _servers(
    how: str, names: Sequence[str], table: list[str], wanted: list[str], chunk: int, at_once: int
) -> list[Node]:
    if how == HOW[0]:
        shards: list[Node] = [*cluster(NaiveShard, names, table=table)]
        return [*shards, Announcer("director", wanted, (*names, *CLIENTS), BEGIN_MS)]
    kind = StopAndCopy if how == HOW[1] else Shard
    director = Director("director", table, wanted, at_once, BEGIN_MS, every_ms=10.0)
    return [*cluster(kind, names, table=table, chunk=chunk), director]


def _work(place: int, keys: int) -> list[tuple[str, str, int]]:
    """A client first writes keys of its own, then it reads and writes all over."""
    own = [("write", f"k{key}", key) for key in range(place, min(keys, 60), len(CLIENTS))]
    turns = range(1_000, 1_080)
    return own + [
        (("read", "write")[turn % 2], f"k{(turn * 7 + place * 11) % keys}", 6 * turn + place)
        for turn in turns
    ]


def _watched(
    world: World, names: Sequence[str]
) -> tuple[dict[str, list[tuple[float, float]]], float]:
    """How many slots each node serves, and when that changed last."""
    served: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    until = BEGIN_MS
    for step in range(int(END_MS / _STEP_MS) + 1):
        world.run(until_ms=step * _STEP_MS)
        for name in names:
            amount = float(_serves(world.nodes[name]))
            if not served[name] or served[name][-1][1] != amount:
                served[name].append((step * _STEP_MS, amount))
                until = max(until, step * _STEP_MS)
    return served, until


def _serves(node: Node) -> int:
    if isinstance(node, Shard):
        return sum(node.serves(slot) for slot in node.slots)
    return node.owners.count(node.id) if isinstance(node, NaiveShard) else 0


def _wrong(history: History) -> Iterator[int]:
    """The operations on keys whose histories are not linearizable."""
    for key in history.keys:
        part = history.by_key(key)
        if checkers.linearizable(part).ok is False:
            yield from (op.id for op in part)


def picture_of(run: Rebalanced, sentence: str) -> Picture:
    """How many slots each node serves over time, and what became of the requests."""
    marks = []
    for op in run.history:
        if op.returned_ms is not None and op.returned_ms <= END_MS:
            kind = "bad" if op.id in run.wrong else "good" if op.status == "ok" else "refused"
            marks.append(Mark(op.returned_ms, kind, op.describe()))
    meanings = {
        "good": "answered", "bad": "on a key whose history is not linearizable", "refused": "no answer in time",
    }  # fmt: skip
    return timeline(
        {"requests": []}, until_ms=END_MS, sentence=sentence, marks={"requests": marks}, levels=run.served,
        unit="slots", meanings=meanings,
    )  # fmt: skip


def rebalancing_frame(
    how: str, scheme: str, nodes: int, keys: int, chunk: int, latency: int, at_once: int
) -> Frame:
    """The picture of one run, and its numbers."""
    run = rebalanced(how, scheme, nodes, keys, chunk, latency, at_once)
    during = [op for op in run.history if op.returned_ms is not None and op.invoked_ms >= BEGIN_MS]
    slowest = max(
        (op.returned_ms - op.invoked_ms for op in during if op.returned_ms is not None), default=0.0
    )
    broken = len({op.key for op in run.history if op.id in run.wrong})
    redirected = sum(
        node.redirected for node in run.world.nodes.values() if isinstance(node, ShardClient)
    )
    judged = (
        f"Of {count(keys, 'key')} {broken} have a history that is not linearizable."
        if broken
        else "The history of every key is linearizable."
    )
    sentence = (
        f"{how}, {scheme}: {count(run.moved, 'slot')} of {SLOTS} move in {run.until_ms - BEGIN_MS:.0f} ms. The "
        f"slowest request takes {slowest:.0f} ms; {count(redirected, 'time')} a client is told to go elsewhere. "
        f"{judged}"
    )
    return Frame.of(picture_of(run, sentence))


def rebalancing_controls() -> dict[str, Any]:
    """How keys move, who is to have which, how many nodes and keys, keys a message, how slow the network is."""
    return {
        "how": choice("how", list(HOW), HOW[2]),
        "scheme": choice("scheme", list(PLACEMENTS)),
        "nodes": slider("nodes before", "", 3, 1, 6),
        "keys": slider("keys", "", 48, 12, 192, 12),
        "chunk": slider("keys a message", "", 1, 1, 12),
        "latency": slider("latency", "ms", 10, 1, 30),
        "at_once": slider("slots at once", "", 1, 1, 8),
    }
