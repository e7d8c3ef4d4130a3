"""Symmetry reduction is sound: properties that name a node, orders that nodes have, crashes inside a broadcast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import pytest

from dscourse import sim
from dscourse.core.properties import Property, PropertyError
from dscourse.core.schedule import CrashDuringStep, Start
from dscourse.explore import Bounds, NotAlikeError, View, explore
from dscourse.explore.system import System
from dscourse.node import Client, Invocation, Message, Node, Timer, cluster

ABC = ["a", "b", "c"]


@dataclass(frozen=True, slots=True)
class Hello(Message):
    pass


@dataclass(frozen=True, slots=True)
class Named(Message):
    name: str


class Writes(Node):
    def on_start(self, log: Sequence[object]) -> None:
        self.write("up")


class Greets(Node):
    """Greets all others when it starts, and remembers who has greeted it."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.heard: dict[str, int] = dict.fromkeys(self.peers, 0)

    def on_start(self, log: Sequence[object]) -> None:
        self.broadcast(Hello())

    def on_hello(self, sender: str, hello: Hello) -> None:
        self.heard[sender] += 1


def heard(view: View, node: str, sender: str) -> bool:
    return node in view.nodes and view.nodes[node].heard[sender] > 0


@pytest.mark.parametrize("named", ABC)
def test_a_property_may_name_any_of_the_alike_nodes(named: str) -> None:
    """Of the states that stand for each other one is expanded: the property is judged in all of them."""

    def never_down_alone(view: View) -> bool:
        others = [name for name in ABC if name != named]
        return not (
            all(name in view.nodes for name in others)
            and named not in view.nodes
            and view.logs[named] != ()
        )

    nodes = cluster(Writes, ABC)
    plain = explore(nodes, always=[never_down_alone], bounds=Bounds(crashes=1))
    folded = explore(nodes, always=[never_down_alone], bounds=Bounds(crashes=1), alike=ABC)
    assert plain.ok is False
    assert folded.ok is False
    assert len(folded.steps) == len(plain.steps)
    assert folded.states < plain.states
    world = sim.follow(nodes, folded.steps)
    assert not world.alive(named)
    assert named not in folded.state.nodes


@pytest.mark.parametrize(("node", "sender"), list(permutations(ABC, 2)))
def test_a_goal_may_name_alike_nodes(node: str, sender: str) -> None:
    """Also in what must be reached, and in what must stay within reach."""
    goal = Property("it has heard", lambda view: heard(view, node, sender))
    nodes = cluster(Greets, ABC)
    found = explore(nodes, sometimes=[goal], alike=ABC)
    assert found.ok, found
    assert found.reached == explore(nodes, sometimes=[goal]).reached
    assert explore(nodes, within_reach=[goal], alike=ABC).ok
    assert explore(nodes, within_reach=[goal], bounds=Bounds(drops=1)).ok is False
    lost = explore(nodes, within_reach=[goal], alike=ABC, bounds=Bounds(drops=1))
    assert (
        lost.ok is None
    )  # from a state in which it is lost, only the same goal with other names is in reach


def test_a_goal_that_treats_all_alike_is_decided() -> None:
    every_node = Property(
        "all have heard", lambda view: all(heard(view, *pair) for pair in permutations(ABC, 2))
    )
    nodes = cluster(Greets, ABC)
    plain, folded = (explore(nodes, within_reach=[every_node], alike=same) for same in ([], ABC))
    assert plain.ok
    assert folded.ok
    assert plain.states / 6 < folded.states < plain.states / 3


def test_a_crash_inside_a_broadcast_is_explored_in_every_order() -> None:
    """a sends to b before c: with b and c alike, c can never have heard of a without b."""

    def notified(view: View, node: str) -> bool:
        return heard(view, node, "a") or node in [to for _, to, _ in view.messages]

    def not_b_alone(view: View) -> bool:
        return not (
            {"b", "c"} == set(view.nodes) and notified(view, "b") and not notified(view, "c")
        )

    def not_c_alone(view: View) -> bool:
        return not (
            {"b", "c"} == set(view.nodes) and notified(view, "c") and not notified(view, "b")
        )

    class Quiet(Greets):
        def on_start(self, log: Sequence[object]) -> None:
            pass

    nodes: list[Node] = [Greets("a", ["b", "c"]), Quiet("b", ["a", "c"]), Quiet("c", ["a", "b"])]
    bounds, alike = Bounds(crashes=1), ["b", "c"]
    possible = explore(nodes, always=[not_b_alone], bounds=bounds, alike=alike)
    assert possible.ok is False
    assert CrashDuringStep(Start("a"), 1) in possible.steps
    assert sim.follow(nodes, possible.steps).pending()[0].node == "b"
    impossible = explore(nodes, always=[not_c_alone], bounds=bounds, alike=alike)
    assert explore(nodes, always=[not_c_alone], bounds=Bounds(crashes=1)).ok
    assert impossible.ok is None
    assert impossible.reason == (
        "“not c alone” does not hold only if alike nodes send in another order than they do; "
        "explore without alike"
    )


