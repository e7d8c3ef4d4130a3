"""The contract of every exercise: solution, stub, mistakes and endless loops; and its notebook."""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Iterator
from dataclasses import replace
from types import CodeType
from typing import Any

import pytest

from dscourse import exercises
from dscourse.course.chapters import Chapter
from dscourse.course.form import load
from dscourse.course.reading import Notebook, code_cells, program, prose, source
from dscourse.exercises import Exercise, Prediction, grading
from tests.effort import SOAK, soak
from tests.notebooks import answers, grading_rules
from tests.notebooks.discovered import WRITTEN, path_of

_LINES = 20_000  # that an endless loop executes here before it is ended
EXERCISES = tuple(exercises.all_exercises().values())
PROGRAMS = [(item.id, item.solution) for item in EXERCISES if item.file]
PREDICTIONS = tuple(exercises.all_predictions().values())

every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda item: item.id)
every_run_exercise = pytest.mark.parametrize(
    "exercise",
    [pytest.param(item, marks=answers.live(item), id=item.id) for item in EXERCISES],
)
every_prediction = pytest.mark.parametrize("prediction", PREDICTIONS, ids=lambda item: item.id)


@every_run_exercise
def test_the_solution_passes(exercise: Exercise) -> None:
    if exercise.file:
        assert answers.given_beside(exercise, exercise.solution, PROGRAMS)
    else:
        [outcome] = answers.in_one_copy(exercise, [answers.make(exercise, exercise.solution)])
        assert outcome, exercise.id


