"""The labels of a space-time diagram's messages: on the arrow, or else beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from dscourse.show import palette
from dscourse.show.arrows import LOSSES, Line, bow_of, fade_of, title_of
from dscourse.show.diagram import Diagram
from dscourse.show.scene import Arrow
from dscourse.show.svg import Spot, text_width
from dscourse.show.wordings import cut_wordings, wordings
from dscourse.show.words import name_of, short

__all__ = ["label_arrows"]

_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)  # where a label may stand
_SEEN = 8.0  # px: of a shorter arrow, sent just before the end, nothing is seen but its beginning
Spots = Callable[[Diagram, Arrow, Line, float, int], Iterator[tuple[float, float]]]


def label_arrows(diagram: Diagram, placed: Sequence[tuple[Arrow, Line]]) -> int:
    """Draw each message's text where there is room, in the fullest words that cross no other arrow.

    Those for which there is no room on their arrow are drawn after all others, beside it. A label that does not say
    all has a tooltip that does. Returns how many arrows are left without a label.
    """
    bright = [entry for entry in placed if not fade_of(diagram, entry[0])]
    missing = [entry for entry in bright if not _label(diagram, *entry, _on_line, own=1)]
    missing = [entry for entry in missing if not _label(diagram, *entry, _beside, own=0, most=1)]
    return sum(_is_seen(arrow, line) for arrow, line in missing)


def _is_seen(arrow: Arrow, line: Line) -> bool:
    _, y1, _, y2 = line
    return abs(y2 - y1) >= _SEEN or arrow.sent.node == arrow.sent.peer


def _label(
    diagram: Diagram, arrow: Arrow, line: Line, spots: Spots, own: int, most: float = math.inf
) -> bool:
    """Label the arrow at one of these spots. Return False if there is no room.

    ``own`` is how many lines run through the label of an arrow that crosses no other; more than ``most`` may not.
    """
    why = f" ({LOSSES.get(arrow.lost, arrow.lost)})" if arrow.lost else ""
    colour = palette.ORANGE if why else palette.INK
    text = short(arrow.sent.what)
    labels = wordings(text, why), cut_wordings(text, name_of(arrow.sent.what), why)
    best = (_best(diagram, arrow, line, rows, spots, own) for rows in labels)
    spot = next((spot for spot in best if spot and spot.lines <= most), None)
    if spot:
        whole = spot.rows == (text + why,)
        diagram.canvas.write(spot, colour, title=None if whole else title_of(arrow))
    return spot is not None


def _best(
    diagram: Diagram,
    arrow: Arrow,
    line: Line,
    labels: Iterable[tuple[str, ...]],
    spots: Spots,
    own: int,
) -> Spot | None:
    """Return the room for the first label through which no foreign line runs, or else the least crossed one."""
    best: Spot | None = None
    for rows in labels:
        half = max(text_width(row, 10) for row in rows) / 2
        spot = diagram.canvas.spot(spots(diagram, arrow, line, half, len(rows)), rows, 10, own)
        if spot and (best is None or spot.lines < best.lines):
            best = spot
        if best and best.lines <= own:
            break
    return best


def _on_line(
    diagram: Diagram, arrow: Arrow, line: Line, half: float, rows: int
) -> Iterator[tuple[float, float]]:
    """Yield where a label may stand on its arrow, the middle first."""
    x1, y1, x2, y2 = line
    if arrow.noticed_at_once:
        yield from ((x2 + half + 8, y2 + 3), (x2 - half - 20, y2 + 3))
        yield x2 + half - 6, y2 + (15 if y2 > y1 else -8)
        return
    if arrow.sent.node == arrow.sent.peer:
        yield ((x1 + x2) / 2, y1 - 21)
        return
    aside = (half + 3) * (-1 if y2 > y1 else 1) if abs(x2 - x1) < 3 else 0.0
    for x, y in _between_lines(diagram, line, rows):
        yield x + bow_of(line) + aside, y + 3


def _beside(
    diagram: Diagram, arrow: Arrow, line: Line, half: float, rows: int
) -> Iterator[tuple[float, float]]:
    """Yield where a label may stand to the right and to the left of its arrow."""
    x1, y1, x2, y2 = line
    if arrow.noticed_at_once or abs(y2 - y1) < _SEEN:
        return
    away = half + 3 + 6 * rows * abs((x2 - x1) / (y2 - y1))
    for x, y in _between_lines(diagram, line, rows):
        yield x + bow_of(line) + away, y + 3
        yield x + bow_of(line) - away, y + 3


def _between_lines(diagram: Diagram, line: Line, rows: int) -> Iterator[tuple[float, float]]:
    """Yield points of the arrow that are so far from the nodes' lines that a label has room."""
    x1, y1, x2, y2 = line
    for share in _ALONG:
        x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
        if all(abs(y - lane) > 7 + 6 * rows for lane in diagram.y.values()):
            yield x, y
