"""The runs and recordings of chapter 17, and the claims of its text about them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dscourse.checkers import linearizable
from dscourse.experiments.acknowledgements import WAYS, journal, killed_writer, lost
from dscourse.experiments.real_processes import (
    RECORDED,
    leases,
    missed_write,
    recorded,
    simulated_storm,
    stopped_leader,
    two_writes_and_a_read,
)
from dscourse.experiments.real_time import late_ms, message_ms, restart_ms, spread
from dscourse.reproduction import reproduce
from dscourse.run import Cluster, replay
from dscourse.run import world as continued
from dscourse.sim import At, Crash, Cut, Delay, Network, Pause, Restart, Resume, World

MISSED = [At(500, Crash("n3")), At(1_500, Restart("n3"))]
SERVERS = ("n1", "n2", "n3")


# --- recordings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDED)
def test_a_recording_has_the_verdict_that_the_chapter_tells_and_replays(name: str) -> None:
    recording = recorded(name)
    assert linearizable(recording.history).ok is (name in ("quorum", "raft"))
    assert replay(recording), str(replay(recording))


def test_storms_kill_and_the_stopped_leader_is_stopped() -> None:
    for name in ("textbook", "quorum", "raft"):
        assert recorded(name).trace.kinds("crash"), name
        assert recorded(name).trace.kinds("pause"), name
    lease = recorded("lease")
    assert [event.node for event in lease.trace.kinds("pause")] == ["n1"]
    assert max(late_ms(lease)) > 500
    assert max(message_ms(lease)) > 500


def test_the_textbook_failure_needs_no_kill_but_one_late_message() -> None:
    small = reproduce(recorded("textbook"), linearizable).shrink()
    assert len(small.world.history) == 3
    assert not small.world.trace.kinds("crash")
    assert [type(entry.fault).__name__ for entry in small.plan].count("Delay") == 1
    assert small.verdict.ok is False


def test_times_are_those_of_the_run() -> None:
    raft = recorded("raft")
    assert len(message_ms(raft)) == len(raft.trace.kinds("deliver"))
    assert len(late_ms(raft)) == len(raft.trace.kinds("timer"))
    assert len(restart_ms(raft)) == len(raft.trace.kinds("restart"))
    assert min(*message_ms(raft), *late_ms(raft), *restart_ms(raft)) > 0
    assert spread([3.0, 1.0, 250.0]) == ["3 ms", "250 ms", "250 ms"]


# --- the same in the simulator --------------------------------------------------------------------


def test_simulated_storms_do_all_operations() -> None:
    for store, holds in (("quorum store", True), ("Raft", True)):
        world = simulated_storm(store)
        assert len(world.history) == 39
        assert linearizable(world.history).ok is holds


def test_a_paused_leader_of_the_simulator_ends_its_lease_before_the_read() -> None:
    apart = [Cut(*way) for one in SERVERS[1:] for way in (("n1", one), (one, "n1"))]
    plan = [At(2_100, fault) for fault in (Pause("n1"), *apart)] + [At(4_500, Resume("n1"))]
    world = World(leases(), network=Network(), plan=plan)
    world.submit("c1", [("write", "x", 1), ("read", "x")])
    world.submit("c2", [("write", "x", 2)], start_ms=2_200)
    history = world.submit("c1", [("read", "x")], start_ms=4_000).run(until_ms=6_000).history
    write, early, other, late = history
    assert (write.status, early.result, other.status) == ("ok", 1, "ok")
    assert other.returned_ms is not None
    assert other.returned_ms < late.invoked_ms
    assert late.result != 1


def test_a_write_is_missed_by_a_killed_replica_and_not_by_a_stopped_one() -> None:
    assert linearizable(two_writes_and_a_read(MISSED)).ok is False
    stopped = [At(500, Pause("n3")), At(1_500, Resume("n3"))]
    assert linearizable(two_writes_and_a_read(stopped)).ok is True


def test_a_late_put_after_the_restart_would_have_saved_the_read() -> None:
    recording = recorded("missed")
    killed, back = (recording.trace.kinds(kind)[0].time_ms for kind in ("crash", "restart"))
    results = []
    for latency_ms in (1.0, back - killed + 10):
        late = [At(0, Delay("n1", "n3", "Put", 2, latency_ms=latency_ms))]
        world = continued(recording, at_ms=killed + 0.5, rest=True, plan=late)
        world.run(until_ms=world.now_ms + 1_000)
        results.append(world.history[-1].result)
    assert results == [1, 2]


# --- processes ------------------------------------------------------------------------------------


@pytest.mark.once
def test_a_kill_takes_what_is_in_the_process_and_nothing_else() -> None:
    assert [killed_writer(way) for way in ("process", "system", "disk")] == [100, 0, 0]


@pytest.mark.once
@pytest.mark.parametrize("store", ["textbook store", "quorum store", "Raft"])
def test_one_kill_refutes_the_textbook_store_alone(store: str) -> None:
    history = missed_write(store).history
    assert linearizable(history).ok is (store != "textbook store"), str(history)


@pytest.mark.once
def test_the_plan_of_the_exercise_does_the_same_with_processes() -> None:
    assert linearizable(two_writes_and_a_read(MISSED, Cluster)).ok is False


@pytest.mark.once
def test_a_stopped_leader_is_recorded_and_replays() -> None:
    running = stopped_leader()
    assert running.trace.kinds("pause")
    assert len(running.history) == 4
    assert replay(running.recording)


# --- the model of acknowledgements ---------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_loses_what_has_not_got_far_enough_and_no_more(way: str, seed: int) -> None:
    writes = journal(way, 200, 4.0, 1_500, seed)
    assert len(writes) > 200
    assert all(write.asked_ms <= write.system_ms <= write.disk_ms for write in writes)
    for at_ms in range(0, 1_500, 50):
        killed, power = (lost(writes, at_ms, power) for power in (False, True))
        assert (killed > 0) <= (way == "process")
        assert (power > 0) <= (not way.startswith("disk"))
        young = [write for write in writes if at_ms - 1_105 <= write.acknowledged_ms <= at_ms]
        assert killed <= power <= len(young)
    assert lost(writes, 990, True) > 100 or way.startswith("disk")


def test_a_wait_serves_one_record_or_all_that_have_come() -> None:
    asked = 400
    for way, most in (("disk, one by one", 1), ("disk, in groups", 99)):
        writes = journal(way, asked, 5.0, 1_000)
        groups = [
            sum(one.disk_ms == end for one in writes) for end in {one.disk_ms for one in writes}
        ]
        assert max(groups) <= most
        assert (max(groups) > 1) is (most > 1)
        waits = sorted({(one.system_ms, one.disk_ms) for one in writes})
        assert all(end <= begin for (_, end), (begin, _) in pairwise(waits))
