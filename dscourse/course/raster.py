"""An SVG diagram as a PNG of twice its size, so that it is crisp on a dense screen; the same on every machine.

For authors alone: only the committed form of a notebook needs a renderer. The fonts are those that matplotlib brings.
"""

from __future__ import annotations

import io
from functools import cache

__all__ = ["SCALES", "few_colours", "png"]

SCALES = (2, 1.5)
_MOST_BYTES = (
    72_000  # of a PNG of the first of these sizes: in base 64, an output of less than 100 KB
)
_COLOURS = 128  # a diagram has some twenty, and the shades at the edges of its letters
_ROUNDS = 2  # of k-means, for the colours of small parts
_FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique")
_MISSING = (
    "resvg-py is missing, which draws the stored pictures: install it with\n"
    "    python -m pip install resvg-py -c tests/requirements.txt"
)


def png(svg: str) -> bytes:
    """Return the diagram as a PNG with a palette, twice as large as the SVG says, or 1.5 times if it has many bytes.

    ModuleNotFoundError if the renderer is not installed, ValueError if the text is no SVG.
    """
    first, second = SCALES
    bitmap = _draw(svg, first)
    return bitmap if len(bitmap) <= _MOST_BYTES else _draw(svg, second)


def _draw(svg: str, scale: float) -> bytes:
    try:
        import resvg_py
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_MISSING, name=error.name) from error
    data = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        skip_system_fonts=True,
        font_files=_fonts(),
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
    )
    return few_colours(bytes(data))


def few_colours(data: bytes) -> bytes:
    """Return an opaque PNG with a palette: about a third of the bytes, and no difference that the eye sees."""
    from PIL import Image

    image = Image.open(io.BytesIO(data)).convert("RGB")
    buffer = io.BytesIO()
    method, dither = Image.Quantize.MEDIANCUT, Image.Dither.NONE
    reduced = image.quantize(_COLOURS, method, kmeans=_ROUNDS, dither=dither)
    reduced.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@cache
def _fonts() -> list[str]:
    from dscourse.show.paper import font_folder

    return [str(font_folder() / f"{face}.ttf") for face in _FACES]
