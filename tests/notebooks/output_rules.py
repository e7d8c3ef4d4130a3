"""The rules for stored outputs: small, free of errors and addresses, and with words for every picture.

A picture must be seen where HTML loses its images and its style, as on GitHub: PNG, and a caption below it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from dscourse.course.reading import Notebook, code_cells, prose

OUTPUT_BYTES, FILE_BYTES = 100_000, 1_000_000
_SHOWN = {"image/png", "text/html", "text/plain"}
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}|<[\w.]+ object|<Figure ")
_NUMBERLESS = re.compile(r"\bnan\b|\binf\b|Traceback", re.IGNORECASE)
_BARE_IMAGE = re.compile(r"!\[\s*\]\(")


class _Drawings(HTMLParser):
    """A parser that finds images and drawings in HTML."""

    found = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= tag in ("img", "svg", "canvas", "object")


def complaints(notebook: Notebook) -> list[str]:
    """Return the faults of the stored outputs and pictures, one sentence each."""
    found = [
        f"[{cell['execution_count']}] {complaint}"
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        for complaint in _in_output(output)
    ]
    found += [
        f"[{cell['execution_count']}] {complaint}"
        for cell in code_cells(notebook)
        for complaint in _captions(cell["outputs"])
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
    if "image/svg+xml" in data or _drawings("".join(data.get("text/html", ""))):
        yield "a picture that is SVG or HTML: GitHub shows neither; store a PNG"
    elif unknown := data.keys() - _SHOWN:
        yield f"of a kind that GitHub may not show: {', '.join(sorted(unknown))}"


def _drawings(markup: str) -> bool:
    parser = _Drawings()
    parser.feed(markup)
    return parser.found


def _captions(outputs: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the faults of pictures: no alternative text, one that says nothing, and no caption."""
    for output, below in zip(outputs, [*outputs[1:], {}], strict=False):
        data, after = output.get("data", {}), below.get("data", {})
        if "image/png" not in data:
            continue
        alt = output["metadata"].get("image/png", {}).get("alt", "")
        if len(alt.split()) < 4:
            yield f"a picture without a sentence: {alt[:80]!r}"
        elif data.keys() != {"image/png"}:
            yield "a picture that another form of the same output may hide"
        elif after.keys() != {"text/plain"} or not _says(after["text/plain"], alt):
            yield f"a picture without its sentence as the caption below it: {alt[:60]!r}"


def _says(lines: list[str] | str, alt: str) -> bool:
    return " ".join(alt.split()) in " ".join("".join(lines).split())
