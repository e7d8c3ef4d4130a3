"""The ring to touch, without a browser: its counts against the placements, and its refusals."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from dscourse.placement import Ring, TokenRing, moved
from dscourse.show import Picture
from dscourse.show.palette import RED
from dscourse.touch import RingBoard, Tokens
from dscourse.touch.boards.ring import perfect_share
from tests.show.drawing import faults, tag, tree
from tests.touch.javascript import run_module


def a_board(nodes: str = "abcd", virtual: int = 1) -> RingBoard:
    return RingBoard(Ring(list(nodes), virtual_nodes=virtual), spare="efghij")


def send(board: RingBoard, gesture: object, *arguments: object) -> None:
    """Send a gesture as the browser does."""
    board._on_message(board, {"gesture": gesture, "arguments": list(arguments)}, [])


def overlaps(board: RingBoard) -> list[str]:
    """Return the faults of the texts of the ring, and of the bars beside it."""
    halves = [ET.tostring(e, "unicode") for e in tree(board.picture) if tag(e) == "svg"]
    assert len(halves) == 2
    return [fault for half in halves for fault in faults(Picture("x", svg=half))]


def ring_of(board: RingBoard) -> TokenRing:
    tokens: dict[str, list[float]] = {}
    for point in board.state.points:
        tokens.setdefault(point.node, []).append(point.at / 100)
    return TokenRing(tokens)


def test_it_counts_what_the_placements_move() -> None:
    board, keys = a_board(), np.arange(10_000)
    for gesture in (("join", 30), ("move", 0, 10.5), ("add_point", "d", 80), ("leave", "b")):
        before = ring_of(board)
        send(board, *gesture)
        share = moved(before, ring_of(board), keys)
        assert share > 0
        assert (
            f"{round(share * 10_000):,} of 10,000 keys move ({100 * share:.1f} %)."
            in board.sentence
        )
        loads = ring_of(board).loads(keys)
        assert f"{max(loads.values()) * len(loads) / 10_000:.2f} times the mean" in board.sentence


def test_a_perfect_ring_moves_an_equal_share_and_none_between_the_same_nodes() -> None:
    assert perfect_share("abcd", "abcde") == pytest.approx(1 / 5)
    assert perfect_share("abcd", "abd") == pytest.approx(1 / 4)
    assert perfect_share("ab", "ba") == 0
    board = a_board()
    send(board, "join", 30)
    assert "On a perfect ring, with equal shares, 20.0 % would." in board.sentence
    send(board, "move", 0, 40)
    assert "On a perfect ring none would: the nodes are the same." in board.sentence


def test_keys_that_move_are_drawn_red_on_the_arc_that_moves() -> None:
    board = a_board()
    assert RED not in board.svg
    send(board, "join", 50)  # of c at 38.2 and d at 62
    assert board.svg.count("<title>moved</title>") == 1
    red = board.svg.count(f'stroke="{RED}" stroke-width="2.5"')
    positions = board._positions.values()
    assert red == sum(0.382 < at <= 0.5 for at in positions) > 0


def test_what_is_impossible_is_refused_in_words() -> None:
    board = a_board("a")
    for gesture, words in (
        (("leave", "a"), "a cannot leave: no other node is there for its keys"),
        (("remove_point", 0), "a cannot leave: no other node is there for its keys"),
        (("remove_point", 9), "there is no point number 9"),
        (("move", 0, 101), "101: a position from 0 to 100 % is required"),
        (("join", "x"), "'x': a position from 0 to 100 % is required"),
        (("add_point", "z", 5), "no node is called 'z': they are a"),
    ):
        send(board, *gesture)
        assert board.refusal == words
        assert not board.can_undo
    for _ in "efghij":
        send(board, "join", 50)
    send(board, "join", 60)
    assert board.refusal == "there are 7 nodes already: no other may join"
    for at in range(40):
        send(board, "add_point", "a", at)
    assert board.refusal == "there are 40 points already: no other can be drawn"
    assert overlaps(board) == []


def test_a_point_keeps_its_key_and_knows_its_way_back() -> None:
    board = a_board()
    keys = [handle["key"] for handle in board.handles]
    assert board.handles[1]["back"] is None
    send(board, "move", 0, 70.0)
    assert [handle["key"] for handle in board.handles] == keys
    back = board.handles[1]["back"]
    send(board, back["name"], *back["arguments"])
    assert board.state.points[0].at == board.state.points[0].home


def test_a_hundred_per_cent_is_the_top() -> None:
    assert Tokens.of(Ring(["a"], 1), ["b"]).join(100).points[1].at == 0


def test_the_browser_finds_the_same_positions(tmp_path: Path) -> None:
    handles = [handle for handle in a_board(virtual=3).handles if handle["drag"]]
    code = """
        import { pointAt, stepped, valueAt } from "./boards/tracks.js";
        console.log(JSON.stringify(data.map(({ drag, shape }) => {
          const point = pointAt(drag.track, drag.value, { x: 0, y: 0 });
          return { point, at: valueAt(drag.track, { x: shape.cx, y: shape.cy }), far: valueAt(drag.track, point),
                   around: stepped(drag.track, 99.8, 1), back: stepped(drag.track, 0.2, -1) };
        })));
        """
    answers = run_module(tmp_path, code, handles)
    for handle, found in zip(handles, answers, strict=True):
        assert found["far"] == handle["drag"]["value"]
        assert found["at"] == pytest.approx(handle["drag"]["value"], abs=0.1)
        assert found["point"]["x"] == pytest.approx(handle["shape"]["cx"], abs=0.1)
        assert (found["around"], found["back"]) == (0.3, 99.7)


@pytest.mark.parametrize("seed", range(10))
def test_random_messages_never_raise(seed: int) -> None:
    draws, board = Random(seed), a_board(virtual=2)
    values: list[Any] = [
        "a",
        "z",
        0,
        1,
        3,
        -1,
        50,
        99.96,
        100,
        1e9,
        None,
        True,
        float("nan"),
        [],
        {},
    ]
    for _ in range(40):
        gesture = draws.choice([*RingBoard.GESTURES, "undo", "redo", "reset", "draw"])
        send(board, gesture, *draws.choices(values, k=draws.randrange(3)))
        json.dumps(board.get_state(["svg", "handles", "sentence", "refusal"]), allow_nan=False)
        assert overlaps(board) == []


def test_a_point_that_is_put_where_it_stands_has_not_moved() -> None:
    one = a_board()
    before = one.sentence
    send(one, "move", 0, one.state.points[0].at)
    assert (one.sentence, one.can_undo, one.refusal) == (before, False, "")
