"""A student's copy of the course: new files arrive, changed files stay."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dscourse.course import classroom, copies
from dscourse.course.chapters import CHAPTERS
from dscourse.course.command import main
from dscourse.course.copies import RECORD, copy_course
from dscourse.course.form import dump


def notebook(*sources: str, output: str = "") -> str:
    """A notebook with these code cells, which have not been run, or all have this output."""
    outputs, count = ([output], 1) if output else ([], None)
    cells = [
        {"cell_type": "code", "source": [text], "outputs": outputs, "execution_count": count}
        for text in sources
    ]
    return dump({"cells": cells})


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one notebook and one picture."""
    folder = tmp_path / "course"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "a.svg").write_text("<svg/>")
    (folder / "01_a.ipynb").write_text(notebook("1"))
    return folder


def report(folder: Path, course: Path) -> list[str]:
    return [str(one) for one in copy_course(folder, course)]


def test_a_first_copy_and_a_second(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    assert report(mine, course) == ["01_a.ipynb: new"]
    assert (mine / "pictures" / "a.svg").read_text() == "<svg/>"
    assert report(mine, course) == ["01_a.ipynb: unchanged"]


def test_a_copy_has_no_outputs(tmp_path: Path, course: Path) -> None:
    (course / "01_a.ipynb").write_text(notebook("1", output="1"))
    report(tmp_path / "mine", course)
    assert (tmp_path / "mine" / "01_a.ipynb").read_text() == notebook("1")


def test_what_was_only_run_is_brought_up_to_date(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / "01_a.ipynb").write_text(notebook("1", output="1"))
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert report(mine, course) == ["01_a.ipynb: updated"]
    assert (mine / "01_a.ipynb").read_text() == notebook("2")


def test_what_was_changed_is_kept_and_a_newer_one_put_beside_it(
    tmp_path: Path, course: Path
) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / "01_a.ipynb").write_text(notebook("my answer"))
    assert report(mine, course) == ["01_a.ipynb: kept"]
    assert not (mine / "01_a.new.ipynb").exists()
    (course / "01_a.ipynb").write_text(notebook("2"))
    for _ in range(2):
        assert report(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new.ipynb"]
    assert (mine / "01_a.ipynb").read_text() == notebook("my answer")
    assert (mine / "01_a.new.ipynb").read_text() == notebook("2")


@pytest.mark.parametrize("damage", ["", "{", "[]"])
def test_without_its_record_it_keeps_what_differs(
    tmp_path: Path, course: Path, damage: str
) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / RECORD).write_text(damage)
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert report(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new.ipynb"]


def test_a_file_that_is_no_notebook_is_kept(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / "01_a.ipynb").write_text("scribbles")
    assert report(mine, course) == ["01_a.ipynb: kept"]


def test_a_file_and_the_courses_own_folder_are_refused(tmp_path: Path, course: Path) -> None:
    with pytest.raises(ValueError, match="is in the course's own folder"):
        copy_course(course / "mine", course)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file: name a folder"):
        copy_course(tmp_path / "file", course)
    (tmp_path / "clone" / "dscourse" / "course").mkdir(parents=True)
    with pytest.raises(ValueError, match="is a clone of the course's repository"):
        copy_course(tmp_path / "clone", course)


def test_an_update_through_the_command_keeps_what_was_edited_run_renamed_and_deleted(
    tmp_path: Path,
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(copies, "notebooks_folder", lambda: course)
    names = ["01_a", "02_b", "03_c", "04_d"]
    for name in names:
        (course / f"{name}.ipynb").write_text(notebook(name))
    mine = tmp_path / "mine"
    assert main(["copy", str(mine)]) == 0
    (mine / "01_a.ipynb").write_text(notebook("01_a", "my answer", output="edited and run"))
    (mine / "02_b.ipynb").write_text(notebook("02_b", output="run"))
    (mine / "03_c.ipynb").rename(mine / "my notes.ipynb")
    (mine / "04_d.ipynb").unlink()
    for name in names:
        (course / f"{name}.ipynb").write_text(notebook(f"{name}, second edition"))
    capsys.readouterr()
    assert main(["copy", str(mine)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "01_a.ipynb: kept, newer beside it as 01_a.new.ipynb", "02_b.ipynb: updated", "03_c.ipynb: new",
        "04_d.ipynb: new", f"Your copy: {mine}",
    ]  # fmt: skip
    assert (mine / "01_a.ipynb").read_text() == notebook(
        "01_a", "my answer", output="edited and run"
    )
    assert (mine / "my notes.ipynb").read_text() == notebook("03_c")
    for name in ("01_a.new", "02_b", "03_c", "04_d"):
        assert (mine / f"{name}.ipynb").read_text() == notebook(f"{name[:4]}, second edition")


def test_work_in_a_newer_one_beside_is_never_overwritten(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / "01_a.ipynb").write_text(notebook("my answer"))
    (course / "01_a.ipynb").write_text(notebook("2"))
    report(mine, course)
    (mine / "01_a.new.ipynb").write_text(notebook("2", "my answer, now here"))
    for version in ("3", "4"):
        (course / "01_a.ipynb").write_text(notebook(version))
        assert report(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new-2.ipynb"]
        assert (mine / "01_a.new-2.ipynb").read_text() == notebook(version)
    assert (mine / "01_a.new.ipynb").read_text() == notebook("2", "my answer, now here")
    assert (mine / "01_a.ipynb").read_text() == notebook("my answer")


def test_a_picture_that_was_changed_is_kept(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / "pictures" / "a.svg").write_text("<svg>mine</svg>")
    (course / "pictures" / "a.svg").write_text("<svg>newer</svg>")
    assert report(mine, course) == [
        "01_a.ipynb: unchanged",
        "pictures/a.svg: kept, newer beside it as pictures/a.new.svg",
    ]
    assert (mine / "pictures" / "a.svg").read_text() == "<svg>mine</svg>"
    assert (mine / "pictures" / "a.new.svg").read_text() == "<svg>newer</svg>"


def test_saving_and_an_empty_cell_at_the_end_are_no_change(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    saved = json.loads(notebook("1", ""))
    saved["metadata"] = {"kernelspec": {"name": "python3"}}
    (mine / "01_a.ipynb").write_bytes(json.dumps(saved, indent=1).replace("\n", "\r\n").encode())
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert report(mine, course) == ["01_a.ipynb: updated"]


def test_a_picture_pasted_into_a_cell_is_a_change(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    pasted = json.loads(notebook("1"))
    pasted["cells"][0]["attachments"] = {"image.png": {"image/png": "AAAA"}}
    (mine / "01_a.ipynb").write_text(json.dumps(pasted))
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert report(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new.ipynb"]


def test_a_file_that_was_deleted_or_renamed_comes_again(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    report(mine, course)
    (mine / "01_a.ipynb").rename(mine / "my_a.ipynb")
    assert report(mine, course) == ["01_a.ipynb: new"]
    assert (mine / "my_a.ipynb").read_text() == notebook("1")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_is_the_students_and_nothing_is_written_through_it(
    tmp_path: Path, course: Path
) -> None:
    mine, outside = tmp_path / "mine", tmp_path / "outside.ipynb"
    report(mine, course)
    outside.write_text(notebook("1"))
    (mine / "01_a.ipynb").unlink()
    (mine / "01_a.ipynb").symlink_to(outside)
    (course / "01_a.ipynb").write_text(notebook("2"))
    assert report(mine, course) == ["01_a.ipynb: kept, newer beside it as 01_a.new.ipynb"]
    assert outside.read_text() == notebook("1")


def test_an_update_that_fails_halfway_loses_nothing(
    tmp_path: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    (course / "02_b.ipynb").write_text(notebook("b"))
    report(mine, course)
    for name in ("01_a", "02_b"):
        (course / f"{name}.ipynb").write_text(notebook("2"))
    replace = os.replace

    def full(source: Path, target: Path) -> None:
        if "02_b" in str(target):
            raise OSError(28, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        done = copy_course(mine, course)
    assert [str(one) for one in done] == [
        "01_a.ipynb: updated", "02_b.ipynb: not copied: No space left on device",
    ]  # fmt: skip
    assert [one.failed for one in done] == [False, True]
    assert (mine / "02_b.ipynb").read_text() == notebook("b")
    assert list(mine.glob(".*.tmp")) == []
    assert report(mine, course) == ["01_a.ipynb: unchanged", "02_b.ipynb: updated"]


def test_two_updates_at_once_end_as_one_does(tmp_path: Path, course: Path) -> None:
    mine = tmp_path / "mine"
    for name in range(20):
        (course / f"{name:02}_x.ipynb").write_text(notebook(str(name)))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: report(mine, course), range(4)))
    assert all(line.endswith(": unchanged") for line in report(mine, course))
    assert not list(mine.glob("*.new*"))


def test_a_source_that_a_teacher_changed_is_kept(
    tmp_path: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = CHAPTERS[0]
    monkeypatch.setattr(classroom, "notebooks_folder", lambda: course)
    (course / chapter.file).write_text(notebook("1"))
    folder = tmp_path / "class"
    source = folder / "source" / Path(chapter.file).stem / chapter.file
    assert [one.fate for one in classroom.lay_out(folder, [chapter])] == ["new", "new"]
    source.write_text(notebook("the teacher's"))
    (course / chapter.file).write_text(notebook("2"))
    classroom.lay_out(folder, [chapter])
    assert source.read_text() == notebook("the teacher's")
    assert [path.name for path in source.parent.iterdir()] == [source.name]
    assert next((folder / "newer").iterdir()).read_text() == notebook("2")
