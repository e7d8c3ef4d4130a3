"""Long logs side by side: a bar per node over the numbers of its entries, in one colour per epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["LogSpan", "log_spans"]

_ROW, _TOP, _BAR, _RIGHT = 32.0, 14.0, 10.0, 18.0
_FILLS = (palette.BLUE, palette.ORANGE, palette.GREEN, palette.PURPLE, palette.YELLOW, palette.SKY)


@dataclass(frozen=True, slots=True)
class LogSpan:
    """The entries ``first`` to ``last`` of a log, of one ``epoch``; a ``divergent`` tail has a dashed red frame."""

    first: int
    last: int
    epoch: int
    divergent: bool = False

    @property
    def text(self) -> str:
        """Return the span in words, as in ``epoch 1, entries 74 to 105: divergent tail``."""
        tail = ": divergent tail" if self.divergent else ""
        return f"epoch {self.epoch}, entries {self.first} to {self.last}{tail}"


def log_spans(
    rows: Mapping[str, Sequence[LogSpan]], *, sentence: str, width: float = 760.0
) -> Picture:
    """Draw the spans of each log as bars over the numbers of its entries. ValueError without a span.

    >>> log_spans({"a": [LogSpan(1, 9, 1)]}, sentence="Nine entries.").sentence
    'Nine entries.'
    """
    last = max((span.last for spans in rows.values() for span in spans), default=0)
    if not last:
        raise ValueError("no spans: there is no log to draw")
    left = 22 + max(text_width(name, 12) for name in rows) * 1.1
    bottom = _TOP + _ROW * len(rows)
    canvas = Canvas(width, bottom + 26)

    def x(number: float) -> float:
        return left + number / last * (width - _RIGHT - left)

    for number in ticks(0, last):
        canvas.line(x(number), _TOP, x(number), bottom, stroke=palette.FAINT, stroke_width=1)
        canvas.text(x(number), bottom + 14, f"{number:g}", 10, palette.GREY, text_anchor="middle")
    canvas.text(left - 8, bottom + 14, "entry", 10, palette.GREY, text_anchor="end")
    for index, (name, spans) in enumerate(rows.items()):
        y = _TOP + _ROW * (index + 0.5)
        canvas.text(left - 8, y + 4, name, 12, text_anchor="end", font_weight="bold")
        for span in spans:
            _bar(canvas, (x(span.first - 1), y - _BAR, x(span.last), y + _BAR), span)
    return Picture(sentence, svg=canvas.document(sentence))


def _bar(canvas: Canvas, box: tuple[float, float, float, float], span: LogSpan) -> None:
    colour = _FILLS[(span.epoch - 1) % len(_FILLS)]
    canvas.rect(box, fill=palette.PAPER)
    canvas.rect(
        box, span.text, fill=colour, fill_opacity=0.3, stroke=palette.RED if span.divergent else colour,
        stroke_width=2 if span.divergent else 1, stroke_dasharray="5 3" if span.divergent else None,
    )  # fmt: skip
    short = f"epoch {span.epoch}" + (": divergent tail" if span.divergent else "")
    if text_width(short, 10) + 6 < box[2] - box[0]:
        canvas.text((box[0] + box[2]) / 2, box[1] + _BAR + 3.6, short, 10, text_anchor="middle")
