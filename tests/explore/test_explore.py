"""The explorer: the counts of a published model, every kind of step, shortest schedules, undecided results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any, get_args

import pytest

from dscourse import sim
from dscourse.core import schedule
from dscourse.core.properties import Property, PropertyError
from dscourse.core.schedule import (
    Crash,
    CrashDuringStep,
    Deliver,
    Drop,
    Duplicate,
    Fire,
    Invoke,
    Restart,
    Start,
    Step,
)
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, View, explore, explore_model
from dscourse.explore.two_phase import TwoPhase, TwoPhaseState
from dscourse.node import Client, Invocation, Message, Node, Timer, cluster


def managers_agree(state: TwoPhaseState) -> bool:
    return not {"committed", "aborted"} <= set(state.managers)


def all_committed(state: TwoPhaseState) -> bool:
    return set(state.managers) == {"committed"}


def all_aborted(state: TwoPhaseState) -> bool:
    return set(state.managers) == {"aborted"}


@pytest.mark.parametrize(("managers", "states"), [(3, 288), (5, 8_832), (6, 50_816)])
def test_the_two_phase_commit_of_gray_and_lamport_has_its_states(
    managers: int, states: int
) -> None:
    found = explore_model(
        TwoPhase(managers), always=[managers_agree], sometimes=[all_committed, all_aborted]
    )
    assert (found.ok, found.states, found.complete) == (True, states, True)
    assert found.reached["all aborted"] == managers


@dataclass(frozen=True, slots=True)
class Ask(Message):
    pass


@dataclass(frozen=True, slots=True)
class Answer(Message):
    pass


@dataclass(frozen=True, slots=True)
class Again(Timer):
    pass


class Asker(Node):
    """Asks each peer, and notes in its log that it asked and that it was answered."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.answered: set[str] = set()

    def on_start(self, log: Sequence[object]) -> None:
        if "asked" not in log:
            self.broadcast(Ask())
            self.write("asked")

    def on_answer(self, sender: str, answer: Answer) -> None:
        self.answered.add(sender)


class Answerer(Node):
    """Answers every question."""

    def on_ask(self, sender: str, ask: Ask) -> None:
        self.send(sender, Answer())


class Patient(Asker):
    """Asks again when its timer fires, until it is answered."""

    def on_start(self, log: Sequence[object]) -> None:
        self.on_again(Again())

    def on_again(self, timer: Again) -> None:
        self.broadcast(Ask())
        self.set_timer(timer, 10)

    def on_answer(self, sender: str, answer: Answer) -> None:
        super().on_answer(sender, answer)
        self.cancel_timer(Again())


def answered(view: View) -> bool:
    return "a" in view.nodes and view.nodes["a"].answered == {"b"}


def answered_(view: View) -> bool:
    return answered(view)


def pair(kind: type[Asker] = Asker) -> list[Node]:
    return [kind("a", ["b"]), Answerer("b", ["a"])]


def test_a_run_without_faults_is_one_path_after_the_nodes_have_started_in_either_order() -> None:
    found = explore(pair(), sometimes=[answered], within_reach=[answered])
    assert repr(found) == (
        "holds (6 states, 6 steps, depth 4, all of them; answered after 4 steps); "
        "not looked at: late starts, crashes, drops, duplicates"
    )


def test_a_crash_may_come_after_every_prefix_of_the_effects() -> None:
    """One before all effects, one between send and write; one after both is a crash between events."""
    found = explore(
        pair(),
        always=[lambda_named("never_down", lambda view: "a" in view.nodes or not view.logs["b"])],
    )
    assert found.ok
    cuts = set()

    def note(view: View) -> bool:
        if "a" not in view.nodes:
            cuts.add((view.logs["a"], tuple(message for _, _, message in view.messages)))
        return True

    assert explore(pair(), always=[note], bounds=Bounds(crashes=1))
    assert {((), ()), ((), (Ask(),)), (("asked",), (Ask(),)), (("asked",), ())} <= cuts


def lambda_named(name: str, property: Any) -> Any:
    property.__name__ = name
    return property


