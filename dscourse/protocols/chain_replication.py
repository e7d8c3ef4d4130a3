"""A chain of replicas: writes enter at its head, its tail answers them and the reads, and a master reconfigures it.

Source:        van Renesse and Schneider, "Chain replication for supporting high throughput and availability", OSDI
               2004, sections 2 and 3.
Assumes:       fail-stop: the master suspects no node that is up. No message is lost, none takes longer than half of
               ``timeout_ms``, and neither a node nor the master pauses for that long. A client's request reaches a
               node at most once; other messages may be repeated and reordered. Restarts: a node that comes back has
               missed updates and stays out of the chain; it knows that by a record of its first start, during which
               no node crashes. Clients, and the master, which has a durable log, go on. In the source the master
               does not fail.
Promises:      `checkers.linearizable`; `updates_nested` always. While the master and one node of the chain are up,
               operations are answered again once the master has removed the nodes that are down and has announced
               the chain to the clients: within ``every_ms`` + ``timeout_ms`` and a message's delay.
Not promised:  anything once the master suspects a node that is up: an old tail would continue to answer reads. That
               a write in progress when the head crashes has happened, or has not.
Departs:       numbers restore the order of updates, where the source has FIFO links; no node is added to a chain. The
               master repeats a changed chain with each round of probes, for clients that were down.
Size:          n + 1 messages per write, one after the other (the request, n - 1 updates, the reply), and n - 1
               acknowledgements back. 2 messages per read. Probes beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import text_of
from dscourse.node import Invocation, Message, Node, as_names
from dscourse.protocols.chain_master import Chain, Probe, ProbeAck
from dscourse.protocols.stores import Request, StoreClient, check_operation

__all__ = ["Ack", "ChainClient", "ChainNode", "Started", "Update", "updates_nested"]

promises = ("linearizable",)


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Apply write ``number``, and forward it down the chain; the tail answers ``client``."""

    number: int
    key: Any
    value: Any
    client: str
    op: int

    def __str__(self) -> str:
        return f"update {self.number}: {self.key}={text_of(self.value)} for {self.client}"


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """The tail has applied all updates up to this number."""

    number: int

    def __str__(self) -> str:
        return f"ack up to {self.number}"


@dataclass(frozen=True, slots=True)
class Started:
    """A record: this node has been up before."""

    def __str__(self) -> str:
        return "started"


class ChainNode(Node):
    """A replica that forwards updates to its successor; the head numbers them, the tail answers."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.version, self.chain = 0, tuple(sorted((id, *self.peers)))
        self.values: dict[Any, Any] = {}
        self.number = 0  # of the last update applied
        self.sent: dict[int, Update] = {}  # not acknowledged by the tail
        self.out_of_order: dict[int, Update] = {}  # arrived before their predecessors

    def on_start(self, log: Sequence[object]) -> None:
        if log:
            self.chain = ()  # it has missed updates, and stays out
        else:
            self.write(Started())

    @property
    def successor(self) -> str | None:
        """The next node of the chain, None for the tail."""
        return self._neighbour(1)

    def _neighbour(self, step: int) -> str | None:
        index = self.chain.index(self.id) + step
        return self.chain[index] if 0 <= index < len(self.chain) else None

    def on_request(self, sender: str, request: Request) -> None:
        """Read at the tail, write at the head; any other node of the chain sends the client the chain."""
        check_operation(self, request.f, "read", "write")
        if request.f == "read" and self.chain[-1:] == (self.id,):
            self.reply(sender, request.op, self.values.get(request.key))
        elif request.f == "write" and self.chain[:1] == (self.id,):
            self._apply(Update(self.number + 1, request.key, request.value, sender, request.op))
        elif self.id in self.chain:
            self.send(sender, Chain(self.version, self.chain))

    def on_update(self, sender: str, update: Update) -> None:
        if self.id not in self.chain or update.number <= self.number:
            return
        self.out_of_order[update.number] = update
        while self.number + 1 in self.out_of_order:
            self._apply(self.out_of_order.pop(self.number + 1))

    def _apply(self, update: Update) -> None:
        self.values[update.key], self.number = update.value, update.number
        self.sent[update.number] = update
        self._forward(update)

    def _forward(self, update: Update) -> None:
        if self.successor is not None:
            self.send(self.successor, update)
        else:
            self.reply(update.client, update.op)
            self.on_ack(self.id, Ack(update.number))

    def on_ack(self, sender: str, ack: Ack) -> None:
        """Forget the updates that the tail has applied, and acknowledge them to the predecessor."""
        if self.id not in self.chain:
            return
        self.sent = {number: one for number, one in self.sent.items() if number > ack.number}
        predecessor = self._neighbour(-1)
        if predecessor is not None:
            self.send(predecessor, ack)

    def on_chain(self, sender: str, chain: Chain) -> None:
        """Adopt a newer chain, and forward again what a removed node may not have; a new tail answers it."""
        if chain.version <= self.version or not self.chain:
            return
        self.version, self.chain = chain.version, chain.nodes
        for update in list(self.sent.values()) if self.id in self.chain else ():
            self._forward(update)

    def on_probe(self, sender: str, probe: Probe) -> None:
        if self.chain:
            self.send(sender, ProbeAck())


class ChainClient(StoreClient):
    """A client that writes to the head and reads from the tail of the chain that it knows."""

    def __init__(self, id: str, chain: Sequence[str], timeout_ms: float = 100.0) -> None:
        chain = as_names(chain, "chain")
        if not chain:
            raise ValueError("chain is empty: a client needs at least 1 node")
        super().__init__(id, chain[0], timeout_ms)
        self.version, self.chain = 0, chain

    def on_invoke(self, op: Invocation) -> None:
        end = self.chain[-1] if op.f == "read" else self.chain[0]
        self.ask(op.id, end, Request(op.id, op.f, op.key, op.value))

    def on_chain(self, sender: str, chain: Chain) -> None:
        if chain.version > self.version:
            self.version, self.chain = chain.version, chain.nodes


# --- properties ----------------------------------------------------------------------------------


def updates_nested(nodes: Mapping[str, Any]) -> Verdict:
    """Judge the source's Update Propagation Invariant: each node has at least the updates of its successors.

    It compares the numbers of their last updates, and looks at the nodes that are up, each with the chain that it
    knows.

    >>> a, b = ChainNode("a", ["b"]), ChainNode("b", ["a"])
    >>> b.number = 3
    >>> updates_nested({"a": a, "b": b})
    violated: updates nested; a has updates up to 0, and its successor b up to 3
    """
    wrong = ""
    for name, node in nodes.items():
        if isinstance(node, ChainNode) and node.id in node.chain:
            for after in node.chain[node.chain.index(node.id) + 1 :]:
                if after in nodes and nodes[after].number > node.number:
                    wrong = wrong or (
                        f"{name} has updates up to {node.number}, "
                        f"and its successor {after} up to {nodes[after].number}"
                    )
    return unless("updates nested", wrong)
