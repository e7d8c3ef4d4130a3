"""A run that is touched says no more than is so: other messages, other claims, judges and builds that change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from dscourse.core.properties import Property
from dscourse.core.verdict import Verdict
from dscourse.node import Client, Invocation, Message, cluster
from dscourse.sim import At, Crash, Network, Submit, Uniform, World
from dscourse.touch import Deed, Diagram, TouchedRun
from dscourse.touch.run.error_words import in_one_line
from dscourse.touch.run.judging import _form, ruling
from tests.touch.builds import counter, ids, right

# --- the message that was meant ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Store this record."""

    key: str
    value: int


class Store(Client):
    """A node that sends every record to all others."""

    def on_invoke(self, op: Invocation) -> None:
        self.broadcast(Put("a-very-long-key-of-some-record", op.value))
        self.complete(op.id)

    def on_put(self, sender: str, put: Put) -> None:
        pass


def stored(plan: list[At]) -> World:
    world = World(cluster(Store, ["a", "b"]), plan=plan)
    return world.submit("a", [("put", None, 7)], start_ms=50).run(until_ms=99)


def test_messages_that_differ_only_after_the_end_of_a_label_are_told_apart() -> None:
    run = TouchedRun(stored)
    run.lose(next(iter(run.messages)))
    run.crash("a", 40)
    run.invoke("a", 5, "put", None, 1)
    assert run.plan == [At(5, Submit("a", "put", value=1)), At(40, Crash("a"))]
    assert run.remark(run.touches[0]) == (
        "no longer sent: this name now means 'Put a-very-long-key-of-some-record 1', "
        "and the gesture was about 'Put a-very-long-key-of-some-record 7'"
    )


@dataclass(frozen=True, slots=True)
class Hashes(Message):
    """My tree has these hashes; the words only count them."""

    hashes: tuple[bytes, ...]

    def __str__(self) -> str:
        return f"compare ({len(self.hashes)} hash)"


class Tree(Client):
    """A node that sends the hash of every record to all others."""

    def on_invoke(self, op: Invocation) -> None:
        self.broadcast(Hashes((bytes([op.value]),)))
        self.complete(op.id)

    def on_hashes(self, sender: str, hashes: Hashes) -> None:
        pass


def hashed(plan: list[At]) -> World:
    world = World(cluster(Tree, ["a", "b"]), plan=plan)
    return world.submit("a", [("put", None, 7)], start_ms=50).run(until_ms=99)


def test_messages_whose_words_hide_the_part_in_which_they_differ_are_told_apart() -> None:
    run = TouchedRun(hashed)
    run.lose(next(iter(run.messages)))
    run.crash("a", 40)
    run.invoke("a", 5, "put", None, 1)
    assert run.plan == [At(5, Submit("a", "put", value=1)), At(40, Crash("a"))]
    why = run.remark(run.touches[0])
    assert why.startswith("no longer sent: this name now means")
    assert "x01" in why.split("the gesture was about")[0]
    assert "x07" in why.split("the gesture was about")[1]


# --- shrinking ---------------------------------------------------------------------------------------


def two_claims(world: World) -> Verdict:
    """Return which of two claims the run breaks first: that all are up, or that none lacks an increment."""
    if not all(world.alive(name) for name in world.nodes):
        return Verdict("all are up", False)
    return Verdict("all have counted six", right(world))


def test_shrinking_keeps_to_the_claim_that_is_refuted() -> None:
    run = TouchedRun(counter, two_claims)
    run.lose(ids(run, "a", "b")[0])
    run.crash("c", 140)
    assert run.verdict is not None
    assert run.verdict.model == "all are up"
    run.shrink()
    assert [touch.on for touch in run.touches] == [False, True]
    assert run.verdict.model == "all are up"


# --- builds and judges -------------------------------------------------------------------------------


