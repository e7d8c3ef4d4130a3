"""The simulated world of a moment of a recording: states, pending events, faults in force, and the future."""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dscourse.node import Clock, Node, cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_store import RaftStore
from dscourse.protocols.stores import StoreClient
from dscourse.run import Cluster, Recording, replay, world
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Delay,
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
    Trace,
    Uniform,
    World,
    random_plan,
)
from tests.effort import chosen_seeds
from tests.run.nodes import Adder, Clocked, Ticking
from tests.run.nodes import Counter as Adding
from tests.run.simulated import recording_of

SERVERS = ("n1", "n2", "n3")
CELL = '''
from dataclasses import dataclass
from dscourse.node import Client, Message, Node, Timer

@dataclass(frozen=True, slots=True)
class Mark(Message):
    op: int

@dataclass(frozen=True, slots=True)
class Look(Timer):
    pass

class Board(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.marks, self.looks = [], 0
    def on_start(self, log):
        self.marks = list(log)
        self.set_timer(Look(), (5, 60))
    def on_look(self, timer):
        self.looks += 1
        self.seen_at = self.now
        self.set_timer(timer, (5, 60))
    def on_mark(self, sender, mark):
        self.marks.append((sender, mark.op, self.now))
        self.write(self.marks[-1])
        if sender not in self.peers:
            self.broadcast(mark)
            self.reply(sender, mark.op, len(self.marks))

class Marker(Client):
    def __init__(self, id, server):
        super().__init__(id)
        self.server = server
    def on_invoke(self, op):
        self.send(self.server, Mark(op.id))
    def on_reply(self, sender, reply):
        self.complete(reply.op, reply.result)
'''  # fmt: skip


def cell() -> list[Node]:
    """Nodes of classes that a notebook's cell defines."""
    module = types.ModuleType("__main__")
    exec(CELL, vars(module))
    marker: Any = vars(module)["Marker"]
    return [*cluster(vars(module)["Board"], 3), *(marker(f"c{n}", f"n{n}") for n in (1, 2))]


def quorum() -> list[Node]:
    clients = (StoreClient(f"c{n}", f"n{n}", 300.0) for n in (1, 2, 3))
    return [*cluster(QuorumStore, 3, resend_ms=50.0), *clients]


def raft() -> list[Node]:
    return [*cluster(RaftStore, 3), *(RaftClient(f"c{n}", SERVERS) for n in (1, 2))]


BUDGET = Budget(faults=5, horizon_ms=1_200, timeout_ms=150)
END_MS = 1_800
CLOCKS = {"n1": Clock(40, 200), "c1": Clock(-3)}


def started(nodes: list[Node], seed: int) -> World:
    """A world of this seed, in which the clients have work under a random plan of faults."""
    plan = random_plan(seed, SERVERS, BUDGET)
    network = Network(Uniform(0.1, 20), loss=0.02, duplicate=0.02)
    running = World(nodes, seed, network, plan, CLOCKS)
    for number, node in enumerate(nodes):
        if running.is_client(node.id):
            work = [(("write", "read")[turn % 2], "x", turn) for turn in range(10)]
            running.submit(node.id, work, start_ms=150 + number, think_ms=30)
    return running


def events(trace: Trace) -> dict[str, list[Any]]:
    """The events of each node, without their numbers: a continued world counts on from another one."""
    found: dict[str, list[Any]] = {}
    for event in trace.where(lambda one: one.kind != "fault"):
        detail = None if event.kind == "set_timer" else event.detail
        row = (event.time_ms, event.kind, event.peer, event.what, detail)
        found.setdefault(str(event.node), []).append(row)
    return found


def being(running: World, name: str) -> Any:
    """The whole of a node: up or not, its disk, its memory, and the reading of its clock."""
    state = running.nodes[name].state() if running.alive(name) else None
    now = running.nodes[name].now if running.alive(name) else None
    return running.alive(name), running.paused(name), running.log(name), state, now


