"""Two time cursors that are one, under Node.js: each follows the other once, and ends are aligned."""

from __future__ import annotations

from pathlib import Path

from tests.touch.javascript import run_module

CODE = """
import { alignEnds, joinCursors } from "./time/cursors.js";
const moves = [];
const made = (name, ms, atEnd) => {
  const one = { acts: {}, cursor: { ms, atEnd, stop() { moves.push(`${name} stops`); },
    toTime(to) { this.ms = to; moves.push(`${name} ${to}`); one.acts.shared?.(to); } } };
  return one;
};
const [upper, lower] = [made("upper", 40, true), made("lower", 90, true)];
alignEnds([upper, lower]);
const aligned = moves.splice(0);
joinCursors(upper, lower);
upper.cursor.toTime(10);
const led = moves.splice(0);
lower.cursor.toTime(20);
const back = moves.splice(0);
upper.cursor.atEnd = false;
alignEnds([upper, lower]);
console.log(JSON.stringify({ aligned, led, back, still: moves }));
"""


def test_each_cursor_follows_the_other_once(tmp_path: Path) -> None:
    found = run_module(tmp_path, CODE, {})
    assert found == {
        "aligned": ["upper 90"],
        "led": ["upper 10", "lower stops", "lower 10"],
        "back": ["lower 20", "upper stops", "upper 20"],
        "still": [],
    }


def test_the_part_of_the_model_of_one_side_has_its_names(tmp_path: Path) -> None:
    code = """
    import { SideModel } from "./compare.js";
    const seen = [];
    const model = { get: (name) => seen.push(name), send: (message) => seen.push(message),
      on: (event) => seen.push(event), off: (event) => seen.push(event) };
    const side = new SideModel(model, 1);
    side.get("svg");
    side.send({ gesture: "undo", arguments: [] });
    side.on("change:svg", () => {});
    side.off("change:answers", () => {});
    console.log(JSON.stringify(seen));
    """
    assert run_module(tmp_path, code, {}) == [
        "1_svg", {"gesture": "undo", "arguments": [], "side": 1}, "change:1_svg", "change:1_answers",
    ]  # fmt: skip
