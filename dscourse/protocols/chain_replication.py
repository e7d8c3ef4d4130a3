"""Nodes in a chain: writes enter at its head and are answered, like reads, at its tail; a master mends the chain.

Source:        van Renesse and Schneider, "Chain replication for supporting high throughput and availability", OSDI
               2004, sections 2 and 3.
Assumes:       the master suspects nobody wrongly: no message is lost, none takes longer than half of
               ``patience_ms``, and neither a node nor the master stands still for that long. Restarts: a node that
               comes back has missed updates and stays out; it knows that by a record of its first start, during
               which no node crashes. Clients, and the master, which has a durable log, go on. In the source the
               master does not fail.
Promises:      `checkers.linearizable`; `updates_nested` always. While the master and one node of the chain are up,
               operations are answered again once the master has taken out the nodes that are down and told the
               clients: within ``every_ms`` + ``patience_ms`` and a message's delay.
Not promised:  anything once the master suspects a node that is up: an old tail would go on to answer reads. That a
               write which was under way when the head stopped has happened, or not.
Departs:       numbers make up for messages that overtake each other; nodes are not added to a chain. A chain that
               has changed is told again with each round of probes, for clients that were down.
Size:          a write n messages one after the other and n - 1 back, of which its client waits for n + 1 in all; a
               read 2 messages. Probes beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Invocation, Message, Node, Timer, as_names
from dscourse.protocols.stores import Request, StoreClient, Unanswered, check_operation

__all__ = [
    "Alive", "Chain", "ChainClient", "ChainNode", "Done", "Master", "NoAnswer", "Probe", "ProbeDue", "Started",
    "Update", "updates_nested",
]  # fmt: skip

promises = ("linearizable",)


@dataclass(frozen=True, slots=True)
class Chain(Message):
    """The nodes of the chain from head to tail; a higher version is newer. Also a record of the master."""

    version: int
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Write number ``number`` on its way down the chain, and whom the tail has to answer."""

    number: int
    key: Any
    value: Any
    client: str
    op: int


@dataclass(frozen=True, slots=True)
class Done(Message):
    """The tail has all updates up to this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Probe(Message):
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Alive(Message):
    """The answer to a probe."""


@dataclass(frozen=True, slots=True)
class ProbeDue(Timer):
    """Time for the master to ask its nodes."""


@dataclass(frozen=True, slots=True)
class NoAnswer(Timer):
    """This node has not answered in time."""

    node: str


@dataclass(frozen=True, slots=True)
class Started:
    """A record: this node has been up before."""


class ChainNode(Node):
    """Passes updates on to the next node; the first one numbers them, the last one answers."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.version, self.chain = 0, tuple(sorted((id, *self.peers)))
        self.values: dict[Any, Any] = {}
        self.number = 0  # of the last update that is here
        self.sent: dict[int, Update] = {}  # those that the tail is not known to have
        self.early: dict[int, Update] = {}  # those that have overtaken others

    def on_start(self, log: Sequence[object]) -> None:
        if log:
            self.chain = ()  # it has missed updates, and stays out
        else:
            self.write(Started())

    @property
    def successor(self) -> str | None:
        """The next node of the chain; None at its tail."""
        return self._neighbour(1)

    def _neighbour(self, step: int) -> str | None:
        place = self.chain.index(self.id) + step
        return self.chain[place] if 0 <= place < len(self.chain) else None

    def on_request(self, sender: str, request: Request) -> None:
        """Reads are for the tail and writes for the head; any other node of the chain names them to the client."""
        check_operation(self, request.f, "read", "write")
        if request.f == "read" and self.chain[-1:] == (self.id,):
            self.reply(sender, request.op, self.values.get(request.key))
        elif request.f == "write" and self.chain[:1] == (self.id,):
            self._take(Update(self.number + 1, request.key, request.value, sender, request.op))
        elif self.id in self.chain:
            self.send(sender, Chain(self.version, self.chain))

    def on_update(self, sender: str, update: Update) -> None:
        if self.id not in self.chain or update.number <= self.number:
            return
        self.early[update.number] = update
        while self.number + 1 in self.early:
            self._take(self.early.pop(self.number + 1))

    def _take(self, update: Update) -> None:
        self.values[update.key], self.number = update.value, update.number
        self.sent[update.number] = update
        self._pass_on(update)

    def _pass_on(self, update: Update) -> None:
        if self.successor is not None:
            self.send(self.successor, update)
        else:
            self.reply(update.client, update.op)
            self.on_done(self.id, Done(update.number))

    def on_done(self, sender: str, done: Done) -> None:
        """Forget what the tail has, and let the node before know."""
        if self.id not in self.chain:
            return
        self.sent = {number: one for number, one in self.sent.items() if number > done.number}
        before = self._neighbour(-1)
        if before is not None:
            self.send(before, done)

    def on_chain(self, sender: str, chain: Chain) -> None:
        """What a lost node may not have passed on is passed on again; a new tail answers it."""
        if chain.version <= self.version or not self.chain:
            return
        self.version, self.chain = chain.version, chain.nodes
        for update in list(self.sent.values()) if self.id in self.chain else ():
            self._pass_on(update)

    def on_probe(self, sender: str, probe: Probe) -> None:
        if self.chain:
            self.send(sender, Alive())


