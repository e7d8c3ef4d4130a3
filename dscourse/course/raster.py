"""An SVG diagram as a PNG of twice its size, so that it is crisp on a dense screen; the same on every machine.

Its corners are round: on a dark page a PNG, which no style rule reaches, is a card then.

For authors alone: only the committed form of a notebook needs a renderer. The fonts are those that matplotlib brings.
"""

from __future__ import annotations

import io
from functools import cache
from itertools import product
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["SCALES", "few_colours", "png"]

SCALES = (2, 1.5)
_MOST_BYTES = (
    72_000  # of a PNG of the first of these sizes: in base 64, an output of less than 100 KB
)
_COLOURS = 128  # a diagram has some twenty, and the shades at the edges of its letters
_RADIUS = 16  # pixels, of the corners
_ALPHAS = (0, 64, 128, 192)  # of the pixels that a corner cuts
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
    """Return a PNG with a palette and round corners: about a third of the bytes; the eye sees no other difference."""
    from PIL import Image

    image = Image.open(io.BytesIO(data)).convert("RGB")
    buffer = io.BytesIO()
    method, dither = Image.Quantize.MEDIANCUT, Image.Dither.NONE
    reduced = image.quantize(_COLOURS, method, kmeans=_ROUNDS, dither=dither)
    reduced.save(buffer, "PNG", optimize=True, transparency=_round_corners(reduced))
    return buffer.getvalue()


def _round_corners(image: Image.Image) -> bytes:
    """Cut the corners of an image with a palette; return the opacity of each of its colours."""
    colours = (image.getpalette() or [])[: 3 * _COLOURS]
    used = len(colours) // 3
    image.putpalette(colours + [255] * 3 * len(_ALPHAS))
    right, bottom = image.width - 1, image.height - 1
    radius = min(_RADIUS, image.width // 2, image.height // 2)
    for x, y in product(range(radius), range(radius)):
        covered = radius + 0.5 - hypot(radius - x - 0.5, radius - y - 0.5)
        if covered < 1:
            shade = used + int(max(covered, 0) * len(_ALPHAS))
            for at in product({x, right - x}, {y, bottom - y}):
                image.putpixel(at, shade)
    return bytes([255] * used + list(_ALPHAS))


@cache
def _fonts() -> list[str]:
    from dscourse.show.paper import font_folder

    return [str(font_folder() / f"{face}.ttf") for face in _FACES]
