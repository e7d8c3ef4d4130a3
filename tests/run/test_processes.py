"""Processes: none is left behind whatever happens, and every way in which one can fail is told in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dscourse.node import Node
from dscourse.run import Cluster
from dscourse.run.limits import check_processes, most_processes
from dscourse.sim import At, Crash, Network, Pause
from dscourse.sim.handlers import HandlerError
from tests.run.nodes import (
    Abandoning,
    Adder,
    Counter,
    Echo,
    Exiting,
    Failing,
    Forking,
    Hidden,
    Late,
    Leaving,
    Lost,
    Ticking,
    Unloadable,
)

once = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


def alive(process: int) -> bool:
    """Return True if there is such a process, other than one that has ended and waits for its parent."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends between open and read
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def gone(processes: list[int], folder: Path) -> bool:
    """Wait until none of these processes is left, and nothing is in the folder."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if not any(map(alive, processes)) and not list(folder.iterdir()):
            return True
        time.sleep(0.01)
    return False


SCRIPT = """
import os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from dscourse.run import Cluster
from dscourse.sim import At, Pause
from tests.run.nodes import Adder, Counter, Ticking

nodes = [Ticking("n1", ["n2"]), Ticking("n2", ["n1"]), Adder("c", "n1")]
with Cluster(nodes, plan=[At(0, Pause("n2"))], folder=sys.argv[1]) as running:
    running.run(0.2)
    assert running.paused("n2")
    if "--fork" in sys.argv and not os.fork():
        time.sleep(30)
        os._exit(0)
    print(*(running.pid(name) for name in running.nodes), running._session._supervisor._guardian.pid, flush=True)
    {end}
"""


def started(folder: Path, end: str, *options: str) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a script with a cluster, one node of it paused; return it, and its nodes' processes and guardian."""
    script = SCRIPT.replace("{end}", textwrap.indent(end, "    ").strip())
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate()[1])
    return process, [int(word) for word in line.split()]


ENDS = {
    "it ends": ("pass", 0, None),
    "exception": ("raise ValueError('an error of the script')", 1, None),
    "os._exit": ("os._exit(7)", 7, None),
    "Ctrl-C": ("running.run(1_000)", None, signal.SIGINT),
    "SIGTERM": ("running.run(1_000)", None, signal.SIGTERM),
    "SIGKILL": ("running.run(1_000)", None, signal.SIGKILL),
    "SIGKILL while a child of it lives on": (
        "running.run(1_000)", None, signal.SIGKILL,
    ),
}  # fmt: skip


@once
@pytest.mark.parametrize("end", ENDS)
def test_no_process_and_no_folder_is_left(tmp_path: Path, end: str) -> None:
    statement, code, number = ENDS[end]
    forks = end.endswith("lives on")
    process, others = started(tmp_path, statement, *(["--fork"] if forks else []))
    try:
        assert len(others) == 4
        if number is not None:
            assert list(tmp_path.iterdir())
            assert all(map(alive, others))
            process.send_signal(number)
        status = process.wait(PATIENCE_S)
        assert status == code if code is not None else status != 0
        assert gone(others, tmp_path)
    finally:
        os.killpg(process.pid, signal.SIGKILL) if forks else process.kill()
        process.communicate()


@once
def test_a_killed_guardian_ends_the_run(tmp_path: Path) -> None:
    with (  # noqa: PT012
        pytest.raises(RuntimeError, match="guardian of this run's processes was killed"),
        Cluster([Ticking("n1"), Ticking("n2")], folder=tmp_path) as running,
    ):
        supervisor: Any = running._session._supervisor
        processes = [running.pid("n1"), running.pid("n2")]
        os.kill(supervisor._guardian.pid, signal.SIGKILL)
        running.run(20)
    assert gone(processes, tmp_path)


