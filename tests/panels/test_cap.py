"""The panel of chapter 03: impossible settings, and runs without evidence."""

from __future__ import annotations

from dscourse.panels.cap import consistency_or_availability
from dscourse.panels.link_board import LinkBoard


def test_impossible_settings_are_told_in_one_line() -> None:
    panel = consistency_or_availability()
    panel.set(nodes=3, write_quorum=4)
    assert panel.sentence == "write_quorum=4: with 3 replicas it must be from 1 to 3"
    panel.set(write_quorum=2, n1_n5=True)
    assert panel.sentence.startswith("n1–n5 is cut, but there are only 3 nodes.")
    panel.set(nodes=5)
    assert panel.error is None
    assert "by hand n1–n5" in panel.sentence


def test_without_reads_there_is_nothing_to_judge() -> None:
    panel = consistency_or_availability()
    panel.set(reads=0)
    assert panel.sentence.count("nothing to judge") == 2


def test_a_pressed_link_is_drawn_as_cut() -> None:
    board = LinkBoard(["n1", "n2", "n3"])
    board.switches["n1_n3"].value = True
    assert "cut by hand: n1–n3." in board.children[0].value
    assert board.children[0].value.count('stroke-dasharray="2 6"') == 1
    board.switches["n1_n3"].value = False
    assert "cut by hand: none." in board.children[0].value


def test_what_the_preset_cuts_is_drawn_as_cut() -> None:
    panel = consistency_or_availability()
    board = next(child for child in panel.children[0].children if isinstance(child, LinkBoard))
    picture = board.children[0]
    assert picture.value.count('stroke-dasharray="2 6"') == 6
    panel.set(preset="one way")
    assert picture.value.count('stroke-dasharray="9 4"') == 6
    panel.set(preset="isolated node", nodes=3)
    assert "cut by the preset: n1–n2, n1–n3;" in picture.value
    assert picture.value.count('opacity="0.3"') == 2 + 7  # n4 and n5, and their links
    panel.set(preset="none", nodes=5)
    assert "cut by the preset: none;" in picture.value
    assert "opacity" not in picture.value
