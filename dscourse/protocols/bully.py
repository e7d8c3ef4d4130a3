"""The bully algorithm: the highest node that is up becomes leader, and announces it to all.

Source:        Garcia-Molina, "Elections in a distributed computing system", IEEE Transactions on Computers C-31(1),
               1982, section IV (the bully algorithm).
Assumes:       crash-recovery without a log; no message is lost, and none takes longer than a time-out: a node that
               does not answer in time is down; clocks run at the speed of true time. Restarts: a node remembers
               nothing, and holds an election.
Promises:      under this assumption `one_leader`, once an election has ended. Whatever was lost, late or cut off
               before: once no node crashes or restarts any more and messages take at most d (``answer_ms`` at least
               2 d, ``silence_ms`` at least 3 ``answer_ms`` and ``beat_ms`` + d), all nodes that are up follow the
               highest of them within ``silence_ms`` + ``answer_ms`` + ``beat_ms`` + (n + 4) d.
Not promised:  one leader under a partition, or if a message is late: a node without an answer takes the lead. Nor
               while the victory of a recovered node is in flight: its predecessor leads until it arrives.
Departs:       the leader sends heartbeats, and their absence starts an election. A heartbeat of a higher leader
               counts as its victory, so that two leaders become one when a partition heals. Calls are
               messages; the paper's state of reorganisation (its calls Halt and Ready) is left out.
Size:          after the leader of n nodes has crashed, without heartbeats: n messages if the second highest node
               notices first, n (n - 1) if the lowest does and involves all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Timer
from dscourse.protocols.elections import together
from dscourse.protocols.heartbeats import BeatDue, HeartbeatWriter, LeaderSilent

__all__ = [
    "Answer", "Beat", "Bully", "Election", "NoAnswer", "NoVictory", "Victory", "one_leader",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Election(Message):
    """Asks a node with a higher name whether it is up, and so should lead."""

    def __str__(self) -> str:
        return "election"


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """The sender is up, and takes the election over."""

    def __str__(self) -> str:
        return "answer"


@dataclass(frozen=True, slots=True)
class Victory(Message):
    """The sender has become leader (the paper's New Coordinator call; textbooks call it Coordinator)."""

    def __str__(self) -> str:
        return "victory"


@dataclass(frozen=True, slots=True)
class Beat(Message):
    """A heartbeat: the sender still leads."""

    shown_name: ClassVar[str] = "heartbeat"

    def __str__(self) -> str:
        return "heartbeat"


@dataclass(frozen=True, slots=True)
class NoAnswer(Timer):
    """No node with a higher name has answered in time."""


@dataclass(frozen=True, slots=True)
class NoVictory(Timer):
    """A node has answered, but none has announced its victory in time."""


class Bully(HeartbeatWriter):
    """A node that leads if no node with a higher name answers it."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), answer_ms: float = 40.0, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        self.answer_ms = answer_ms
        self.higher = tuple(name for name in self.peers if name > id)
        self.leader = ""
        self.electing = False

    def on_start(self, log: Sequence[object]) -> None:
        self._elect()

    @property
    def epoch_led(self) -> int | None:
        return 0 if self.leader == self.id else None

    # --- an election -----------------------------------------------------------------------------

    def _elect(self) -> None:
        self.leader, self.electing = "", True
        for name in self.higher:
            self.send(name, Election())
        if self.higher:
            self.set_timer(NoAnswer(), self.answer_ms)
        else:
            self._win()

    def on_election(self, sender: str, election: Election) -> None:
        if self.leader == self.id:
            self.send(sender, Victory())
            return
        self.send(sender, Answer())
        if not self.electing:
            self._elect()

    def on_answer(self, sender: str, answer: Answer) -> None:
        if self.electing:
            self.cancel_timer(NoAnswer())
            self.set_timer(NoVictory(), 3 * self.answer_ms)

    def on_no_answer(self, timer: NoAnswer) -> None:
        self._win()

    def on_no_victory(self, timer: NoVictory) -> None:
        self._elect()

    def _win(self) -> None:
        self.leader, self.electing = self.id, False
        self.broadcast(Victory())
        self.set_timer(BeatDue(), self.beat_ms)
        self.begin_writing()

    # --- the leader ------------------------------------------------------------------------------

    def on_victory(self, sender: str, victory: Victory) -> None:
        """Follow the winner; a node with a higher name holds another election."""
        if sender < self.id:
            if not self.electing:
                self._elect()
            return
        self.leader, self.electing = sender, False
        self.cancel_timer(NoAnswer())
        self.cancel_timer(NoVictory())
        self.set_timer(LeaderSilent(), self.silence_ms)

    def on_beat(self, sender: str, beat: Beat) -> None:
        if sender > self.id:
            self.on_victory(sender, Victory())

    def on_beat_due(self, timer: BeatDue) -> None:
        if self.leader == self.id:
            self.broadcast(Beat())
            self.set_timer(timer, self.beat_ms)

    def on_leader_silent(self, timer: LeaderSilent) -> None:
        if self.leader != self.id and not self.electing:
            self._elect()


def one_leader(nodes: Mapping[str, Any]) -> Verdict:
    """At most one of these nodes leads at this moment, by its own belief.

    >>> a, b = Bully("a", ["b"]), Bully("b", ["a"])
    >>> a.leader, b.leader = "a", "b"
    >>> one_leader({"a": a, "b": b})
    violated: one leader; a and b both lead
    """
    leaders = [name for name, node in nodes.items() if node.epoch_led is not None]
    return unless("one leader", f"{together(leaders)} lead" if len(leaders) > 1 else "")
