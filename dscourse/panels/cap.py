"""The panel of chapter 03: a cluster is cut, and two stores carry out the same operations in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from dscourse import checkers
from dscourse.checkers import Verdict
from dscourse.history import History
from dscourse.node import Node, cluster
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.panels.partial_failure import percentile
from dscourse.protocols.any_node_store import AnyNodeStore, stale_reads
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.show import Picture
from dscourse.show import cluster as cluster_map
from dscourse.show.stacked import stacked
from dscourse.show.table import Cell, table
from dscourse.show.topology import Topology
from dscourse.sim import At, Constant, Cut, Heal, Link, LogNormal, Network, Uniform, World
from dscourse.sim.streams import stream

__all__ = [
    "CUTS", "Score", "consistency_or_availability", "cut_frame", "cut_world", "directions", "distant_world", "score",
    "sides",
]  # fmt: skip

Directions = frozenset[tuple[str, str]]  # links on which nothing passes, each as (source, to)

CUTS = ("none", "majority and minority", "split in three", "one way", "isolated node")
CUT_MS, HEAL_MS = 100.0, 700.0
_OPERATIONS = 24
_PATIENCE_MS = 60.0
_PERIOD_MS = 28.0


def directions(preset: str, names: Sequence[str]) -> Directions:
    """Which links a preset of `CUTS` cuts among these nodes.

    >>> sorted(directions("isolated node", ["n1", "n2", "n3"]))
    [('n1', 'n2'), ('n1', 'n3'), ('n2', 'n1'), ('n3', 'n1')]
    """
    few = (len(names) - 1) // 2
    third = -(-len(names) // 3)
    groups = {
        "none": [names],
        "majority and minority": [names[:few], names[few:]],
        "one way": [names[:few], names[few:]],
        "split in three": [names[:third], names[third : 2 * third], names[2 * third :]],
        "isolated node": [names[:1], names[1:]],
    }[preset]
    home = {name: place for place, group in enumerate(groups) for name in group}
    crossing = [(a, b) for a in names for b in names if home[a] != home[b]]
    if preset == "one way":  # the minority hears nothing, but is heard
        return frozenset((a, b) for a, b in crossing if home[b] == 0)
    return frozenset(crossing)


def cut_world(
    store: type[Node],
    cut: Iterable[tuple[str, str]] = (),
    nodes: int = 5,
    reads: float = 0.5,
    seed: int = 1,
    **settings: Any,
) -> World:
    """A run of 1.5 s in which each of ``nodes`` nodes has a client with 24 operations on one key, 28 ms apart.

    From 100 to 700 ms nothing passes on the links of ``cut``. A share ``reads`` of the operations are reads.
    Messages take 4 ms half of the time or less; a client waits for 60 ms.

    >>> len(cut_world(AnyNodeStore).history.ok)
    120
    """
    names = [f"n{n}" for n in range(1, nodes + 1)]
    plan = [At(CUT_MS, Cut(source, to)) for source, to in sorted(cut)] + [At(HEAL_MS, Heal())]
    network = Network(LogNormal(4, 0.5), client=Link(Constant(0.5)))
    clients = [StoreClient(f"c{name[1:]}", name, timeout_ms=_PATIENCE_MS) for name in names]
    world = World([*clients, *cluster(store, names, **settings)], seed, network, plan)
    for place, client in enumerate(clients):
        draws = stream(seed, "operations", client.id)
        for n in range(_OPERATIONS):
            op = ("read", "x") if draws.random() < reads else ("write", "x", 100 * place + n)
            world.submit(client.id, [op], start_ms=10 + 5 * place + _PERIOD_MS * n)
    return world.run(until_ms=1_500)


def distant_world(
    store: type[Node],
    distances_ms: Sequence[float],
    seed: int = 1,
    reads: float = 0.5,
    **settings: Any,
) -> World:
    """A run without faults of nodes n1, n2, … on a line, each with a client that makes 20 operations.

    The distances are from one end of the line, in ms of one-way delay. A message takes the difference of two
    distances and up to 10 % more; a client waits for 2 s.

    >>> world = distant_world(QuorumStore, [0, 5, 50], write_quorum=2)
    >>> min(world.history.by_process("c1").latencies_ms()) > 20  # two rounds to the node at 5 ms, and back
    True
    """
    places = {f"n{n}": ms for n, ms in enumerate(distances_ms, start=1)}
    links = {
        (a, b): Link(Uniform(abs(x - y), 1.1 * abs(x - y)))
        for a, x in places.items() for b, y in places.items() if a != b
    }  # fmt: skip
    if issubclass(store, QuorumStore):
        settings = {"resend_ms": 1_000.0, **settings}
    network = Network(client=Link(Constant(0.5)), links=links)
    clients = [StoreClient(f"c{name[1:]}", name, timeout_ms=2_000) for name in places]
    world = World([*clients, *cluster(store, places, **settings)], seed, network)
    for place, client in enumerate(clients):
        draws = stream(seed, "operations", client.id)
        ops = [
            ("read", "x") if draws.random() < reads else ("write", "x", 100 * place + n)
            for n in range(20)
        ]
        world.submit(client.id, ops, start_ms=10 + 5 * place, think_ms=20)
    return world.run(until_ms=10_000)


def sides(names: Sequence[str], cut: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups of nodes that reach each other both ways while the cut stands, the largest first."""
    return Topology.of_world(_cut_cluster(names, cut)).groups()


def _cut_cluster(names: Sequence[str], cut: Iterable[tuple[str, str]]) -> World:
    world = World(cluster(Node, names))
    for source, to in sorted(cut):
        world.apply(Cut(source, to))
    return world


