"""The contents of a diagram, read from traces of known runs."""

from __future__ import annotations

import math

import pytest

from dscourse.node import Client, Node
from dscourse.show.scene import Scene, read_scene, setting_text
from dscourse.sim import (
    At,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    HandlerError,
    Heal,
    Hold,
    Network,
    Partition,
    Pause,
    Recover,
    Release,
    Restart,
    Resume,
    SetClock,
    SetLink,
    World,
)
from tests.sim.worlds import gossip_world, pipe, store_world


def scene_of(
    plan: list[tuple[float, Fault]], until_ms: float | None = None, **source: float
) -> Scene:
    """``a`` sends five numbers to ``b``, one every 10 ms, each 1 ms under way, under these faults."""
    settings: dict[str, float] = {"count": 5, "every_ms": 10, **source}
    return read_scene(
        pipe(plan=[At(ms, fault) for ms, fault in plan], **settings).run(until_ms).trace
    )


def test_a_message_goes_from_its_sending_to_its_delivery() -> None:
    scene = scene_of([])
    assert [(a.sent.time_ms, a.end_ms, a.lost, a.copy) for a in scene.arrows] == [
        (10.0 * i, 10.0 * i + 1, None, False) for i in range(5)
    ]


def test_what_is_not_delivered_yet_is_under_way() -> None:
    assert [a.end is None for a in scene_of([], until_ms=10.5).arrows] == [False, True]
    assert scene_of([], until_ms=0.5).arrows[0].end_ms == math.inf


@pytest.mark.parametrize(
    ("plan", "reason", "at_once"),
    [
        ([(5, Cut("a", "b"))], "cut", True),
        ([(10.5, Cut("a", "b")), (15, Heal())], "cut", False),
        ([(5, Crash("b")), (15, Restart("b"))], "crashed", False),
        ([(5, SetLink("a", "b", loss=1.0))], "lost", True),
    ],
)
def test_a_lost_message_and_why(
    plan: list[tuple[float, Fault]], reason: str, at_once: bool
) -> None:
    lost = scene_of(plan).arrows[1]
    assert (lost.lost, lost.noticed_at_once) == (reason, at_once)


def test_a_second_copy_is_told_from_the_first() -> None:
    world = pipe(network=Network(Constant(1), duplicate=1.0), count=1)
    assert [arrow.copy for arrow in read_scene(world.run().trace).arrows] == [False, True]


def test_spells_last_from_crash_to_restart_and_from_pause_to_resume() -> None:
    plan = [(2, Crash("b")), (12, Restart("b")), (20, Pause("b")), (25, Resume("b"))]
    spells = scene_of([*plan, (30, Pause("b")), (35, Crash("b"))]).spells
    assert [(s.text, s.start.time_ms, s.end and s.end.time_ms) for s in spells] == [
        ("b down", 2, 12), ("b paused", 20, 25), ("b paused", 30, 35), ("b down", 35, None),
    ]  # fmt: skip


def test_a_crash_in_the_middle_of_a_handler_begins_a_spell() -> None:
    spells = scene_of([(5, CrashDuring("a", after=1))]).spells
    assert [(spell.text, spell.start.time_ms) for spell in spells] == [("a down", 10)]


@pytest.mark.parametrize(
    ("begin", "end", "text", "whole"),
    [
        (Partition({"a"}, {"b"}), Heal(), "partition: a | b", True),
        (Partition({"a"}, {"b"}), Recover(), "partition: a | b", True),
        (Cut("a", "b"), Heal(), "cut: a → b", False),
        (Cut("a", "b"), Heal("a", "b"), "cut: a → b", False),
        (Hold("a", "b"), Release("a", "b"), "held: a → b", False),
        (Hold("a", "b"), Recover("a", "b"), "held: a → b", False),
    ],
)
def test_bands_last_until_what_ends_them(begin: Fault, end: Fault, text: str, whole: bool) -> None:
    (band,) = scene_of([(5, begin), (15, end)]).bands
    assert (band.text, band.start.time_ms, band.whole) == (text, 5, whole)
    assert band.end is not None
    assert band.end.time_ms == 15


@pytest.mark.parametrize(
    ("begin", "other"),
    [
        (Cut("a", "b"), Heal("b", "a")),
        (Hold("a", "b"), Heal()),
        (Hold("a", "b"), Release("b", "a")),
        (Partition({"a"}, {"b"}), Recover("a")),
        (Partition({"a"}, {"b"}), SetLink(loss=0.1)),
    ],
)
def test_bands_outlast_what_does_not_end_them(begin: Fault, other: Fault) -> None:
    (band,) = scene_of([(5, begin), (15, other)]).bands
    assert band.end is None


