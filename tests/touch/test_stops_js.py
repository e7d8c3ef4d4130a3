"""The keys that go from one handle of a board to another, under Node.js."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.touch.javascript import run_module

ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]


@pytest.mark.parametrize(
    ("axis", "arrows"),
    [
        (None, [0, 2, 0, 2]),
        ("x", [0, 2, None, None]),
        ("circle", [0, 2, None, None]),
        ("y", [None, None, 0, 2]),
    ],
)
def test_arrow_keys_along_a_track_are_left_to_the_handle(
    axis: str | None, arrows: list[int | None], tmp_path: Path
) -> None:
    code = """import { goalOf } from "./boards/stops.js";
        const axis = data.axis ?? undefined;
        console.log(JSON.stringify(data.keys.map((key) => goalOf(key, axis, 1, 4))));
        """
    keys = [*ARROWS, "n", "p", "Home", "End", "Enter", "x"]
    found = run_module(tmp_path, code, {"axis": axis, "keys": keys})
    assert found == [*arrows, 2, 0, 0, 3, None, None]


def test_the_last_handle_is_followed_by_the_first(tmp_path: Path) -> None:
    code = """import { goalOf } from "./boards/stops.js";
        console.log(JSON.stringify([goalOf("n", "x", 3, 4), goalOf("p", "x", 0, 4), goalOf("n", "x", 0, 1)]));
        """
    assert run_module(tmp_path, code, {}) == [0, 3, 0]
