"""The plan of gestures as code: it gives the same run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from dscourse import sim
from dscourse.sim import At, Crash, Submit, World
from dscourse.touch import TouchedRun
from tests.touch.builds import BUILDS, counter


def test_without_gestures_the_code_builds_the_run() -> None:
    assert TouchedRun(counter).code == "world = counter([])"
    assert TouchedRun(lambda plan: counter(plan)).code == "world = build([])"


def test_the_code_of_every_kind_of_gesture_can_be_run() -> None:
    run = TouchedRun(counter)
    run.invoke("a", 7, "add", None, 2)
    run.crash("b", 9)
    assert run.plan == [At(7, Submit("a", "add", value=2)), At(9, Crash("b"))]
    assert run.code.startswith(
        "from dscourse.sim import At, Crash, Submit\n\nworld = counter([\n    At(7, Submit("
    )


def _at_random(run: TouchedRun, draws: Random) -> None:
    """Make one random gesture, sensible or not."""
    names = list(run.world.nodes)
    one, other = draws.sample(names, 2)
    end = run.world.now_ms
    start, stop = draws.uniform(-5, end), draws.uniform(0, 1.2 * end)
    message = draws.choice([*run.messages, 0])
    event = draws.choice(list(run.world.trace))
    gestures: list[Callable[[], object]] = [
        lambda: run.lose(message),
        lambda: run.repeat(message, stop),
        lambda: run.move(message, stop),
        lambda: run.crash(one, start),
        lambda: run.crash_during(event, draws.randrange(4)),
        lambda: run.restart(one, start),
        lambda: run.pause(one, start, stop),
        lambda: run.skew(one, start, draws.uniform(-50, 50), draws.uniform(-500, 500)),
        lambda: run.cut(one, other, start, stop, draws.random() < 0.5),
        lambda: run.partition([[one], [other]], start, stop),
        lambda: run.invoke(one, start, "read" if one[0] == "c" else "add", "x", 1),
        lambda: run.switch(draws.randrange(3), draws.random() < 0.5),
        run.undo,
        run.redo,
        run.reset if draws.random() < 0.2 else run.undo,
    ]
    with suppress(ValueError, LookupError):
        draws.choice(gestures)()


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("seeds", [range(25)])
def test_random_gestures_never_fail_and_their_code_gives_the_same_run(
    build: Callable[[list[At]], World], seeds: range
) -> None:
    applied = 0
    for seed in seeds:
        run, draws = TouchedRun(build), Random(seed)
        for _ in range(8):
            _at_random(run, draws)
        for touch in run.touches:
            applied += not run.remark(touch)
        if run.error is None:
            space: dict[str, Any] = {build.__name__: build}
            exec(run.code, space)
            assert space["world"].trace.hash() == run.world.trace.hash()
            assert eval(repr(run.plan), vars(sim)) == run.plan
    assert applied > len(seeds)
