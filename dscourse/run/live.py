"""A cell that starts real processes: its verdict can be foretold, its measurements cannot.

Such a cell is tagged ``live``. Its notebook stores the verdict alone, and tests compare nothing else
(`dscourse.course.verdicts`). Where no processes can run, the cell says so and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dscourse.core.cards import card
from dscourse.run.limits import check_processes

__all__ = ["Live", "live"]


@dataclass(frozen=True)
class Live:
    """The result of a live cell: one sentence, True, False or None for its sign, and the measurements, in lines.

    >>> Live("Nothing is lost.", True, ("12 writes",))
    Nothing is lost.
      12 writes
    """

    verdict: str
    ok: bool | None = None
    measured: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "\n  ".join((self.verdict, *self.measured))

    def _repr_html_(self) -> str:
        return card(self.ok, self.verdict, self.measured)


def live(processes: int, run: Callable[[], tuple[str, bool, Iterable[str]]]) -> Live:
    """Return the verdict, its sign and the measured lines of ``run``, which starts this many processes at a time.

    Where that many cannot run, ``run`` is not called, and the result says why.

    >>> live(1, lambda: ("All is well.", True, []))
    All is well.
    """
    try:
        check_processes(processes)
    except (RuntimeError, ValueError) as error:
        return Live(f"Left out: {str(error).split(';')[0]}.")
    verdict, ok, measured = run()
    return Live(verdict, ok, tuple(measured))