def pending(running: World) -> Counter[Any]:
    """Timers and messages under way, but for those that wait for the end of a pause or for a held link."""
    return Counter(
        (one.kind, one.node, one.peer, one.what, one.due_ms)
        for one in running.pending()
        if one.kind in ("deliver", "timer")
        and not running.paused(one.node)
        and not (one.peer and running.link(one.peer, one.node).held)
    )


@pytest.mark.parametrize("nodes", [quorum, raft, cell])
def test_every_moment_of_a_run_is_that_world_and_goes_on_as_it_did_seeds(
    nodes: Callable[[], list[Node]],
) -> None:
    for seed in chosen_seeds(3):
        of_run = nodes()
        ran = started(of_run, seed).run(END_MS)
        recording = recording_of(ran, of_run, CLOCKS)
        assert recording.trace == ran.trace
        for at_ms in (Random(seed).uniform(0, END_MS), Random(~seed).choice(ran.trace).time_ms):
            then, again = started(of_run, seed).run(at_ms), world(recording, at_ms, rest=True)
            assert again.now_ms == then.now_ms
            for name in then.nodes:
                assert being(again, name) == being(then, name), (seed, at_ms, name)
            assert pending(again) == pending(then), (seed, at_ms)
            assert again.history == then.history
            links = [(a, b) for a in SERVERS for b in SERVERS if a != b]
            for ends in links:
                one, other = again.link(*ends), then.link(*ends)
                assert (one.cut, one.held, one.settings) == (other.cut, other.held, other.settings)
            assert events(again.run(END_MS).trace) == events(ran.trace), (seed, at_ms)


@pytest.fixture
def recording() -> Recording:
    """A run of the quorum store without faults, in which each message takes up to 10 ms."""
    nodes = quorum()
    running = World(nodes, 1, Network(Uniform(1, 10)))
    for client in ("c1", "c2", "c3"):
        running.submit(client, [("write", "x", client), ("read", "x")], start_ms=5, think_ms=10)
    return recording_of(running.run(), nodes)


def later(recording: Recording, ms: float) -> Recording:
    """The recording, with everything so much later: real processes start some time after the run has begun."""
    rows = {
        name: [[row[0], row[1] + round(ms * 1e6), *row[2:]] for row in stream]
        for name, stream in {**recording.streams, "": recording.observed}.items()
    }
    return replace(recording, observed=rows.pop(""), streams=rows)


def test_the_world_of_moment_0_is_a_world_of_the_same_nodes(recording: Recording) -> None:
    plan = [At(0, Lose("n1", "n2", "Query", 1)), At(0, Crash("n3")), At(40, Restart("n3"))]
    again = world(later(recording, 1), 0, plan)
    plain = World(quorum(), 1, Network(Uniform(1, 10)), plan)
    assert again.state_key(history=True, timed=True) == plain.state_key(history=True, timed=True)
    for running in (again, plain):
        running.submit("c1", [("write", "x", 1)], start_ms=3)
    assert again.run().trace == plain.run().trace


def test_the_store_finishes_what_was_open_at_any_moment(recording: Recording) -> None:
    for event in recording.trace.kinds("invoke"):
        again = world(recording, event.time_ms)
        assert any(op.status == "pending" for op in again.history)
        again.run()
        assert {op.status for op in again.history} == {"ok"}
        again.submit("c1", [("read", "x")]).run()
        begun = recording.until(event.time_ms).history
        last = max(op.id for op in begun if op.process == "c1")
        assert again.history[-1].id == last + 3


def test_the_end_of_a_recording_goes_on(recording: Recording) -> None:
    again = world(recording)
    assert again.trace == recording.trace
    assert again.now_ms == recording.end_us / 1000
    assert (
        again.submit("c2", [("read", "x")]).run().history[-1].result == recording.history[-1].result
    )