@dataclass(frozen=True, slots=True)
class Score:
    """What a run was worth: answered and begun during the cut on each side, and over the whole run the rest."""

    answered: tuple[tuple[int, int], ...]
    stale: int
    reads: int
    p50_ms: float
    p99_ms: float
    verdict: Verdict


def score(world: World, groups: Sequence[Sequence[str]]) -> Score:
    """The score of a run of `cut_world` with these sides."""
    history = world.history
    waits = history.latencies_ms() or [0.0]
    return Score(
        answered=tuple(_answered(history, group) for group in groups),
        stale=len(stale_reads(history)),
        reads=sum(op.f == "read" for op in history.ok),
        p50_ms=percentile(waits, 0.5),
        p99_ms=percentile(waits, 0.99),
        verdict=checkers.linearizable(history),
    )


def _answered(history: History, group: Sequence[str]) -> tuple[int, int]:
    """How many of the operations whose clients waited during the cut alone were answered, and how many there were."""
    begun = [
        op
        for op in history
        if CUT_MS <= op.invoked_ms < HEAL_MS - _PATIENCE_MS and f"n{op.process[1:]}" in group
    ]
    return sum(op.status == "ok" for op in begun), len(begun)


def cut_frame(
    preset: str, nodes: int, read_quorum: int, write_quorum: int, reads: int, **links: bool
) -> Frame:
    """Both stores under the same cut and the same operations: answers by side, stale reads, latency, verdict."""
    names = [f"n{n}" for n in range(1, nodes + 1)]
    by_hand = _chosen(links, names)
    cut = directions(preset, names) | by_hand
    groups = sides(names, cut)
    quorums = {"read_quorum": read_quorum, "write_quorum": write_quorum}
    scores = {
        f"quorum store, R = {read_quorum}, W = {write_quorum}": score(
            cut_world(QuorumStore, cut, nodes, reads / 100, **quorums), groups
        ),
        "any-node store": score(cut_world(AnyNodeStore, cut, nodes, reads / 100), groups),
    }
    sentence = " ".join(
        [_told_cut(groups, cut, by_hand)] + [_told(n, s, groups) for n, s in scores.items()]
    )
    return Frame.of(_picture(names, cut, groups, scores, sentence))


def _chosen(links: dict[str, bool], names: Sequence[str]) -> Directions:
    """Both directions of the links whose switches are on; ValueError for a node that there is not."""
    pairs = [name.split("_") for name, on in links.items() if on]
    for pair in pairs:
        if not {*pair} <= {*names}:
            raise ValueError(
                f"{'–'.join(pair)} is cut, but there are only {len(names)} nodes. Use more nodes, or another link."
            )
    return frozenset(way for a, b in pairs for way in ((a, b), (b, a)))


def _told_cut(groups: Sequence[Sequence[str]], cut: Directions, by_hand: Directions) -> str:
    if not cut:
        return "No link is cut."
    shown = " | ".join(", ".join(group) for group in groups)
    ways = f"{len(cut)} of {sum(map(len, groups)) * (sum(map(len, groups)) - 1)} directions cut"
    links = ", ".join(f"{a}–{b}" for a, b in sorted(by_hand) if a < b)
    hand = f"; by hand {links}" if links else ""
    return f"Cut from 100 to 700 ms: {shown} ({ways}{hand})."


def _told(name: str, got: Score, groups: Sequence[Sequence[str]]) -> str:
    parts = [
        f"{_share(*one)[0]} on {', '.join(group)}"
        for one, group in zip(got.answered, groups, strict=True)
    ]
    return (
        f"{name[0].upper()}{name[1:]}: answered {'; '.join(parts)}. {got.stale} of {got.reads} reads stale, "
        f"p50 {got.p50_ms:.1f} ms, p99 {got.p99_ms:.1f} ms, {_verdict(got)}."
    )


def _share(answered: int, begun: int) -> tuple[str, float]:
    """As in ``100 % (69 of 69)``."""
    share = answered / begun if begun else 0.0
    return f"{100 * share:.0f} % ({answered} of {begun})", share


def _verdict(got: Score) -> str:
    word = {True: "linearizable", False: "not linearizable", None: "nothing to judge"}
    return word[got.verdict.ok]


def _picture(
    names: Sequence[str],
    cut: Directions,
    groups: Sequence[Sequence[str]],
    scores: dict[str, Score],
    sentence: str,
) -> Picture:
    every = list(scores.values())
    rows: dict[str, list[Cell]] = {
        f"answered on {', '.join(group)}": [_share(*got.answered[place]) for got in every]
        for place, group in enumerate(groups)
    }
    rows |= {
        "stale reads": [f"{got.stale} of {got.reads}" for got in every],
        "latency p50, p99": [f"{got.p50_ms:.1f} ms, {got.p99_ms:.1f} ms" for got in every],
        "the checker": [_verdict(got) for got in every],
    }
    above = cluster_map(_cut_cluster(names, cut), sentence=sentence, width=760)
    return stacked(
        above, table(list(scores), rows, sentence=sentence, width=760), sentence=sentence
    )


def consistency_or_availability() -> Panel:
    """What is cut, how many nodes, the sizes of quorums, and the share of reads."""
    controls = {
        "preset": choice("cut (100 to 700 ms)", CUTS, "majority and minority"),
        "nodes": slider("nodes N", "", 5, 3, 5),
        "read_quorum": slider("read quorum R", "", 3, 1, 5),
        "write_quorum": slider("write quorum W", "", 3, 1, 5),
        "reads": slider("reads", "%", 50, 0, 100, 5),
    }
    for a, b in combinations([f"n{n}" for n in range(1, 6)], 2):
        control = switch(f"cut {a}–{b}")
        control.indent, control.layout.width = False, "106px"
        controls[f"{a}_{b}"] = control
    return Panel(controls, cut_frame, "Consistency or availability")
