"""Fault plans are values that print as code, and random ones keep to their budget."""

from __future__ import annotations

from itertools import pairwise

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
    Delay,
    Expire,
    Fault,
    Heal,
    Hold,
    Lose,
    Partition,
    Pause,
    Recover,
    Release,
    Repeat,
    Restart,
    Resume,
    SetClock,
    SetLink,
    Submit,
    World,
    draw_plan,
    lasting,
    random_plan,
)
from dscourse.sim.budget import MENU

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
    (Lose("a", "b", "Reply", 2), "Lose('a', 'b', 'Reply', 2)"),
    (Expire("a", "Beat", 2, 7.5), "Expire('a', 'Beat', 2, after_ms=7.5)"),
    (Repeat("a", "b", "Reply", 1, 2.5), "Repeat('a', 'b', 'Reply', 1, latency_ms=2.5)"),
    (Delay("a", "b", "Reply", 3, latency_ms=0), "Delay('a', 'b', 'Reply', 3, latency_ms=0)"),
    (Recover(), "Recover()"),
    (Recover("b", "a"), "Recover('a', 'b')"),
    (Submit("c", "put", key="x", value=5), "Submit('c', 'put', key='x', value=5)"),
]


@pytest.mark.parametrize(("fault", "text"), FAULTS, ids=[text for _, text in FAULTS])
def test_a_fault_prints_as_the_code_that_makes_it(fault: Fault, text: str) -> None:
    assert repr(fault) == text
    entry = At(12.5, fault)
    assert repr(entry) == f"At(12.5, {text})"
    assert eval(repr(entry), vars(sim)) == entry
    assert hash(fault) == hash(eval(text, vars(sim)))


@pytest.mark.parametrize("ms", [0, 12.5, 5, 34.999217, 1_234_567.25, 0.001, 123_456_789])
def test_a_planned_time_prints_exactly(ms: float) -> None:
    entry = At(ms, Heal())
    assert eval(repr(entry), vars(sim)) == entry


def test_every_fault_of_the_package_is_tried_here() -> None:
    public = [getattr(sim, name) for name in sim.__all__]
    kinds = {kind for kind in public if isinstance(kind, type) and issubclass(kind, Fault)}
    assert {type(fault) for fault, _ in FAULTS} == kinds - {Fault}


@given(
    st.integers(),
    st.integers(0, 8),
    st.none() | st.integers(1, 600),
    st.sets(st.sampled_from(MENU)),
    st.booleans(),
)
def test_a_random_plan_keeps_to_its_budget(
    seed: int, faults: int, longest: int | None, kinds: set[str], recover: bool
) -> None:
    menu = tuple(sorted(kinds)) or MENU
    budget = Budget(500, faults, longest, menu=menu, recover=recover)
    plan = random_plan(seed, [*"cab"], budget)
    assert plan == random_plan(seed, ["a", "b", "c"], budget)
    assert eval(repr(plan), vars(sim)) == plan
    assert [entry.ms for entry in plan] == sorted(entry.ms for entry in plan)
    assert (At(500, Recover()) in plan) is recover
    begins = [entry for entry in plan if begins_something(entry.fault)]
    assert all(0 <= entry.ms < 500 for entry in begins)
    assert len(begins) <= faults * (3 if "restarts" in menu else 1)
    assert lasting(plan, min(longest or 500, 500)) == []


def begins_something(fault: Fault) -> bool:
    reset = isinstance(fault, SetLink) and not fault.settings
    return not reset and not isinstance(fault, Heal | Release | Resume | Restart | Recover)


def plans(budget: Budget, names: str = "abc", count: int = 400) -> list[list[At]]:
    return [random_plan(seed, [*names], budget) for seed in range(count)]


def begun(sample: list[list[At]]) -> list[Fault]:
    return [e.fault for plan in sample for e in plan if begins_something(e.fault)]


def test_seeds_draw_different_mixes_and_together_everything() -> None:
    sample = plans(Budget(faults=4))
    assert len({repr(plan) for plan in sample}) > 300
    assert all(entry.ms <= 1_000 for plan in sample for entry in plan)
    kinds = [type(fault) for fault in begun(sample)]
    assert set(kinds) == {Crash, CrashDuring, Cut, Hold, Partition, Pause, SetClock, SetLink}
    assert min(kinds.count(kind) for kind in set(kinds)) > 10
    assert any(len(plan) == 1 for plan in sample)  # some seeds draw no fault at all
    mixes = {frozenset(type(fault) for fault in begun([plan])) for plan in sample}
    assert len(mixes) > 50


