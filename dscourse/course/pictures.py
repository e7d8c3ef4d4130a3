"""The stored form of a picture: a PNG, and its sentence as a caption below it.

A live picture is an ``<img>`` with alternative text, which JupyterLab gives no bare PNG. GitHub, though, shows no
image that is data in HTML. So the normaliser replaces each by two outputs: ``image/png``, and ``text/plain`` with the
sentence, which no viewer hides. The metadata of the PNG hold its alternative text, its width on the page in px, and a
digest of its SVG. The digest tells whether a live picture and a stored one are the same, whatever drew the PNG.
"""

from __future__ import annotations

import base64
import html
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from dscourse.core.paper import CLASS
from dscourse.course.raster import few_colours, png

__all__ = ["about", "compared", "digest", "in_html", "live", "stored", "without_rules"]

Output = dict[str, Any]

_PNG, _HTML, _TEXT = "image/png", "text/html", "text/plain"
_COLUMNS = 88  # of a caption: viewers break a longer line within a word, or not at all
_KEPT = ("alt", "digest", "width")
_RULES = re.compile(r"<style>.*?</style>", re.DOTALL)
_IMAGE = re.compile(
    r'<img alt="([^"]*)"([^>]*) src="data:image/(svg\+xml|png);base64,([^"]+)"[^>]*>'
)
_TAG = re.compile(r"<[^>]*>")
_WIDTH = re.compile(r' width="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class _Image:
    """An image in the HTML of an output: its alternative text, its other attributes, whether it is SVG, its bytes."""

    alt: str
    attributes: str
    is_svg: bool
    data: bytes

    @property
    def digest(self) -> str:
        """The digest of the SVG; empty for a PNG, whose bytes depend on the machine."""
        return digest(self.data) if self.is_svg else ""

    def output(self, output: Output) -> Output:
        """Return the image as an output of the kind of ``output``, the one that held it."""
        facts: dict[str, Any] = {"alt": self.alt}
        if self.is_svg:
            facts["digest"] = self.digest
        width = _WIDTH.search(
            self.data.decode().partition(">")[0] if self.is_svg else self.attributes
        )
        if width:
            facts["width"] = round(float(width[1]))
        bitmap = png(self.data.decode()) if self.is_svg else few_colours(self.data)
        encoded = base64.b64encode(bitmap).decode()
        return {
            **output,
            "data": {_PNG: encoded},
            "metadata": {_PNG: dict(sorted(facts.items()))},
        }


def without_rules(markup: str) -> str:
    """Return HTML without style rules: they serve a live widget or a dark theme, and untrusted HTML loses them."""
    return _RULES.sub("", markup)


def digest(svg: bytes) -> str:
    """Return the digest of an SVG text in UTF-8, by which its stored picture is known."""
    return blake2b(svg, digest_size=8).hexdigest()


def in_html(output: Output) -> int:
    """Return the number of pictures in the output's HTML, which GitHub does not show.

    >>> in_html({"data": {"text/html": '<p><img alt="A." class="b" src="data:image/png;base64,AA=="></p>'}})
    1
    """
    return len(_IMAGE.findall(_markup(output)))


def about(output: Output) -> dict[str, Any]:
    """Return the metadata of a stored picture; empty for any other output."""
    facts = output.get("metadata", {}).get(_PNG, {}) if _PNG in output.get("data", {}) else {}
    return {_PNG: {key: facts[key] for key in _KEPT if key in facts}} if "alt" in facts else {}


def stored(output: Output) -> list[Output]:
    """Return the outputs that stand for this one in a file: pictures leave the HTML, each with a caption below it.

    An output without a picture in its HTML is returned as it is.
    """
    rest, images, captions = _parts(output)
    pairs = zip(images, captions, strict=True)
    return rest + [one for image, caption in pairs for one in (image.output(output), caption)]


def compared(output: Output) -> list[Output]:
    """Return an output in the form in which live and stored outputs are compared: digest, alternative text, caption.

    Nothing is drawn, and no byte of a PNG counts.
    """
    facts = about(output).get(_PNG)
    if facts is not None:
        return [_compared(facts.get("digest", ""), facts["alt"])]
    rest, images, captions = _parts(output)
    pictures = [_compared(image.digest, image.alt) for image in images]
    return [*rest, *(one for pair in zip(pictures, captions, strict=True) for one in pair)]


def live(outputs: Iterable[Output]) -> Iterator[Output]:
    """Yield outputs with stored pictures as ``<img>`` with alternative text, without captions that repeat it."""
    alt = ""
    for output in outputs:
        facts = about(output).get(_PNG, {})
        if facts:
            shown = _img(output["data"][_PNG], facts["alt"], facts.get("width"))
            yield {**output, "metadata": {}, "data": {_HTML: shown}}
        elif not (alt and _is_caption(output, alt)):
            yield output
        alt = facts.get("alt", "")


def _parts(output: Output) -> tuple[list[Output], list[_Image], list[Output]]:
    """Return the output without the pictures of its HTML, unless nothing is left; the pictures; their captions."""
    markup = without_rules(_markup(output))
    images = [
        _Image(html.unescape(alt), attributes, kind != "png", base64.b64decode(data))
        for alt, attributes, kind, data in _IMAGE.findall(markup)
    ]
    if not images:
        return [output], [], []
    captions = [image.alt for image in images]
    remaining = _IMAGE.sub("", markup)
    if _TAG.sub("", remaining).strip():
        rest = [{**output, "data": {**output["data"], _HTML: remaining}}]
    else:
        rest = []
        captions[0] = "".join(output["data"].get(_TEXT, captions[0]))  # may say more
    return rest, images, [_caption(text) for text in captions]


def _is_caption(output: Output, alt: str) -> bool:
    data = output.get("data", {})
    return set(data) == {_TEXT} and _words(alt) in _words("".join(data[_TEXT]))


def _words(text: str) -> str:
    return " ".join(text.split())


def _markup(output: Output) -> str:
    return "".join(output.get("data", {}).get(_HTML, ""))


def _caption(text: str) -> Output:
    wrapper = textwrap.TextWrapper(_COLUMNS, break_long_words=False, break_on_hyphens=False)
    lines = [wrapper.fill(line) for line in text.splitlines()]
    return {"output_type": "display_data", "metadata": {}, "data": {_TEXT: "\n".join(lines)}}


def _compared(of_svg: str, alt: str) -> Output:
    name = f"{f'SVG {of_svg}' if of_svg else 'PNG'}: {alt}"
    return {"output_type": "display_data", "metadata": {}, "data": {"picture": name}}


def _img(data: str, alt: str, width: int | None) -> str:
    size, rule = (f' width="{width}"', f";--width:{width}px") if width else ("", "")
    style = f'class="{CLASS}" style="max-width:100%;border-radius:4px{rule}"{size}'
    return f'<img alt="{html.escape(alt)}" {style} src="data:image/png;base64,{data}">'