@once
def test_a_cluster_that_is_dropped_unclosed_is_cleaned_up_at_the_end_of_its_process(
    tmp_path: Path,
) -> None:
    script = (
        "import sys; from dscourse.run import Cluster; from tests.run.nodes import Ticking\n"
        "running = Cluster([Ticking('n1')], folder=sys.argv[1]).__enter__().run(0.1)\nprint(running.pid('n1'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE_S,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    assert gone([int(run.stdout)], tmp_path)


# --- nodes that fail -------------------------------------------------------------------------------------


def failing(kind: type[Counter], tmp_path: Path, **options: Any) -> str:
    """The error of a run with a node of this kind; nothing is left of it."""
    with pytest.raises(RuntimeError) as raised:  # noqa: SIM117 - the error may come from either
        with Cluster([kind("n1"), Adder("c", "n1")], folder=tmp_path, **options) as running:
            running.submit("c", [("add", None, 5)]).run(20)
    assert list(tmp_path.iterdir()) == []
    return str(raised.value)


@once
def test_a_node_that_dies_at_its_start_shows_its_standard_error(tmp_path: Path) -> None:
    error = failing(Unloadable, tmp_path)
    assert error.startswith(
        "the process of 'n1' ended with exit status 1; its standard error ends:\n    Traceback"
    )
    assert error.endswith("ValueError: this state is no good")


@once
@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAX_EVENTS", "has more than 300 events: the nodes never rest"),
        ("MAX_BYTES", "of more than 300 bytes"),
    ],
)
def test_a_run_that_grows_too_large_ends_though_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(f"dscourse.run.switch.{limit}", 300)
    with (  # noqa: PT012
        pytest.raises(RuntimeError, match=words),
        Cluster([Ticking("n1", ["n2"]), Ticking("n2", ["n1"])], folder=tmp_path) as running,
    ):
        processes = [running.pid("n1") or 0, running.pid("n2") or 0]
        running._session.ask(running._switch.begin, [])
        until = time.monotonic() + PATIENCE_S
        while any(map(alive, processes)) and time.monotonic() < until:
            time.sleep(0.01)
        assert not any(map(alive, processes))
        running.run(1)


@once
def test_a_node_that_is_not_ready_in_time_is_named(tmp_path: Path) -> None:
    assert failing(Late, tmp_path, start_s=1).startswith("'n1' was not ready within 1 s")


@once
def test_a_node_that_ends_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    error = failing(Exiting, tmp_path)
    assert (
        error
        == "the process of 'n1' ended with exit status 3; its standard error ends:\n    out of here"
    )


@once
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Failing, "while it handled Add(op=0, amount=5): cannot add 5\nTraceback"),
        (
            Lost,
            "while it handled Add(op=0, amount=5): no node is called 'nobody': the nodes are c, n1",
        ),
    ],
)
def test_an_exception_in_a_handler_is_an_error_with_the_trace(
    kind: type[Counter], words: str
) -> None:
    with (
        pytest.raises(HandlerError) as raised,
        Cluster([kind("n1"), Adder("c", "n1")]) as running,
    ):
        running.submit("c", [("add", None, 5)]).run(20)
    assert words in str(raised.value)
    assert [event.kind for event in raised.value.trace.of("n1")][-1] == "error"


