"""Chapter 14: Raft by hand, election times, a partly cut network, and leases under clock drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dscourse.experiments.choices import check_choice
from dscourse.node import cluster
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_messages import AppendEntries, ElectionTimeout
from dscourse.protocols.raft_prevote import PreVoteRaft
from dscourse.protocols.raft_properties import (
    election_safety,
    leader_completeness,
    log_matching,
    state_machine_safety,
)
from dscourse.protocols.raft_reads import LeaseStore, ReadIndexStore
from dscourse.protocols.raft_store import RaftStore
from dscourse.sim import Crash, Cut, Network, Partition, Recover, SetClock, Uniform, World
from dscourse.sim import Link as SimLink

__all__ = [
    "KINDS",
    "LONGEST_MS",
    "NAMES",
    "PHASES",
    "READS",
    "STORES",
    "CheckQuorumStore",
    "Endured",
    "PreVoteStore",
    "SteadyStore",
    "election_times",
    "endured",
    "hub_world",
    "invariants",
    "leads",
    "lease_world",
    "raft_world",
    "share_over",
    "stop_leader",
    "triangle_world",
]

LONGEST_MS = 1_500.0
PHASES = 20  # the number of moments between two heartbeats at which leaders are stopped
NAMES = ("n1", "n2", "n3", "n4", "n5")


class PreVoteStore(PreVoteRaft, RaftStore):
    """A Raft store whose nodes hold a pre-vote before they become candidates."""


class CheckQuorumStore(CheckQuorumRaft, RaftStore):
    """A Raft store whose leader steps down once it no longer hears from a majority."""


class SteadyStore(CheckQuorumRaft, PreVoteStore):
    """A Raft store with Pre-Vote whose leader also steps down once it no longer hears from a majority."""


KINDS: dict[str, type[Raft]] = {"Raft": Raft, "with Pre-Vote": PreVoteRaft}
READS: dict[str, type[RaftStore]] = {
    "through the log": RaftStore, "by read index": ReadIndexStore, "by lease": LeaseStore,
}  # fmt: skip


# --- Raft by hand --------------------------------------------------------------------------------


def raft_world() -> World:
    """Build five nodes with an elected leader, and a client that has read once and is about to write three times."""
    servers = cluster(RaftStore, NAMES, heartbeat_ms=40.0)
    world = World([*servers, RaftClient("c", NAMES, resend_ms=80.0)], 3, Network(Uniform(2, 8)))
    writes = [("write", "x", 1), ("write", "y", 2), ("write", "x", 3)]
    world.submit("c", [("read", "x")], start_ms=340)  # it registers, and so has a session
    return world.submit("c", writes, start_ms=400).run(until_ms=399)


def invariants(nodes: dict[str, Raft]) -> str:
    """Return in words which of the four invariants hold in this state."""
    checks = (
        ("one leader per term", election_safety), ("logs match", log_matching),
        ("leaders lack nothing committed", leader_completeness),
        ("committed entries agree", state_machine_safety),
    )  # fmt: skip
    intact = [name for name, check in checks if check(nodes)]
    broken = [name for name, check in checks if not check(nodes)]
    return f"Holds: {', '.join(intact)}." + (
        f" Does not hold: {', '.join(broken)}." if broken else ""
    )


# --- how long elections take ---------------------------------------------------------------------


@lru_cache(maxsize=256)
def election_times(
    low_ms: float,
    spread_ms: float,
    latency_ms: float,
    nodes: int = 5,
    kind: str = "Raft",
    runs: int = 20,
    seed: int = 0,
    enough: int | None = None,
) -> tuple[float, ...]:
    """Return each run's time in ms from the leader's crash until another node leads, at most 1,500; sorted.

    Election time-outs are drawn from ``low_ms`` to ``low_ms + spread_ms``; messages take about ``latency_ms``. The
    runs have the seeds from ``seed`` on. If none of the first ``enough`` elections is over, these are all: the ones
    that never end are the longest to run.

    >>> election_times(150, 150, 5, runs=2)
    (162.261, 193.006)
    >>> election_times(150, 150, 5, nodes=1, enough=3)
    (1500.0, 1500.0, 1500.0)
    """
    times: list[float] = []
    for n in range(seed, seed + runs):
        if len(times) == enough and min(times) == LONGEST_MS:
            break
        times.append(_election(low_ms, spread_ms, latency_ms, nodes, kind, n))
    return tuple(sorted(times))


@lru_cache(
    maxsize=1_000
)  # a reader who moves a control back sees the same elections, or half of them, again
def _election(low: float, spread: float, latency: float, nodes: int, kind: str, seed: int) -> float:
    names = [f"n{n}" for n in range(1, nodes + 1)]
    heartbeat = min(50.0, low / 3)
    group = cluster(_spreading(kind, spread), names, heartbeat_ms=heartbeat, election_ms=low)
    world = World(group, seed, Network(Uniform(0.6 * latency, 1.4 * latency)))
    phase = heartbeat * (seed % PHASES) / PHASES
    world.run(until_ms=1 + 10 * latency + phase)
    return stop_leader(world, names)


@lru_cache(maxsize=8)  # each new class is checked, which takes a tenth of an election
def _spreading(kind: str, spread_ms: float) -> type[Raft]:
    """Return nodes of this kind with election time-outs up to ``spread_ms`` above the shortest."""
    base = KINDS[kind]

    class Spread(base):  # type: ignore[misc, valid-type]
        def reset_election_timeout(self) -> None:
            first = self.id == "n1" and self.term == 0  # n1 leads before others can stand
            low = self.election_ms
            self.set_timer(ElectionTimeout(), 1.0 if first else (low, low + spread_ms))

    return Spread


def leads(world: World, names: Sequence[str]) -> str | None:
    """Return the leader of the highest term among the nodes that are up; None without a leader."""
    nodes = world.nodes
    led = [
        (node.term, name)
        for name in names
        for node in [nodes[name]]
        if isinstance(node, Raft) and node.role == "leader" and world.alive(name)
    ]
    return max(led)[1] if led else None


def stop_leader(world: World, names: Sequence[str]) -> float:
    """Crash the leader. Return the time in ms until another node's first message as leader; at most 1,500."""
    first, begun, since = leads(world, names), world.now_ms, len(world.trace)
    if first is not None:
        world.apply(Crash(first))
    while leads(world, names) is None and world.now_ms - begun < LONGEST_MS:
        world.run(until_ms=world.now_ms + 20)
    if leads(world, names) is None:
        return LONGEST_MS
    sent = world.trace[since:].kinds("send")
    won = next(event for event in sent if isinstance(event.what, AppendEntries))
    return min(LONGEST_MS, won.time_ms - begun)


