"""The explorer: the counts of a published model, every kind of step, shortest schedules, and what is not decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from dscourse import sim
from dscourse.explore import View, explore, explore_model
from dscourse.explore.two_phase import State, TwoPhase
from dscourse.node import Client, Invocation, Message, Node, Timer, cluster
from dscourse.schedule import Begin, CutShort, Deliver, Down, Fire, Lose, Repeat, Up


def managers_agree(state: State) -> bool:
    return not {"committed", "aborted"} <= set(state.managers)


def all_committed(state: State) -> bool:
    return set(state.managers) == {"committed"}


def all_aborted(state: State) -> bool:
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


def pair(kind: type[Asker] = Asker) -> list[Node]:
    return [kind("a", ["b"]), Answerer("b", ["a"])]


def test_a_run_without_faults_is_one_path_after_the_nodes_have_started_in_either_order() -> None:
    found = explore(pair(), sometimes=[answered], within_reach=[answered])
    assert repr(found) == (
        "holds (6 states, 6 steps, depth 4, all of them; answered after 4 steps); "
        "not looked at: late starts, crashes, losses, repeats"
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

    assert explore(pair(), always=[note], crashes=1)
    assert {((), ()), ((), (Ask(),)), (("asked",), (Ask(),)), (("asked",), ())} <= cuts


def lambda_named(name: str, property: Any) -> Any:
    property.__name__ = name
    return property


def test_what_was_sent_before_it_was_written_is_found_by_the_fewest_steps() -> None:
    def sent_only_what_is_logged(view: View) -> bool:
        return "asked" in view.logs["a"] or not view.messages

    found = explore(pair(), always=[sent_only_what_is_logged], crashes=1)
    assert found.ok is False
    assert found.reason == "sent only what is logged does not hold"
    assert found.steps == (CutShort(Up("a"), 1),)
    assert found.state.messages == [("a", "b", Ask())]


def test_a_lost_message_is_missed_for_good_without_a_timer_and_not_with_one() -> None:
    lost = explore(pair(), within_reach=[answered], losses=1)
    assert lost.reason == "answered is out of reach"
    assert lost.steps == (Up("a"), Up("b"), Lose("a", "b", Ask()))
    assert explore(pair(Patient), within_reach=[answered], losses=2, copies=1).ok


def test_a_repeated_message_arrives_twice() -> None:
    def one_answer(view: View) -> bool:
        return len([1 for _, to, _ in view.messages if to == "a"]) < 2

    assert explore(pair(), always=[one_answer]).ok
    found = explore(pair(), always=[one_answer], repeats=1)
    assert found.steps == (
        Up("a"), Up("b"), Deliver("a", "b", Ask()), Repeat("b", "a", Answer()),
    )  # fmt: skip


def test_a_timer_waits_for_messages_in_the_synchronous_mode_only() -> None:
    def asked_once(view: View) -> bool:
        return len(view.messages) < 2

    found = explore(pair(Patient), always=[asked_once], budget=500)
    assert found.steps == (Up("a"), Up("b"), Fire("a", Again()))
    assert explore(pair(Patient), always=[asked_once], timing="synchronous").ok


def test_time_outs_have_a_budget() -> None:
    def asked_once(view: View) -> bool:
        return len(view.messages) < 2

    assert explore(pair(Patient), always=[asked_once], timeouts=0).ok
    assert explore(pair(Patient), always=[asked_once], timeouts=1).ok is False


def test_a_node_that_starts_again_has_its_log() -> None:
    def asked_once(view: View) -> bool:
        return view.logs["a"].count("asked") < 2

    assert explore(pair(), always=[asked_once], crashes=2, restarts=2).ok

    class Forgetful(Asker):
        def on_start(self, log: Sequence[object]) -> None:
            super().on_start(())

    found = explore(pair(Forgetful), always=[asked_once], crashes=1, restarts=1)
    assert found.steps == (Up("a"), Up("b"), Down("a"), Up("a"))


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
    assert steps[2] == Begin("c", 0)
    world = sim.follow(nodes, steps, work)
    assert [op.outcome() for op in world.history] == ["ok answered"] * 2


def test_a_schedule_can_be_followed_in_a_world() -> None:
    """The explorer's counterexample, as a trace with times: crash in a handler, restart, loss, repetition."""
    steps = [
        CutShort(Up("a"), 1), Up("b"), Up("a"), Repeat("a", "b", Ask()), Lose("a", "b", Ask()),
        Deliver("a", "b", Ask()), Down("b"), Up("b"), Deliver("a", "b", Ask()), Deliver("b", "a", Answer()),
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
        LookupError, match=r"Deliver\(sender='b'.* is not possible here: what waits is b starts"
    ):
        sim.follow(pair(), [Up("a"), Lose("a", "b", Ask()), Deliver("b", "a", Answer())])


class Alike(Node):
    """Greets everybody once somebody has greeted it, or by itself if it is the first."""

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
    found = explore(pair(Patient), within_reach=[answered], budget=20)
    assert found.ok is None
    assert found.reason == "the budget of 20 states is used up"
    assert not found.complete


def test_a_goal_that_is_never_reached_is_named() -> None:
    found = explore(
        [Answerer("b")], sometimes=[lambda_named("somebody_asks", lambda view: bool(view.messages))]
    )
    assert (found.ok, found.reason) == (False, "no state in which somebody asks")


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
    assert found.steps == (Up("a"), Up("b"), Deliver("a", "b", Ask()))


def test_checks_find_a_handler_that_does_not_do_the_same_twice() -> None:
    found = explore([Asker("a", ["b"]), NeverTheSame("b")], checks=True)
    assert (found.ok, found.reason) == (None, "b did not do the same twice at Ask()")


def test_checks_find_state_that_is_shared() -> None:
    class Register(Answerer):
        shared: list[str] = []  # noqa: RUF012 - the mistake under test

        def state(self) -> dict[str, object]:
            return {"shared": list(self.shared)}

        def on_ask(self, sender: str, ask: Ask) -> None:
            self.shared.append(sender)

    found = explore([Asker("a", ["b"]), Register("b")], checks=True)
    assert found.ok is None
    assert "b" in found.reason


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"crashes": -1}, ValueError, "crashes=-1: it must be 0 or more"),
        ({"timeouts": -2}, ValueError, "timeouts=-2: it must be 0 or more"),
        ({"losses": 1.5}, ValueError, "losses=1.5: it must be 0 or more"),
        (
            {"timing": "fast"},
            ValueError,
            "timing='fast': it must be one of asynchronous, synchronous",
        ),
        ({"copies": 0}, ValueError, "copies=0: at least 1 copy of a message must be kept"),
        ({"budget": 0}, ValueError, "budget=0: at least 1 state must be looked at"),
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
        explore(pair(), **settings)


def test_unknown_peers_and_equal_names_are_refused() -> None:
    with pytest.raises(LookupError, match="a has the peer 'b': the nodes are a"):
        explore([Asker("a", ["b"])])
    with pytest.raises(ValueError, match="each with a name of its own"):
        explore([Answerer("a"), Answerer("a")])


def test_the_same_exploration_gives_the_same_result() -> None:
    first, second = (explore(cluster(Alike, 3), crashes=1, restarts=1) for _ in range(2))
    assert first == second
