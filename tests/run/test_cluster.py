"""Real processes: the same nodes, faults, histories and traces as in the simulator."""

from __future__ import annotations

import stat
from collections import Counter as Tally
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dscourse.checkers import linearizable
from dscourse.node import Clock, cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.run import Cluster
from dscourse.run.merge import in_order
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Heal,
    Hold,
    Link,
    Lose,
    Network,
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
    Uniform,
)
from dscourse.sim.network import Constant
from dscourse.sim.trace import Trace
from tests.run.nodes import Add, Added, Adder, Clocked, Counter, Echo, Ticking, Total

pytestmark = pytest.mark.once

SOON = Network(Constant(0))


def one_counter(kind: type[Counter] = Counter) -> list[Any]:
    return [kind("n1", ["n2"]), Counter("n2", ["n1"]), Adder("c", "n1")]


def adds(*amounts: int) -> list[tuple[str, None, int]]:
    return [("add", None, amount) for amount in amounts]


def fates(trace: Trace, kind: str) -> Tally[str]:
    """The numbers of messages of this type that were sent, delivered, lost and doubled."""
    return Tally(event.kind for event in trace if type(event.what).__name__ == kind)


# --- a store with faults, looked at from all sides -----------------------------------------------------


@pytest.fixture(scope="module")
def store() -> Iterator[Cluster]:
    """A run of the quorum store in which one replica crashes and another is paused."""
    nodes = [
        *cluster(QuorumStore, 3),
        *(StoreClient(name, at, timeout_ms=5_000) for name, at in (("c1", "n1"), ("c2", "n3"))),
    ]
    plan = [At(30, Pause("n3")), At(60, Crash("n2")), At(90, Resume("n3")), At(95, Restart("n2"))]
    with Cluster(nodes, network=Network(Uniform(0, 2)), plan=plan) as running:
        for number, name in enumerate(("c1", "c2")):
            work = [(("write", "read")[turn % 2], "x", 10 * turn + number) for turn in range(30)]
            running.submit(name, work, think_ms=4)
        running.run(10)
        yield running


def test_the_history_goes_to_the_same_judges(store: Cluster) -> None:
    history = store.history
    assert len(history) == 60
    assert len(history.ok) > 40
    assert linearizable(history).ok is True


def test_the_trace_tells_what_happened(store: Cluster) -> None:
    trace = store.trace
    assert [event.what for event in trace.kinds("fault")] == [entry.fault for entry in store.plan]
    assert [event.node for event in trace.kinds("crash", "restart")] == ["n2", "n2"]
    assert [event.kind for event in trace.kinds("pause", "resume")] == ["pause", "resume"]
    times = [event.time_ms for event in trace]
    assert times == sorted(times)
    assert "n2       crashes" in str(trace)


def test_every_delivery_has_one_sending_before_it(store: Cluster) -> None:
    sent: dict[int, Any] = {}
    for event in store.trace:
        if event.kind == "send":
            assert event.id not in sent
            sent[event.id] = event
        elif event.kind in ("deliver", "drop"):
            begun = sent.pop(event.id)
            assert (begun.node, begun.peer, begun.what) == (event.peer, event.node, event.what)
    assert len(sent) < 10  # on their way when the run ended


def test_a_paused_node_does_nothing(store: Cluster) -> None:
    trace = store.trace
    pause, resume = trace.kinds("pause", "resume")
    between = trace.of("n3").between(pause.time_ms, resume.time_ms)
    assert [event.kind for event in between if event.kind not in ("drop", "duplicate")] == [
        "pause",
        "resume",
    ]


def test_the_recorded_vector_clocks_order_events_as_the_trace_does(store: Cluster) -> None:
    recording, names = store.recording, list(store.nodes)
    recorded = [event[2] for node, event in in_order(recording.streams, recording.observed) if node]
    clocks = [
        clock
        for event, clock in zip(store.trace, store.trace.vector_clocks(), strict=True)
        if clock is not None and event.kind not in ("pause", "resume")
    ]
    skipped = [event for event in store.recording.observed if event[0] in ("pause", "resume")]
    assert len(skipped) == 2
    cancelled = [
        e for s in recording.streams.values() for e in s if e[0] == "cancel_timer" and not e[3]
    ]
    assert len(recorded) == len(clocks) + len(cancelled)
    if not cancelled:
        chosen = range(0, len(clocks), 17)
        for one in chosen:
            for other in chosen:
                below = all(recorded[one][n] <= recorded[other][n] for n in range(len(names)))
                assert below == all(
                    clocks[one].get(name, 0) <= clocks[other].get(name, 0) for name in names
                )


