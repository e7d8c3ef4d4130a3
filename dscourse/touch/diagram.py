"""The diagram that can be touched: a widget around a `TouchedRun`."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from dscourse.core.cards import card
from dscourse.core.verdict import Verdict
from dscourse.show.picture import Picture
from dscourse.show.stills import Still
from dscourse.sim import At, Trace, World
from dscourse.touch.deeds import Deed
from dscourse.touch.display.film import InFilm
from dscourse.touch.display.from_record import FromRecord
from dscourse.touch.display.in_hand import InHand
from dscourse.touch.display.in_view import InView
from dscourse.touch.display.run_in_time import RunInTime
from dscourse.touch.modules import joined
from dscourse.touch.run.cell_again import bring_back
from dscourse.touch.run.error_words import in_one_line
from dscourse.touch.run.judging import Judge
from dscourse.touch.run.recorded import Recorded, recording_of
from dscourse.touch.run.touched_run import TouchedRun

if TYPE_CHECKING:
    from dscourse.run import Recording

__all__ = ["Diagram"]

_FOLDER = Path(__file__).parent / "browser"


class Diagram(InView, InHand, InFilm, RunInTime, FromRecord, Still, anywidget.AnyWidget):
    """The space-time diagram of the run that ``build(plan)`` returns; its messages and nodes take gestures.

    Click a message to lose it, send it twice or choose its arrival; drag its head along the receiver's line; click a
    node's line to crash, restart or pause the node there, to cut its links, or to invoke an operation. Everything
    works by keyboard too. Each gesture is one entry of ``plan``; ``code`` gives the same run, and draws it. ``judge``
    is a `Property` of the final state or a function of the world. ``deeds`` are the reader's tasks; the diagram shows
    which are done, and with how few touches so far. ``part`` returns the part of the trace that is drawn, such as all
    but heartbeats; without it, the whole run is.

    A recording of real processes, or a `run.Cluster`, in place of ``build``, shows the run that happened: it takes no
    gestures. `continue_from` goes on with it in the simulator, from any of its moments.

    Stored without a kernel, the widget is the picture of its present run.
    """

    _esm = joined(_FOLDER / "diagram.js")
    _css = _FOLDER / "diagram.css"

    verdict_card = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    tasks: traitlets.List[Any] = traitlets.List().tag(sync=True)
    can_undo = traitlets.Bool(False).tag(sync=True)
    can_redo = traitlets.Bool(False).tag(sync=True)
    can_shrink = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        build: Callable[[list[At]], World] | Recording | Recorded,
        judge: Judge | None = None,
        deeds: Iterable[Deed] = (),
        title: str = "A run to touch",
        part: Callable[[Trace], Trace] = lambda trace: trace,
    ) -> None:
        self.title, self.deeds, self.part = title, tuple(deeds), part
        self._fewest: dict[int, int] = {}  # touches with which a deed was done
        self._judge = judge
        super().__init__()
        self.recording = recording_of(build)
        self.run = self.recorded(judge) if self.recording else TouchedRun(build, judge)  # type: ignore[arg-type]
        self.on_msg(self._on_gesture)
        self._begin()
        self.show_course(self.run)

    def _begin(self) -> None:
        """Show the run for the first time, and offer the gestures that were made before its cell ran again."""
        self.news = bring_back(self.run.gestures, self.title)
        self._show()

    @property
    def plan(self) -> list[At]:
        """The plan of all gestures that are switched on."""
        return self.run.plan

    @property
    def picture(self) -> Picture:
        """The picture of the whole run."""
        assert self.pictures is not None
        return self.pictures.picture

    def touch(self, gesture: str, *arguments: Any, of: int | None = None) -> None:
        """Make a gesture of `TouchedRun` by its name. An impossible one is refused in words, in ``refusal``.

        ``of`` is the number of the picture on which the reader made it: its messages and events, and its position in
        the list, are those of that picture.
        """
        with self.hold_sync():
            if self.happened:
                self.refusal, self.news = self.happened, ""
            else:
                self.do(self.run, gesture, *arguments, of=of)
            self._show()
            self.show_film(
                self.run if gesture == "shrink" and not self.refusal else None, self.frame
            )
        self.show_course(self.run)

    def continue_from(self, at_ms: float, rest: bool = False) -> None:
        """Continue the recording in the simulator from this moment, for 1 s at least; from there on, touch it.

        With ``rest``, the faults and operations that followed in the recording are planned. What cannot be continued
        is refused in words, in ``refusal``.
        """
        self._turn(lambda: self.continued(self._judge, at_ms, rest))

    def go_back(self) -> None:
        """Show the recording again; touches on its continuation are gone."""
        self._turn(lambda: self.recorded(self._judge))

    def _turn(self, to: Callable[[], TouchedRun]) -> None:
        """Show another run than the present one, or say why there is none."""
        with self.hold_sync():
            self.refusal = self.news = ""
            try:
                self.run = to()
            except Exception as error:  # a learner's node or judge may raise anything
                self.refusal = in_one_line(error)
            self._show()
        self.show_course(self.run)

    def show_course(self, run: TouchedRun) -> None:
        """Show the course of the present run in time, in one message."""
        with self.hold_sync():
            super().show_course(run)

    def ask(self, question: str, *arguments: Any) -> None:
        """Answer a question about the present run, as `answer` does. What fails is said in ``refusal``."""
        self.refusal = ""
        try:
            self.answer(self.run, question, *arguments)
        except Exception as error:  # a learner's property may raise anything
            self.refusal = in_one_line(error)

    # --- the browser ---------------------------------------------------------------------------------

    def _on_gesture(self, widget: object, content: Any, buffers: object) -> None:
        arguments = content.get("arguments", [])
        if "look" in content:
            self._look(content["look"], arguments)
        elif "compare" in content:
            self._look(self.seen, [content["compare"]], self.compare)
        elif "continue" in content:
            self.continue_from(*content["continue"])
        elif "back" in content:
            self.go_back()
        elif "question" in content:
            self.ask(str(content["question"]), *arguments)
        else:
            self.touch(str(content.get("gesture")), *arguments, of=content.get("of"))

    def _look(
        self, number: int, arguments: list[Any], look: Callable[..., None] | None = None
    ) -> None:
        """Show the view that the browser asks for; an impossible one is refused in words, in ``refusal``."""
        with self.hold_sync():
            self.refusal = ""
            try:
                (look or self.look)(*arguments)
            except (ValueError, TypeError) as error:
                self.refusal = str(error)
            self.seen = number

    def _show(self) -> None:
        run = self.run
        with self.hold_sync():
            self.show_picture(run, self.part)
            self._show_deeds()
            self.verdict_card = _card(run)
            self.show_hands(run)
            self.code = self.code_of(run)
            self.can_undo, self.can_redo = run.can_undo, run.can_redo
            self.can_shrink = run.is_refuted and any(touch.on for touch in run.touches)

    def _show_deeds(self) -> None:
        """Show which deeds are done, and tell as news which ones have just been done."""
        before = [task["done"] for task in self.tasks] or [False] * len(self.deeds)
        self.tasks = [self._task(number, deed) for number, deed in enumerate(self.deeds)]
        pairs = enumerate(zip(before, self.tasks, strict=True), start=1)
        new = [
            f"☑ Deed {number} is done." for number, (was, now) in pairs if now["done"] and not was
        ]
        self.news = " ".join([self.news, *new]).strip()

    def _task(self, number: int, deed: Deed) -> dict[str, Any]:
        """Return a deed for the browser: whether it is done now, and the fewest touches with which it has been."""
        done, why_not = False, ""
        try:
            if not self.run.error:
                done, why_not = deed.standing(self.run)
        except Exception as error:  # a notebook's deed may raise anything
            self.refusal = f"{deed.text}: {in_one_line(error)}"
        if done:
            self._fewest[number] = min(self.run.count, self._fewest.get(number, self.run.count))
        return {
            "text": deed.text,
            "par": deed.par,
            "done": done,
            "why_not": why_not,
            "fewest": self._fewest.get(number),
        }

    def still(self) -> dict[str, str]:
        """Return the picture of the whole run, and its sentence."""
        picture = self.picture
        return {"text/html": picture.html, "text/plain": picture.sentence}


def _card(run: TouchedRun) -> str:
    """Return the card of the verdict, or of the error that the last gesture led to."""
    if run.error:
        return card(None, "this run fails; the picture is the last one that did not", [run.error])
    if run.verdict is None:
        return ""
    return _of_verdict(run.verdict)


def _of_verdict(verdict: Verdict) -> str:
    return verdict._repr_html_() or html.escape(str(verdict))
