"""A student's copy of the course: what is new comes, what was changed stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dscourse.course.__main__ import main
from dscourse.course.copies import RECORD, copy_course


def notebook(*sources: str, output: str = "") -> str:
    """A notebook with these code cells, the first of which has this output."""
    cells = [{"cell_type": "code", "source": [text], "outputs": [output]} for text in sources]
    return json.dumps({"cells": cells})


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one notebook and one picture."""
    folder = tmp_path / "course"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "a.svg").write_text("<svg/>")
    (folder / "01_a.ipynb").write_text(notebook("1"))
    return folder


def told(folder: Path, course: Path) -> list[str]:
    return [str(one) for one in copy_course(folder, course)]


def test_a_first_copy_and_a_second(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    assert told(mine, course) == ["01_a.ipynb: new"]
    assert (mine / "pictures" / "a.svg").read_text() == "<svg/>"
    assert told(mine, course) == ["01_a.ipynb: unchanged"]


def test_what_was_only_run_is_brought_up_to_date(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    told(mine, course)
    (mine / "01_a.ipynb").write_text(notebook("1", output="1"))
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert told(mine, course) == ["01_a.ipynb: updated"]
    assert (mine / "01_a.ipynb").read_text() == notebook("2")


def test_what_was_changed_is_kept_and_a_newer_one_put_beside_it(
    tmp_path: Path, course: Path
) -> None:
    mine = tmp_path / "mine"
    told(mine, course)
    (mine / "01_a.ipynb").write_text(notebook("my answer"))
    assert told(mine, course) == ["01_a.ipynb: kept"]
    assert not (mine / "01_a.new.ipynb").exists()
    (course / "01_a.ipynb").write_text(notebook("2"))
    for _ in range(2):
        assert told(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new.ipynb"]
    assert (mine / "01_a.ipynb").read_text() == notebook("my answer")
    assert (mine / "01_a.new.ipynb").read_text() == notebook("2")


@pytest.mark.parametrize("damage", ["", "{", "[]"])
def test_without_its_record_it_keeps_what_differs(
    tmp_path: Path, course: Path, damage: str
) -> None:
    mine = tmp_path / "mine"
    told(mine, course)
    (mine / RECORD).write_text(damage)
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert told(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new.ipynb"]


def test_a_file_that_is_no_notebook_is_kept(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    told(mine, course)
    (mine / "01_a.ipynb").write_text("scribbles")
    assert told(mine, course) == ["01_a.ipynb: kept"]


def test_a_file_and_the_courses_own_folder_are_refused(tmp_path: Path, course: Path) -> None:
    with pytest.raises(ValueError, match="is in the course's own folder"):
        copy_course(course / "mine", course)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file: name a folder"):
        copy_course(tmp_path / "file", course)


def test_the_command_copies_every_notebook_of_the_course(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["copy", str(tmp_path / "mine")]) == 0
    assert "00_start_here.ipynb: new" in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "mine").glob("*.ipynb")}
    assert {"00_start_here.ipynb", "glossary.ipynb"} <= names


def test_the_commands_for_readers_want_one_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["copy"]) == 2
    assert "name one folder" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    for command in ("copy", "class"):
        assert main([command, str(tmp_path / "file")]) == 1
        assert "is a file: name a folder" in capsys.readouterr().err
