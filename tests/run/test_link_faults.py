"""Each fault of links does to the links what it says, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dscourse.node import cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.run.link_faults import LinkFaults
from dscourse.sim.hosts import Wire
from dscourse.sim.network import Network
from dscourse.sim.world import World

NAMES = ("a", "b", "c")


class Journal:
    """The links of a world, and a journal of what is asked of them; it stands for the fates of all links too."""

    def __init__(self) -> None:
        nodes = [*cluster(QuorumStore, NAMES[:2]), StoreClient("c", "a")]
        world = World(nodes, network=Network(loss=0.5, duplicate=0.5, reorder=0.5))
        self.wire, self.asked = world.link, list[tuple[Any, ...]]()

    def all(self) -> list[Wire]:
        return [self.wire(one, other) for one in NAMES for other in NAMES if one != other]

    def between_nodes(self) -> list[Wire]:
        return [wire for wire in self.all() if not wire.client]

    def configure(self, wire: Wire, settings: dict[str, Any]) -> None:
        self.asked.append(("configure", wire.source, wire.host.name, settings))

    def release(self, wire: Wire) -> None:
        self.asked.append(("release", wire.source, wire.host.name))

    def fates(self, source: str, to: str) -> Any:
        return _Fates(self, source, to)


class _Fates:
    def __init__(self, journal: Journal, source: str, to: str) -> None:
        self._journal, self._link = journal, (source, to)

    def __getattr__(self, fate: str) -> Callable[..., None]:
        return lambda *what: self._journal.asked.append((fate, *self._link, *what))


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (lambda on: on.release("a", "b"), [("release", "a", "b")]),
        (lambda on: on.set_link("a", "c", {"loss": 0}), [("configure", "a", "c", {"loss": 0})]),
        (
            lambda on: on.set_server_links({"loss": 1}),
            [("configure", "a", "b", {"loss": 1}), ("configure", "b", "a", {"loss": 1})],
        ),
        (lambda on: on.lose("a", "b", "Put", 3), [("lose", "a", "b", "Put", 3)]),
        (lambda on: on.delay("a", "b", "Put", 3, 1.5), [("delay", "a", "b", "Put", 3, 1500)]),
        (lambda on: on.repeat("b", "a", "Put", 3, 0.25), [("repeat", "b", "a", "Put", 3, 250)]),
    ],
)
def test_it_asks_for_this_alone(
    fault: Callable[[LinkFaults], None], asked: list[tuple[Any, ...]]
) -> None:
    links = Journal()
    fault(LinkFaults(links))
    assert links.asked == asked
    assert not any(wire.blocked for wire in links.all())


def test_cuts_and_holds_are_of_one_direction_until_they_end() -> None:
    links = Journal()
    faults = LinkFaults(links)
    faults.cut("a", "b")
    faults.cut("b", "c")
    faults.hold("c", "a")
    assert [(w.source, w.host.name) for w in links.all() if w.cut] == [("a", "b"), ("b", "c")]
    assert [(w.source, w.host.name) for w in links.all() if w.held] == [("c", "a")]
    faults.heal("a", "b")
    assert [(w.source, w.host.name) for w in links.all() if w.cut] == [("b", "c")]
    faults.heal_all()
    assert not any(wire.cut for wire in links.all())
    assert links.wire("c", "a").held


def test_a_link_that_is_made_whole_loses_doubles_and_holds_nothing() -> None:
    links = Journal()
    faults = LinkFaults(links)
    faults.cut("a", "b")
    before = links.wire("b", "a").settings
    faults.make_whole([links.wire("a", "b")])
    wire = links.wire("a", "b")
    assert not wire.cut
    assert (wire.settings.loss, wire.settings.duplicate, wire.settings.reorder) == (0, 0, 0)
    assert links.asked == [("release", "a", "b")]
    assert links.wire("b", "a").settings == before
