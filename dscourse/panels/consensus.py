"""The panels of chapter 14: Raft and Paxos by hand, election times, and leases under clock drift."""

from __future__ import annotations

from statistics import median
from typing import Any

from dscourse import checkers
from dscourse.core.properties import Property
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
from dscourse.experiments.raft_mutants import INVARIANTS
from dscourse.experiments.statistics import percentile
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.paxos import Paxos
from dscourse.protocols.paxos_properties import agreement
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_reads import LeaseStore
from dscourse.protocols.raft_store import RaftStore
from dscourse.show.curves import LiveCurves
from dscourse.show.intervals import intervals
from dscourse.show.logs import LogRow, logs
from dscourse.show.picture import Picture
from dscourse.sim import World
from dscourse.touch import Explorer, Limits

__all__ = [
    "draw_logs",
    "election_frame",
    "election_panel",
    "lease_frame",
    "lease_panel",
    "paxos_explorer",
    "raft_explorer",
]


_ENOUGH = 8  # elections of which none is over: so are hardly any of the next twelve
_CURVES = LiveCurves(
    xlabel="time since the crash (ms)", ylabel="elections that are over (%)", limits=(0, 105)
)


def draw_logs(world: World, heading: str = "", mark: int | None = None) -> Picture:
    """Draw the logs of all Raft nodes, with a frame around the index ``mark``.

    The sentence names the leader and the invariants that hold.
    """
    nodes = {name: node for name, node in world.nodes.items() if isinstance(node, Raft)}
    rows = {
        name: LogRow(node.log, node.commit_index, f"{_role(world, name)}, term {node.term}")
        for name, node in nodes.items()
    }
    first = leads(world, list(nodes))
    leader = f"{first} leads term {nodes[first].term}." if first else "No node leads."
    sentence = f"{leader} {_log_lengths(nodes)} {invariants(nodes)}"
    return logs(rows, sentence=sentence, heading=heading, mark=mark)


def _log_lengths(nodes: dict[str, Raft]) -> str:
    """Return the length of each log and how much of it is committed, in words; equal nodes together."""
    alike: dict[tuple[int, int], list[str]] = {}
    for name, node in nodes.items():
        alike.setdefault((node.log.last_index, node.commit_index), []).append(name)
    groups = (
        f"{', '.join(names)}: {count(length, 'entry')}, {committed} committed"
        for (length, committed), names in alike.items()
    )
    return f"{'; '.join(groups)}."


def _role(world: World, name: str) -> str:
    node = world.nodes[name]
    assert isinstance(node, Raft)
    return node.role if world.alive(name) else "down"


def _committed(world: World) -> str | None:
    nodes = [node for node in world.nodes.values() if isinstance(node, RaftStore)]
    done = sum(node.values.get("x") == 3 for node in nodes)
    return (
        f"All three writes are committed at {count(done, 'node')}. {draw_logs(world).sentence}"
        if done
        else None
    )


def raft_explorer() -> Explorer:
    """Return an explorer of five Raft nodes: the reader delivers and loses messages, and crashes nodes."""
    limits = Limits(moves=3)
    return Explorer(raft_world, INVARIANTS, _committed, "Raft by hand", draw_logs, limits=limits)


def _undecided(world: World) -> str:
    nodes = {name: node for name, node in world.nodes.items() if isinstance(node, Paxos)}
    value = decided(world)
    if value is None:
        return f"No value is chosen; the highest ballot is {max(node.ballot for node in nodes.values())}."
    knowing = [name for name, node in nodes.items() if node.chosen is not None]
    return f"Chosen: {value}. Known at: {', '.join(knowing) or 'no node yet'}."


def paxos_explorer() -> Explorer:
    """Return an explorer of Paxos in which the reader is the scheduler, and may keep the proposers undecided."""
    agree = Property("agreement", lambda view: agreement(view.logs))
    limits = Limits(moves=5)
    return Explorer(paxos_world, [agree], _undecided, "Keep them from deciding", limits=limits)


def election_frame(
    kind: str, nodes: int, low: int, spread: int, latency: int, seed: int = 0
) -> Frame:
    """Draw the share of elections that are over by each time, with this spread of time-outs and with 1 ms."""
    times, same = (
        election_times(low, wide, latency, nodes, kind, seed=seed, enough=_ENOUGH)
        for wide in (spread, 1.0)
    )
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


def lease_frame(reads: str, drift: int, lease: int, seed: int = 1) -> Frame:
    """Draw the operations of two clients; the sentence says whether their history is linearizable."""
    world = lease_world(reads, drift / 100, lease, seed)
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
    """Build the controls: protocol, number of nodes, shortest election time-out, its spread, latency, seed."""
    controls: dict[str, Any] = {
        "kind": choice("protocol", list(KINDS)),
        "nodes": slider("nodes", "", 5, 1, 7),
        "low": slider("time-out from", "ms", 150, 50, 400, 10),
        "spread": slider("spread", "ms", 150, 10, 400, 10),
        "latency": slider("latency", "ms", 15, 1, 50),
        "seed": slider("seed of the first run", "", 0, 0, 200, 20),
    }
    return Panel(controls, election_frame, "How long is there no leader?")


def lease_panel() -> Panel:
    """Build the controls: how the leader reads, how slow its clock is, how long its lease lasts, seed."""
    controls: dict[str, Any] = {
        "reads": choice("reads", list(READS), "by lease"),
        "drift": slider("clock slow by", "%", 0, 0, 90, 5),
        "lease": slider("lease", "ms", 90, 10, 100, 5),
        "seed": slider("seed", "", 1, 1, 20),
    }
    return Panel(controls, lease_frame, "May a leader read alone?")
