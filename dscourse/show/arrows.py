"""Messages on a space-time diagram: an arrow each, or, if they are too many, columns that count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from dscourse.core.wording import count
from dscourse.show import glyphs, palette
from dscourse.show.axis import ticks
from dscourse.show.diagram import LANE, Diagram
from dscourse.show.scene import Arrow
from dscourse.show.words import short

__all__ = ["LOSSES", "Line", "bow_of", "draw_arrows", "draw_columns", "fade_of", "title_of"]

_BOW = 9.0  # px by which an arrow that takes no time bends to its side
LOSSES = {"lost": "lost", "cut": "cut", "crashed": "down", "dropped": "lost"}
_STYLES = {
    "head": glyphs.arrow("head", palette.BLUE),
    "copy": glyphs.arrow("copy", palette.PURPLE, "6 2"),
    "open": {**glyphs.arrow("head", palette.BLUE, "5 3"), "marker_end": None},
    "lost": {**glyphs.arrow("lost", palette.ORANGE, "5 3"), "marker_end": None},
}
Line = tuple[float, float, float, float]


def draw_arrows(diagram: Diagram, arrows: Sequence[Arrow]) -> list[tuple[Arrow, Line]]:
    """Draw an arrow for each message: dashed if it comes again, ending in a cross if it is lost.

    Returns where each arrow stands.
    """
    canvas = diagram.canvas
    glyphs.markers(canvas, head=palette.BLUE, copy=palette.PURPLE, lost=palette.ORANGE)
    placed = list(_lines(diagram, arrows))
    ordered = sorted(placed, key=lambda entry: _look(diagram, entry[0]))
    for (kind, fade), group in groupby(ordered, key=lambda entry: _look(diagram, entry[0])):
        opacity = fade if fade < 1 else None
        members = list(group)
        canvas.open(**_STYLES[kind], opacity=opacity)
        for arrow, line in members:
            canvas.path(_course(arrow, line), title_of(arrow))
        canvas.close()
        for arrow, (_, _, x, y) in members if kind == "lost" else []:
            glyphs.cross(canvas, x, y, title_of(arrow), opacity=opacity)
            canvas.take((x - 4, y - 4, x + 4, y + 4))
    for arrow, line in placed:
        if not fade_of(diagram, arrow):
            canvas.cross(*line)
        elif not diagram.fade(
            arrow.sent.index
        ):  # the sending is a cause, although the receipt is not
            canvas.add("circle", title_of(arrow), cx=line[0], cy=line[1], r=2.2, fill=palette.BLUE)
    return placed


def _lines(diagram: Diagram, arrows: Sequence[Arrow]) -> Iterator[tuple[Arrow, Line]]:
    """Yield each arrow with its line; messages lost that were sent together have a cross each."""
    together: Counter[tuple[float, float, bool]] = Counter()
    for arrow in arrows:
        x1, y1, x2, y2 = _line(diagram, arrow)
        if arrow.noticed_at_once:
            start = (round(x1), y1, y2 > y1)
            x2 = min(x2 + 13 * together[start], diagram.right)
            together[start] += 1
        yield arrow, (x1, y1, x2, y2)


def _look(diagram: Diagram, arrow: Arrow) -> tuple[str, float]:
    return _kind(diagram, arrow), fade_of(diagram, arrow) or 1.0


def _kind(diagram: Diagram, arrow: Arrow) -> str:
    if arrow.lost and arrow.end_ms <= diagram.axis.high:
        return "lost"
    if arrow.end is None or arrow.end_ms > diagram.axis.high:
        return "open"
    return "copy" if arrow.copy else "head"


def fade_of(diagram: Diagram, arrow: Arrow) -> float | None:
    """Return the opacity of a faint arrow; None for any other."""
    delivered = arrow.end is not None and not arrow.lost
    event = arrow.end if delivered and arrow.end is not None else arrow.sent
    return diagram.fade(event.index)


def _line(diagram: Diagram, arrow: Arrow) -> Line:
    """The two ends of the arrow, cut off at the edges of the stretch shown."""
    sent, end, axis = arrow.sent, arrow.end, diagram.axis
    y1, y2 = diagram.y[str(sent.node)], diagram.y[str(sent.peer)]
    down = 1 if y2 > y1 else -1 if y2 < y1 else 0
    x1, x2 = diagram.x(sent), diagram.x(end)
    y1 += down * diagram.edge(str(sent.node), sent)
    if arrow.noticed_at_once:
        return x1, y1, min(x1 + 14, diagram.right), y1 + down * min(26.0, abs(y2 - y1) / 2)
    if end is None:
        return x1, y1, x2, y1 + (y2 - y1) * 0.8
    y2 -= down * diagram.edge(str(sent.peer), end) if not arrow.lost else 0
    whole = (end.time_ms - sent.time_ms) or 1.0
    begin = max(0.0, axis.low - sent.time_ms) / whole
    beyond = max(0.0, end.time_ms - axis.high) / whole
    x2 = diagram.right if beyond else x2
    return x1, y1 + (y2 - y1) * begin, x2, y2 - (y2 - y1) * beyond


def _course(arrow: Arrow, line: Line) -> str:
    """Return the arrow as path data; an arrow that takes no time is bent."""
    x1, y1, x2, y2 = line
    if arrow.sent.node == arrow.sent.peer:
        return f"M{x1:.1f} {y1:.1f}C{x1:.1f} {y1 - 24:.1f} {x2:.1f} {y1 - 24:.1f} {x2:.1f} {y2:.1f}"
    if bow := bow_of(line):
        return f"M{x1:.1f} {y1:.1f}Q{x1 + 2 * bow:.1f} {(y1 + y2) / 2:.1f} {x2:.1f} {y2:.1f}"
    return f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"


def bow_of(line: Line) -> float:
    """Return the sideways bend of the arrow in px: 0 unless the arrow takes no time.

    Downward arrows bend to the left, upward ones to the right, so that question and answer stay apart.
    """
    x1, y1, x2, y2 = line
    return 0.0 if x1 != x2 else -_BOW if y2 > y1 else _BOW


def title_of(arrow: Arrow) -> str:
    """Return the tooltip of an arrow."""
    sent, end = arrow.sent, arrow.end
    text = f"{sent.node} → {sent.peer}: {short(sent.what, 80)}, sent at {sent.time_ms:g} ms"
    if arrow.lost:
        return f"{text}, lost ({LOSSES.get(arrow.lost, arrow.lost)}) at {arrow.end_ms:g} ms"
    if end is None:
        return f"{text}, under way"
    return f"{text}, delivered {'again ' if arrow.copy else ''}at {end.time_ms:g} ms"


def draw_columns(diagram: Diagram, arrows: Sequence[Arrow]) -> float:
    """Draw columns on each line: above it the messages that arrived, below it those lost on the way.

    Returns how many ms one column stands for.
    """
    axis = diagram.axis
    steps = ticks(axis.low, axis.high, max(2, int((axis.right - axis.left) / 6)))
    width = steps[1] - steps[0] if len(steps) > 1 else axis.high - axis.low
    counts = Counter(
        (str(arrow.sent.peer), arrow.lost is not None, int((arrow.end_ms - axis.low) / width))
        for arrow in arrows
        if axis.low <= arrow.end_ms <= axis.high
    )
    most = max(counts.values(), default=1)
    for name in diagram.y:
        for lost in (False, True):
            _columns(diagram, name, lost, most, width, counts)
    return width


def _columns(
    diagram: Diagram, name: str, lost: bool, most: int, width: float,
    counts: Counter[tuple[str, bool, int]],
) -> None:  # fmt: skip
    """Draw the columns of one side of one line, as one shape."""
    axis, shape, total = diagram.axis, [], 0
    for (_, _, column), number in sorted(
        (entry, number) for entry, number in counts.items() if entry[:2] == (name, lost)
    ):
        left = axis.at(0, axis.low + column * width)
        wide = axis.at(0, axis.low + (column + 1) * width) - left
        high = (
            number / most * LANE * (0.34 if lost else -0.46)
        )  # so high that the first line has room above
        shape.append(f"M{left:.1f} {diagram.y[name]:.1f}v{high:.1f}h{wide:.1f}v{-high:.1f}z")
        total += number
    if shape:
        colour = palette.ORANGE if lost else palette.BLUE
        gone = "was lost on its way to" if total == 1 else "were lost on their way to"
        word = gone if lost else "arrived at"
        diagram.canvas.path(
            "".join(shape), f"{count(total, 'message')} {word} {name}", fill=colour,
            fill_opacity=0.75, stroke=palette.PAPER, stroke_width=0.5,
        )  # fmt: skip
