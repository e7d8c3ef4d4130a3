"""A store with one primary that writes a log, replicas that copy it, and an election when the primary is silent.

Source:        Oki and Liskov, "Viewstamped replication: a new primary copy method to support highly-available
               distributed systems", PODC 1988; for what is sent and who may be elected, Ongaro and Ousterhout, "In
               search of an understandable consensus algorithm", USENIX ATC 2014, sections 5.3 and 5.4.
Assumes:       crash-recovery with a durable log; messages between nodes may be lost, repeated, late and reordered. A
               client's request reaches a node at most once. Restarts: any node, with its log; votes and entries are
               on disk before they are told.
Promises:      `logs_match` and `failover.one_leader_an_epoch` at any moment. If ``acks`` and the primary are a
               majority: `visible_agrees`, hence no acknowledged write is lost (`lost_writes`), and the session
               guarantees for a client that tells the position it has seen. A primary, and answers to writes, once a
               majority and ``acks`` replicas are up and messages are in time, after some election time-outs.
Not promised:  with fewer acks, that an acknowledged write outlives its primary. With any number: that a read returns
               the newest write, at the primary either, which may have been replaced without knowing it yet. That a
               write is taken while fewer than ``acks`` replicas answer.
Departs:       how many must hold a write is a setting: 0 is asynchronous replication, a number semi-synchronous, all
               synchronous; half of the nodes, rounded down, makes it Raft's rule. A write is visible once it is
               acknowledged, at the primary too. The log is cut at what is visible, every ``keep`` entries.
Size:          a write 3 (n - 1) messages: the entry, its answer, and that it is visible; 2 (n - 1) without acks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.history import History
from dscourse.node import Message
from dscourse.protocols.failover import (
    Beat,
    BeatDue,
    FailoverNode,
    RequestVote,
    one_leader_an_epoch,
)
from dscourse.replication.log import START, BinaryLog, Entry, Position, agree, applied, match

__all__ = [
    "Answer", "Append", "Behind", "Candidacy", "Declined", "Get", "Have", "Install", "Outdated", "PrimaryReplica",
    "Put", "Snapshot", "VotesForAnybody", "logs_match", "lost_writes", "one_leader_an_epoch", "visible_agrees",
]  # fmt: skip


# --- from and to clients -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Client operation ``op``: "write" or "delete" a key."""

    op: int
    f: str
    key: Any
    value: Any = None


@dataclass(frozen=True, slots=True)
class Get(Message):
    """Client operation ``op``: read a key, once what stands at position ``after`` is visible."""

    op: int
    key: Any
    after: Position = START


@dataclass(frozen=True, slots=True)
class Answer:
    """What a `Reply` brings: a value, and the position that the client has now seen."""

    value: Any
    position: Position

    def __str__(self) -> str:
        return f"at {self.position}" if self.value is None else f"{self.value} at {self.position}"


@dataclass(frozen=True, slots=True)
class Declined(Message):
    """Write ``op`` is not taken here; the primary, as far as is known, is ``leader``."""

    op: int
    leader: str


# --- between nodes -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidacy(Message):
    """I want to lead this epoch, and my log ends at this position."""

    epoch: int
    last: Position


@dataclass(frozen=True, slots=True)
class Append(Message):
    """The primary's entries after a position, and up to which number they are visible."""

    epoch: int
    after: Position
    entries: tuple[Entry, ...]
    visible: int


@dataclass(frozen=True, slots=True)
class Have(Message):
    """My log is the primary's up to this position."""

    epoch: int
    position: Position


@dataclass(frozen=True, slots=True)
class Behind(Message):
    """I lack what came before your entries: my log may be yours up to this position at most."""

    epoch: int
    position: Position


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state at a position, as pairs in the order of their keys' texts; also a record in the durable log."""

    position: Position = START
    state: tuple[tuple[Any, Any], ...] = ()

    def __str__(self) -> str:
        return f"state at {self.position}"


@dataclass(frozen=True, slots=True)
class Install(Message):
    """My log does not reach back to where you are: take this state in its place."""

    epoch: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Outdated(Message):
    """The answer to a primary or candidate of an earlier epoch: this later one has begun."""

    epoch: int


