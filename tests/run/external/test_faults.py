"""Faults in real time: kills, pauses, cuts and losses reach the processes, and end with the requests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from dscourse.run import external
from dscourse.run.external import NEMESES, nemesis
from dscourse.sim.faults import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Delay,
    Heal,
    Hold,
    Lose,
    Partition,
    Pause,
    Release,
    Repeat,
    Restart,
    Resume,
    SetClock,
    SetLink,
    Submit,
)
from dscourse.sim.network import Exponential, Link, Network
from tests.effort import once
from tests.run.external.programs import SIMPLE, judged, needs, refuted, written

KEPT = [*SIMPLE, "kept-set"]
KILL = [At(40, Crash("n1")), At(70, Restart("n1"))]
live = [once, needs]


class Live:
    pytestmark = live


class TestKills(Live):
    def test_a_killed_node_finds_its_files_again(self) -> None:
        result = judged("g-set", KEPT, plan=KILL, settle=5, timeout_ms=100)
        assert result, result
        kinds = [event.kind for event in result.trace.of("n1")]
        assert kinds.index("crash") < kinds.index("restart")
        assert {event.detail for event in result.trace.kinds("drop")} <= {"crashed"}

    def test_a_node_without_a_file_loses_what_it_had(self) -> None:
        plan = [
            At(10, Cut("n1", "n0")),
            At(10, Cut("n1", "n2")),
            At(110, Crash("n1")),
            At(115, Restart("n1")),
        ]
        result = refuted("g-set", [*KEPT, "volatile"], plan=plan, timeout_ms=100)
        assert result.verdict.ok is False, result
        assert "is lost" in result.verdict.reason

    def test_each_node_has_a_folder_of_its_own(self, tmp_path: Path) -> None:
        assert judged("g-set", KEPT, folder=tmp_path / "here", seconds=0.1)
        assert sorted(path.parent.name for path in tmp_path.glob("here/*/elements.txt")) == [
            "n0",
            "n1",
            "n2",
        ]

    def test_nodes_may_run_in_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert judged("g-set", KEPT, own_folders=False, seconds=0.1)
        assert [path.name for path in tmp_path.iterdir()] == ["elements.txt"]

    def test_the_clients_of_a_killed_node_know_at_once_and_ask_its_next_process(
        self, tmp_path: Path
    ) -> None:
        code = "time.sleep(0.03) or ok(id=[me, os.getpid(), b['msg_id'], m['src']])"
        plan = [At(50, Crash("n0")), At(150, Restart("n0"))]
        result = judged(
            "unique-ids", written(tmp_path, code), nodes=1, plan=plan, concurrency=1, seconds=0.6
        )
        assert result, result
        down, up = (result.trace.kinds(kind)[0].time_ms for kind in ("crash", "restart"))
        assert [op.invoked_ms < down for op in result.history.unknown] in ([True], [])
        assert {down <= op.invoked_ms < up for op in result.history.failed} == {True}
        assert any(op.invoked_ms > up for op in result.history.ok)

    def test_a_node_that_repeats_itself_after_a_restart_is_refuted(self, tmp_path: Path) -> None:
        code = "n = globals().get('n', 0) + 1; ok(id=[me, n])"
        plan = [At(100, Crash("n1")), At(101, Restart("n1"))]
        result = refuted(
            "unique-ids", written(tmp_path, code), plan=plan, concurrency=3, seconds=0.6
        )
        assert result.verdict.ok is False, result


class TestPauses(Live):
    def test_a_paused_node_answers_later(self) -> None:
        plan = [At(20, Pause("n1")), At(120, Resume("n1"))]
        result = judged("g-set", [*SIMPLE, "g-set"], plan=plan, settle=5)
        assert result, result
        (pause,), (resume,) = result.trace.kinds("pause"), result.trace.kinds("resume")
        during = result.trace.of("n1").kinds("send").between(pause.time_ms + 5, resume.time_ms)
        assert len(during) == 0

    def test_a_fault_that_is_never_ended_ends_with_the_requests(self) -> None:
        plan = [At(50, Pause("n1")), At(50, Crash("n2")), At(50, Partition({"n0"}, {"n1", "n2"}))]
        result = judged("g-set", KEPT, plan=plan, settle=5, timeout_ms=100)
        assert result, result
        assert result.history.unknown or result.history.failed

    def test_a_fault_that_is_planned_too_late_does_not_count(self) -> None:
        plan = [At(50, Pause("n1")), At(60, Resume("n1")), At(10_000, Crash("n0"))]
        result = judged("echo", [*SIMPLE, "echo"], plan=plan)
        assert result.plan == tuple(plan[:2])
        assert result.remarks == ("1 planned fault came after the last request, and not at all",)
        assert not result.trace.kinds("crash")


class TestLinks(Live):
    def test_a_one_way_cut_stops_one_direction(self) -> None:
        result = judged(
            "g-set", [*SIMPLE, "g-set"], plan=[At(0, Cut("n0", "n1")), At(120, Heal())], settle=5
        )
        assert result
        lost = {(event.peer, event.node) for event in result.trace.kinds("drop")}
        assert lost == {("n0", "n1")}

    def test_losses_duplicates_and_held_messages(self) -> None:
        plan = [
            At(0, SetLink("n1", "n2", loss=0.5, duplicate=0.5)),
            At(0, Lose("n2", "n1", "merge", 1)),
            At(0, Hold("n0", "n2")),
            At(0, Repeat("n1", "n0", "merge", 1, 3)),
            At(0, Delay("n1", "n0", "merge", 2, 30)),
            At(110, Release("n0", "n2")),
        ]
        result = judged("g-set", [*SIMPLE, "g-set"], plan=plan, settle=5)
        assert result, result
        assert {event.detail for event in result.trace.kinds("drop")} == {"lost", "dropped"}
        assert len(result.trace.kinds("duplicate"))
        kept_back = result.trace.of("n2").kinds("deliver").where(lambda event: event.peer == "n0")
        assert all(event.time_ms >= 110 for event in kept_back)

    def test_messages_between_nodes_take_their_time_and_those_of_clients_none(self) -> None:
        network = Network(Exponential(1, minimum=20), links={("n0", "n1"): Link(loss=1.0)})
        result = judged("g-set", [*SIMPLE, "g-set"], network=network)
        sent = {event.id: event for event in result.trace.kinds("send")}
        delays = {
            event.id: event.time_ms - sent[event.id].time_ms
            for event in result.trace.kinds("deliver")
        }
        slow = [delays[n] for n in delays if sent[n].node[0] == sent[n].peer[0] == "n"]
        assert slow
        assert min(slow) >= 19.9
        assert {(event.peer, event.node) for event in result.trace.kinds("drop")} == {("n0", "n1")}

    def test_a_trace_is_causal(self) -> None:
        result = judged("g-set", [*SIMPLE, "g-set"])
        clocks = result.trace.vector_clocks()
        sent = {event.id: clocks[n] for n, event in enumerate(result.trace) if event.kind == "send"}
        for n, event in enumerate(result.trace):
            if event.kind == "deliver":
                before, after = sent[event.id], clocks[n]
                assert before is not None
                assert all((after or {}).get(node, 0) >= m for node, m in before.items())


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        (SetClock("n0", 5), "reads the system's clock"), (CrashDuring("n0", 1), "which effects"),
        (Submit("n0", "read"), "the workload alone"), (Crash("n0", lose=1), "loses no records"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_to_a_process_is_refused(fault: object, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        judged("echo", [sys.executable], plan=[At(0, fault)])  # type: ignore[arg-type]


def test_a_fault_of_a_node_that_is_not_there_is_refused() -> None:
    with pytest.raises(LookupError, match="the nodes are n0, n1, n2"):
        judged("echo", [sys.executable], plan=[At(0, Crash("n7"))])


@pytest.mark.parametrize("kind", NEMESES)
@pytest.mark.parametrize("nodes", [["n0"], ["n0", "n1", "n2"]])
def test_a_nemesis_begins_and_ends_in_turn(kind: str, nodes: Sequence[str]) -> None:
    plan = nemesis(kind, nodes, seconds=5, interval=1, seed=3)
    times = sorted({entry.ms for entry in plan})
    assert times == ([] if kind == "partition" and len(nodes) == 1 else [1000, 2000, 3000, 4000])
    assert plan == nemesis(kind, nodes, seconds=5, interval=1, seed=3)


def test_several_nemeses_at_once() -> None:
    assert {entry.ms for entry in nemesis(["kill", "pause"], ["n0", "n1"], 3, 1)} == {1000, 2000}
    with pytest.raises(ValueError, match="the kinds of fault are partition, kill"):
        nemesis("locusts", ["n0"], 3, 1)


def processes(mark: str) -> list[str]:
    """The processes whose command contains a text."""
    run = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in run.stdout.splitlines() if mark in line]


def within_10_s(happens: Callable[[], bool]) -> bool:
    """Wait until this happens, for at most 10 s; whether it did."""
    end = time.monotonic() + 10
    while not happens() and time.monotonic() < end:
        time.sleep(0.05)
    return happens()


STUBBORN = (
    "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(999)"
)


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, also where the tests run in a shell's background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class TestOrphans(Live):
    def test_no_process_outlives_a_test_that_was_killed(self, tmp_path: Path) -> None:
        mark = f"stubborn-{os.getpid()}"
        nodes = ["sh", "-c", f"{sys.executable} -c {STUBBORN!r} {mark} & wait"]
        code = f"from dscourse.run import external; external.test('echo', {nodes!r}, nodes=2, start=60)"
        environment = {
            **os.environ,
            "TMPDIR": str(tmp_path),
            "PYTHONPATH": str(Path(external.__file__).parents[3]),
        }
        with subprocess.Popen([sys.executable, "-c", code], env=environment) as parent:
            assert within_10_s(
                lambda: len(processes(mark)) == 5
            )  # the parent, two shells and two children
            assert len(list(tmp_path.iterdir())) == 1
            parent.kill()
        assert within_10_s(lambda: not processes(mark))
        assert within_10_s(lambda: not list(tmp_path.iterdir()))

    def test_an_interrupt_ends_the_nodes(self, tmp_path: Path) -> None:
        command = written(tmp_path, "os.kill(os.getppid(), 2); time.sleep(999)")
        with _interrupts(), pytest.raises(KeyboardInterrupt):  # the first of three, one per node
            judged("echo", command, seconds=5)
        assert within_10_s(lambda: not processes(str(tmp_path)))

    def test_a_test_runs_where_an_event_loop_runs(self) -> None:
        import asyncio

        async def inside() -> bool:
            return bool(judged("echo", [*SIMPLE, "echo"], seconds=0.05))

        assert asyncio.run(inside())


@pytest.mark.parametrize(
    ("platform", "part"), [("win32", "Windows lacks"), ("emscripten", "a browser cannot")]
)
def test_a_system_without_processes_says_so(
    monkeypatch: pytest.MonkeyPatch, platform: str, part: str
) -> None:
    monkeypatch.setattr("dscourse.run.limits.sys.platform", platform)
    with pytest.raises(RuntimeError, match=part):
        external.test("echo", [sys.executable])


def test_a_hub_can_switch_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSCOURSE_PROCESSES", "0")
    with pytest.raises(RuntimeError, match="switched off here"):
        external.test("echo", [sys.executable])
