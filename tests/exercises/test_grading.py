"""The judging of an answer: attempts, mistakes, endless loops, pictures, and the result for nbgrader."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from dscourse import exercises
from dscourse.exercises import all_exercises, record
from dscourse.exercises.grading import judge
from dscourse.exercises.tasks import Exercise, Wrong, make
from dscourse.protocols.two_phase_messages import Vote
from dscourse.show import Picture
from tests.notebooks import answers

PICTURE = Picture("A counterexample.", svg="<svg/>")


def _judge(double: Any) -> Wrong | None:
    for number in (0, 1, 5):
        if double(number) != 2 * number:
            return Wrong(f"`double({number})` gave {double(number)}.", PICTURE)
    return None


EXERCISE = Exercise(
    id="99.1", title="Double", name="double", stub="def double(n):\n    return n\n",
    solution="def double(n):\n    return 2 * n\n", reasoning="Twice.", hints=("one", "two"),
    judge=_judge, praise="Well done.", lines=1_000,
)  # fmt: skip
VALUE = dataclasses.replace(
    EXERCISE, name="answer", stub="answer = None\n", solution="answer = 42\n",
    judge=lambda answer: None if answer == 42 else Wrong(f"{answer} is too small."),
)  # fmt: skip
CLASS = dataclasses.replace(
    EXERCISE, name="Box", stub="class Box:\n    def get(self):\n        return 0\n",
    solution="class Box:\n    def get(self):\n        return 1\n",
    judge=lambda box: None if box().get() == 1 else Wrong("empty"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(tmp_path / "progress"))
    return tmp_path / "progress"


def given(source: str, exercise: Exercise = EXERCISE) -> Any:
    return judge(exercise, make(exercise, source))


RAISING = """
class Loud(Exception):
    def __str__(self):
        raise SystemExit("never shown")


class Kind(type):
    __name__ = property(lambda self: 1 / 0)


class Nameless(Exception, metaclass=Kind):
    pass


def circle():
    first, second = ValueError("a mistake"), ValueError("its cause")
    first.__cause__, second.__cause__ = second, first
    return first


def double(n):
    raise WHAT
