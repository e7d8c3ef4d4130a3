"""The film of a shrinking, without a browser: its frames are the runs between the old list and the new one."""

from __future__ import annotations

from pathlib import Path

from dscourse.touch import Diagram
from tests.touch.javascript import run_module
from tests.touch.test_diagram import all_agree, counters, message, send


def shrunk() -> Diagram:
    """Return a diagram of which two of three touches have been left out."""
    diagram = Diagram(counters, all_agree)
    send(diagram, "crash", "a", 69)
    send(diagram, "lose", message(diagram, "a's 1st Add to b"))
    send(diagram, "skew", "c", 5, 3)
    send(diagram, "shrink")
    return diagram


def test_each_frame_leaves_out_one_touch_and_the_last_is_the_present_run() -> None:
    diagram = shrunk()
    frames = diagram.film["frames"]
    assert [frame["changed"] for frame in frames] == [-1, 2, 0]
    assert [[touch["on"] for touch in frame["touches"]] for frame in frames] == [
        [True, True, True], [True, True, False], [False, True, False],
    ]  # fmt: skip
    assert [frame["caption"] for frame in frames] == [
        "All of your touches.",
        "1 of 2. Left out: clock of c +3 ms from 5 ms on. The verdict is still no.",
        "2 of 2. Left out: crash a at 69 ms. The verdict is still no.",
    ]
    assert frames[-1]["svg"] == diagram.svg
    assert frames[0]["svg"] != diagram.svg
    assert "✗ violated: all agree" in frames[0]["verdict_card"]
    assert diagram.film["claim"] == "1 touch is needed: without it, the verdict is another."


def test_the_film_ends_with_the_next_gesture_and_one_undo_brings_all_back() -> None:
    diagram = shrunk()
    send(diagram, "undo")
    assert diagram.film == {}
    assert [touch["on"] for touch in diagram.touches] == [True, True, True]


def test_nothing_to_leave_out_is_a_film_without_frames() -> None:
    diagram = shrunk()
    send(diagram, "shrink")
    assert diagram.film["frames"] == []
    assert diagram.film["claim"].startswith("1 touch is needed")


def test_the_browser_tells_what_is_off_what_changes_and_where_the_film_ends(tmp_path: Path) -> None:
    code = """
        import { following, standing } from "./gestures/film.js";
        const positions = [];
        for (let at = 0; at !== null; at = following(data, at)) positions.push(at);
        console.log(JSON.stringify([data.frames.map(standing), positions, following({}, 0)]));
        """
    standing, positions, none = run_module(tmp_path, code, shrunk().film)
    assert standing == [["on", "on", "on"], ["on", "on", "now"], ["now", "on", "off"]]
    assert (positions, none) == ([0, 1, 2], None)
