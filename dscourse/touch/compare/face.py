"""One of the two runs of a comparison, and words on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import anywidget

from dscourse.sim import At, World
from dscourse.touch.compare.beside import Beside
from dscourse.touch.diagram import Diagram
from dscourse.touch.display.run_picture import RunPicture
from dscourse.touch.run.judging import Judge

__all__ = ["SHARED", "Build", "Face", "judge_of", "not_compared", "without_past"]

Build = Callable[[list[At]], World]
SHARED = {
    name: trait.metadata
    for name, trait in sorted(Diagram.class_traits(sync=True).items())
    if name not in anywidget.AnyWidget.class_traits() and not name.startswith("_")
}
"""The traits of a diagram that the browser sees, by name, and how they are sent."""


class Face(Diagram):
    """One of the two diagrams; the `Compare` that shows it draws it and sends its state to the browser."""

    half: Beside | None = None

    def open(self) -> None:
        """Open no connection of its own."""

    def _begin(self) -> None:
        """Wait until the other run is known too."""

    def _show(self) -> None:
        """Wait until the other run is known too."""

    def draw(self, half: Beside) -> None:
        """Draw the present run on the common time axis."""
        self.half = half
        super()._show()
        self._show_window()
        self.show_course(self.run)

    def _lay_beside(self, now: RunPicture, before: RunPicture | None) -> None:
        for pictures in filter(None, (now, before)):
            pictures.lay_beside(self.half if pictures is now else None)


def judge_of(
    name: str, builds: Mapping[str, Build], judge: Judge | Mapping[str, Judge] | None
) -> Judge | None:
    """Return the judge of the run of this name. Raise LookupError for a judge of a run that there is not."""
    if not isinstance(judge, Mapping):
        return judge
    for other in judge:
        if other not in builds:
            raise LookupError(f"judge of {other!r}: the runs are {' and '.join(builds)}")
    return judge.get(name)


def not_compared(failing: Sequence[str]) -> str:
    """Return in words why the runs are not compared: these fail, and their pictures are of an earlier plan."""
    if len(failing) > 1:
        return "Both runs fail under this plan: the pictures are those of the last plans under which they did not."
    return (
        f"Under this plan, {failing[0]} fails: its picture is that of the last plan under which it did not, "
        "so the runs are not compared."
    )


def without_past(remark: str) -> str:
    """Return a remark on a gesture for a run in which it was not made: nothing has changed there.

    >>> without_past("this message is no longer sent")
    'this message is not sent'
    """
    return remark.replace("no longer", "not").replace(" now ", " ")
