"""The panels of chapter 14: Raft by hand, how long elections take, and leases under clocks that drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import ceil
from statistics import median
from typing import Any

from dscourse import checkers
from dscourse.node import cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.panels.player import Player
from dscourse.protocols.paxos import Accept, Accepted, Ballot, Paxos, Prepare, Promise, Propose
from dscourse.protocols.raft import (
    AppendEntries,
    ElectionTimeout,
    Raft,
    election_safety,
    log_matching,
    state_machine_safety,
)
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft
from dscourse.protocols.raft_prevote import PreVoteRaft
from dscourse.protocols.raft_reads import LeaseStore, ReadIndexStore
from dscourse.protocols.raft_store import RaftClient, RaftStore
from dscourse.show.curves import LiveCurves
from dscourse.show.intervals import intervals
from dscourse.show.logs import LogRow, logs
from dscourse.show.picture import Picture
from dscourse.show.words import count
from dscourse.sim import (
    Constant,
    Crash,
    Cut,
    Network,
    Partition,
    Pending,
    Recover,
    SetClock,
    Uniform,
    World,
)
from dscourse.sim import Link as SimLink

__all__ = [
    "KINDS", "READS", "PreVoteStore", "SteadyStore", "decided", "drawn", "election_frame", "election_panel",
    "election_times", "hub_world", "lease_frame", "lease_panel", "lease_world", "nine_in_ten", "paxos_player",
    "paxos_world", "raft_player", "raft_world", "share_over", "stall", "stop_leader",
]  # fmt: skip

_CURVES = LiveCurves(
    xlabel="time since the crash (ms)", ylabel="elections that are over (%)", limits=(0, 105)
)
LONGEST_MS = 1_500.0
PHASES = 20  # leaders are stopped at so many moments between two heartbeats
NAMES = ("n1", "n2", "n3", "n4", "n5")


class PreVoteStore(PreVoteRaft, RaftStore):
    """A store whose nodes ask before they stand."""


class SteadyStore(CheckQuorumRaft, PreVoteStore):
    """And whose leader steps down if it hears from no majority."""


KINDS: dict[str, type[Raft]] = {"Raft": Raft, "with Pre-Vote": PreVoteRaft}
READS: dict[str, type[RaftStore]] = {
    "through the log": RaftStore, "by question": ReadIndexStore, "by lease": LeaseStore,
}  # fmt: skip


# --- Raft by hand --------------------------------------------------------------------------------


def raft_world() -> World:
    """Five nodes that have elected a leader, and a client that has read once, with three writes to come."""
    servers = cluster(RaftStore, NAMES, heartbeat_ms=40.0)
    world = World([*servers, RaftClient("c", NAMES, resend_ms=80.0)], 3, Network(Uniform(2, 8)))
    writes = [("write", "x", 1), ("write", "y", 2), ("write", "x", 3)]
    world.submit("c", [("read", "x")], start_ms=340)  # it registers, and so has a session
    return world.submit("c", writes, start_ms=400).run(until_ms=399)


def drawn(world: World) -> Picture:
    """The logs of all nodes that are Raft nodes, who leads them, and whether the invariants hold."""
    nodes = {name: node for name, node in world.nodes.items() if isinstance(node, Raft)}
    rows = {
        name: LogRow(node.log, node.commit, f"{_role(world, name)}, term {node.term}")
        for name, node in nodes.items()
    }
    first = leads(world, list(nodes))
    led = f"{first} leads term {nodes[first].term}." if first else "Nobody leads."
    return logs(rows, sentence=f"{led} {_told(nodes)} {invariants(nodes)}")


def _told(nodes: dict[str, Raft]) -> str:
    """How long the logs are, and how much of them is committed; nodes of which this is equal in one."""
    alike: dict[tuple[int, int], list[str]] = {}
    for name, node in nodes.items():
        alike.setdefault((node.log.last.lsn, node.commit), []).append(name)
    told = (
        f"{', '.join(names)}: {count(held, 'entry')}, {committed} committed"
        for (held, committed), names in alike.items()
    )
    return f"{'; '.join(told)}."


def _role(world: World, name: str) -> str:
    node = world.nodes[name]
    assert isinstance(node, Raft)
    return node.role if world.alive(name) else "down"


def invariants(nodes: dict[str, Raft]) -> str:
    """Which of the three invariants hold in this state, in words."""
    checks = (
        ("one leader a term", election_safety), ("logs match", log_matching),
        ("what is committed agrees", state_machine_safety),
    )  # fmt: skip
    held = [name for name, check in checks if check(nodes)]
    broken = [name for name, check in checks if not check(nodes)]
    return f"Holds: {', '.join(held)}." + (
        f" Does not hold: {', '.join(broken)}." if broken else ""
    )


def _committed(world: World) -> str | None:
    nodes = [node for node in world.nodes.values() if isinstance(node, RaftStore)]
    done = sum(node.values.get("x") == 3 for node in nodes)
    return (
        f"All three writes are committed at {count(done, 'node')}. {drawn(world).sentence}"
        if done
        else None
    )


def raft_player() -> Player:
    """Five nodes of Raft in your hands: what is delivered, lost or late, and who crashes."""
    return Player(raft_world, _committed, "Raft by hand", drawn)


# --- Paxos, and a scheduler that keeps it from deciding ------------------------------------------


def paxos_world() -> World:
    """Three nodes, of which a and b want different values and may propose at any time."""
    a, b = Paxos("a", ["b", "c"], "x", 30.0), Paxos("b", ["a", "c"], "y", 30.0)
    return World([a, b, Paxos("c", ["a", "b"])], 1, Network(Constant(10)))


def stall(world: World) -> int:
    """A pending event after which nothing is decided yet: there always is one (Fischer, Lynch, Paterson).

    Promises are asked for and given at once. What would be accepted waits until its acceptor has promised a higher
    ballot; to get there, whoever has the lower ballot proposes again. LookupError if nothing is left to choose.
    """
    waiting = world.pending()
    for event in waiting:
        if isinstance(event.what, Prepare | Promise) or _too_late(world, event):
            return event.id
    proposals = [event for event in waiting if isinstance(event.what, Propose)]
    if not proposals:
        raise LookupError("nothing waits that leaves it undecided")
    return min(proposals, key=lambda event: _ballot(world, event.node)).id


def _too_late(world: World, event: Pending) -> bool:
    """True for a request to accept that its acceptor will refuse."""
    node = world.nodes[event.node]
    return (
        isinstance(event.what, Accept)
        and isinstance(node, Paxos)
        and node.promised > event.what.ballot
    )


def _ballot(world: World, name: str) -> Ballot:
    node = world.nodes[name]
    assert isinstance(node, Paxos)
    return node.ballot


def decided(world: World) -> Any:
    """The value that a majority has accepted in one ballot, whether anybody knows or not; None if there is none."""
    records = [record for name in world.nodes for record in dict.fromkeys(world.log(name))]
    accepted = Counter(record for record in records if isinstance(record, Accepted))
    enough = (one.value for one, times in accepted.items() if 2 * times > len(world.nodes))
    return next(enough, None)


def _undecided(world: World) -> str:
    nodes = {name: node for name, node in world.nodes.items() if isinstance(node, Paxos)}
    value = decided(world)
    if value is None:
        return f"Nothing is decided; the highest ballot is {max(node.ballot for node in nodes.values())}."
    knowing = [name for name, node in nodes.items() if node.chosen is not None]
    return f"Decided: {value}. Known at: {', '.join(knowing) or 'no node yet'}."


def paxos_player() -> Player:
    """Be the scheduler: which message arrives next is yours to say. Can you keep them from deciding?"""
    return Player(paxos_world, _undecided, "Keep them from deciding")


# --- how long elections take ---------------------------------------------------------------------


@cache
def election_times(
    low_ms: float,
    spread_ms: float,
    latency_ms: float,
    nodes: int = 5,
    kind: str = "Raft",
    runs: int = 20,
) -> tuple[float, ...]:
    """For each run, the time from the leader's crash until another one leads, in ms; sorted, at most 1,500.

    Election time-outs are drawn from ``low_ms`` to ``low_ms + spread_ms``; messages take about ``latency_ms``.
    """
    seeds = range(runs)
    return tuple(
        sorted(_election(low_ms, spread_ms, latency_ms, nodes, KINDS[kind], n) for n in seeds)
    )


def _election(
    low: float, spread: float, latency: float, nodes: int, kind: type[Raft], seed: int
) -> float:
    class Spread(kind):  # type: ignore[misc, valid-type]
        def wait(self) -> None:
            first = self.id == "n1" and self.term == 0  # it leads before anybody else can want to
            self.set_timer(ElectionTimeout(), 1.0 if first else (low, low + spread))

    names = [f"n{n}" for n in range(1, nodes + 1)]
    heartbeat = min(50.0, low / 3)
    group = cluster(Spread, names, heartbeat_ms=heartbeat, election_ms=low)
    world = World(group, seed, Network(Uniform(0.6 * latency, 1.4 * latency)))
    phase = heartbeat * (seed % PHASES) / PHASES
    world.run(until_ms=1 + 10 * latency + phase)
    return stop_leader(world, names)


def nine_in_ten(times: Sequence[float]) -> float:
    """The shortest time within which nine in ten of these, which are sorted, are over.

    >>> nine_in_ten(range(1, 21))
    18
    """
    return times[ceil(0.9 * len(times)) - 1]


def leads(world: World, names: Sequence[str]) -> str | None:
    """Who leads the highest term, of the nodes that are up; None if nobody does."""
    led = [
        (node.term, name)
        for name in names
        for node in [world.nodes[name]]
        if isinstance(node, Raft) and node.role == "leader" and world.alive(name)
    ]
    return max(led)[1] if led else None


def stop_leader(world: World, names: Sequence[str]) -> float:
    """Crash who leads; the time until another one's first message as leader, in ms, at most 1,500."""
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