# --- the node ------------------------------------------------------------------------------------


class PrimaryReplica(FailoverNode):
    """A replica, or the primary if it is elected.

    A write is acknowledged, and visible, when ``acks`` replicas have it on disk beside the primary. After ``keep``
    visible entries a node makes a snapshot and cuts its log. ValueError for more acks than replicas or keep below 1.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        acks: int = 1,
        keep: int = 100,
        beat_ms: float = 50.0,
        silence_ms: float = 200.0,
    ) -> None:
        super().__init__(id, peers, beat_ms=beat_ms, silence_ms=silence_ms)
        if not 0 <= acks <= len(self.peers):
            raise ValueError(
                f"acks={acks}: with {len(self.peers)} replicas it must be from 0 to {len(self.peers)}"
            )
        if keep < 1:
            raise ValueError(f"keep={keep}: a log holds at least 1 entry before it is cut")
        self.acks, self.keep = acks, keep
        self.log, self.snapshot = BinaryLog(), Snapshot()
        self.visible = 0
        self.values: dict[Any, Any] = {}
        self.parked: dict[int, tuple[str, Get]] = {}  # reads that wait for a position
        self.first = 0  # as the primary: the number of the first entry of its epoch,
        self.have: dict[str, int] = {}  # up to where each replica has its log,
        self.waiting: dict[int, tuple[str, int]] = {}  # and whose write waits at which number

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Snapshot):
                kept = self.log.after(record.position) if record.position in self.log else ()
                self.snapshot, self.log = record, BinaryLog(record.position, kept)
            elif isinstance(record, Entry):
                self.log = self.log.extended([record])
        self._fall_back(self.snapshot.position.lsn)
        super().on_start(log)
        if self.log.last.epoch > self.epoch:  # of which it heard without voting in it
            self.epoch, self.voted = self.log.last.epoch, ""

    # --- elections: as in `failover`, but nobody votes for a log that lacks what it has -----------

    def request(self) -> Message:
        return Candidacy(self.epoch, self.log.last)

    def on_candidacy(self, sender: str, candidacy: Candidacy) -> None:
        if candidacy.last >= self.log.last:
            self.on_request_vote(sender, RequestVote(candidacy.epoch))
        elif candidacy.epoch > self.epoch:
            self._enter(candidacy.epoch)
        self._refuse_outdated(sender, candidacy.epoch)

    def _refuse_outdated(self, sender: str, epoch: int) -> None:
        """Tell a node of an earlier epoch the one of this node: without it, it might never hear of that one."""
        if epoch < self.epoch:
            self.send(sender, Outdated(self.epoch))

    def on_outdated(self, sender: str, outdated: Outdated) -> None:
        """A primary that is one no more declines its clients' writes from here on."""
        if outdated.epoch > self.epoch:
            self._enter(outdated.epoch)

    def _enter(self, epoch: int) -> None:
        super()._enter(epoch)
        self.waiting = {}

    def lead(self) -> None:
        self.have, self.first = {}, self.log.last.lsn + 1
        self._log("begin")
        super().lead()

    # --- the primary -----------------------------------------------------------------------------

    def on_put(self, sender: str, put: Put) -> None:
        if self.leader != self.id:
            self.send(sender, Declined(put.op, self.leader))
            return
        self.waiting[self.log.last.lsn + 1] = sender, put.op
        before = self.log.last
        entry = self._log(put.f, put.key, put.value)
        self.broadcast(Append(self.epoch, before, (entry,), self.visible))

    def _log(self, f: str, key: Any = None, value: Any = None) -> Entry:
        """The log first; the state and the client when enough replicas have it, which may be none."""
        entry = Entry(Position(self.epoch, self.log.last.lsn + 1), f, key, value)
        self.write(entry)
        self.log = self.log.extended([entry])
        if self.acks == 0:
            self._show(entry.position.lsn)
        return entry

    def on_have(self, sender: str, have: Have) -> None:
        if have.epoch == self.epoch and self.leader == self.id:
            self.have[sender] = max(self.have.get(sender, 0), have.position.lsn)
            self._acknowledge()

    def _acknowledge(self) -> None:
        """What enough replicas have is visible, once it includes an entry of this epoch."""
        reached = sorted((self.have.get(peer, 0) for peer in self.peers), reverse=True)
        if (
            self.acks
            and reached[self.acks - 1] >= self.first
            and reached[self.acks - 1] > self.visible
        ):
            self._show(reached[self.acks - 1])
            self.broadcast(Append(self.epoch, self.log.position(self.visible), (), self.visible))

    def on_behind(self, sender: str, behind: Behind) -> None:
        if behind.epoch == self.epoch and self.leader == self.id:
            self._bring_up(sender, behind.position)

    def on_beat_due(self, timer: BeatDue) -> None:
        """Heartbeats bring what a replica has not confirmed, and what has become visible."""
        if self.leader == self.id:
            for peer in self.peers:
                reached = max(self.have.get(peer, self.first - 1), self.log.base.lsn)
                self._bring_up(peer, self.log.position(reached))
            self.set_timer(timer, self.beat_ms)

    def _bring_up(self, peer: str, position: Position) -> None:
        """Send what a log that ends at this position lacks: entries, or the state if they are cut off."""
        common = self.log.common(position)
        if common in self.log:
            entries = self.log.after(common)
            self.send(peer, Append(self.epoch, common, entries, self.visible))
        else:
            self.send(peer, Install(self.epoch, self.snapshot))

    # --- replicas --------------------------------------------------------------------------------

    def on_append(self, sender: str, append: Append) -> None:
        end = append.entries[-1].position if append.entries else append.after
        self._refuse_outdated(sender, append.epoch)
        if append.epoch < self.epoch or end < self.log.base:
            return  # of a primary that is one no more, or long known
        self.on_beat(sender, Beat(append.epoch, 0))
        new = self.log.lacking(append.after, append.entries)
        if new is None and append.after == START:
            self._take(Snapshot())
            new = append.entries
        if new is None:
            self.send(sender, Behind(self.epoch, self.log.common(append.after)))
            return
        self._copy(new)
        self.send(sender, Have(self.epoch, end))
        self._show(max(self.visible, min(append.visible, end.lsn)))

    def _copy(self, entries: tuple[Entry, ...]) -> None:
        """Take these entries, in place of others that a primary before has left here and no other node kept."""
        for entry in entries:
            self.write(entry)
        self.log = self.log.extended(entries)
        if entries and entries[0].position.lsn <= self.visible:
            self._fall_back(entries[0].position.lsn - 1)

    def on_install(self, sender: str, install: Install) -> None:
        self._refuse_outdated(sender, install.epoch)
        if install.epoch < self.epoch:
            return
        self.on_beat(sender, Beat(install.epoch, 0))
        position, last = install.snapshot.position, self.log.last
        if position not in self.log and (last.epoch < install.epoch or last < position):
            self._take(install.snapshot)
        self.send(sender, Have(self.epoch, position))

    def _take(self, snapshot: Snapshot) -> None:
        """This state in place of everything that is here."""
        self.write(snapshot)
        self.snapshot, self.log = snapshot, BinaryLog(snapshot.position)
        self._fall_back(snapshot.position.lsn)

    # --- what is visible -------------------------------------------------------------------------

    def _show(self, lsn: int) -> None:
        """Make what stands up to this number visible: it is in the state, and whoever waits for it is answered."""
        base = self.log.base.lsn
        new = self.log.entries[self.visible - base : lsn - base]
        self.values, self.visible = applied(self.values, new), lsn
        self._answer()
        if lsn - base >= self.keep:
            self._cut()

    def _fall_back(self, lsn: int) -> None:
        """Make no more visible than what stands up to this number."""
        kept = self.log.entries[: lsn - self.log.base.lsn]
        self.values, self.visible = applied(dict(self.snapshot.state), kept), lsn

    def _cut(self) -> None:
        pairs = tuple(sorted(self.values.items(), key=lambda pair: repr(pair[0])))
        self.snapshot = Snapshot(self.log.position(self.visible), pairs)
        self.write(self.snapshot)
        self.log = self.log.cut(self.visible)

    def _answer(self) -> None:
        for lsn in [lsn for lsn in self.waiting if lsn <= self.visible]:
            client, op = self.waiting.pop(lsn)
            self.reply(client, op, Answer(None, self.log.position(lsn)))
        for op in [op for op, (_, get) in self.parked.items() if get.after <= self.seen]:
            self._read(*self.parked.pop(op))

    @property
    def seen(self) -> Position:
        """The position of the newest entry that is visible here."""
        return self.log.position(self.visible)

    def on_get(self, sender: str, get: Get) -> None:
        if get.after <= self.seen:
            self._read(sender, get)
        else:
            self.parked[get.op] = sender, get

    def _read(self, client: str, get: Get) -> None:
        self.reply(client, get.op, Answer(self.values.get(get.key), self.seen))