def test_the_past_of_an_answer_holds_its_request(store: Cluster) -> None:
    trace = store.trace
    answer = trace.kinds("ok")[-1]
    past = trace.past(answer)
    assert any(event.kind == "invoke" and event.id == answer.id for event in past)
    assert any(event.kind == "write" for event in past)


def test_the_run_can_be_drawn(store: Cluster) -> None:
    assert "<svg" in spacetime(store.trace.between(0, 40)).svg


def test_the_log_is_what_was_written(store: Cluster) -> None:
    written = [event.what for event in store.trace.of("n2").kinds("write")]
    assert list(store.log("n2")) == written
    assert written
    assert store.recording.sync_times_ms


# --- crashes and restarts --------------------------------------------------------------------------------


def test_a_killed_node_starts_again_with_its_log() -> None:
    with Cluster(one_counter(), network=SOON) as running:
        first = running.pid("n1")
        running.submit("c", adds(1, 2)).run(10)
        running.apply(Crash("n1"))
        running.apply(Restart("n1"))
        assert running.expect(lambda _: len(running.trace.kinds("restart")) == 1)
        running.submit("c", adds(4)).run(10)
        assert running.pid("n1") != first
    assert [op.result for op in running.history] == [1, 3, 7]
    assert running.log("n1") == (Total(1), Total(3), Total(7))
    assert [event.id for event in running.trace.kinds("restart")] == [2]


def test_records_that_the_disk_forgets_are_gone() -> None:
    with Cluster(one_counter(), network=SOON) as running:
        running.submit("c", adds(1, 2)).run(10)
        running.apply(Crash("n1", lose=1))
        assert running.expect(lambda _: not running.alive("n1"))
        running.apply(Restart("n1"))
        assert running.expect(lambda _: len(running.trace.kinds("restart")) == 1)
        running.submit("c", adds(4)).run(10)
    assert [op.result for op in running.history] == [1, 3, 5]
    assert running.log("n1") == (Total(1), Total(5))


@pytest.mark.parametrize(("after", "log", "sent"), [(0, 0, 0), (1, 1, 0), (2, 1, 1)])
def test_a_node_crashes_after_any_effect_of_a_handler(after: int, log: int, sent: int) -> None:
    """Its handler writes, tells its peer, and replies."""
    with Cluster(one_counter(), plan=[At(0, CrashDuring("n1", after))], network=SOON) as running:
        running.submit("c", adds(1))
        assert running.expect(lambda _: not running.alive("n1"))
    assert len(running.log("n1")) == log
    assert fates(running.trace, "Added")["send"] == sent
    assert [op.status for op in running.history] == ["pending"]


def test_the_operation_of_a_killed_client_is_unknown_and_the_next_one_waits() -> None:
    slow = Network(client=Link(Constant(10_000)))
    with Cluster(one_counter(), network=slow) as running:
        running.submit("c", adds(1, 2))
        assert running.expect(lambda _: len(running.history) == 1)
        running.apply(Crash("c"))
        running.apply(Restart("c"))
        assert running.expect(lambda _: len(running.history) == 2)
    assert [(op.status, op.result) for op in running.history] == [
        ("unknown", "crashed"),
        ("pending", None),
    ]


# --- links -----------------------------------------------------------------------------------------------


def test_links_are_cut_held_and_healed() -> None:
    with Cluster(one_counter(), plan=[At(0, Partition({"n1"}, {"n2"}))], network=SOON) as running:
        running.submit("c", adds(0)).run(10)
        for faults in (
            [Heal(), Hold("n1", "n2")],
            [Release("n1", "n2"), Cut("n1", "n2")],
            [Recover()],
        ):
            for fault in faults:
                running.apply(fault)
            running.submit("c", adds(len(running.history))).run(10)
        assert running.expect(lambda _: fates(running.trace, "Added")["deliver"] == 2)
    trace = running.trace
    release = next(event for event in trace.kinds("fault") if event.what == Release("n1", "n2"))
    arrivals = {event.what.amount: event.index for event in trace.of("n2").kinds("deliver")}
    assert set(arrivals) == {1, 3}
    assert arrivals[1] > release.index
    assert [event.detail for event in trace.kinds("drop")] == ["cut", "cut"]


