"""A recorded run as a plan: under it, a simulated world does the same, handler by handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dscourse.node import Clock, Node, cluster
from dscourse.run import Cluster, Recording, as_plan
from dscourse.run.planning import Script
from dscourse.sim import (
    At,
    Constant,
    Crash,
    CrashDuring,
    Delay,
    Expire,
    Link,
    Lose,
    Network,
    Partition,
    Pause,
    Repeat,
    Restart,
    Submit,
    Trace,
    Uniform,
    World,
)
from tests.effort import chosen_seeds
from tests.run.nodes import Adder, Ticking
from tests.run.nodes import Counter as Adding
from tests.run.simulated import recording_of
from tests.run.test_continuing import CLOCKS, END_MS, cell, quorum, raft, started


def planned(recording: Recording) -> World:
    clocks = {name: Clock(*clock) for name, clock in recording.clocks.items()}
    world = World((recording.nodes or {}).values(), plan=as_plan(recording), clocks=clocks)
    return world.run(Script(recording).end_us / 1000)


def inputs(trace: Trace) -> dict[str, list[Any]]:
    """The inputs of each node, in its order."""
    kinds = trace.kinds("start", "restart", "deliver", "timer", "invoke", "crash")
    return {
        name: [(one.kind, one.peer, one.what) for one in kinds if one.node == name]
        for name in trace.nodes
    }


@pytest.mark.parametrize("nodes", [quorum, raft, cell])
def test_the_nodes_handle_the_same_and_end_up_the_same_seeds(
    nodes: Callable[[], list[Node]],
) -> None:
    for seed in chosen_seeds(3):
        of_run = nodes()
        ran = started(of_run, seed).run(END_MS)
        again = planned(recording_of(ran, of_run, CLOCKS))
        assert inputs(again.trace) == inputs(ran.trace), seed
        assert [(op.process, op.f, op.status, op.result) for op in again.history] == [
            (op.process, op.f, op.status, op.result) for op in ran.history
        ]
        for name in ran.nodes:
            assert again.alive(name) == ran.alive(name)
            assert len(again.log(name)) == len(ran.log(name)), (seed, name)
            if nodes is cell:  # its records hold times, and one may be 1 µs later
                continue
            assert again.log(name) == ran.log(name), (seed, name)
            if ran.alive(name):
                assert again.nodes[name].state() == ran.nodes[name].state(), (seed, name)


def ticking(plan: list[At], until_ms: float = 40) -> Recording:
    nodes: list[Node] = [*cluster(Ticking, ["a", "b"]), Adder("c", "a")]
    running = World(nodes, 0, Network(Uniform(1, 2)), plan)
    running.submit("c", [("add", None, 1), ("add", None, 2)], start_ms=12, think_ms=5)
    return recording_of(running.run(until_ms), nodes)


def test_a_pause_is_the_delay_of_what_was_handled_after_it() -> None:
    plan = as_plan(ticking([At(12, Pause("a"))]))
    assert {type(entry.fault) for entry in plan} == {Delay, Expire, Submit}
    delays = [entry.fault for entry in plan if isinstance(entry.fault, Delay)]
    assert [(one.source, one.to, one.message, one.nth) for one in delays] == [("c", "a", "Add", 1)]
    assert delays[0].latency_ms > 40 - 12  # it was under way at the end


def test_a_partition_is_the_loss_of_what_it_stopped() -> None:
    plan = as_plan(ticking([At(5, Partition({"a"}, {"c"}))]))
    assert Lose("c", "a", "Add", 1) in [entry.fault for entry in plan]
    assert not any(isinstance(entry.fault, Partition | Delay) for entry in plan)


def test_a_copy_is_a_repeated_message() -> None:
    plan = as_plan(ticking([At(0, Repeat("c", "a", "Add", 1, latency_ms=9))]))
    faults = [entry.fault for entry in plan if isinstance(entry.fault, Delay | Repeat)]
    [first, second] = [fault for fault in faults if fault.name == ("c", "a", "Add", 1)]
    assert isinstance(first, Delay)
    assert second == Repeat("c", "a", "Add", 1, latency_ms=9)


def test_an_operation_is_left_out_with_the_messages_that_it_caused() -> None:
    recording = ticking([])
    first, second = (op.id for op in recording.history)
    whole, rest = as_plan(recording), as_plan(recording, without=[first])
    assert [e.fault for e in whole if isinstance(e.fault, Submit)] == [
        Submit("c", "add", None, 1), Submit("c", "add", None, 2),
    ]  # fmt: skip
    assert [entry.fault for entry in rest if isinstance(entry.fault, Submit)] == [
        Submit("c", "add", None, 2)
    ]
    kept = [entry.fault for entry in rest if isinstance(entry.fault, Delay)]
    moved = [entry.fault for entry in whole if isinstance(entry.fault, Delay) and entry.fault.nth == 2]  # fmt: skip
    assert [replace(one, nth=2) for one in kept] == moved
    assert {type(entry.fault) for entry in as_plan(recording, [first, second])} <= {Expire}


def test_a_node_that_was_killed_in_a_handler_has_written_what_its_next_start_reveals() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    plan = [At(5, CrashDuring("a", 1)), At(30, Restart("a"))]
    network = Network(Constant(1), client=Link(Constant(1)))
    running = World(nodes, 0, network, plan).submit("c", [("add", None, 7)], start_ms=4).run(50)
    whole = recording_of(running, nodes)
    assert At(5, CrashDuring("a", 1)) in as_plan(whole)
    row = next(event for event in whole.streams["a"] if event[0] == "write")
    unseen = [event for event in whole.streams["a"] if event is not row]
    revealed = [[*event[:4], [row[4]]] if event[0] == "restart" else event for event in unseen]
    again = planned(replace(whole, streams={**whole.streams, "a": revealed}))
    assert again.log("a") == running.log("a") != ()
    assert [event.node for event in again.trace.kinds("send")] == ["c"]


def test_an_operation_ends_when_its_end_was_recorded() -> None:
    nodes: list[Node] = [Adding("a"), Adder("c", "a"), Adder("d", "a")]
    running = World(nodes).submit("c", [("add", None, 1)], start_ms=5)
    whole = recording_of(running.submit("d", [("add", None, 2)], start_ms=6).run(), nodes)
    first, second = planned(whole).history
    assert first.returned is not None
    assert first.returned < second.invoked
    rows = [
        [row[0], row[1] + 3_000_000, *row[2:]] if row[0] == "ok" else row
        for row in whole.streams["c"]
    ]
    late = replace(whole, streams={**whole.streams, "c": rows})
    first, second = planned(late).history
    assert first.concurrent(second)
    assert first.returned_ms == 8


def test_handlers_at_the_end_that_must_keep_their_order_happen_too() -> None:
    nodes: list[Node] = [Adding("a"), *(Adder(f"c{n}", "a") for n in range(4))]
    running = World(nodes)
    for number in range(4):
        running.submit(f"c{number}", [("add", None, number)], start_ms=5)
    again = planned(recording_of(running.run(), nodes))
    assert [op.status for op in again.history] == ["ok"] * 4


def test_a_handler_that_the_end_cut_short_has_no_further_effect_within_the_run() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    network = Network(Constant(1), client=Link(Constant(1)))
    running = World(nodes, 0, network).submit("c", [("add", None, 7)], start_ms=4).run(50)
    whole = recording_of(running, nodes)
    at = next(n for n, event in enumerate(whole.streams["a"]) if event[0] == "write")
    cut = {"a": whole.streams["a"][:at], "b": whole.streams["b"][:1], "c": whole.streams["c"][:3]}
    late = [["fault", 30_000_000, None, None, Pause("b"), 0, None]]  # the run went on
    again = planned(replace(whole, streams=cut, observed=late))
    assert {event.node for event in again.trace.kinds("deliver")} == {"a"}
    assert again.history[0].status == "pending"


@pytest.mark.once
def test_a_live_run_with_every_kind_of_fault_is_reproduced() -> None:
    plan = [
        At(200, CrashDuring("n3", 1)), At(300, Pause("n1")), At(350, Crash("n2")),
        At(360, Partition({"n1"}, {"n2", "n3"})), At(400, Restart("n3")),
    ]  # fmt: skip
    with Cluster(raft(), network=Network(Uniform(0, 2), loss=0.05), plan=plan) as running:
        running.submit("c1", [("write", "x", turn) for turn in range(20)], think_ms=10).run(2)
    recording = running.recording
    again = planned(recording)
    for name, handled in inputs(recording.trace).items():
        assert inputs(again.trace)[name][: len(handled)] == handled
