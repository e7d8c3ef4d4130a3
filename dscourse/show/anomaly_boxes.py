"""The boxes of an anomaly's picture: the transactions with their steps, and where they stand.

Two transactions stand side by side. Three to six stand in two rows, so that the arrows run clockwise; of a longer
cycle the middle is one box that says how many transactions it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.history import History
from dscourse.show.svg import text_width

if TYPE_CHECKING:
    from dscourse.checkers.transactions import inside, transaction
else:
    inside = deferred("dscourse.checkers.transactions.inside")
    transaction = deferred("dscourse.checkers.transactions.transaction")

__all__ = ["EDGE", "ROW", "Box", "Point", "boxes", "positions"]

Point = tuple[float, float]

_MOST = 6  # transactions that are drawn
_MOST_LETTERS = 26  # of a step
ROW = 15.0  # px per step
_APART = 215.0  # px between two boxes, at least, for the reasons
_BETWEEN = 92.0  # px between the two rows
_TOP, EDGE = 54.0, 16.0
_ENDS = {"ok": "", "fail": ", aborted", "unknown": ", outcome unknown"}


@dataclass(frozen=True, slots=True)
class Box:
    """A transaction in the picture: its title, its steps in short, and whether it committed."""

    title: str
    rows: tuple[str, ...]
    committed: bool = True

    @property
    def wide(self) -> float:
        return 26 + max(text_width(row, 10.5) * 1.08 for row in (self.title, *self.rows))

    @property
    def high(self) -> float:
        return 28 + ROW * len(self.rows)


def boxes(ids: Sequence[int], history: History, most_steps: int) -> list[Box]:
    """Return the boxes of these transactions. LookupError if the history lacks one of them."""
    known = {one.op.id: one for one in transaction.transactions(history)}
    for number in ids:
        if number not in known:
            raise LookupError(
                f"the history has no transaction T{number}: give the history that was judged"
            )
    found = [_box(known[number], most_steps) for number in ids]
    if len(found) <= _MOST:
        return found
    left_out = len(found) - _MOST + 1
    return [*found[: _MOST - 1], Box(f"{left_out} more", ("all are in the sentence",))]


def _box(one: transaction.Transaction, most_steps: int) -> Box:
    rows = [_cut(_step(step, one.reads_known)) for step in one.steps]
    if len(rows) > most_steps:
        rows[most_steps - 1 :] = [f"… {len(rows) - most_steps + 1} more steps"]
    title = f"{transaction.name_of(one.op)} of {one.op.process}{_ENDS.get(one.op.status, '')}"
    return Box(title, tuple(rows), one.op.status == "ok")


def _step(step: transaction.Step, known: bool) -> str:
    f, key, value = step
    if f == "r":
        return f"read {key} → {inside.shown(value)}" if known else f"read {key}"
    return (
        f"append {inside.shown(value)} to {key}"
        if f == "append"
        else f"write {key} = {inside.shown(value)}"
    )


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


def positions(number: int, wide: float, high: float, cycle: bool) -> tuple[list[Point], Point]:
    """Return the centre of each box, clockwise from the upper left, and the size of the picture."""
    if number < 3 or not cycle:
        return _one_row(number, wide, high, cycle)
    columns = (number + 1) // 2
    apart = min(wide + _APART, (900 - 2 * EDGE - wide) / max(1, columns - 1))
    half = EDGE + wide / 2 + (_BETWEEN if columns == 2 and number == 3 else 0)
    upper = [(half + apart * n, _TOP + high / 2) for n in range(columns)]
    shift = apart / 2 if number % 2 else 0.0
    lower_y = _TOP + high * 1.5 + _BETWEEN
    lower = [(half + shift + apart * n, lower_y) for n in range(number - columns)]
    return [*upper, *reversed(lower)], (upper[-1][0] + half, lower_y + high / 2 + 34)


def _one_row(number: int, wide: float, high: float, cycle: bool) -> tuple[list[Point], Point]:
    apart = wide + (_APART if cycle else 24)
    y = _TOP + high / 2
    points = [(EDGE + wide / 2 + apart * n, y) for n in range(number)]
    below = max(high / 2, high / 4 + 56 if cycle else 0) + 14
    return points, (points[-1][0] + wide / 2 + EDGE, y + below)
