"""Notebooks as pages: nothing asks a kernel, nothing gives an answer away, and nothing else is changed."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dscourse.exercises import catalogue
from tests.notebooks.discovered import NOTEBOOKS
from website.pages import page, write_downloads, write_pages

_FOLDED = re.compile(r"<details.*?</details>", re.DOTALL)


def as_page(path: Path) -> dict[str, Any]:
    return page(json.loads(path.read_text("utf-8")), "https://example.org/course")


def texts(notebook: dict[str, Any]) -> str:
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_asks_no_kernel(path: Path) -> None:
    for cell in as_page(path)["cells"]:
        if cell["cell_type"] == "code":
            text = json.dumps(cell, ensure_ascii=False)
            for remark in (
                "not predicted yet",
                "not attempted yet",
                "exercises.predict(",
                "exercises.reveal(",
            ):
                assert remark not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_answers_and_solutions_are_there_and_folded(path: Path) -> None:
    text, number = texts(as_page(path)), path.stem[:2]
    opened = _FOLDED.sub("", text)
    for name, file in catalogue.predictions().items():
        if name.startswith(number):
            prediction = catalogue.prediction(file)
            folded = f"<summary>Were you right? Prediction {name}</summary>"
            assert f"It is {prediction.answer}.</p>" in text.split(folded)[1].split("</details>")[0]
            for _, why in prediction.options.values():
                assert html.escape(why) in text
                assert html.escape(why) not in opened
    for name in catalogue.exercises():
        if name.startswith(number):
            assert f"<summary>A worked solution of {name}</summary>" in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_other_cells_are_as_they_were(path: Path) -> None:
    old = json.loads(path.read_text("utf-8"))
    new = as_page(path)
    kept = {cell["id"]: cell for cell in new["cells"]}
    for cell in old["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not source.startswith("exercises."):
            assert _without_pictures(kept[cell["id"]]) == _without_pictures(cell)
        elif cell["cell_type"] == "markdown":
            assert cell["id"] in kept


def _without_pictures(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell without pictures and captions: the form that a page gives them is tested below."""
    alts = [*_stored_alts(cell), *_shown_alts(cell)]
    outputs = [
        output
        for output in cell["outputs"]
        if not _stored_alts({"outputs": [output]})
        and not _shown_alts({"outputs": [output]})
        and not any(_says(output, alt) for alt in alts)
    ]
    return cell | {"outputs": outputs}


def _says(output: dict[str, Any], alt: str) -> bool:
    """True if the output is text alone, with these words."""
    data = output.get("data", {})
    plain = " ".join("".join(data.get("text/plain", "")).split())
    return set(data) == {"text/plain"} and " ".join(alt.split()) in plain


def _stored_alts(cell: dict[str, Any]) -> list[str]:
    found = [output.get("metadata", {}).get("image/png", {}) for output in cell.get("outputs", [])]
    return [facts["alt"] for facts in found if facts]


def _shown_alts(cell: dict[str, Any]) -> list[str]:
    markup = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
    found = re.findall(r'<img alt="([^"]+)" class="dscourse-paper"', "".join(map("".join, markup)))
    return [html.unescape(alt) for alt in found]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_stored_picture_is_an_image_whose_sentence_stands_once(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    pages = as_page(path)["cells"]
    asking = [cell for cell in cells if "".join(cell["source"]).startswith("exercises.")]
    stored = [alt for cell in cells if cell not in asking for alt in _stored_alts(cell)]
    assert [alt for cell in pages for alt in _shown_alts(cell)] == stored
    for cell in pages:
        outputs = cell.get("outputs", [])
        assert not any("image/png" in output.get("data", {}) for output in outputs)
        assert not any(_says(output, alt) for alt in _shown_alts(cell) for output in outputs)


def test_links_to_the_code_lead_to_the_repository_or_are_plain_text() -> None:
    cell = {
        "cell_type": "markdown",
        "id": "a",
        "metadata": {},
        "source": "See [node](../dscourse/node.py).",
    }
    for repository, text in (
        ("https://example.org/x", "See [node](https://example.org/x/blob/HEAD/dscourse/node.py)."),
        ("", "See node."),
    ):
        assert page({"cells": [cell], "metadata": {}}, repository)["cells"][0]["source"] == text


def test_a_chapter_can_be_run_elsewhere_once_the_repository_has_a_name(tmp_path: Path) -> None:
    write_pages(NOTEBOOKS[0].parent, tmp_path / "named", "https://github.com/ann/course")
    write_pages(NOTEBOOKS[0].parent, tmp_path / "unnamed", "")
    for path in NOTEBOOKS[:-1]:  # all but the glossary
        named, unnamed = (
            texts(json.loads((tmp_path / folder / path.name).read_text("utf-8")))
            for folder in ("named", "unnamed")
        )
        assert f"/gh/ann/course/HEAD?urlpath=lab%2Ftree%2Fcourse%2F{path.name}" in named
        assert f"/github/ann/course/blob/colab/{path.name}" in named
        assert "Run it:" not in unnamed


def test_a_download_is_the_notebook_without_outputs(tmp_path: Path) -> None:
    write_downloads(NOTEBOOKS[0].parent, tmp_path)
    for path in NOTEBOOKS:
        old = json.loads(path.read_text("utf-8"))
        new = json.loads((tmp_path / path.name).read_text("utf-8"))
        assert [cell["source"] for cell in new["cells"]] == [
            cell["source"] for cell in old["cells"]
        ]
        assert not any(cell.get("outputs") for cell in new["cells"])


def test_a_chapter_can_be_run_in_the_browser_if_the_edition_was_built(tmp_path: Path) -> None:
    write_pages(NOTEBOOKS[0].parent, tmp_path, "", has_edition=True)
    for path in NOTEBOOKS[:-1]:  # all but the glossary
        text = texts(json.loads((tmp_path / path.name).read_text("utf-8")))
        assert f'<a href="../lite/lab/index.html?path={path.name}">' in text