def share_over(times: Sequence[float], by_ms: float) -> float:
    """Return the percentage of these elections that are over by ``by_ms``; one given up at `LONGEST_MS` never is."""
    return 100 * sum(time <= by_ms and time < LONGEST_MS for time in times) / len(times)


# --- a network that is partly cut ----------------------------------------------------------------


STORES: dict[str, type[RaftStore]] = {
    "Raft": RaftStore, "with CheckQuorum": CheckQuorumStore, "with Pre-Vote": PreVoteStore,
    "with Pre-Vote and CheckQuorum": SteadyStore,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endured:
    """The writes of a client from a second after a cut on, and the last term."""

    answered: int
    asked: int
    terms: int

    @property
    def share(self) -> str:
        """The answered writes of those asked, in words."""
        return f"{self.answered} of {self.asked}"


def triangle_world(kind: type[RaftStore], seed: int = 1) -> World:
    """Run three nodes of which one no longer reaches the leader, nor the leader it; the third reaches both.

    A client writes for 5 s.

    >>> endured(triangle_world(RaftStore)).answered > 0
    True
    """
    world = _electing(kind, NAMES[:3], seed)
    first = leads(world, NAMES[:3]) or NAMES[0]
    other = next(name for name in NAMES if name != first)
    return _written(_cut_both_ways(world, [(first, other)]))


def hub_world(kind: type[RaftStore], seed: int = 1) -> World:
    """Run five nodes: one is down, and the leader and two others can reach only the fifth, the hub.

    A client writes for 5 s. Only the hub reaches a majority, itself included.

    >>> world = hub_world(SteadyStore)
    >>> len(world.history.ok) > 0
    True
    """
    world = _electing(kind, NAMES, seed)
    first = leads(world, NAMES) or NAMES[0]
    one, other, down = [name for name in NAMES if name != first][1:]  # the first is the hub
    world.apply(Crash(down))
    return _written(_cut_both_ways(world, [(first, one), (first, other), (one, other)]))


def _electing(kind: type[RaftStore], names: Sequence[str], seed: int) -> World:
    servers = cluster(kind, names, heartbeat_ms=30.0, election_ms=100.0)
    client = RaftClient("c", names, patience_ms=500.0)
    return World([*servers, client], seed, Network(Uniform(2, 8))).run(until_ms=600)


def _cut_both_ways(world: World, links: Sequence[tuple[str, str]]) -> World:
    for one, other in links:
        world.apply(Cut(one, other))
        world.apply(Cut(other, one))
    return world


def _written(world: World) -> World:
    world.submit("c", [("write", "x", number) for number in range(300)], start_ms=650, think_ms=15)
    return world.run(until_ms=5_600)


def endured(world: World) -> Endured:
    """Return the answered writes among those begun 1 s or more after a cut at 600 ms, and the last term."""
    late = [op for op in world.history if op.invoked_ms > 1_600]
    last = max(node.term for node in world.nodes.values() if isinstance(node, Raft))
    return Endured(sum(op.status == "ok" for op in late), len(late), last)


# --- leases --------------------------------------------------------------------------------------


def lease_world(
    reads: str = "by lease", drift: float = 0.0, lease_ms: float = 90.0, seed: int = 1
) -> World:
    """Run three nodes; the leader's clock is slow by the share ``drift``, and it is cut off with client a for 0.8 s.

    Client a reads x repeatedly, and client b writes it. LookupError for an unknown way to read.
    """
    check_choice("reads", reads, READS)
    kind, names = READS[reads], NAMES[:3]
    settings: dict[str, Any] = {"lease_ms": lease_ms} if kind is LeaseStore else {}
    servers = cluster(kind, names, heartbeat_ms=30.0, election_ms=100.0, **settings)
    clients = [RaftClient(name, names, resend_ms=25.0) for name in "ab"]
    network = Network(Uniform(2, 6), client=SimLink(Uniform(1, 4)))
    world = World([*servers, *clients], seed, network).run(until_ms=500)
    first = leads(world, names) or names[0]
    world.apply(SetClock(first, skew_ms=500 * drift, drift_ppm=-1e6 * drift))
    world.submit("a", [("read", "x")] * 24, start_ms=560, think_ms=20)
    world.submit(
        "b", [("write", "x", number) for number in range(1, 16)], start_ms=560, think_ms=45
    )
    world.run(until_ms=700).apply(Partition({first, "a"}, {*names, "b"} - {first}))
    world.run(until_ms=1_500).apply(Recover())
    return world.run(until_ms=2_200)
