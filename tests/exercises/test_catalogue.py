"""The tasks as files: each is found, the numbers are complete, and a malformed file is one clear error."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

from dscourse.course.chapters import CHAPTERS
from dscourse.exercises import all_exercises, all_predictions, catalogue
from dscourse.exercises.tasks import Prediction

HOME = Path(catalogue.__file__).parent
CHAPTER_FOLDERS = sorted(path for path in HOME.iterdir() if re.match(r"\d", path.name))

TASK = '''
id = "99.3"
title = "Double"
name = "double"
stub = """
def double(n):
    return n
"""
solution = """
def double(n):
    return 2 * n
"""
reasoning = """
Twice
the number.
"""
hints = ["one", "two"]
praise = "Well done."
'''
PREDICTION = """
id = "99.1"
question = "Which?"
answer = "B"

[options.A]
text = "this"
why = "No."

[options.B]
text = "that"
why = "Yes."
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "99_numbers").mkdir()
    return tmp_path / "99_numbers"


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_each_chapter_with_tasks_has_the_name_of_its_notebook() -> None:
    names = {Path(chapter.file).stem for chapter in CHAPTERS}
    assert CHAPTER_FOLDERS
    assert [path.name for path in CHAPTER_FOLDERS if path.name not in names] == []


def test_every_file_belongs_to_a_task_and_every_task_is_found() -> None:
    known = catalogue.exercises() | catalogue.predictions()
    files = {
        file
        for folder in CHAPTER_FOLDERS
        for file in folder.iterdir()
        if file.name != "__pycache__"
    }
    judges = {text.with_suffix(".py") for text in catalogue.exercises().values()}
    assert files == {*known.values(), *judges}
    assert list(all_exercises()) == list(catalogue.exercises())
    assert list(all_predictions()) == list(catalogue.predictions())
    assert all(known[name].name.startswith(name.replace(".", "_") + "_") for name in known)


@pytest.mark.parametrize("folder", CHAPTER_FOLDERS, ids=lambda path: path.name)
def test_the_numbers_of_a_chapter_are_complete_predictions_first(folder: Path) -> None:
    label = folder.name[:2]
    asked = [name for name in catalogue.predictions() if name.startswith(label)]
    set_ = [name for name in catalogue.exercises() if name.startswith(label)]
    assert asked + set_ == [f"{label}.{n}" for n in range(1, len(asked) + len(set_) + 1)]


def test_tasks_are_in_the_order_of_their_numbers(folder: Path) -> None:
    for number in (10, 9, 2):
        written(folder, f"99_{number}_x.toml", "")
    assert list(catalogue.scan(folder.parent)) == ["99.2", "99.9", "99.10"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["99_1_a.toml", "99_1_b.toml"],
            r"99_numbers/99_1_[ab]\.toml: 99_1_[ab]\.toml has the sam",
        ),
        (["99_1_a.py"], r"99_numbers/99_1_a\.py: a judge without a text, 99_1_a\.toml"),
        (["98_1_a.toml"], r"99_numbers/98_1_a\.toml: a file here is named 99_N_words\.toml"),
        (["99_1.toml"], r"99_numbers/99_1\.toml: a file here is named 99_N_words\.toml"),
        (["99_01_a.toml"], r"99_numbers/99_01_a\.toml: a file here is named"),
        (["helpers.py"], r"99_numbers/helpers\.py: a file here is named 99_N_words\.py"),
    ],
)
def test_a_file_that_is_named_like_no_task_is_an_error(
    folder: Path, names: list[str], message: str
) -> None:
    for name in names:
        written(folder, name, "")
    with pytest.raises(ValueError, match=message):
        catalogue.scan(folder.parent)


def test_other_files_and_folders_do_not_matter(folder: Path) -> None:
    written(folder, "99_1_a.toml~", "")
    written(folder, ".99_1_a.toml.swp", "")
    (folder / "__pycache__").mkdir()
    (folder.parent / "judges").mkdir()
    written(folder.parent / "judges", "plans.py", "")
    assert catalogue.scan(folder.parent) == {}


def test_a_prediction_is_read_and_its_line_breaks_do_not_count(folder: Path) -> None:
    text = PREDICTION.replace('"Which?"', '"""\nWhich\nof  these?\n"""')
    assert catalogue.prediction(written(folder, "99_1_a.toml", text)) == Prediction(
        "99.1", "Which of these?", {"A": ("this", "No."), "B": ("that", "Yes.")}, "B"
    )


