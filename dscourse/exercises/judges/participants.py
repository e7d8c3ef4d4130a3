"""One participant of two-phase commit, driven by hand and judged by its own log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import (
    CancelTimer,
    Effect,
    Message,
    Node,
    Send,
    SetTimer,
    Time,
    Timer,
    Write,
    context_of,
    take_effects,
)
from dscourse.protocols.atomicity import Outcome, Prepared
from dscourse.protocols.two_phase_messages import Ack, Decision, DecisionDue, Inquire, Prepare, Vote

__all__ = ["INQUIRY_MS", "Bench", "StrangeError"]

INQUIRY_MS = 80.0
_TOLERANCE_MS = 20.0
_EVENTS = 6  # of one transaction, told in a complaint

_Answers = list[tuple[str, Message]]


class StrangeError(Exception):
    """A step that the task forbids, in words."""


class Bench:
    """A participant, its durable log, its timers and the time. Each step raises `StrangeError` if it is wrong.

    The node may be started again from its log at any moment, and may crash after any prefix of the effects of a
    handler.
    """

    def __init__(
        self, kind: type[Node], name: str, others: Iterable[str], log: Sequence[Any] = ()
    ) -> None:
        self.kind, self.name, self.others = kind, name, tuple(others)
        self.log: list[Any] = list(log)
        self.promised = {r.tx: r for r in self.log if isinstance(r, Prepared)}
        self.ended = {r.tx: r.commit for r in self.log if isinstance(r, Outcome)}
        self.data: dict[str, Any] = {}
        for record in self.log:
            self._replay(record)
        self.time = Time()
        self.due: dict[Timer, int] = {}
        self.story: list[tuple[int | None, str]] = []
        self.voted_yes: set[int] = set()
        self.restart()

    def in_doubt(self) -> list[int]:
        """Return the transactions that the log promises and does not end."""
        return [tx for tx in self.promised if tx not in self.ended]

    def restart(self) -> None:
        """Replace the node by a new one that has only the log."""
        if self.log and (None, "a restart") not in self.story[-1:]:
            self.story.append((None, "a restart"))
        self.due.clear()
        self.node = self.kind(self.name, self.others)
        context_of(self.node).time = self.time
        self.node.on_start(tuple(self.log))
        effects = take_effects(self.node)
        for effect in effects:
            if isinstance(effect, Write):
                raise StrangeError(
                    f"After a restart it writes {effect.record}, though its log tells it all."
                )
            if isinstance(effect, Send) and not isinstance(effect.message, Inquire):
                raise StrangeError(
                    f"After a restart, before any message, it sends {effect.message!r}."
                )
        self._carry_out(effects)

    def deliver(self, sender: str, message: Message, crash_after: int | None = None) -> None:
        """Deliver the message, and crash the node after this many effects of its handler, if a number is given."""
        tx = message.tx  # type: ignore[attr-defined]
        self.story.append((tx, f"{_written(message)} from {sender}"))
        records, answers = self._wanted(sender, message)
        reason = self._reason(message)
        handle_message(self.node, sender, message)
        effects = take_effects(self.node)
        self._compare(tx, effects, records, answers, reason)
        self._carry_out(effects[:crash_after])
        if crash_after is not None:
            done = min(crash_after, len(effects))
            self.story.append((tx, f"a crash after {done} of the {len(effects)} effects"))
            self.restart()

    def wait(self, ms: float) -> None:
        """Let this time pass; timers fire when they are due."""
        end = self.time.us + round(ms * 1000)
        while self.due and min(self.due.values()) <= end:
            timer = min(self.due, key=lambda one: self.due[one])
            self.time.us = max(self.time.us, self.due.pop(timer))
            self._fire(timer)
        self.time.us = end

    # --- one step ------------------------------------------------------------------------------

    def _fire(self, timer: Timer) -> None:
        tx = getattr(timer, "tx", None)
        doubtful = tx in self.in_doubt()
        if (tx, "time-outs") not in self.story[-1:]:
            self.story.append((tx, "time-outs"))
        handle_timer(self.node, timer)
        effects = take_effects(self.node)
        asked: _Answers = []
        if doubtful and isinstance(timer, DecisionDue):
            record = self.promised[timer.tx]
            names = dict.fromkeys((record.coordinator, *record.participants))
            asked = [(name, Inquire(timer.tx)) for name in names if name != self.name]
        self._compare(tx, effects, [[]], [asked])
        if not doubtful and any(isinstance(effect, SetTimer) for effect in effects):
            raise StrangeError(
                self._with_story(tx, "It knows the outcome, and sets its timer again.")
            )
        self._carry_out(effects)

    def _wanted(self, sender: str, message: Any) -> tuple[list[list[Any]], list[_Answers]]:
        """Return the alternatives: the lists of records that may be written, and of messages that may be sent."""
        tx, end = message.tx, self.ended.get(message.tx)
        new = tx not in self.promised and tx not in self.ended
        if isinstance(message, Prepare):
            if new:
                yes = self._can_commit(message)
                promise = Prepared(tx, message.writes, sender, message.participants)
                return [[promise if yes else Outcome(tx, False)]], [[(sender, Vote(tx, yes))]]
            votes = [tx in self.promised] if end is None or end else [False]
            if end is False and tx in self.promised:
                votes = [False, True]  # it has voted yes, and the abort stands whatever it repeats
            return [[]], [[(sender, Vote(tx, yes))] for yes in votes]
        if isinstance(message, Inquire):
            if end is not None:
                return [[]], [[(sender, Decision(tx, end))]]
            if not new:
                return [[]], [[]]
            return [[Outcome(tx, False)]], [[(sender, Decision(tx, False))]]
        acks: _Answers = [(self.promised[tx].coordinator, Ack(tx))] if message.commit else []
        if end is not None:
            return [[]], [acks]
        written: list[list[Any]] = [[Outcome(tx, message.commit)]]
        return ([*written, []] if new else written), [acks]

    def _reason(self, message: Message) -> str:
        """Return why a participant that is asked for the first time votes as it must; else nothing."""
        if not isinstance(message, Prepare) or message.tx in (*self.promised, *self.ended):
            return ""
        if self._can_commit(message):
            return " No transaction in doubt locks its keys, and no value is below 0."
        negative = any(value < 0 for _, value in message.writes)
        return " A value is below 0." if negative else " A transaction in doubt locks its key."

    def _can_commit(self, prepare: Prepare) -> bool:
        locked = {key for tx in self.in_doubt() for key, _ in self.promised[tx].writes}
        return not any(key in locked or value < 0 for key, value in prepare.writes)

    def _compare(
        self,
        tx: Any,
        effects: list[Effect],
        records: list[list[Any]],
        answers: list[_Answers],
        why: str = "",
    ) -> None:
        written = [effect.record for effect in effects if isinstance(effect, Write)]
        sent = [(effect.to, effect.message) for effect in effects if isinstance(effect, Send)]
        if written not in records:
            complaint = f"It must write {_each(records[0])}, and writes {_each(written)}.{why}"
            raise StrangeError(self._with_story(tx, complaint))
        if sorted(map(str, sent)) not in [sorted(map(str, one)) for one in answers]:
            complaint = f"It must send {_sent(answers[0])}, and sends {_sent(sent)}.{why}"
            raise StrangeError(self._with_story(tx, complaint))
        first = next(
            (n for n, effect in enumerate(effects) if isinstance(effect, Send)), len(effects)
        )
        late = [effect.record for effect in effects[first:] if isinstance(effect, Write)]
        if late:
            raise StrangeError(
                self._with_story(tx, f"It sends {sent[0][1]!r} before it writes {late[0]!r}.")
            )
        for effect in effects:
            if isinstance(effect, SetTimer) and not _is_in_time(effect):
                raise StrangeError(
                    self._with_story(
                        tx, f"It sets its timer to {effect.high_ms:g} ms: it must ask every 80 ms."
                    )
                )

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Write):
                self._note(effect.record)
            elif isinstance(effect, SetTimer):
                self.due[effect.timer] = self.time.us + round(effect.high_ms * 1000)
            elif isinstance(effect, CancelTimer):
                self.due.pop(effect.timer, None)
            elif (
                isinstance(effect, Send) and isinstance(effect.message, Vote) and effect.message.yes
            ):
                self.voted_yes.add(effect.message.tx)

    def look(self) -> None:
        """Raise `StrangeError` unless ``data`` follows from the log, and a timer runs for each promise in doubt."""
        for tx in self.in_doubt():
            if DecisionDue(tx) not in self.due:
                others = len(self.in_doubt()) - 1
                among = f", and about {others} more" if others else ""
                raise StrangeError(
                    self._with_story(
                        tx, f"It is in doubt about transaction {tx}{among}, and DecisionDue({tx}) is not set: it "
                        "never asks.",
                    )
                )  # fmt: skip
        data = getattr(self.node, "data", None)
        if data != self.data:
            raise StrangeError(
                self._with_story(None, f"`data` is {data!r}; by its log it is {self.data!r}.")
            )

    def _note(self, record: Any) -> None:
        self.log.append(record)
        if isinstance(record, Prepared):
            self.promised[record.tx] = record
        elif isinstance(record, Outcome):
            self.ended[record.tx] = record.commit
        self._replay(record)

    def _replay(self, record: Any) -> None:
        if isinstance(record, Outcome) and record.commit:
            self.data.update(self.promised[record.tx].writes)

    def _with_story(self, tx: Any, complaint: str) -> str:
        """Return the complaint after the last events that concern this transaction; None: any."""
        events = [text for about, text in self.story if tx is None or about in (tx, None)]
        shown = events[-_EVENTS:]
        dots = "… " if len(events) > len(shown) else ""
        return f"At participant {self.name}: {dots}{'; '.join(shown)}. {complaint}"


def _is_in_time(effect: SetTimer) -> bool:
    low, high = INQUIRY_MS - _TOLERANCE_MS, INQUIRY_MS + _TOLERANCE_MS
    return (
        not isinstance(effect.timer, DecisionDue) or low <= effect.low_ms <= effect.high_ms <= high
    )


def _written(message: Message) -> str:
    """Return the message as a learner writes it, without the names of its participants."""
    if isinstance(message, Prepare):
        return f"Prepare({message.tx}, {message.writes!r})"
    return repr(message)


def _each(records: Sequence[Any]) -> str:
    return " and ".join(map(repr, records)) or "nothing"


def _sent(messages: _Answers) -> str:
    return " and ".join(f"{message!r} to {name}" for name, message in messages) or "nothing"