"""


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("Loud()", "Loud, which cannot be shown"),
        ("Nameless()", "Nameless"),
        ("circle()", "ValueError: a mistake"),
        ("SystemExit(0)", "SystemExit: 0"),
        ("GeneratorExit()", "GeneratorExit"),
    ],
)
def test_an_error_that_cannot_be_shown_is_the_learners_all_the_same(
    what: str, message: str
) -> None:
    source = '__name__ = "notebook"' + RAISING.replace("WHAT", what)
    assert given(source).message.startswith(f"Your code raised {message} (line 22 of `double`")


def test_a_right_answer_passes_and_is_remembered() -> None:
    outcome = given(EXERCISE.solution)
    assert outcome
    assert str(outcome) == "99.1: passed. Well done."
    assert record.passed() == {"99.1"}


def test_a_wrong_answer_gets_the_reason_and_the_picture() -> None:
    outcome = given("def double(n):\n    return n + 1\n")
    assert (outcome.status, outcome.message) == ("not yet", "`double(0)` gave 1.")
    assert outcome.picture == PICTURE
    shown = outcome._repr_mimebundle_()
    assert shown["text/plain"] == "99.1: not yet. `double(0)` gave 1.\nA counterexample."
    assert "<code>double(0)</code> gave 1." in shown["text/html"]
    assert PICTURE.html in shown["text/html"]
    assert record.passed() == frozenset()


@pytest.mark.parametrize("exercise", [EXERCISE, VALUE, CLASS], ids=lambda item: item.name)
def test_the_stub_is_not_an_attempt_wherever_it_stands(exercise: Exercise) -> None:
    assert given("\n\n# a comment\n" + exercise.stub, exercise).status == "not attempted yet"
    assert given(exercise.solution, exercise)


def test_a_stub_that_does_something_else_is_an_attempt() -> None:
    assert given("def double(n):\n    return n * 1\n").status == "not yet"
    assert given("def double(m):\n    return m\n").status == "not yet"


def test_what_the_code_raises_is_told_with_its_line() -> None:
    outcome = given("def double(n):\n    return [][n]\n")
    assert outcome.status == "not yet"
    assert outcome.message.startswith(
        "Your code raised IndexError: list index out of range (line 2"
    )


def test_the_cause_is_told_and_not_what_wraps_it() -> None:
    source = (
        "def double(n):\n"
        "    try:\n"
        "        1 / 0\n"
        "    except ZeroDivisionError as error:\n"
        "        raise RuntimeError('wrapped') from error\n"
    )
    assert "ZeroDivisionError: division by zero (line 3" in given(source).message


@pytest.mark.parametrize(
    "loop",
    [
        "while True:\n        pass",
        "while True: pass",
        "return [n for n in iter(int, 1)]",
        "while n: n += 1",
    ],
)
def test_an_endless_loop_ends(loop: str) -> None:
    outcome = given(f"def double(n):\n    n += 1\n    {loop}\n")
    assert outcome.status == "not yet"
    assert "more than 1,000 lines were executed" in outcome.message


def test_nothing_that_the_code_catches_hides_an_endless_loop() -> None:
    source = (
        "def double(n):\n"
        "    while True:\n"
        "        try:\n"
        "            n += 1\n"
        "        except Exception:\n"
        "            pass\n"
    )
    assert "did not end" in given(source).message


def test_an_answer_of_another_kind_is_named() -> None:
    assert judge(EXERCISE, 7).message == "`double` must be a function, not 7."
    assert judge(CLASS, "box").message == "`Box` must be a class, not 'box'."


def test_what_the_judge_cannot_use_is_a_sentence_too() -> None:
    numbers = dataclasses.replace(VALUE, judge=lambda answer: int(answer) and None)
    assert judge(numbers, object).status == "not yet"
    library = dataclasses.replace(VALUE, judge=json.loads)
    assert judge(library, "{").message.startswith("Your answer could not be used: JSONDecodeError")


def test_nbgrader_gets_an_error_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match=r"99.1: not yet. 41 is too small."):
        judge(VALUE, 41)
    with pytest.raises(AssertionError, match="not attempted yet"):
        judge(VALUE, None)
    assert judge(VALUE, 42)


def test_names_are_there_for_stub_and_answer() -> None:
    exercise = dataclasses.replace(EXERCISE, names={"two": 2})
    assert judge(exercise, make(exercise, "def double(n):\n    return two * n\n"))


def test_a_damaged_record_is_an_empty_one(own_record: Path) -> None:
    own_record.mkdir()
    for text in ("", "[]", '{"passed": 3}', '{"passed": [1, "01.1"]}'):
        (own_record / "progress.json").write_text(text, "utf-8")
        assert record.passed() <= {"01.1"}
    record.remember("01.2")
    assert record.passed() == {"01.1", "01.2"}


def test_what_a_judge_compares_is_not_counted_as_the_answers_lines() -> None:
    """A dataclass's methods have no file of their own, and are the package's all the same."""

    def compares(answer: Any) -> Wrong | None:
        return None if all(Vote(n, True) == Vote(n, answer(n)) for n in range(500)) else Wrong("no")

    spare = dataclasses.replace(EXERCISE, judge=compares, lines=1_100)
    outcome = given("def double(n):\n    return True\n", spare)
    assert outcome, outcome


@pytest.mark.parametrize("number", ["04.5", "04.6", "10.5", "12.8", "14.3"])
def test_a_function_may_return_numbers_and_truth_values_of_numpy(number: str) -> None:
    exercise = all_exercises()[number]
    right = make(exercise, exercise.solution)

    def answer(*arguments: Any) -> Any:
        found = right(*arguments)
        kinds: dict[type, Any] = {bool: numpy.bool_, int: numpy.int64, float: numpy.float32}
        return kinds.get(type(found), lambda same: same)(found)

    assert judge(exercise, answer)


@pytest.mark.parametrize("number", ["05.3", "13.5"])
def test_an_answer_may_be_a_number_of_numpy(number: str) -> None:
    exercise = all_exercises()[number]
    assert judge(exercise, numpy.int64(make(exercise, exercise.solution)))


LEAVING = (
    "import builtins\n\n\ndef double(n):\n    builtins.left_behind = True\n    return 3 * n + 1\n"
)
FINDING = "import builtins\n\n\ndef double(n):\n    return 2 * n if hasattr(builtins, 'left_behind') else 5\n"


@pytest.mark.parametrize("apart", [False, True])
def test_in_a_soak_no_answer_finds_what_one_before_it_has_left(
    monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    exercise = dataclasses.replace(EXERCISE, id=f"99.{1 + apart}")
    monkeypatch.setattr(answers, "SOAK", apart)
    monkeypatch.setattr(exercises, "all_exercises", lambda: {exercise.id: exercise})
    monkeypatch.setattr(exercises, "check", lambda name, answer: judge(exercise, answer))
    found = [answers.given_among(exercise, text, (LEAVING, FINDING)) for text in (LEAVING, FINDING)]
    assert [one.status for one in found] == ["not yet", "not yet" if apart else "passed"]
