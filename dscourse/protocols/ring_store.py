"""A key-value store on a ring: each key has N homes, and stand-ins accept its writes while homes seem to be down.

Source:        DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007, section 4: the
               ring with preference lists (4.2, 4.3), versions (4.4), quorums (4.5), sloppy quorums and hinted handoff
               (4.6), anti-entropy (4.7), gossip (4.8).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once. All nodes have the same ring. Restarts: any node,
               with its log; a client remembers which versions it has written (`ring_client`), because they carry its
               name.
Promises:      once writes have stopped and messages get through, the homes of a key are equal (`homes`), and store
               every acknowledged write, unless one that had seen it has superseded it. A write that arrives twice, at
               one node or at two, makes one version.
Not promised:  that a read returns the newest write, in a `SloppyStore` not even with R + W > N: the stand-ins that
               accepted a write need not be among the nodes that a read contacts.
Departs:       a version carries the name of its client and the number of its operation, from 1 on, and not those of
               a replica, so that a client may retry a write; vectors then grow with the clients of a key. Only nodes
               that carry out an operation coordinate it: a client knows the ring. A stand-in keeps its copy after the
               handoff; a real store deletes it. Hints are handed off to nodes that seem to be up, however long it
               takes.
Size:          2 (N - 1) messages per operation; gossip, hints and anti-entropy beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any, Protocol

from dscourse.node import Node
from dscourse.protocols.context_client import VersionedRequest
from dscourse.protocols.eventual_store import EventualStore
from dscourse.protocols.eventual_store_messages import NO_OPERATION, Put
from dscourse.protocols.gossip import Gossip
from dscourse.protocols.versions import Siblings, Version

__all__ = ["Placed", "RingStore", "SloppyStore", "homes"]


class Placed(Protocol):
    """A placement with preference lists: `dscourse.placement.Ring`, or one of your own."""

    def preference(self, key: Any, count: int) -> tuple[str, ...]:
        """Return the first ``count`` different nodes for the key, its owner first."""
        ...


class RingStore(EventualStore):
    """Strict quorums: only the N = ``replicas`` homes of a key carry out its operations.

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

    def on_versioned_request(self, sender: str, request: VersionedRequest) -> None:
        if self.id in self.homes_of(request.key):
            super().on_versioned_request(sender, request)
        else:
            self.reply(sender, request.op, None)

    def _new_version(self, request: VersionedRequest, client: str) -> Version:
        return Version(client, request.op + 1, request.seen, request.value, request.f == "delete")

    def order(self, key: Any) -> tuple[str, ...]:
        """Return all nodes in the key's order of preference: its homes first."""
        if key not in self._orders:
            self._orders[key] = self._ring.preference(key, len(self.peers) + 1)
        return self._orders[key]

    def homes_of(self, key: Any) -> tuple[str, ...]:
        """Return the nodes that must store the key in the end."""
        return self.order(key)[: self.replicas]

    def other_replicas(self, key: Any) -> tuple[str, ...]:
        return tuple(name for name in self.homes_of(key) if name != self.id)

    def contacts(self, key: Any) -> tuple[str, ...]:
        return self.other_replicas(key)

    def seems_up(self, peer: str) -> bool:
        return self.gossip.trusts(peer)

    def shared(self, peer: str) -> Mapping[Any, Siblings]:
        both = {self.id, peer}
        return {
            key: versions
            for key, versions in self.stored.items()
            if both <= set(self.homes_of(key))
        }


class SloppyStore(RingStore):
    """Sloppy quorums: the first N nodes that seem to be up carry out an operation; stand-ins hand it off later."""

    def on_versioned_request(self, sender: str, request: VersionedRequest) -> None:
        if request.f != "read":
            self._hint_homes(request.key)
        EventualStore.on_versioned_request(self, sender, request)

    def on_put(self, sender: str, put: Put) -> None:
        if put.op != NO_OPERATION:
            self._hint_homes(put.key)
        super().on_put(sender, put)

    def _hint_homes(self, key: Any) -> None:
        """If this node is a stand-in, add a hint for each home, before it answers."""
        if self.id not in self.homes_of(key):
            for name in self.homes_of(key):
                self._add_hint(name, key)

    def contacts(self, key: Any) -> tuple[str, ...]:
        others = [name for name in self.order(key) if name != self.id]
        return tuple(sorted(others, key=lambda name: not self.seems_up(name))[: self.replicas - 1])


def homes(nodes: Mapping[str, Node]) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Return the values at the first, second, … home of each key, without deleted ones, for `checkers.convergent`."""
    stores = {name: node for name, node in nodes.items() if isinstance(node, RingStore)}
    keys = sorted({key for store in stores.values() for key in store.stored}, key=repr)
    contents: dict[str, dict[Any, tuple[Any, ...]]] = {}
    for key in keys:
        for rank, name in enumerate(next(iter(stores.values())).homes_of(key), start=1):
            stored = stores[name].stored.get(key, ())
            values = tuple(version.value for version in stored if not version.deleted)
            contents.setdefault(f"home {rank}", {})[key] = values
    return contents
