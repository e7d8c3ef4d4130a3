"""Convergence: the values on each node at the end."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from dscourse.checkers import convergence, convergent
from dscourse.checkers.convergence import differences
from tests.checkers.test_mutants import broken


@pytest.mark.parametrize(
    ("states", "ok", "reason"),
    [
        ({"a": {"x": 1}, "b": {"x": 1}}, True, ""),
        ({"a": {"x": None}, "b": {}, "c": {"y": None}}, True, ""),
        ({"a": {"x": (1, 2)}, "b": {"x": (1, 2)}}, True, ""),
        ({"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 2}}, False, "x is 2 on b and c, 1 on a"),
        ({"a": {"x": 1}, "b": {}}, False, "x is 1 on a, nothing on b"),
        ({"a": {"x": {1}}, "b": {"x": {1, 2}}}, False, "x is {1} on a, {1, 2} on b"),
        (
            {"a": dict.fromkeys("vwxyz", 1), "b": {}},
            False,
            "v is 1 on a, nothing on b; w is 1 on a, nothing on b; x is 1 on a, nothing on b; and 2 more",
        ),
        ({}, None, "nothing to judge: there are fewer than two replicas"),
        ({"a": {"x": 1}}, None, "nothing to judge: there are fewer than two replicas"),
        ({"a": {}, "b": {}}, None, "nothing to judge: no replica holds anything"),
    ],
)
def test_what_it_says(
    states: Mapping[str, Mapping[object, object]], ok: bool | None, reason: str
) -> None:
    verdict = convergent(states)
    assert (verdict.ok, verdict.reason) == (ok, reason)


@pytest.mark.parametrize(
    ("keys", "judged"), [(1, "1 key on 2 nodes"), (1_000, "1,000 keys on 2 nodes")]
)
def test_it_says_what_it_has_judged(keys: int, judged: str) -> None:
    state = dict.fromkeys(range(keys), 1)
    for other, ok in ((state, True), ({}, False)):
        verdict = convergent({"a": state, "b": other})
        assert (verdict.ok, verdict.judged) == (ok, judged)


def test_it_holds_exactly_if_no_two_nodes_differ_on_a_key() -> None:
    rng = random.Random(3)
    answers = []
    for _ in range(3_000):
        states = {
            node: {key: rng.choice((None, 1)) for key in "xy" if rng.random() < 0.7}
            for node in "abc"
        }
        differing = {
            key
            for key in "xy"
            for one in "abc"
            for other in "abc"
            if states[one].get(key) != states[other].get(key)
        }
        assert set(differences(states)) == differing
        if any(states.values()):
            assert convergent(states).ok is (not differing)
            answers.append(not differing)
    assert min(answers.count(True), answers.count(False)) > 100


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("if other == value)", "if other is not None)"),
        ("if len(holders) > 1:", "if len(holders) > 2:"),
        (
            "for state in states.values() for key in state)",
            "for state in [*states.values()][:1] for key in state)",
        ),
        ("value = state.get(key)", "value = state.get(key, 1)"),
    ],
)
def test_a_mutant_is_caught(line: str, instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = broken(convergence, line, instead)
    monkeypatch.setattr(convergence, "differences", mutant.differences)
    monkeypatch.setattr(convergence, "_keys", mutant._keys)
    monkeypatch.setitem(globals(), "differences", mutant.differences)
    with pytest.raises(AssertionError):
        test_it_holds_exactly_if_no_two_nodes_differ_on_a_key()