def test_a_build_that_returns_another_run_each_time_is_named() -> None:
    seeds = count()

    def drifting(plan: list[At]) -> World:
        world = World(cluster(Store, ["a", "b"]), next(seeds), Network(Uniform(1, 9)), plan)
        return world.submit("a", [("put", None, 7)]).run()

    diagram = Diagram(drifting)
    diagram.touch("crash", "b", 20)
    assert diagram.run.error is not None
    assert diagram.run.error.startswith("build is nondeterministic: it returned two different runs")
    assert "build is nondeterministic" in diagram.verdict_card


def test_a_judge_that_changes_its_mind_is_named() -> None:
    asked = count()
    run = TouchedRun(counter, lambda world: next(asked) % 2 == 0)
    run.crash("b", 20)
    assert run.error == "the judge is nondeterministic: it gave two verdicts on the same run"


def test_a_judge_that_runs_the_world_on_is_told_to_take_a_copy() -> None:
    def later(world: World) -> bool:
        return world.alive("a") or not world.run(until_ms=900).alive("a")

    run = TouchedRun(counter, later)
    run.crash("a", 10)
    assert run.error is not None
    assert "must do so with a copy, world.clone()" in run.error
    assert run.world.now_ms == 150
    with pytest.raises(RuntimeError, match="let the world run on"):
        TouchedRun(counter, lambda world: world.run(until_ms=900).alive("a"))
    run = TouchedRun(counter, lambda world: world.clone().run(until_ms=900).alive("a"))
    assert run.verdict


def test_a_judge_that_changes_a_node_is_named_with_the_node() -> None:
    def sets_right(world: World) -> bool:
        """Give c, once it counts too little, what it lacks."""
        if not right(world):
            world.nodes["c"].value = 6  # type: ignore[attr-defined]
        return right(world)

    diagram = Diagram(counter, sets_right)
    diagram.touch("lose", ids(diagram.run, "a", "c")[0])
    why = "the judge 'sets right' changed c: it must only read, or change a copy"
    assert diagram.run.error == why
    assert why in diagram.verdict_card.replace("&#x27;", "'")
    assert diagram.run.verdict is not None
    assert diagram.run.world.trace.hash() == counter([]).trace.hash()  # the last good picture
    on_a_copy = TouchedRun(counter, lambda world: sets_right(world.clone()))
    on_a_copy.lose(ids(on_a_copy, "a", "c")[0])
    assert on_a_copy.verdict
    assert not right(on_a_copy.world)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda view: view.nodes["a"].counts.append(1), "a"),
        (lambda view: [node.counts.append(1) for node in view.nodes.values()], "a and b"),
        (lambda view: view.nodes["b"].send("a", Put("k", 1)), "b"),
    ],
)
def test_a_property_that_changes_what_a_node_holds_or_asks_for_is_named(
    change: Callable[[Any], object], what: str
) -> None:
    class Counting(Store):
        def __init__(self, id: str, peers: Any = ()) -> None:
            super().__init__(id, peers)
            self.counts: list[int] = []

    def build(plan: list[At]) -> World:
        return World(cluster(Counting, ["a", "b"]), plan=plan).run()

    with pytest.raises(RuntimeError, match=f"the judge 'reads' changed {what}: "):
        TouchedRun(build, Property("reads", lambda view: change(view) is None or True))
    assert TouchedRun(build, Property("reads", lambda view: view.nodes["a"].counts == [])).verdict


def test_a_judge_that_submits_an_operation_is_named() -> None:
    def asks(world: World) -> bool:
        world.submit("a", [("put", None, 8)], start_ms=500)
        return True

    with pytest.raises(RuntimeError, match="'asks' changed the pending events: "):
        TouchedRun(stored, asks)


def test_a_node_that_cannot_be_compared_can_be_judged_all_the_same() -> None:
    world = stored([])
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    world.nodes["a"].deep = deep  # type: ignore[attr-defined]
    assert _form([world.nodes["a"]]) is None
    assert ruling(Property("up", lambda world: True), False, world)


