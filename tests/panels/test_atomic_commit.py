"""The panel of chapter 06: its sentence says how the transaction ends at each node."""

from __future__ import annotations

from dscourse.experiments.atomic_commit import (
    END_MS,
)
from dscourse.panels.atomic_commit import hasty_participants, one_transaction


def test_the_panel_tells_who_ends_how() -> None:
    panel = one_transaction()
    assert "writing Decided, and is back at 380 ms. p1 and p2 commit." in panel.sentence
    panel.set(steps=2)
    assert "after step 2, prepare account=30 to p2, and is back" in panel.sentence
    assert "p1 and p2 abort" in panel.sentence
    panel.set(down=int(END_MS))
    assert "stays down. p1 and p2 wait." in panel.sentence
    assert "p1 for 980 ms and on" in panel.sentence
    panel.set(crash="")
    assert "No node crashes. p1 and p2 commit. The client hears: committed." in panel.sentence
    panel.set(votes_no="p2")
    assert "p1 and p2 abort. The client hears: aborted." in panel.sentence
    panel.set(votes_no="p3")
    assert panel.error == "There are only 2 participants, so p3 cannot vote."
    panel.set(participants=4, votes_no="", protocol="two-phase, impatient", crash="c", steps=6)
    assert "They disagree." in panel.sentence


def test_a_participant_without_patience_breaks_the_first_property_and_no_other_move_is_needed() -> (
    None
):
    explorer = hasty_participants()
    explorer.search()
    assert len(explorer.report["path"]) == 8
    for _ in range(8):
        explorer.play()
    assert explorer.branches.here.violated == ["AC1: the same outcome"]
    assert "p1 has committed" in explorer.sentence or "p1 commits" in explorer.sentence
    assert "transaction 0 commits at p1 and aborts at p2" in explorer.verdicts
    explorer.back()
    explorer.search(moves=1)
    assert explorer.report["path"] == ["p2  timer decision due"]