def test_a_link_that_is_cut_in_both_directions_for_the_same_time_is_one_band() -> None:
    def bands(*ends: float) -> list[tuple[str, float | None]]:
        begins: list[tuple[float, Fault]] = [(5, Cut("a", "b")), (5, Cut("b", "a"))]
        heals = [(end, Heal(*way)) for end, way in zip(ends, ("ab", "ba"), strict=False)]
        found = scene_of([*begins, *heals]).bands
        return [(band.text, band.end and band.end.time_ms) for band in found]

    assert bands(15, 15) == [("cut: a – b", 15)]
    assert bands() == [("cut: a – b", None)]
    assert bands(15, 16) == [("cut: a → b", 15), ("cut: b → a", 16)]


def test_each_hold_needs_its_own_release() -> None:
    plan: list[tuple[float, Fault]] = [
        (1, Hold("a", "b")),
        (2, Hold("b", "a")),
        (3, Release("b", "a")),
    ]
    assert [(b.text, b.end and b.end.time_ms) for b in scene_of(plan).bands] == [
        ("held: b → a", 3), ("held: a → b", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (SetLink("a", "b", loss=0.5), "a → b: loss=0.5"),
        (SetLink(duplicate=0.1, loss=0.2), "every link: duplicate=0.1, loss=0.2"),
        (SetLink("a", "b"), "a → b: as at the start"),
        (SetClock("a", skew_ms=50), "clock of a: +50 ms"),
        (SetClock("a", skew_ms=-2.5, drift_ppm=100), "clock of a: -2.5 ms, +100 ppm"),
    ],
)
def test_settings_in_words(fault: SetLink | SetClock, text: str) -> None:
    assert setting_text(fault) == text
    assert [event.what for event in scene_of([(5, fault)]).settings] == [fault]


def test_marks_are_what_happens_at_a_node() -> None:
    trace = store_world(1).run().trace
    kinds = ("timer", "write", "crash", "restart", "error")
    assert list(read_scene(trace).marks) == [event for event in trace if event.kind in kinds]


def test_a_choice_of_nodes_keeps_what_is_between_them() -> None:
    plan = [At(20, Partition({"a"}, {"b", "c", "d"})), At(30, Crash("c"))]
    scene = read_scene(gossip_world(3, plan).run(60).trace).of(["a", "b"])
    assert {a.sent.node for a in scene.arrows} == {a.sent.peer for a in scene.arrows} == {"a", "b"}
    assert {mark.node for mark in scene.marks} <= {"a", "b"}
    assert scene.spells == ()
    assert len(scene.bands) == 1


def test_a_stretch_keeps_what_goes_on_in_it() -> None:
    plan = [(2, Crash("b")), (12, Restart("b")), (20, Pause("b"))]
    scene = scene_of([*plan, (41, Cut("a", "b"))]).between(10.5, 40.5)
    assert sorted((a.sent.time_ms, a.end_ms) for a in scene.arrows) == [
        (10, 11), (20, math.inf), (30, math.inf), (40, 41),
    ]  # fmt: skip
    assert [spell.text for spell in scene.spells] == ["b down", "b paused"]
    assert scene.bands == ()
    assert {mark.kind for mark in scene.marks} == {"timer", "restart"}
    assert all(10.5 <= mark.time_ms <= 40.5 for mark in scene.marks)


def test_a_stretch_keeps_operations_under_way() -> None:
    scene = read_scene(store_world(2).run().trace)
    for low in range(0, 200, 7):
        kept = scene.between(low, low + 3).operations
        assert set(kept) == {
            op for op in scene.operations
            if not (op.invoked_ms > low + 3 or (op.returned_ms is not None and op.returned_ms < low))
        }  # fmt: skip


def test_a_handler_that_raises_leaves_a_mark() -> None:
    class Broken(Node):
        def on_start(self, log: object) -> None:
            raise RuntimeError("no")

    with pytest.raises(HandlerError) as caught:
        World([Broken("a")]).run()
    assert [mark.kind for mark in read_scene(caught.value.trace).marks] == ["error"]


def test_an_empty_trace_is_an_empty_scene() -> None:
    assert read_scene(World([Client("c")]).trace) == Scene((), (), (), (), (), ())
