"""The documents agree with the repository: links, commands and generated parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dscourse.course.generate import generated
from tests.notebooks.link_rules import links

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "data" / "README.md"]
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
    course = (ROOT / ".binder" / "requirements.txt").read_text("utf-8").splitlines()
    only_tests = (ROOT / "tests" / "requirements.txt").read_text("utf-8").splitlines()
    assert course[-1] == "-e ."
    for line in [*course[:-1], *only_tests]:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[\w.!+]+( ; [^/@]+)?", line), line
