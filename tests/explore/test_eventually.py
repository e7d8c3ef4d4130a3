"""Properties that every weakly fair run comes to: random graphs by another algorithm, and nodes that ask again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from dscourse.core.properties import Property
from dscourse.core.schedule import Deliver, Drop, Fire, Start
from dscourse.explore import Bounds, DepthFirst, RandomWalks, View, explore, explore_model
from dscourse.explore.two_phase import TwoPhase, TwoPhaseState
from dscourse.node import Message, Node, Timer, cluster


class Graph:
    """A random graph; some of its steps are fair, and state 0 is the first."""

    def __init__(self, seed: int) -> None:
        draws = Random(seed)
        self.size = draws.randint(1, 5)
        self.edges = {
            (draws.randrange(self.size), draws.choice("abcd"), draws.randrange(self.size))
            for _ in range(draws.randint(0, 9))
        }
        self.fair_steps = frozenset(draws.sample("abcd", draws.randint(0, 4)))
        self.good = {state for state in range(self.size) if draws.random() < 0.25}

    def initial(self) -> list[int]:
        return [0]

    def next(self, state: int) -> list[tuple[str, int]]:
        return sorted((step, after) for before, step, after in self.edges if before == state)

    def fair(self, step: object) -> bool:
        return step in self.fair_steps

    def possible(self, state: int) -> set[str]:
        return {step for step, _ in self.next(state)} & self.fair_steps


def _avoids_by_automaton(graph: Graph) -> bool:
    """Return True if a weakly fair run avoids the good states, by a Büchi automaton that waits for each step in turn.

    It waits for step i until that is taken or is not possible. A run may also stay in a state for ever.
    """
    fair = sorted(graph.fair_steps)

    def moves(node: tuple[int, int]) -> Iterable[tuple[int, int]]:
        state, waits = node
        if waits == len(fair):
            yield state, 0
            return
        for step, after in [*graph.next(state), ("", state)]:
            if after not in graph.good:
                done = step == fair[waits] or fair[waits] not in graph.possible(state)
                yield after, waits + done

    def reached(start: tuple[int, int]) -> set[tuple[int, int]]:
        seen: set[tuple[int, int]] = set()
        waiting = [start]
        while waiting:
            for node in moves(waiting.pop()):
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
        return seen

    if 0 in graph.good:
        return False
    rounds = {node for node in {(0, 0), *reached((0, 0))} if node[1] == len(fair)}
    return any(node in reached(node) for node in rounds)


def _check_run(graph: Graph, steps: Sequence[Any], cycle: Sequence[Any], end: int) -> None:
    """Follow a run that avoids the good states, every way that its steps allow, and check that it is fair."""
    here = {0} - graph.good
    for step in steps:
        here = {
            after for state in here for name, after in graph.next(state) if name == step
        } - graph.good
    assert end in here
    visited = {end}
    for step in cycle:
        here = {after for state in visited for name, after in graph.next(state) if name == step}
        visited |= here - graph.good
    assert end in here or not cycle
    owed = graph.possible(end) - set(cycle)
    assert all(any(step not in graph.possible(state) for state in visited) for step in owed)


def test_random_graphs_agree_with_an_automaton_and_each_run_shown_is_fair_seeds() -> None:
    verdicts = {True: 0, False: 0}
    cycles = 0
    for seed in range(1_500):
        graph = Graph(seed)
        good = Property("good", lambda state, graph=graph: state in graph.good)  # type: ignore[misc]
        found = explore_model(graph, eventually=[good])
        assert found.ok is not None
        assert found.ok is not _avoids_by_automaton(graph), (seed, found)
        verdicts[found.ok] += 1
        if found.ok is False:
            cycles += bool(found.cycle)
            _check_run(graph, found.steps, found.cycle, found.state)
    assert min(verdicts.values()) > 250
    assert cycles > 100


class Ring:
    """Three states in a ring; from each, a step aside leads to the goal, and in two of them it has the same name."""

    def __init__(self, aside: Sequence[str]) -> None:
        self.aside = aside

    def initial(self) -> list[Hashable]:
        return [0]

    def next(self, state: Any) -> list[tuple[str, Hashable]]:
        if state == "goal":
            return []
        return [(f"go {state}", (state + 1) % 3), (self.aside[state], "goal")]


class Lists(Ring):
    """Its steps are lists."""

    def next(self, state: Any) -> Any:
        return [([step], after) for step, after in super().next(state)]


def goal(state: object) -> bool:
    return state == "goal"


def test_a_step_that_is_possible_all_along_is_not_put_off_for_ever() -> None:
    assert explore_model(Ring(["leave"] * 3), eventually=[goal]).ok is True
    found = explore_model(Ring(["leave", "leave", "quit"]), eventually=[goal])
    assert (found.ok, found.steps, found.cycle) == (False, (), ("go 0", "go 1", "go 2"))
    assert (
        found.reason
        == "“goal” never holds in a weakly fair run: in the end 3 steps repeat for ever"
    )
    assert found.not_looked_at == ("runs that are not weakly fair",)


def decided(state: TwoPhaseState) -> bool:
    return set(state.managers) <= {"committed", "aborted"}


class NoAbort(TwoPhase):
    """The transaction manager need not give up."""

    def fair(self, step: object) -> bool:
        return step != "abort"


def test_two_phase_commit_decides_if_the_manager_gives_up_in_the_end() -> None:
    assert explore_model(TwoPhase(3), eventually=[decided]).ok is True
    found = explore_model(NoAbort(3), eventually=[decided])
    assert found.ok is False
    assert ("aborts", 1) in found.steps
    assert explore_model(NoAbort(3), within_reach=[decided]).ok is True


@dataclass(frozen=True, slots=True)
class Ask(Message):
    pass


@dataclass(frozen=True, slots=True)
class Again(Timer):
    pass


class Asker(Node):
    """Asks once; a node that is asked notes it once."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.asked = False

    def on_start(self, log: Sequence[object]) -> None:
        self.write("up")
        if self.id == "a":
            self._ask()

    def _ask(self) -> None:
        self.broadcast(Ask())

    def on_ask(self, sender: str, ask: Ask) -> None:
        if not self.asked:
            self.asked = True
            self.write("asked")


