"""The documents agree with the repository: links, commands and generated parts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dscourse
from dscourse.course.generate import generated
from tests.notebooks.link_rules import links

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    ROOT / "data" / "README.md",
    ROOT / "website" / "lite" / "README.md",
]
MAKE = (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"<!--.*?-->", "", path.read_text("utf-8"), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in links(text)]
    inside = [target for target in targets if target and not target.startswith("https://")]
    assert [target for target in inside if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    named = set(
        re.findall(r"`make ([a-z-]+)|^\s*make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE)
    )
    targets = set(re.findall(r"^([a-z-]+):", MAKE, re.MULTILINE))
    assert {first or second for first, second in named} <= targets


def test_every_make_target_is_described() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", MAKE, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == set(re.findall(r"^([a-z-]+):.*## ", MAKE, re.MULTILINE))


def test_what_is_generated_is_up_to_date() -> None:
    stale = [
        path.name
        for path, text in generated(ROOT).items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    assert stale == [], "make generate"


def test_the_locks_name_versions_and_nothing_of_this_machine() -> None:
    course = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    only_tests = (ROOT / "tests" / "requirements.txt").read_text("utf-8").splitlines()
    for line in [*course, *only_tests]:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[\w.!+]+( ; [^/@]+)?", line), line


def test_the_version_is_the_same_wherever_it_stands() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert dscourse.__version__ == version
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1] == version  # type: ignore[index]
    released = re.findall(
        r"^## (\d+\.\d+\.\d+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert released[0] == version


def test_binder_and_codespaces_install_the_lock_and_open_a_copy() -> None:
    course = (ROOT / ".binder" / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in course if not line.startswith("#")] == [
        "-r ../constraints.txt",
        "-e .[lab]",
    ]
    assert "dscourse copy course" in (ROOT / ".binder" / "postBuild").read_text("utf-8")
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert "-r .binder/requirements.txt && dscourse copy course" in container["postCreateCommand"]
    assert "urlpath=lab%2Ftree%2Fcourse%2F00_start_here.ipynb" in (ROOT / "README.md").read_text(
        "utf-8"
    )


def test_the_lock_is_a_constraints_file() -> None:
    """pip takes it as one: it reports what else is wrong, and nothing about the lock."""
    lock = (ROOT / "constraints.txt").read_text("utf-8")
    assert not re.search(
        r"^\s*-|://|\[", lock, re.MULTILINE
    )  # pip refuses options, addresses and extras there
    command = [
        "install",
        "--dry-run",
        "--no-index",
        "--no-deps",
        "-c",
        "constraints.txt",
        "packaging",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_license_and_page_of_the_project_is_there() -> None:
    for name in (
        "LICENSE",
        "LICENSE-TEXT",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "CODE_OF_CONDUCT.md",
        "CHANGELOG.md",
    ):
        assert (ROOT / name).stat().st_size > 300, name
