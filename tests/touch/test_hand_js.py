"""The hand, under Node.js: gestures in turn, steps that add up, a stretch held by fingers, a model held still."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.touch.javascript import run_module

EDGES = {"left": 0, "right": 800}


@pytest.mark.parametrize(
    ("points", "stretch"),
    [
        ([(300, 800)], (650, 1050)),  # one finger pans
        ([(300, 800), (500, 900)], (650, 1050)),
        ([(200, 800), (600, 900)], (750, 950)),  # fingers apart: half as wide
        ([(600, 900), (200, 800)], (750, 950)),
        ([(300, 800), (300, 900)], (650, 1050)),  # one above the other
        ([(500, 800), (300, 900)], (550, 950)),  # crossed
    ],
)
def test_each_finger_holds_its_moment(
    tmp_path: Path, points: list[tuple[float, float]], stretch: tuple[float, float]
) -> None:
    code = """
    import { held } from "./picture/window.js";
    const points = data.points.map(([x, ms]) => ({ x, ms }));
    const { start, end } = held(points, { start: 700, end: 1100 }, data.edges);
    console.log(JSON.stringify([start, end]));
    """
    found = run_module(tmp_path, code, {"points": points, "edges": EDGES})
    assert found == pytest.approx(stretch)


def test_turns_wait_for_the_answer_and_steps_of_one_key_add_up(tmp_path: Path) -> None:
    code = """
    import { Turns } from "./gestures/turns.js";
    const turns = new Turns(), done = [];
    const step = (name) => turns.take((far) => done.push([name, far]) > 0, name, 1);
    for (const name of ["a", "a", "a", "b", "a"]) step(name);
    turns.take(() => { done.push(["said", 0]); return false; });
    turns.take(() => done.push(["lose", 0]) > 0);
    const log = [[...done]];
    for (let answer = 0; answer < 5; answer += 1) { turns.answered(); log.push([...done]); done.length = 0; }
    console.log(JSON.stringify(log.map((one) => one.map(([name, far]) => `${name} ${far}`))));
    """
    log = run_module(tmp_path, code, {})
    assert log == [["a 1"], ["a 1", "a 2"], ["b 1"], ["a 1"], ["said 0", "lose 0"], []]


def test_a_held_model_keeps_its_values_and_tells_of_changes_afterwards(tmp_path: Path) -> None:
    code = """
    import { HeldModel } from "./page/held.js";
    const values = { svg: 1 }, heard = {};
    const live = { get: (name) => values[name], send() { throw new Error("closed"); },
      on: (event, act) => { heard[event] = act; }, off: (event) => { delete heard[event]; } };
    const log = [];
    const model = new HeldModel(live, () => log.push("gone"));
    const change = () => log.push(model.get("svg"));
    model.on("change:svg", change);
    const set = (value) => { values.svg = value; heard["change:svg"]?.(); };
    set(2);
    model.hold(); model.hold();
    set(3); set(4);
    log.push(`held ${model.get("svg")}`);
    model.release();
    log.push(`held ${model.get("svg")}`);
    model.release(); model.release();
    log.push(model.send({}));
    model.off("change:svg", change);
    set(5);
    console.log(JSON.stringify(log));
    """
    assert run_module(tmp_path, code, {}) == [2, "held 2", "held 2", 4, "gone", False]


def test_a_long_value_is_read_once_from_its_text(tmp_path: Path) -> None:
    code = """
    import { Texts } from "./page/texts.js";
    const texts = new Texts();
    const read = (step) => texts.read("moments", `{"steps":[${step}]}`);
    const [one, again, other] = [read(1), read(1), read(2)];
    console.log(JSON.stringify([one === again, one, other, texts.read("svg", "{}")]));
    """
    same, one, other, svg = run_module(tmp_path, code, {})
    assert (same, one, other, svg) == (True, {"steps": [1]}, {"steps": [2]}, "{}")
