"""The panels of chapter 14: Raft by hand, how long elections take, and leases under clocks that drift."""

from __future__ import annotations

from statistics import median
from typing import Any

from dscourse import checkers
from dscourse.core.wording import count
from dscourse.experiments.consensus import (
    KINDS,
    LONGEST_MS,
    NAMES,
    READS,
    election_times,
    invariants,
    leads,
    lease_world,
    raft_world,
    share_over,
)
from dscourse.experiments.paxos import decided, paxos_world
from dscourse.experiments.statistics import percentile
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.panels.player import Player
from dscourse.protocols.paxos import Paxos
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_reads import LeaseStore
from dscourse.protocols.raft_store import RaftStore
from dscourse.show.curves import LiveCurves
from dscourse.show.intervals import intervals
from dscourse.show.logs import LogRow, logs
from dscourse.show.picture import Picture
from dscourse.sim import World

__all__ = [
    "drawn",
    "election_frame",
    "election_panel",
    "lease_frame",
    "lease_panel",
    "paxos_player",
    "raft_player",
]


_CURVES = LiveCurves(
    xlabel="time since the crash (ms)", ylabel="elections that are over (%)", limits=(0, 105)
)


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
        f"{len(times)} elections are over {_after(median(times))}, nine in ten {_after(percentile(times, 0.9))}. "
        f"With a spread of 1 ms half are over {_after(median(same))}, nine in ten {_after(percentile(same, 0.9))}."
    )
    return Frame.of(_CURVES.draw(xs, lines, sentence=sentence))


def _after(time_ms: float) -> str:
    over = "more than " if time_ms >= LONGEST_MS else ""
    return f"after {over}{time_ms:,.0f} ms"


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
