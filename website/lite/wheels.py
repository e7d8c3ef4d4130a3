"""The wheels that the edition carries: those of ``requirements.txt``, and the course's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from dscourse.course.copies import RECORD, copy_course

__all__ = ["PLATFORM", "PYTHON", "collect"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON, PLATFORM = "3.14", "pyemscripten_2026_0_wasm32"
_SOURCES = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "LICENSE-TEXT",
    "dscourse",
    "data",
    "notebooks",
    "share",
)


def collect(folder: Path) -> list[Path]:
    """Write all wheels into ``folder`` and return them. CalledProcessError if a package cannot be had or built."""
    folder.mkdir(parents=True, exist_ok=True)
    target = ["--python-version", PYTHON, "--platform", "any", "--platform", PLATFORM]
    _python(
        "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
        *target, "-r", str(HERE / "requirements.txt"), "-d", str(folder),
    )  # fmt: skip
    with TemporaryDirectory() as copy:
        _copy_without_outputs(Path(copy))
        _python("build", "--wheel", "--no-isolation", "--outdir", str(folder), copy)
    return sorted(folder.glob("*.whl"))


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", *arguments], check=True, stdout=subprocess.DEVNULL)


def _copy_without_outputs(folder: Path) -> None:
    """Copy what the course's wheel is made of; the outputs of its notebooks would be a third of it."""
    for name in _SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    shutil.rmtree(folder / "notebooks")
    copy_course(folder / "notebooks", ROOT / "notebooks")
    (folder / "notebooks" / RECORD).unlink()
