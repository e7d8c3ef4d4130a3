"""A node's state when it is copied: references to the node become references to the copy, one list stays one."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from dscourse.explore import explore
from dscourse.node import Component, Message, Node, cluster
from dscourse.sim import At, Constant, Crash, Network, Restart, World


@dataclass(frozen=True, slots=True)
class Hail(Message):
    n: int = 1


class Helper:
    """An ordinary object that knows its node."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def hail(self) -> None:
        self.node.broadcast(Hail())


class Hailing(Node):
    """Broadcasts at its start, in one way or another, and counts what it receives."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.count = 0
        self.prepare()

    def prepare(self) -> None: ...
    def begin(self) -> None: ...

    def on_start(self, log: object) -> None:
        self.begin()

    def on_hail(self, sender: str, hail: Hail) -> None:
        self.count += hail.n

    def hail(self, n: int = 1) -> None:
        self.broadcast(Hail(n))


class ByMethod(Hailing):
    def prepare(self) -> None:
        self.table = {"hail": self.hail}

    def begin(self) -> None:
        self.table["hail"]()


class ByPartial(Hailing):
    def prepare(self) -> None:
        self.act = partial(self.hail, 1)

    def begin(self) -> None:
        self.act()


class ByHelper(Hailing):
    def prepare(self) -> None:
        self.helper = Helper(self)

    def begin(self) -> None:
        self.helper.hail()


class Part(Component):
    def __init__(self, id: str, peers: Iterable[str], owner: Node) -> None:
        super().__init__(id, peers)
        self.owner = owner

    def hail(self) -> None:
        self.broadcast(Hail())


class ByPartInList(Hailing):
    def prepare(self) -> None:
        self.parts = [self.component(Part(self.id, self.peers, self))]

    def begin(self) -> None:
        self.parts[0].hail()


class ByPart(Hailing):
    def prepare(self) -> None:
        self.part = self.component(Part(self.id, self.peers, self))

    def begin(self) -> None:
        self.part.owner.broadcast(Hail())


KINDS: list[type[Hailing]] = [ByMethod, ByPartial, ByHelper, ByPartInList, ByPart]


@pytest.mark.parametrize("kind", KINDS)
def test_what_refers_to_a_node_refers_to_its_copy(kind: type[Hailing]) -> None:
    plan = [At(5, Crash("n1")), At(6, Restart("n1"))]
    world = World(cluster(kind, 2), plan=plan)
    other = world.clone()
    for each in (world.run(), other.run()):
        assert [node.count for node in each.nodes.values()] == [0, 2]  # type: ignore[attr-defined]
        assert len(each.trace.kinds("send")) == 3


def test_the_explorer_finds_as_few_states_as_without_a_table_of_methods() -> None:
    class Plain(Hailing):
        def begin(self) -> None:
            self.hail()

    states = [explore(cluster(each, 2), always=[]).states for each in (Plain, ByMethod)]
    assert states[0] == states[1]


def test_the_state_names_the_node_where_something_refers_back_to_it() -> None:
    node = ByPart("a", ["b"])
    assert node.state() == {"count": 0, "part": {"owner": "a"}}
    assert repr(node) == "ByPart('a': count=0, part={'owner': 'a'})"


class Twice(Node):
    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.log: list[Any] = []
        self.views = {"all": self.log}
        self.log.append(self.views)

    def on_start(self, log: object) -> None:
        self.log.append(1)


def test_what_is_one_list_stays_one_list() -> None:
    world = World([Twice("a")]).run()
    node: Any = world.clone().nodes["a"]
    assert node.views["all"] is node.log
    assert node.log == [node.views, 1]


class Closure(Hailing):
    def prepare(self) -> None:
        self.act = lambda: self.hail()


class DefaultArgument(Hailing):
    def prepare(self) -> None:
        self.act = lambda node=self: node.hail()


class View(Hailing):
    def prepare(self) -> None:
        self.act = memoryview(b"")


class Stream(Hailing):
    def prepare(self) -> None:
        self.act = (n for n in range(3))


class Inside(Component):
    def __init__(self, id: str, peers: Iterable[str]) -> None:
        super().__init__(id, peers)
        self.act = memoryview(b"")


class Outside(Hailing):
    def prepare(self) -> None:
        self.inside = self.component(Inside(self.id, self.peers))


class Slotted:
    """An object without ``__dict__``, an equality or a repr."""

    __slots__ = ("__count", "lock")

    def __init__(self) -> None:
        self.__count = 0
        self.lock = threading.RLock()

    def add(self) -> None:
        with self.lock:
            self.__count += 1

    @property
    def count(self) -> int:
        return self.__count


class BySlots(Hailing):
    __slots__ = ("counter",)

    def prepare(self) -> None:
        self.counter = Slotted()

    def on_hail(self, sender: str, hail: Hail) -> None:
        self.counter.add()
        self.count = self.counter.count


class ByLocks(Hailing):
    def prepare(self) -> None:
        self.locks = defaultdict(threading.Lock)
        self.changed = threading.Condition(self.locks["all"])
        self.free = threading.Semaphore(2)
        self.add = self.locks["all"].acquire

    def on_hail(self, sender: str, hail: Hail) -> None:
        with self.changed, self.free:
            self.count += hail.n


@pytest.mark.parametrize("kind", [*KINDS, BySlots, ByLocks])
def test_a_helper_does_not_make_states_differ(kind: type[Hailing]) -> None:
    states = []
    for each in (Hailing, kind):

        class Two(each):  # type: ignore[misc, valid-type]
            def on_start(self, log: object) -> None:
                self.broadcast(Hail())
                self.broadcast(Hail(1))

        states.append(explore(cluster(Two, 2), always=[]).states)
    assert states[0] == states[1]


@pytest.mark.parametrize("kind", [BySlots, ByLocks])
def test_a_copy_counts_apart_from_its_original(kind: type[Hailing]) -> None:
    class Talking(kind):  # type: ignore[misc, valid-type]
        def on_start(self, log: object) -> None:
            self.broadcast(Hail())

    world = World(cluster(Talking, 3), network=Network(latency=Constant(5)))
    world.run(until_ms=1)
    other = world.clone()
    assert [node.count for node in world.run().nodes.values()] == [2, 2, 2]  # type: ignore[attr-defined]
    assert [node.count for node in other.nodes.values()] == [0, 0, 0]  # type: ignore[attr-defined]
    assert [node.count for node in other.run().nodes.values()] == [2, 2, 2]  # type: ignore[attr-defined]


def test_a_copy_of_a_held_lock_is_held_and_can_be_released() -> None:
    node = ByLocks("a")
    node.locks["all"].acquire()
    copied = node.clone()
    node.locks["all"].release()
    assert copied.locks["all"].locked()
    assert copied.changed._lock is copied.locks["all"]  # type: ignore[attr-defined]
    copied.locks["all"].release()
    with copied.changed:
        assert not copied.add(blocking=False)
    assert not node.locks["all"].locked()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Closure, "Closure.act cannot be copied (the function Closure.prepare.<locals>.<lambda> holds on to the "),
        (DefaultArgument, "DefaultArgument.act cannot be copied (the function"),
        (View, "View.act cannot be copied (cannot pickle "),
        (Stream, "Stream.act cannot be copied (cannot pickle "),
        (Outside, "Inside.act cannot be copied (cannot pickle "),
    ],
)  # fmt: skip
def test_what_cannot_be_copied_is_named(kind: type[Node], text: str) -> None:
    with pytest.raises(TypeError) as caught:
        World([kind("a")])
    assert str(caught.value).startswith(text)
    assert text in str(explore([kind("a")]))


class Given(Node):
    def __init__(self, id: str, peers: Iterable[str] = (), *, judge: Any = None) -> None:
        super().__init__(id, peers)
        self.judge = judge


def test_an_argument_that_cannot_be_copied_is_named() -> None:
    with pytest.raises(TypeError, match=r"judge of Given cannot be copied \(cannot pickle"):
        Given("a", judge=memoryview(b""))


@pytest.mark.parametrize("judge", [len, lambda n: n > 1, str.upper, partial(pow, 2)])
def test_a_function_that_holds_nothing_may_be_given(judge: Callable[..., Any]) -> None:
    World([Given("a", judge=judge)], plan=[At(1, Crash("a")), At(2, Restart("a"))]).run()
