"""A key-value store on a ring: each key has N homes, and stand-ins take its writes while homes seem to be down.

Source:        DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007, section 4: the
               ring with preference lists (4.2, 4.3), versions (4.4), quorums (4.5), sloppy quorums and hinted handoff
               (4.6), anti-entropy (4.7), gossip (4.8).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once. All nodes have the same ring. Restarts: any node,
               with its log; a client remembers which versions it has written (`ring_client`), because they bear its
               name.
Promises:      once writes have stopped and messages get through, the homes of a key hold the same (`homes`), and
               every acknowledged write, unless one that had seen it has superseded it. A write may come twice, at one
               node or at two: it makes one version.
Not promised:  that a read returns the newest write. In a `SloppyStore` that holds with R + W > N as well: the
               stand-ins that took a write need not be among the nodes that a read asks.
Departs:       a version bears the name of its client and the number of its operation, from 1 on, and not those of a
               replica, so that a client may try a write again; vectors then grow with the clients of a key. Only
               nodes that take an operation coordinate it: a client knows the ring. A stand-in keeps its copy after
               it has handed it over; a real store deletes it. Hints go to nodes that seem to be up, for as long as
               it takes.
Size:          2 (N - 1) messages an operation; gossip, hints and anti-entropy beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any, Protocol

from dscourse.node import Node
from dscourse.protocols.context_client import Ask
from dscourse.protocols.eventual_store import NOBODY, EventualStore, Put
from dscourse.protocols.gossip import Gossip
from dscourse.protocols.versions import Siblings, Version

__all__ = ["Placed", "RingStore", "SloppyStore", "homes"]


class Placed(Protocol):
    """A placement with preference lists: `dscourse.placement.Ring`, or one of your own."""

    def preference(self, key: Any, count: int) -> tuple[str, ...]:
        """The first ``count`` different nodes for the key, its own first."""
        ...


class RingStore(EventualStore):
    """Strict quorums: the N = ``replicas`` homes of a key take all its operations, and no other node does.

    R and W as in `EventualStore`. ValueError if one of them, or N, is not possible.
    """

    def __init__(
        self, id: str, peers: Iterable[str], ring: Placed, replicas: int = 3, gossip_ms: float = 50.0,
        threshold: float = 8.0, attempts: float = inf, **settings: Any,
    ) -> None:  # fmt: skip
        super().__init__(id, peers, attempts=attempts, **settings)
        most = len(self.peers) + 1
        if not 1 <= replicas <= most:
            raise ValueError(f"replicas={replicas}: with {most} nodes it must be from 1 to {most}")
        for name, size in (("read_quorum", self.read_quorum), ("write_quorum", self.write_quorum)):
            if size > replicas:
                raise ValueError(f"{name}={size}: a key has only replicas={replicas}")
        self.replicas, self._ring = replicas, ring
        self.gossip = self.component(Gossip(id, peers, gossip_ms, threshold))
        self._orders: dict[Any, tuple[str, ...]] = {}

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.gossip.on_start(log)

    def on_ask(self, sender: str, ask: Ask) -> None:
        if self.id in self.home(ask.key):
            super().on_ask(sender, ask)
        else:
            self.reply(sender, ask.op, None)

    def _new_version(self, ask: Ask, client: str) -> Version:
        return Version(client, ask.op + 1, ask.seen, ask.value, ask.f == "delete")

    def order(self, key: Any) -> tuple[str, ...]:
        """All nodes, as they come for the key: its homes first."""
        if key not in self._orders:
            self._orders[key] = self._ring.preference(key, len(self.peers) + 1)
        return self._orders[key]

    def home(self, key: Any) -> tuple[str, ...]:
        """The nodes that must hold the key in the end."""
        return self.order(key)[: self.replicas]

    def owed(self, key: Any) -> tuple[str, ...]:
        return tuple(name for name in self.home(key) if name != self.id)

    def asked(self, key: Any) -> tuple[str, ...]:
        return self.owed(key)

    def reaches(self, peer: str) -> bool:
        return self.gossip.trusts(peer)

    def shared(self, peer: str) -> Mapping[Any, Siblings]:
        both = {self.id, peer}
        return {key: held for key, held in self.stored.items() if both <= set(self.home(key))}


class SloppyStore(RingStore):
    """The first N nodes clockwise that seem to be up take an operation; who is no home owes it to the homes."""

    def on_ask(self, sender: str, ask: Ask) -> None:
        if ask.f != "read":
            self._stand_in(ask.key)
        EventualStore.on_ask(self, sender, ask)

    def on_put(self, sender: str, put: Put) -> None:
        if put.op != NOBODY:
            self._stand_in(put.key)
        super().on_put(sender, put)

    def _stand_in(self, key: Any) -> None:
        """Owe the key to its homes, before anybody is told that it is held here, unless this is one of them."""
        if self.id not in self.home(key):
            for name in self.home(key):
                self._owe(name, key)

    def asked(self, key: Any) -> tuple[str, ...]:
        others = [name for name in self.order(key) if name != self.id]
        return tuple(sorted(others, key=lambda name: not self.reaches(name))[: self.replicas - 1])


def homes(nodes: Mapping[str, Node]) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """What the first, second, … home of each key holds, for `checkers.convergent`: deleted values left out."""
    stores = {name: node for name, node in nodes.items() if isinstance(node, RingStore)}
    keys = sorted({key for store in stores.values() for key in store.stored}, key=repr)
    found: dict[str, dict[Any, tuple[Any, ...]]] = {}
    for key in keys:
        for place, name in enumerate(next(iter(stores.values())).home(key), start=1):
            held = stores[name].stored.get(key, ())
            values = tuple(version.value for version in held if not version.deleted)
            found.setdefault(f"home {place}", {})[key] = values
    return found
