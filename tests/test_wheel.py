"""The wheel: built, installed alone into a clean environment, and complete."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from dscourse.exercises import catalogue

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, made without any download."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True, text=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(found),
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, "--quiet", str(wheel)], check=True, capture_output=True, text=True)
    return found


def _run(python: Path, script: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [str(python), "-c", script], capture_output=True, text=True, cwd=python.parent, env=clean
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_it_holds_package_data_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "dscourse/course/glossary.toml",
        "dscourse/_data/README.md",
        "dscourse/sim/world.py",
    ):
        assert wanted in names
    assert {Path(name).name for name in names} >= {"LICENSE", "LICENSE-TEXT"}
    assert not any(name.startswith(("tests/", "notebooks/", "benchmarks/")) for name in names)


def test_the_core_runs_where_nothing_else_is_installed(python: Path) -> None:
    script = "import dscourse, dscourse.sim; print(dscourse.__file__); print(dscourse.__version__)"
    location, version = _run(python, script).splitlines()
    assert ROOT not in Path(location).parents
    assert version == "0.1.0"


def test_a_world_runs_there(python: Path) -> None:
    script = "from dscourse.node import Node; from dscourse.sim import World; print(World([Node('a')]).run().now_ms)"
    assert float(_run(python, script)) == 0


def test_the_glossary_is_found_there(python: Path) -> None:
    script = "from dscourse.course.generate import terms; print(len(terms()))"
    assert int(_run(python, script)) > 0


def test_it_holds_the_text_and_the_judge_of_every_task(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    texts = [*catalogue.exercises().values(), *catalogue.predictions().values()]
    files = [*texts, *(text.with_suffix(".py") for text in catalogue.exercises().values())]
    assert sorted({file.relative_to(ROOT).as_posix() for file in files} - names) == []
