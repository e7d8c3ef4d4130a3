"""Chapter 14: one election of Raft, one repair of a log, and figure 8, each as a run to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer, cluster
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import (
    AppendEntries,
    AppendEntriesReply,
    ElectionTimeout,
    HeartbeatDue,
    RequestVote,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.replication.raft_log import Entry, Position
from dscourse.sim import Constant, Crash, Event, Network, Restart, Spell, Trace, World

__all__ = [
    "SERVERS", "CommandDue", "CountsAnyTerm", "NoFirstEntry", "election_story", "figure_8", "leaders", "refusals",
    "repair_nodes", "repair_story",
]  # fmt: skip

SERVERS = ("S1", "S2", "S3", "S4", "S5")  # the names of figure 8
_LATENCY_MS = 10.0


# --- runs with given time-outs -------------------------------------------------------------------


def _timed(
    time_outs: Mapping[str, float],
    logs: Mapping[str, Sequence[object]],
    kind: type[Raft] = Raft,
) -> list[Raft]:
    """Return Raft nodes whose first election time-outs are these, and which begin with these records."""

    class Timed(kind):  # type: ignore[misc, valid-type]
        waits = 0

        def on_start(self, log: Sequence[object]) -> None:
            records = log or logs.get(self.id, ())
            for record in records if not log else ():
                self.write(record)
            super().on_start(records)

        def reset_election_timeout(self) -> None:
            self.set_timer(ElectionTimeout(), 300.0 if self.waits else time_outs[self.id])
            self.waits += 1

    return list(cluster(Timed, list(time_outs), heartbeat_ms=60.0))


def election_story() -> World:
    """Run three nodes of which two stand at almost the same time: one is refused, and follows the other.

    >>> world = election_story()
    >>> {name: node.role for name, node in world.nodes.items()}
    {'n1': 'leader', 'n2': 'follower', 'n3': 'follower'}
    """
    nodes = _timed({"n1": 20.0, "n2": 24.0, "n3": 200.0}, {})
    return World(nodes, network=Network(Constant(_LATENCY_MS))).run(until_ms=70)


def _records(*terms: int) -> list[object]:
    """Return the records of a node whose log has an entry of each of these terms: x in term 1, y in term 2."""
    entries = [
        Entry(Position(term, index), f"{' xy'[term]}={index}")
        for index, term in enumerate(terms, 1)
    ]
    return [TermAndVote(2, ""), *entries]


def repair_nodes(kind: type[Raft] = Raft) -> list[Raft]:
    """Return three nodes whose logs differ.

    n3 led term 1 and crashed with two entries that no other node had; n1 and n2 went on in term 2 without it.
    """
    logs = {"n1": _records(1, 2, 2), "n2": _records(1, 2, 2), "n3": _records(1, 1, 1)}
    return _timed({"n1": 20.0, "n2": 200.0, "n3": 200.0}, logs, kind)


def repair_story() -> tuple[World, World]:
    """Return the cluster of `repair_nodes` before its third leader is elected, and after it has repaired the logs."""
    world = World(repair_nodes(), network=Network(Constant(_LATENCY_MS))).run(until_ms=10)
    return world.clone(), world.run(until_ms=125)


# --- what to mark --------------------------------------------------------------------------------


def leaders(trace: Trace) -> Iterator[Spell]:
    """Yield the periods in which a node led: from its first AppendEntries of a term to its next election or crash."""
    led: dict[str, Event] = {}
    for event in trace:
        name = str(event.node)
        if event.kind == "send" and isinstance(event.what, AppendEntries):
            led.setdefault(name, event)
        elif event.kind == "crash" and name in led:
            yield Spell(name, "leads", led.pop(name), event)
    yield from (Spell(name, "leads", start, None) for name, start in led.items())


def refusals(trace: Trace) -> dict[int, str]:
    """Return the deliveries that their receivers turned down, by event index, each with the reason."""
    asked: dict[str, Event] = {}
    votes: dict[str, TermAndVote] = {}
    found = {}
    for event in trace:
        name = str(event.node)
        if event.kind == "deliver":
            asked[name] = event
        elif event.kind == "write" and isinstance(event.what, TermAndVote):
            votes[name] = event.what
        elif event.kind == "send" and name in asked and _refuses(event.what):
            found[asked[name].index] = _reason(asked[name], event.what, votes.get(name))
    return found


def _refuses(reply: object) -> bool:
    if isinstance(reply, RequestVoteReply):
        return not reply.vote_granted
    return isinstance(reply, AppendEntriesReply) and not reply.success


def _reason(asked: Event, reply: Any, vote: TermAndVote | None) -> str:
    request = asked.what
    if reply.term > request.term:
        return f"is in term {reply.term}"
    if isinstance(request, RequestVote):
        gone = vote is not None and vote.voted_for not in ("", asked.peer)
        return f"has voted for {vote.voted_for}" if vote and gone else "own log is newer"
    assert isinstance(request, AppendEntries)
    return f"lacks {request.prev_log}"


# --- figure 8 ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandDue(Timer):
    """A client's command reaches this node, which appends it if it leads."""