def election_frame(kind: str, nodes: int, low: int, spread: int, latency: int) -> Frame:
    """The share of elections that are over by a time, with this spread of time-outs and with none."""
    times = election_times(low, spread, latency, nodes, kind)
    same = election_times(low, 1.0, latency, nodes, kind)
    xs = [10.0 * step for step in range(1, 151)]
    lines = {
        "with this spread": [share_over(times, x) for x in xs],
        "spread of 1 ms": [share_over(same, x) for x in xs],
    }
    sentence = (
        f"{kind}, {count(nodes, 'node')}, time-outs of {low} to {low + spread} ms, messages of {latency} ms: half of "
        f"{len(times)} elections are over {_after(median(times))}, nine in ten {_after(nine_in_ten(times))}. "
        f"With a spread of 1 ms half are over {_after(median(same))}, nine in ten {_after(nine_in_ten(same))}."
    )
    return Frame.of(_CURVES.draw(xs, lines, sentence=sentence))


def share_over(times: Sequence[float], by_ms: float) -> float:
    """How many per cent of these elections are over by a time; one that was given up at `LONGEST_MS` never is."""
    return 100 * sum(time <= by_ms and time < LONGEST_MS for time in times) / len(times)


def _after(time_ms: float) -> str:
    over = "more than " if time_ms >= LONGEST_MS else ""
    return f"after {over}{time_ms:,.0f} ms"


