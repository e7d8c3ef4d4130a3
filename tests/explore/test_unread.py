"""Without the states that have only fewer messages in flight, an exploration finds the same by as few steps."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

import pytest

from dscourse.core.properties import Property
from dscourse.explore import Bounds, DepthFirst, Exploration, RandomWalks, View, explore
from dscourse.node import Message, Node, Timer, cluster
from dscourse.protocols.failover import FailoverNode


@dataclass(frozen=True, slots=True)
class Note(Message):
    kind: int


@dataclass(frozen=True, slots=True)
class Tick(Timer):
    pass


class Table(Node):
    """A node whose reactions are drawn at random: for each state and event a next state, records and messages."""

    def __init__(self, id: str, peers: Sequence[str] = (), seed: int = 0) -> None:
        super().__init__(id, peers)
        self.at, self.seed = 0, seed

    def on_start(self, log: Sequence[object]) -> None:
        self.at = len(log)
        self._react("start")

    def on_note(self, sender: str, note: Note) -> None:
        self._react(note.kind)

    def on_tick(self, timer: Tick) -> None:
        self._react("tick")

    def _react(self, event: object) -> None:
        draws = Random(f"{self.seed} {self.at} {event}")
        before = self.at
        self.at = draws.choice([self.at, self.at, min(self.at + 1, 4)])
        if self.at > before and draws.random() < 0.7:
            self.write(self.at)
        if draws.random() < 0.45:
            self.send(draws.choice(self.peers), Note(draws.randrange(3)))
        if draws.random() < 0.3:
            self.broadcast(Note(draws.randrange(3)))
        if draws.random() < 0.3:
            self.set_timer(Tick(), 10)


class Ticker(Node):
    """The first one sends a note at each tick; the other counts four of them."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.at = 0

    def on_start(self, log: Sequence[object]) -> None:
        if self.id == "a":
            self.set_timer(Tick(), 10)

    def on_tick(self, timer: Tick) -> None:
        self.broadcast(Note(0))
        self.set_timer(Tick(), 10)

    def on_note(self, sender: str, note: Note) -> None:
        self.at = min(self.at + 1, 4)


ONE = Bounds(copies=1)


def _distance(view: View) -> int:
    """Return how far the nodes and logs are apart."""
    reached = [*(node.at for node in view.nodes.values()), *map(len, view.logs.values())]
    return max(reached) - min(reached)


def _reads(view: View) -> bool:
    return len(view.messages) >= 0


def _both_ways(nodes: Any, claims: Sequence[Any], **how: Any) -> tuple[Exploration, Exploration]:
    """Explore with and without all states; a property that reads messages needs all of them."""
    return explore(nodes, always=claims, **how), explore(nodes, always=[*claims, _reads], **how)


def _same(few: Exploration, every: Exploration) -> None:
    assert (few.ok, few.violated, few.reached) == (every.ok, every.violated, every.reached)
    assert len(few.steps) == len(every.steps)
    assert few.states <= every.states


def _group(seed: int) -> list[Table]:
    names = "abc" if seed % 3 == 0 else "ab"
    return [Table(name, [other for other in names if other != name], seed) for name in names]


def test_random_nodes_are_found_out_by_as_few_steps_seeds() -> None:
    verdicts = {True: 0, False: 0}
    fewer = 0
    for seed in range(160):
        draws = Random(seed)
        faults = ("crashes", "restarts", "drops", "duplicates", "timeouts")
        bounds = Bounds(copies=2, budget=400, **{name: draws.randrange(2) for name in faults})
        nodes, most = _group(seed), draws.randint(1, 4)
        near = Property("near", lambda view, most=most: _distance(view) <= most)  # type: ignore[misc]
        far = Property("far", lambda view, most=most: _distance(view) >= most)  # type: ignore[misc]
        few, every = _both_ways(nodes, [near], sometimes=[far] if seed % 2 else [], bounds=bounds)
        if every.complete or (every.ok is False and few.ok is False):
            _same(few, every)
            verdicts[bool(few.ok)] += 1
            fewer += few.states < every.states
    assert min(verdicts.values()) > 30
    assert fewer > 25


def test_an_election_needs_a_fraction_of_the_states() -> None:
    def no_ninth_epoch(view: View) -> bool:
        return all((node.epoch_led or 0) < 9 for node in view.nodes.values())

    nodes, bounds = cluster(FailoverNode, ["a", "b", "c"]), Bounds(timeouts=2, crashes=1, copies=1)
    few, every = _both_ways(nodes, [no_ninth_epoch], bounds=bounds, alike=["a", "b", "c"])
    _same(few, every)
    assert few.states < every.states / 2


def test_timers_that_wait_for_messages_need_all_states() -> None:
    nodes = cluster(FailoverNode, ["a", "b", "c"])
    few, every = _both_ways(
        nodes, [anything], bounds=Bounds(timeouts=1, copies=1, timing="synchronous")
    )
    assert few.states == every.states


def anything(view: View) -> bool:
    return True


def test_depth_first_decides_the_same() -> None:
    def near(view: View) -> bool:
        return _distance(view) < 3

    bounds = Bounds(copies=1, timeouts=1)
    few, every = _both_ways(_group(4), [near], order=DepthFirst(), bounds=bounds)
    assert few.ok == every.ok


def test_the_state_that_refutes_has_its_messages() -> None:
    def started(view: View) -> bool:
        return not view.nodes

    nodes = [Table("a", ["b"], 1), Table("b", ["a"], 1)]
    few, every = _both_ways(nodes, [started])
    assert list(few.state.messages) == list(every.state.messages)
    assert few.steps == every.steps


def _compares(view: View) -> object:
    return view == replace(view)


READS: dict[str, Callable[[View], object]] = {
    "copy": lambda view: view.messages.copy(),  # type: ignore[attr-defined]
    "add": lambda view: [].__add__(view.messages),  # type: ignore[arg-type]
    "type": lambda view: isinstance(view.messages, list),
    "whole copy": copy,
    "dict": asdict,
    "text": repr,
    "pickle": pickle.dumps,
    "replace": replace,
    "compare": _compares,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_every_way_to_read_the_messages_is_noticed(read: Callable[[View], object]) -> None:
    def started(view: View) -> bool:
        read(view)
        return type(view) is View

    assert explore(cluster(Ticker, ["a"]), always=[started]).ok is True


def test_a_property_that_catches_every_error_has_read_the_messages_all_the_same() -> None:
    def few_messages(view: View) -> bool:
        try:
            return len(view.messages) < 2
        except BaseException:
            return True

    def raises_another(view: View) -> bool:
        try:
            return len(view.messages) < 2
        except BaseException as error:
            raise ValueError from error

    for holds in (few_messages, raises_another):
        assert explore(cluster(Ticker, ["a", "b"]), always=[holds]).ok is False


def test_a_view_that_a_property_has_kept_can_be_read_after_the_search() -> None:
    kept: list[View] = []
    explore(
        cluster(Ticker, ["a", "b"]), always=[lambda view: kept.append(view) or True], bounds=ONE
    )
    assert max(len(view.messages) for view in kept) == 1
    assert "Note(kind=0)" in repr(kept)


def test_a_walk_reaches_nothing_by_fewer_steps_than_it_takes() -> None:
    def four_notes(view: View) -> bool:
        return any(node.at == 4 for node in view.nodes.values())

    walks = RandomWalks(walks=200, steps=8, seed=1)
    found = explore(cluster(Ticker, ["a", "b"]), sometimes=[four_notes], order=walks)
    assert found.reached == {}  # it takes two starts, four time-outs and four deliveries
