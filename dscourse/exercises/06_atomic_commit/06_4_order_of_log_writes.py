"""Judge of 06.4: the order of log writes and messages in two-phase commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dscourse.exercises.judges.transfers import judge_schedules
from dscourse.exercises.tasks import Wrong
from dscourse.explore import Bounds
from dscourse.protocols.atomicity import Decided, Outcome, Prepared
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import (
    Ack,
    Decision,
    DecisionDue,
    Prepare,
    Transaction,
    Vote,
)

__all__ = ["LINES", "judge"]

LINES = 100_000

Order = Mapping[str, Sequence[str]]
_STUB: dict[str, list[str]] = {
    "coordinator, all voted yes": ["tell the participants", "answer the client", "write Decided"],
    "participant, can commit": ["vote yes", "write Prepared"],
    "participant, told to commit": ["confirm", "write Outcome"],
}


def _coordinator(decide: Sequence[str]) -> type[Coordinator]:
    """Return a coordinator that takes the steps of a decision to commit in this order."""

    class Ordered(Coordinator):
        def _decide(self, tx: int, commit: bool) -> None:
            if not commit:
                super()._decide(tx, commit)
                return
            transaction = self.undecided.pop(tx)
            self.unacknowledged[tx] = transaction.participants
            for step in decide:
                self._take(step, tx, transaction)

        def _take(self, step: str, tx: int, transaction: Transaction) -> None:
            if step == "write Decided":
                self.write(Decided(tx, transaction.participants))
            elif step == "tell the participants":
                self._send_commit(tx)
            else:
                self.reply(transaction.client, tx, "committed")

    return Ordered


def _participant(promise: Sequence[str], obey: Sequence[str]) -> type[Participant]:
    """Return a participant that takes the steps of its promise, and of obeying the outcome, in these orders."""

    class Ordered(Participant):
        def on_prepare(self, sender: str, prepare: Prepare) -> None:
            tx = prepare.tx
            if tx in self.prepared or tx in self.outcomes or not self.can_commit(prepare):
                super().on_prepare(sender, prepare)
                return
            self.prepared[tx] = Prepared(tx, prepare.writes, sender, prepare.participants)
            for step in promise:
                if step == "write Prepared":
                    self.write(self.prepared[tx])
                else:
                    self.send(sender, Vote(tx, True))
            self.set_timer(DecisionDue(tx), self.decision_ms)

        def on_decision(self, sender: str, decision: Decision) -> None:
            tx = decision.tx
            if tx in self.outcomes or not decision.commit:
                super().on_decision(sender, decision)
                return
            self.cancel_timer(DecisionDue(tx))
            for step in obey:
                if step == "write Outcome":
                    self.write(Outcome(tx, True))
                else:
                    self.send(self.prepared[tx].coordinator, Ack(tx))
            self._apply(Outcome(tx, True))

    return Ordered


def judge(order: Any) -> Wrong | None:
    if not isinstance(order, dict) or set(order) != set(_STUB):
        return Wrong(f"`order` must be a dictionary with the keys {', '.join(map(repr, _STUB))}.")
    for moment, steps in _STUB.items():
        if not isinstance(order[moment], list | tuple) or sorted(map(str, order[moment])) != sorted(
            steps
        ):
            return Wrong(
                f"{moment}: each of {', '.join(map(repr, sorted(steps)))} must stand there exactly once."
            )
    decide, promise, obey = (order[moment] for moment in _STUB)
    kinds = _coordinator(decide), _participant(promise, obey)
    bounds = Bounds(crashes=1, restarts=1, timeouts=1, copies=1, budget=60_000)
    return judge_schedules(*kinds, bounds) or judge_schedules(
        *kinds, replace(bounds, timeouts=2, timing="synchronous")
    )
