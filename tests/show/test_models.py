"""The ladder of models: every state told by shape and word, arrows that hit nothing, a sentence that says it all."""

from __future__ import annotations

import math
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from dscourse.checkers import BY_NAME, IMPLIES, Classification, Verdict, classify
from dscourse.checkers.transactions import LEVEL_IMPLIES, LEVELS, isolation
from dscourse.history import History
from dscourse.show import Picture, models, palette
from dscourse.show.models import _disorder, _half, _points, _through
from tests.checkers.test_sessions import history

from .drawing import faults, tag, titles, tree, true_width, words
from .transactions import skew


def elements(picture: Picture, name: str) -> list[ET.Element]:
    return [element for element in tree(picture).iter() if tag(element) == name]


PRAM = classify(history("a x=1", "b x:1", "b y=2", "c y:2", "c x:"))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            PRAM,
            "Strongest that holds: PRAM; fails: linearizable, sequential, causal memory, causal convergence, "
            "weak causal, writes follow reads.",
        ),
        (classify(history("a x=1", "b x:1")), "Strongest that holds: linearizable."),
        (classify(history("a x:7")), "None of these models holds."),
        (classify(History()), "None could be judged."),
        (
            Classification(
                {
                    "weak_causal": Verdict("weak causal", True),
                    "sequential": Verdict("sequential", None, "gave up"),
                }
            ),
            "Strongest that holds: weak causal; unknown: sequential.",
        ),
    ],
)
def test_the_sentence(found: Classification, sentence: str) -> None:
    assert models(found).sentence == sentence


def test_every_model_has_its_name_its_state_and_its_reason() -> None:
    picture = models(PRAM)
    written = words(picture)
    for verdict in PRAM.verdicts.values():
        assert verdict.model in written
        assert repr(verdict) in titles(picture)
    assert [written.count(word) for word in ("strongest", "holds", "fails", "unknown")] == [
        1,
        3 + 1,
        6 + 1,
        0,
    ]


def test_shapes_tell_the_states_apart_without_colour() -> None:
    verdicts = {"linearizable": None, "sequential": False, "causal_memory": True}
    picture = models(
        Classification({name: Verdict(name, ok, "so") for name, ok in verdicts.items()})
    )
    boxes = [box for box in elements(picture, "rect") if len(box)]
    assert len({(box.get("rx"), box.get("stroke-dasharray")) for box in boxes}) == 3


def test_an_arrow_of_a_model_that_holds_looks_different() -> None:
    strokes = [line.get("stroke") for line in elements(models(PRAM), "line")]
    assert strokes.count(palette.GREEN) == sum(strong == "pram" for strong, _ in IMPLIES)
    assert len(strokes) == len(IMPLIES) + 1


@pytest.mark.parametrize("width", [600, 660, 900])
def test_no_arrow_runs_through_a_box_and_stronger_stands_above_weaker(width: float) -> None:
    points = _points(tuple(BY_NAME), IMPLIES, width)
    for strong, weak in IMPLIES:
        assert points[strong][1] < points[weak][1]
        line = points[strong], points[weak]
        assert not any(_through(line, point) for point in points.values() if point not in line)
    for one, other in combinations(points.values(), 2):
        assert abs(one[0] - other[0]) > 145 or abs(one[1] - other[1]) > 60
    assert _disorder(points, IMPLIES)[0] <= 4


@pytest.mark.parametrize("width", [600, 660, 700, 720, 800, 901])
def test_the_order_does_not_hang_on_how_floats_are_added(
    monkeypatch: pytest.MonkeyPatch, width: float
) -> None:
    points = _points.__wrapped__
    usual = points(tuple(BY_NAME), IMPLIES, width)
    for other in (math.fsum, lambda lengths: sum(reversed([*lengths]))):
        monkeypatch.setattr(sys.modules["dscourse.show.models"], "sum", other, raising=False)
        assert points(tuple(BY_NAME), IMPLIES, width) == usual


@pytest.mark.parametrize("found", [PRAM, classify(history("a x=1", "b x:1")), classify(History())])
def test_it_has_no_fault_that_can_be_measured(found: Classification) -> None:
    assert faults(models(found)) == []


def test_a_few_models_can_be_shown_alone() -> None:
    some = Classification(
        {name: PRAM.verdicts[name] for name in ("weak_causal", "pram", "monotonic_writes")}
    )
    lines = elements(models(some), "line")
    assert len(lines) == 2 + 1


LEVELS_OF_SKEW = isolation(skew())


def test_the_levels_of_isolation_are_named_and_judged() -> None:
    picture = models(LEVELS_OF_SKEW)
    assert picture.sentence == (
        "Strongest that holds: snapshot isolation; fails: strict serializable, strong session serializable, "
        "serializable, repeatable read."
    )
    assert {level.title for level in LEVELS.values()} <= set(words(picture))
    assert faults(picture) == []


@pytest.mark.parametrize("width", [600, 660, 900])
def test_no_arrow_between_levels_runs_through_a_box_and_names_fit_into_theirs(width: float) -> None:
    points, half = _points(tuple(LEVELS), LEVEL_IMPLIES, width), _half(LEVELS)
    assert _disorder(points, LEVEL_IMPLIES, half)[0] == 0
    for strong, weak in LEVEL_IMPLIES:
        assert points[strong][1] < points[weak][1]
    for level in LEVELS.values():
        assert true_width(level.title, 11, bold=True) < 2 * half
    for one, other in combinations(points.values(), 2):
        assert abs(one[0] - other[0]) > 2 * half or abs(one[1] - other[1]) > 60