def test_what_was_sent_before_it_was_written_is_found_by_the_fewest_steps() -> None:
    def sent_only_what_is_logged(view: View) -> bool:
        return "asked" in view.logs["a"] or not view.messages

    found = explore(pair(), always=[sent_only_what_is_logged], bounds=Bounds(crashes=1))
    assert found.ok is False
    assert found.reason == "“sent only what is logged” does not hold"
    assert found.steps == (CrashDuringStep(Start("a"), 1),)
    assert found.state.messages == [("a", "b", Ask())]


def test_a_lost_message_is_missed_for_good_without_a_timer_and_not_with_one() -> None:
    lost = explore(pair(), within_reach=[answered], bounds=Bounds(drops=1))
    assert lost.reason == "“answered” is out of reach"
    assert lost.steps == (Start("a"), Start("b"), Drop("a", "b", Ask()))
    assert explore(pair(Patient), within_reach=[answered], bounds=Bounds(drops=2, copies=1)).ok


def test_a_repeated_message_arrives_twice() -> None:
    def one_answer(view: View) -> bool:
        return len([1 for _, to, _ in view.messages if to == "a"]) < 2

    assert explore(pair(), always=[one_answer]).ok
    found = explore(pair(), always=[one_answer], bounds=Bounds(duplicates=1))
    assert found.steps == (
        Start("a"), Start("b"), Deliver("a", "b", Ask()), Duplicate("b", "a", Answer()),
    )  # fmt: skip


def test_a_timer_waits_for_messages_in_the_synchronous_mode_only() -> None:
    def asked_once(view: View) -> bool:
        return len(view.messages) < 2

    found = explore(pair(Patient), always=[asked_once], bounds=Bounds(budget=500))
    assert found.steps == (Start("a"), Start("b"), Fire("a", Again()))
    assert explore(pair(Patient), always=[asked_once], bounds=Bounds(timing="synchronous")).ok


def test_time_outs_have_a_budget() -> None:
    def asked_once(view: View) -> bool:
        return len(view.messages) < 2

    assert explore(pair(Patient), always=[asked_once], bounds=Bounds(timeouts=0)).ok
    assert explore(pair(Patient), always=[asked_once], bounds=Bounds(timeouts=1)).ok is False


def test_a_node_that_starts_again_has_its_log() -> None:
    def asked_once(view: View) -> bool:
        return view.logs["a"].count("asked") < 2

    assert explore(pair(), always=[asked_once], bounds=Bounds(crashes=2, restarts=2)).ok

    class Forgetful(Asker):
        def on_start(self, log: Sequence[object]) -> None:
            super().on_start(())

    found = explore(pair(Forgetful), always=[asked_once], bounds=Bounds(crashes=1, restarts=1))
    assert found.steps == (Start("a"), Start("b"), Crash("a"), Restart("a"))


def test_a_message_outlasts_a_crash_of_its_receiver_that_may_restart() -> None:
    class Scribe(Answerer):
        def on_start(self, log: Sequence[object]) -> None:
            self.write("starts")

        def on_ask(self, sender: str, ask: Ask) -> None:
            self.write("is asked")

    def not_asked_after_a_restart(view: View) -> bool:
        return view.logs["b"] != ("starts", "starts", "is asked")

    nodes = [Asker("a", ["b"]), Scribe("b")]
    claims = [not_asked_after_a_restart]
    assert explore(nodes, always=claims, bounds=Bounds(crashes=1, restarts=0)).ok
    found = explore(nodes, always=claims, bounds=Bounds(crashes=1, restarts=1))
    assert found.ok is False
    assert found.steps[-3:-1] == (Crash("b"), Restart("b"))


class Reader(Client):
    """Asks b and completes with its answer."""

    def on_invoke(self, op: Invocation) -> None:
        self.op = op.id
        self.send("b", Ask())

    def on_answer(self, sender: str, answer: Answer) -> None:
        self.complete(self.op, "answered")


