"""The browser's reading of the moments of a run, under Node.js: states, causes, and messages under way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dscourse.sim import At, StateRecorder, World, observing
from dscourse.touch import Diagram
from dscourse.touch.display.moments import moments
from tests.touch.builds import BUILDS, counter, gossip
from tests.touch.javascript import run_module
from tests.touch.test_moments import FAULTS, known

READ = 'import * as m from "./time/moments.js";\nconst course = m.readCourse(data);\n'


def moments_of(
    build: Callable[[list[At]], World], plan: list[At] | None = None
) -> tuple[World, dict[str, Any]]:
    with observing(StateRecorder):
        world = build(plan or [])
    return world, moments(world)


@pytest.mark.parametrize("build", BUILDS)
def test_past_and_future_of_every_event_are_those_of_the_trace(
    build: Callable[[list[At]], World], tmp_path: Path
) -> None:
    world, data = moments_of(build)
    code = (
        READ
        + """
        const indices = (set) => [...set].map((position) => course.events[position].index).sort((a, b) => a - b);
        console.log(JSON.stringify(course.events.map((_, position) => {
          const cone = m.coneOf(course, position);
          return { past: indices(cone.past), future: indices(cone.future),
                   all: course.events.map((_, other) => m.causalStanding(other, position, cone)) };
        })));
        """
    )
    shown = {event[0] for event in data["events"]}
    for event, found in zip(data["events"], run_module(tmp_path, code, data), strict=True):
        past = [one.index for one in world.trace.past(event[0]) if one.index in shown]
        future = [one.index for one in world.trace.future(event[0]) if one.index in shown]
        assert (found["past"], found["future"]) == (past, future)
        assert found["all"].count("chosen") == 1
        assert found["all"].count("concurrent") == len(shown) - len(past) - len(future) + 1


@pytest.mark.parametrize(("build", "plan"), [(gossip, FAULTS), (counter, FAULTS), (BUILDS[3], [])])
def test_the_states_after_every_step_are_those_of_the_data(
    build: Callable[[list[At]], World], plan: list[At], tmp_path: Path
) -> None:
    data = moments_of(build, plan)[1]
    code = (
        READ
        + """
        console.log(JSON.stringify([-1, ...course.steps.keys()].map((step) => ({
          nodes: m.nodesAt(course, step), step: m.stepAt(course, step < 0 ? -1 : course.steps[step].ms),
          of: step < 0 ? -1 : m.stepOf(course, course.steps[step].last - 1), words: m.wordsOf(course, step) }))));
        """
    )
    times = [ms for _, _, ms, _ in data["steps"]]
    for step, found in enumerate(run_module(tmp_path, code, data), start=-1):
        assert found["nodes"] == known(data, step)
        assert found["of"] == step
        assert found["words"]
        ms = -1 if step < 0 else times[step]
        assert found["step"] == sum(time <= ms for time in times) - 1


def test_what_a_step_changes_is_told_with_what_was_before(tmp_path: Path) -> None:
    data = moments_of(gossip, FAULTS)[1]
    code = (
        READ
        + """
        const all = course.steps.flatMap((_, step) => [...course.versions.keys()].map((node) =>
          m.newsInWords(m.newsOf(course, step, node)))).filter(Boolean);
        console.log(JSON.stringify(all));
        """
    )
    found = run_module(tmp_path, code, data)
    assert found[:2] == [
        "on disk: 1 record (was nothing); totals: a → 1 (was empty)",
        "down (was up)",
    ]
    assert {"up (was down)", "paused (was up)", "up (was paused)"} <= set(found)


def test_a_fault_and_a_loss_have_words_of_their_own(tmp_path: Path) -> None:
    diagram = Diagram(counter)
    message = next(iter(diagram.run.messages))
    diagram.touch("lose", message)
    diagram.touch("cut", "b", "c", 30, 60)
    code = (
        READ
        + "console.log(JSON.stringify(course.steps.map((_, step) => m.wordsOf(course, step))));"
    )
    words = run_module(tmp_path, code, diagram.moments)
    assert "cut b, c" in words
    assert "heal b, c" in words


def test_messages_under_way_are_where_their_time_puts_them(tmp_path: Path) -> None:
    diagram = Diagram(counter)
    arrows = diagram.layout_data["arrows"]
    code = """import * as m from "./time/moments.js";
        const course = m.readCourse(data.moments);
        const at = (ms) => data.arrows.map((arrow) => m.progressOf(course, m.stepAt(course, ms), ms, arrow));
        console.log(JSON.stringify({ before: data.arrows.map((arrow) => m.progressOf(course, -1, 0, arrow)),
          all: data.times.map(at) }));
        """
    times = [5.0, 10.0, 17.0, 36.0, 200.0]
    found = run_module(
        tmp_path, code, {"moments": diagram.moments, "arrows": arrows, "times": times}
    )
    assert set(found["before"]) == {None}
    for ms, shares in zip(times, found["all"], strict=True):
        for arrow, share in zip(arrows, shares, strict=True):
            if arrow["sent_ms"] <= ms < arrow["end_ms"]:
                long = arrow["end_ms"] - arrow["sent_ms"]
                assert share == pytest.approx((ms - arrow["sent_ms"]) / long)
            else:
                assert share is None


def test_the_fields_that_never_change_are_told_once_for_nodes_with_the_same(tmp_path: Path) -> None:
    code = """import * as m from "./time/moments.js";
        import { settingsOf, summaryOf } from "./time/settings.js";
        const course = m.readCourse(data);
        const all = ["c", "a", "b"];
        console.log(JSON.stringify([settingsOf(course, all), summaryOf(course, all),
          summaryOf({ ...course, whole: false }, ["a"]), settingsOf(course, ["c"]),
          settingsOf(m.readCourse({}), all)]));
        """
    same = {"timeout ms": "60"}
    fixed = {"a": same, "b": same, "c": {"peer": "a", "log": "empty"}}
    assert run_module(tmp_path, code, {"fixed": fixed}) == [
        [["c", "peer: a; log: empty"], ["a, b", "timeout ms: 60"]],
        "3 fields that never change in this run",
        "1 field that never changes in this stretch of the run",
        [["c", "peer: a; log: empty"]],
        [],
    ]


def test_fields_with_their_first_value_are_left_out_unless_they_are_few_or_new(
    tmp_path: Path,
) -> None:
    fields = dict.fromkeys("abcd", "0")
    data = {
        "base": {"n": {"status": "", "doing": "", "disk": "", "fields": fields},
                 "few": {"status": "", "doing": "", "disk": "", "fields": {"x": "0", "fixed": "1"}}},
        "steps": [[0, 1, 1, ""], [1, 2, 2, ""], [2, 3, 3, ""]],
        "changes": [[1, "n", {"fields": {"a": "1", "b": "1"}}], [2, "n", {"fields": {"b": "0"}}]],
        "fixed": {"few": {"fixed": "1"}},
    }  # fmt: skip
    code = """import * as m from "./time/moments.js";
        import { cutValue, unchanged } from "./time/states.js";
        const course = m.readCourse(data);
        const at = (course, step) => ["n", "few"].map((name) =>
          unchanged(course, step, name, m.nodesAt(course, step)[name]));
        const part = { ...course, whole: false };
        console.log(JSON.stringify([...[-1, 0, 1, 2].map((step) => at(course, step)), at(part, 2),
          [cutValue("x".repeat(60)), cutValue("n1 → 2, ".repeat(9)).length]]));
        """
    assert run_module(tmp_path, code, data) == [
        [[], []],  # at the start itself all show
        [["a", "b", "c", "d"], []],
        [["c", "d"], []],
        [["c", "d"], []],  # b has its first value again, by this step
        [[], []],  # of a stretch, the start is not known
        ["x" * 60, 59],
    ]
