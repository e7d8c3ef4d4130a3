"""Answers that are programs: commands, untouched files, and where no process can be started."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dscourse import exercises
from dscourse.exercises import programs
from dscourse.exercises.grading import judge
from dscourse.exercises.programs import as_command
from dscourse.exercises.tasks import Exercise, Right, Wrong, make

STUB = "import sys\n\nsys.stdin.read()\n"


def exercise(verdict: Callable[[Any], Right | Wrong | None] = lambda command: None) -> Exercise:
    return Exercise(
        "99.1", "A program", '["python", "my_nodes/read.py"]', STUB, "print(1)\n", "Why.", ("One.", "Two."), "Good.",
        verdict,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(tmp_path / "progress"))
    exercises.make_folder()
    return tmp_path


def test_the_folder_is_made_once_and_a_place_without_one_gets_a_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (here / "my_nodes").is_dir()
    assert "is for your programs" in exercises.make_folder().text
    (here / "other").write_text("a file")
    monkeypatch.setattr(programs, "FOLDER", "other")
    assert "cannot be made here" in exercises.make_folder().text


def test_commands_are_read_as_they_are_meant(here: Path) -> None:
    (here / "my_nodes" / "a b.py").write_text("")
    (here / "my_nodes" / "echo.js").write_text("")
    (here / "c.pl").write_text("")
    file = "my_nodes/a b.py"
    for given in (
        ["python", file],
        ["python3", "a b.py"],
        ("python3.12", Path(file)),
        f"python '{file}'",
        Path(file),
    ):
        assert as_command(given) == [sys.executable, file]
    assert as_command("perl c.pl -x")[1:] == ["c.pl", "-x"]
    assert as_command("c.pl")[-1] == "c.pl"
    assert as_command(["echo.js"])[-1] == "my_nodes/echo.js"
    assert Path(as_command(["echo.js"])[0]).name == "node"
    assert as_command(["nowhere", "x"]) == ["nowhere", "x"]


def test_a_program_that_can_be_run_needs_no_interpreter(here: Path) -> None:
    program = here / "run.py"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert as_command("run.py") == ["run.py"]


@pytest.mark.parametrize("answer", [None, 5, [], "", {}, [None], ["python", 3]])
def test_what_is_no_command_gets_a_sentence(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"texts, as in|A command is required"):
        as_command(answer)


def test_an_untouched_or_missing_file_is_no_attempt(here: Path) -> None:
    command, file = ["python", "my_nodes/read.py"], here / "my_nodes" / "read.py"

    def never(command: Any) -> Wrong | None:
        raise AssertionError(command)

    assert "Run the cell that writes" in judge(exercise(never), command).message
    for text in (STUB, f"# mine\n{STUB}\n"):
        file.write_text(text)
        assert judge(exercise(never), command).status == "not attempted yet"
    assert judge(exercise(never), make(exercise(), STUB)).status == "not attempted yet"
    file.write_text(STUB + "print(2)\n")
    assert judge(exercise(), command)
    assert judge(exercise(), make(exercise(), exercise().solution))


def test_a_verdict_is_shown_with_figures_and_errors_as_sentences(here: Path) -> None:
    (here / "p.py").write_text("print(2)\n")
    assert judge(exercise(lambda _: Right("3 of 4.")), "p.py").message == "Good. 3 of 4."
    refused = judge(exercise(lambda _: Wrong("No.")), "p.py")
    assert (refused.status, refused.message) == ("not yet", "No.")

    def fails(command: Any) -> Wrong | None:
        raise FileNotFoundError("no program is called 'x'")

    assert judge(exercise(fails), "p.py").message == "No program is called 'x'."


@pytest.mark.parametrize(
    ("platform", "most", "words"),
    [("linux", "0", "switched off here"), ("emscripten", "", "a browser cannot"), ("linux", "two", "is required")],
)  # fmt: skip
def test_where_no_process_can_be_started_there_is_a_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch, platform: str, most: str, words: str
) -> None:
    (here / "p.py").write_text("print(2)\n")
    monkeypatch.setenv("DSCOURSE_PROCESSES", most)
    monkeypatch.setattr(sys, "platform", platform)
    outcome = judge(exercise(), "p.py")
    assert outcome.status == "not yet"
    assert words in outcome.message.lower()


def test_a_program_names_its_interpreter_in_its_first_line() -> None:
    command = make(exercise(), "#!/usr/bin/env node\nlet me;\n")
    assert command[:2] == ["/usr/bin/env", "node"]
    assert Path(command[2]).read_text().startswith("#!")
    assert make(exercise(), "x = 1\n")[0] == sys.executable


def test_figures_are_shown_for_values_too() -> None:
    value = replace(
        exercise(lambda _: Right("2 of 2.")), name="x", stub="x = 1\n", solution="x = 2\n"
    )
    assert judge(value, 2).message == "Good. 2 of 2."
