"""The files generated from the course's data, and the command that writes and checks it."""

from __future__ import annotations

import json
import shutil
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from dscourse.course import __main__ as commands
from dscourse.course import generate
from dscourse.course.__main__ import main
from dscourse.course.chapters import CHAPTERS, written
from dscourse.course.form import dump, is_normal, load, normalise
from dscourse.course.map import course_map, has_old_map
from dscourse.course.pictures import digest


def _notebook(*sources: str) -> dict[str, Any]:
    return normalise({"cells": [
        {"cell_type": "code", "id": "", "metadata": {}, "source": source, "outputs": []} for source in sources
    ]})  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A checkout with chapters 00 and 07 and nothing generated."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "README.md").write_text(
        "Before\n<!-- picture -->\n<!-- /picture -->\n<!-- index -->\n<!-- /index -->\nAfter\n",
        "utf-8",
    )
    row = "| 1 | [00](00_start_here.ipynb), [07](07_failure_detectors.ipynb) | | time-outs |\n"
    (tmp_path / "notebooks" / "teaching.md").write_text(row, "utf-8")
    for number in (0, 7):
        title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"}
        path = tmp_path / "notebooks" / CHAPTERS[number].file
        path.write_text(dump(normalise({"cells": [title]})), "utf-8")
    return tmp_path


def test_chapters_are_numbered_in_order_and_rest_on_earlier_ones() -> None:
    assert [chapter.number for chapter in CHAPTERS] == list(range(18))
    assert len({chapter.slug for chapter in CHAPTERS}) == len(CHAPTERS)
    assert all(before < chapter.number for chapter in CHAPTERS for before in chapter.after)
    TopologicalSorter({chapter.number: chapter.after for chapter in CHAPTERS}).prepare()


def test_only_chapters_that_exist_are_linked(book: Path) -> None:
    assert [chapter.number for chapter in written(book / "notebooks")] == [0, 7]
    texts = generate.generated(book)
    first, last = (json.loads(texts[book / "notebooks" / CHAPTERS[n].file]) for n in (0, 7))
    assert "next: [07 Failure detectors](07_failure_detectors.ipynb)" in "".join(
        first["cells"][1]["source"]
    )
    line = "".join(last["cells"][1]["source"])
    assert "read first: nothing" in line  # chapter 01 is not there
    assert "previous: [00 Start here](00_start_here.ipynb)" in line
    assert texts[book / "README.md"].count(".ipynb)") == 2
    assert f"]({generate.COVER})" in texts[book / "README.md"]
    assert texts[book / "README.md"].startswith("Before\n")
    teaching = texts[book / "notebooks" / "teaching.md"]
    assert teaching.endswith("(07_failure_detectors.ipynb) | 10 + 0 | time-outs |\n")


def test_generating_twice_changes_nothing(book: Path) -> None:
    for path, text in generate.generated(book).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert all(path.read_text("utf-8") == text for path, text in generate.generated(book).items())
    assert all(is_normal(path) for path in (book / "notebooks").glob("*.ipynb"))


def test_a_term_given_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entry = '[[term]]\nname = "{}"\nchapter = 0\ntext = "Text."\n'
    (tmp_path / "glossary.toml").write_text(entry.format("Node") + entry.format("node"), "utf-8")
    monkeypatch.setattr(generate, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match="defines 'Node' twice"):
        generate.terms()


def test_the_glossary_is_sorted_and_its_chapters_exist() -> None:
    names = [term.name.lower() for term in generate.terms()]
    assert names == sorted(names)
    assert {term.chapter for term in generate.terms()} <= {chapter.number for chapter in CHAPTERS}
    assert all(term.text.endswith(".") for term in generate.terms())


def test_the_map_names_what_is_written(book: Path) -> None:
    picture = course_map(book / "notebooks")
    assert "Written so far: 00, 07." in picture.sentence
    assert picture.svg is not None
    assert picture.svg.count("stroke-dasharray") == len(CHAPTERS) - 2


def test_execute_stores_what_a_fresh_kernel_shows(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(dump(_notebook("print('a')\nprint('b')\n1 + 1", "")), "utf-8")
    assert main(["execute", str(path)]) == 0
    stream, result = load(path)["cells"][0]["outputs"]
    assert stream["text"] == ["a\n", "b\n"]
    assert result["data"] == {"text/plain": ["2"]}
    assert is_normal(path)


def test_check_names_what_is_not_normal(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(commands.ROOT / "pyproject.toml", book)
    monkeypatch.setattr(commands, "ROOT", book)
    path = book / "x.ipynb"
    path.write_text(json.dumps(_notebook("1 + 1")), "utf-8")
    assert main(["check", str(path)]) == 1
    assert "x.ipynb: not in its committed form" in capsys.readouterr().err
    assert main(["normalise", str(path)]) == 0
    main(["check", str(path)])
    assert "x.ipynb" not in capsys.readouterr().err


def test_a_stored_map_of_other_chapters_or_topics_is_old(book: Path) -> None:
    notebook, folder = _notebook("course_map()"), book / "notebooks"
    assert not has_old_map(notebook, folder)  # none is stored
    today = course_map(folder).svg or ""
    stored = {"output_type": "display_data", "data": {}, "metadata": {"image/png": {}}}
    notebook["cells"][0]["outputs"] = [stored]
    for svg, is_old in ((today, False), (today.replace("partial failure", "faults"), True)):
        assert (svg != today) is is_old
        stored["metadata"] = {"image/png": {"digest": digest(svg.encode())}}
        assert has_old_map(notebook, folder) is is_old
