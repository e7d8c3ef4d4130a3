"""A picture: its stored forms, its sentence, its file."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dscourse.show import Picture

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"/>'
PNG = b"\x89PNG\r\n\x1a\n and so on"


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("sentence", ["3 nodes.", "a \"quoted\" <b> & 'more'", "Δ → ü"])
def test_a_diagram_is_stored_as_one_image_whose_alternative_text_is_the_sentence(
    sentence: str,
) -> None:
    bundle = Picture(sentence, svg=SVG)._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/plain"}
    assert bundle["text/plain"] == sentence
    (tag, attributes), (rule, _) = _Tags(bundle["text/html"]).found
    assert rule == "style"
    assert (tag, attributes["alt"]) == ("img", sentence)
    assert "max-width:100%" in (attributes["style"] or "")
    kind, _, data = str(attributes["src"]).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == SVG


def test_a_curve_is_stored_as_an_image_too_because_jupyterlab_gives_a_bare_png_no_alternative_text() -> (
    None
):
    bundle = Picture("a curve", png=PNG)._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/plain"}
    assert bundle["text/plain"] == "a curve"
    data = re.search(r'src="data:image/png;base64,([^"]+)"', bundle["text/html"])
    assert data is not None
    assert base64.b64decode(data[1]) == PNG
    assert 'alt="a curve"' in bundle["text/html"]


@pytest.mark.parametrize("content", [{}, {"svg": SVG, "png": PNG}])
def test_a_picture_is_svg_or_png(content: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="either SVG text or PNG bytes"):
        Picture("what it shows", **content)  # type: ignore[arg-type]


@pytest.mark.parametrize("sentence", ["", "  \n"])
def test_a_picture_needs_a_sentence(sentence: str) -> None:
    with pytest.raises(ValueError, match="needs a sentence"):
        Picture(sentence, svg=SVG)


def test_save_writes_the_file_and_refuses_the_wrong_ending(tmp_path: Path) -> None:
    drawing, curve = Picture("Δ", svg=SVG + "Δ"), Picture("a curve", png=PNG)
    assert drawing.save(tmp_path / "a.svg").read_text("utf-8") == SVG + "Δ"
    assert curve.save(str(tmp_path / "b.png")).read_bytes() == PNG
    with pytest.raises(ValueError, match=r"c\.png: this picture is a \.svg file"):
        drawing.save(tmp_path / "c.png")
    assert not (tmp_path / "c.png").exists()


def test_equal_pictures_are_equal_and_a_picture_cannot_be_changed() -> None:
    picture = Picture("a", svg=SVG)
    assert picture == Picture("a", svg=SVG) != Picture("b", svg=SVG)
    with pytest.raises(AttributeError):
        picture.sentence = "b"  # type: ignore[misc]
