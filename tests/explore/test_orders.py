"""Depth first and random walks find what breadth first finds; a model's symmetry leaves nothing out."""

from __future__ import annotations

from itertools import permutations

import pytest

from dscourse.core.properties import Property
from dscourse.explore import BreadthFirst, DepthFirst, RandomWalks, explore, explore_model
from dscourse.explore.orders import Order
from dscourse.explore.processes import AsPlain
from dscourse.explore.two_phase import AlikeManagers, TwoPhase, TwoPhaseState, consistent
from dscourse.node import Node, cluster


class Hasty(TwoPhase):
    """A manager that has prepared may abort all the same."""

    def _manager(self, state: TwoPhaseState, manager: int):  # type: ignore[no-untyped-def]
        yield from super()._manager(state, manager)
        if state.managers[manager] == "prepared":
            yield ("gives up", manager), {"managers": {manager: "aborted"}}


class HastyAlike(AlikeManagers, Hasty):
    pass


def committed(state: TwoPhaseState) -> bool:
    return "committed" in state.managers


@pytest.mark.parametrize("model", [TwoPhase(3), AlikeManagers(4)])
def test_depth_first_visits_the_same_states(model: TwoPhase) -> None:
    broad, deep = (
        explore_model(model, always=[consistent], sometimes=[committed], order=order)
        for order in (BreadthFirst(), DepthFirst())
    )
    assert (deep.ok, deep.states, deep.complete) == (True, broad.states, True)
    assert deep.reached["committed"] >= broad.reached["committed"]


def _follow(model: TwoPhase, steps: tuple[object, ...]) -> TwoPhaseState:
    plain = AsPlain(model)
    (state,) = plain.initial()
    for step in steps:
        state = dict(plain.next(state))[step]
    return state


@pytest.mark.parametrize("model", [Hasty(3), HastyAlike(3)])
@pytest.mark.parametrize(
    "order", [BreadthFirst(), DepthFirst(), RandomWalks(walks=2_000, steps=14, seed=1)]
)
def test_every_order_finds_an_error_and_its_steps_can_be_taken(
    model: TwoPhase, order: Order
) -> None:
    found = explore_model(model, always=[consistent], order=order)
    assert (found.ok, found.violated) == (False, "consistent")
    assert not consistent(_follow(Hasty(3), found.steps))
    if order == BreadthFirst():
        assert len(found.steps) == 9


def test_depth_first_goes_deep_at_once() -> None:
    broad, deep = (
        explore_model(Hasty(4), always=[consistent], order=order)
        for order in (BreadthFirst(), DepthFirst())
    )
    assert len(broad.steps) < len(deep.steps)
    assert deep.states < broad.states / 2


def test_random_walks_decide_nothing_unless_they_refute() -> None:
    walks = RandomWalks(walks=30, steps=12, seed=3)
    found = explore_model(TwoPhase(2), always=[consistent], sometimes=[committed], order=walks)
    assert (found.ok, found.complete) == (None, False)
    assert found.reason == "30 random walks of at most 12 steps refute nothing"
    assert found.not_looked_at == ("other walks", "longer walks")
    assert found.reached
    assert found == explore_model(
        TwoPhase(2), always=[consistent], sometimes=[committed], order=walks
    )
    other = RandomWalks(walks=30, steps=12, seed=4)
    assert found != explore_model(
        TwoPhase(2), always=[consistent], sometimes=[committed], order=other
    )


@pytest.mark.parametrize("order", [DepthFirst(), RandomWalks(walks=99, steps=99, seed=1)])
@pytest.mark.parametrize("budget", [1, 2, 70])
def test_no_order_stores_more_than_the_budget(order: Order, budget: int) -> None:
    judged: list[tuple[object, ...]] = []
    every = Property("every one is judged", lambda state: judged.append(tuple(state)) or True)
    found = explore_model(TwoPhase(3), always=[every], order=order, budget=budget)
    assert (found.ok, found.states) == (None, budget)
    assert found.reason.startswith(f"the budget of {budget} state")
    assert len(set(judged)) == budget


def test_walks_of_nodes() -> None:
    walks = RandomWalks(walks=5, steps=5, seed=0)
    assert explore(cluster(Node, 3), order=walks).states == 8


@pytest.mark.parametrize("order", [DepthFirst, "depth first", None])
def test_anything_but_an_order_is_refused(order: object) -> None:
    with pytest.raises(TypeError, match=r"an order is required, such as DepthFirst\(\)"):
        explore_model(TwoPhase(1), order=order)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"walks": 0}, {"steps": True}, {"seed": 1.5}])
def test_walks_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}="):
        RandomWalks(**{"walks": 1, "steps": 1, "seed": 1, **wrong})  # type: ignore[arg-type]


def _renamed(state: TwoPhaseState, order: tuple[int, ...]) -> TwoPhaseState:
    return state._replace(
        managers=tuple(state.managers[one] for one in order),
        counted=tuple(state.counted[one] for one in order),
        votes=tuple(state.votes[one] for one in order),
    )


@pytest.mark.parametrize("managers", [1, 2, 3, 4])
def test_states_count_once_for_all_permutations_of_the_managers(managers: int) -> None:
    reached: set[TwoPhaseState] = set()
    every = Property("every state", lambda state: reached.add(state) or True)
    explore_model(TwoPhase(managers), always=[every])
    orders = list(permutations(range(managers)))
    classes = {min(_renamed(state, order) for order in orders) for state in reached}
    found = explore_model(AlikeManagers(managers), always=[consistent])
    assert (found.ok, found.states) == (True, len(classes))
    assert found.not_looked_at == ("states taken for one by representative()",)


class ForgetsVotes(AlikeManagers):
    """Takes states for one in which another number of votes has been counted."""

    def representative(self, state: TwoPhaseState) -> TwoPhaseState:
        return super().representative(state)._replace(counted=(False,) * len(state.counted))


class NeverTheSame(AlikeManagers):
    """The representative of a representative is another state."""

    def representative(self, state: TwoPhaseState) -> TwoPhaseState:
        return state._replace(managers=state.managers[1:] + state.managers[:1])


@pytest.mark.parametrize(
    ("model", "why"),
    [(ForgetsVotes(3), "only one of the two leads to"), (NeverTheSame(3), "is another one")],
)
def test_a_representative_that_is_not_alike_is_refused(model: TwoPhase, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        explore_model(model, always=[consistent])


class Nowhere(AlikeManagers):
    """It begins in no state."""

    def initial(self) -> list[TwoPhaseState]:
        return []


class NoMethod(TwoPhase):
    representative = "sorted"


def test_representatives_of_another_form_are_refused() -> None:
    assert explore_model(Nowhere(2)).reason == "the model has no first state"
    with pytest.raises(TypeError, match="representative = 'sorted': it must be a method"):
        explore_model(NoMethod(2))


def test_a_property_that_tells_the_managers_apart_is_refused() -> None:
    def first_prepares(state: TwoPhaseState) -> bool:
        return state.managers[0] == "prepared"

    with pytest.raises(ValueError, match=r"“first prepares” is (True|False) in the first and"):
        explore_model(AlikeManagers(3), sometimes=[first_prepares])


def test_a_run_through_representatives_need_not_be_fair() -> None:
    with pytest.raises(ValueError, match=r"explore without representative\(\)"):
        explore_model(AlikeManagers(2), eventually=[committed])