class Master(Node):
    """Asks the nodes of the chain again and again, and takes out who does not answer within ``patience_ms``."""

    def __init__(
        self, id: str, nodes: Iterable[str], clients: Iterable[str] = (), every_ms: float = 50.0,
        patience_ms: float = 40.0,
    ) -> None:  # fmt: skip
        super().__init__(id)
        self.version, self.chain = 0, tuple(sorted(as_names(nodes, "nodes")))
        if not self.chain:
            raise ValueError("nodes is empty: a chain has at least 1 node")
        self.members = as_names((*self.chain, *as_names(clients, "clients")), "clients")
        self.every_ms, self.patience_ms = every_ms, patience_ms
        self.awaited: set[str] = set()  # nodes that have not answered since they were asked

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Chain):
                self.version, self.chain = record.version, record.nodes
        self.on_probe_due(ProbeDue())

    def on_probe_due(self, timer: ProbeDue) -> None:
        if self.version:
            self._tell()
        for node in self.chain:
            self.send(node, Probe())
            if node not in self.awaited:  # else the probe before this one counts
                self.awaited.add(node)
                self.set_timer(NoAnswer(node), self.patience_ms)
        self.set_timer(timer, self.every_ms)

    def on_alive(self, sender: str, alive: Alive) -> None:
        self.awaited.discard(sender)
        self.cancel_timer(NoAnswer(sender))

    def on_no_answer(self, timer: NoAnswer) -> None:
        """The last node is never taken out: without it there is no chain."""
        self.awaited.discard(timer.node)
        if timer.node in self.chain and len(self.chain) > 1:
            self.chain = tuple(node for node in self.chain if node != timer.node)
            self.version += 1
            self.write(Chain(self.version, self.chain))
            self._tell()

    def _tell(self) -> None:
        for name in self.members:
            self.send(name, Chain(self.version, self.chain))


class ChainClient(StoreClient):
    """Writes to the head and reads from the tail of the chain that it knows."""

    def __init__(self, id: str, chain: Sequence[str], timeout_ms: float = 100.0) -> None:
        chain = as_names(chain, "chain")
        if not chain:
            raise ValueError("chain is empty: a client needs at least 1 node to ask")
        super().__init__(id, chain[0], timeout_ms)
        self.version, self.chain = 0, chain

    def on_invoke(self, op: Invocation) -> None:
        self.waits_for = op.id
        end = self.chain[-1] if op.f == "read" else self.chain[0]
        self.send(end, Request(op.id, op.f, op.key, op.value))
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_chain(self, sender: str, chain: Chain) -> None:
        if chain.version > self.version:
            self.version, self.chain = chain.version, chain.nodes


# --- properties ----------------------------------------------------------------------------------


def updates_nested(nodes: Mapping[str, Any]) -> Verdict:
    """Each node has at least the updates of those behind it in the chain that it knows (the Update Propagation
    Invariant of the source), of the nodes that are up.

    >>> a, b = ChainNode("a", ["b"]), ChainNode("b", ["a"])
    >>> b.number = 3
    >>> updates_nested({"a": a, "b": b})
    not updates nested: a has updates up to 0, and b behind it up to 3
    """
    wrong = ""
    for name, node in nodes.items():
        if isinstance(node, ChainNode) and node.id in node.chain:
            for after in node.chain[node.chain.index(node.id) + 1 :]:
                if after in nodes and nodes[after].number > node.number:
                    wrong = wrong or (
                        f"{name} has updates up to {node.number}, "
                        f"and {after} behind it up to {nodes[after].number}"
                    )
    return unless("updates nested", wrong)
