"""Judge of 06.5: the answer of a participant to another's inquiry."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dscourse.exercises.judges.transfers import (
    a_participant_that_waits_has_reason_to,
    judge_schedules,
)
from dscourse.exercises.tasks import Wrong
from dscourse.explore import Bounds
from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import Decision, Inquire, Prepare

__all__ = ["LINES", "judge"]

LINES = 100_000

_ANSWERS = {"commit": True, "abort": False, None: None}
_CASES = (
    (None, None), ("yes", None), ("yes", "commit"), ("yes", "abort"), ("no", "abort"), (None, "abort"),
    ("no", None),
)  # fmt: skip
_ROUNDS = 150  # of all cases, in another order each time
_Table = Mapping[tuple[str | None, str | None], bool | None]


def _answering_by(table: _Table) -> type[Participant]:
    """Return a participant that answers inquiries by this table."""

    class Answering(Participant):
        def __init__(self, id: str, peers: Any = ()) -> None:
            super().__init__(id, peers)
            self.asked: frozenset[int] = frozenset()

        def on_prepare(self, sender: str, prepare: Prepare) -> None:
            self.asked |= {prepare.tx}
            super().on_prepare(sender, prepare)

        def on_inquire(self, sender: str, inquire: Inquire) -> None:
            commit = table[self._situation(inquire.tx)]
            if commit is None:
                return
            if not self.in_doubt(inquire.tx) and inquire.tx not in self.outcomes:
                self._record_outcome(Outcome(inquire.tx, False))
            self.send(sender, Decision(inquire.tx, commit))

        def _situation(self, tx: int) -> tuple[str | None, str | None]:
            ended = None
            if tx in self.outcomes:
                ended = "commit" if self.outcomes[tx].commit else "abort"
            if tx in self.prepared:
                return "yes", ended
            return ("no" if ended and tx in self.asked else None), ended

    return Answering


def judge(answer: Any) -> Wrong | None:
    table: dict[tuple[str | None, str | None], bool | None] = {}
    for case in _CASES:
        reply = answer(*case)
        if (reply is not None and not isinstance(reply, str)) or reply not in _ANSWERS:
            return Wrong(f"answer{case!r} gives {reply!r}: it must be 'commit', 'abort' or None.")
        table[case] = _ANSWERS[reply]
    return (
        _judge_repeated(answer, table)
        or _judge_schedules(_answering_by(table))
        or _judge_known(table)
    )


def _judge_repeated(answer: Any, table: _Table) -> Wrong | None:
    """Judge the same questions again and again, in other orders, in texts that are equal and not identical."""
    draw = random.Random(1)
    for number in range(_ROUNDS):
        for case in draw.sample(list(table), len(table)):
            voted, outcome = (text and "".join(list(text)) for text in case)
            reply = answer(voted, outcome)
            if reply not in _ANSWERS or _ANSWERS[reply] != table[case]:
                first = {True: "commit", False: "abort", None: None}[table[case]]
                return Wrong(
                    f"answer{case!r} gives {first!r} at first, and {reply!r} in round {number + 2} of the same "
                    "questions: the answer must follow from `voted` and `outcome` alone."
                )
    return None


def _judge_schedules(kind: type[Participant]) -> Wrong | None:
    """Search every schedule of a transfer that both can commit, and of one that p2 refuses, with a crash."""
    waits = [a_participant_that_waits_has_reason_to]
    crash = Bounds(crashes=1, timing="synchronous", copies=1)
    early = Bounds(timeouts=2, copies=1)
    both = Bounds(crashes=1, timeouts=1, copies=1)
    return (
        judge_schedules(Coordinator, kind, crash, waits)
        or judge_schedules(Coordinator, kind, crash, waits, refuses="p2")
        or judge_schedules(Coordinator, kind, early)
        or judge_schedules(Coordinator, kind, both)
    )


def _judge_known(table: _Table) -> Wrong | None:
    """Judge the cases of an outcome that is known: whichever other nodes are down, this participant can tell it."""
    for case, reply in table.items():
        voted, outcome = case
        if outcome is not None and reply is None:
            been = f"has voted {voted}" if voted else "has not voted"
            return Wrong(
                f"answer{case!r} gives None: a participant that {been} knows that the transfer ends with {outcome}, "
                "and may be the only one that is up and knows it. The one that asks waits for ever, "
                "though a node that is "
                "up could tell it how the transfer ends."
            )
    if table["no", None] is not False:
        return Wrong(
            "answer('no', None): a participant that has voted no has made sure of one outcome. It must tell it, and "
            "no other."
        )
    return None
