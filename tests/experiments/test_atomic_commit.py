"""The experiments of chapter 06: crashes exactly where they are asked for, and costs as in the sources."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dscourse.experiments.atomic_commit import (
    PROTOCOLS,
    commit_world,
    forced_writes,
    locks,
    longest_lock_ms,
    messages_sent,
    steps_of,
)
from dscourse.protocols.atomicity import Outcome, commit_needs_every_yes, same_outcome
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
