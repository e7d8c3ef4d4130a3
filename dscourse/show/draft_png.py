"""The PNG of a draft: each pixel is one byte, an index into a palette that is the same for all drafts.

The palette holds the colours of curves and text, and their shades on white paper; another colour, such as where two
lines cross, becomes the nearest of these. That takes 2 ms instead of 5 for true colours, half of the bytes, and less
time in the browser.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dscourse.show import palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draft_png"]

_INKS = (*palette.SERIES, palette.GREY, palette.FAINT, palette.RED, "#000000")
_SHADES = 20  # of each
_WHITE = 0xFFFFFFFF
_UNKNOWN = 255  # larger than any index


def draft_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return opaque RGBA ``pixels``, of shape (height, width, 4), as a PNG in the colours of a draft."""
    high, wide, _ = pixels.shape
    colours = pixels.view("<u4").reshape(-1)
    inked = np.flatnonzero(colours != _WHITE)  # one in thirteen
    rows = np.zeros(high * (1 + wide), np.uint8)  # white; each row begins with its filter: none
    rows[inked + inked // wide + 1] = _indices(colours[inked])
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0),
        b"PLTE": _colours().tobytes(),
        b"IDAT": zlib.compress(rows.data, level=1),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _indices(colours: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return the index of the nearest colour for each; the search is made once for all that agree in 5 bits."""
    keys, nearest = _keys(colours), _nearest()
    new = np.unique(keys[nearest[keys] == _UNKNOWN])
    if new.size:
        channels = np.stack([new & 31, (new >> 5) & 31, new >> 10], axis=1) * (255 / 31)
        far = np.square(channels[:, None] - _colours().astype(float)).sum(axis=2)
        nearest[new] = far.argmin(axis=1)
    return np.asarray(nearest[keys])


def _keys(colours: NDArray[np.uint32]) -> NDArray[Any]:
    """Return the upper 5 bits of blue, green and red."""
    blue, green, red = (colours >> 9) & 0x7C00, (colours >> 6) & 0x3E0, (colours >> 3) & 0x1F
    return np.asarray(blue | green | red)


@cache
def _nearest() -> NDArray[np.uint8]:
    """Return the index of the nearest colour by the keys: a table that `_indices` fills as it searches."""
    table = np.full(1 << 15, _UNKNOWN, np.uint8)
    for colour in ("#ffffff", *_INKS):  # themselves, whatever else has the same key
        index = np.flatnonzero((_colours() == _channels(colour)).all(axis=1))
        red, green, blue = _channels(colour)
        table[_keys(np.array([red | green << 8 | blue << 16], np.uint32))] = index[0]
    return table


@cache
def _colours() -> NDArray[np.uint8]:
    """Return the palette: white first, and every ink in its shades."""
    inks = np.array([_channels(ink) for ink in _INKS])
    shares = np.linspace(0, 1, _SHADES + 1).reshape(-1, 1, 1)
    shades = np.round(255 + (inks - 255) * shares).astype(np.uint8).reshape(-1, 3)
    return np.unique(shades, axis=0)[::-1]


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