@pytest.mark.parametrize(
    "link",
    [
        {},
        {"fifo": True},
        {"reorder": 0.6, "reorder_by_ms": 40.0},
        {"duplicate": 0.5},
        {"loss": 0.3},
    ],
)
def test_after_its_end_a_recording_goes_on_as_its_network_and_seed_have_it(
    link: dict[str, Any],
) -> None:
    def ran(until_ms: float) -> World:
        running = World(raft(), 3, Network(Uniform(1, 25), **link))
        for client in ("c1", "c2"):
            running.submit(client, [("write", "x", client)], start_ms=5)
        return running.run(until_ms)

    whole = ran(500)
    sendings = [event.time_ms for event in whole.trace.kinds("send") if event.node in SERVERS]
    for at_ms in sendings[4:60:9]:
        again = world(recording_of(ran(at_ms), raft()), at_ms).run(500)
        assert events(again.trace) == events(whole.trace)


# --- faults of the future, and none of the past ---------------------------------------------------------


def under_way(recording: Recording) -> tuple[Any, float]:
    """A message to n2, and a moment between its sending and its arrival."""
    sent = next(e for e in recording.trace.kinds("send") if (e.node, e.peer) == ("n1", "n2"))
    arrived = next(e for e in recording.trace.kinds("deliver") if e.id == sent.id)
    return sent, (sent.time_ms + arrived.time_ms) / 2


@pytest.mark.parametrize(
    ("faults", "arrivals"),
    [
        ([], 1),
        ([Lose], 0),
        ([lambda *name: Delay(*name, latency_ms=30)], 1),
        ([lambda *name: Repeat(*name, latency_ms=50)], 2),
        ([Lose, lambda *name: Repeat(*name, latency_ms=50)], 1),
    ],
)
def test_a_message_under_way_can_still_be_lost_delayed_and_repeated(
    recording: Recording, faults: list[Any], arrivals: int
) -> None:
    sent, at_ms = under_way(recording)
    name = (sent.node, sent.peer, type(sent.what).__name__, 1)
    again = world(recording, at_ms, [At(0, fault(*name)) for fault in faults]).run()
    then = [event for event in recording.trace.kinds("deliver") if event.id == sent.id]
    now = [event for event in again.trace.kinds("deliver") if event.id == sent.id]
    assert len(now) == arrivals
    if not faults:
        assert [event.time_ms for event in now] == [event.time_ms for event in then]
    elif arrivals and faults[0] is not Lose:
        late = 30 if len(now) == 1 else 50
        assert now[-1].time_ms == pytest.approx(sent.time_ms + late)


def test_a_message_sent_later_is_named_by_its_number_in_the_whole_run(recording: Recording) -> None:
    sendings = [
        event
        for event in recording.trace.kinds("send")
        if (event.node, event.peer, type(event.what).__name__) == ("n1", "n2", "Query")
    ]
    assert len(sendings) > 1
    at_ms = (sendings[0].time_ms + sendings[1].time_ms) / 2
    again = world(recording, at_ms, [At(0, Lose("n1", "n2", "Query", 2))], rest=True).run()
    lost = [event for event in again.trace.kinds("drop") if event.detail == "dropped"]
    assert [event.what for event in lost] == [sendings[1].what]
    [arrived] = [e.time_ms for e in recording.trace.kinds("deliver") if e.id == sendings[0].id]
    too_late = world(recording, max(at_ms, arrived), [At(0, Lose("n1", "n2", "Query", 1))]).run()
    assert not too_late.trace.kinds("drop")


def test_a_recorded_fault_of_a_later_message_still_happens_to_it() -> None:
    nodes = quorum()
    running = World(nodes, 1, Network(Uniform(1, 10)), [At(0, Lose("n1", "n2", "Query", 2))])
    running.submit("c1", [("write", "x", 1), ("read", "x")], think_ms=10).run()
    recorded = recording_of(running, nodes)
    [lost] = running.trace.kinds("drop")
    for at_ms in (lost.time_ms / 2, lost.time_ms - 0.5):
        again = world(recorded, at_ms, rest=True).run()
        [drop] = again.trace.kinds("drop")
        assert (drop.time_ms, drop.what) == (lost.time_ms, lost.what)