def test_a_task_is_read_and_its_code_stays_as_it_is(folder: Path) -> None:
    found = catalogue.task(written(folder, "99_3_double.toml", TASK))
    assert found.stub == "def double(n):\n    return n\n"
    assert found.reasoning == "Twice the number."
    assert found.hints == ("one", "two")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "99.1"\n', "", "id: missing"),
        ('id = "99.1"', 'id = "99.2"', "id: '99.2' in a file named for 99.1"),
        ('id = "99.1"', "id = 99.1", "id: 99.1 in a file named for 99.1"),
        ('question = "Which?"', "", "question: missing"),
        ('question = "Which?"', 'question = " "', "question: a text is required, not ' '"),
        ('answer = "B"', 'answer = "C"', "answer: 'C' is not one of A, B"),
        ('answer = "B"', 'answer = ["B"]', r"answer: \['B'\] is not one of A, B"),
        ('answer = "B"', 'answer = "B"\nhint = "no"', "hint: unknown; the fields are id, question"),
        ('why = "Yes."', "", r"options\.B\.why: missing"),
        ('why = "Yes."', "why = true", r"options\.B\.why: a text is required, not True"),
        ('why = "Yes."', 'why = "Yes."\nwy = ""', r"options\.B\.wy: unknown; the fields are text, why"),
        ("[options.B]", "[options.C]", r"options: tables \[options\.A\], \[options\.B\]"),
        ("[options.B]", "[option.B]", r"option: unknown"),
        ("[options.A]", "[options.B]", r"99_1_a\.toml: Cannot declare"),
        ('why = "Yes."', 'why = "Yes', r"99_1_a\.toml: .*line"),
    ],
)  # fmt: skip
def test_a_malformed_prediction_is_an_error_that_names_file_and_field(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in PREDICTION
    file = written(folder, "99_1_a.toml", PREDICTION.replace(old, new))
    with pytest.raises(ValueError, match=r"^99_numbers/99_1_a\.toml: ") as raised:
        catalogue.prediction(file)
    assert re.search(message, str(raised.value))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "99.3"', 'id = "99.30"', "id: '99.30' in a file named for 99.3"),
        ('praise = "Well done."', "", "praise: missing"),
        ('praise = "Well done."', 'prase = "Well done."', "praise: missing"),
        (
            'name = "double"',
            'name = "double"\nlines = 3',
            "lines: unknown; the fields are id, title",
        ),
        ('hints = ["one", "two"]', 'hints = ["one"]', "hints: a list of two texts is required"),
        ('hints = ["one", "two"]', 'hints = "12"', "hints: a list of two texts is required"),
        ('hints = ["one", "two"]', 'hints = ["one", 2]', "hints: a text is required, not 2"),
        ('title = "Double"', "title = 3", "title: a text is required, not 3"),
    ],
)
def test_a_malformed_task_is_an_error_that_names_file_and_field(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in TASK
    file = written(folder, "99_3_double.toml", TASK.replace(old, new))
    with pytest.raises(ValueError, match=r"^99_numbers/99_3_double\.toml: ") as raised:
        catalogue.task(file)
    assert re.search(message, str(raised.value))


def test_a_file_that_is_not_in_utf_8_is_named(folder: Path) -> None:
    file = folder / "99_1_a.toml"
    file.write_bytes(PREDICTION.replace("Which?", "Où ?").encode("latin-1"))
    with pytest.raises(ValueError, match=r"^99_numbers/99_1_a\.toml: 'utf-8' codec"):
        catalogue.prediction(file)


def test_a_judge_may_bring_names_and_a_budget(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = sys.modules["dscourse.exercises"]
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder.parent)])
    text = written(folder, "99_3_double.toml", TASK)
    judge = written(folder, "99_3_double.py", "NAMES = {'two': 2}\nLINES = 7\ndef judge(a): ...\n")
    found = catalogue.exercise(text)
    assert (found.names, found.lines, found.title) == ({"two": 2}, 7, "Double")
    judge.unlink()
    other = written(folder, "99_4_triple.toml", TASK.replace("99.3", "99.4"))
    written(folder, "99_4_triple.py", "def juge(answer): ...\n")
    importlib.invalidate_caches()
    with pytest.raises(ValueError, match=r"99_4_triple\.py: judge: a function of the answer is re"):
        catalogue.exercise(other)
