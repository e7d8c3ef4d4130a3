"""The contract of every notebook: form, code, outputs, links and glossary (nbval runs its cells)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dscourse.course.chapters import Chapter
from dscourse.course.form import is_normal, load
from dscourse.course.generate import terms
from tests.notebooks import (
    code_rules,
    form_rules,
    glossary_rules,
    link_rules,
    output_rules,
)
from tests.notebooks.discovered import EXPECTED, NOTEBOOKS, WRITTEN, path_of

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_chapter = pytest.mark.parametrize("chapter", WRITTEN, ids=lambda chapter: chapter.label)


def test_each_notebook_is_a_chapter_or_the_glossary() -> None:
    assert {path.name for path in NOTEBOOKS} <= EXPECTED


@every_notebook
def test_it_is_in_its_committed_form(path: Path) -> None:
    assert is_normal(path), "make notebooks"
    assert path.stat().st_size <= output_rules.FILE_BYTES


@every_chapter
def test_it_has_the_form_of_a_chapter(chapter: Chapter) -> None:
    assert form_rules.complaints(load(path_of(chapter))) == []


@every_notebook
def test_its_code_is_plain(path: Path) -> None:
    assert code_rules.complaints(load(path)) == []


@every_notebook
def test_its_outputs_read_as_they_stand(path: Path) -> None:
    assert output_rules.complaints(load(path)) == []


@every_notebook
def test_its_links_lead_somewhere(path: Path) -> None:
    assert link_rules.complaints(load(path), path) == []


@every_chapter
def test_what_it_defines_is_in_the_glossary(chapter: Chapter) -> None:
    assert glossary_rules.complaints(load(path_of(chapter)), chapter.number, terms()) == []
