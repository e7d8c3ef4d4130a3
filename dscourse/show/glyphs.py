"""The marks that diagrams share, and the key that explains those that a diagram uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dscourse.history import Op
from dscourse.show import palette
from dscourse.show.svg import Canvas, text_width
from dscourse.show.words import bar_text

__all__ = [
    "BAR",
    "THICK",
    "TINTS",
    "Glyph",
    "arrow",
    "key",
    "markers",
    "operation",
    "operation_label",
]

BAR = 7.5  # px from the middle of an operation's bar to its upper and lower edge
Glyph = Callable[..., None]

THICK: dict[str, Any] = {"stroke": palette.YELLOW, "stroke_width": 7, "stroke_opacity": 0.55}
TINTS = {
    "committed": palette.GREEN,
    "aborted": palette.RED,
}  # spells with a colour and a label of their own

_COLOURS = {"ok": palette.GREEN, "fail": palette.RED}


# --- events: each at (x, y), with a tooltip ------------------------------------------------------


def timer(canvas: Canvas, x: float, y: float, title: str | None = None, **style: object) -> None:
    """A timer fires."""
    canvas.path(f"M{x:.1f} {y - 5:.1f}l4.5 5l-4.5 5l-4.5 -5z", title, fill=palette.PAPER,
                stroke=palette.PURPLE, stroke_width=1.5, **style)  # fmt: skip


def write(canvas: Canvas, x: float, y: float, title: str | None = None, **style: object) -> None:
    """A record is written to disk: a square below the line."""
    canvas.rect((x - 3.5, y + 3, x + 3.5, y + 10), title, fill=palette.INK, **style)


def restart(canvas: Canvas, x: float, y: float, title: str | None = None, **style: object) -> None:
    """A node starts again."""
    canvas.path(f"M{x - 4:.1f} {y - 6:.1f}l9 6l-9 6z", title, fill=palette.GREEN, **style)


def crash(canvas: Canvas, x: float, y: float, title: str | None = None, **style: object) -> None:
    """A node stops, or its handler raises."""
    canvas.path(f"M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12", title, stroke=palette.RED,
                stroke_width=3, fill="none", stroke_linecap="round", **style)  # fmt: skip


def cross(canvas: Canvas, x: float, y: float, title: str | None = None, **style: object) -> None:
    """Here a message is lost."""
    canvas.path(f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8", title, stroke=palette.ORANGE,
                stroke_width=2.2, fill="none", **style)  # fmt: skip


def refusal(canvas: Canvas, x: float, y: float, title: str | None = None, **style: object) -> None:
    """Here the receiver turns a message down: a bar across the line."""
    canvas.line(x, y - 9, x, y + 9, title, stroke=palette.RED, stroke_width=3.4, **style)


# --- arrows --------------------------------------------------------------------------------------


def markers(canvas: Canvas, **colours: str) -> None:
    """Arrowheads and, for the beginning of arrows, dots; by name, to be used as ``url(#ID-name)``."""
    head = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"'
    dot = 'viewBox="-3 -3 6 6" markerWidth="3" markerHeight="3"'
    for name, colour in colours.items():
        canvas.define(
            f'<marker id="ID-{name}" {head}><path d="M0 1L10 5L0 9z" fill="{colour}"/></marker>'
            f'<marker id="ID-{name}-dot" {dot}><circle r="3" fill="{colour}"/></marker>'
        )


def arrow(kind: str, colour: str, dash: str | None = None) -> dict[str, object]:
    """The style of arrows of this kind, to be given to a group of them."""
    return {
        "fill": "none", "stroke": colour, "stroke_width": 1.5, "stroke_dasharray": dash,
        "marker_start": f"url(#ID-{kind}-dot)", "marker_end": f"url(#ID-{kind})",
    }  # fmt: skip


# --- client operations ---------------------------------------------------------------------------


def operation(
    canvas: Canvas, op: Op, x1: float, x2: float, y: float, chosen: bool, fade: float | None = None
) -> None:
    """A client operation from ``x1`` to ``x2``; one whose end is not known is dashed and open to the right."""
    colour = _COLOURS.get(op.status, palette.GREY)
    x2 = max(x2, x1 + 5)
    top, bottom, bend = y - BAR, y + BAR, min(3.0, (x2 - x1) / 2)
    edge = f"M{x2:.1f} {top:.1f}H{x1 + bend:.1f}q{-bend:.1f} 0 {-bend:.1f} {bend:.1f}V{bottom - bend:.1f}"
    edge += f"q0 {bend:.1f} {bend:.1f} {bend:.1f}H{x2:.1f}" + ("z" if op.closed else "")
    canvas.path(
        edge, f"operation {op.id} by {op.process}: {op.describe()}: {op.outcome()}",
        fill=palette.TINTS[colour], stroke=palette.RED if chosen else colour,
        stroke_width=2.6 if chosen else 1.2, stroke_dasharray=None if op.closed else "4 3", opacity=fade,
    )  # fmt: skip


def operation_label(
    canvas: Canvas, op: Op, x1: float, x2: float, y: float, chosen: bool, head: str = ""
) -> None:
    """The operation's text after ``head``: inside its bar if it fits, else above or below it, if there is room."""
    weight, ink = "bold" if chosen else None, palette.RED if chosen else palette.INK
    middle = (x1 + x2) / 2
    for text in (head + bar_text(op, 80), head + bar_text(op, 40)):
        half = text_width(text, 10) * (1.12 if chosen else 1) / 2
        slack = (x2 - x1) / 2 - half - 5
        within = [
            (middle + slack * share, y + 3.6) for share in (0, -0.5, 0.5, -1, 1) if slack >= 0
        ]
        if canvas.label(within, text, 10, ink, own=9, halo=False, font_weight=weight):
            return
    centres = [middle, x1 + half - 2, x2 - half + 2, x1 - half - 4, x2 + half + 4]
    inside = [min(max(x, half + 4), canvas.width - half - 4) for x in centres]
    spots = [(x, y + dy) for dy in (-BAR - 4, BAR + 11) for x in inside]
    canvas.label(spots, text, 10, ink, font_weight=weight)


# --- only in the key ---


def swatch(canvas: Canvas, x: float, y: float, colour: str) -> None:
    """A colour."""
    canvas.rect((x - 4, y - 5, x + 4, y + 5), fill=colour, fill_opacity=0.75)


def thick(canvas: Canvas, x: float, y: float) -> None:
    """A stretch of a node's line."""
    canvas.line(x - 8, y, x + 7, y, **THICK)


def dashed(canvas: Canvas, x: float, y: float) -> None:
    """The line of a message that is delivered again."""
    canvas.line(x - 8, y, x + 7, y, stroke=palette.PURPLE, stroke_width=1.5, stroke_dasharray="6 2")


def open_bar(canvas: Canvas, x: float, y: float) -> None:
    """An operation whose end is not known."""
    canvas.path(f"M{x + 6:.1f} {y - 5:.1f}h-12v10h12", fill=palette.TINTS[palette.GREY],
                stroke=palette.GREY, stroke_width=1.2, stroke_dasharray="4 3")  # fmt: skip


def numeral(canvas: Canvas, x: float, y: float) -> None:
    """A clock's value."""
    canvas.text(x, y + 3.5, "n", 9.5, palette.PURPLE, text_anchor="middle", font_weight="bold")


# --- the key -------------------------------------------------------------------------------------


def key(canvas: Canvas, left: float, y: float, items: Sequence[tuple[Glyph, str]]) -> None:
    """One line of marks with their meanings, from ``left`` on; marks that do not fit are left out."""
    x = left
    for glyph, meaning in items:
        width = text_width(meaning, 9.5)
        if x + 16 + width > canvas.width - 4:
            return
        glyph(canvas, x, y - (10 if glyph is write else 3.5))
        canvas.text(x + 10, y, meaning, 9.5, palette.GREY)
        x += width + 32
