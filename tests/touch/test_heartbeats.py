"""The heartbeats to touch, without a browser: φ and suspicions against the detectors, and its refusals."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from dscourse.detectors import FixedTimeout, Heartbeats, PhiAccrual, simulated
from dscourse.touch import HeartbeatBoard
from dscourse.touch.boards.heartbeats import phi_curve
from tests.show.drawing import faults


def a_board(count: int = 24, until_ms: float = 2_500) -> HeartbeatBoard:
    return HeartbeatBoard(simulated(1, count=count), until_ms)


def send(board: HeartbeatBoard, gesture: object, *arguments: object) -> None:
    """Send a gesture as the browser does."""
    board._on_message(board, {"gesture": gesture, "arguments": list(arguments)}, [])


def test_phi_is_that_of_the_detector_at_every_time() -> None:
    board = a_board()
    send(board, "arrive", 9, 1_150)
    send(board, "lose", 14)
    times, values = phi_curve(board.state)
    heard = board.state.heard
    for now, value in list(zip(times, values, strict=True))[::7]:
        detector = PhiAccrual(8, 100, 10, 0, 100)
        for at, _ in heard:
            if at <= now:
                detector.heartbeat(at)
        drawn_after = now not in [at for at, _ in heard]
        if drawn_after:
            assert value == pytest.approx(min(detector.phi(now), 16), abs=1e-6)


def test_the_crash_is_suspected_when_the_detectors_say_so() -> None:
    board = a_board()
    send(board, "crash", 2_050)
    assert len(board.state.sent) == 20
    phi, fixed = PhiAccrual(8, 100, 10, 0, 100), FixedTimeout(100, 3)
    for at, _ in board.state.heard:
        phi.heartbeat(at)
        fixed.heartbeat(at)
    for name, detector in (("φ = 8", phi), ("3 intervals", fixed)):
        after = detector.deadline - 2_050
        assert (
            f"{name}: 0 wrong suspicions; the crash is suspected after {after:,.0f} ms."
            in board.sentence
        )


def test_lost_heartbeats_lead_to_a_wrong_suspicion_that_ends_with_the_next() -> None:
    board = a_board()
    for number in (12, 13, 14):
        send(board, "lose", number)
    last, following = (board.state.beats[n - 1].arrives_ms for n in (11, 15))
    assert last is not None
    assert following is not None
    wrong = following - last - 300
    assert f"3 intervals: 1 wrong suspicion of {wrong:,.0f} ms in all." in board.sentence
    assert board.svg.count("<title>wrongly suspected</title>") == 2 + 1  # and one in the legend
    send(board, "suspect_from", 16)
    assert "φ = 16: 1 wrong suspicion" in board.sentence


def test_a_crash_while_suspected_and_one_that_is_not_found_are_said() -> None:
    board = a_board()
    for number in range(12, 25):
        send(board, "lose", number)
    send(board, "crash", 2_000)
    assert board.sentence.count("the node is suspected already when it crashes.") == 2
    send(board, "reset")
    send(board, "crash", 2_490)
    assert board.sentence.count("the crash is not suspected within the picture.") == 2
    send(board, "stay_up")
    assert "crash" not in board.sentence


@pytest.mark.parametrize(
    ("gesture", "words"),
    [
        (("arrive", 3, 250), "heartbeat 3 cannot arrive at 250 ms: it is sent at 300 ms"),
        (("arrive", 3, 2_600), "the picture ends at 2,500 ms: lose the heartbeat instead"),
        (("arrive", 3, None), "None: a time in ms is required"),
        (("arrive", 99, 250), "no heartbeat 99 is sent"),
        (("lose", "x"), "no heartbeat 'x' is sent"),
        (("crash", -1), "-1 ms is not in the picture: it shows 0 to 2,500 ms"),
        (("suspect_from", 0), "0: a threshold from 0.5 to 16 is required"),
        (("suspect_from", "8"), "'8': a threshold from 0.5 to 16 is required"),
        (("explode",), "no gesture is called 'explode'"),
    ],
)
def test_what_the_network_cannot_do_is_refused_in_words(
    gesture: tuple[Any, ...], words: str
) -> None:
    board = a_board()
    before = board.svg
    send(board, *gesture)
    assert (board.refusal, board.svg, board.can_undo) == (words, before, False)


def test_a_preview_of_the_impossible_is_refused_and_shows_the_present() -> None:
    board = a_board()
    before = board.svg
    content = {"gesture": "arrive", "arguments": [3, 250], "preview": True}
    board._on_message(board, content, [])
    assert (board.svg, board.refusal[:11]) == (before, "heartbeat 3")


def test_heartbeats_may_overtake_each_other() -> None:
    board = a_board()
    send(board, "arrive", 5, 750)
    assert [number for _, number in board.state.heard][3:8] == [4, 6, 7, 5, 8]


def test_a_lost_heartbeat_keeps_its_handle_and_its_way_back() -> None:
    board = a_board()
    keys = [handle["key"] for handle in board.handles]
    send(board, "lose", 4)
    assert [handle["key"] for handle in board.handles] == keys
    back = next(handle for handle in board.handles if handle["key"] == "heartbeat 4")["back"]
    send(board, back["name"], *back["arguments"])
    assert board.sentence.startswith("24 heartbeats, 0 lost.")


@pytest.mark.parametrize("seed", range(10))
def test_random_messages_never_raise(seed: int) -> None:
    draws, board = Random(seed), a_board()
    values: list[Any] = [1, 5, 24, 0, 8, 100, 999.96, 2_500, -1, 1e12, None, True, "a", [], {}]
    values.append(float("nan"))
    for _ in range(40):
        gesture = draws.choice([*HeartbeatBoard.GESTURES, "undo", "redo", "reset", "draw"])
        send(board, gesture, *draws.choices(values, k=draws.randrange(3)))
        json.dumps(board.get_state(["svg", "handles", "sentence", "refusal"]), allow_nan=False)
        assert faults(board.picture) == []


def test_heartbeats_may_be_numbered_from_0_and_must_arrive_within_the_picture() -> None:
    board = HeartbeatBoard(Heartbeats([0, 1, 2], [0, 100, 200], [0, 104, 209]), 400)
    times, values = phi_curve(board.state)
    detector = PhiAccrual(8, 100, 10, 0, 100)
    for at in (0, 104, 209):
        detector.heartbeat(at)
    assert (times[-1], values[-1]) == (400, pytest.approx(detector.phi(400)))
    with pytest.raises(ValueError, match="until_ms=1000: heartbeat 10 arrives at"):
        a_board(count=12, until_ms=1_000)
