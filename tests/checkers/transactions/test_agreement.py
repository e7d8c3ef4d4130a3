"""The levels against their definitions, on thousands of small histories of stores of every level."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse.checkers import Register, linearizable
from dscourse.checkers.transactions import (
    LEVEL_IMPLIES,
    LEVELS,
    isolation,
    judgement,
    weaker_levels,
)
from dscourse.history import History
from tests.checkers.bruteforce import small_histories as random_histories
from tests.checkers.test_agreement import unique
from tests.checkers.transactions.naive import HOLDS
from tests.checkers.transactions.small import forks, small_histories
from tests.effort import once, samples

NEEDS_ORDER = ("strict_serializable", "strong_session_serializable")


def disagreements(history: History) -> list[str]:
    """The levels of which the verdict differs from the definition; "nothing to judge" must hold."""
    found = isolation(history).verdicts
    wrong = []
    for name, holds in HOLDS.items():
        verdict = found[name]
        known = holds(history) if verdict.ok is not None or verdict.vacuous else None
        if (
            "could not" in verdict.reason
            or known is None
            or (known is not verdict.ok and not (verdict.vacuous and known))
        ):
            wrong.append(f"{verdict!r}, but it {'holds' if known else 'fails'}\n{history}")
    return wrong


@once
@pytest.mark.parametrize("seed", range(2))
def test_every_level_is_what_its_definition_says_on_random_histories(seed: int) -> None:
    """With 30,000 histories in a soak; every level is refuted and found to hold often, and never left open."""
    outcomes: Counter[tuple[str, bool | None]] = Counter()
    for history in small_histories(seed, samples(15_000, 20)):
        assert disagreements(history) == []
        outcomes.update((name, v.ok) for name, v in isolation(history).verdicts.items())
    for name in LEVELS:
        assert outcomes[name, True] > samples(2_400, 20)
        assert outcomes[name, False] > samples(32, 20)


@once
@pytest.mark.parametrize("seed", range(2))
def test_parallel_snapshot_isolation_alone_allows_long_forks(seed: int) -> None:
    apart = 0
    for history in forks(seed, samples(1_000, 10)):
        assert disagreements(history) == []
        found = isolation(history).verdicts
        apart += bool(
            found["parallel_snapshot_isolation"].ok and found["snapshot_isolation"].ok is False
        )
    assert apart > samples(20, 10)


def test_linearizable_is_strict_serializable_with_one_operation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On one register, with no order of writes tried out: real time and reads alone decide."""
    monkeypatch.setattr(judgement, "_LOOSE", -1)
    outcomes: Counter[bool | None] = Counter()
    for history in random_histories(3, samples(4_000), unique, ops=12, keys=("x",)):
        one, other = (
            linearizable(history, Register()),
            isolation(history).verdicts["strict_serializable"],
        )
        assert other.vacuous or one.vacuous or one.ok is other.ok, history
        outcomes[other.ok] += 1
    assert min(outcomes[True], outcomes[False]) > samples(200)


@once
def test_a_level_that_holds_makes_the_weaker_ones_hold_and_no_other_arrow_is_missing() -> None:
    """By the definitions: no arrow is contradicted, and each pair without one is, unless predicates are needed."""
    missing = {
        (one, other)
        for one in LEVELS
        for other in LEVELS
        if one != other and other not in weaker_levels(one)
    }
    for history in [*small_histories(91, samples(4_000)), *forks(91, samples(500))]:
        holds = {name: judge(history) for name, judge in HOLDS.items()}
        for strong, weak in LEVEL_IMPLIES:
            assert not holds[strong] or holds[weak], (
                f"{strong} holds but {weak} does not:\n{history}"
            )
        missing -= {(a, b) for a, b in missing if holds[a] and not holds[b]}
    item = "repeatable_read"  # without predicates it is serializability
    assert missing == {
        (item, "serializable"), (item, "snapshot_isolation"), (item, "parallel_snapshot_isolation"),
    }  # fmt: skip
