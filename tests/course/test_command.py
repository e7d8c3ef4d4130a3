"""The command ``dscourse``: its output, its exit status, and errors of one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dscourse
from dscourse.course import environment, lab
from dscourse.course.chapters import CHAPTERS
from dscourse.course.command import main
from dscourse.course.copies import RECORD, Copied
from dscourse.course.form import dump, load
from dscourse.course.report import copied
from dscourse.exercises import all_exercises, record

COMMANDS = ("lab", "copy", "check", "class", "progress", "maelstrom")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, in which the command runs."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments with which JupyterLab would have been started."""
    started: list[list[str]] = []

    def serve(options: list[str], folder: Path) -> int:
        started.append(options)
        return 0

    monkeypatch.setattr(lab, "_serve", serve)
    return started


def status(*arguments: str) -> int:
    """The exit status of the command."""
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--help") == 0
    text = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n    {name}" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_that_fits_a_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert status(command, "--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"usage: dscourse {command}")
    assert max(map(len, lines[1:])) <= 80


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--version") == 0
    assert capsys.readouterr().out == f"dscourse {dscourse.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("lob",), "invalid choice: 'lob'"),
        (("class",), "the following arguments are required: FOLDER"),
        (("copy", "a", "b"), "unrecognized arguments: b"),
        (("copy", "--", "--debug"), "only lab and maelstrom pass arguments after -- on"),
        (("copy", ""), 'argument FOLDER: "" is not a name'),
        (("class", " "), 'argument FOLDER: "" is not a name'),
        (("lab", "--port", "no"), "'no' is not a number from 1 to 65535"),
        (("lab", "--port", "65536"), "'65536' is not a number from 1 to 65535"),
        (("lab", "--chapter", "99"), "invalid choice: 99"),
    ],
)
def test_what_cannot_be_understood_is_said_in_one_line(
    arguments: tuple[str, ...],
    reason: str,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lab, "_serve", lambda *_: pytest.fail("a server was started"))
    assert status(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert line.endswith("--help")
    assert list(home.iterdir()) == []


def test_a_failure_is_said_in_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "file").write_text("")
    for command in ("copy", "class", "lab"):
        assert status(command, "file") == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"dscourse {command}: ")
        assert line.endswith("is a file: name a folder")
    assert status("check", "missing.ipynb") == 1
    assert capsys.readouterr().err == "dscourse check: missing.ipynb: No such file or directory\n"
    assert status("check", "file") == 1
    assert capsys.readouterr().err == "dscourse check: file is not a notebook\n"
    assert status("check", ".") == 1
    assert (
        capsys.readouterr().err == "dscourse check: . is a folder: name notebooks, as in *.ipynb\n"
    )


