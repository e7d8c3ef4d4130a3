"""The experiments of chapter 06: crashes exactly where they are asked for, and costs as in the sources."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from dscourse.experiments.atomic_commit import (
    PROTOCOLS,
    commit_world,
    fates,
    forced_writes,
    locks,
    longest_lock_ms,
    messages_sent,
    steps_of,
)
from dscourse.experiments.atomic_commit_repairs import ONE_REPAIR_LESS, all_ended, no_needless_wait
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node
from dscourse.protocols.atomicity import Outcome, commit_needs_every_yes, same_outcome
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import DecisionDue
from dscourse.sim import World

CORRECT = [name for name in PROTOCOLS if "textbook" not in name and "impatient" not in name]


def logs(world: World) -> dict[str, tuple[object, ...]]:
    return {name: world.log(name) for name in world.nodes}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("node", ["c", "p1", "p2"])
def test_a_node_crashes_after_exactly_as_many_steps_as_asked_for(protocol: str, node: str) -> None:
    whole = [(e.kind, e.what) for e in steps_of(commit_world(protocol), node)]
    for steps in range(len(whole) + 1):
        world = commit_world(protocol, crash=node, steps=steps)
        done = [(e.kind, e.what) for e in steps_of(world, node)]
        assert done == whole[:steps]
        assert not world.alive(node)
    assert commit_world(protocol, crash=node, steps=len(whole) + 1).alive(node)


@pytest.mark.parametrize("protocol", CORRECT)
def test_wherever_a_node_crashes_the_repaired_protocols_agree(protocol: str) -> None:
    for node in ("c", "p1", "p2"):
        for steps in range(12):
            world = commit_world(protocol, 3, crash=node, steps=steps, down_ms=150)
            assert same_outcome(logs(world)), (node, steps)
            assert commit_needs_every_yes(logs(world)), (node, steps)


def test_the_impatient_participants_do_not() -> None:
    worlds = [commit_world("two-phase, impatient", crash="c", steps=n) for n in range(8)]
    assert [n for n, world in enumerate(worlds) if not same_outcome(logs(world))] == [4]


def test_how_long_keys_are_locked_is_how_long_the_coordinator_is_away() -> None:
    """With two-phase commit it grows with the time that the coordinator is down; three-phase commit does not wait."""
    two, three = (
        [longest_lock_ms(commit_world(name, crash="c", steps=2, down_ms=ms)) for ms in (200, 400, 800)]
        for name in CORRECT
    )  # fmt: skip
    assert [b - a for a, b in pairwise(two)] == pytest.approx([200, 400], abs=80)
    assert len(set(three)) == 1
    assert three[0] < two[0] + 50


def test_a_lock_lasts_from_the_promise_to_the_outcome() -> None:
    world = commit_world("two-phase commit", 3)
    spells = sorted(locks(world), key=lambda spell: spell.node)
    assert [spell.node for spell in spells] == ["p1", "p2", "p3"]
    assert all(spell.end is not None and spell.end.what == Outcome(0, True) for spell in spells)
    blocked = list(locks(commit_world("two-phase commit", crash="c", steps=2)))
    assert [spell.end for spell in blocked] == [None, None]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_messages_and_forced_writes_are_those_of_the_sources(n: int) -> None:
    """4 n messages and 2 n + 1 forced writes for a commit (Mohan, Lindsay and Obermarck 1986)."""
    world = commit_world("two-phase commit", n)
    assert (messages_sent(world), forced_writes(world)) == (4 * n, 2 * n + 1)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_an_abort_forces_the_promises_and_the_no_alone(n: int) -> None:
    """3 n messages and n forced writes: an abort after a promise need not be on disk under presumed abort."""
    world = commit_world("two-phase commit", n, votes_no="p2")
    assert (messages_sent(world), forced_writes(world)) == (3 * n, n)


def test_each_participant_is_marked_with_its_outcome() -> None:
    world = commit_world("two-phase, impatient", crash="c", steps=4)
    ends = {spell.node: spell.kind for spell in fates(world) if spell.kind != "locked"}
    assert ends == {"p1": "committed", "p2": "aborted"}


class LosesAborts(Participant):
    """A participant whose record of an abort after a promise never reaches its disk."""

    def _record_outcome(self, outcome: Outcome) -> None:
        if outcome.commit or not self.in_doubt(outcome.tx):
            super()._record_outcome(outcome)
            return
        self.cancel_timer(DecisionDue(outcome.tx))
        self._apply(outcome)


class LosesRefusals(Participant):
    """A participant whose record of an abort before a promise never reaches its disk."""

    def _record_outcome(self, outcome: Outcome) -> None:
        if self.in_doubt(outcome.tx):
            super()._record_outcome(outcome)
            return
        self._apply(outcome)


@pytest.mark.parametrize(("kind", "safe"), [(LosesAborts, True), (LosesRefusals, False)])
def test_which_aborts_may_be_lost_in_a_crash(kind: type[Participant], safe: bool) -> None:
    work = {"u": [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})]}
    nodes = [TransactionClient("u", "c"), Coordinator("c", ["p1", "p2"])]
    nodes += [kind("p1", ["c", "p2"]), kind("p2", ["c", "p1"])]
    bounds = Bounds(crashes=1, restarts=1, timeouts=1, copies=1)
    found = explore(nodes, operations=work, always=[_agreed], bounds=bounds)
    assert found.ok is safe


def _agreed(view: View) -> bool:
    return bool(same_outcome(view.logs) and commit_needs_every_yes(view.logs))


def test_each_repair_is_needed_to_end_without_needless_waits() -> None:
    def refuted(pair: tuple[type[Node], type[Node]], question: Any, **faults: int) -> bool:
        coordinator, participant = pair
        banks = [participant("p1", ["c", "p2"]), participant("p2", ["c", "p1"])]
        found = explore(
            [TransactionClient("u", "c"), coordinator("c", ["p1", "p2"]), *banks],
            operations={"u": [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})]},
            always=[lambda view: bool(same_outcome(view.logs))],
            within_reach=[question],
            bounds=Bounds(copies=1, timing="synchronous", **faults),
        )
        return found.ok is False

    for name, pair in ONE_REPAIR_LESS.items():
        wrong = refuted(pair, no_needless_wait, crashes=1) or refuted(
            pair, all_ended, crashes=1, restarts=1
        )
        assert wrong is (name != "repaired"), name
