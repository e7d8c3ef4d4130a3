"""Effects keep their order, handlers are found by name, and a node's copy shares nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from dscourse.core.dispatch import check_handlers, handle_message, handle_timer
from dscourse.node import (
    CancelTimer,
    Client,
    Clock,
    Complete,
    Component,
    Invocation,
    Message,
    Node,
    Reply,
    Send,
    SetTimer,
    Time,
    Timer,
    Write,
    cluster,
    take_effects,
)


@dataclass(frozen=True, slots=True)
class Ask(Message):
    n: int


@dataclass(frozen=True, slots=True)
class Deadline(Timer):
    n: int = 0


class Busy(Node):
    """Asks for every kind of effect."""

    def __init__(self, id: str, peers: Iterable[str] = (), start: Sequence[int] = ()) -> None:
        super().__init__(id, peers)
        self.seen: list[int] = list(start)
        self.table = {"x": [0]}

    def on_ask(self, sender: str, ask: Ask) -> None:
        self.write(("asked", ask.n))
        self.set_timer(Deadline(), 10)
        self.broadcast(Ask(ask.n + 1))
        self.cancel_timer(Deadline())
        self.set_timer(Deadline(1), (5, 7.5))
        self.reply(sender, 3, "done")
        self.seen.append(ask.n)

    def on_deadline(self, deadline: Deadline) -> None:
        self.seen.append(-deadline.n)


def test_effects_come_in_the_order_asked_for_and_only_once() -> None:
    busy = Busy("b", ["c", "a"])
    handle_message(busy, "c", Ask(1))
    assert take_effects(busy) == [
        Write(("asked", 1)),
        SetTimer(Deadline(), 10, 10),
        Send("a", Ask(2)),
        Send("c", Ask(2)),
        CancelTimer(Deadline()),
        SetTimer(Deadline(1), 5, 7.5),
        Send("c", Reply(3, "done")),
    ]
    assert take_effects(busy) == []


def test_a_timer_reaches_its_handler() -> None:
    busy = Busy("a")
    handle_timer(busy, Deadline(4))
    assert busy.seen == [-4]


def test_a_client_ends_an_operation_in_three_ways() -> None:
    client = Client("c")
    client.complete(1, "x")
    client.fail(2, "full")
    client.unknown(3)
    ends = [Complete(1, "ok", "x"), Complete(2, "fail", "full"), Complete(3, "unknown", None)]
    assert take_effects(client) == ends


def test_a_client_without_on_invoke_is_told_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Client needs a method on_invoke"):
        Client("c").on_invoke(Invocation(0, "read"))


@pytest.mark.parametrize("delay", [-1, math.nan, math.inf, (5, 4), (-1, 2), (0, math.inf)])
def test_a_delay_that_is_none_is_refused(delay: Any) -> None:
    with pytest.raises(ValueError, match=r"delay_ms=.*0 or more, low before high"):
        Busy("a").set_timer(Deadline(), delay)


@pytest.mark.parametrize("id", ["", 3, None])
def test_a_name_must_be_a_string(id: Any) -> None:
    with pytest.raises(TypeError, match="a node's name must be a string"):
        Node(id)


@pytest.mark.parametrize("peers", ["abc", iter(["b"]), {"b": 1}.keys()])
def test_peers_must_be_a_collection_that_a_restart_can_read_again(peers: Any) -> None:
    with pytest.raises(TypeError, match="peers must be a"):
        Node("a", peers)


def test_peers_are_sorted() -> None:
    assert Node("a", ["d", "b", "c"]).peers == ("b", "c", "d")


def test_now_needs_a_driver_with_a_clock() -> None:
    busy = Busy("a")
    with pytest.raises(RuntimeError, match="a reads its clock, but its driver has none"):
        _ = busy.now
    busy._context.time = Time(2_000_000)
    assert busy.now == 2_000.0
    busy._context.clock = Clock(skew_ms=5, drift_ppm=1_000)
    assert busy.now == 2_007.0


def test_a_clone_shares_nothing_and_keeps_pending_effects() -> None:
    busy = Busy("a", ["b"])
    handle_message(busy, "b", Ask(1))
    other = busy.clone()
    assert other.state() == {"seen": [1], "table": {"x": [0]}}
    assert take_effects(other) == take_effects(busy) != []
    other.seen.append(2)
    other.table["x"].append(2)
    other.send("b", Ask(9))
    assert busy.state() == {"seen": [1], "table": {"x": [0]}}
    assert take_effects(busy) == []


def test_state_is_a_copy() -> None:
    busy = Busy("a")
    busy.state()["table"]["x"].append(9)  # type: ignore[index]
    assert busy.table == {"x": [0]}


def test_a_fresh_node_is_as_at_its_birth() -> None:
    busy = Busy("a", ["b"], start=[7])
    handle_message(busy, "b", Ask(1))
    fresh = busy.clone().fresh()
    assert (fresh.id, fresh.peers, fresh.seen) == ("a", ("b",), [7])
    assert take_effects(fresh) == []


class Careless(Node):
    """Keeps the very list it was given."""

    def __init__(self, id: str, peers: Iterable[str] = (), items: list[int] | None = None) -> None:
        super().__init__(id, peers)
        self.items = items


def test_what_a_node_does_to_its_arguments_is_lost_in_a_crash() -> None:
    first = Careless("a", (), [1])
    second = first.fresh()
    assert second.items is not None
    second.items.append(2)
    assert second.fresh().items == [1]


def test_a_cluster_names_everyone_as_a_peer_of_the_others() -> None:
    nodes = cluster(Busy, ["x", "z", "y"], start=[1])
    assert [(n.id, n.peers, n.seen) for n in nodes] == [
        ("x", ("y", "z"), [1]),
        ("z", ("x", "y"), [1]),
        ("y", ("x", "z"), [1]),
    ]
    assert [node.id for node in cluster(Busy, 2)] == ["n1", "n2"]


def test_a_node_prints_its_state() -> None:
    assert repr(Busy("a", ["b"])) == "Busy('a': seen=[], table={'x': [0]})"
    assert repr(Node("a")) == "Node('a')"


@pytest.mark.parametrize("settings", [{"skew_ms": math.nan}, {"drift_ppm": math.inf}])
def test_a_clock_error_must_be_finite(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="it must be a finite number"):
        Clock(**settings)


def test_a_clock_goes_forward() -> None:
    with pytest.raises(ValueError, match="a clock must go forward"):
        Clock(drift_ppm=-1e6)
    assert Clock(drift_ppm=1e6).true_us(1_000) == 500


def test_every_handler_of_this_file_has_its_message() -> None:
    check_handlers(Busy)
    assert issubclass(Component, Node)


class Forgetful(Node):
    """Its __init__ does not call that of Node."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        self.items: list[int] = []