class VotesForAnybody(PrimaryReplica):
    """Votes as chapter 08 does, whatever the candidate's log holds: a log that lacks acknowledged writes may win."""

    def on_candidacy(self, sender: str, candidacy: Candidacy) -> None:
        self.on_request_vote(sender, RequestVote(candidacy.epoch))


# --- properties ----------------------------------------------------------------------------------


def _replicas(nodes: Mapping[str, Any]) -> list[PrimaryReplica]:
    return [node for node in nodes.values() if isinstance(node, PrimaryReplica)]


def logs_match(nodes: Mapping[str, Any]) -> Verdict:
    """Two logs of these nodes that hold the same position hold the same entries up to it, at this moment.

    >>> a, b = PrimaryReplica("a", acks=0), PrimaryReplica("b", acks=0)
    >>> one, other, then = (Entry(Position(*at), "write", "x", at) for at in ((1, 1), (2, 1), (3, 2)))
    >>> a.log, b.log = BinaryLog().extended([one, then]), BinaryLog().extended([other, then])
    >>> logs_match({"a": a, "b": b})
    not logs match: the logs of a and b hold the same position, and not the same up to it
    """
    wrong = [
        f"the logs of {one.id} and {other.id} hold the same position, and not the same up to it"
        for one, other in combinations(_replicas(nodes), 2)
        if not match([one.log, other.log])
    ]
    return unless("logs match", wrong[0] if wrong else "")