def test_messages_are_lost_doubled_and_late_as_the_network_says() -> None:
    plan = [At(0, Lose("n1", "n2", "Added", 2)), At(0, Repeat("n1", "n2", "Added", 3, 5))]
    with Cluster(one_counter(), plan=plan, network=Network(Constant(20))) as running:
        running.submit("c", adds(1, 2, 3)).run(10)
        running.apply(SetLink("n1", "n2", loss=1.0))
        running.submit("c", adds(4)).run(10)
        running.apply(SetLink("n1", "n2", duplicate=1.0, loss=0.0))
        running.apply(Submit("c", "add", None, 9))
        assert running.expect(lambda _: fates(running.trace, "Added")["deliver"] == 5)
    assert fates(running.trace, "Added") == {"send": 5, "deliver": 5, "drop": 2, "duplicate": 2}
    first = [event for event in running.trace.kinds("send", "deliver") if event.what == Added(1)]
    assert first[1].time_ms - first[0].time_ms >= 20


def test_the_same_messages_are_lost_as_in_a_world_of_the_same_seed() -> None:
    from dscourse.sim import World

    network = Network(Constant(0), loss=0.5)
    world = World(one_counter(), 3, network).submit("c", adds(*range(20))).run()
    with Cluster(one_counter(), 3, network) as running:
        running.submit("c", adds(*range(20))).run(10)
    lost = [
        [event.what.amount for event in trace.kinds("drop")]
        for trace in (world.trace, running.trace)
    ]
    assert lost[0] == lost[1] != []


# --- clocks and time -------------------------------------------------------------------------------------


def test_a_node_reads_its_own_clock() -> None:
    with Cluster(one_counter(Clocked), clocks={"n1": Clock(skew_ms=5_000)}) as running:
        running.submit("c", adds(1)).run(10)
        running.apply(SetClock("n1", -900_000))
        running.submit("c", adds(1)).run(10)
    first, second = running.history
    assert first.invoked_ms + 5_000 <= first.result <= first.returned_ms + 5_000
    assert second.invoked_ms - 900_000 <= second.result <= second.returned_ms - 900_000


def test_timers_fire_and_a_fast_clock_makes_them_early() -> None:
    """A clock that runs ten times as fast: a delay of 5 ms is over after 0.5 ms."""
    nodes = [Ticking("n1", ["n2"]), Ticking("n2", ["n1"]), Adder("c", "n1")]
    with Cluster(nodes, clocks={"n1": Clock(drift_ppm=9_000_000)}) as running:
        assert running.expect(lambda _: {"n1", "n2"} <= set(running.trace.kinds("timer").nodes))
        running.run(0.1)
    for event in running.trace.kinds("timer"):
        delay = 0.5 if event.node == "n1" else 5.0
        begun = next(e for e in running.trace.kinds("set_timer") if e.id == event.id)
        assert event.time_ms >= begun.detail - 0.001
        assert begun.detail - begun.time_ms == pytest.approx(delay, abs=0.002)
    ticks = Tally(event.node for event in running.trace.kinds("timer"))
    assert ticks["n1"] > ticks["n2"] > 0


def test_processes_go_on_between_two_calls_and_faults_can_be_applied() -> None:
    with Cluster([Ticking("n1"), Adder("c", "n1")]) as running:
        running.run(0.1)
        before = len(running.trace.kinds("timer"))
        assert running.expect(lambda _: len(running.trace.kinds("timer")) > before)
        running.apply(Pause("n1"))
        assert running.paused("n1")
        running.apply(Crash("n1"))
        assert running.expect(lambda _: not running.alive("n1"))
        assert (running.pid("n1"), running.paused("n1")) == (None, False)
        assert running.now_ms >= 100


def test_the_folder_is_private_and_removed(tmp_path: Path) -> None:
    with Cluster(one_counter(), folder=tmp_path) as running:
        (folder,) = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        running.submit("c", adds(1)).run(10, progress=True)
    assert list(tmp_path.iterdir()) == []
    assert running.history[0].result == 1  # the record stays
    assert Add(0, 1) in [event.what for event in running.trace]


def test_a_large_value_passes_whole() -> None:
    text = "x" * 3_000_000
    with Cluster([Echo("n1"), Adder("c", "n1")]) as running:
        running.submit("c", [("add", None, text)]).run(10)
    assert running.history[0].result == text


def test_the_end_of_a_run_loses_no_message() -> None:
    nodes = [*cluster(Counter, ["a", "b"]), Adder("c", "a")]
    with Cluster(nodes, network=Network(Constant(30))) as running:
        running.submit("c", [("add", None, 1)]).run(20)
        assert running.history[0].status == "ok"
    assert len(running.trace.kinds("send")) > len(running.trace.kinds("deliver"))
    assert not running.trace.kinds("drop")
