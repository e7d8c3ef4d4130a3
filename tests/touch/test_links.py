"""The map of links, without a browser: its turns, what it refuses, undo, and its stored form."""

from __future__ import annotations

import json
from itertools import combinations
from random import Random
from typing import Any

import pytest
import traitlets

from dscourse.touch import LinkMap, Links
from dscourse.touch.boards.links import in_words
from tests.show.drawing import faults


def send(board: LinkMap, gesture: object, *arguments: object) -> None:
    """Send a gesture as the browser does."""
    board._on_message(board, {"gesture": gesture, "arguments": list(arguments)}, [])


def test_four_clicks_go_around() -> None:
    links, seen = Links(("a", "b", "c")).cut_both("b", "c"), []
    for _ in range(4):
        links = links.turn("a", "b")
        seen.append(links.in_words())
    assert seen == ["a–b, b–c", "a→b, b–c", "b–c, b→a", "b–c"]
    assert links.heal("b", "c") == Links(("a", "b", "c"))


def test_a_link_that_does_not_exist_is_refused_in_words() -> None:
    board = LinkMap(["a", "b"], "links")
    for pair in (("a", "z"), ("a", "a")):
        send(board, "turn", *pair)
        assert board.refusal == f"{pair[0]!r} and {pair[1]!r} have no link: the nodes are a, b"
        assert board.value == ()
    with pytest.raises((ValueError, traitlets.TraitError), match="have no link"):
        board.value = (("a", "z"),)
    assert board.value == ()


def test_value_and_gestures_agree_and_can_be_undone() -> None:
    board = LinkMap(["a", "b", "c"], "links")
    values_seen: list[Any] = []
    board.observe(lambda change: values_seen.append(change["new"]), names="value")
    send(board, "turn", "a", "b")
    board.value = [("c", "a")]
    assert board.state.cut == {("c", "a")}
    send(board, "undo")
    send(board, "undo")
    assert (board.can_undo, board.can_redo) == (False, True)
    send(board, "undo")
    assert board.refusal == "there is nothing to undo"
    send(board, "redo")
    send(board, "reset")
    both = (("a", "b"), ("b", "a"))
    assert values_seen == [both, (("c", "a"),), both, (), both, ()]


def test_a_preview_is_shown_and_leaves_the_state() -> None:
    board = LinkMap(["a", "b"], "links")
    before = board.svg
    board._on_message(board, {"gesture": "turn", "arguments": ["a", "b"], "preview": True}, [])
    assert board.svg != before
    assert (board.value, board.can_undo) == ((), False)
    send(board, "settle")
    assert board.svg == before


def test_the_picture_shows_what_is_cut_and_nothing_overlaps() -> None:
    board = LinkMap([f"n{n}" for n in range(1, 6)], "links")
    for a, b in combinations(board.state.names, 2):
        send(board, "turn", a, b)
        assert faults(board.picture) == []
    assert board.svg.count('stroke-dasharray="2 6"') == 10 + 1
    board.mark(["n1", "n2"], [("n1", "n2")])
    assert board.sentence.endswith("by the preset: n1→n2.")


def test_the_stored_form_is_the_picture_and_its_sentence() -> None:
    data = LinkMap(["a", "b"], "links")._repr_mimebundle_()
    assert data["text/plain"] == "Cut by hand: none; by the preset: none."
    assert data["text/html"].startswith("<img alt=")
    assert "application/vnd.jupyter.widget-view+json" in data


@pytest.mark.parametrize("seed", range(20))
def test_random_messages_never_raise_and_the_undone_board_is_the_first(seed: int) -> None:
    draws, board = Random(seed), LinkMap(["a", "b", "c"], "links")
    values: list[Any] = ["a", "b", "c", "z", 1, None, [], {}]
    for _ in range(50):
        gesture = draws.choice(["turn", "cut_both", "heal", "undo", "redo", "__init__", "draw"])
        send(board, gesture, *draws.choices(values, k=draws.choice([0, 1, 2, 2, 2])))
        json.dumps(board.get_state(["svg", "handles", "sentence", "refusal"]))
    while board.can_undo:
        send(board, "undo")
    assert board.value == ()


def test_words_name_a_link_once() -> None:
    assert in_words(frozenset()) == ""
    assert in_words(frozenset({("b", "a"), ("a", "b"), ("b", "c")})) == "a–b, b→c"


def test_each_link_says_what_cuts_it_in_any_order_of_names() -> None:
    board = LinkMap(["b", "a", "c"], "links")
    board.mark(["a", "b", "c"], [("a", "c"), ("c", "a"), ("b", "c")])
    labels = [handle["label"] for handle in board.handles]
    assert labels == [
        "link b–a, not cut",
        "link b–c, not cut by hand; by the preset only b→c is cut",
        "link a–c, not cut by hand; by the preset cut both ways",
    ]
    for now in ("cut both ways", "only b→a is cut", "only a→b is cut", "not cut"):
        send(board, "turn", "b", "a")
        assert board.handles[0]["label"] == f"link b–a, {now}"


def test_two_nodes_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="each node needs a name of its own"):
        LinkMap(["a", "a"], "links")
