"""The panel of chapter 03: impossible settings, and runs without evidence."""

from __future__ import annotations

from dscourse.panels.cap import consistency_or_availability


def test_impossible_settings_are_told_in_one_line() -> None:
    panel = consistency_or_availability()
    panel.set(nodes=3, write_quorum=4)
    assert panel.sentence == "write_quorum=4: with 3 replicas it must be from 1 to 3"
    panel.set(write_quorum=2, links=[("n1", "n5"), ("n5", "n1")])
    assert panel.sentence.startswith("n1–n5 is cut, but there are only 3 nodes.")
    panel.set(nodes=5)
    assert panel.error is None
    assert "by hand n1–n5" in panel.sentence


def test_without_reads_there_is_nothing_to_judge() -> None:
    panel = consistency_or_availability()
    panel.set(reads=0)
    assert panel.sentence.count("nothing to judge") == 2


def test_a_clicked_link_is_cut_in_both_stores_and_in_the_map() -> None:
    panel = consistency_or_availability()
    panel.set(preset="none")
    links = panel.controls["links"]
    sentences = []
    for _ in range(4):
        links.touch("turn", "n1", "n3")
        sentences.append(panel.sentence.split(". ")[0])
    assert sentences == [
        "Cut from 100 to 700 ms: n1, n2, n3, n4, n5 (2 of 20 directions cut; by hand n1–n3)",
        "Cut from 100 to 700 ms: n1, n2, n3, n4, n5 (1 of 20 directions cut; by hand n1→n3)",
        "Cut from 100 to 700 ms: n1, n2, n3, n4, n5 (1 of 20 directions cut; by hand n3→n1)",
        "No link is cut",
    ]


def test_what_the_preset_cuts_is_drawn_as_cut() -> None:
    panel = consistency_or_availability()
    links = panel.controls["links"]
    assert links.svg.count('stroke-dasharray="2 6"') == 6 + 1  # and one in the legend
    panel.set(preset="one way")
    assert links.svg.count("marker-end") == 6 + 1
    panel.set(preset="isolated node", nodes=3)
    assert links.sentence == "Cut by hand: none; by the preset: n1–n2, n1–n3."
    assert links.svg.count('opacity="0.3"') == 2 + 7  # n4 and n5, and their links
    panel.set(preset="none", nodes=5)
    assert links.sentence == "Cut by hand: none; by the preset: none."
    assert "opacity" not in links.svg
