"""The environment that ``make lab`` makes: an old or missing Python is refused in one line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / ".ci" / "environment"
WAYS = ("PYTHON=python3.12", "uv venv --seed --python 3.12 .venv", "conda create -n dscourse")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")

# A Python of a given version: it answers the two questions of the script, and makes environments that hold itself.
FAKE = """#!/bin/sh
case "$*" in
    *version_info\\ \\<*) exit {status} ;;
    *version_info\\[*) printf {version} ;;
    *pip*) exit 0 ;;
    *venv*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
esac
"""


def python(folder: Path, version: str) -> Path:
    """A fake Python of this version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python"
    is_old = tuple(map(int, version.split("."))) < (3, 11)
    path.write_text(FAKE.format(version=version, status=int(is_old)), "utf-8")
    path.chmod(0o755)
    return path


def run_script(venv: Path, interpreter: Path | str) -> subprocess.CompletedProcess[str]:
    """Run the script for an environment in ``venv``."""
    return subprocess.run(
        [SCRIPT, venv, interpreter], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("version", ["2.7.18", "3.6.15", "3.10.13"])
def test_an_old_python_is_refused_in_one_line_with_three_ways_out(
    tmp_path: Path, version: str
) -> None:
    old = python(tmp_path / "old", version)
    done = run_script(tmp_path / "venv", old)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        f"{old} is Python {version}; the course needs Python 3.11, 3.12, 3.13, 3.14 or 3.15."
    )
    assert [way for way in WAYS if way not in line] == []
    assert not (tmp_path / "venv").exists()


def test_a_missing_python_is_refused_likewise(tmp_path: Path) -> None:
    done = run_script(tmp_path / "venv", "python-unheard-of")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("There is no python-unheard-of; ")
    assert [way for way in WAYS if way not in line] == []


def test_a_new_one_makes_an_environment_once(tmp_path: Path) -> None:
    new, venv = python(tmp_path / "new", "3.12.1"), tmp_path / "venv"
    first = run_script(venv, new)
    assert first.returncode == 0
    assert first.stdout == f"Creating the environment {venv} with Python 3.12.1 …\n"
    second = run_script(venv, new)
    assert (second.returncode, second.stdout) == (0, "")


def test_an_environment_that_is_there_serves_where_the_python_is_old(tmp_path: Path) -> None:
    python(tmp_path / "venv" / "bin", "3.13.0")
    assert run_script(tmp_path / "venv", python(tmp_path / "old", "3.9.1")).returncode == 0


def test_an_environment_of_an_old_python_is_made_anew(tmp_path: Path) -> None:
    python(tmp_path / "venv" / "bin", "3.10.0")
    done = run_script(tmp_path / "venv", python(tmp_path / "new", "3.14.0"))
    assert done.returncode == 0
    assert done.stdout.endswith("with Python 3.14.0 …\n")