def test_clients_carry_out_their_operations_one_after_the_other() -> None:
    def both_done(view: View) -> bool:
        return [result for _, _, result in view.results["c"]] == ["answered"] * 2

    nodes: list[Node] = [Reader("c"), Answerer("b")]
    work = {"c": [("read",), ("read",)]}
    found = explore(nodes, operations=work, sometimes=[both_done], within_reach=[both_done])
    assert found.ok
    steps = explore(
        nodes, operations=work, always=[lambda_named("never", lambda view: not both_done(view))]
    ).steps
    assert steps[2] == Invoke("c", 0)
    world = sim.follow(nodes, steps, work)
    assert [op.outcome() for op in world.history] == ["ok answered"] * 2


def test_a_schedule_can_be_followed_in_a_world() -> None:
    """The explorer's counterexample, as a trace with times: crash in a handler, restart, loss, repetition."""
    steps = [
        CrashDuringStep(Start("a"), 1), Start("b"), Restart("a"), Duplicate("a", "b", Ask()), Drop("a", "b", Ask()),
        Deliver("a", "b", Ask()), Crash("b"), Restart("b"), Deliver("a", "b", Ask()), Deliver("b", "a", Answer()),
    ]  # fmt: skip
    world = sim.follow(pair(), steps)
    assert world.log("a") == ("asked",)
    assert world.nodes["a"].answered == {"b"}  # type: ignore[attr-defined]
    assert [len(world.trace.kinds(kind)) for kind in ("crash", "restart", "drop", "duplicate")] == [
        2,
        2,
        1,
        1,
    ]


def test_a_step_that_is_not_possible_is_named() -> None:
    with pytest.raises(
        LookupError, match=r"Deliver\('b', .* is not possible here: pending: b starts"
    ):
        sim.follow(pair(), [Start("a"), Drop("a", "b", Ask()), Deliver("b", "a", Answer())])


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (Start("a"), r"Start\('a'\) is not possible here: pending: deliver Ask\(\): a → b"),
        (Restart("a"), r"Restart\('a'\) is not possible here: a is up"),
        (Crash("b"), r"Crash\('b'\) is not possible here: b is down"),
        (
            CrashDuringStep(Restart("b"), 3),
            r"CrashDuringStep\(Restart\('b'\), after=3\) is not possible here: its handler asks for no more than 3",
        ),
    ],
)
def test_a_node_starts_once_and_restarts_only_after_a_crash(last: Step, why: str) -> None:
    with pytest.raises(LookupError, match=why):
        sim.follow(pair(), [Start("a"), Start("b"), Crash("b"), last])


def test_a_schedule_prints_as_the_code_that_makes_it() -> None:
    steps = [
        Start("a"), Deliver("a", "b", Ask()), Fire("a", Again()), Invoke("c", 3), Drop("a", "b", Ask()), Restart("a"),
        Duplicate("a", "b", Ask()), Crash("a"), CrashDuringStep(Deliver("a", "b", Ask()), after=2),
    ]  # fmt: skip
    assert eval(repr(steps)) == steps
    assert repr(steps[-1]) == "CrashDuringStep(Deliver('a', 'b', Ask()), after=2)"


def test_plans_and_schedules_have_one_crash_and_one_restart() -> None:
    assert (schedule.Crash, schedule.Restart) == (sim.Crash, sim.Restart)
    names = [kind.__name__ for kind in get_args(Step)]
    assert all(getattr(sim, name) is getattr(schedule, name) for name in names)


