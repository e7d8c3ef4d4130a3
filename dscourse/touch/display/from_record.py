"""The traits of a diagram of a recorded run: that it happened, or since when it is simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from dscourse.touch.run.judging import Judge
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.recorded import HAPPENED, continued, end_of
from dscourse.touch.run.touched_run import TouchedRun
from dscourse.touch.run.touches import as_cell

if TYPE_CHECKING:
    from dscourse.run import Recording

__all__ = ["FromRecord"]


class FromRecord(traitlets.HasTraits):
    """The part of a diagram that shows a recording, and continues it.

    ``happened`` says why the run takes no gestures, "" if it takes them; ``since_ms`` is the moment from which the
    run is simulated, -1 for a run that is not recorded at all.
    """

    happened = traitlets.Unicode().tag(sync=True)
    since_ms = traitlets.Float(-1.0).tag(sync=True)

    recording: Recording | None = None
    _build = ""  # the code of ``build`` for a run that continues a recording

    def recorded(self, judge: Judge | None) -> TouchedRun:
        """Return the run as it was recorded, which takes no gestures."""
        from dscourse.run.continuing import world

        recording = self._need_recording()
        self.happened, self.since_ms = HAPPENED, recording.end_us / 1000
        return TouchedRun(lambda plan: world(recording, plan=plan), judge, self.since_ms)

    def continued(self, judge: Judge | None, at_ms: Any, rest: Any) -> TouchedRun:
        """Return the run that continues the recording in the simulator from ``at_ms``."""
        recording = self._need_recording()
        if not isinstance(rest, bool):
            raise TypeError(f"rest={rest!r}: it must be True or False")
        run = TouchedRun(continued(recording, at_ms, rest), judge, at_ms)
        self.happened, self.since_ms = "", float(at_ms)
        more = ", rest=True" if rest else ""
        self._build = (
            f"def build(plan):\n    world = run.world(recording, {in_ms(at_ms)}, plan{more})\n"
            f"    return world.run({in_ms(end_of(recording, at_ms))})\n\n"
        )
        return run

    def code_of(self, run: TouchedRun) -> str:
        """Return a cell that draws the present run; for a recording it needs ``recording``."""
        if self.recording is None:
            return as_cell(run.code)
        code = "world = run.world(recording)" if self.happened else self._build + run.code
        return as_cell(code).replace("import show\n", "import run, show\n\n", 1)

    def _need_recording(self) -> Recording:
        if self.recording is None:
            raise ValueError("this run is simulated: there is no recording to go back to")
        return self.recording