def test_a_fault_of_the_past_is_refused(recording: Recording) -> None:
    with pytest.raises(ValueError, match=r"At\(5, Crash\('n1'\)\): what happened until 20 ms is"):
        world(recording, 20, [At(5, Crash("n1"))])
    with pytest.raises(LookupError, match="names 'z'"):
        world(recording, 20, [At(25, Crash("z"))])
    with pytest.raises(ValueError, match="at_ms=-1"):
        world(recording, -1)
    again = world(recording, 20, [At(20, Crash("n1"))]).run()
    assert [event.time_ms for event in again.trace.kinds("crash")] == [20]


def test_the_nodes_must_be_there_and_do_again_what_they_did(recording: Recording) -> None:
    with pytest.raises(
        ValueError, match=r"the nodes n1, n2, n3, c1, c2, c3 are missing: write Rec"
    ):
        world(replace(recording, nodes=None))
    other = {**(recording.nodes or {}), "n1": QuorumStore("n1", ["n2", "n3"], resend_ms=70.0)}
    with pytest.raises(ValueError, match=r"states are not known: .* ms, n1 handles Request\(.*70"):
        world(replace(recording, nodes=other))


# --- what real processes do, and worlds do not ------------------------------------------------------------


def adding(plan: list[At], network: Network | None = None) -> Recording:
    nodes: list[Node] = [*cluster(Ticking, ["a", "b"]), Adder("c", "a")]
    running = World(nodes, 0, network, plan).submit("c", [("add", None, 1)], start_ms=12)
    return recording_of(running.run(100), nodes)


def shifted(recording: Recording, kind: type, ms: float) -> Recording:
    """The recording, with the order to crash or restart so much earlier than its effect."""
    rows = [
        [row[0], row[1] - round(ms * 1e6), *row[2:]] if isinstance(row[4], kind) else row
        for row in recording.observed
    ]
    return replace(recording, observed=sorted(rows, key=lambda row: row[1]))


def test_a_crash_that_was_ordered_and_a_restart_under_way_happen_when_they_did() -> None:
    whole = adding([At(30, Crash("a")), At(60, Restart("a"))])
    slow = shifted(shifted(whole, Crash, 4), Restart, 10)
    assert [event.time_ms for event in world(slow, 28).run(100).trace.kinds("crash")] == [30]
    assert not world(slow, 25).run(100).trace.kinds("crash")
    restarted = world(slow, 55).run(100)
    assert [event.time_ms for event in restarted.trace.kinds("restart")] == [60]
    assert not world(slow, 45).run(100).trace.kinds("restart")
    both = shifted(slow, Restart, 23)
    again = world(both, 28).run(100)
    both_ways = again.trace.kinds("crash", "restart")
    assert [(e.kind, e.time_ms) for e in both_ways] == [("crash", 30), ("restart", 60)]


def test_a_restart_that_did_nothing_is_not_under_way_after_a_later_crash() -> None:
    whole = adding([At(10, Restart("a")), At(30, Crash("a"))])
    assert not world(whole, 40).run(100).trace.kinds("restart")


def test_what_a_link_had_decided_by_then_stays_so() -> None:
    whole = adding(
        [At(0, Lose("c", "a", "Add", 1)), At(0, Repeat("a", "c", "Reply", 1, latency_ms=9))]
    )
    rows = [
        [row[0], row[1] + 2_000_000, *row[2:]] if row[0] == "drop" else row
        for row in whole.observed
    ]
    slow = replace(whole, observed=rows)
    [sent] = [event.time_ms for event in whole.trace.kinds("send")]
    again = world(slow, sent + 1).run(150)
    assert [event.kind for event in again.trace if event.kind in ("drop", "deliver")] == ["drop"]


