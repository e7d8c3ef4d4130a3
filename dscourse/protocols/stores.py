"""Common parts of the replicated stores: a client sending each request to one node, version tags, and log records.

Source:        the client and the coordinator of DeCandia et al., "Dynamo", SOSP 2007, section 4.5 (any node receives
               a request and carries it out with the others).
Assumes:       crashes and loss anywhere; the network repeats no message between a client and its node (one
               connection). Restarts: a client forgets its operation in progress, which ends as unknown. Operation
               numbers come from the driver and are unique in the world, so a client that restarts under its old name
               uses none again, and takes no answer to an old operation for one to a new one.
Promises:      an operation without an answer in time ends as unknown, never as failed: it may have happened.
Not promised:  an answer. The client does not retry: a write that is carried out twice may undo a write in between.
Departs:       nothing.
Size:          2 messages per operation, beside those of the store itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import action, text_of
from dscourse.node import Client, Invocation, Message, Node, Reply, Timer

__all__ = [
    "Request",
    "StoreClient",
    "Stored",
    "Tag",
    "Unanswered",
    "Written",
    "check_operation",
    "next_in_turn",
    "one_value_per_tag",
    "quorum_size",
    "tags_rise",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request(Message):
    """Carry out ``f`` ("read" or "write") on ``key`` with ``value``, and send a `Reply` to operation ``op``."""

    op: int
    f: str
    key: Any = None
    value: Any = None

    def __str__(self) -> str:
        return action(self.f, self.key, self.value)


@dataclass(frozen=True, slots=True)
class Unanswered(Timer):
    """The client stops waiting for the answer to operation ``op``."""

    op: int


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A version of a value: the larger counter is newer; of equal counters, the larger operation number."""

    counter: int = 0
    op: int = -1

    def __str__(self) -> str:
        return f"{self.counter}.{self.op}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A record in a replica's log: ``key`` has this value, with this tag."""

    key: Any
    tag: Tag
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={text_of(self.value)} (tag {self.tag})"


@dataclass(frozen=True, slots=True)
class Written:
    """A record of a store without tags: ``key`` has this value now, None if it was deleted."""

    key: Any
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={text_of(self.value)}"


def check_operation(node: Node, f: str, *known: str) -> None:
    """Raise ValueError for an unknown operation: an answer to it would claim that it was carried out.

    >>> check_operation(Client("n1"), "cas", "read", "write")
    Traceback (most recent call last):
    ...
    ValueError: operation 'cas': Client knows read, write
    """
    if f not in known:
        raise ValueError(f"operation {f!r}: {type(node).__name__} knows {', '.join(known)}")


def next_in_turn(servers: Sequence[str], server: str) -> str:
    """Return the server after this one, in turn; the first if it is not among them.

    >>> [next_in_turn(["a", "b"], server) for server in "abc"]
    ['b', 'a', 'a']
    """
    index = servers.index(server) + 1 if server in servers else 0
    return servers[index % len(servers)]


def quorum_size(name: str, size: int | None, replicas: int) -> int:
    """Return the size of a quorum, a majority if it is None. ValueError for one that these replicas cannot form.

    >>> quorum_size("read_quorum", None, replicas=5), quorum_size("read_quorum", 1, replicas=5)
    (3, 1)
    >>> quorum_size("read_quorum", 6, replicas=5)
    Traceback (most recent call last):
    ...
    ValueError: read_quorum=6: with 5 replicas it must be from 1 to 5
    """
    size = replicas // 2 + 1 if size is None else size
    if not isinstance(size, int) or not 1 <= size <= replicas:
        raise ValueError(
            f"{name}={size!r}: with {replicas} replicas it must be from 1 to {replicas}"
        )
    return size


class StoreClient(Client):
    """A client that sends each operation to one node and waits at most ``timeout_ms`` for the answer."""

    def __init__(self, id: str, server: str, timeout_ms: float = 100.0) -> None:
        super().__init__(id)
        if not timeout_ms > 0:
            raise ValueError(f"timeout_ms={timeout_ms}: it must be above 0")
        self.server, self.timeout_ms = server, timeout_ms
        self.open_operation: int | None = None

    def on_invoke(self, op: Invocation) -> None:
        self.ask(op.id, self.server, Request(op.id, op.f, op.key, op.value))

    def ask(self, op: int, server: str, request: Message) -> None:
        """Send the request of operation ``op`` to a server, and wait for the answer."""
        self.open_operation = op
        self.send(server, request)
        self.set_timer(Unanswered(op), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._stop_waiting(reply.op):
            self.complete(reply.op, reply.result)

    def on_unanswered(self, timer: Unanswered) -> None:
        if self._stop_waiting(timer.op):
            self.unknown(timer.op, "no answer")

    def _stop_waiting(self, op: int) -> bool:
        """Stop waiting for ``op``; return whether the client was waiting for it."""
        if self.open_operation != op:
            return False
        self.open_operation = None
        self.cancel_timer(Unanswered(op))
        return True


def tags_rise(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Judge that the tags of a key rise in each replica's log, over the whole run.

    >>> tags_rise({"n1": [Stored("x", Tag(1, 4), "a"), Stored("y", Tag(1, 5), "b"), Stored("x", Tag(1, 3), "c")]})
    violated: tags rise; n1 stored x with tag 1.4, and then with tag 1.3
    """
    wrong = ""
    for name, log in logs.items():
        last: dict[Any, Tag] = {}
        for record in log:
            if isinstance(record, Stored):
                before = last.get(record.key)
                if record.tag <= (before or Tag()):
                    then = f"with tag {before}, and then " if before else ""
                    wrong = wrong or f"{name} stored {record.key} {then}with tag {record.tag}"
                last[record.key] = record.tag
    return unless("tags rise", wrong)


def one_value_per_tag(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Judge that all records of a key with the same tag have the same value, in all logs, over the whole run.

    >>> one_value_per_tag({"n1": [Stored("x", Tag(1, 4), "a")], "n2": [Stored("x", Tag(1, 4), "b")]})
    violated: one value per tag; with tag 1.4, x is 'a' at n1 and 'b' at n2
    """
    wrong = ""
    values: dict[tuple[Any, Tag], tuple[Any, str]] = {}
    for name, log in logs.items():
        for record in log:
            if isinstance(record, Stored):
                at = (record.key, record.tag)
                value, where = values.setdefault(at, (record.value, name))
                if value != record.value:
                    wrong = wrong or (
                        f"with tag {record.tag}, {record.key} is {value!r} at {where} "
                        f"and {record.value!r} at {name}"
                    )
    return unless("one value per tag", wrong)
