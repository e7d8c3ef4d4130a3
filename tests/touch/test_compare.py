"""Two runs under one plan, without a browser: every gesture reaches both, and each says what it does there."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

import pytest

from dscourse.node import cluster
from dscourse.protocols.replicated_counter import GossipCounter
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Lose, Network, Uniform, World
from dscourse.touch import Compare, Deed, Diagram
from dscourse.touch.compare.rings import HERE
from tests.touch.test_diagram import all_agree, counters, message, send


def visits(kind: Any, plan: list[At]) -> World:
    world = World(cluster(kind, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=120)


def value(node: Any) -> int:
    return node.value if isinstance(node, Counter) else sum(node.totals.values())


def right(world: World) -> bool:
    return all(value(node) == 3 for node in world.nodes.values())


def both() -> Compare:
    return Compare(
        {"textbook": partial(visits, Counter), "repaired": partial(visits, GossipCounter)}, right
    )


def tell(compare: Compare, side: object, gesture: str, *arguments: object) -> None:
    """Send a gesture as the browser does."""
    content = {"side": side, "gesture": gesture, "arguments": list(arguments)}
    compare._on_message(compare, content, [])


def first(compare: Compare, side: int) -> int:
    return next(iter(compare.faces[side].run.messages))


def test_one_gesture_reaches_both_runs_and_refutes_the_one_without_repair() -> None:
    compare = both()
    tell(compare, 0, "cut", "a", "b", 0, 30)
    assert [face.run.plan for face in compare.faces] == [compare.plan, compare.plan]
    assert "✗ violated: right" in getattr(compare, "0_verdict_card")
    assert "✓ right" in getattr(compare, "1_verdict_card")
    tell(compare, 1, "undo")
    assert compare.plan == []
    assert "✓ right" in getattr(compare, "0_verdict_card")
    tell(compare, 1, "redo")
    assert len(compare.plan) == 4
    tell(compare, 0, "reset")
    tell(compare, 0, "undo")
    assert len(compare.plan) == 4


def test_a_gesture_without_a_message_in_the_other_run_says_so_for_that_run() -> None:
    compare = both()
    tell(compare, 0, "lose", first(compare, 0))
    assert compare.plan == [At(0, Lose("a", "b", "Add", 1))]
    for side in (0, 1):
        [entry] = getattr(compare, f"{side}_touches")
        assert entry["remark"].startswith("repaired: ")
        assert "not" in entry["remark"]
        assert "no longer" not in entry["remark"]


def test_both_pictures_have_one_time_axis_and_the_first_difference_has_a_ring_in_both() -> None:
    compare = both()
    upper, lower = (getattr(compare, f"{side}_layout_data") for side in (0, 1))
    for name in ("low", "left", "scale"):
        assert upper[name] == lower[name]
    assert all(f">{HERE}</text>" in getattr(compare, f"{side}_svg") for side in (0, 1))
    assert compare.sentence.startswith(
        "The same up to 5 ms; then textbook: a sends add 1 to b; repaired: a writes"
    )
    data = compare._repr_mimebundle_()
    assert data["text/plain"].startswith(compare.sentence)
    assert data["text/html"].startswith("<img alt=")


def test_two_builds_that_are_the_same_differ_nowhere() -> None:
    compare = Compare({"one": counters, "two": counters}, {"one": all_agree})
    assert compare.sentence == "The two runs are the same, event by event."
    assert HERE not in getattr(compare, "0_svg")
    assert (getattr(compare, "0_verdict_card") != "", getattr(compare, "1_verdict_card")) == (
        True,
        "",
    )


def test_a_node_that_one_run_does_not_have_is_said_in_its_card_and_its_picture_stays() -> None:
    def two(plan: list[At]) -> World:
        world = World(cluster(Counter, ["a", "b"]), plan=plan)
        return world.submit("a", [("add", None, 1)]).run(until_ms=90)

    compare = Compare({"three": counters, "two": two})
    before = getattr(compare, "1_svg").count("</text>")
    tell(compare, 0, "crash", "c", 20)
    assert len(compare.plan) == 1
    assert "this run fails" in getattr(compare, "1_verdict_card")
    assert "the nodes are a, b" in getattr(compare, "1_verdict_card")
    assert getattr(compare, "1_svg").count("</text>") >= before - 1
    tell(compare, 0, "undo")
    assert getattr(compare, "1_verdict_card") == ""


def test_a_window_is_that_of_both() -> None:
    compare = both()
    compare._on_message(compare, {"side": 1, "look": 1, "arguments": [10, 40, [], []]}, [])
    windows = [getattr(compare, f"{side}_layout_data") for side in (0, 1)]
    assert [one["low"] for one in windows] == [10, 10]
    compare._on_message(compare, {"side": 1, "look": 2, "arguments": [40, 10, [], []]}, [])
    assert "start must be before the end" in getattr(compare, "1_refusal")


def test_what_is_not_two_builds_or_no_run_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="two builds are required"):
        Compare({"one": counters})
    with pytest.raises(LookupError, match="judge of 'three': the runs are one and two"):
        Compare({"one": counters, "two": counters}, {"three": all_agree})
    compare = both()
    with pytest.raises(
        LookupError, match="no run is called 'third': there are textbook and repaired"
    ):
        compare.touch("third", "reset")
    compare.touch("repaired", "explode")
    assert "explode" in getattr(compare, "1_refusal")
    for side in (None, 2, "x", True):
        tell(compare, side, "crash", "a", 10)
    assert len(compare.plan) <= 1


@pytest.mark.parametrize("seed", range(6))
def test_random_gestures_on_either_side_keep_both_lists_the_same(seed: int) -> None:
    draws, compare = Random(seed), both()
    values: list[Any] = ["a", "c", 5, 17.5, 60, 90, None, True]
    for _ in range(15):
        side = draws.randrange(2)
        gesture = draws.choice(
            [
                "lose",
                "move",
                "crash",
                "restart",
                "pause",
                "isolate",
                "undo",
                "redo",
                "switch",
                "shrink",
            ]
        )
        known = [*values, *compare.faces[side].run.messages]
        tell(compare, side, gesture, *draws.choices(known, k=draws.randrange(4)))
        lists = [[(t["text"], t["on"]) for t in getattr(compare, f"{s}_touches")] for s in (0, 1)]
        assert lists[0] == lists[1]


def test_a_diagram_beside_the_run_before_has_one_axis_and_both_rings() -> None:
    diagram = Diagram(counters, all_agree)
    diagram._on_gesture(diagram, {"compare": True}, [])
    assert diagram.refusal == "nothing has changed yet: there is no run before to compare with"
    send(diagram, "crash", "b", 60)
    alone = diagram.svg
    diagram._on_gesture(diagram, {"compare": True}, [])
    assert (
        diagram.difference
        == "The same up to 60 ms; then before: nothing of the kind at b; now: b crashes."
    )
    assert ">not here</text>" in diagram.before
    assert f">{HERE}</text>" in diagram.svg
    send(diagram, "lose", message(diagram, "a's 1st Add to b"))
    assert diagram.difference.startswith(
        "The same up to 5 ms; then before: b receives add 1 from a at"
    )
    diagram._on_gesture(diagram, {"compare": False}, [])
    send(diagram, "undo")
    assert (diagram.svg, diagram.difference) == (alone, "")


def test_touches_are_left_out_as_long_as_the_chosen_outcome_stays() -> None:
    compare = both()
    tell(compare, 0, "lose", first(compare, 0))
    tell(compare, 0, "crash", "c", 118)
    assert [row["able"] for row in compare.outcomes] == [True, False, True]
    compare._on_message(compare, {"simplify": 2}, [])
    assert [touch["on"] for touch in getattr(compare, "0_touches")] == [True, False]
    assert [touch["on"] for touch in getattr(compare, "1_touches")] == [True, False]
    assert "textbook: still ✗ violated: right. repaired: still ✓ right." in getattr(
        compare, "0_news"
    )
    assert "without it, the verdicts do not differ." in getattr(compare, "0_news")
    tell(compare, 1, "undo")
    assert all(touch["on"] for touch in getattr(compare, "0_touches"))
    compare.simplify(1)
    assert getattr(compare, "1_refusal") == "only a run that the verdict refutes can be shrunk"
    compare.simplify(0)
    assert [touch["on"] for touch in getattr(compare, "1_touches")] == [True, False]
    tell(compare, 0, "reset")
    compare.simplify(2)
    assert getattr(compare, "0_refusal") == "the verdicts of the two runs do not differ"


class Frail(Counter):
    """A counter that cannot begin again."""

    def on_start(self, log: object) -> None:
        if self.now:
            raise RuntimeError("cannot restart")


def test_a_run_that_fails_is_not_compared_and_is_again_once_it_does_not() -> None:
    compare = Compare({"sound": partial(visits, Counter), "frail": partial(visits, Frail)}, right)
    tell(compare, 0, "crash", "a", 60)
    tell(compare, 0, "restart", "a", 70)
    assert compare.sentence.startswith("Under this plan, frail fails: its picture is that of")
    assert HERE not in getattr(compare, "0_svg")
    assert compare.outcomes[2]["able"] is False
    tell(compare, 0, "undo")
    assert compare.sentence == "The two runs are the same, event by event."


def test_a_deed_of_both_runs_is_done_by_touches_and_one_that_raises_is_told() -> None:
    deeds = [
        Deed("Refute textbook alone", lambda runs: runs.differ, par=1),
        Deed("Odd", lambda runs: runs["nobody"], par=1),
    ]
    builds = {"textbook": partial(visits, Counter), "repaired": partial(visits, GossipCounter)}
    compare = Compare(builds, right, deeds)
    assert [row["done"] for row in compare.tasks] == [False, False]
    tell(compare, 1, "crash", "c", 118)
    assert getattr(compare, "0_refusal") == "Odd: KeyError: 'nobody'"
    tell(compare, 0, "lose", first(compare, 0))
    assert (compare.tasks[0]["done"], compare.tasks[0]["fewest"]) == (True, 2)
    tell(compare, 0, "switch", 0, False)
    assert compare.tasks[0]["fewest"] == 1
    tell(compare, 0, "reset")
    assert (compare.tasks[0]["done"], compare.tasks[0]["fewest"]) == (False, 1)
