"""Texts of distinct pieces: cases that a random history seldom holds, and the rule against the search at length."""

from __future__ import annotations

import pytest

from benchmarks.checkers import recorded
from benchmarks.linearizability import appends
from dscourse.checkers import (
    KeyValue,
    linearizability,
    linearizable,
    linearizable_by_search,
    pieces,
)
from dscourse.history import History
from tests.checkers.histories import history
from tests.checkers.test_mutants import broken
from tests.effort import samples

# By name: the lines, the answer, and a line of the rule without which the answer would be another.
CASES: dict[str, tuple[tuple[str, ...], bool, str, str]] = {
    "the first of two gets comes before its put": (
        ("b 1-2 get x -> a", "a 3-4 put x a", "c 5-6 get x -> a"),
        False, "if first_end.get(text, inf) > end:", "if True:",
    ),
    "two texts begin with different appends": (
        ("a 1-9 append x a", "b 2-10 append x b", "c 3-4 get x -> a", "c 5-6 get x -> b"),
        False, "return None if any(empty.items) else empty", "return empty",
    ),
    "a piece is the beginning of another": (
        ("a 1-2 put x ab", "b 3-4 put x a", "a 5-6 append x b", "c 7-8 get x -> ab"),
        True, "if any(map(str.startswith, pieces[1:], pieces)):", "if False:",
    ),
    "a text ends with a put": (
        ("a 1-2 append x a", "b 3-4 put x b", "c 5-6 get x -> ab"),
        False, ' or (items and op.f == "put")', "",
    ),
    "a piece is seen twice": (
        ("a 1-9 append x a", "c 3-4 get x -> aa"), False, "self.unseen.pop(piece, None)", "self.unseen.get(piece)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_judged_as_by_the_search(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, ok, line, instead = CASES[case]
    assert linearizable_by_search(history(*lines)).ok is ok
    assert linearizable(history(*lines)).ok is ok
    monkeypatch.setattr(linearizability, "by_pieces", broken(pieces, line, instead).by_pieces)
    assert linearizable(history(*lines)).ok is not ok


def long(seed: int) -> History:
    """Forty operations of four clients on one text, some of unknown outcome, in every second one a stale get."""
    return recorded(KeyValue(), appends, 40, 4, seed, 1, 0.05 * (seed % 3), seed % 2 == 1)


def test_long_histories_are_judged_as_by_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [long(seed) for seed in range(samples(400))]
    by_rule = [linearizable(one) for one in some]
    assert {verdict.states for verdict in by_rule} == {0}
    reasons = [verdict.reason for verdict in by_rule]
    monkeypatch.setattr(linearizability, "by_pieces", lambda ops, initial: None)
    by_search = [linearizable(one) for one in some]
    assert [one.ok for one in by_rule] == [one.ok for one in by_search]
    assert min(sum(not one.ok for one in by_rule), sum(map(bool, by_rule))) > len(some) / 5
    assert reasons == [one.reason for one in by_search]
