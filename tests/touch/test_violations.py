"""The search for a violation says no more than was looked at, and its path leads to what it found."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import random
from types import SimpleNamespace

import pytest

from dscourse.core.properties import Property, PropertyError, View
from dscourse.experiments.partial_failure import one_payment
from dscourse.experiments.paxos import paxos_world
from dscourse.explore.search import completed
from dscourse.node import Node, Timer, cluster
from dscourse.protocols.paxos import Paxos
from dscourse.protocols.paxos_properties import agreement
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Crash, DropPending, DuplicatePending, Restart, StepPending, World
from dscourse.touch.explorer import violations
from dscourse.touch.explorer.limits import Limits, Search
from dscourse.touch.explorer.violations import Searching, find_violation


def times(view: View) -> int:
    return max(charges(view.logs["bank"]).values(), default=0)


ONCE = Property("charged once", lambda view: times(view) < 2, lambda view: f"{times(view)} times")
AGREE = Property("agreement", lambda view: agreement(view.logs))


def started(world: World) -> World:
    return world.run(until_ms=0)


def payment(**limits: int) -> Search:
    return find_violation(started(one_payment()), [ONCE], Limits(**limits))


def test_the_path_is_the_shortest_and_leads_to_the_violation() -> None:
    found = payment()
    assert (found.ok, len(found.path), found.reason) == (
        False, 4, "“charged once” does not hold: 2 times",
    )  # fmt: skip
    world = started(one_payment())
    for move in found.path[:-1]:
        assert ONCE.judge(world.replay([move]).view()).ok
    assert ONCE.judge(world.replay(found.path[-1:]).view()).ok is False
    assert payment(moves=3).ok


def reachable(world: World, moves: int) -> set[object]:
    """The states within this many moves, found without the search."""
    seen, todo = {world.state_key()}, deque([(world, 0)])
    while todo:
        here, depth = todo.popleft()
        for event in here.pending() if depth < moves else []:
            after = here.clone()
            after.step(event.id)
            if after.state_key() not in seen:
                seen.add(after.state_key())
                todo.append((after, depth + 1))
    return seen


def test_every_state_within_the_moves_is_looked_at() -> None:
    for moves in (1, 2, 3, 4):
        found = find_violation(started(paxos_world()), [AGREE], Limits(moves=moves))
        assert found.ok
        assert (found.depth, found.complete) == (moves, False)
        assert found.states == len(reachable(started(paxos_world()), moves))
        assert f"no violation within {moves} move" in str(found)
        assert found.left_out.startswith(f"not looked at: more than {moves} move")


def test_a_budget_that_is_used_up_leaves_it_undecided_and_says_how_far_it_came() -> None:
    found = find_violation(started(paxos_world()), [AGREE], Limits(states=50))
    assert (found.ok, found.states, found.complete) == (None, 50, False)
    within = found.depth
    assert len(reachable(started(paxos_world()), within)) <= 50
    assert len(reachable(started(paxos_world()), within + 1)) > 50
    assert str(found).startswith(f"not decided; within {within} moves none found; the budget of 50")


def test_time_that_is_used_up_leaves_it_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10**6))
    monkeypatch.setattr(violations, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    late = find_violation(started(paxos_world()), [AGREE], Limits(seconds=20))
    assert (late.ok, late.complete, late.reason) == (None, False, "the limit of 20 s is reached")
    assert 0 < len(reachable(started(paxos_world()), late.depth)) <= late.states


def test_a_system_that_ends_is_looked_at_completely() -> None:
    world = World(cluster(Counter, ["a", "b"])).submit("a", [("add", None, 1)])
    small = Property("at most 1", lambda view: all(node.value < 2 for node in view.nodes.values()))
    found = find_violation(started(world), [small], Limits())
    assert (found.ok, found.complete, found.heading) == (
        True,
        True,
        "no violation can be reached within these limits",
    )
    twice = find_violation(started(world), [small], Limits(copies=1))
    assert [type(move) for move in twice.path][-2:] == [StepPending, StepPending]
    assert DuplicatePending in map(type, twice.path)


@pytest.mark.parametrize(
    ("limits", "kinds"),
    [
        ({"losses": 1}, [DropPending]),
        ({"crashes": 1}, [Crash]),
    ],
)
def test_faults_are_moves_within_their_limits(limits: dict[str, int], kinds: list[type]) -> None:
    world = started(one_payment()).run(until_ms=1)

    def asked(view: View) -> bool:
        """The bank is up, and has been or will be asked."""
        return "bank" in view.nodes and bool(view.messages or times(view) or view.results["ann"])

    asks = Property("the bank is asked", asked)
    assert find_violation(world, [asks], Limits(moves=3)).ok
    found = find_violation(world, [asks], Limits(moves=3, **limits))
    assert [type(move) for move in found.path] == kinds
    crashed = world.clone()
    crashed.apply(Crash("bank"))
    stays = Property("it stays down", lambda view: "bank" not in view.nodes)
    assert find_violation(crashed, [stays], Limits(moves=2)).ok
    assert find_violation(crashed, [stays], Limits(restarts=1)).path == (Restart("bank"),)
    assert "lost messages" in Limits(crashes=1).left_out()
    assert "more than 1 crash" in Limits(crashes=1).left_out()


class Fragile(Counter):
    """A counter that cannot stand an addition from another node."""

    def on_add(self, sender: str, add: object) -> None:
        raise RuntimeError("no")


def test_a_handler_that_raises_is_a_violation() -> None:
    world = World(cluster(Fragile, ["a", "b"])).submit("a", [("add", None, 1)])
    found = find_violation(started(world), [Property("fine", lambda view: True)], Limits())
    assert found.ok is False
    assert len(found.path) == 1
    assert "b (Fragile) raised RuntimeError" in found.reason


def test_a_mutant_of_paxos_is_caught_and_paxos_is_not() -> None:
    class Hasty(Paxos):
        """A node that accepts whatever it is asked to, whatever it has promised."""

        def on_accept(self, sender, accept):  # type: ignore[no-untyped-def]
            self.promised = min(self.promised, accept.ballot)
            super().on_accept(sender, accept)

    assert promised_twice(Hasty).ok is False
    assert promised_twice(Paxos).ok is True


def promised_twice(kind: type[Paxos]) -> Search:
    """Search from where c has promised to both a and b, in this order, and neither has asked it to accept."""
    a, b = kind("a", ["b", "c"], "x", 30.0), kind("b", ["a", "c"], "y", 30.0)
    world = started(World([a, b, kind("c", ["a", "b"])]))
    steps = (("a", "ProposalDue"), ("c", "Prepare"), ("a", "Promise"), ("b", "ProposalDue"))
    for node, what in (*steps, ("c", "Prepare"), ("b", "Promise")):
        waiting = [one for one in world.pending() if one.node == node]
        world.step(next(one.id for one in waiting if type(one.what).__name__ == what))
    return find_violation(world, [AGREE], Limits(moves=2))


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(ValueError, match="no property to violate"):
        find_violation(one_payment(), [], Limits())
    with pytest.raises(PropertyError):
        find_violation(one_payment(), [Property("odd", lambda view: view.odd)], Limits())
    for wrong in ({"moves": 0}, {"losses": -1}, {"states": 1.5}, {"crashes": True}):
        with pytest.raises(ValueError, match="is required"):
            Limits(**wrong)  # type: ignore[arg-type]
    undecided = find_violation(
        one_payment(), [Property("unknown", lambda view: None)], Limits(moves=2)
    )
    assert undecided.ok is None


# --- clocks, and handlers that do not repeat -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beat(Timer):
    """The next beat is due."""


class Watch(Node):
    """A node that is late once a beat of its clock comes after 120 ms."""

    late = False

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.late = False

    def on_start(self, log: object) -> None:
        self.set_timer(Beat(), 50)

    def on_beat(self, timer: Beat) -> None:
        self.set_timer(Beat(), 50)
        self.late = self.reading() > 120

    def reading(self) -> float:
        return self.now


def reading_of(node: Node) -> float:
    return node.now


class Asking(Watch):
    def reading(self) -> float:
        return reading_of(self)


class Naming(Watch):
    def reading(self) -> float:
        return float(getattr(self, "now"))  # noqa: B009


class Dice(Watch):
    def reading(self) -> float:
        return random()


class Counting(Watch):
    def reading(self) -> float:
        counted.append(1)
        return len(counted)


counted: list[int] = []  # by all copies of all nodes


IN_TIME = Property("in time", lambda view: not any(node.late for node in view.nodes.values()))


@pytest.mark.parametrize("kind", [Watch, Asking, Naming])
def test_a_clock_is_noticed_wherever_it_is_read(kind: type[Watch]) -> None:
    found = find_violation(started(World([kind("a")])), [IN_TIME], Limits())
    assert (found.ok, len(found.path), found.states) == (False, 3, 4)


def test_a_property_that_reads_a_clock_makes_time_part_of_the_state() -> None:
    early = Property("early", lambda view: view.nodes["a"].now < 120)
    found = find_violation(started(World([Watch("a")])), [early], Limits())
    assert (found.ok, len(found.path)) == (False, 3)


@pytest.mark.parametrize("kind", [Dice, Counting])
def test_a_handler_that_does_not_repeat_leaves_it_undecided(kind: type[Watch]) -> None:
    spy = Property("fine", lambda view: True)
    world = started(World([type(kind.__name__, (kind,), {"on_beat": on_noisy_beat})("a")]))
    found = find_violation(world, [spy], Limits())
    assert found.ok is None
    assert found.reason.startswith("a did not do the same when this move was made twice")


def on_noisy_beat(node: Watch, timer: Beat) -> None:
    node.set_timer(timer, 50)
    node.late = node.reading()  # type: ignore[assignment]


def test_a_search_that_is_stopped_says_what_it_has_looked_at() -> None:
    searching = Searching(started(paxos_world()), [AGREE], Limits(moves=6))
    parts = searching.parts()
    for _ in range(40):
        next(parts)
    searching.stop("it was cancelled")
    found = completed(parts)
    assert (found.ok, found.reason, found.complete) == (None, "it was cancelled", False)
    assert 0 < found.depth < 6
    assert len(reachable(started(paxos_world()), found.depth)) <= found.states


def test_a_violation_says_nothing_of_moves_beyond_it() -> None:
    assert "more than" not in payment(moves=8).left_out
    here = find_violation(one_payment(), [Property("never", lambda view: False)], Limits())
    assert (here.heading, here.path) == ("violated here already", ())