@once
def test_a_value_of_a_class_that_no_node_names_is_refused_with_advice() -> None:
    with (
        Cluster([Echo("n1"), Adder("c", "n1")]) as running,
        pytest.raises(
            TypeError,
            match=r"Hidden cannot be sent or stored: .* write Cluster\(…, types=\[Hidden\]\)",
        ),
    ):
        running.submit("c", [("add", None, Hidden(1))])
    with Cluster([Echo("n1"), Adder("c", "n1")], types=[Hidden]) as running:
        running.submit("c", [("add", None, Hidden(1))]).run(20)
    assert running.history[0].result == Hidden(1)


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"nodes": []}, ValueError, "needs at least 1 node"),
        ({"nodes": [Ticking("a"), Ticking("a")]}, ValueError, "two nodes are called 'a'"),
        ({"nodes": Ticking}, TypeError, "a list is required"),
        ({"nodes": [Ticking("a", ["b"])]}, LookupError, "no node is called 'b'"),
        ({"plan": [Crash("a")]}, TypeError, "is a list of At"),
        ({"plan": [At(1, Pause("z"))]}, LookupError, "names 'z'"),
        ({"plan": At(1, Pause("a"))}, TypeError, "a list is required"),
        ({"network": 5}, TypeError, "a Network is required"),
        ({"clocks": {"a": 5}}, TypeError, "a Clock is required"),
        ({"clocks": {"z": None}}, TypeError, "a Clock is required"),
        ({"seed": "x"}, TypeError, "a whole number is required"),
        ({"types": [int]}, TypeError, "types: <class 'int'>: a frozen dataclass"),
        ({"types": 5}, TypeError, "types=5: a list of classes is required"),
        ({"start_s": 0}, ValueError, "start_s=0: a number of seconds is required, above 0"),
        (
            {"folder": "/no/such/folder"},
            ValueError,
            "folder='/no/such/folder': a folder that exists is required",
        ),
    ],
)
def test_a_wrong_argument_is_refused_in_words(
    arguments: dict[str, Any], error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        Cluster(**{"nodes": [Ticking("a"), Ticking("b")], **arguments})


class Holding(Node):
    """Holds what no other process can have; a copy shares it."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.lock = _Shared()


class _Shared:
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> _Shared:
        return self


def test_nodes_that_cannot_be_given_to_a_process_are_refused() -> None:
    with pytest.raises(TypeError, match=r"cannot be (given to other processes|copied)"):
        Cluster([Holding("a")])


@once
def test_wrong_calls_are_refused_in_words() -> None:
    running = Cluster([Ticking("n1"), Adder("c", "n1")], network=Network())
    with pytest.raises(RuntimeError, match="not open: write with Cluster"):
        running.run(1)
    with running:
        for seconds in (0, -1, float("nan"), "5", None):
            with pytest.raises(ValueError, match="a number of seconds is required, above 0"):
                running.run(seconds)  # type: ignore[arg-type]
        with pytest.raises(RuntimeError, match="nothing can fail before the first run"):
            running.apply(Crash("n1"))
        with pytest.raises(LookupError, match="no node is called 'z'"):
            running.alive("z")
        with pytest.raises(LookupError, match="no node is called 'z'"):
            running.submit("z", [("add",)])
        with pytest.raises(TypeError, match="'n1' is no client"):
            running.submit("n1", [("add",)])
        with pytest.raises(TypeError, match="a function of the cluster is required"):
            running.expect(True)  # type: ignore[arg-type]
        with pytest.raises(LookupError, match="names 'z'"):
            running.apply(Crash("z"))
        assert "open" in repr(running)
    for call in (lambda: running.run(1), lambda: running.apply(Crash("n1"))):
        with pytest.raises(RuntimeError, match="closed: its processes have ended"):
            call()
    with pytest.raises(RuntimeError, match="opened before: make another one"):
        running.__enter__()
    running.close()


# --- limits ------------------------------------------------------------------------------------------------


def test_a_hub_can_allow_fewer_processes_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [Ticking(f"n{number}") for number in range(3)]
    monkeypatch.setenv("DSCOURSE_PROCESSES", "2")
    with pytest.raises(ValueError, match="3 nodes: a run has at most 2 processes"):
        Cluster(nodes)
    Cluster(nodes[:2])
    monkeypatch.setenv("DSCOURSE_PROCESSES", "0")
    with pytest.raises(
        RuntimeError, match=r"switched off here \(DSCOURSE_PROCESSES=0\); World\(nodes\)"
    ):
        Cluster(nodes[:1])
    monkeypatch.setenv("DSCOURSE_PROCESSES", "many")
    with pytest.raises(
        ValueError, match="DSCOURSE_PROCESSES='many': a number of processes is required"
    ):
        Cluster(nodes[:1])
    monkeypatch.delenv("DSCOURSE_PROCESSES")
    assert most_processes() == 32


@pytest.mark.parametrize(
    ("platform", "words"),
    [("win32", "Windows lacks .* SIGSTOP"), ("emscripten", "a browser cannot")],
)
def test_a_system_without_processes_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, platform: str, words: str
) -> None:
    monkeypatch.setattr("dscourse.run.limits.sys.platform", platform)
    with pytest.raises(RuntimeError, match=f"{words}.*; take a World"):
        check_processes(1, "take a World")


# --- what nodes start --------------------------------------------------------------------------------------


needs_marks = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="no environment of a process that left its group"
)


@once
@pytest.mark.parametrize("kind", [Forking, pytest.param(Leaving, marks=needs_marks)])
def test_the_children_of_a_node_end_with_it(tmp_path: Path, kind: type[Node]) -> None:
    with Cluster([kind("n1"), Ticking("n2")], folder=tmp_path) as running:
        assert running.expect(lambda run: bool(run.log("n1")), PATIENCE_S)
        child = running.log("n1")[0].amount
        process = running.pid("n1")
        assert alive(child)
        running.apply(Crash("n1"))
        assert running.expect(lambda run: not run.alive("n1"), PATIENCE_S)
        if kind is Leaving:
            assert alive(child)
        else:
            assert running.expect(lambda run: not alive(child), PATIENCE_S)
    assert gone([process, child], tmp_path)


@once
def test_a_node_that_ends_while_its_child_lives_is_noticed(tmp_path: Path) -> None:
    error = failing(Abandoning, tmp_path)
    assert error.startswith("the process of 'n1' ended with exit status 4")
