"""The search for a violation says no more than was looked at, and its path leads to what it found."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace

import pytest

from dscourse.core.properties import Property, PropertyError, View
from dscourse.experiments.partial_failure import one_payment
from dscourse.experiments.paxos import paxos_world
from dscourse.node import cluster
from dscourse.protocols.paxos import Paxos
from dscourse.protocols.paxos_properties import agreement
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Crash, DropPending, DuplicatePending, Restart, StepPending, World
from dscourse.touch.explorer import violations
from dscourse.touch.explorer.violations import Limits, Search, find_violation


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
        False, 4, "charged once does not hold: 2 times",
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
    assert (found.ok, found.complete, found.heading) == (True, True, "no violation can be reached")
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
