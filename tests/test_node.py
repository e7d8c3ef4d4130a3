"""Effects keep their order, handlers are found by name, and a node's copy shares nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from dscourse.dispatch import check_handlers, handle_message, handle_timer
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
    with pytest.raises(RuntimeError, match="a reads its clock, but nobody runs it that has one"):
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