@pytest.mark.parametrize("kind", [kind for kind in MENU if kind != "skew"])
@pytest.mark.parametrize("timeout", [50, 400])
def test_every_kind_is_shorter_than_the_timeout_about_equal_and_several_times_longer(
    kind: str, timeout: int
) -> None:
    sample = plans(Budget(4_000, faults=1, timeout_ms=timeout, menu=(kind,)))
    cases = [plan for plan in sample if len(plan) > 1]
    spans = [plan[-2].ms - plan[0].ms if is_over(plan) else 4_000 - plan[0].ms for plan in cases]
    shares = [
        sum(low < span / timeout <= high for span in spans) / len(spans)
        for low, high in ((0, 0.75), (0.75, 1.25), (2, 8), (1.9, 99))
    ]
    assert min(shares) > 0.15
    assert shares[3] > 0.35


def is_over(plan: list[At]) -> bool:
    """Return whether the only fault of the plan ends before everything recovers."""
    return not begins_something(plan[-2].fault)


def test_a_fault_may_last_to_the_horizon_whatever_the_timeout() -> None:
    sample = plans(Budget(4_000, faults=1, timeout_ms=50, menu=("crash",)))
    assert sum(bool(lasting(plan, 1_000)) for plan in sample) > 20  # without a restart till then
    assert plans(Budget(4_000, faults=1, timeout_ms=50, menu=("crash",), recover=False)) != sample


def test_at_the_shortest_horizon_the_longest_fault_lasts_from_the_beginning() -> None:
    budget = Budget(100, faults=1, timeout_ms=50, menu=("crash",))
    assert draw_plan(lambda n: n - 1, ["a"], budget) == [At(0, Crash("a")), At(100, Recover())]


def test_with_no_timeout_given_faults_last_up_to_the_longest_duration() -> None:
    for budget, longest in ((Budget(), 1_000), (Budget(longest_ms=400), 400), (Budget(80), 80)):
        sample = plans(budget)
        assert any(lasting(plan, 0.7 * longest) for plan in sample)
        assert all(not lasting(plan, longest) for plan in sample)


def test_faults_overlap() -> None:
    sample = plans(Budget(4_000, faults=4, timeout_ms=400))
    assert sum(most_at_once(plan) >= 3 for plan in sample) > 50


def most_at_once(plan: list[At]) -> int:
    count = [0]
    for entry in plan[:-1]:
        count.append(count[-1] + (1 if begins_something(entry.fault) else -1))
    return max(count)


def test_a_node_restarts_twice_in_a_row_and_is_up_only_for_a_moment_between() -> None:
    for plan in plans(Budget(4_000, faults=1, timeout_ms=400, menu=("restarts",))):
        entries = plan[:-1]
        assert len({entry.fault.node for entry in entries}) <= 1  # type: ignore[attr-defined]
        kinds = [type(entry.fault) for entry in entries]
        assert kinds == ([Crash, Restart] * 3)[: len(kinds)]
        ups = [at.ms - before.ms for before, at in pairwise(entries) if isinstance(at.fault, Crash)]
        assert all(0 <= up <= 20 for up in ups)
        assert bool(ups) == bool(entries)


def test_a_link_is_cut_both_ways_and_nothing_else() -> None:
    sample = plans(Budget(faults=1, menu=("cut_both",)), "abcd")
    pairs = begun(sample)
    assert {len(list(fault.names())) for fault in pairs} == {2}
    plan = next(plan for plan in sample if len(plan) == 4)
    world: World = gossip_world(1, plan[:1], names="abcd").run(plan[0].ms + 1)
    assert sum(wire.cut for wire in world._engine.all_wires()) == 2
    for entry in plan[1:3]:
        world.apply(entry.fault)
    assert not any(wire.cut for wire in world._engine.all_wires())


def test_a_bridge_leaves_a_node_that_reaches_only_one_other() -> None:
    cuts = begun(plans(Budget(faults=1, menu=("bridge",)), "abcd"))
    assert all(isinstance(fault, Partition) and len(list(fault.names())) == 3 for fault in cuts)
    sizes = {tuple(sorted(map(len, fault.groups))) for fault in cuts}  # type: ignore[attr-defined]
    assert sizes == {(1, 2), (1, 1, 1)}  # two sides of the hub, and a star around it
    two = begun(plans(Budget(faults=1, menu=("bridge",)), "ab"))
    assert set(two) == {Partition({"a"}, {"b"}), Partition({"b"}, {"a"})}