@dataclass(frozen=True, slots=True)
class Due(Timer):
    pass


class Marks(Node):
    """Marks itself after a time and greets a, and remembers a greeting."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.marked = self.notified = False

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(Due(), 1)

    def on_due(self, timer: Due) -> None:
        self.marked = True
        self.send("a", Hello())

    def on_hello(self, sender: str, hello: Hello) -> None:
        self.notified = True


class GreetsAll(Node):
    def on_hello(self, sender: str, hello: Hello) -> None:
        self.broadcast(Hello())


def test_a_crash_inside_a_broadcast_may_reach_either_of_two_nodes_that_differ_by_now() -> None:
    """Only b or c has marked itself when a crashes after one message. That the other one gets it must be found."""

    def the_marked_one_is_told_first(view: View) -> bool:
        nodes = [view.nodes[name] for name in ("b", "c") if name in view.nodes]
        states = sorted((node.marked, node.notified) for node in nodes)
        return "a" in view.nodes or view.messages != [] or states != [(False, True), (True, False)]

    nodes: list[Node] = [GreetsAll("a", ["b", "c"]), Marks("b"), Marks("c")]
    found = [
        explore(
            nodes,
            always=[the_marked_one_is_told_first],
            bounds=Bounds(crashes=1, timeouts=1),
            alike=alike,
        )
        for alike in ([], ["b", "c"])
    ]
    assert [one.ok for one in found] == [False, False]
    assert len(found[0].steps) == len(found[1].steps)
    sim.follow(nodes, found[1].steps)


def test_a_crash_inside_a_handler_is_no_certain_way_to_a_goal() -> None:
    nodes = cluster(Greets, ABC)
    step = CrashDuringStep(Start("a"), 1)
    assert System(nodes, {}, Bounds(crashes=1)).certain(step)
    assert not System(nodes, {}, Bounds(crashes=1), alike=ABC).certain(step)
    assert System(nodes, {}, Bounds(crashes=1), alike=ABC).certain(Start("a"))


class Highest(Node):
    """Follows the node with the highest name: an order that a permutation does not keep."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.leader = id

    def on_start(self, log: Sequence[object]) -> None:
        self.broadcast(Hello())

    def on_hello(self, sender: str, hello: Hello) -> None:
        self.leader = max(self.leader, sender)


class FirstPeer(Node):
    def on_start(self, log: Sequence[object]) -> None:
        self.send(self.peers[0], Hello())

    def on_hello(self, sender: str, hello: Hello) -> None:
        pass


class Labels(Node):
    """Hides names in a longer text."""

    def on_start(self, log: Sequence[object]) -> None:
        self.broadcast(Named(f"from {self.id}"))

    def on_named(self, sender: str, named: Named) -> None:
        pass


class InOrder(Greets):
    """Answers whoever it has heard first, by the order of a dict."""

    def on_hello(self, sender: str, hello: Hello) -> None:
        super().on_hello(sender, hello)
        if sum(self.heard.values()) == 2:
            self.write(next(name for name, count in self.heard.items() if count))


@pytest.mark.parametrize("kind", [Highest, FirstPeer, Labels, InOrder])
def test_nodes_that_treat_each_other_by_name_or_order_are_not_alike(kind: type[Node]) -> None:
    with pytest.raises(NotAlikeError, match=r"does something else if .*; explore without alike"):
        explore(cluster(kind, ABC), alike=ABC)


class Weighs(Greets):
    def __init__(self, id: str, peers: Sequence[str] = (), weight: int = 1) -> None:
        super().__init__(id, peers)
        self.weight = weight


class Asks(Client):
    def on_invoke(self, op: Invocation) -> None:
        self.complete(op.id)


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ([Greets("a", ["b"]), Writes("b", ["a"])], "a is a Greets, b a Writes"),
        ([Weighs("a", ["b"]), Weighs("b", ["a"], 2)], "b.weight is 2"),
        ([Greets("a", ["b"]), Greets("b")], "a has the peers b, b has nobody"),
        ([Asks("a"), Asks("b")], "'a' is a client, whose operations are its own"),
        (
            [Writes("a"), Writes("b"), Greets("c", ["a"])],
            "c has the peers a, c has a",
        ),
    ],
)
def test_a_group_that_is_not_the_same_after_a_permutation_is_refused(
    nodes: list[Node], text: str
) -> None:
    with pytest.raises(NotAlikeError, match=text):
        explore(nodes, alike=["a", "b"])