# --- a network that is partly cut ----------------------------------------------------------------


def hub_world(kind: type[RaftStore], seed: int = 1) -> World:
    """Five nodes, one of them down; the leader and two more reach only the fifth, the hub. A client writes for 5 s.

    The hub reaches a majority, itself included; no other node does.
    """
    servers = cluster(kind, NAMES, heartbeat_ms=30.0, election_ms=100.0)
    client = RaftClient("c", NAMES, patience_ms=500.0)
    world = World([*servers, client], seed, Network(Uniform(2, 8))).run(until_ms=600)
    first = leads(world, NAMES) or NAMES[0]
    one, other, down = [name for name in NAMES if name != first][1:]  # the first is the hub
    world.apply(Crash(down))
    for apart in ((first, one), (first, other), (one, other)):
        world.apply(Cut(*apart))
        world.apply(Cut(*reversed(apart)))
    world.submit("c", [("write", "x", number) for number in range(300)], start_ms=650, think_ms=15)
    return world.run(until_ms=5_600)


# --- leases --------------------------------------------------------------------------------------


def lease_world(
    reads: str = "by lease", drift: float = 0.0, lease_ms: float = 90.0, seed: int = 1
) -> World:
    """Three nodes; the leader's clock is slow by the share ``drift``, and it is cut off with client a for 0.8 s.

    Client a reads x all the time, client b writes it. LookupError for an unknown way to read.
    """
    if reads not in READS:
        raise LookupError(f"reads={reads!r}: it must be one of {', '.join(READS)}")
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


def lease_frame(reads: str, drift: int, lease: int) -> Frame:
    """The two clients' operations, and whether their history is linearizable."""
    world = lease_world(reads, drift / 100, lease)
    history = world.history
    verdict = checkers.linearizable(history, checkers.CasRegister())
    messages = sum(
        event.node in NAMES and event.peer in NAMES for event in world.trace.kinds("send")
    )
    judged = (
        "linearizable" if verdict.ok else "not linearizable: a read returned what had been replaced"
    )
    done = sum(op.f == "read" and op.status == "ok" for op in history)
    how = f"by a lease of {lease} ms" if READS[reads] is LeaseStore else reads
    sentence = (
        f"Reads {how}, the leader's clock {drift} % slow: the history is {judged}. "
        f"{count(done, 'read')} answered; {count(messages, 'message')} between nodes."
    )
    return Frame(intervals(history, highlight=verdict.refuting, sentence=sentence), sentence)


# --- the panels ----------------------------------------------------------------------------------


def election_panel() -> Panel:
    """With or without Pre-Vote, how many nodes, the shortest election time-out, its spread, the latency."""
    controls: dict[str, Any] = {
        "kind": choice("protocol", list(KINDS)),
        "nodes": slider("nodes", "", 5, 1, 7),
        "low": slider("time-out from", "ms", 150, 50, 400, 10),
        "spread": slider("spread", "ms", 150, 10, 400, 10),
        "latency": slider("latency", "ms", 15, 1, 50),
    }
    return Panel(controls, election_frame, "How long is there no leader?")


def lease_panel() -> Panel:
    """How the leader reads, how slow its clock is, and how long its lease is meant to last."""
    controls: dict[str, Any] = {
        "reads": choice("reads", list(READS), "by lease"),
        "drift": slider("clock slow by", "%", 0, 0, 90, 5),
        "lease": slider("lease", "ms", 90, 10, 100, 5),
    }
    return Panel(controls, lease_frame, "May a leader read alone?")
