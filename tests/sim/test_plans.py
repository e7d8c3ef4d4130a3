"""Fault plans are values that print as code, and random ones keep to their budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse import sim
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    Heal,
    Hold,
    Invoke,
    Partition,
    Pause,
    Recover,
    Release,
    Restart,
    Resume,
    SetClock,
    SetLink,
    World,
    draw_plan,
    random_plan,
)
from dscourse.sim.plans import MENU

from .worlds import gossip_world

FAULTS: list[tuple[Fault, str]] = [
    (Crash("a"), "Crash('a')"),
    (Crash("a", lose=2), "Crash('a', lose=2)"),
    (CrashDuring("a", after=1), "CrashDuring('a', after=1)"),
    (Restart("a"), "Restart('a')"),
    (Pause("a"), "Pause('a')"),
    (Resume("a"), "Resume('a')"),
    (SetClock("a", drift_ppm=50.0), "SetClock('a', drift_ppm=50.0)"),
    (Partition({"b", "a"}, {"c"}), "Partition({'a', 'b'}, {'c'})"),
    (Cut("a", "b"), "Cut('a', 'b')"),
    (Heal(), "Heal()"),
    (Heal("a", "b"), "Heal('a', 'b')"),
    (Hold("a", "b"), "Hold('a', 'b')"),
    (Release("a", "b"), "Release('a', 'b')"),
    (SetLink(loss=0.5), "SetLink(loss=0.5)"),
    (
        SetLink("a", "b", loss=0.5, latency=Constant(ms=3)),
        "SetLink('a', 'b', latency=Constant(ms=3), loss=0.5)",
    ),
    (Recover(), "Recover()"),
    (Recover("b", "a"), "Recover('a', 'b')"),
    (Invoke("c", "put", key="x", value=5), "Invoke('c', 'put', key='x', value=5)"),
]


@pytest.mark.parametrize(("fault", "text"), FAULTS, ids=[text for _, text in FAULTS])
def test_a_fault_prints_as_the_code_that_makes_it(fault: Fault, text: str) -> None:
    assert repr(fault) == text
    entry = At(12.5, fault)
    assert repr(entry) == f"At(12.5, {text})"
    assert eval(repr(entry), vars(sim)) == entry
    assert hash(fault) == hash(eval(text, vars(sim)))


def test_every_fault_of_the_package_is_tried_here() -> None:
    public = [getattr(sim, name) for name in sim.__all__]
    kinds = {kind for kind in public if isinstance(kind, type) and issubclass(kind, Fault)}
    assert {type(fault) for fault, _ in FAULTS} == kinds - {Fault}


@given(st.integers(), st.integers(0, 8), st.integers(1, 60), st.sets(st.sampled_from(MENU)))
def test_a_random_plan_keeps_to_its_budget(
    seed: int, faults: int, longest: int, kinds: set[str]
) -> None:
    menu = tuple(sorted(kinds)) or MENU
    budget = Budget(500, faults, longest, menu)
    plan = random_plan(seed, "cab", budget)
    assert plan == random_plan(seed, ["a", "b", "c"], budget)
    assert eval(repr(plan), vars(sim)) == plan
    assert [entry.ms for entry in plan] == sorted(entry.ms for entry in plan)
    assert plan[-1] == At(500, Recover())
    begins = [entry for entry in plan if not is_end(entry.fault)]
    assert len(begins) <= faults
    assert all(0 <= entry.ms < 500 for entry in begins)
    for entry in begins:
        ends = [
            e for e in plan if e.fault in end_of(entry.fault) and 0 < e.ms - entry.ms <= longest
        ]
        assert ends or isinstance(entry.fault, SetClock)


def is_end(fault: Fault) -> bool:
    reset = isinstance(fault, SetLink) and not fault.settings
    return reset or isinstance(fault, Heal | Release | Resume | Restart | Recover)


def end_of(fault: Fault) -> list[Fault]:
    """What may end this fault."""
    match fault:
        case Crash(node) | CrashDuring(node):
            return [Restart(node)]
        case Pause(node):
            return [Resume(node)]
        case Cut(source, to):
            return [Heal(source, to)]
        case Hold(source, to):
            return [Release(source, to)]
        case SetLink(source=source, to=to):
            return [SetLink(source, to)]
    return [Heal()]


def test_seeds_draw_different_mixes_and_together_everything() -> None:
    plans = [random_plan(seed, "abc", Budget(faults=4)) for seed in range(200)]
    assert len({repr(plan) for plan in plans}) > 150
    assert all(entry.ms <= 1_000 for plan in plans for entry in plan)
    begun = [type(e.fault) for plan in plans for e in plan if not is_end(e.fault)]
    assert set(begun) == {Crash, CrashDuring, Cut, Hold, Partition, Pause, SetClock, SetLink}
    assert min(begun.count(kind) for kind in set(begun)) > 10
    assert any(len(plan) == 1 for plan in plans)  # some seeds draw no fault at all
    mixes = {frozenset(type(e.fault) for e in plan if not is_end(e.fault)) for plan in plans}
    assert len(mixes) > 50


def test_the_plainest_choices_make_no_fault() -> None:
    assert draw_plan(lambda n: 0, "ab", Budget(recover=False)) == []
    assert draw_plan(lambda n: 0, "ab") == [At(1000, Recover())]


def test_a_drawn_partition_separates_somebody() -> None:
    plans = [random_plan(seed, "ab", Budget(menu=("partition",))) for seed in range(40)]
    drawn = [e.fault for plan in plans for e in plan if isinstance(e.fault, Partition)]
    assert drawn
    assert all(len(fault.groups) == 2 and all(fault.groups) for fault in drawn)


def test_one_node_alone_can_crash_and_pause() -> None:
    budget = Budget(menu=("crash", "pause", "crash_during", "skew"))
    assert all(random_plan(seed, ["a"], budget) for seed in range(30))


@pytest.mark.parametrize("seed", range(30))
def test_after_a_random_plan_everything_works_again(seed: int) -> None:
    plan = random_plan(seed, "abcd", Budget(horizon_ms=100, faults=8))
    world: World = gossip_world(seed, plan).run(100)
    assert all(world.alive(name) and not world.paused(name) for name in "abcd")
    assert not any(wire.cut or wire.held or wire.parked for wire in world._all_wires())
    assert world.expect(
        lambda w: all(len(node.state()["known"]) == 4 for node in w.nodes.values()),  # type: ignore[arg-type]
        within_ms=5_000,
    )
