"""Notebooks outside of Jupyter: on GitHub, by what it is known to show, and as nbconvert writes them."""

from __future__ import annotations

import base64
import html
import io
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from dscourse.course.form import load
from dscourse.course.raster import SCALES
from dscourse.course.reading import code_cells
from tests.notebooks.discovered import NOTEBOOKS

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
_STYLE_OR_TAG = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)


def on_github(output: dict[str, Any]) -> tuple[list[Image.Image], str]:
    """The images and the words that GitHub shows of an output: a PNG, HTML without its images and style, or text."""
    data = output.get("data", {})
    if "text/html" in data:
        return [], html.unescape(_STYLE_OR_TAG.sub(" ", "".join(data["text/html"])))
    if "image/png" in data:
        return [Image.open(io.BytesIO(base64.b64decode(data["image/png"])))], ""
    return [], "".join(data.get("text/plain", output.get("text", "")))


def alts(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """The metadata of a cell's pictures."""
    found = [output.get("metadata", {}).get("image/png") for output in cell["outputs"]]
    return [facts for facts in found if facts]


@every_notebook
def test_github_shows_every_picture_and_says_what_it_shows(path: Path) -> None:
    for cell in code_cells(load(path)):
        seen = [on_github(output) for output in cell["outputs"]]
        images = [image for found, _ in seen for image in found]
        words = " ".join(" ".join(text.split()) for _, text in seen)
        assert len(images) == len(alts(cell))
        for image, facts in zip(images, alts(cell), strict=True):
            image.load()
            if "width" in facts:
                assert any(abs(image.width - facts["width"] * scale) <= 1 for scale in SCALES)
            assert facts["alt"] in words


@every_notebook
def test_no_output_is_without_words_on_github(path: Path) -> None:
    for cell in code_cells(load(path)):
        for output in cell["outputs"]:
            images, words = on_github(output)
            assert images or words.strip()


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_nbconvert_writes_the_pictures_and_their_sentences(template: str) -> None:
    import nbformat  # slow to import, and not in every worker needed
    from nbconvert import HTMLExporter

    path = next(path for path in NOTEBOOKS if path.stem.startswith("03"))
    node = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    page, _ = HTMLExporter(template_name=template).from_notebook_node(node)
    expected = [facts["alt"] for cell in code_cells(load(path)) for facts in alts(cell)]
    images = [one for one in BeautifulSoup(page, "html.parser").select("img") if "src" in one.attrs]
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in images)
    assert len(images) == len(expected) > 5
    words = " ".join(html.unescape(_STYLE_OR_TAG.sub("", page)).split())
    assert [alt for alt in expected if alt not in words] == []
    if template == "classic":  # "lab" writes no alternative text: the caption has to do
        assert [image["alt"] for image in images] == expected
