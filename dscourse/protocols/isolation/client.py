"""A client that carries out transactions step by step: it asks for the next step once the last is answered.

Source:        as `messages`; requests that are sent again until they are answered as in Saltzer, Reed and Clark,
               "End-to-End Arguments in System Design", ACM TOCS 2(4), 1984.
Assumes:       messages may be lost, repeated, late and reordered. Restarts: a client forgets its transaction, which
               ends as unknown; numbers are unique, so an old answer is never taken for a new one.
Promises:      a transaction ends as ok only with the store's `Committed`, and as failed only with its `Aborted` or
               before a commit was asked for.
Not promised:  an answer. Without one after `Commit` was sent the transaction is unknown.
Departs:       the steps are known beforehand; the values of a real program depend on what it has read.
Size:          2 messages per step and 2 for the commit, and 2 more per retry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.node import Client, Invocation, Message, Timer
from dscourse.protocols.isolation.messages import (
    Aborted,
    Commit,
    Committed,
    DoStep,
    Step,
    StepDone,
)
from dscourse.protocols.stores import Unanswered

__all__ = ["StepwiseClient", "Waiting"]

_STEPS = ("r", "w", "append")


@dataclass(frozen=True, slots=True)
class Waiting(Timer):
    """No answer to ``request`` has arrived yet."""

    request: Message


class StepwiseClient(Client):
    """A client whose operations ``txn`` are sequences of steps; a result is the same steps with what was read.

    It asks again every ``retry_ms``, and gives up after ``timeout_ms``. ValueError for any other operation.
    """

    def __init__(
        self, id: str, server: str, timeout_ms: float = 200.0, retry_ms: float = 25.0
    ) -> None:
        super().__init__(id)
        self.server, self.timeout_ms, self.retry_ms = server, timeout_ms, retry_ms
        self.tx: int | None = None
        self.steps: tuple[Step, ...] = ()
        self.done: list[Step] = []
        self.epoch: int | None = None
        self.request: Message | None = None

    def on_invoke(self, op: Invocation) -> None:
        self.steps = checked(op)
        self.tx, self.done, self.epoch = op.id, [], None
        self.set_timer(Unanswered(op.id), self.timeout_ms)
        self._ask_next()

    def on_step_done(self, sender: str, answer: StepDone) -> None:
        if answer.tx == self.tx and answer.number == len(self.done) < len(self.steps):
            f, key, value = self.steps[answer.number]
            self.done.append((f, key, answer.value if f == "r" else value))
            self.epoch = answer.epoch
            self._ask_next()

    def on_committed(self, sender: str, answer: Committed) -> None:
        if answer.tx == self.tx:
            self.complete(answer.tx, tuple(self.done))
            self._end()

    def on_aborted(self, sender: str, answer: Aborted) -> None:
        if answer.tx == self.tx:
            self.fail(answer.tx, answer.reason)
            self._end()

    def on_waiting(self, timer: Waiting) -> None:
        self._ask(timer.request)

    def on_unanswered(self, timer: Unanswered) -> None:
        if isinstance(self.request, Commit):
            self.unknown(timer.op, "no answer to the commit")
        else:
            self.fail(timer.op, "no answer; no commit was asked for")
        self._end()

    def _ask_next(self) -> None:
        """Ask for the first step that is not done, or for the commit."""
        assert self.tx is not None
        if self.request is not None:
            self.cancel_timer(Waiting(self.request))
        number = len(self.done)
        if number < len(self.steps):
            self._ask(DoStep(self.tx, number, self.steps[number], self.epoch))
        else:
            self._ask(Commit(self.tx, number, self.epoch))

    def _ask(self, request: Message) -> None:
        self.request = request
        self.send(self.server, request)
        self.set_timer(Waiting(request), self.retry_ms)

    def _end(self) -> None:
        if self.tx is not None and self.request is not None:
            self.cancel_timer(Unanswered(self.tx))
            self.cancel_timer(Waiting(self.request))
        self.tx = self.request = None


def checked(op: Invocation) -> tuple[Step, ...]:
    """Return the steps of a transaction. ValueError if the operation is none.

    >>> checked(Invocation(0, "txn", None, [("r", "x", None), ("append", "x", 1)]))
    (('r', 'x', None), ('append', 'x', 1))
    """
    value: Any = op.value
    steps = value if op.f == "txn" and isinstance(value, tuple) else ()
    if not steps or not all(
        isinstance(one, tuple) and len(one) == 3 and one[0] in _STEPS for one in steps
    ):
        raise ValueError(
            f"operation {op.id} is {op.f} {op.value!r}: a transaction is required, txn with steps such as "
            "('r', 'x', None), ('w', 'x', 1) and ('append', 'x', 1)"
        )
    return steps
