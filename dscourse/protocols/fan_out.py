"""Workers that serve one request at a time, and a client that sends each operation to several and waits for some.

Source:        Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013 (fan-out makes rare slowness common; redundant
               requests hide it).
Assumes:       messages may be lost, repeated and late; requests only read. Restarts: a worker loses its queue, a
               client its operation; operation numbers are unique, so a late answer counts for no other operation.
Promises:      an operation that is ok has ``need`` answers from different workers.
Not promised:  that an operation ends as ok; that a redundant request is cancelled.
Departs:       the paper's hedged requests go to a second server after a delay; here all are sent at once.
Size:          2 × ask messages per operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Reply, Timer, as_names
from dscourse.protocols.stores import Unanswered

__all__ = ["FanOutClient", "ServiceDone", "WorkRequest", "Worker"]


@dataclass(frozen=True, slots=True)
class WorkRequest(Message):
    """Do one piece of work for operation ``op``."""

    op: int

    def __str__(self) -> str:
        return "request"


@dataclass(frozen=True, slots=True)
class ServiceDone(Timer):
    """The request in service is finished."""


class Worker(Node):
    """A worker that serves requests one at a time, in order of arrival, each in a random time in ``service_ms``."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), service_ms: tuple[float, float] = (10.0, 10.0)
    ) -> None:
        super().__init__(id, peers)
        self.service_ms = service_ms
        self.queue: list[tuple[str, int]] = []

    def on_work_request(self, sender: str, request: WorkRequest) -> None:
        self.queue.append((sender, request.op))
        if len(self.queue) == 1:
            self.set_timer(ServiceDone(), self.service_ms)

    def on_service_done(self, timer: ServiceDone) -> None:
        client, op = self.queue.pop(0)
        self.reply(client, op, self.id)
        if self.queue:
            self.set_timer(ServiceDone(), self.service_ms)


class FanOutClient(Client):
    """A client that asks ``ask`` workers, in turn, and completes an operation once ``need`` have answered."""

    def __init__(
        self,
        id: str,
        workers: Sequence[str],
        ask: int = 1,
        need: int = 1,
        timeout_ms: float = 1_000.0,
    ) -> None:
        super().__init__(id)
        workers = as_names(workers, "workers")
        if not 1 <= need <= ask <= len(workers):
            raise ValueError(
                f"ask={ask}, need={need}: 1 ≤ need ≤ ask ≤ {len(workers)} workers is required"
            )
        self.workers, self.ask, self.need, self.timeout_ms = workers, ask, need, timeout_ms
        self.op = -1  # the operation in progress
        self.answers: list[str] = []

    def on_invoke(self, op: Invocation) -> None:
        self.op, self.answers = op.id, []
        for i in range(self.ask):
            self.send(self.workers[(op.id + i) % len(self.workers)], WorkRequest(op.id))
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if reply.op != self.op or sender in self.answers:
            return
        self.answers.append(sender)
        if len(self.answers) == self.need:
            self.cancel_timer(Unanswered(self.op))
            self.complete(self.op, self.need)

    def on_unanswered(self, timer: Unanswered) -> None:
        if timer.op == self.op:
            self.op = -1  # later answers are ignored
            self.unknown(timer.op, "no answer")