def test_a_handler_that_had_begun_has_all_its_effects_though_they_took_longer() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    whole = recording_of(World(nodes).submit("c", [("add", None, 7)], start_ms=5).run(), nodes)

    def later(name: str, kind: str) -> list[Any]:
        """The events of a node, those from the first of this kind on 4 ms later."""
        stream = whole.streams[name]
        first = next(n for n, event in enumerate(stream) if event[0] == kind)
        return [
            [row[0], row[1] + 4_000_000 * (n >= first), *row[2:]] for n, row in enumerate(stream)
        ]

    kinds = {"a": "write", "b": "deliver", "c": "deliver"}
    slow = replace(whole, streams={name: later(name, kind) for name, kind in kinds.items()})
    again = world(slow, 7)
    assert len(again.log("a")) == 1
    assert [event.time_ms for event in again.trace.kinds("write")] == [7]
    assert len(again.trace.kinds("send").where(lambda event: event.node == "a")) == 2
    arrivals = again.run().trace.kinds("deliver")
    assert [(event.node, event.time_ms) for event in arrivals] == [("a", 5), ("c", 9), ("b", 10)]
    assert len(again.trace.kinds("write")) == 1


def test_on_a_link_that_keeps_order_nothing_overtakes_what_is_under_way() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    running = World(nodes, 0, Network(Constant(2), fifo=True))
    running.submit("c", [("add", None, 1), ("add", None, 2)], start_ms=12, think_ms=5)
    whole = recording_of(running.run(), nodes)
    start, *rows = whole.streams["b"]
    late = [start, *([row[0], row[1] + 50_000_000, *row[2:]] for row in rows)]
    again = world(replace(whole, streams={**whole.streams, "b": late}), 13, rest=True).run()
    arrived = [event for event in again.trace.kinds("deliver") if event.node == "b"]
    assert [event.what.amount for event in arrived] == [1, 2]
    assert [event.time_ms for event in arrived] == [64, 64]


def test_what_waits_at_a_paused_node_is_handled_as_soon_as_it_goes_on() -> None:
    whole = adding([At(11, Pause("a")), At(60, Resume("a"))], Network(client=Link(Uniform(1, 2))))
    for at_ms, resumed_ms in [(20, 25), (20, 70), (12.5, 30)]:
        again = world(whole, at_ms, [At(resumed_ms, Resume("a"))]).run(100)
        [handled] = [event for event in again.trace.kinds("deliver") if event.node == "a"]
        assert handled.time_ms == resumed_ms
    kept_back = adding([At(11, Hold("c", "a")), At(60, Release("c", "a"))])
    again = world(kept_back, 20, [At(25, Release("c", "a"))]).run(100)
    assert [e.time_ms for e in again.trace.kinds("deliver") if e.node == "a"] == [25]


def test_a_message_on_a_link_that_is_held_and_then_cut_waits_there() -> None:
    faults = [
        At(5, Hold("c", "a")),
        At(20, Cut("c", "a")),
        At(60, Heal()),
        At(70, Release("c", "a")),
    ]
    whole = adding(faults)
    again = world(whole, 30, rest=True).run(150)
    assert [event.time_ms for event in again.trace.kinds("deliver") if event.node == "a"] == [70]
    assert not again.trace.kinds("drop")


def test_a_handler_that_was_cut_short_by_the_end_goes_on() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    whole = recording_of(World(nodes).submit("c", [("add", None, 7)], start_ms=5).run(), nodes)
    at = next(n for n, event in enumerate(whole.streams["a"]) if event[0] == "write")
    streams = {
        "a": whole.streams["a"][:at],
        "b": whole.streams["b"][:1],
        "c": whole.streams["c"][:3],
    }
    cut = replace(whole, streams=streams, observed=[])
    again = world(cut)
    assert [type(record).__name__ for record in again.log("a")] == ["Total"]
    assert again.run().history[0].result == 7
    assert len(again.trace.kinds("deliver").of("b")) == 1


def test_a_node_that_is_being_killed_in_its_handler_has_crashed() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    plan = [At(4, CrashDuring("a", 1))]
    running = World(nodes, plan=plan).submit("c", [("add", None, 7)], start_ms=5)
    whole = recording_of(running.run(50), nodes)
    *rows, crash = whole.streams["a"]
    late = [*rows, [crash[0], crash[1] + 5_000_000, *crash[2:]]]
    again = world(replace(whole, streams={**whole.streams, "a": late}), 7)
    assert not again.alive("a")
    assert len(again.log("a")) == 1
    assert not again.run(50).trace.kinds("deliver").where(lambda event: event.node == "b")


