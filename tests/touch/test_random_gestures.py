"""Random gestures on every diagram of the course: nothing raises, the printed code gives the same run, and a gesture
without a remark has done what it says.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dscourse.touch import Diagram, TouchedRun
from tests.effort import SOAK
from tests.touch.discovered import CELLS, diagrams_of
from tests.touch.fulfilled import is_fulfilled
from tests.touch.random_gestures import random_gesture

_SEQUENCES, _EVERY_DAY, _LENGTH = 1000, 15, 8
_PER_PICTURE = 20  # of so many sequences one is drawn

on_each_diagram = pytest.mark.parametrize(
    ("path", "at"), CELLS, ids=[f"{path.stem[:2]}-{at}" for path, at in CELLS]
)


def replayed(run: TouchedRun) -> str:
    """Return the hash of the run that the printed code gives, as if it were pasted into a cell."""
    name = getattr(run.build, "__name__", "")
    space: dict[str, Any] = {name if name.isidentifier() else "build": run.build}
    exec(run.code, space)
    digest: str = space["world"].trace.hash()
    return digest


def test_the_course_has_diagrams() -> None:
    assert {path.stem[:2] for path, _ in CELLS} >= {"00", "01"}


@on_each_diagram
def test_random_gestures_of_a_program_never_fail_and_their_code_gives_the_same_run(
    path: Path, at: int
) -> None:
    for diagram in diagrams_of(path, at):
        kept = failed = 0
        for seed in range(_SEQUENCES if SOAK else _EVERY_DAY):
            run, draws = diagram.run, Random(seed)
            run.reset()
            for _ in range(_LENGTH):
                gesture, arguments = random_gesture(run, draws)
                with suppress(ValueError, LookupError, TypeError):
                    getattr(run, gesture)(*arguments)
            failed += run.error is not None
            kept += len(run.touches)
            remarks = [run.remark(touch) for touch in run.touches]
            if run.error is None:
                assert replayed(run) == run.world.trace.hash()
                done = [one for one, why in zip(run.touches, remarks, strict=True) if not why]
                assert [str(one) for one in done if not is_fulfilled(one, run)] == []
        assert kept > failed


@on_each_diagram
def test_random_gestures_of_the_browser_are_drawn_or_refused_in_words(path: Path, at: int) -> None:
    for diagram in diagrams_of(path, at):
        for seed in range(math.ceil(_SEQUENCES / _PER_PICTURE) if SOAK else 1):
            draws = Random(seed)
            diagram.touch("reset")
            for _ in range(_LENGTH):
                assert answered(diagram, *random_gesture(diagram.run, draws))
                assert diagram.svg.startswith("<svg")


def _sent_apart(value: object) -> None:
    """Accept what goes to the browser beside the JSON: buffers, and other widgets."""
    if not isinstance(value, bytes) and not hasattr(value, "comm"):
        pytest.fail(f"{value!r} cannot be sent")


def answered(diagram: Diagram, gesture: str, arguments: list[Any]) -> bool:
    """Send a gesture as the browser does; return True if it is answered, and if all of the answer can be sent."""
    before, text = diagram.answers, json.dumps(arguments, allow_nan=True)
    diagram._on_gesture(diagram, {"gesture": gesture, "arguments": json.loads(text)}, [])
    json.dumps(
        {name: value for name, value in diagram.get_state().items() if not name.startswith("_")},
        default=_sent_apart,
    )
    return diagram.answers == before + 1
