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


def test_what_is_cheaper_depends_on_the_share_of_reads() -> None:
    panel = stale_reads()
    panel.set(read_quorum=2, reads=90)
    assert "With 90 % reads an operation takes on average 11.2 ms." in panel.sentence
    panel.set(read_quorum=1, write_quorum=2)
    assert "an operation takes on average 1.2 ms." in panel.sentence


def test_no_operation_takes_longer_than_the_median_where_all_take_no_time() -> None:
    panel = stale_reads()
    assert "The median write takes 0.0 ms, the median read 0.0 ms." in panel.sentence
    panel.set(write_quorum=2)
    assert "The median write takes 10.8 ms, the median read 0.0 ms." in panel.sentence


def test_other_seeds_give_other_runs() -> None:
    panel = rumour()
    first = panel.sentence
    panel.set(seed=2)
    assert panel.sentence != first
    panel.set(seed=1)
    assert panel.sentence == first
