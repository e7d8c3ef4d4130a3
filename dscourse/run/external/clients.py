"""The clients of a test: each asks one node at a time, and waits for its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol

from dscourse.core.frozen_dict import freeze
from dscourse.core.value_errors import NotAValueError
from dscourse.node import Invocation
from dscourse.run.external.book import Book
from dscourse.run.external.reactor import Reactor
from dscourse.run.external.wire import Body, WireError
from dscourse.run.external.workloads import Workload
from dscourse.run.external.workloads.workload import Request

__all__ = ["Client", "Clients"]

NODE_NOT_FOUND = 1  # the definite error of a request that reached nobody


class Send(Protocol):
    """The clients' way into the network."""

    def __call__(self, sender: str, source: str, to: str, body: Body) -> None: ...


class Client:
    """A client of one node: at most one operation under way, and the numbers of those that it gave up."""

    __slots__ = ("asked", "name", "node", "op", "waits_for")

    def __init__(self, name: str, node: str) -> None:
        self.name, self.node = name, node
        self.op: Invocation | None = None
        self.waits_for: str | None = None  # the type of the answer
        self.asked = 0  # the msg_id of its last request


class Clients:
    """All clients, by name; those that were given up stay, so that late answers find them.

    A client whose operation has an unknown outcome is given up, and a new one takes its place: an operation that may
    still happen is never followed by another one of the same client.
    """

    def __init__(
        self,
        reactor: Reactor,
        book: Book,
        workload: Workload,
        timeout_ms: float,
        send: Send,
        remark: Counter[str],
    ) -> None:
        self._reactor, self._book, self._workload = reactor, book, workload
        self._timeout_ns, self._send, self._remark = round(timeout_ms * 1e6), send, remark
        self._names = count(1)
        self.by_name: dict[str, Client] = {}
        self.unsupported: Counter[str] = Counter()  # requests that were answered so, by operation
        self.on_idle: Callable[[Client], None] = lambda client: (
            None
        )  # called with a client, or the one in its place

    def new(self, node: str) -> Client:
        """Return a new client of this node."""
        client = Client(f"c{next(self._names)}", node)
        self.by_name[client.name] = client
        return client

    def __iter__(self) -> Iterator[Client]:
        return iter(self.by_name.values())

    def ask(self, client: Client, request: Request) -> None:
        """Begin an operation."""
        op = client.op = self._book.invoke(client.name, *request)
        body = self._workload.body(op)
        client.waits_for = f"{body['type']}_ok"
        client.asked += 1
        self._reactor.at(self._reactor.now_ns() + self._timeout_ns, self._give_up, client, op)
        self._send(client.name, client.name, client.node, {**body, "msg_id": client.asked})

    def answer(self, name: str, body: Body) -> None:
        """Take a message to a client. Raise WireError if it is no answer that the client can understand."""
        client = self.by_name[name]
        number = body.get("in_reply_to")
        if client.op is None or type(number) is not int or number != client.asked:
            self._stray(client, body)
            return
        op, kind = client.op, body.get("type")
        if kind == "error":
            if type(body.get("code")) is not int:
                raise WireError(
                    f'answered {op.f} with an error whose "code" is not a whole number: {body!r:.80}'
                )
            if body["code"] == 10:
                self.unsupported[op.f] += 1
            self._end(client, op, *self._workload.failure(op, body["code"]))
        elif kind != client.waits_for:
            raise WireError(
                f"answered {op.f} with {kind!r}: {client.waits_for} is required, or an error"
            )
        else:
            self._end(client, op, "ok", self._result(name, op, body))

    def _result(self, name: str, op: Invocation, body: Body) -> object:
        try:
            return freeze(self._workload.result(name, op, body), "its result")
        except NotAValueError as error:
            raise WireError(f"answered {op.f}: {error}") from None

    def disconnect(self, node: str) -> None:
        """End the operations at a node that was killed: whether they happened is unknown."""
        for client in list(self.by_name.values()):
            if client.node == node and client.op is not None:
                self._end(client, client.op, *self._workload.failure(client.op, None))

    def refuse(self, name: str, body: Body) -> None:
        """End the operation whose request came to a node that is down: it did not happen."""
        client = self.by_name.get(name)
        if client is not None and client.op is not None and body.get("msg_id") == client.asked:
            failed = self._workload.failure(client.op, NODE_NOT_FOUND)
            # Later, because its client may ask again at once, and be refused again.
            self._reactor.at(self._reactor.now_ns(), self._end_if_open, client, client.op, *failed)

    def _stray(self, client: Client, body: Body) -> None:
        """Note an answer to nothing; one that is late, or comes twice, is no fault."""
        number = body.get("in_reply_to")
        if type(number) is int and 0 < number <= client.asked:
            return
        what = (
            "a reply to nothing"
            if number is None
            else f"a reply to {number!r:.20}, which no request had as msg_id"
        )
        self._remark[f"{client.node} sent a client {body.get('type')!r:.40}, {what}"] += 1

    def _give_up(self, client: Client, op: Invocation) -> None:
        self._end_if_open(client, op, *self._workload.failure(op, None))

    def _end_if_open(self, client: Client, op: Invocation, status: str, result: object) -> None:
        if client.op is op:
            self._end(client, op, status, result)

    def _end(self, client: Client, op: Invocation, status: str, result: Any) -> None:
        client.op = None
        self._book.complete(client.name, op, status, result)
        if status == "unknown":
            client = self.new(client.node)
        self.on_idle(client)
