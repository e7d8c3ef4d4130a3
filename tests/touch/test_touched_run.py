"""A run that is touched: gestures become a plan that gives the same run, and bad ones are refused in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from dscourse import checkers, sim
from dscourse.node import cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.raft import Raft
from dscourse.protocols.replicated_counter import GossipCounter
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.show.scene import read_scene
from dscourse.sim import At, Crash, Link, Lose, Network, Submit, Uniform, World
from dscourse.touch import MessageName, TouchedRun, message_names, sending_of


def counter(plan: list[At]) -> World:
    world = World(cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abcabc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=150)


def gossip(plan: list[At]) -> World:
    world = World(cluster(GossipCounter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    return world.submit("a", [("add", None, 1)]).run(until_ms=120)


def raft(plan: list[At]) -> World:
    return World(cluster(Raft, 3), 5, Network(Uniform(1, 5)), plan).run(until_ms=600)


def store(plan: list[At]) -> World:
    names = ["n1", "n2", "n3"]
    clients = [StoreClient(f"c{n}", f"n{n}", timeout_ms=60) for n in (1, 2, 3)]
    network = Network(Uniform(2, 9), client=Link(Uniform(0.2, 0.7)))
    world = World([*cluster(QuorumStore, names), *clients], 2, network, plan)
    world.submit("c1", [("write", "x", 1), ("write", "x", 2)], think_ms=10)
    world.submit("c2", [("read", "x")] * 3, think_ms=5)
    return world.submit("c3", [("read", "x")] * 3, think_ms=8).run(until_ms=400)


BUILDS: list[Callable[[list[At]], World]] = [counter, gossip, raft, store]


def right(world: World) -> bool:
    """Return True if all counters have counted six increments."""
    return all(node.value == 6 for node in world.nodes.values())  # type: ignore[attr-defined]


def ids(run: TouchedRun, source: str, to: str) -> list[int]:
    return [n for n, name in run.messages.items() if (name.source, name.to) == (source, to)]


def id_of(run: TouchedRun, name: MessageName) -> int:
    return next(number for number, known in run.messages.items() if known == name)


# --- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", BUILDS)
def test_each_message_has_one_name_and_is_found_by_it(build: Callable[[list[At]], World]) -> None:
    trace = build([]).trace
    names = message_names(trace)
    assert len(set(names.values())) == len(names) == len(trace.kinds("send"))
    for number, name in names.items():
        sent = sending_of(trace, name)
        assert sent is not None
        assert sent.id == number


def test_a_name_that_the_run_does_not_have_is_not_found() -> None:
    assert sending_of(counter([]).trace, MessageName("a", "b", "Add", 3)) is None


@pytest.mark.parametrize("build", BUILDS)
def test_losing_a_message_loses_that_one_and_leaves_its_past_alone(
    build: Callable[[list[At]], World],
) -> None:
    run = TouchedRun(build)
    before = run.world.trace
    for number, name in list(run.messages.items())[::7]:
        run.lose(number)
        sent = sending_of(run.world.trace, name)
        assert sent is not None
        end = [e for e in run.world.trace.kinds("drop") if e.id == sent.id]
        assert [e.detail for e in end] == ["dropped"]
        unaffected = [e for e in before if e.time_ms < sent.time_ms]
        after = [e for e in run.world.trace if e.time_ms < sent.time_ms and e.kind != "fault"]
        assert [(e.time_ms, e.kind, e.node, e.what) for e in after] == [
            (e.time_ms, e.kind, e.node, e.what) for e in unaffected
        ]
        run.undo()


# --- gestures ----------------------------------------------------------------------------------------


def test_a_lost_increment_is_missing_and_undo_brings_it_back() -> None:
    run = TouchedRun(counter, right)
    assert run.verdict
    run.lose(ids(run, "a", "b")[0])
    assert run.verdict is not None
    assert run.verdict.ok is False
    assert run.plan == [At(0, Lose("a", "b", "Add", 1))]
    assert run.undo()
    assert run.verdict
    assert run.plan == []
    assert run.redo()
    assert run.verdict.ok is False
    assert not run.redo()


def test_each_gesture_says_what_it_does() -> None:
    run = TouchedRun(store)
    run.repeat(ids(run, "n1", "n2")[0], 300)
    run.crash("n2", 20)
    run.restart("n2", 90)
    run.pause("n3", 10, 50)
    run.skew("n1", 5, -30)
    run.cut("n1", "n2", 100, 200)
    run.cut("n1", "n3", 100, 200, both=False)
    run.partition([["n1"], ["n3", "n2"]], 210, 220)
    run.invoke("c2", 250, "read", "x")
    kind = run.messages[ids(run, "n1", "n2")[0]].message
    assert [str(touch) for touch in run.touches] == [
        f"a copy of n1's 1st {kind} to n2 arrives at 300 ms",
        "crash n2 at 20 ms",
        "restart n2 at 90 ms",
        "pause n3 from 10 to 50 ms",
        "clock of n1 -30 ms from 5 ms on",
        "cut n1 – n2 from 100 to 200 ms",
        "cut n1 → n3 from 100 to 200 ms",
        "partition n1 | n2, n3 from 210 to 220 ms",
        "c2 invokes read x at 250 ms",
    ]
    assert {run.remark(touch) for touch in run.touches} == {""}
    kinds = {type(event.what).__name__ for event in run.world.trace.kinds("fault")}
    assert kinds >= {
        "Repeat",
        "Crash",
        "Restart",
        "Pause",
        "Resume",
        "SetClock",
        "Cut",
        "Heal",
        "Partition",
        "Submit",
    }
    assert [op.f for op in run.world.history if op.process == "c2"] == ["read"] * 4


def test_a_healed_partition_leaves_other_cuts_alone() -> None:
    run = TouchedRun(store)
    run.cut("n1", "n2", 10, 350)
    run.partition([["n1", "n2"], ["n3"]], 20, 30)
    cut = run.world.clone()
    assert not cut.link("n1", "n3").cut
    at = TouchedRun(lambda plan: store_until(plan, 100))
    at.cut("n1", "n2", 10, 350)
    at.partition([["n1", "n2"], ["n3"]], 20, 30)
    assert at.world.link("n1", "n2").cut
    assert not at.world.link("n1", "n3").cut


def store_until(plan: list[At], until_ms: float) -> World:
    return World(cluster(QuorumStore, ["n1", "n2", "n3"]), plan=plan).run(until_ms=until_ms)


def test_a_message_that_is_moved_arrives_when_it_should_and_only_its_last_move_counts() -> None:
    run = TouchedRun(counter)
    first = ids(run, "a", "b")[0]
    run.move(first, 70)
    run.move(ids(run, "a", "b")[0], 80.5)
    assert len(run.plan) == 1
    arrived = [
        e.time_ms for e in run.world.trace.kinds("deliver") if (e.peer, e.node) == ("a", "b")
    ]
    assert 80.5 in arrived
    assert 70 not in arrived


def test_a_crash_during_a_handler_comes_after_so_many_of_its_effects() -> None:
    run = TouchedRun(counter)
    invoked = next(iter(run.world.trace.kinds("invoke")))
    run.crash_during(invoked, 1)
    sent = [e for e in run.world.trace.kinds("send") if e.time_ms == invoked.time_ms]
    assert len(sent) == 1
    assert [e.node for e in run.world.trace.kinds("crash")] == [invoked.node]


def test_a_crash_in_a_handler_follows_its_message_to_another_time() -> None:
    run = TouchedRun(gossip)
    timer = next(e for e in run.world.trace.kinds("timer") if e.node == "c")
    run.crash_during(timer, 1)
    assert run.touches[0].text.startswith("crash c as it handles its timer ")
    assert [e.node for e in run.world.trace.kinds("crash")] == ["c"]
    run = TouchedRun(store)
    asked = next(e for e in run.world.trace.kinds("deliver") if e.node == "n2" and e.peer == "n1")
    name = run.messages[asked.id]
    run.crash_during(asked, 0)
    run.move(id_of(run, name), asked.time_ms + 3)
    [crash] = run.world.trace.kinds("crash")
    assert crash.time_ms == pytest.approx(asked.time_ms + 3)
    assert {run.remark(touch) for touch in run.touches} == {""}
    run.lose(id_of(run, name))
    assert run.remark(run.touches[0]) == "n2 no longer handles this"
    assert list(run.world.trace.kinds("crash")) == []
    with pytest.raises(ValueError, match="no node handles"):
        run.crash_during(run.world.trace.kinds("send")[0], 0)
    with pytest.raises(ValueError, match="crash it after fewer"):
        run.crash_during(next(iter(run.world.trace.kinds("invoke"))), 99)


def test_numbers_of_a_gesture_are_edited_in_place_and_it_is_removed() -> None:
    run = TouchedRun(counter)
    run.pause("a", 10, 20)
    run.move(ids(run, "a", "b")[0], 70)
    run.edit(0, {"end_ms": 40})
    run.edit(1, {"arrives_ms": 90})
    assert [str(touch) for touch in run.touches] == [
        "pause a from 10 to 40 ms", "a's 1st Add to b arrives at 90 ms",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="the start must be before the end"):
        run.edit(0, {"end_ms": 5})
    with pytest.raises(ValueError, match="it has no to"):
        run.edit(0, {"to": 5})
    with pytest.raises(LookupError, match="no gesture 2"):
        run.edit(2, {})
    run.switch(0, False)
    run.edit(0, {"start_ms": 15})
    assert not run.touches[0].on
    run.remove(0)
    assert [touch.gesture for touch in run.touches] == ["move"]
    for _ in range(3):
        run.undo()
    assert str(run.touches[0]) == "pause a from 10 to 40 ms"
    with pytest.raises(TypeError, match=re.escape("pause, from (ms): a number is required")):
        run.edit(0, {"start_ms": None})  # type: ignore[dict-item]


def test_a_gesture_on_a_message_that_is_not_sent_any_more_cannot_be_edited() -> None:
    run = TouchedRun(numbered)
    run.move(next(iter(run.messages)), 90)
    run.crash("a", 40)
    run.invoke("a", 5, "add", None, 1)
    with pytest.raises(LookupError, match="its message is no longer sent"):
        run.edit(0, {"arrives_ms": 95})


def test_a_partition_ends_in_the_picture_when_its_last_link_heals() -> None:
    run = TouchedRun(store)
    run.partition([["n1"], ["n2", "n3"]], 20, 30)
    [band] = read_scene(run.world.trace).bands
    assert band.end is not None
    assert (band.start.time_ms, band.end.time_ms) == (20, 30)


def test_a_message_is_lost_only_once() -> None:
    run = TouchedRun(counter)
    run.lose(ids(run, "a", "b")[0])
    with pytest.raises(ValueError, match="a's 1st Add to b is lost already"):
        run.lose(ids(run, "a", "b")[0])
    assert len(run.touches) == 1


def test_an_interrupted_run_keeps_the_last_picture_and_says_so() -> None:
    def slow(world: World) -> bool:
        if not world.alive("a"):
            raise KeyboardInterrupt
        return True

    run = TouchedRun(counter, slow)
    good = run.world
    run.crash("a", 10)
    assert run.error == "the run was interrupted"
    assert run.world is good
    run.undo()
    assert run.error is None


def test_a_late_arrival_says_why_it_is_not_when_it_was_asked_for() -> None:
    run = TouchedRun(counter)
    run.move(ids(run, "a", "b")[0], 60)
    run.crash("b", 55)
    assert run.remark(run.touches[0]) == "it is lost: b is down when it arrives"
    run.edit(0, {"arrives_ms": 900})
    assert run.remark(run.touches[0]) == "the run ends before it arrives"
    run.edit(0, {"arrives_ms": 50})
    run.edit(1, {"ms": 100})
    run.pause("b", 45, 70)
    assert run.remark(run.touches[0]).startswith("it arrives only at 70 ms")


def test_a_gesture_that_no_longer_applies_stays_and_says_why() -> None:
    run = TouchedRun(counter)
    run.lose(ids(run, "a", "b")[1])
    run.crash("a", 1)
    run.crash("a", 2)
    run.restart("b", 3)
    run.pause("a", 500, 600)
    assert [run.remark(touch) for touch in run.touches] == [
        "this message is no longer sent", "", "a is not up at 2 ms", "b is not down at 3 ms",
        "the run ends at 150 ms, before it",
    ]  # fmt: skip
    run.switch(1, False)
    run.switch(2, False)
    assert run.remark(run.touches[0]) == ""
    assert run.remark(run.touches[1]) == "switched off"


def numbered(plan: list[At]) -> World:
    world = World(cluster(Counter, ["a", "b"]), plan=plan)
    return world.submit("a", [("add", None, 7)], start_ms=50).run(until_ms=99)


def test_a_gesture_whose_name_means_another_message_now_is_left_out() -> None:
    run = TouchedRun(numbered)
    run.lose(next(iter(run.messages)))
    run.crash("a", 40)
    run.invoke("a", 5, "add", None, 1)
    assert run.remark(run.touches[0]) == (
        "no longer sent: this name now means 'add 1', and the gesture was about 'add 7'"
    )
    assert run.plan == [At(5, Submit("a", "add", value=1)), At(40, Crash("a"))]
    assert list(run.world.trace.kinds("drop")) == []
    run.switch(1, False)
    assert run.remark(run.touches[0]) == ""
    assert run.plan == [At(0, Lose("a", "b", "Add", 2)), At(5, Submit("a", "add", value=1))]
    run.switch(2, False)
    assert run.plan == [At(0, Lose("a", "b", "Add", 1))]
    run.switch(1, True)
    run.switch(2, True)
    assert len(run.plan) == 2


def test_a_gesture_follows_its_message_to_another_name_and_to_another_time() -> None:
    run = TouchedRun(numbered)
    run.lose(next(iter(run.messages)))
    run.repeat(next(iter(run.messages)), 80)
    run.invoke("a", 5, "add", None, 1)
    assert [str(touch) for touch in run.touches[:2]] == [
        "lose a's 2nd Add to b", "a copy of a's 2nd Add to b arrives at 80 ms",
    ]  # fmt: skip
    [lost] = run.world.trace.kinds("drop")
    assert (str(lost.what), lost.time_ms) == ("add 7", 50)
    run.undo()
    assert str(run.touches[0]) == "lose a's 1st Add to b"
    run.redo()
    run.pause("a", 45, 60)
    [lost] = run.world.trace.kinds("drop")
    assert (str(lost.what), lost.time_ms) == ("add 7", 60)
    assert 80 in [event.time_ms for event in run.world.trace.kinds("deliver")]
    run.edit(3, {"end_ms": 85})
    assert run.remark(run.touches[0]) == ""
    assert run.remark(run.touches[1]) == "not possible: it is sent only at 85 ms"
    assert len(run.plan) == 4
    run.edit(3, {"end_ms": 46})
    assert {run.remark(touch) for touch in run.touches} == {""}


def test_an_answer_that_was_moved_arrives_at_its_time_when_the_request_comes_later() -> None:
    run = TouchedRun(store)
    query = MessageName("n1", "n3", "Query", 1)
    reply = MessageName("n3", "n1", "QueryReply", 1)
    run.move(id_of(run, reply), 20)
    run.move(id_of(run, query), 6)
    sent = sending_of(run.world.trace, reply)
    assert sent is not None
    assert sent.time_ms == 6
    ends = [e.time_ms for e in run.world.trace.kinds("deliver") if e.id == sent.id]
    assert ends == [20]
    assert {run.remark(touch) for touch in run.touches} == {""}


def test_a_misplaced_gesture_is_left_out_before_those_that_depend_on_it() -> None:
    run = TouchedRun(numbered)
    run.repeat(next(iter(run.messages)), 80)
    run.lose(next(iter(run.messages)))
    run.crash("a", 40)
    run.invoke("a", 5, "add", None, 1)
    assert [run.remark(touch)[:14] for touch in run.touches] == ["no longer sent"] * 2 + [""] * 2


def test_a_message_whose_words_have_changed_and_whose_cause_has_not_is_named() -> None:
    run = TouchedRun(gossip)
    sent = run.world.trace.kinds("send")
    later = [event for event in sent if event.node == "a"][-1]
    run.lose(later.id)
    assert run.remark(run.touches[0]) == ""
    run.invoke("a", 1, "add", None, 5)
    assert run.remark(run.touches[0]).startswith("this message now says")
    assert len(run.plan) == 2


def test_shrinking_leaves_what_is_needed() -> None:
    run = TouchedRun(counter, right)
    run.cut("b", "c", 120, 130)
    run.lose(ids(run, "a", "b")[0])
    run.move(ids(run, "b", "c")[0], 140)
    assert run.shrink() == 2
    assert run.plan == [At(0, Lose("a", "b", "Add", 1))]
    assert [touch.on for touch in run.touches] == [False, True, False]
    assert run.shrink() == 0
    run.undo()
    assert len(run.plan) == 6


def test_a_run_that_is_right_cannot_be_shrunk() -> None:
    for run in (TouchedRun(counter, right), TouchedRun(counter)):
        with pytest.raises(ValueError, match="only a run that the verdict refutes can be shrunk"):
            run.shrink()


def test_a_property_judges_the_final_state_with_its_history() -> None:
    def reads(view: Any) -> checkers.Verdict:
        return checkers.linearizable(view.history, checkers.Register())

    run = TouchedRun(store, sim_property(reads))
    assert run.verdict is not None
    assert run.verdict.ok


def sim_property(holds: Callable[[Any], Any]) -> Any:
    from dscourse.core.properties import Property

    return Property("linearizable", holds, history=True)


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gesture", "error", "text"),
    [
        (lambda run: run.lose(10**6), LookupError, "no message of this run has the id 1000000"),
        (lambda run: run.move(min(run.messages), 1), ValueError, "cannot arrive at 1 ms: it is sent at 5 ms"),
        (lambda run: run.pause("a", 5, 5), ValueError, "from 5 to 5 ms: the start must be before the end"),
        (lambda run: run.crash("a", "soon"), TypeError, "crash, at (ms): 'soon' is not a number"),
        (lambda run: run.crash("a", float("inf")), TypeError, "inf is not a number"),
        (lambda run: run.invoke("a", 5, "add", None, float("nan")), ValueError, "nan is not a value that code can"),
        (lambda run: run.cut("a", "a", 5, 6), ValueError, "a link has two different ends"),
        (lambda run: run.switch(0, False), LookupError, "no gesture 0: there are 0"),
        (lambda run: run.crash("a", -1), ValueError, "crash, at (ms): -1: a time is 0 or more"),
        (lambda run: run.invoke("a", -5, "add"), ValueError, "new operation, at (ms): -5: a time is 0 or more"),
        (lambda run: run.partition([[], ["a", "b"]], 1, 2), ValueError, "partition: each side needs a node"),
        (lambda run: run.partition([["a"]], 1, 2), ValueError, "partition: each side needs a node"),
        (lambda run: run.partition([["a"], ["a", "b"]], 1, 2), ValueError, "'a' is in more than one group"),
        (lambda run: run.crash("z", 10), LookupError, "crash: no node is called 'z'; the nodes are a, b, c"),
        (lambda run: run.crash(["a"], 10), TypeError, "crash: ['a']: a node's name is required"),
        (lambda run: run.crash("a", 10**400), ValueError, "a number of at most 10^12 is required"),
        (lambda run: run.crash("a", True), TypeError, "crash, at (ms): True is not a number"),
        (lambda run: run.cut("a", "b", 1, 2, "no"), TypeError, "cut: both='no': it must be True or False"),
        (lambda run: run.partition(5, 1, 2), TypeError, "partition: 5: lists of nodes' names are required"),
        (lambda run: run.partition("ab", 1, 2), TypeError, "partition: 'ab': lists of nodes' names are required"),
        (lambda run: run.partition([["a"], ["z"]], 1, 2), LookupError, "partition: no node is called 'z'"),
        (lambda run: run.lose([]), TypeError, "[]: the id of a message is required, a whole number"),
        (lambda run: run.lose(True), TypeError, "True: the id of a message is required, a whole number"),
        (lambda run: run.crash_during(1.0, 0), TypeError, "1.0: an event's index is required, a whole number"),
        (lambda run: run.crash_during(4, True), TypeError, "True: a number of effects is required, a whole number"),
        (lambda run: run.crash_during(0, 0), ValueError, "a starts before the first fault of any plan"),
        (lambda run: run.edit(0, {"ms": 1}), LookupError, "no gesture 0: there are 0"),
        (lambda run: run.invoke("a", 5, "add", None, Fraction(1, 3)), ValueError, "Fraction(1, 3) is not a value"),
        (lambda run: run.invoke("a", 5, "add", (1, float("inf"))), ValueError, "inf is not a value that code"),
    ],
)  # fmt: skip
def test_a_gesture_that_makes_no_sense_is_refused(
    gesture: Callable[[TouchedRun], object], error: type[Exception], text: str
) -> None:
    run = TouchedRun(counter)
    with pytest.raises(error, match=re.escape(text)):
        gesture(run)
    assert run.touches == ()
    assert run.error is None


def test_a_gesture_that_breaks_the_protocol_or_the_judge_keeps_the_last_good_run() -> None:
    def judge(world: World) -> bool:
        if not world.alive("a"):
            raise RuntimeError("the judge needs a\nand more")
        return True

    run = TouchedRun(counter, judge)
    good = run.world
    run.crash("a", 10)
    assert run.error == "the property 'judge' raised RuntimeError: the judge needs a"
    assert run.world is good
    assert run.verdict
    assert run.remark(run.touches[0]) == ""  # it is of a run that nobody has seen
    run.undo()
    assert run.error is None


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: TouchedRun(5), "build=5: a function of a fault plan"),
        (lambda: TouchedRun(lambda plan: None), "build returned None: it must return a World"),
        (lambda: TouchedRun(counter, 5), "judge=5: a Property or a function of a world"),
    ],
)
def test_bad_arguments_are_named(make: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError, match=re.escape(text)):
        make()


# --- the code --------------------------------------------------------------------------------------


def test_without_gestures_the_code_builds_the_run() -> None:
    assert TouchedRun(counter).code == "world = counter([])"
    assert TouchedRun(lambda plan: counter(plan)).code == "world = build([])"


def test_the_code_of_every_kind_of_gesture_can_be_run() -> None:
    run = TouchedRun(counter)
    run.invoke("a", 7, "add", None, 2)
    run.crash("b", 9)
    assert run.plan == [At(7, Submit("a", "add", value=2)), At(9, Crash("b"))]
    assert run.code.startswith(
        "from dscourse.sim import At, Crash, Submit\n\nworld = counter([\n    At(7, Submit("
    )


def _at_random(run: TouchedRun, draws: Random) -> None:
    """Make one random gesture, sensible or not."""
    names = list(run.world.nodes)
    one, other = draws.sample(names, 2)
    end = run.world.now_ms
    start, stop = draws.uniform(-5, end), draws.uniform(0, 1.2 * end)
    message = draws.choice([*run.messages, 0])
    event = draws.choice(list(run.world.trace))
    gestures: list[Callable[[], object]] = [
        lambda: run.lose(message),
        lambda: run.repeat(message, stop),
        lambda: run.move(message, stop),
        lambda: run.crash(one, start),
        lambda: run.crash_during(event, draws.randrange(4)),
        lambda: run.restart(one, start),
        lambda: run.pause(one, start, stop),
        lambda: run.skew(one, start, draws.uniform(-50, 50), draws.uniform(-500, 500)),
        lambda: run.cut(one, other, start, stop, draws.random() < 0.5),
        lambda: run.partition([[one], [other]], start, stop),
        lambda: run.invoke(one, start, "read" if one[0] == "c" else "add", "x", 1),
        lambda: run.switch(draws.randrange(3), draws.random() < 0.5),
        run.undo,
        run.redo,
        run.reset if draws.random() < 0.2 else run.undo,
    ]
    with suppress(ValueError, LookupError):
        draws.choice(gestures)()


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("seeds", [range(25)])
def test_random_gestures_never_fail_and_their_code_gives_the_same_run(
    build: Callable[[list[At]], World], seeds: range
) -> None:
    applied = 0
    for seed in seeds:
        run, draws = TouchedRun(build), Random(seed)
        for _ in range(8):
            _at_random(run, draws)
        for touch in run.touches:
            applied += not run.remark(touch)
        if run.error is None:
            space: dict[str, Any] = {build.__name__: build}
            exec(run.code, space)
            assert space["world"].trace.hash() == run.world.trace.hash()
            assert eval(repr(run.plan), vars(sim)) == run.plan
    assert applied > len(seeds)
