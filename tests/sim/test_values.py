"""Nothing that can change is shared: between two nodes, a node and the trace, or the caller and the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from dscourse.core.value_errors import NotAValueError
from dscourse.explore import explore
from dscourse.node import Client, Component, Invocation, Message, Node, Timer, cluster
from dscourse.sim import At, Crash, HandlerError, Link, Network, Restart, Submit, Uniform, World

from .worlds import Number


@dataclass(frozen=True, slots=True)
class Share(Message):
    items: Any = ()


@dataclass(frozen=True, slots=True)
class Wake(Timer):
    items: Any = ()


@dataclass(frozen=True)
class Slotless(Message):
    pass


@dataclass(frozen=True, slots=True)
class Kept:
    items: Any


class Bag(Client):
    """Hands out something when it is asked to."""

    def __init__(self, id: str, peers: Iterable[str] = (), items: Any = ()) -> None:
        super().__init__(id, peers)
        self.items = items

    def on_invoke(self, op: Invocation) -> None:
        _HANDED_OUT[op.f](self, list(self.items))

    def on_share(self, sender: str, share: Share) -> None:
        self.items = share.items

    def on_slotless(self, sender: str, slotless: Slotless) -> None: ...
    def on_wake(self, wake: Wake) -> None: ...


_HANDED_OUT: dict[str, Callable[[Bag, Any], None]] = {
    "send": lambda bag, items: bag.send("b", Share(items)),
    "send nested": lambda bag, items: bag.send("b", Share((1, Kept(items)))),
    "broadcast": lambda bag, items: bag.broadcast(Share(items)),
    "reply": lambda bag, items: bag.reply("b", 0, items),
    "set_timer": lambda bag, items: bag.set_timer(Wake(items), 1),
    "cancel_timer": lambda bag, items: bag.cancel_timer(Wake(items)),
    "write": lambda bag, items: bag.write(Kept(items)),
    "write bare": lambda bag, items: bag.write(items),
    "complete": lambda bag, items: bag.complete(0, items),
    "fail": lambda bag, items: bag.fail(0, items),
    "unknown": lambda bag, items: bag.unknown(0, items),
    "without slots": lambda bag, items: bag.send("b", Slotless()),
    "a timer as a message": lambda bag, items: bag.send("b", Wake()),  # type: ignore[arg-type]
    "a message as a timer": lambda bag, items: bag.set_timer(Share(), 1),  # type: ignore[arg-type]
    "a class": lambda bag, items: bag.send("b", Share),  # type: ignore[arg-type]
    "swapped": lambda bag, items: bag.send(Share(), "b"),  # type: ignore[arg-type]
    "all peers": lambda bag, items: bag.send(bag.peers, Share()),  # type: ignore[arg-type]
}
TEXTS = {
    "send": "Share.items is a list: use a tuple",
    "send nested": "Kept.items is a list: use a tuple",
    "broadcast": "Share.items is a list: use a tuple",
    "reply": "Reply.result is a list: use a tuple",
    "set_timer": "Wake.items is a list: use a tuple",
    "cancel_timer": "Wake.items is a list: use a tuple",
    "write": "Kept.items is a list: use a tuple",
    "write bare": "the record is a list: use a tuple",
    "complete": "the result is a list: use a tuple",
    "fail": "the reason is a list: use a tuple",
    "unknown": "the reason is a list: use a tuple",
    "without slots": "Slotless must be @dataclass(frozen=True, slots=True): a message is a value",
    "a timer as a message": "Wake: a message must derive from Message",
    "a message as a timer": "Share: a timer must derive from Timer",
    "a class": "Share is a class: write Share(…)",
    "swapped": "send to Share(items=()): the name of one node is required, a string",
    "all peers": "send to ('b',): the name of one node is required, a string; broadcast sends to all peers",
}


@pytest.mark.parametrize("f", list(TEXTS))
def test_what_a_node_hands_out_must_be_a_value(f: str) -> None:
    world = World([Bag("a", ["b"]), Bag("b")]).submit("a", [(f,)])
    with pytest.raises(HandlerError) as caught:
        world.run()
    assert TEXTS[f] in str(caught.value)
    assert [event.kind for event in world.trace.of("a")] == ["start", "invoke", "error"]


@pytest.mark.parametrize("checks", [False, True])
def test_the_explorer_refuses_what_is_no_value_whatever_it_is_asked(checks: bool) -> None:
    nodes = [Bag("a", ["b"]), Bag("b")]
    with pytest.raises(NotAValueError, match=r"^a at .*: Share\.items is a list: use a tuple$"):
        explore(nodes, operations={"a": [("send",)]}, always=[], checks=checks)


def test_what_is_submitted_is_frozen_and_the_caller_keeps_its_own() -> None:
    class Echo(Client):
        def on_invoke(self, op: Invocation) -> None:
            self.complete(op.id, op.value)

    accounts: Any = {"p1": {"a": [1]}}
    plan = [At(5, Submit("c", "read", ["x"], accounts))]
    world = World([Echo("c")], plan=plan).submit(
        "c", [("transfer", None, accounts), ("read", [1, 2])]
    )
    accounts["p1"]["a"].append(2)
    world.run()
    assert [op.value for op in world.history] == [{"p1": {"a": (1,)}}, None, {"p1": {"a": (1,)}}]
    assert [op.key for op in world.history] == [None, (1, 2), ("x",)]
    assert "invokes #0 transfer" in str(world.trace)
    assert "{'p1': {'a': (1,)}}" in str(world.trace)
    assert isinstance(hash(world.history[0]), int)


def test_an_operation_that_cannot_be_frozen_is_refused_before_any_is_taken() -> None:
    world = World([Bag("a")])
    with pytest.raises(NotAValueError, match=r"the value of 'put' is a Bag: use numbers"):
        world.submit("a", [("write",), ("put", "x", Bag("x"))])
    assert not world.run().trace.kinds("invoke")


class Default(Node):
    """Keeps a default argument, which Python makes once."""

    def __init__(self, id: str, peers: Iterable[str] = (), items: list[int] = []) -> None:  # noqa: B006
        super().__init__(id, peers)
        self.items = items

    def on_start(self, log: object) -> None:
        self.items.append(1)


def test_a_restart_does_not_see_what_became_of_a_default_argument() -> None:
    plan = [At(1, Crash("a")), At(2, Restart("a")), At(3, Crash("a")), At(4, Restart("a"))]
    worlds = [World([Default("a"), Default("b")], plan=plan) for _ in range(2)]
    for world in worlds:
        states = {name: node.state() for name, node in world.run().nodes.items()}
        assert states == {"a": {"items": [1]}, "b": {"items": [1]}}


def test_a_restart_does_not_see_what_the_caller_did_to_the_arguments() -> None:
    items = [1]
    world = World([Bag("a", (), items)], plan=[At(1, Crash("a")), At(2, Restart("a"))])
    items.append(2)
    assert world.run().nodes["a"].state() == {"items": [1]}


def test_nodes_of_a_cluster_do_not_share_their_settings() -> None:
    one, other = cluster(Bag, 2, items=[1])
    one.items.append(2)
    assert other.items == [1]


def test_one_node_may_be_given_to_two_worlds() -> None:
    node = Default("a", (), [])
    for _ in range(2):
        assert World([node]).run().nodes["a"].state() == {"items": [1]}
    assert node.items == []


def test_a_frozen_record_with_a_list_inside_a_node_is_copied_with_it() -> None:
    world = World([Bag("a", (), Kept([1]))])
    other = world.clone()
    world.nodes["a"].items.items.append(2)  # type: ignore[attr-defined]
    assert other.nodes["a"].state() == {"items": Kept([1])}


def test_a_node_with_effects_that_nobody_carried_out_is_refused() -> None:
    class Early(Node):
        def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
            super().__init__(id, peers)
            self.send("b", Number(1))

    with pytest.raises(ValueError, match="'a' has pending effects, the first a send"):
        World([Early("a", ["b"]), Node("b")])


class Counting(Node):
    seen: list[int] = []  # noqa: RUF012


class Inherits(Counting):
    LIMITS = {"most": 3}  # noqa: RUF012


@pytest.mark.parametrize("kind", [Counting, Inherits])
def test_a_list_that_all_nodes_of_a_class_share_is_refused(kind: type[Node]) -> None:
    with pytest.raises(
        TypeError, match=r"Counting\.seen is a list that all nodes .*set self\.seen in __init__"
    ):
        World([kind("a")])


def test_a_network_can_be_shared_by_worlds() -> None:
    links = {("a", "b"): Link(Uniform(1, 2))}
    network = Network(links=links)
    links.clear()
    assert isinstance(hash(network), int)
    assert network.link("a", "b", False).latency == Uniform(1, 2)


def test_a_component_restarts_without_what_it_had() -> None:
    class Part(Component):
        def __init__(self, id: str, peers: Iterable[str] = (), seen: list[str] = []) -> None:  # noqa: B006
            super().__init__(id, peers)
            self.seen = seen

    class Whole(Node):
        def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
            super().__init__(id, peers)
            self.part = self.component(Part(id, peers))

        def on_start(self, log: object) -> None:
            self.part.seen.append("start")

    world = World([Whole("a")], plan=[At(1, Crash("a")), At(2, Restart("a"))]).run()
    assert world.nodes["a"].state() == {"part": {"seen": ["start"]}}
