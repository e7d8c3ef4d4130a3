"""One server with all keys, to which clients send the steps of their transactions; how it isolates them is left open.

Source:        Bernstein, Hadzilacos and Goodman, "Concurrency Control and Recovery in Database Systems", 1987,
               chapters 1 and 6 (a scheduler and a data manager; writes reach the data at the commit, so an abort
               undoes nothing, and a restart redoes what committed).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. Restarts: the
               server, with its log; a crash ends all transactions that had not committed. A transaction's number is
               unique for ever.
Promises:      a transaction takes effect whole or not at all, once, and stays (atomic and durable); `stored_once`
               always. An end for every transaction whose client falls silent, after ``idle_ms``.
Not promised:  isolation: the subclasses promise that.
Departs:       the log has one record per transaction and one per start, and is never shortened.
Size:          2 messages per step; 1 record per transaction that writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node
from dscourse.protocols.isolation.messages import (
    Aborted,
    Commit,
    Committed,
    DoStep,
    Idle,
    Started,
    Step,
    StepDone,
    Stored,
)

__all__ = ["Open", "TransactionServer", "applied", "stored_once"]


@dataclass(slots=True)
class Open:
    """A transaction that has not ended: its client, its steps so far, and the last answer.

    ``begun`` counts the transactions that began before it in this epoch.
    """

    tx: int
    client: str
    begun: int
    steps: list[Step] = field(default_factory=list)
    answer: Message | None = None

    @property
    def writes(self) -> list[Step]:
        """The steps that change something."""
        return [step for step in self.steps if step[0] != "r"]

    def written(self, key: Any) -> list[Step]:
        """The steps that change this key."""
        return [step for step in self.writes if step[1] == key]


class TransactionServer(Node):
    """A server that answers each step once, in order, and ends each transaction once.

    A subclass carries out a step in `take`, and ends it with `done`, now or later; `refusal` says why a transaction
    must not commit, and `forget` drops what is known of one that has ended.
    """

    def __init__(self, id: str, peers: Iterable[str] = (), idle_ms: float = 150.0) -> None:
        super().__init__(id, peers)
        self.idle_ms = idle_ms
        self.epoch = self.begun = 0
        self.data: dict[Any, Any] = {}
        self.open: dict[int, Open] = {}
        self.ended: dict[int, Message] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Started):
                self.epoch += 1
            elif isinstance(record, Stored):
                self.install(record)
        self.write(Started())

    # --- what a subclass decides ---------------------------------------------------------------------------------

    def begin(self, one: Open) -> None:
        """Prepare for a transaction's first step."""

    def take(self, one: Open, step: Step) -> None:
        """Carry out a step, which ``one.steps`` does not have yet. The default reads the committed value."""
        self.done(one, step, self.seen(one, step[1]))

    def refusal(self, one: Open) -> str:
        """Return why a transaction must not commit, as a clause; "" if it may. The default lets all commit."""
        return ""

    def forget(self, one: Open) -> None:
        """Drop what is known of a transaction that has just ended."""

    def base(self, one: Open, key: Any) -> Any:
        """Return the value of ``key`` that the transaction sees beneath its own writes."""
        return self.data.get(key)

    def seen(self, one: Open, key: Any) -> Any:
        """Return the value of ``key`` for a transaction: its own writes upon the `base`."""
        return applied(self.base(one, key), one.written(key))

    # --- steps and ends, each once -------------------------------------------------------------------------------

    def on_do_step(self, sender: str, request: DoStep) -> None:
        one = self._going_on(sender, request.tx, request.epoch, request.number)
        if one is None:
            return
        self.set_timer(Idle(one.tx), self.idle_ms)
        answer = one.answer
        if isinstance(answer, DoStep):  # the step before this one, or this one, is at work
            return
        if isinstance(answer, StepDone) and answer.number == request.number:
            self.send(sender, answer)
        elif request.number == len(one.steps):
            one.answer = request
            self.take(one, request.step)

    def on_commit(self, sender: str, request: Commit) -> None:
        one = self._going_on(sender, request.tx, request.epoch, request.steps)
        if one is not None and len(one.steps) == request.steps and isinstance(one.answer, StepDone):
            refusal = self.refusal(one)
            if refusal:
                self.abort(one, refusal)
            else:
                self.store(one)

    def on_idle(self, timer: Idle) -> None:
        self.abort(self.open[timer.tx], "its client fell silent")

    def _going_on(self, client: str, tx: int, epoch: int | None, steps: int) -> Open | None:
        """Return the open transaction that a request is about; end one whose beginning was forgotten."""
        if tx in self.ended:
            self.send(client, self.ended[tx])
            return None
        one = self.open.get(tx)
        if steps and (one is None or epoch != self.epoch):
            self.abort(one or Open(tx, client, self.begun), "the server has restarted")
            return None
        if one is None:
            one = self.open[tx] = Open(tx, client, self.begun)
            self.begun += 1
            self.begin(one)
        return one

    def done(self, one: Open, step: Step, value: Any = None) -> None:
        """Add a step that has been carried out, and answer it."""
        one.answer = StepDone(one.tx, len(one.steps), value if step[0] == "r" else None, self.epoch)
        one.steps.append(step)
        self.send(one.client, one.answer)

    def store(self, one: Open) -> None:
        """Commit a transaction: apply its writes to the values that have committed."""
        keys = dict.fromkeys(key for _, key, _ in one.writes)
        values = ((key, applied(self.data.get(key), one.written(key))) for key in keys)
        self.commit(one, Stored(one.tx, tuple(values)))

    def commit(self, one: Open, stored: Stored) -> None:
        """Make what a transaction has written durable, then apply and confirm it."""
        if stored.values:
            self.write(stored)
        self.install(stored)
        self._end(one)

    def install(self, stored: Stored) -> None:
        """Apply the writes of a transaction that has committed."""
        self.data.update(stored.values)
        self.ended[stored.tx] = Committed(stored.tx)

    def abort(self, one: Open, reason: str) -> None:
        """Abort. No record is needed: after a crash, what is not in the log counts as aborted."""
        self.ended[one.tx] = Aborted(one.tx, reason)
        self._end(one)

    def _end(self, one: Open) -> None:
        self.cancel_timer(Idle(one.tx))
        self.open.pop(one.tx, None)
        self.send(one.client, self.ended[one.tx])
        self.forget(one)


def applied(value: Any, writes: Iterable[Step]) -> Any:
    """Return the value of a key after these writes to it.

    >>> applied((1,), [("append", "x", 2), ("append", "x", 3)]), applied(5, [("w", "x", 6)])
    ((1, 2, 3), 6)
    """
    for f, _, new in writes:
        value = (*(value or ()), new) if f == "append" else new
    return value


def stored_once(log: Sequence[object]) -> Verdict:
    """Judge that no transaction has committed twice by the server's log.

    >>> stored_once([Started(), Stored(1, (("x", 5),)), Stored(2, (("x", 6),)), Stored(1, (("x", 5),))])
    violated: stored once; T1 has committed twice
    """
    stored: set[int] = set()
    wrong = ""
    for record in log:
        if isinstance(record, Stored):
            wrong = wrong or (f"T{record.tx} has committed twice" if record.tx in stored else "")
            stored.add(record.tx)
    return unless("stored once", wrong)