def test_a_horizon_too_short_for_the_timeout_is_an_error() -> None:
    with pytest.raises(ValueError, match="horizon_ms=700: too short for a fault that outlasts"):
        Budget(700, timeout_ms=400)
    with pytest.raises(ValueError, match=r"longest_ms=500: .*timeout_ms=400; it must be .* 800 ms"):
        Budget(9_000, longest_ms=500, timeout_ms=400)
    with pytest.raises(ValueError, match="timeout_ms=0: it must be a number of ms, at least 1"):
        Budget(timeout_ms=0)
    assert Budget(800, timeout_ms=400).durations()[-1] == (800, 800)


ENDS: list[tuple[Fault, Fault, bool]] = [
    (Crash("a"), Restart("a"), True),
    (Crash("a"), Restart("b"), False),
    (CrashDuring("a"), Restart("a"), True),
    (Crash("a"), Recover(), True),
    (Crash("a"), Recover("b"), False),
    (Pause("a"), Resume("a"), True),
    (Pause("a"), Restart("a"), False),
    (Cut("a", "b"), Heal(), True),
    (Cut("a", "b"), Heal("a", "b"), True),
    (Cut("a", "b"), Heal("b", "a"), False),
    (Partition({"a"}, {"b"}), Heal(), True),
    (Partition({"a"}, {"b"}), Heal("a", "b"), True),
    (Partition({"a"}, {"b"}), Heal("a", "c"), False),
    (Hold("a", "b"), Release("a", "b"), True),
    (Hold("a", "b"), Heal(), False),
    (SetLink("a", "b", loss=0.5), SetLink("a", "b"), True),
    (SetLink("a", "b", loss=0.5), SetLink(), True),
    (SetLink("a", "b", loss=0.5), SetLink("b", "a"), False),
]


@pytest.mark.parametrize(("fault", "later", "ended"), ENDS, ids=repr)
def test_a_fault_lasts_until_what_ends_it(fault: Fault, later: Fault, ended: bool) -> None:
    plan = [At(100, fault), At(150, later)]
    assert lasting(plan, 49) == [fault]
    assert lasting(plan, 50) == ([] if ended else [fault])


def test_the_plainest_choices_make_no_fault() -> None:
    assert draw_plan(lambda n: 0, [*"ab"], Budget(recover=False)) == []
    assert draw_plan(lambda n: 0, [*"ab"]) == [At(1000, Recover())]


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("loss", SetLink("b", "a", loss=1.0)),
        ("duplicate", SetLink("b", "a", duplicate=1.0)),
        ("skew", SetClock("b", skew_ms=200.0, drift_ppm=1000.0)),
    ],
)
def test_the_largest_choices_make_the_largest_fault(kind: str, fault: Fault) -> None:
    sample = draw_plan(lambda n: n - 1, [*"ab"], Budget(faults=1, menu=(kind,)))
    assert sample[0].fault == fault


def test_a_drawn_partition_separates_somebody() -> None:
    sample = begun(plans(Budget(menu=("partition",)), "ab", 40))
    assert sample
    assert all(len(fault.groups) == 2 and all(fault.groups) for fault in sample)  # type: ignore[attr-defined]


def test_one_node_alone_can_crash_and_pause() -> None:
    budget = Budget(menu=("crash", "pause", "crash_during", "skew"))
    assert all(random_plan(seed, ["a"], budget) for seed in range(30))


@pytest.mark.parametrize("seed", range(30))
def test_after_a_random_plan_everything_works_again(seed: int) -> None:
    plan = random_plan(seed, [*"abcd"], Budget(horizon_ms=100, faults=8))
    world: World = gossip_world(seed, plan).run(100)
    assert all(world.alive(name) and not world.paused(name) for name in "abcd")
    assert not any(wire.cut or wire.held or wire.parked for wire in world._engine.all_wires())
    assert world.expect(
        lambda w: all(len(node.state()["known"]) == 4 for node in w.nodes.values()),  # type: ignore[arg-type]
        within_ms=5_000,
    )
