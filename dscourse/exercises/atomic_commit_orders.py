"""The exercises of chapter 06 that the explorer judges: the order of the log writes, and what to tell who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.core.verdict import Verdict
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.explore import View, explore
from dscourse.node import Node
from dscourse.protocols.atomicity import (
    Decided,
    Outcome,
    Prepared,
    commit_needs_every_yes,
    same_outcome,
)
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import (
    Ack,
    Coordinator,
    Decision,
    DecisionDue,
    Inquire,
    Participant,
    Prepare,
    Transaction,
    Vote,
)
from dscourse.show import spacetime
from dscourse.sim import follow

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS: tuple[Prediction, ...] = ()

_BOTH = ("p1", "p2")
_WORK = {"u": [("transfer", None, {name: {"x": n} for n, name in enumerate(_BOTH)})]}


def _all_end_alike(view: View) -> Verdict:
    return same_outcome(view.logs)


def _a_commit_needs_every_yes(view: View) -> Verdict:
    return commit_needs_every_yes(view.logs)


def _the_client_was_told_the_truth(view: View) -> bool:
    told = {
        result == "committed"
        for results in view.results.values()
        for _, status, result in results
        if status == "ok"
    }
    ended = {
        record.commit for log in view.logs.values() for record in log if isinstance(record, Outcome)
    }
    return len(told | ended) < 2


def _nobody_waits_in_vain(view: View) -> bool:
    """If somebody waits, then c is down, and all participants that are up wait."""
    waiting = [view.nodes[name].in_doubt(0) for name in _BOTH if name in view.nodes]
    return not any(waiting) or ("c" not in view.nodes and all(waiting))


_REASONS = {
    "all end alike": "One participant commits, the other aborts.",
    "a commit needs every yes": "One participant commits, though the other has no promise in its log.",
    "the client was told the truth": "The client was told one outcome, and a participant has the other.",
    "nobody waits in vain": "A participant waits for ever, though somebody who is up could tell it how "
    "the transfer ends.",
}  # fmt: skip


def _judge_schedules(
    coordinator: type[Node], participant: type[Node], **settings: Any
) -> Wrong | None:
    """None if every schedule of one transfer is right; else the shortest that is not, drawn."""

    def nodes() -> list[Node]:
        found: list[Node] = [TransactionClient("u", "c"), coordinator("c", _BOTH)]
        return found + [participant(p, ["c", *(n for n in _BOTH if n != p)]) for p in _BOTH]

    found = explore(
        nodes(), operations=_WORK, copies=1,
        always=[_all_end_alike, _a_commit_needs_every_yes, _the_client_was_told_the_truth], **settings,
    )  # fmt: skip
    if found.ok:
        return None
    picture = spacetime(follow(nodes(), found.steps, _WORK).trace, scale="order", timers=False)
    return Wrong(
        f"{_REASONS.get(found.violated, found.reason)} The shortest schedule that shows it has {len(found.steps)} steps.", picture
    )  # fmt: skip


# --- 06.4: the order of the log writes -----------------------------------------------------------

Order = Mapping[str, Sequence[str]]

_STUB: dict[str, list[str]] = {
    "coordinator, all voted yes": ["tell everybody", "answer the client", "write Decided"],
    "participant, can commit": ["vote yes", "write Prepared"],
    "participant, told to commit": ["confirm", "write Outcome"],
}


def _in_order(order: Order) -> tuple[type[Coordinator], type[Participant]]:
    """A coordinator and a participant that take their steps in this order."""
    decide, promise, obey = (order[moment] for moment in _STUB)

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
            elif step == "tell everybody":
                self._send_commit(tx)
            else:
                self.reply(transaction.client, tx, "committed")

    class OrderedParticipant(Participant):
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

    return Ordered, OrderedParticipant


def _judge_order(order: Any) -> Wrong | None:
    if not isinstance(order, dict) or set(order) != set(_STUB):
        return Wrong(f"`order` must be a dictionary with the keys {', '.join(map(repr, _STUB))}.")
    for moment, steps in _STUB.items():
        if not isinstance(order[moment], list | tuple) or sorted(map(str, order[moment])) != sorted(
            steps
        ):
            return Wrong(
                f"{moment}: each of {', '.join(map(repr, sorted(steps)))} must stand there exactly once."
            )
    kinds = _in_order(order)
    settings: dict[str, Any] = {"crashes": 1, "restarts": 1, "budget": 60_000}
    return _judge_schedules(*kinds, timeouts=1, **settings) or _judge_schedules(
        *kinds, timeouts=2, timing="synchronous", **settings
    )


# --- 06.5: what to tell who asks ------------------------------------------------------------------

_ANSWERS = {"commit": True, "abort": False, None: None}
_CASES = ((None, None), ("yes", None), ("yes", "commit"), ("yes", "abort"), ("no", "abort"))


def _who_answers(table: Mapping[tuple[str | None, str | None], bool | None]) -> type[Participant]:
    """A participant that answers questions by this table."""

    class Answering(Participant):
        def on_inquire(self, sender: str, inquire: Inquire) -> None:
            tx = inquire.tx
            ended = {True: "commit", False: "abort", None: None}[self.outcomes.get(tx)]
            voted = "yes" if tx in self.prepared else "no" if ended else None
            commit = table[voted, ended]
            if commit is None:
                return
            if not self.in_doubt(tx) and tx not in self.outcomes:
                self._record_outcome(Outcome(tx, False))
            self.send(sender, Decision(tx, commit))

    return Answering


def _judge_answer(answer: Any) -> Wrong | None:
    table: dict[tuple[str | None, str | None], bool | None] = {}
    for voted, outcome in _CASES:
        got = answer(voted, outcome)
        if got not in ("commit", "abort", None):
            return Wrong(
                f"answer({voted!r}, {outcome!r}) gives {got!r}: it must be 'commit', 'abort' or None."
            )
        table[voted, outcome] = _ANSWERS[got]
    kind = _who_answers(table)
    return _judge_schedules(
        Coordinator, kind, crashes=1, timing="synchronous", within_reach=[_nobody_waits_in_vain]
    ) or _judge_schedules(Coordinator, kind, timeouts=2)  # fmt: skip


EXERCISES = (
    Exercise(
        id="06.4",
        title="Fill in: place the log writes",
        name="order",
        stub="order = {\n"
        + "".join(f"    {moment!r}: {steps!r},\n" for moment, steps in _STUB.items())
        + "}\n",
        solution="order = {\n"
        "    'coordinator, all voted yes': ['write Decided', 'tell everybody', 'answer the client'],\n"
        "    'participant, can commit': ['write Prepared', 'vote yes'],\n"
        "    'participant, told to commit': ['write Outcome', 'confirm'],\n"
        "}\n",
        reasoning="Each message says something that must still be true after a crash. A vote of yes is a promise, so the promise "
        "is written first. A decision that anybody has heard must not be forgotten, so it is written before anybody hears it, "
        "the client included. And after the last confirmation the coordinator forgets the transfer, and answers \"aborted\" to "
        "whoever asks: who confirms must never ask again. Whether the client or the participants hear first does not matter.",
        hints=(
            "For each message: what does its receiver rely on, and what if the sender crashes right after it?",
            "Written before told, three times. The third: what does the coordinator do once all have confirmed?",
        ),
        judge=_judge_order,
        praise="Every schedule with a crash and a restart, between any two of these steps, ends alike everywhere.",
        lines=100_000,
    ),
    Exercise(
        id="06.5",
        title="Fill in: what to tell who asks",
        name="answer",
        stub="def answer(voted, outcome):\n    return None\n",
        solution="def answer(voted, outcome):\n"
        "    if outcome is not None:\n"
        "        return outcome\n"
        "    return None if voted == 'yes' else 'abort'\n",
        reasoning="Who knows the outcome tells it. Who has not voted may still say no, and a transfer that one participant refuses "
        "aborts; so it can promise an abort to who asks, and keep that promise by voting no from now on. Who has voted yes has "
        "given this freedom away, and knows no more than the one who asks.",
        hints=(
            "There are three situations: it knows the outcome; it has not voted; it has voted yes and waits.",
            "Who has not voted can still make sure of one of the two outcomes. Which?",
        ),
        judge=_judge_answer,
        praise="Nobody waits who could be told, and nobody is told what may turn out otherwise.",
        lines=100_000,
    ),
)  # fmt: skip
