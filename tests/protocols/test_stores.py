"""The common behaviour of all stores: an unknown operation is an error, and is never answered."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.clocks import VersionVector
from dscourse.core.dispatch import handle_message
from dscourse.node import Message, Node, Reply, Send, cluster, take_effects
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.causal_store import CausalStore
from dscourse.protocols.chain_replication import ChainNode
from dscourse.protocols.conflict_rules import (
    EditedText,
    HybridLast,
    LastWriterWins,
    ObservedCart,
    Siblings,
    Stock,
    UnionCart,
)  # fmt: skip
from dscourse.protocols.context_client import VersionedRequest
from dscourse.protocols.eventual_store import EventualStore
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.rebalancing import Shard, StopAndCopy
from dscourse.protocols.sequential_store import OrderedReadStore, SequentialStore
from dscourse.protocols.single_copy_store import SingleCopyStore
from dscourse.protocols.stores import Request
from dscourse.protocols.textbook import (
    any_node_store,
    eventual_store,
    multi_primary,
    quorum_store,
    rebalancing,
    sequential_store,
    single_copy_store,
)  # fmt: skip

STORES: list[type[Node]] = [
    AnyNodeStore, CausalStore, ChainNode, EventualStore, OrderedReadStore, QuorumStore, SequentialStore, Shard,
    SingleCopyStore, StopAndCopy, EditedText, HybridLast, LastWriterWins, ObservedCart, Siblings, Stock, UnionCart,
    any_node_store.LandsOnOneNode, eventual_store.TellsOnceStore, multi_primary.CartKeepsOneClock,
    multi_primary.LaterOrMine, quorum_store.MajorityWriteStore, rebalancing.NaiveShard,
    sequential_store.ArrivalOrderStore, single_copy_store.LockedMap,
]  # fmt: skip


def alone(kind: type[Node]) -> Node:
    """The only node of its group."""
    settings: dict[str, Any] = {}
    if issubclass(kind, Shard | rebalancing.NaiveShard):
        settings["table"] = ["n1"]
    (node,) = cluster(kind, 1, **settings)
    node.on_start([])
    take_effects(node)
    return node


def asked(kind: type[Node], f: str, value: Any = None) -> Message:
    if issubclass(kind, EventualStore):
        return VersionedRequest(0, f, "x", value, VersionVector())
    return Request(0, f, "x", value)


@pytest.mark.parametrize("kind", STORES)
def test_what_a_store_does_not_know_it_does_not_confirm(kind: type[Node]) -> None:
    """Answered as ok, it would be taken for carried out: a verdict would rest on what never happened."""
    node = alone(kind)
    with pytest.raises(ValueError, match=r"operation 'cas': .* knows read, (write|add|insert)"):
        handle_message(node, "c", asked(kind, "cas", (1, 2)))


@pytest.mark.parametrize("kind", STORES)
def test_a_store_of_one_node_answers_a_read(kind: type[Node]) -> None:
    node = alone(kind)
    handle_message(node, "c", asked(kind, "read"))
    sent = [effect.message for effect in take_effects(node) if isinstance(effect, Send)]
    assert [type(message) for message in sent] == [Reply]