def visible_agrees(nodes: Mapping[str, Any]) -> Verdict:
    """What is visible at two of these nodes is the same, as far as both reach, at this moment.

    What a node has shown before it crashed is not looked at: `lost_writes` tells what clients have seen go.

    >>> a, b = PrimaryReplica("a", acks=0), PrimaryReplica("b", acks=0)
    >>> a.log, b.log = (BinaryLog().extended([Entry(Position(epoch, 1), "begin")]) for epoch in (1, 2))
    >>> visible_agrees({"a": a, "b": b})
    visible agrees
    >>> a.visible = b.visible = 1
    >>> visible_agrees({"a": a, "b": b})
    not visible agrees: a shows 1:1 begin, and b shows 2:1 begin
    """
    wrong = ""
    for one, other in combinations(_replicas(nodes), 2):
        if not agree([(one.log, one.visible), (other.log, other.visible)]):
            theirs = {entry.position.lsn: entry for entry in _shown(other)}
            pairs = [(mine, theirs.get(mine.position.lsn, mine)) for mine in _shown(one)]
            differ = [
                f"{one.id} shows {mine}, and {other.id} shows {its}"
                for mine, its in pairs
                if mine != its
            ]
            wrong = differ[0] if differ else f"{one.id} and {other.id} show different logs"
    return unless("visible agrees", wrong)


def _shown(node: PrimaryReplica) -> list[Entry]:
    return [entry for entry in node.log.entries if entry.position.lsn <= node.visible]


def lost_writes(history: History, state: Mapping[Any, Any]) -> list[int]:
    """The ids of acknowledged writes that are not in this state, where no key is written twice.

    ValueError if one is: a value that is gone may then have been replaced.
    """
    writes = [op for op in history if op.f == "write"]
    if len({op.key for op in writes}) < len(writes):
        raise ValueError(
            "a key is written twice: which write is lost can only be told if each has its own"
        )
    return [op.id for op in writes if op.status == "ok" and state.get(op.key) != op.value]