def test_operations_that_name_an_alike_node_are_refused() -> None:
    nodes: list[Node] = [Writes("a"), Writes("b"), Asks("u")]
    with pytest.raises(NotAlikeError, match="the operations of 'u' name an alike node"):
        explore(nodes, operations={"u": [("read", "a")]}, alike=["a", "b"])


def test_names_that_cannot_be_found_are_refused() -> None:
    class Box:
        def __init__(self) -> None:
            self.names = ["a"]

    class Boxed(Greets):
        def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
            super().__init__(id, peers)
            self.box = Box()

    with pytest.raises(TypeError, match="names that a Box may hold cannot be exchanged"):
        explore(cluster(Boxed, ABC), alike=ABC)


def test_a_handler_that_raises_is_refuted_with_alike_nodes_too() -> None:
    class Breaks(Greets):
        def on_hello(self, sender: str, hello: Hello) -> None:
            raise RuntimeError(f"{self.id} fell over {sender}")

    found = explore(cluster(Breaks, ABC), alike=ABC)
    assert found.ok is False
    assert "raised RuntimeError" in found.reason


@dataclass(frozen=True, slots=True)
class Ripe(Timer):
    pass


@dataclass(frozen=True, slots=True)
class Choose(Timer):
    pass


class Grows(Node):
    """Greets the keeper twice: when it starts, and when it is ripe."""

    def on_start(self, log: Sequence[object]) -> None:
        self.send("k", Hello())
        self.set_timer(Ripe(), 1)

    def on_ripe(self, timer: Ripe) -> None:
        self.send("k", Named(self.id))


class Keeper(Node):
    """Chooses the node that greeted it first, once one of the two is ripe: the order of a dict decides."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.greeted: Counter[str] = Counter()
        self.ripe = self.chosen = ""

    def on_hello(self, sender: str, hello: Hello) -> None:
        self.greeted[sender] += 1
        if len(self.greeted) == 2:
            self.set_timer(Choose(), 1)

    def on_named(self, sender: str, named: Named) -> None:
        self.ripe = self.ripe or named.name

    def on_choose(self, timer: Choose) -> None:
        if self.ripe:
            self.chosen = self.choice()

    def choice(self) -> str:
        return next(iter(self.greeted))


class FairKeeper(Keeper):
    """Chooses the node that was ripe first."""

    def choice(self) -> str:
        return self.ripe if self.greeted[self.ripe] == 1 else ""


def keeper_and(kind: type[Keeper], growing: str) -> list[Node]:
    return [kind("k", ["a", "b"]), *(Grows(name, ["k"]) for name in growing)]


def chooses_the_ripe(view: View) -> bool:
    keeper = view.nodes.get("k")
    return keeper is None or keeper.chosen in ("", keeper.ripe)


@pytest.mark.parametrize("growing", ["ab", "ba"])
def test_a_handler_that_depends_on_the_order_of_a_dict_is_told(growing: str) -> None:
    """The order in which a dict was filled does not set states apart: a handler must not depend on it."""
    assert explore(keeper_and(Keeper, growing), always=[chooses_the_ripe]).ok is False
    with pytest.raises(NotAlikeError, match="k does something else if"):
        explore(keeper_and(Keeper, growing), always=[chooses_the_ripe], alike=["a", "b"])


def test_a_counter_is_renamed_with_its_counts() -> None:
    plain = explore(keeper_and(FairKeeper, "ba"), always=[chooses_the_ripe])
    folded = explore(keeper_and(FairKeeper, "ba"), always=[chooses_the_ripe], alike=["a", "b"])
    assert folded.ok is plain.ok is True
    assert folded.states < plain.states


def test_the_schedule_of_a_property_that_raises_leads_to_the_state_it_was_asked_of() -> None:
    def judge(view: View) -> bool:
        if "k" in view.nodes and view.nodes["k"].ripe == "b":
            raise KeyError("b")
        return True

    nodes = keeper_and(FairKeeper, "ab")
    with pytest.raises(PropertyError) as raised:
        explore(nodes, always=[judge], alike=["a", "b"])
    assert sim.follow(nodes, raised.value.schedule).view().nodes["k"].ripe == "b"


def test_a_state_that_stands_for_two_counts_once_among_those_that_could_not_be_judged() -> None:
    def judge(view: View) -> None:
        return None

    found = explore(cluster(Greets, ABC), always=[judge], sometimes=[judge], alike=ABC)
    assert found.unjudged == {"judge": found.states}


def test_too_many_alike_nodes_are_refused() -> None:
    with pytest.raises(ValueError, match="7 names have 5,040 permutations"):
        explore(cluster(Node, 7), alike=[node.id for node in cluster(Node, 7)])
