"""Judge of 06.4: the order of log writes and messages in two-phase commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dscourse.exercises.judges.transfers import judge_schedules
from dscourse.exercises.judges.values import listed
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


_LATE = {
    "tell the participants": "write Decided",
    "answer the client": "write Decided",
    "vote yes": "write Prepared",
    "confirm": "write Outcome",
}


def judge(order: Any) -> Wrong | None:
    if not isinstance(order, Mapping) or set(order) != set(_STUB):
        return Wrong(f"`order` must be a dictionary with the keys {', '.join(map(repr, _STUB))}.")
    steps = {moment: listed(order[moment]) for moment in _STUB}
    for moment, wanted in _STUB.items():
        if sorted(map(str, steps[moment] or [])) != sorted(wanted):
            return Wrong(
                f"{moment}: each of {', '.join(map(repr, sorted(wanted)))} must stand there exactly once."
            )
    decide, promise, obey = (list(map(str, steps[moment] or [])) for moment in _STUB)
    kinds = _coordinator(decide), _participant(promise, obey)
    bounds = Bounds(crashes=1, restarts=1, timeouts=1, copies=1, budget=60_000)
    wrong = judge_schedules(*kinds, bounds) or judge_schedules(
        *kinds, replace(bounds, timeouts=2, timing="synchronous")
    )
    if wrong is None:
        return None
    return replace(wrong, message=f"{_too_early(decide, promise, obey)}{wrong.message}")


def _too_early(*moments: list[str]) -> str:
    """Name each step that stands before the record that it relies on."""
    early = [
        f"{step!r} comes before {_LATE[step]!r}"
        for steps in moments
        for step in steps
        if step in _LATE and steps.index(step) < steps.index(_LATE[step])
    ]
    return f"In your order, {' and '.join(early)}. " if early else ""
