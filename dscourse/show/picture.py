"""A picture is a value: the drawing, and the sentence that says the same in words and numbers.

The sentence is what a screen reader reads, what a test compares, and what stands in a text-only viewer.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from pathlib import Path

from dscourse.core.paper import CLASS, STYLE

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG text or PNG bytes, and its sentence, which is what `print` shows.

    ``width`` is that of a PNG on the page in px; without it, each of its pixels is one.

    A notebook shows either as one ``<img>`` with alternative text: an untrusted JupyterLab shows no bare SVG output,
    and gives a bare PNG no alternative text. The repository stores another form (`dscourse.course.pictures`).
    """

    sentence: str
    svg: str | None = None
    png: bytes | None = None
    width: int | None = None

    def __post_init__(self) -> None:
        if (self.svg is None) == (self.png is None):
            raise ValueError("a picture is either SVG text or PNG bytes: give one of both")
        if not self.sentence.strip():
            raise ValueError(
                "sentence is empty: a picture needs a sentence that says what it shows"
            )

    def __str__(self) -> str:
        return self.sentence

    @property
    def html(self) -> str:
        """The picture as one ``<img>`` whose alternative text is the sentence, and its rule for dark themes."""
        if self.svg is not None:
            kind, data = "image/svg+xml", self.svg.encode()
        else:
            kind, data = "image/png", self.png or b""
        text = html.escape(self.sentence, quote=True)
        source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        style = f'class="{CLASS}" style="max-width:100%;border-radius:4px"'
        style += f' width="{self.width}"' if self.width else ""
        return f'<img alt="{text}" {style} src="{source}">{STYLE}'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.sentence}

    def save(self, path: str | Path) -> Path:
        """Write the picture to ``path``; its ending should be ``.svg`` or ``.png`` as the picture is."""
        target = Path(path)
        wanted = ".svg" if self.svg is not None else ".png"
        if target.suffix != wanted:
            raise ValueError(f"{target.name}: this picture is a {wanted} file")
        target.write_bytes(self.svg.encode() if self.svg is not None else self.png or b"")
        return target
