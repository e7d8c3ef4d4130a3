"""The master of `chain_replication`: it probes the nodes of the chain, and removes one that is down.

Source:        van Renesse and Schneider, "Chain replication for supporting high throughput and availability", OSDI
               2004, section 3 (coping with server failures).
Assumes:       as `chain_replication`. Restarts: the master logs each new chain before it announces it.
Promises:      while the master is up, a node that stays down is removed within ``every_ms`` + ``timeout_ms`` and a
               message's delay, since its last answer may still be on the way; unless it is the only one.
Not promised:  that a removed node is down: `chain_replication` assumes it.
Departs:       one process, where the source replicates the master by Paxos. It repeats a changed chain with each
               round of probes, for clients that were down.
Size:          2 messages per node and round of probes; per change 1 message to each node and client.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Message, Node, Timer, as_names

__all__ = ["Chain", "Master", "Probe", "ProbeAck", "ProbeDue", "ProbeTimeout"]


@dataclass(frozen=True, slots=True)
class Chain(Message):
    """The chain is these nodes, from head to tail; a higher version is newer. Also a record of the master."""

    version: int
    nodes: tuple[str, ...]

    def __str__(self) -> str:
        return f"chain {', '.join(self.nodes)} (version {self.version})"


@dataclass(frozen=True, slots=True)
class Probe(Message):
    """Are you up?"""

    def __str__(self) -> str:
        return "probe"


@dataclass(frozen=True, slots=True)
class ProbeAck(Message):
    """I am up."""

    def __str__(self) -> str:
        return "ack probe"


@dataclass(frozen=True, slots=True)
class ProbeDue(Timer):
    """Time for the master to probe its nodes."""


@dataclass(frozen=True, slots=True)
class ProbeTimeout(Timer):
    """This node has not answered its probe in time."""

    node: str

    def __str__(self) -> str:
        return f"no answer from {self.node}"


class Master(Node):
    """The master: it probes the nodes of the chain, and removes one that does not answer within ``timeout_ms``."""

    def __init__(
        self, id: str, nodes: Iterable[str], clients: Iterable[str] = (), every_ms: float = 50.0,
        timeout_ms: float = 40.0,
    ) -> None:  # fmt: skip
        super().__init__(id)
        self.version, self.chain = 0, tuple(sorted(as_names(nodes, "nodes")))
        if not self.chain:
            raise ValueError("nodes is empty: a chain has at least 1 node")
        self.members = as_names((*self.chain, *as_names(clients, "clients")), "clients")
        self.every_ms, self.timeout_ms = every_ms, timeout_ms
        self.unanswered: set[str] = set()  # nodes with an unanswered probe

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Chain):
                self.version, self.chain = record.version, record.nodes
        self.on_probe_due(ProbeDue())

    def on_probe_due(self, timer: ProbeDue) -> None:
        if self.version:
            self._announce_chain()
        for node in self.chain:
            self.send(node, Probe())
            if node not in self.unanswered:  # else the time-out of the last probe is pending
                self.unanswered.add(node)
                self.set_timer(ProbeTimeout(node), self.timeout_ms)
        self.set_timer(timer, self.every_ms)

    def on_probe_ack(self, sender: str, ack: ProbeAck) -> None:
        self.unanswered.discard(sender)
        self.cancel_timer(ProbeTimeout(sender))

    def on_probe_timeout(self, timer: ProbeTimeout) -> None:
        """Remove the node, unless it is the only one: without it there is no chain."""
        self.unanswered.discard(timer.node)
        if timer.node in self.chain and len(self.chain) > 1:
            self.chain = tuple(node for node in self.chain if node != timer.node)
            self.version += 1
            self.write(Chain(self.version, self.chain))
            self._announce_chain()

    def _announce_chain(self) -> None:
        for name in self.members:
            self.send(name, Chain(self.version, self.chain))
