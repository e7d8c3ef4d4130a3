"""The name of the repository, filled in everywhere by one command."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from dscourse.course import __main__ as authors
from dscourse.course.publish import PLACEHOLDER, named, publish, stale

ROOT = Path(__file__).resolve().parents[2]
# The command itself and its tests speak of the placeholder.
ABOUT_IT = (
    "dscourse/course/publish.py",
    "dscourse/course/__main__.py",
    "tests/course/test_publish.py",
)
FOLDERS = (
    ".git",
    ".venv",
    ".hypothesis",
    "node_modules",
    "build",
    "dist",
    "__pycache__",
    "artifacts",
)
TEXTS = {".md", ".cff", ".toml", ".json", ".yml", ".ipynb", ".py", ".sh", ".cfg", ".txt", ""}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of every text of the repository, without the package's code."""
    root = tmp_path / "tree"
    skip = shutil.ignore_patterns(
        *FOLDERS, "dscourse", "tests", "benchmarks", "data", ".venv-*", ".*_cache"
    )
    shutil.copytree(ROOT, root, ignore=skip)
    return root


def with_placeholder(root: Path) -> list[str]:
    """The files below ``root`` in which the placeholder, or a part of it, stands."""
    found = []
    for folder, inside, names in os.walk(root):
        inside[:] = [
            name for name in inside if name not in FOLDERS and not name.startswith(".venv")
        ]
        for path in (Path(folder, name) for name in names if Path(name).suffix in TEXTS):
            if re.search(r"\bOWNER\b|\bREPO\b|%2FREPO", path.read_text("utf-8", "replace")):
                found.append(path.relative_to(root).as_posix())
    return sorted(found)


def test_nothing_is_left_of_the_placeholder(tree: Path) -> None:
    if named(ROOT) == PLACEHOLDER:
        assert {"README.md", "pyproject.toml", "notebooks/teaching.md", "CITATION.cff"} <= set(
            with_placeholder(tree)
        )
    publish(tree, "ann/some-course")
    assert with_placeholder(tree) == []
    assert named(tree) == "ann/some-course"


def test_the_repository_holds_no_placeholder_beyond_the_files_that_publish_fills_in() -> None:
    files = {path for path in with_placeholder(ROOT) if path not in ABOUT_IT}
    if named(ROOT) != PLACEHOLDER:
        assert files == set()
    assert not {path for path in files if path.startswith(("dscourse/", "tests/", "data/"))}


def test_every_kind_of_address_is_filled_in_and_renamed(tree: Path) -> None:
    for name in ("ann/some-course", "bob/x.y"):
        publish(tree, name)
        owner, repository = name.split("/")
        readme, teaching = (
            (tree / path).read_text("utf-8") for path in ("README.md", "notebooks/teaching.md")
        )
        assert f"https://mybinder.org/v2/gh/{name}/HEAD" in readme
        assert f"https://colab.research.google.com/github/{name}/blob/colab/" in readme
        assert f"https://{owner}.github.io/{repository}/" in readme
        assert f"github.com%2F{owner}%2F{repository}&branch" in teaching
        assert f"urlpath=lab%2Ftree%2F{repository}%2F" in teaching
    assert "some-course" not in (tree / "README.md").read_text("utf-8")


def test_a_second_time_changes_nothing(tree: Path) -> None:
    assert publish(tree, "ann/some-course")
    assert publish(tree, "ann/some-course") == []


def test_a_line_that_came_later_is_found_and_filled_in(tree: Path) -> None:
    publish(tree, "ann/some-course")
    assert stale(tree) == []
    page = tree / "CONTRIBUTING.md"
    page.write_text(f"See https://github.com/{PLACEHOLDER}\n", "utf-8")
    assert stale(tree) == [f"CONTRIBUTING.md:1: See https://github.com/{PLACEHOLDER}"]
    publish(tree, "ann/some-course")
    assert stale(tree) == []


def test_longer_names_are_left_alone(tree: Path) -> None:
    publish(tree, "ann/course")
    page = tree / "CONTRIBUTING.md"
    page.write_text("ann/course ann/course-2 joann/course x-ann/course\n", "utf-8")
    publish(tree, "bob/y")
    assert page.read_text("utf-8") == "bob/y ann/course-2 joann/course x-ann/course\n"


@pytest.mark.parametrize("name", ["ann", "ann/", "/course", "ann/a/b", "an n/course"])
def test_what_is_no_repository_is_refused(
    tree: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(authors, "ROOT", tree)
    assert authors.main(["publish", name]) == 1
    assert "write it as owner/repository" in capsys.readouterr().err
    assert named(tree) == named(ROOT)


def test_the_command_lists_the_files(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(authors, "ROOT", tree)
    assert authors.main(["publish", "ann/some-course"]) == 0
    assert f"written: {tree / 'README.md'}" in capsys.readouterr().out