def test_check_says_that_a_notebook_has_no_exercises(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "mine.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    assert status("check", "mine.ipynb") == 0
    assert capsys.readouterr().out == "mine.ipynb has no exercises.\n"


def test_a_copy_goes_to_the_home_or_to_the_copy_in_which_the_reader_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("copy") == 0
    assert f"Your copy: {home / 'dscourse-notebooks'}" in capsys.readouterr().out
    assert {path.name for path in (home / "dscourse-notebooks").glob("*.ipynb")} >= {
        *(chapter.file for chapter in CHAPTERS), "glossary.ipynb",
    }  # fmt: skip
    assert status("copy", "~/other") == 0
    monkeypatch.chdir(home / "other")
    assert status("copy") == 0
    assert capsys.readouterr().out.endswith(f"Your copy: {home / 'other'}\n")
    assert status("class", "class") == 0
    monkeypatch.chdir("class")
    assert status("copy") == 0
    assert capsys.readouterr().out.endswith(f"Your copy: {home / 'dscourse-notebooks'}\n")
    assert (home / "other" / "class" / RECORD).exists()


def test_lab_opens_chapter_00_and_later_the_chapter_that_was_run_last(
    home: Path, served: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("lab") == 0
    mine = home / "dscourse-notebooks"
    out = capsys.readouterr().out
    assert f"Your copy of the course: {mine} (new)" in out
    assert "your_copy.md" in out
    assert f"--LabApp.default_url=/lab/tree/{CHAPTERS[0].file}" in served[-1]
    assert f"--ServerApp.root_dir={mine}" in served[-1]
    for number, moment in ((3, 2_000_000_000), (1, 1_900_000_000)):
        path = mine / CHAPTERS[number].file
        notebook = load(path)
        next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["outputs"] = [{}]
        path.write_text(dump(notebook), "utf-8")
        os.utime(path, (moment, moment))
    assert status("lab") == 0
    assert f"--LabApp.default_url=/lab/tree/{CHAPTERS[3].file}" in served[-1]
    assert "(up to date)" in capsys.readouterr().out
    assert status("lab", "--chapter", "7") == 0
    assert f"--LabApp.default_url=/lab/tree/{CHAPTERS[7].file}" in served[-1]


def test_lab_passes_arguments_on_and_they_come_before_its_own(
    home: Path, served: list[list[str]]
) -> None:
    own = ["--ServerApp.log_level=INFO", "--collaborative"]
    assert status("lab", "--no-browser", "--port", "9000", "mine", "--", *own) == 0
    assert served[-1][-4:] == ["--no-browser", "--ServerApp.port=9000", *own]
    assert "--ServerApp.log_level=ERROR" not in served[-1]


_STUCK = """
import logging, os, signal, sys, time
from pathlib import Path
from types import SimpleNamespace
from dscourse.course import lab

def start():
    os.kill(os.getpid(), signal.SIGTERM)
    while ends_late:
        time.sleep(60)

def initialize_server(argv):
    signal.signal(signal.SIGTERM, lambda *_: print("asked to end", flush=True))
    return SimpleNamespace(
        connect_url="http://x", identity_provider=SimpleNamespace(), log=logging.getLogger(), start=start
    )

ends_late = sys.argv[1] == "late"
lab._PATIENCE_S = 0.1 if ends_late else 60
sys.modules["jupyterlab.labapp"] = SimpleNamespace(LabApp=SimpleNamespace(initialize_server=initialize_server))
sys.exit(lab._serve([], Path("mine")))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize(("ends", "returncode"), [("late", -14), ("soon", 0)])
def test_sigterm_ends_lab_even_if_jupyterlab_does_not_end(ends: str, returncode: int) -> None:
    done = subprocess.run([sys.executable, "-c", _STUCK, ends], capture_output=True, text=True)
    assert "asked to end" in done.stdout
    assert ("JupyterLab has ended" in done.stdout) == (ends == "soon")
    assert (done.returncode, done.stderr) == (returncode, "")


def test_lab_without_jupyterlab_says_how_to_get_it_and_writes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    assert status("lab") == 1
    assert (
        capsys.readouterr().err
        == 'dscourse lab: JupyterLab is not installed: pip install "dscourse[lab]"\n'
    )
    assert list(home.iterdir()) == []


def test_lab_on_a_hub_starts_no_second_server(
    home: Path, served: list[list[str]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/x/")
    assert status("lab") == 0
    assert "JupyterLab is running already: open 00_start_here.ipynb" in capsys.readouterr().out
    assert served == []


def test_what_an_update_kept_or_could_not_copy_is_named() -> None:
    done = [
        Copied("01_a.ipynb", "unchanged"), Copied("02_b.ipynb", "updated"), Copied("03_c.ipynb", "kept"),
        Copied("04_d.ipynb", "kept, newer beside it as 04_d.new.ipynb"),
        Copied("05_e.ipynb", "not copied: No space left on device"),
    ]  # fmt: skip
    assert copied(done, Path("mine")).splitlines() == [
        "Your copy of the course: mine (1 updated)",
        "  04_d.ipynb holds your work and stays; the course's newer one is 04_d.new.ipynb",
        "  05_e.ipynb: not copied: No space left on device",
    ]


def test_check_says_that_all_is_there_or_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "problems", list)
    monkeypatch.setattr(environment, "problems_of_lab", list)
    assert status("check") == 0
    assert capsys.readouterr().out.startswith("Everything is in place: Python ")
    missing = ["jupyterlab is not installed."]
    monkeypatch.setattr(environment, "problems_of_lab", lambda: missing)
    assert status("check") == 1
    assert capsys.readouterr().out.splitlines() == [
        *missing, 'To mend it: pip install --upgrade "dscourse[lab]"',
    ]  # fmt: skip


def test_check_judges_the_answers_of_a_notebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (item for item in all_exercises().values() if item.id.startswith("00."))
    cells = [
        "from dscourse import exercises", first.solution, f'exercises.check("{first.id}", {first.name})',
        second.stub, f'exercises.check("{second.id}", {second.name})', "1 / 0",
        f'exercises.check("{first.id}", unheard_of)', f'exercises.check("{first.id}", {first.name});',
    ]  # fmt: skip
    parts = [
        {"cell_type": "code", "id": f"c{at}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for at, text in enumerate(cells)
    ]  # fmt: skip
    path = tmp_path / "mine.ipynb"
    path.write_text(
        json.dumps({"cells": parts, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8"
    )
    before = path.read_bytes()
    assert status("check", str(path)) == 1
    passed, open_, raised, hidden = capsys.readouterr().out.splitlines()
    assert passed.startswith(f"{first.id}: passed")
    assert open_.startswith(f"{second.id}: not attempted yet")
    assert raised == f"{first.id}: the cell ends with NameError: name 'unheard_of' is not defined"
    assert hidden.startswith(f"{first.id}: the cell shows no outcome")
    assert path.read_bytes() == before


def test_progress_is_shown_by_chapter_with_where_to_go_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = list(all_exercises())
    record.remember(known[2])
    assert status("progress") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHAPTERS) + 3
    assert lines[int(known[2][:2])].split()[-3:-1] == ["1", "of"]
    assert lines[-3] == f"1 of {len(known)} exercises passed."
    assert lines[-2].startswith(f"Go on with {known[3]}, ")
    assert lines[-1].startswith("Recorded in ")
    for name in known:
        record.remember(name)
    assert status("progress") == 0
    assert (
        capsys.readouterr().out.splitlines()[-2]
        == f"{len(known)} of {len(known)} exercises passed."
    )


def run(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dscourse", *arguments], capture_output=True, encoding=encoding,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip


def test_a_console_without_the_signs_still_shows_the_progress() -> None:
    done = run("progress", encoding="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "00 Start here" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs a shell with pipes")
def test_a_reader_of_the_output_may_end_first() -> None:
    done = subprocess.run(
        f"{sys.executable} -m dscourse progress | true", shell=True, capture_output=True, text=True
    )
    assert done.stderr == ""


def test_ctrl_c_ends_it_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("dscourse.course.report.progress", interrupted)
    assert status("progress") == 130