class Alike(Node):
    """Greets all others once another node has greeted it, or unasked if it is the first."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.greeted: set[str] = set()

    def on_ask(self, sender: str, ask: Ask) -> None:
        if not self.greeted:
            self.broadcast(Ask())
        self.greeted.add(sender)


class First(Alike):
    def on_start(self, log: Sequence[object]) -> None:
        self.broadcast(Ask())


def test_nodes_that_are_alike_may_change_places() -> None:
    names = ["a", "b", "c", "d"]
    nodes: list[Node] = [
        First("a", names[1:]),
        *(Alike(n, [m for m in names if m != n]) for n in names[1:]),
    ]

    def all_greeted(view: View) -> bool:
        return sum(bool(node.greeted) for node in view.nodes.values()) == 4

    plain = explore(nodes, sometimes=[all_greeted], within_reach=[all_greeted])
    folded = explore(
        nodes, sometimes=[all_greeted], within_reach=[all_greeted], alike=["b", "c", "d"]
    )
    assert plain.ok
    assert folded.ok
    assert plain.reached == folded.reached
    assert plain.depth == folded.depth
    assert plain.states / 6 < folded.states < plain.states / 4


def test_a_budget_that_is_used_up_decides_nothing() -> None:
    found = explore(pair(Patient), within_reach=[answered], bounds=Bounds(budget=20))
    assert found.ok is None
    assert found.reason == "the budget of 20 states is used up"
    assert not found.complete


class Fan:
    """Each state leads to a thousand others."""

    def initial(self) -> list[int]:
        return [0]

    def next(self, state: int) -> Iterator[tuple[str, int]]:
        for way in range(1, 1_001):
            yield "on", 1_000 * state + way


@pytest.mark.parametrize("budget", [1, 2, 500, 2_000])
def test_no_more_states_are_stored_than_the_budget(budget: int) -> None:
    found = explore_model(Fan(), budget=budget)
    assert found.ok is None
    assert found.states == budget
    assert not found.complete


def test_what_was_stored_is_judged_and_the_rest_is_named() -> None:
    def small(state: int) -> bool:
        return state < 400

    assert explore_model(Fan(), always=[small], budget=500).ok is False
    found = explore_model(Fan(), always=[small], budget=300)
    assert (found.ok, found.reason) == (None, "the budget of 300 states is used up")
    assert found.not_looked_at == ("the steps from 300 of these states",)


def test_a_budget_that_is_just_enough_decides() -> None:
    whole = explore(pair(), within_reach=[answered])
    assert whole.complete
    assert explore(pair(), within_reach=[answered], bounds=Bounds(budget=whole.states)) == whole
    assert (
        explore(pair(), within_reach=[answered], bounds=Bounds(budget=whole.states - 1)).ok is None
    )


def test_more_first_states_than_the_budget_are_not_stored() -> None:
    class Many(Fan):
        def initial(self) -> range:  # type: ignore[override]
            return range(10**9)

    assert explore_model(Many(), budget=10).states == 10


def test_nodes_start_in_every_order() -> None:
    """Each order among themselves, before anything else happens; that nodes do not start later is said."""

    def b_is_never_first(view: View) -> bool:
        return "b" not in view.nodes or "a" in view.nodes

    found = explore(pair(), always=[b_is_never_first])
    assert (found.ok, found.steps) == (False, (Start("b"),))
    assert next(iter(sim.follow(pair(), found.steps).trace.kinds("start"))).node == "b"
    assert explore(pair()).not_looked_at[0] == "late starts"


def test_what_the_bounds_leave_out_is_listed() -> None:
    nodes: list[Node] = [Reader("c"), Answerer("b")]
    found = explore(
        nodes, bounds=Bounds(crashes=1, drops=2, timeouts=1, timing="synchronous", copies=2),
        operations={"c": [("read",)]},
    )  # fmt: skip
    assert found.not_looked_at == (
        "late starts", "more than 1 crash", "restarts", "more than 2 drops", "duplicates",
        "more than 1 time-out", "crashes of clients", "time-outs while a message is in flight",
        "more than 2 copies of a message",
    )  # fmt: skip


def test_no_property_is_lost() -> None:
    with pytest.raises(ValueError, match="two properties are called 'lambda'"):
        explore(pair(), always=[lambda view: False, lambda view: True])
    assert explore(pair(), always=[lambda view: False]).ok is False
    with pytest.raises(ValueError, match="sometimes: another property is called 'one' as well"):
        explore(pair(), always=[Property("one", answered)], sometimes=[Property("one", bool)])
    with pytest.raises(ValueError, match="another property is called 'no handler raises'"):
        explore(pair(), always=[Property("no handler raises", answered)])
    first, second = Property("first", lambda view: False), Property("second", lambda view: True)
    for given in ([first, second], [second, first]):
        assert explore(pair(), always=given).violated == "first"


def test_a_property_that_raises_is_named_and_keeps_the_schedule() -> None:
    def b_is_up(view: View) -> bool:
        return view.nodes["b"] is not None or "a" not in view.nodes

    with pytest.raises(PropertyError, match="'b is up' raised KeyError: 'b'") as caught:
        explore(pair(), always=[Property("b is up", lambda view: not view.nodes or b_is_up(view))])
    assert caught.value.schedule == (Start("a"),)
    assert "Start('a')" in str(caught.value)


def test_a_violated_property_says_why() -> None:
    asked = Property(
        "no node asks", lambda view: not view.messages,
        lambda view: f"{view.messages[0][0]} has asked {view.messages[0][1]}",
    )  # fmt: skip
    found = explore(pair(), always=[asked])
    assert found.reason == "“no node asks” does not hold: a has asked b"
    assert found.violated == "no node asks"


def test_a_state_that_could_not_be_judged_decides_nothing() -> None:
    def unsure(view: View) -> bool | None:
        return None if view.messages else True

    found = explore(pair(), always=[unsure])
    assert found.ok is None
    assert found.unjudged == {"unsure": 3}
    assert found.reason == "unsure could not be judged in 3 states: it could not be judged"
    refuted = explore(pair(), always=[unsure, Property("not answered", lambda v: not answered(v))])
    assert refuted.violated == "not answered"


def test_a_goal_that_could_not_be_judged_is_not_missing() -> None:
    def unsure(view: View) -> bool | None:
        return None if view.messages else False

    assert explore(pair(), sometimes=[unsure]).ok is None
    assert explore(pair(), within_reach=[unsure]).ok is False  # not from where no message is left
    later = explore(
        pair(), within_reach=[Property("later", lambda v: None if answered(v) else False)]
    )
    assert (later.ok, later.reason) == (None, "“later” may be out of reach from 6 states")


def test_a_goal_that_is_never_reached_is_named() -> None:
    found = explore(
        [Answerer("b")], sometimes=[lambda_named("a_node_asks", lambda view: bool(view.messages))]
    )
    assert (found.ok, found.reason) == (False, "no state in which a node asks")


class ReadsTheClock(Answerer):
    def on_ask(self, sender: str, ask: Ask) -> None:
        self.write(self.now)


class NeverTheSame(Answerer):
    count = 0

    def on_ask(self, sender: str, ask: Ask) -> None:
        NeverTheSame.count += 1
        self.write(NeverTheSame.count)


class Shares(Answerer):
    def __init__(self, id: str, seen: list[str]) -> None:
        super().__init__(id)
        object.__setattr__(self, "_seen", seen)

    def state(self) -> dict[str, object]:
        return {"seen": list(self._seen)}  # type: ignore[attr-defined]

    def on_ask(self, sender: str, ask: Ask) -> None:
        self._seen.append(sender)  # type: ignore[attr-defined]


def test_a_handler_that_raises_is_refuted_by_its_error() -> None:
    found = explore([Asker("a", ["b"]), ReadsTheClock("b")])
    assert found.ok is False
    assert found.reason.startswith("b raised RuntimeError: b reads its clock")
    assert found.steps == (Start("a"), Start("b"), Deliver("a", "b", Ask()))


def test_checks_find_a_handler_that_does_not_do_the_same_twice() -> None:
    found = explore([Asker("a", ["b"]), NeverTheSame("b")], checks=True)
    assert (found.ok, found.reason) == (None, "b did not do the same twice at Ask()")


def test_checks_find_state_that_is_shared() -> None:
    shared: list[str] = []

    class Register(Answerer):
        def state(self) -> dict[str, object]:
            return {"shared": list(shared)}

        def on_ask(self, sender: str, ask: Ask) -> None:
            shared.append(sender)

    found = explore([Asker("a", ["b"]), Register("b")], checks=True)
    assert found.ok is None
    assert "b" in found.reason


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"crashes": -1}, "crashes=-1: it must be 0 or more"),
        ({"timeouts": -2}, "timeouts=-2: it must be 0 or more"),
        ({"drops": 1.5}, "drops=1.5: it must be 0 or more"),
        ({"timing": "fast"}, "timing='fast': it must be one of asynchronous, synchronous"),
        ({"copies": 0}, "copies=0: at least 1 copy of a message must be kept"),
        ({"duplicates": 1, "copies": 1}, "duplicates=1, copies=1: a duplicate is a second copy"),
        ({"budget": 0}, "budget=0: at least 1 state must be looked at"),
        ({"budget": 2.5e3}, "budget=2500.0: at least 1 state must be looked at"),
        ({"crashes": True}, "crashes=True: it must be 0 or more"),
    ],
)
def test_bounds_are_checked_when_they_are_made(limits: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Bounds(**limits)


def test_bounds_are_a_value() -> None:
    bounds = Bounds(crashes=1, timeouts=2)
    assert bounds == Bounds(timeouts=2, crashes=1)
    assert replace(bounds, crashes=0) == Bounds(timeouts=2)
    assert repr(Bounds(drops=1)).startswith("Bounds(crashes=0, restarts=0, drops=1, duplicates=0")
    with pytest.raises(FrozenInstanceError):
        bounds.crashes = 2  # type: ignore[misc]


def test_bounds_without_faults_leave_out_each_fault() -> None:
    without_faults = ("late starts", "crashes", "drops", "duplicates")
    assert Bounds().left_out(clients=False) == without_faults
    assert Bounds(restarts=1).left_out(clients=False) == without_faults
    assert Bounds().left_out(clients=True) == (*without_faults, "crashes of clients")


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"bounds": {"crashes": 1}}, TypeError, r"bounds={'crashes': 1}: a Bounds is required"),
        ({"bounds": 3}, TypeError, r"write bounds=Bounds\(crashes=1\)"),
        ({"alike": "ab"}, TypeError, "alike='ab': a list of names is required"),
        ({"alike": ["a", "a"]}, ValueError, "a name is given twice"),
        ({"always": answered_}, TypeError, r"always=answered_: a list is required"),
        ({"operations": [("read",)]}, TypeError, "operations=.*: a dict is required"),
        ({"operations": {"c": ("read", "x")}}, TypeError, "'read': an operation is a tuple"),
        ({"operations": {"c": [(1,)]}}, TypeError, r"\(1,\): an operation is a tuple"),
        ({"operations": {"c": "read"}}, TypeError, "a list of tuples is required, not 'read'"),
        ({"alike": ["a", "z"]}, LookupError, "alike: no node is called 'z': the nodes are a, b"),
        ({"operations": {"z": []}}, LookupError, "operations of 'z': the nodes are a, b"),
        (
            {"operations": {"a": []}},
            TypeError,
            "operations of 'a': only a Client carries out operations",
        ),
    ],
)
def test_what_cannot_be_explored_is_refused(
    settings: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        explore([*pair(), Reader("c")], **settings)


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        (Answerer("a"), "a list of nodes is required"),
        ("ab", "a list of nodes is required"),
        (sim.World([Answerer("a")]), "a list of nodes is required"),
        ([Answerer], "is no node: an object of a class derived from Node is"),
    ],
)
def test_anything_but_a_list_of_nodes_is_refused(nodes: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        explore(nodes)


def test_anything_but_a_model_is_refused() -> None:
    for wrong in (TwoPhase, Answerer("a"), [1]):
        with pytest.raises(TypeError, match=r"is no model: an object with initial\(\) and next"):
            explore_model(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="budget=0"):
        explore_model(TwoPhase(2), budget=0)


def test_a_message_to_a_name_that_no_node_has_is_an_error_of_its_sender() -> None:
    class Strays(Answerer):
        def on_start(self, log: Sequence[object]) -> None:
            self.send("z", Ask())

    found = explore([Strays("b")])
    assert found.reason == "b raised LookupError: it sends to 'z': the nodes are b"


def test_private_state_tells_states_apart() -> None:
    class Counts(Answerer):
        def __init__(self, id: str) -> None:
            super().__init__(id)
            self._asked = 0

        def on_ask(self, sender: str, ask: Ask) -> None:
            self._asked += 1
            if self._asked == 2:
                self.write("twice")

    def never_twice(view: View) -> bool:
        return "twice" not in view.logs["b"]

    nodes = [Asker("a", ["b"]), Counts("b")]
    assert explore(nodes, always=[never_twice]).ok
    assert explore(nodes, always=[never_twice], bounds=Bounds(duplicates=1)).ok is False


def test_a_node_starts_as_it_was_given() -> None:
    """As in a world, a node is constructed again after a crash."""
    one = Asker("a", ["b"])
    one.answered.add("b")
    nodes: list[Node] = [one, Answerer("b")]
    assert explore(nodes, sometimes=[answered]).reached["answered"] == 1

    def forgets(view: View) -> bool:
        return "a" in view.nodes and not answered(view)

    assert explore(nodes, sometimes=[forgets], bounds=Bounds(crashes=1, restarts=1)).ok


def test_unknown_peers_and_equal_names_are_refused() -> None:
    with pytest.raises(LookupError, match="a has the peer 'b': the nodes are a"):
        explore([Asker("a", ["b"])])
    with pytest.raises(ValueError, match="each with a name of its own"):
        explore([Answerer("a"), Answerer("a")])


def test_the_same_exploration_gives_the_same_result() -> None:
    first, second = (
        explore(cluster(Alike, 3), bounds=Bounds(crashes=1, restarts=1)) for _ in range(2)
    )
    assert first == second


@dataclass(frozen=True, slots=True)
class Value(Message):
    value: object


class Sends(Node):
    def on_start(self, log: Sequence[object]) -> None:
        self.send("b", Value(1))
        self.send("b", Value(True))


class Pile(list[object]):
    """A list with an attribute of its own."""

    label: object = None


class Keeps(Node):
    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.pile = Pile()

    def on_value(self, sender: str, value: Value) -> None:
        self.pile.label = value.value


def test_messages_and_attributes_that_are_equal_but_not_the_same_are_told_apart() -> None:
    def no_truth(view: View) -> bool:
        return "b" not in view.nodes or view.nodes["b"].pile.label is not True

    nodes = [Sends("a", ["b"]), Keeps("b", ["a"])]
    found = explore(nodes, always=[no_truth])
    assert found.ok is False
    assert not no_truth(sim.follow(nodes, found.steps).view())


def test_a_goal_counts_where_it_could_not_be_judged_and_is_not_reached_vacuously() -> None:
    def late(count: int) -> bool | None:
        return count == 2 or None

    model = Count(2)
    assert explore_model(model, within_reach=[late]).unjudged == {"late": 2}
    nothing = Property("nothing", lambda count: Verdict("nothing", True, vacuous=True))
    for found in (
        explore_model(model, sometimes=[nothing]),
        explore_model(model, within_reach=[nothing]),
    ):
        assert found.ok is None


class Count:
    """A model that counts up to a number, or does what a test wants of it."""

    def __init__(self, most: int, first: Any = (0,), steps: Any = None) -> None:
        self.most, self.first, self.steps = most, first, steps

    def initial(self) -> Any:
        return self.first

    def next(self, count: int) -> Any:
        if self.steps is not None:
            return self.steps
        return [("add 1", count + 1)] if count < self.most else []


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Count(1, first=None), r"initial\(\) must return a list of states"),
        (Count(1, first=[[0]]), "can be changed: write it with tuples"),
        (Count(1, steps=7), "must return a list of pairs"),
        (Count(1, steps=[1]), r"next\(0\) gave 1"),
        (Count(1, steps=[("add 1", [1])]), "can be changed: write it with tuples"),
    ],
)
def test_what_is_no_state_and_no_step_is_one_clear_error(model: Count, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        explore_model(model)


def test_a_model_without_a_first_state_is_not_said_to_hold() -> None:
    assert explore_model(Count(1, first=[])).ok is None


def test_a_negative_number_of_timeouts_is_refused() -> None:
    with pytest.raises(ValueError, match="timeouts=-1: it must be 0 or more"):
        explore(cluster(Node, 2), bounds=Bounds(timeouts=-1))