@soak
@every_exercise
def test_the_solution_leaves_room_for_answers_of_five_times_its_lines(exercise: Exercise) -> None:
    if not exercise.file:
        strict = replace(exercise, lines=exercise.lines // 5)
        assert grading.judge(strict, answers.make(exercise, exercise.solution))


@every_exercise
def test_the_stub_is_not_an_attempt(exercise: Exercise) -> None:
    assert answers.given(exercise, exercise.stub).status == "not attempted yet"


@every_exercise
def test_enough_answers_are_planted(exercise: Exercise) -> None:
    assert len(set(answers.right(exercise)) - {exercise.solution}) >= 2
    assert len(set(answers.wrong(exercise))) >= 5


@every_exercise
@pytest.mark.parametrize(
    ("body", "word"), [(answers.raising, "a planted mistake"), (answers.looping, "did not end")]
)
def test_mistakes_and_endless_loops_are_reported_kindly(
    exercise: Exercise, body: Any, word: str
) -> None:
    answer = answers.spoilt(exercise, body)
    if answer is None:
        return
    outcome = grading.judge(replace(exercise, lines=min(exercise.lines, _LINES)), answer)
    assert outcome.status == "not yet"
    assert word in outcome.message
    assert "Traceback" not in outcome.message
    assert "dscourse/" not in outcome.message


@every_exercise
def test_an_endless_loop_ends_within_seconds(exercise: Exercise) -> None:
    """A line takes about a quarter of a microsecond to count."""
    assert exercise.lines <= 30_000_000


WRONG_KINDS = (None, "text", -1, 10**9, float("nan"), object, [None], {})


def _some_of_the_wrong_kinds(exercise: Exercise) -> list[Any]:
    """Return three kinds for each exercise, all of them in turn; in a soak, every kind for every exercise."""
    number, first = len(WRONG_KINDS), EXERCISES.index(exercise)
    chosen = range(number) if SOAK else (first, first + 3, first + 6)
    return [WRONG_KINDS[kind % number] for kind in chosen]


@every_exercise
def test_an_answer_of_the_wrong_kind_gets_a_sentence(exercise: Exercise) -> None:
    kinds = _some_of_the_wrong_kinds(exercise)
    for answer, outcome in zip(kinds, answers.in_one_copy(exercise, kinds), strict=True):
        assert outcome.status in ("not yet", "not attempted yet"), repr(answer)
        assert len(outcome.message.split()) >= 3, repr(answer)


def _notebook(name: str) -> Notebook:
    return load(
        path_of(next(chapter for chapter in WRITTEN if chapter.label == name.split(".")[0]))
    )


def _pythons(notebook: Notebook) -> list[tuple[str, str]]:
    """The cells that are Python, as files without a name."""
    return [("", source(cell)) for cell in code_cells(notebook) if not program(cell)[0]]


def _output_of(notebook: Notebook, call: str) -> str:
    """Return the stored plain text of the cell that makes this call."""
    cell = next(cell for cell in code_cells(notebook) if source(cell).strip() == call)
    return "".join("".join(output["data"]["text/plain"]) for output in cell["outputs"])


@every_exercise
def test_its_notebook_has_stub_check_and_hints(exercise: Exercise) -> None:
    notebook = _notebook(exercise.id)
    stub = ast.dump(ast.parse(exercise.stub))
    cells = map(program, code_cells(notebook)) if exercise.file else _pythons(notebook)
    assert (exercise.file, stub) in [(file, ast.dump(ast.parse(text))) for file, text in cells]
    call = f'exercises.check("{exercise.id}", {exercise.name})'
    assert "not attempted yet" in _output_of(notebook, call)
    text = "\n".join(prose(cell) for cell in notebook["cells"])
    assert [hint for hint in exercise.hints if hint not in text] == []
    assert text.count("<details>") >= 2
    assert [hint for hint in exercise.hints if "`" in hint] == [], "in <details> marks are shown"


@every_exercise
def test_its_notebook_has_every_name_that_stub_and_solution_need(exercise: Exercise) -> None:
    cells = [text for _, text in _pythons(_notebook(exercise.id)) if not exercise.file]
    known = {name for text in cells for name in _bound(text)} | set(dir(builtins))
    for text in (exercise.stub, exercise.solution):
        own = set(_bound(text))
        needed = {name for code in _nested(compile(text, "", "exec")) for name in _used(code)}
        assert sorted(needed - own - known) == []


def _bound(text: str) -> Iterator[str]:
    """The names that this text defines outside its functions and classes, or as global within them."""
    module = compile(text, "", "exec")
    for code in _nested(module):
        kinds = ("STORE_NAME", "STORE_GLOBAL") if code is module else ("STORE_GLOBAL",)
        yield from (one.argval for one in dis.get_instructions(code) if one.opname in kinds)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _used(code: CodeType) -> set[str]:
    """The names that this piece of code takes from around it."""
    instructions = list(dis.get_instructions(code))
    own = {found.argval for found in instructions if found.opname == "STORE_NAME"}
    if any(found.opname == "SETUP_ANNOTATIONS" for found in instructions):
        own.add("__annotations__")  # a class with annotated fields, such as a message
    loads = ("LOAD_GLOBAL", "LOAD_NAME")
    return {found.argval for found in instructions if found.opname in loads} - own


@every_prediction
def test_its_notebook_asks_before_and_answers_after(prediction: Prediction) -> None:
    notebook = _notebook(prediction.id)
    asked, revealed = (f'exercises.{verb}("{prediction.id}"' for verb in ("predict", "reveal"))
    assert "not predicted yet" in _output_of(notebook, f"{asked}, None)")
    assert "not predicted yet" in _output_of(notebook, f"{revealed})")
    code = [source(cell) for cell in code_cells(notebook)]
    assert code.index(f"{asked}, None)") < code.index(f"{revealed})")


@every_prediction
def test_every_option_says_why(prediction: Prediction) -> None:
    for letter in prediction.options:
        exercises.predict(prediction.id, letter)
        text = exercises.reveal(prediction.id).text
        assert ("right" in text.splitlines()[0]) is (letter == prediction.answer)
        assert all(why in text for _, why in prediction.options.values())


def test_every_day_a_third_is_given_to_long_judges_and_all_to_the_others() -> None:
    counts = {
        item.id: (len(answers.today(item, answers.wrong(item))), len(answers.wrong(item)))
        for item in EXERCISES
    }
    thinned = {name for name, (today, planted) in counts.items() if today < planted}
    assert thinned == (
        set() if SOAK else {item.id for item in EXERCISES if answers.takes_long(item)}
    )
    assert all(today * 3 >= planted for today, planted in counts.values())


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda chapter: chapter.label)
def test_a_chapter_has_exercises_and_a_prediction(chapter: Chapter) -> None:
    assert sum(item.id.startswith(chapter.label) for item in EXERCISES) >= 2
    assert any(item.id.startswith(chapter.label) for item in PREDICTIONS)


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda chapter: chapter.label)
def test_its_exercises_can_be_graded(chapter: Chapter) -> None:
    own = [item.id for item in EXERCISES if item.id.startswith(f"{chapter.label}.")]
    assert list(grading_rules.complaints(load(path_of(chapter)), own)) == []


def test_marks_that_do_not_fit_are_found() -> None:
    chapter = WRITTEN[2]
    own = [item.id for item in EXERCISES if item.id.startswith(f"{chapter.label}.")]
    notebook = load(path_of(chapter))
    marked = [
        cell["metadata"]["nbgrader"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]
    ]
    marked[0]["solution"] = False
    marked[1]["points"] = 0
    marked[2]["grade_id"] = "exercise-99-9"
    assert [text.split(":")[0] for text in grading_rules.complaints(notebook, own)] == [
        own[0], own[0], own[1], "exercise-99-9",
    ]  # fmt: skip
