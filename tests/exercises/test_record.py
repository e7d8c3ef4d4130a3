"""Progress is kept: between kernels, on a full disk, in odd places; a record that cannot be stored is reported."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dscourse.exercises import check, record


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for progress that does not exist yet."""
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(tmp_path / "progress"))
    return tmp_path / "progress"


def stored(folder: Path) -> list[str]:
    found: list[str] = json.loads((folder / "progress.json").read_text("utf-8"))["passed"]
    return found


def full(*arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_what_was_stored_and_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert record.remember("01.1") is None
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        warning = record.remember("01.2")
        assert warning is not None
        assert "No space left on device" in warning
        assert str(folder) in warning
        assert record.remember("01.3") is None
    assert stored(folder) == ["01.1"]
    assert [path.name for path in folder.iterdir()] == ["progress.json"]
    assert record.passed() == {"01.1", "01.2", "01.3"}
    record.remember("01.4")
    assert stored(folder) == ["01.1", "01.2", "01.3", "01.4"]


def test_check_says_that_progress_is_not_stored(folder: Path) -> None:
    folder.write_text("a file where the folder should be", "utf-8")
    right = check("01.3", 9) or check("01.3", 7)
    assert right
    assert "Progress cannot be stored" in right.message
    assert record.passed() == {"01.3"}


def test_kernels_do_not_lose_each_others_results(folder: Path) -> None:
    code = (
        "import sys; from dscourse.exercises import record\n"
        "for n in range(40): record.remember(f'{sys.argv[1]}.{n}')"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "abc"]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    assert set(stored(folder)) == {f"{name}.{n}" for name in "abc" for n in range(40)}


def test_another_kernels_results_are_merged_even_without_a_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.remember("01.1")
    (folder / "progress.json").write_text('{"passed": ["02.1"]}', "utf-8")
    record.remember("01.2")
    assert stored(folder) == ["01.1", "01.2", "02.1"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"passed": 3}', '{"passed": [1, "01.1"]}', "\x00", "[" * 90_000]
)
def test_a_damaged_file_is_set_aside(folder: Path, text: str) -> None:
    folder.mkdir()
    for number in (1, 2):
        (folder / "progress.json").write_text(text, "utf-8")
        assert record.passed() <= {"01.1", "01.2"}
        record.remember("01.2")
        assert "01.2" in stored(folder)
        assert (folder / f"progress.damaged-{number}.json").read_text("utf-8") == text


def test_a_tilde_and_a_link_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("DSCOURSE_PROGRESS", "~/mine")
    record.remember("01.1")
    assert stored(tmp_path / "mine") == ["01.1"]
    (tmp_path / "mine" / "progress.json").rename(tmp_path / "elsewhere.json")
    (tmp_path / "mine" / "progress.json").symlink_to(tmp_path / "elsewhere.json")
    record.remember("01.2")
    assert (tmp_path / "mine" / "progress.json").is_symlink()
    assert "01.2" in (tmp_path / "elsewhere.json").read_text("utf-8")


def test_without_a_home_it_is_remembered_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSCOURSE_PROGRESS", "~nobody-has-this-name/mine")
    warning = record.remember("01.1")
    assert warning is not None
    assert "there is no such home folder" in warning
    assert "01.1" in record.passed()
    assert list(tmp_path.iterdir()) == []
