"""The exercises of chapter 00."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.start_here import counter_world
from dscourse.protocols.replicated_counter import counts
from dscourse.show import Picture, spacetime
from dscourse.sim import World

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS = (
    Prediction(
        "00.1",
        "Three nodes count visitors. Each visitor is counted at one node, which tells the two others. Three messages "
        "in ten are lost. What do the three nodes say at the end?",
        {
            "A": (
                "the same number, which is too small",
                "A lost message is missing at its receiver only: the sender has counted, and so has whoever else was told.",
            ),
            "B": (
                "different numbers, and they stay different",
                "This happens. Nobody knows that a message was lost, so nobody sends it again.",
            ),
            "C": (
                "different numbers for a while, then the same",
                "That needs somebody who repeats what was lost. Here each increment is sent once.",
            ),
            "D": (
                "the right number, because each visitor was counted somewhere",
                "Somewhere, yes: but each node answers from what it knows itself.",
            ),
        },
        "B",
    ),
)


def _judge_loss(answer: Any) -> Wrong | None:
    if (
        isinstance(answer, bool)
        or not isinstance(answer, int)
        or answer % 5
        or not 0 <= answer <= 100
    ):
        return Wrong(
            f"{answer!r} is not one of the slider's positions: a whole number of per cent, a multiple of 5."
        )
    right = [loss for loss in range(0, 101, 5) if _all_right(loss)]
    if answer not in right:
        return Wrong(f"At {answer} % at least one node is wrong.", _picture(answer))
    if answer != max(right):
        return Wrong(f"At {answer} % all nodes are right, but they are at a larger loss too.")
    return None


def _all_right(loss: int) -> bool:
    return set(counts(_world(loss).nodes).values()) == {6}


def _world(loss: int) -> World:
    return counter_world("textbook", 6, loss / 100, 0.0, 1)


def _picture(loss: int) -> Picture:
    world = _world(loss)
    totals = ", ".join(f"{name} says {value}" for name, value in counts(world.nodes).items())
    return spacetime(world.trace, sentence=f"{totals}; 6 increments were made.")


_MERGES: tuple[tuple[dict[str, int], dict[str, int], str], ...] = (
    ({"a": 1}, {"a": 3}, "they know of more increments at a"),
    ({"a": 3}, {"a": 1}, "you know of more increments at a already"),
    ({"a": 1}, {"b": 2}, "they know of a node that you have not heard of"),
    ({"a": 2, "b": 1}, {"b": 4, "c": 1}, "each knows something that the other does not"),
    ({}, {"c": 2}, "you know nothing yet"),
    ({"b": 2}, {}, "they know nothing yet"),
)


def _judge_merge(merge: Any) -> Wrong | None:
    for mine, theirs, why in _MERGES:
        wanted = {
            node: max(mine.get(node, 0), theirs.get(node, 0)) for node in sorted({*mine, *theirs})
        }
        given = dict(mine), dict(theirs)
        got = merge(*given)
        if given != (mine, theirs):
            return Wrong(
                f"merge({mine}, {theirs}) changed what it was given: return a new dictionary."
            )
        if got != wanted:
            return Wrong(
                f"merge({mine}, {theirs}) returned {got!r}; it should be {wanted}, because {why}."
            )
        again = merge(dict(got), dict(theirs))
        if again != wanted:
            return Wrong(
                f"merge({got}, {theirs}) returned {again!r}: hearing the same totals twice must change nothing."
            )
    return None


EXERCISES = (
    Exercise(
        id="00.2",
        title="How much loss is harmless?",
        name="largest_loss",
        stub="largest_loss = None\n",
        solution="largest_loss = 15\n",
        reasoning="With seed 1 and 6 increments, 12 messages are sent. Each has its own random number, and is lost if that "
        "number is below the loss. So a larger loss loses the same messages and some more, and there is one "
        "position after which the counts are wrong. A small loss that happens to hit nothing is luck, not safety: "
        "another seed gives another limit.",
        hints=(
            'Use the panel: version "send increments", 6 increments, repetition 0 %, seed 1. Move only the loss.',
            'Read the sentence from 0 % upwards. The answer is the last position at which it says "all are right".',
        ),
        judge=_judge_loss,
        praise="Above this, at least one node is wrong for ever. With another seed the limit is elsewhere.",
    ),
    Exercise(
        id="00.3",
        title="Merge what two nodes know",
        name="merge",
        stub="def merge(mine, theirs):\n    return dict(mine)\n",
        solution="def merge(mine, theirs):\n"
        "    return {node: max(mine.get(node, 0), theirs.get(node, 0)) for node in {*mine, *theirs}}\n",
        reasoning="A node's own total only grows, so of two totals the larger is the later. The maximum gives the same whether "
        "a message arrives once or twice, early or late: that is why a lost or repeated message does no harm. A node "
        "that one side has not heard of counts as 0 there.",
        hints=(
            "Go over every node that either of the two dictionaries names.",
            "A node's total never shrinks. If you hear 1 after 3, the 1 is old.",
        ),
        judge=_judge_merge,
        praise="Order and repetition no longer matter: this is the merge of a G-Counter.",
    ),
)