def test_a_record_that_only_the_next_start_reveals_is_on_the_disk_of_a_node_that_is_down() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    plan = [At(5, CrashDuring("a", 1)), At(30, Restart("a"))]
    running = World(nodes, plan=plan).submit("c", [("add", None, 7)], start_ms=5)
    whole = recording_of(running.run(50), nodes)
    row = next(event for event in whole.streams["a"] if event[0] == "write")
    unseen = [event for event in whole.streams["a"] if event is not row]
    revealed = [[*event[:4], [row[4]]] if event[0] == "restart" else event for event in unseen]
    again = world(replace(whole, streams={**whole.streams, "a": revealed}), 20)
    assert not again.alive("a")
    assert again.log("a") == running.log("a")
    again.apply(Restart("a"))
    assert again.nodes["a"].total == 7  # type: ignore[attr-defined]


def test_a_crash_ends_what_was_planned_within_a_handler_and_loses_its_records() -> None:
    nodes: list[Node] = [*cluster(Adding, ["a", "b"]), Adder("c", "a")]
    plan = [
        At(5, CrashDuring("a", 2)), At(20, Crash("a", lose=1)), At(22, Restart("a")), At(40, Crash("a", lose=1)),
    ]  # fmt: skip
    running = World(nodes, plan=[At(1, Pause("b")), *plan])
    running.submit("c", [("add", None, 1)]).submit("c", [("add", None, 2)], start_ms=30)
    recorded = recording_of(running.run(50), nodes)
    assert len(recorded.trace.kinds("write")) == 2
    again = world(recorded, 25, rest=True).run(50)
    assert events(again.trace) == events(recorded.trace)
    assert world(recorded, 35).log("a") != ()
    assert world(recorded).log("a") == running.log("a") == ()


def test_a_node_that_crashed_before_its_start_does_not_start() -> None:
    whole = adding([At(30, Crash("b"))])
    [crash] = [row for row in whole.streams["b"] if row[0] == "crash"]
    again = world(replace(whole, streams={**whole.streams, "b": [crash]})).run(150)
    assert "start" not in [event.kind for event in again.trace if event.node == "b"]
    assert "timer" in [event.kind for event in again.trace if event.node == "a"]


def test_a_clock_that_was_set_is_wrong_still() -> None:
    nodes: list[Node] = [Clocked("n1"), Adder("c", "n1")]
    running = World(nodes, plan=[At(5, SetClock("n1", 500))]).submit("c", [("add", None, 1)])
    again = world(recording_of(running.run(20), nodes))
    again.submit("c", [("add", None, 1)]).run()
    assert again.history[-1].result == recording_of(running, nodes).end_us / 1000 + 500


@pytest.mark.once
def test_a_live_run_is_the_same_world_at_every_moment() -> None:
    plan = [
        At(200, CrashDuring("n3", 1)), At(300, Pause("n1")), At(310, SetClock("n2", 50)), At(330, Cut("n3", "n2")),
        At(350, Crash("n2")), At(360, Partition({"n1"}, {"n2", "n3"})), At(600, Recover()),
    ]  # fmt: skip
    with Cluster(raft(), network=Network(Uniform(0, 2), loss=0.05), plan=plan) as running:
        for client in ("c1", "c2"):
            running.submit(client, [("write", "x", turn) for turn in range(12)], think_ms=10)
        running.run(20)
    recording = running.recording
    end_ms = recording.end_us / 1000
    for at_ms in (0, 250, 305, 340, 380, 605, 0.7 * end_ms, end_ms):
        then, again = recording.until(at_ms), world(recording, at_ms)
        nodes = replay(then).nodes
        for name, node in nodes.items():
            assert again.nodes[name].state() == node.state(), (at_ms, name)
        past = len(then.trace.kinds("deliver"))
        assert again.trace.kinds("deliver")[:past] == then.trace.kinds("deliver")[:]
    again.apply(Recover())
    again.run(again.now_ms + 20_000)
    assert all(op.status != "pending" for op in again.history)
