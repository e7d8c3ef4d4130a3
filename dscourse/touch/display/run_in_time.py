"""The course of a run for the browser: its moments, the evidence of its verdict, where a property is lost."""

from __future__ import annotations

from functools import partial
from typing import Any

import traitlets

from dscourse.checkers.verdict import name
from dscourse.history import Op
from dscourse.show.words import bar_text
from dscourse.sim import StateRecorder, World, observing
from dscourse.touch.display.moments import moments
from dscourse.touch.display.wire import AS_TEXT
from dscourse.touch.run.touched_run import TouchedRun
from dscourse.touch.run.violation import find_violation

__all__ = ["QUESTIONS", "RunInTime"]

_BEFORE = 500  # events before the moment asked for
_LONGEST = 80  # characters of an operation in words
_OF_THE_END = (
    "The judge of this diagram judges the end of the run alone, so no earlier moment can be judged."
)
QUESTIONS = frozenset({"moments", "violation"})
"""What the browser may ask for by its name, without a gesture."""


class RunInTime(traitlets.HasTraits):
    """The traits that a time cursor needs.

    ``moments`` are those of `moments`; ``evidence`` are the operations that refute the verdict. ``judges`` says what
    the judge looks at: "states", "end", or "" without a judge; ``refuted`` whether its verdict is no. ``violation``
    is the answer to the last search for the event after which the property no longer holds, empty before.
    """

    moments = traitlets.Dict().tag(**AS_TEXT)
    evidence: traitlets.List[Any] = traitlets.List().tag(sync=True)
    violation = traitlets.Dict().tag(sync=True)
    judges = traitlets.Unicode().tag(sync=True)
    refuted = traitlets.Bool(False).tag(sync=True)
    _course_of: World | None = None

    def show_course(self, run: TouchedRun) -> None:
        """Set the traits for the present run, if it is another than before."""
        if run.world is self._course_of:
            return
        self._course_of = run.world
        refuting = run.verdict.refuting if run.verdict is not None else ()
        with self.hold_trait_notifications():
            self.judges = "" if run.judge is None else "end" if run.claim is None else "states"
            self.refuted = run.verdict is not None and run.verdict.ok is False
            self.evidence = [_evidence(op) for op in run.world.history if op.id in refuting]
            self.violation = {}
            self.moments = moments(run.world)

    def answer(self, run: TouchedRun, question: str, *arguments: Any) -> None:
        """Answer one of `QUESTIONS`. ValueError for another question or wrong arguments, and what the run raises."""
        if question == "violation" and not arguments:
            self.violation = _violation(run)
        elif (
            question == "moments" and len(arguments) == 1 and isinstance(arguments[0], int | float)
        ):
            self.moments = moments(_recorded_around(run, float(arguments[0])))
        else:
            raise ValueError(f"no question is {question!r} with the arguments {arguments!r}")


def _evidence(op: Op) -> dict[str, Any]:
    return {
        "id": op.id,
        "node": op.process,
        "text": f"{name(op)}, {op.process}: {bar_text(op, _LONGEST)}",
        "event": op.invoked,
        "start_ms": op.invoked_ms,
        "end_ms": op.returned_ms,
    }


def _violation(run: TouchedRun) -> dict[str, Any]:
    if run.error:
        return {"event": None, "words": f"The last gesture led to an error: {run.error}"}
    if run.claim is None:
        return {"event": None, "words": _OF_THE_END}
    return find_violation(run.build, run.plan, run.claim)


def _recorded_around(run: TouchedRun, ms: float) -> World:
    """Return the run again, with the states from shortly before ``ms`` on; ValueError after a failed gesture."""
    if run.error:
        raise ValueError(
            f"the states of this run are not known: the last gesture failed: {run.error}"
        )
    start = max(0, sum(event.time_ms < ms for event in run.world.trace) - _BEFORE)
    with observing(partial(StateRecorder, start=start)):
        return run.build(run.plan)
