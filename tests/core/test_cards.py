"""Verdicts, searches and explorations as cards."""

from __future__ import annotations

import re

import pytest

from dscourse import checkers, explore, sweep
from dscourse.core.cards import GRADES, card
from dscourse.core.verdict import Verdict
from dscourse.experiments.consistency_models import history_of
from dscourse.node import cluster
from dscourse.protocols.raft import Raft
from dscourse.sim import At, Crash


def words(html: str) -> str:
    """The text of a card."""
    return " ".join(re.sub("<style>.*?</style>|<[^>]*>", " ", html).split())


def _contrast(ink: str, paper: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ok", [True, False, None])
def test_every_card_is_easy_to_read_and_has_a_sign_of_its_own(ok: bool | None) -> None:
    ink, paper, sign = GRADES[ok]
    assert _contrast(ink, paper) > 7
    assert words(card(ok, "it holds")) == f"{sign} it holds"


def test_text_is_escaped_and_never_broken_inside_a_word_that_fits() -> None:
    shown = card(False, "a < b", ["x & y", ""])
    assert "a &lt; b" in shown
    assert "x &amp; y" in shown
    assert "word-break:normal" in shown
    assert "overflow-wrap:break-word" in shown


def test_a_verdict_shows_everything_that_its_text_says() -> None:
    history = history_of([("a", "write", "x", 1, 0, 1), ("b", "read", "x", 2, 2, 3)])
    verdict = checkers.linearizable(history)
    shown = words(verdict._repr_html_())
    assert shown.startswith("✗ not linearizable ")
    assert verdict.reason in shown
    assert f"judged {verdict.judged}" in shown
    assert words(Verdict("safe", True)._repr_html_()) == "✓ safe"
    assert words(Verdict("safe", None, "too few")._repr_html_()) == "? safe? unknown too few"


def test_a_search_shows_the_smallest_plan_or_why_it_is_undecided() -> None:
    failed = sweep.Survey(300, 6, (At(5, Crash("a")),), "a lost it", 2)
    assert words(failed._repr_html_()) == (
        "✗ failed under 6 of 300 fault plans a lost it smallest failing plan: [At(5, Crash(&#x27;a&#x27;))] "
        "2 plans could not be judged"
    )
    assert words(sweep.Survey(1, 0)._repr_html_()) == "✓ survived 1 of 1 fault plan"
    undecided = words(sweep.Survey(9, 0, reason="no results", unknown=2)._repr_html_())
    assert undecided == "? survived 7 of 9 fault plans 2 plans could not be judged: no results"


def test_an_exploration_shows_its_extent_and_what_it_left_out() -> None:
    result = explore.explore(cluster(Raft, ["a", "b"]), bounds=explore.Bounds(timeouts=1))
    shown = words(result._repr_html_())
    assert shown.startswith(f"✓ holds {result.states} states")
    assert "all of them not looked at: " in shown
    assert all(part in shown for part in result.not_looked_at)