class Persistent(Asker):
    """Asks until the end of time."""

    def _ask(self) -> None:
        super()._ask()
        self.set_timer(Again(), 100)

    def on_again(self, timer: Again) -> None:
        self._ask()


asked = Property("b is asked", lambda view: "asked" in view.logs["b"])


def _explored(kind: type[Node], **bounds: Any) -> Any:
    return explore(cluster(kind, ["a", "b"]), eventually=[asked], bounds=Bounds(**bounds))


def test_a_node_that_asks_until_it_is_answered_gets_through_and_one_that_asks_once_does_not() -> (
    None
):
    assert _explored(Asker).ok is True
    lost = _explored(Asker, drops=1)
    assert (lost.ok, lost.cycle) == (False, ())
    assert lost.steps[-1] == Drop("a", "b", Ask())
    assert lost.reason.endswith("never holds in a weakly fair run: it ends")
    assert _explored(Persistent, drops=1, copies=2).ok is True


def test_a_run_that_only_the_bounds_end_decides_nothing() -> None:
    found = _explored(Persistent, drops=2, timeouts=1, copies=2)
    assert found.ok is None
    assert "what comes after the last time-out within the bounds is not known" in found.reason


class Twice(Asker):
    """Asks twice at once, and counts."""

    def _ask(self) -> None:
        super()._ask()
        super()._ask()

    def on_ask(self, sender: str, ask: Ask) -> None:
        self.write("asked" if self.asked else "asked once")
        self.asked = True


def test_a_copy_that_the_bounds_leave_out_may_come_in_the_end() -> None:
    found = _explored(Twice, copies=1)
    assert found.ok is None
    assert "further copies of its messages" in found.reason
    assert _explored(Twice, copies=2).ok is True
    assert _explored(Twice, copies=1, timing="synchronous").ok is None
    never = Property("never", lambda view: False)
    assert explore(cluster(Asker, 2), eventually=[never], bounds=Bounds(copies=1)).ok is False


class Fair(Ring):
    """A ring whose attribute ``fair`` is given."""

    def __init__(self, fair: Any) -> None:
        super().__init__(["leave"] * 3)
        self.fair = fair


@pytest.mark.parametrize(
    ("fair", "why"),
    [
        ({"leave"}, r"fair = \{'leave'\}: it must be a method"),
        (lambda step: None, "gave None: it must return True or False"),
        (lambda step: step + 1, "can only concatenate"),
    ],
)
def test_fairness_of_another_form_is_refused(fair: object, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        explore_model(Fair(fair), eventually=[goal])


def test_a_message_to_a_node_that_has_crashed_goes_round_for_ever() -> None:
    asked_or_down = Property(
        "asked, or a is down",
        lambda view: asked.holds(view) or ("up" in view.logs["a"] and "a" not in view.nodes),
    )
    nodes, bounds = cluster(Persistent, ["a", "b"]), Bounds(crashes=1, copies=1)
    found = explore(nodes, eventually=[asked_or_down], bounds=bounds)
    assert found.ok is False
    assert (
        {Fire("a", Again())} <= set(found.cycle) <= {Fire("a", Again()), Deliver("a", "b", Ask())}
    )
    assert Start("a") in found.steps


def test_a_state_that_could_not_be_judged_decides_nothing() -> None:
    unclear = Property("unclear", lambda state: None if state == 0 else False)
    found = explore_model(Ring(["leave"] * 3), eventually=[unclear])
    assert (found.ok, found.reason) == (
        None,
        "unclear could not be judged in 1 state: it could not be judged",
    )


def test_what_cannot_be_decided_so_is_refused() -> None:
    with pytest.raises(ValueError, match="need every state"):
        explore_model(
            TwoPhase(2), eventually=[decided], order=RandomWalks(walks=1, steps=1, seed=1)
        )
    with pytest.raises(ValueError, match="explore without alike"):
        explore(cluster(Asker, 3), eventually=[asked], alike=["n2", "n3"])
    with pytest.raises(TypeError, match=r"the step \['go 0'\] can be changed"):
        explore_model(Lists(["leave"] * 3), eventually=[goal])


def test_a_search_that_its_budget_ends_decides_nothing() -> None:
    found = explore_model(TwoPhase(3), eventually=[decided], budget=100)
    assert (found.ok, found.reason) == (None, "the budget of 100 states is used up")


def test_depth_first_decides_the_same() -> None:
    found = explore_model(NoAbort(3), eventually=[decided], order=DepthFirst())
    assert (found.ok, explore_model(TwoPhase(3), eventually=[decided], order=DepthFirst()).ok) == (
        False,
        True,
    )


def test_a_view_is_what_the_property_sees() -> None:
    seen: list[object] = []
    explore(
        cluster(Asker, 2), eventually=[Property("seen", lambda view: seen.append(view) or True)]
    )
    assert all(isinstance(view, View) for view in seen)
