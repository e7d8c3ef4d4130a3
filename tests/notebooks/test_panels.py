"""The contract of every panel: at its controls' ends and at random settings it answers in words and numbers."""

from __future__ import annotations

import random
import warnings
from functools import cache

import ipywidgets as widgets
import pytest

from dscourse.course.chapters import Chapter
from dscourse.course.form import load
from dscourse.course.reading import code_cells, source
from dscourse.panels import Frame, Panel, PictureView
from dscourse.panels.aid import Aid
from dscourse.panels.controls import choice, log_slider, slider, switch
from dscourse.panels.editors import Editors
from dscourse.show import Picture
from dscourse.touch import Explorer
from tests.effort import samples
from tests.notebooks import panel_fuzz, question_rules
from tests.notebooks.discovered import WRITTEN, panel_makers, path_of

MAKERS = panel_makers()
FRAME_MS = 1000

every_panel = pytest.mark.parametrize("name", MAKERS)


@cache
def _unmoved(name: str) -> PictureView | Explorer:
    """A panel whose controls no test moves."""
    return MAKERS[name]()


@every_panel
def test_it_starts_with_a_picture_and_a_sentence(name: str) -> None:
    panel = _unmoved(name)
    assert not (panel.refusal if isinstance(panel, Explorer) else panel.error)
    assert list(panel_fuzz.complaints(panel)) == []
    data = panel._repr_mimebundle_()
    assert data["text/plain"] == panel.sentence
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith("<img alt=")


@every_panel
def test_its_controls_are_described(name: str) -> None:
    for control in _inputs(_unmoved(name)):
        assert control.description.strip(), type(control).__name__


@every_panel
def test_its_lists_show_a_choice(name: str) -> None:
    lists = [one for one in _inputs(_unmoved(name)) if isinstance(one, widgets.Dropdown)]
    assert [one.description for one in lists if one.index is None] == []


def _inputs(widget: widgets.Widget) -> list[widgets.Widget]:
    """Everything that a reader can move or press."""
    if isinstance(widget, widgets.Box):
        return [found for child in widget.children for found in _inputs(child)]
    return [] if isinstance(widget, widgets.HTML | widgets.Image | Explorer | Aid) else [widget]


@every_panel
def test_it_answers_at_the_ends_of_its_controls_and_then_as_at_first(name: str) -> None:
    panel = MAKERS[name]()
    if isinstance(panel, Panel):
        first = panel.frame
        assert list(panel_fuzz.at_the_ends(panel)) == []
        panel._changed()
        assert panel.frame == first


@every_panel
def test_it_answers_at_random_settings(name: str) -> None:
    panel = MAKERS[name]()
    if isinstance(panel, Explorer):
        assert list(panel_fuzz.play(panel, 100, seed=1)) == []
        return
    if isinstance(panel, Editors):
        assert list(panel_fuzz.type_into(panel, 60, seed=1)) == []
        return
    assert isinstance(panel, Panel)
    frames = list(panel_fuzz.at_random(panel, samples(100), seed=1))
    assert [wrong for _, wrong in frames if wrong] == []
    slowest = max(elapsed for elapsed, _ in frames)
    if slowest > FRAME_MS:
        warnings.warn(f"{name}: the slowest frame took {slowest:.0f} ms", stacklevel=1)


@every_panel
def test_its_notebook_shows_it(name: str) -> None:
    module = name.split(".")[0]
    cells = [
        c
        for chapter in WRITTEN
        if chapter.slug == module
        for c in code_cells(load(path_of(chapter)))
    ]
    assert any(f"{name}(" in source(cell) for cell in cells)


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda chapter: chapter.label)
def test_every_chapter_has_a_panel(chapter: Chapter) -> None:
    assert any(name.startswith(f"{chapter.slug}.") for name in MAKERS)


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda chapter: chapter.label)
def test_every_question_about_a_panel_has_a_folded_answer(chapter: Chapter) -> None:
    makers = [name for name in MAKERS if name.startswith(f"{chapter.slug}.")]
    assert list(question_rules.complaints(load(path_of(chapter)), makers)) == []


# The rules can fail.


def _bad(sentence: str, svg: str = "<svg/>") -> PictureView:
    def frame(**values: object) -> Frame:
        return Frame(Picture("A picture.", svg=svg), sentence)

    return Panel({"loss": slider("loss", "%", 0, 0, 100)}, frame, "Bad")


@pytest.mark.parametrize(
    "sentence", ["p99 is nan ms", "inf ms", "Traceback (most", " ", "a is None"]
)
def test_a_bad_sentence_is_found(sentence: str) -> None:
    assert len(list(panel_fuzz.complaints(_bad(sentence)))) == 1


def test_a_bad_coordinate_is_found() -> None:
    assert len(list(panel_fuzz.complaints(_bad("Good.", '<svg><line x1="nan"/></svg>')))) == 1


def test_ends_and_random_values_are_values_of_the_control() -> None:
    draw = random.Random(1)
    for control, expected in (
        (slider("n", "", 3, 1, 9, 2), (1, 9)),
        (slider("x", "", 0.5, 0.0, 1.0, 0.1), (0.0, 1.0)),
        (log_slider("t", "ms", 10, 1, 1000), (1, 1000)),
        (switch("on"), (False, True)),
        (choice("kind", {"one": 1, "two": 2, "three": 3}), (1, 2, 3)),
    ):
        assert panel_fuzz.ends(control) == expected
        control.value = panel_fuzz.some_value(control, draw)
        assert expected[0] <= control.value <= expected[-1]


QUESTIONS = "Try it.\n\n1. What is lost?\n2. And why?\n"
ANSWER = (
    "<details><summary>Answer {}</summary>One message is lost for each of these seeds.</details>\n"
)


def _questions(below: str) -> list[str]:
    cells = [
        {"cell_type": "code", "source": "cap.loss()"},
        {"cell_type": "markdown", "source": below},
    ]
    return list(question_rules.complaints({"cells": cells}, ["cap.loss"]))


def test_questions_without_answers_are_found() -> None:
    assert _questions(QUESTIONS + ANSWER.format(1) + ANSWER.format(2)) == []
    assert _questions(QUESTIONS + ANSWER.format(1)) == ["cap.loss: 1 folded answers to 2 questions"]
    assert _questions("Try it." + ANSWER.format(1))[0] == "cap.loss: 0 numbered questions: 2 to 4"
    swapped = _questions(QUESTIONS + ANSWER.format(2) + ANSWER.format(1))
    assert swapped == ["cap.loss: 2 folded answers to 2 questions"]
    assert _questions(f"{QUESTIONS}\n## Next\n{ANSWER.format(1)}{ANSWER.format(2)}") == [
        "cap.loss: 0 folded answers to 2 questions"
    ]
    short = "<details><summary>Answer 2</summary>`None`.</details>"
    assert len(_questions(QUESTIONS + ANSWER.format(1) + short)) == 2
