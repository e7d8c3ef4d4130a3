"""The panels of chapter 04: refused changes, explained verdicts, and boxes that stay closed until they are opened."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.panels.consistency_models import box_frame, edit_frame


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("two flags", 5, 0, 0, "as it is"), "operations 0 to 3"),
        (("two flags", 0, 0, 0, "nothing"), "Operation 0 is a write"),
        (("two flags", 0, 50, 0, "as it is"), "would end before it begins"),
        (("two flags", 2, -40, 0, "as it is"), "a process has one operation at a time"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        edit_frame(*change, why="linearizable")


def test_the_sentence_names_what_refutes_the_model() -> None:
    sentence = edit_frame("a post and a comment", 0, 0, 0, "as it is", "causal_memory").sentence
    assert sentence.startswith(
        "Strongest that holds: PRAM. Violated: causal memory; r4 returned nothing although w0"
    )
    sentence = edit_frame("a post and a comment", 0, 0, 0, "as it is", "pram").sentence
    assert sentence.endswith("PRAM holds (3 reads, 0 concurrent pairs).")


def test_a_box_tells_its_verdict_only_of_a_claim_and_its_name_only_when_opened() -> None:
    settings = ("D", 3, 10, 60, "one key", 1)
    silent = box_frame(*settings, "none yet", False).sentence
    assert silent == (
        "Box D, run 1: 18 operations by 3 clients. Claim a model, and see whether this run refutes it."
    )
    assert "Refuted: not linearizable" in box_frame(*settings, "linearizable", False).sentence
    opened = box_frame(*settings, "sequential", True).sentence
    assert "Not refuted: this run is sequential" in opened
    assert opened.endswith("In the box is SequentialStore, which promises sequential.")