def raising(error: BaseException) -> Callable[[World], bool]:
    def judge(world: World) -> bool:
        if not world.alive("a"):
            raise error
        return True

    return judge


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (ValueError("\n\n  the second line\nand more"), "raised ValueError: the second line"),
        (ValueError(), "raised ValueError:"),
        (UnprintableError(), "PropertyError"),
        (KeyError("n9"), "raised KeyError: 'n9'"),
    ],
)
def test_whatever_a_judge_raises_is_one_line_on_the_card_and_the_picture_stays(
    error: BaseException, text: str
) -> None:
    diagram = Diagram(counter, raising(error))
    picture, answers = diagram.svg, diagram.answers
    diagram.touch("crash", "a", 10)
    assert diagram.run.error is not None
    assert text in diagram.run.error
    assert "\n" not in diagram.run.error
    assert "this run fails; the picture is the last one that did not" in diagram.verdict_card
    assert (diagram.svg, diagram.answers) == (picture, answers + 1)
    diagram.touch("undo")
    assert diagram.run.error is None


def test_an_error_of_a_key_alone_says_what_it_is() -> None:
    assert in_one_line(KeyError("n9")) == "KeyError: 'n9'"
    assert in_one_line(RuntimeError(" \n ")) == "RuntimeError"


@pytest.mark.parametrize(
    ("gesture", "arguments", "text"),
    [
        ("crash", [], "crash: missing a required argument: 'node'"),
        ("crash_during", [1, 2, 3], "crash during: too many positional arguments"),
        ("edit", [0, None], "None: a dict of numbers is required, such as {'end_ms': 40}"),
        ("edit", [0, {"m": 1, "s": 2}], "it has no m, s"),
        ("isolate", ["a", 1, 2], "a is the only node: there is none to cut it off from"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(
    gesture: str, arguments: list[Any], text: str
) -> None:
    diagram = Diagram(lambda plan: World(cluster(Store, ["a"]), plan=plan).run(until_ms=50))
    diagram.touch("crash", "a", 10)
    diagram.touch(gesture, *arguments)
    assert text in diagram.refusal
    assert len(diagram.plan) == 1


# --- deeds -------------------------------------------------------------------------------------------


def test_touches_without_a_place_in_the_run_do_no_deed() -> None:
    deed = Deed("Let b know nothing", lambda run: True, par=1)
    run = TouchedRun(stored)
    run.lose(next(iter(run.messages)))
    assert deed.is_done(run)
    run.skew("a", 5, 1)
    assert deed.is_done(run)
    run.switch(1, False)
    run.switch(0, False)
    assert not deed.is_done(run)


def test_a_deed_that_only_looks_done_says_why_not() -> None:
    run = TouchedRun(stored)
    run.lose(next(iter(run.messages)))
    by_crash = Deed(
        "Do it by a crash", lambda run: Verdict("by a crash", False, "no node crashes"), 1
    )
    assert by_crash.standing(run) == (False, "no node crashes")
    assert Deed("Do it", lambda run: Verdict("done", True, "as told"), 1).standing(run) == (
        True,
        "",
    )
    own = Deed("Do it", lambda run: True, 1)
    first = next(iter(run.world.trace.kinds("invoke")))
    run.invoke(str(first.node), run.world.now_ms, first.what.f, first.what.key, first.what.value)
    assert own.standing(run) == (False, "an operation of your own is part of the run")
    assert by_crash.standing(run) == (False, "no node crashes")
    run.reset()
    assert own.standing(run) == (False, "")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Deed("x", right, 1.5), "par=1.5: a number of touches is required"),  # type: ignore[arg-type]
        (lambda: Deed("x", right, True), "par=True: a number of touches is required"),  # type: ignore[arg-type]
        (lambda: Deed("x", 5, 1), "a text and a function of the run are required"),  # type: ignore[arg-type]
        (lambda: Deed(5, right, 1), "a text and a function of the run are required"),  # type: ignore[arg-type]
    ],
)
def test_a_deed_of_the_wrong_types_is_refused(make: Callable[[], Deed], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        make()


def test_a_property_of_the_final_state_is_judged_as_before() -> None:
    diagram = Diagram(counter, Property("all up", lambda view: len(view.nodes) == 3))
    diagram.touch("crash", "a", 10)
    assert diagram.run.is_refuted
