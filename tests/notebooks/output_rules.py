"""The rules for stored outputs: small, free of errors and addresses, and with words for every picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from dscourse.course.reading import Notebook, code_cells, prose

OUTPUT_BYTES, FILE_BYTES = 100_000, 1_000_000
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}|<[\w.]+ object|<Figure ")
_NUMBERLESS = re.compile(r"\bnan\b|\binf\b|Traceback", re.IGNORECASE)
_BARE_IMAGE = re.compile(r"!\[\s*\]\(")


class _Images(HTMLParser):
    """A parser that collects the alternative texts of all images; None for an image without one."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str | None] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alts.append(dict(attributes).get("alt"))


def complaints(notebook: Notebook) -> list[str]:
    """Return the faults of the stored outputs and pictures, one sentence each."""
    found = [
        f"[{cell['execution_count']}] {complaint}"
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        for complaint in _in_output(output)
    ]
    if any(_BARE_IMAGE.search(prose(cell)) for cell in notebook["cells"]):
        found.append("an image in the text has no alternative text")
    return found


def _in_output(output: dict[str, Any]) -> Iterator[str]:
    size = len(json.dumps(output, ensure_ascii=False).encode())
    if size > OUTPUT_BYTES:
        yield f"an output of {size:,} bytes: at most {OUTPUT_BYTES:,}"
    if output["output_type"] == "error" or output.get("name") == "stderr":
        yield "an error or a warning is stored"
    data = output.get("data", {})
    plain = "".join(data.get("text/plain", "")) or "".join(output.get("text", ""))
    if _ADDRESS.search(plain):
        yield f"the address or the bare name of an object: {plain[:80]}"
    if _NUMBERLESS.search(plain):
        yield f"not a number, or a traceback: {plain[:80]}"
    if "image/png" in data and not _is_sentence(plain):
        yield f"a picture without a sentence: {plain[:80]!r}"
    if "image/svg+xml" in data:
        yield "a bare SVG: an untrusted notebook does not show it; store an <img>"
    yield from _images("".join(data.get("text/html", "")), plain)


def _images(markup: str, plain: str) -> Iterator[str]:
    parser = _Images()
    parser.feed(markup)
    for alt in parser.alts:
        if not alt:
            yield "an image without alternative text"
        elif alt not in plain:
            yield f"the alternative text does not stand in words: {alt[:60]!r}"


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= 4 and text.rstrip().endswith((".", "!", "?"))
