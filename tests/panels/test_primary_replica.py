"""The panel of chapter 10: the trade-off between waiting and losing, and rejected settings."""

from __future__ import annotations

import re

from dscourse.panels.primary_replica import replication_panel


def numbers(sentence: str) -> list[int]:
    return [int(word) for word in re.findall(r"\b\d+\b", sentence)]


def test_the_panel_shows_the_trade_off() -> None:
    panel = replication_panel()
    waits, lost = {}, {}
    for acks in (0, 1, 2):
        panel.set(acks=acks, fault="primary cut off")
        done, _, waits[acks], lost[acks], *_ = numbers(panel.sentence)
        assert done > 20
    assert waits[0] < waits[1] < waits[2]
    assert lost[0] > 20 > lost[1] == lost[2] == 0


def test_more_acks_than_replicas_are_refused_in_a_line() -> None:
    panel = replication_panel()
    panel.set(acks=3)
    assert panel.sentence == "acks=3: with 2 replicas it must be from 0 to 2"