class Hasty(Node):
    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        self.majority = len(self.peers) // 2 + 1
        super().__init__(id, peers)


class Heir(Forgetful):
    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.send("b", Ask(1))


class Broken(Node):
    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.first = self.missing  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [Forgetful, Hasty, Heir])
def test_a_class_that_does_not_call_super_is_named(kind: type[Node]) -> None:
    wanted = rf"{kind.__name__}\.__init__ must begin with super\(\)\.__init__\(id, peers\)"
    with pytest.raises(TypeError, match=wanted):
        kind("a", ["b"])


def test_another_mistake_in_init_stays_what_it_is() -> None:
    with pytest.raises(AttributeError, match="missing"):
        Broken("a")


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Busy("a", (), (n for n in [1])), TypeError, "start must be a list or a tuple: a restart"),
        (lambda: Busy("a", start={1: 2}.values()), TypeError, "start must be a list or a tuple: a restart"),
        (lambda: Node("a", "bc"), TypeError, "peers='bc': peers must be a list of names"),
        (lambda: Node("a", 5), TypeError, "peers=5: peers must be a list of names"),
        (lambda: Node("a", Node("b")), TypeError, "peers=Node('b'): peers must be a list of names"),
        (lambda: Node("a", ["b", "b"]), ValueError, "peers names 'b' twice"),
        (lambda: Node("a", [Node("b")]), TypeError, "peers: Node('b'): a node's name must be a string"),
        (lambda: cluster(Node, "abc"), TypeError, "ids='abc': ids must be a list of names, such as ['a', 'b']"),
        (lambda: cluster(Node, b"abc"), TypeError, "ids must be a list of names"),
        (lambda: cluster(Node, ["a", "a"]), ValueError, "ids names 'a' twice: every node needs a name of"),
        (lambda: cluster(Node, []), ValueError, "ids is empty: a cluster has at least 1 node"),
        (lambda: cluster(Node, 0), ValueError, "ids=0: a cluster has at least 1 node"),
        (lambda: cluster(Node, True), ValueError, "ids=True: a cluster has at least 1 node"),
        (lambda: cluster(Node, 2.0), TypeError, "ids=2.0: ids must be a list of names"),
        (lambda: cluster(Node, ["a", 1]), TypeError, "ids: 1: a node's name must be a string"),
        (lambda: cluster(Node("a"), 3), TypeError, "a class derived from Node is required, such as cluster(Nod"),
        (lambda: cluster(["a"], Node), TypeError, "kind=['a']: a class derived from Node is required"),
        (lambda: Clock("5"), ValueError, "skew_ms='5': it must be a finite number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_mistake_in_making_nodes_is_one_clear_error(
    make: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        make()
    assert text in str(caught.value)


@pytest.mark.parametrize("delay", ["5", None, (1, 2, 3), [1, 2], ("a", "b")])
def test_a_delay_must_be_a_number_or_a_pair(delay: Any) -> None:
    with pytest.raises(ValueError, match=r"write a number of ms, or a pair \(low, high\)"):
        Busy("a").set_timer(Deadline(), delay)


def test_names_may_come_from_a_generator_or_a_set() -> None:
    assert [node.peers for node in cluster(Node, (name for name in "ab"))] == [("b",), ("a",)]
    assert Node("a", {"c", "b"}).peers == ("b", "c")