class NoFirstEntry(Raft):
    """A leader that appends no entry of its own when it is elected, as in the paper of 2014."""

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        return self.log.last if f == "no-op" else super().append(f, key, value)

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.set_timer(CommandDue(), 1.0)

    def on_command_due(self, timer: CommandDue) -> None:
        self.set_timer(CommandDue(), 1.0)
        if self.role == "leader":
            self.append(f"x={self.term}")
            self.replicate()


class CountsAnyTerm(NoFirstEntry):
    """A mutant: it commits what a majority holds, whatever its term."""

    def advance_commit(self) -> None:
        matched = [self.log.last_index, *(self.match_index.get(name, 0) for name in self.others)]
        index = sorted(matched, reverse=True)[len(self.voters) // 2]
        if index > self.commit_index:
            self.commit_to(index)


def figure_8(kind: type[NoFirstEntry], past_majority: bool = False) -> dict[str, World]:
    """Return the stages of figure 8 by name, each a cluster of five nodes of this kind in that state.

    The stages (a) to (d) are the paper's; ``past_majority`` gives its (e) in place of (d): before S1 crashes, its
    entry of term 4 reaches a majority.

    >>> stages = figure_8(CountsAnyTerm)
    >>> [stage.nodes["S1"].commit_index for stage in stages.values()]
    [1, 1, 2, 2]
    """
    story = _Story(kind)
    story.elect("S2", term=1, voters=SERVERS)
    story.command("S2", to=SERVERS)
    story.heartbeat("S2", to=SERVERS)  # all learn that index 1 is committed
    story.elect("S1", term=2, voters=SERVERS)
    story.command("S1", to=["S2"])
    stages = {"(a) S1 leads term 2, and crashes": story.world.clone()}
    story.world.apply(Crash("S1"))
    story.elect("S5", term=3, voters=["S3", "S4"])
    story.command("S5", to=[])
    stages["(b) S5 leads term 3, and crashes"] = story.world.clone()
    story.world.apply(Crash("S5"))
    story.world.apply(Restart("S1"))
    story.elect("S1", term=4, voters=["S2", "S3", "S4"])
    story.heartbeat("S1", to=["S2", "S3"])
    story.command("S1", to=["S2", "S3"] if past_majority else [])
    stages["(c) S1 leads term 4" if past_majority else "(c) S1 leads term 4, and crashes"] = (
        story.world.clone()
    )
    story.world.apply(Crash("S1"))
    story.world.apply(Restart("S5"))
    story.elect("S5", term=5, voters=["S2", "S3", "S4"])
    if not past_majority:
        story.heartbeat("S5", to=["S2", "S3", "S4"])
    title = "(e) S1 crashes, S5 stands in term 5" if past_majority else "(d) S5 leads term 5"
    stages[title] = story.world.clone()
    return stages


class _Story:
    """Five nodes, and the moves of a scheduler that delivers what it likes and loses the rest."""

    def __init__(self, kind: type[NoFirstEntry]) -> None:
        nodes = cluster(kind, SERVERS, heartbeat_ms=500.0, election_ms=1_000.0)
        self.world = World(nodes, network=Network(Constant(_LATENCY_MS))).run(until_ms=0)

    def elect(self, name: str, term: int, voters: Iterable[str]) -> None:
        """Let ``name`` stand until it stands in this term; only these voters receive its requests."""
        while self.world.nodes[name].term < term:  # type: ignore[attr-defined]
            self._fire(name, ElectionTimeout)
            self._settle(name, voters, RequestVote, RequestVoteReply)

    def heartbeat(self, leader: str, to: Iterable[str]) -> None:
        """Let the leader send its heartbeat, and later messages, to these nodes alone."""
        self._fire(leader, HeartbeatDue)
        self._settle(leader, to)

    def command(self, leader: str, to: Iterable[str]) -> None:
        """Let the leader append a command, and replicate it to these nodes alone."""
        self._fire(leader, CommandDue)
        self._settle(leader, to)

    def _fire(self, name: str, kind: type[Timer]) -> None:
        due = (
            one.id
            for one in self.world.pending()
            if one.node == name and isinstance(one.what, kind)
        )
        self.world.step(next(due))

    def _settle(self, one: str, others: Iterable[str], *kinds: type[Message]) -> None:
        """Deliver all messages of these kinds, or of any, between ``one`` and the ``others``; lose all others."""
        reached = {one, *others}
        while messages := [event for event in self.world.pending() if event.kind == "deliver"]:
            event = messages[0]
            if {event.node, event.peer} <= reached and isinstance(event.what, kinds or Message):
                self.world.step(event.id)
            else:
                self.world.drop(event.id)
