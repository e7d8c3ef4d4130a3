"""Every schedule of one and two transactions over locking shards is judged; flaws are refuted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dscourse.checkers import transactions
from dscourse.core.properties import of_history
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import Node
from dscourse.protocols import atomicity
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.locking_shard import LockingShard
from dscourse.protocols.isolation.messages import (
    Step,
)
from dscourse.protocols.isolation.sharded_locking import ShardedStore
from dscourse.protocols.textbook.sharded_locking import EarlyReleaseShard, HastyStore, LoneShard
from tests.effort import soak
from tests.protocols.shards import SHARDS

strict = transactions.strict_serializable
READ_X, READ_Y = ("r", "x", None), ("r", "y", None)
APPEND_X, APPEND_Y, AGAIN_X = ("append", "x", 1), ("append", "y", 1), ("append", "x", 2)
SKEW = ((READ_X, APPEND_Y), (READ_Y, AGAIN_X))
JUDGE = of_history(strict, "strict serializable")


def same_outcome(view: View) -> Verdict:
    return atomicity.same_outcome(view.logs)


def coordinator_agrees(view: View) -> Verdict:
    return atomicity.coordinator_agrees(view.logs)


def commit_needs_every_yes(view: View) -> Verdict:
    return atomicity.commit_needs_every_yes(view.logs)


ATOMIC = (same_outcome, coordinator_agrees, commit_needs_every_yes)


def every_schedule(
    work: Sequence[tuple[Step, ...]], store: type[Node] = ShardedStore, shard: type[Node] = LockingShard,
    always: Sequence[Any] = (*ATOMIC, JUDGE), **limits: Any,
) -> Exploration:  # fmt: skip
    """Explore one transaction per client over a coordinator m and the shards s1, with y, and s2, with x."""
    clients = [StepwiseClient(f"c{number}", "m") for number in range(len(work))]
    nodes = [*clients, store("m", SHARDS), shard("s1", ["s2"]), shard("s2", ["s1"])]
    operations = {f"c{number}": [("txn", None, steps)] for number, steps in enumerate(work)}
    bounds = Bounds(**{"budget": 400_000, "copies": 1, "timeouts": 0, **limits})
    return explore(nodes, operations=operations, always=always, bounds=bounds)


@pytest.mark.parametrize(
    ("work", "states"),
    [
        (((READ_X, APPEND_X), (READ_X, AGAIN_X)), 1_455),
        (((READ_X, APPEND_Y), (AGAIN_X,)), 2_025),
        (((APPEND_X, APPEND_Y), (READ_Y,)), 1_965),
        pytest.param(SKEW, 35_379, marks=soak),
        pytest.param(((APPEND_X, APPEND_Y), (READ_Y, READ_X)), None, marks=soak),
    ],
)
def test_every_schedule_of_two_transactions_is_strictly_serializable(
    work: Sequence[tuple[Step, ...]], states: int | None
) -> None:
    found = every_schedule(work)
    assert found.ok, found
    assert found.complete
    assert states in (None, found.states)


def all_decided(view: View) -> Verdict:
    return atomicity.all_decided(
        {name: log for name, log in view.logs.items() if name in view.nodes}
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"crashes": 1, "restarts": 1, "timeouts": 1, "timing": "synchronous"},
        {"drops": 1, "timeouts": 1, "timing": "synchronous"},
        {"duplicates": 1, "copies": 2},
    ],
)
def test_every_schedule_of_one_transaction_with_faults_is_atomic(limits: dict[str, Any]) -> None:
    found = every_schedule([(APPEND_X, APPEND_Y)], always=ATOMIC, **limits)
    assert found.ok, found
    assert found.complete


def test_every_schedule_with_a_crash_refutes_a_decision_that_is_told_before_it_is_durable() -> None:
    limits = {"crashes": 1, "restarts": 1, "timeouts": 1, "timing": "synchronous"}
    found = every_schedule([(APPEND_X, APPEND_Y)], HastyStore, always=ATOMIC, **limits)
    assert (
        found.reason == "“same outcome” does not hold: transaction 0 commits at s2 and aborts at s1"
    )


def test_every_schedule_refutes_locks_that_are_released_with_the_vote() -> None:
    found = every_schedule(((READ_X, APPEND_X), (READ_X, AGAIN_X)), shard=EarlyReleaseShard)
    assert "lost update: T0 and T1 both read x" in found.reason


def test_every_schedule_refutes_shards_that_commit_on_their_own() -> None:
    found = every_schedule([(APPEND_X, APPEND_Y)], shard=LoneShard, always=ATOMIC, timeouts=1)
    assert found.reason.startswith("“commit needs every yes” does not hold")
