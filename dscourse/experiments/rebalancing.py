"""Chapter 12: a node joins, and slots move to it while clients keep working."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dscourse import checkers
from dscourse.experiments.choices import check_choice
from dscourse.history import History, Op
from dscourse.node import Node, cluster
from dscourse.placement import Modulo, Placement, Rendezvous, Ring
from dscourse.protocols.rebalancing import Shard, StopAndCopy
from dscourse.protocols.shard_clients import Director, ShardClient
from dscourse.protocols.textbook.rebalancing import Announcer, NaiveShard, TableClient
from dscourse.sim import Link, Network, Uniform, World

__all__ = [
    "BEGIN_MS",
    "CLIENTS",
    "END_MS",
    "HOW",
    "PLACEMENTS",
    "SLOTS",
    "Rebalanced",
    "rebalanced",
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
    """One run in which a node joins: its world and history, and the slots that each node served, as (ms, slots).

    ``wrong`` are the ids of the operations on keys whose history is not linearizable; ``until_ms`` is the time of the
    last move of a slot.
    """

    world: World
    history: History
    served: dict[str, list[tuple[float, float]]]
    moved: int
    until_ms: float
    wrong: frozenset[int]

    @property
    def slowest_ms(self) -> float:
        """The longest latency in ms of the completed requests that began after the node had joined; 0 without any."""
        joined = (op for op in self.history if op.invoked_ms >= BEGIN_MS)
        ended = ((op.invoked_ms, op.returned_ms) for op in joined)
        return max((end - begin for begin, end in ended if end is not None), default=0.0)

    @property
    def broken_keys(self) -> int:
        """The number of keys whose history is not linearizable."""
        return len({op.key for op in self.history if op.id in self.wrong})

    @property
    def redirected(self) -> int:
        """The number of times that a client was redirected to another node."""
        nodes = self.world.nodes.values()
        return sum(node.redirected for node in nodes if isinstance(node, ShardClient))


def rebalanced(
    how: str = HOW[2], scheme: str = "ring", nodes: int = 3, keys: int = 48, chunk: int = 1, latency_ms: float = 10.0,
    at_once: int = 1, seed: int = 6,
) -> Rebalanced:  # fmt: skip
    """Run six clients on ``keys`` keys for 1 s; at 200 ms a node joins ``nodes`` others, and slots move to it.

    Keys fall into 24 slots, and a placement assigns slots to nodes. ``chunk`` is in keys per message, and ``at_once``
    is the number of slots that move at the same time. LookupError for an unknown way or scheme.
    """
    check_choice("how", how, HOW)
    check_choice("scheme", scheme, PLACEMENTS)
    names = [f"n{n}" for n in range(1, nodes + 2)]
    table, target = (_owners(PLACEMENTS[scheme](some)) for some in (names[:-1], names))
    servers = _servers(how, names, table, target, chunk, at_once)
    client = TableClient if how == HOW[0] else ShardClient
    clients = [client(name, table) for name in CLIENTS]
    latency = Uniform(0.2 * latency_ms, 1.8 * latency_ms)
    world = World([*servers, *clients], seed, Network(latency, client=Link(latency)))
    for index, name in enumerate(CLIENTS):
        world.submit(name, _work(index, keys), start_ms=1.0 * index, think_ms=4.0)
    served, until = _watched(world, names)
    history = world.history
    moved = sum(map(str.__ne__, table, target))
    return Rebalanced(world, history, served, moved, until, frozenset(_wrong(history)))


def _owners(placement: Placement) -> list[str]:
    return [placement.node_of(slot) for slot in range(SLOTS)]


def _servers(
    how: str, names: Sequence[str], table: list[str], target: list[str], chunk: int, at_once: int
) -> list[Node]:
    if how == HOW[0]:
        shards: list[Node] = [*cluster(NaiveShard, names, table=table)]
        return [*shards, Announcer("director", target, (*names, *CLIENTS), BEGIN_MS)]
    kind = StopAndCopy if how == HOW[1] else Shard
    director = Director("director", table, target, at_once, BEGIN_MS, every_ms=10.0)
    return [*cluster(kind, names, table=table, chunk=chunk), director]


def _work(index: int, keys: int) -> list[tuple[str, str, int]]:
    """Return a client's operations: writes of its own keys, then reads and writes of all keys."""
    own = [("write", f"k{key}", key) for key in range(index, min(keys, 60), len(CLIENTS))]
    turns = range(1_000, 1_080)
    return own + [
        (("read", "write")[turn % 2], f"k{(turn * 7 + index * 11) % keys}", 6 * turn + index)
        for turn in turns
    ]


def _watched(
    world: World, names: Sequence[str]
) -> tuple[dict[str, list[tuple[float, float]]], float]:
    """Run the world; return each node's number of slots over time, and the time in ms of its last change."""
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
    """Yield the ids of the operations on keys whose histories are not linearizable."""
    parts: dict[str, list[Op]] = {}
    for op in history:
        parts.setdefault(str(op.key), []).append(op)
    for part in parts.values():
        if checkers.linearizable(History(part)).ok is False:
            yield from (op.id for op in part)
