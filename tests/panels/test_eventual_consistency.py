"""The panels of chapter 05: impossible settings are reported in one line."""

from __future__ import annotations

from dscourse.panels.eventual_consistency import rumour, stale_reads


def test_more_fan_out_than_others_is_told_in_one_line() -> None:
    panel = rumour()
    panel.set(nodes=4, fan_out=4)
    assert panel.sentence == "A fan-out of 4 needs more than 4 nodes."
    panel.set(nodes=5)
    assert panel.error is None


def test_quorums_larger_than_there_are_replicas_are_told_in_one_line() -> None:
    panel = stale_reads()
    panel.set(replicas=2, read_quorum=3)
    assert panel.sentence == "R and W are at most N, and there are only 2 replicas."
    panel.set(read_quorum=2)
    assert panel.sentence.endswith("ms.")
    assert "R + W > N: every read meets the write" in panel.sentence
