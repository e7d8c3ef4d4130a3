"""Colours that stay apart for colour-blind readers (Okabe and Ito, "Color Universal Design", 2008).

Nothing is told by colour alone: a shape, a dash or a word says it too.
"""

from __future__ import annotations

__all__ = [
    "BLUE", "FAINT", "GREEN", "GREY", "INK", "LINE", "ORANGE", "PAPER", "PURPLE", "RED", "SERIES", "SHADE", "SKY",
    "TINTS", "YELLOW",
]  # fmt: skip

PAPER = "#ffffff"
INK = "#1f2430"
LINE = "#8a90a0"
GREY = "#6b7280"
FAINT = "#e3e6ec"
SHADE = "#f3e3c3"

BLUE = "#0072b2"
ORANGE = "#d55e00"
GREEN = "#00785a"
PURPLE = "#a8487f"
SKY = "#56b4e9"
YELLOW = "#e69f00"
RED = "#b3261e"

TINTS = {BLUE: "#e3eff7", GREEN: "#d6ece5", RED: "#f7dcd9", GREY: "#eceef2"}

SERIES = (BLUE, ORANGE, GREEN, PURPLE, YELLOW, SKY, INK)
