"""Sweeps on a Dask cluster: workers are real processes on loopback, which die, are cancelled and have other code.

Functions and classes come from a module without a file, as those of a notebook do: they travel by value.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dscourse import sweep
from dscourse.core.properties import PropertyError
from dscourse.sim import At, Budget, random_plan
from dscourse.sweep import cluster as client_side
from dscourse.sweep import settings as chooser
from dscourse.sweep import worker as worker_side
from tests.effort import once

distributed = pytest.importorskip("distributed")
pytestmark = once

NOTEBOOK = """
import os
import threading
import time

from dscourse.node import Message, Node, cluster
from dscourse.sim import World
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hello(Message):
    number: int


class Greeter(Node):
    def on_start(self, log):
        self.heard = 0
        self.broadcast(Hello(1))

    def on_hello(self, sender, hello):
        self.heard += hello.number


class TooLate(Exception):
    pass


def all_heard(plan):
    world = World(cluster(Greeter, ["a", "b"]), plan=plan).run(until_ms=50)
    return all(getattr(node, "heard", 0) for node in world.nodes.values())


def late(number):
    if number >= 30:
        raise TooLate("for number", number)
    return number


def kills(number):
    if number == 5:
        os.kill(os.getpid(), 9)
    return number


def pid(number):
    return os.getpid()


def slow_pid(number):
    time.sleep(0.02)
    return os.getpid()


def touches(path):
    with open(path, "a") as file:
        file.write(".")
    time.sleep(0.02)


def prints(number):
    print("a world says", number)
    return number
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of two worker processes with one thread each, on loopback, without a dashboard."""
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1",
            memory_limit=None, silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):  # fmt: skip
        yield connected


@pytest.fixture(scope="module")
def cell() -> ModuleType:
    """A cell of a notebook, as a module."""
    module = ModuleType("__main__")
    exec(compile(NOTEBOOK, "<cell>", "exec"), module.__dict__)
    return module


def test_results_come_in_the_order_of_the_settings(client: Any) -> None:
    offset = 7
    expected = [offset + number for number in range(500)]
    assert sweep.over(range(500), lambda number: offset + number) == expected
    assert sweep.over(range(500), lambda number: offset + number, jobs="cluster") == expected


def test_the_first_settings_may_take_longest(client: Any) -> None:
    def run(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    settings = [0.3, *[0.0] * 40]
    assert sweep.over(settings, run) == settings


def test_the_current_client_does_the_work_unless_jobs_says_otherwise(
    client: Any, cell: ModuleType
) -> None:
    workers = set(client.run(os.getpid).values())
    assert set(sweep.over(range(20), cell.pid)) <= workers
    assert sweep.over(range(2), cell.pid, jobs=1) == [os.getpid()] * 2


def test_a_sweep_within_a_sweep_stays_on_its_worker(client: Any) -> None:
    def run(number: int) -> tuple[list[int], int]:
        return sweep.over(range(3), lambda _: os.getpid()), os.getpid()

    for inner, own in sweep.over(range(6), run):
        assert inner == [own] * 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_search_finds_the_same_wherever_it_runs(
    client: Any, cell: ModuleType, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Classes of nodes and messages are those of a notebook."""
    submit, names = client.submit, list(client.scheduler_info()["workers"])[:workers]
    monkeypatch.setattr(
        client, "submit", lambda *given, **named: submit(*given, workers=names, **named)
    )
    budget = Budget(horizon_ms=40, timeout_ms=20)
    here = sweep.search(cell.all_heard, ["a", "b"], budget, range(150), jobs=1)
    there = sweep.search(cell.all_heard, ["a", "b"], budget, range(150))
    assert 0 < here.failed < 150
    assert (there, repr(there), there._repr_html_()) == (here, repr(here), here._repr_html_())


def test_the_first_exception_in_order_arrives_with_its_setting(
    client: Any, cell: ModuleType
) -> None:
    with pytest.raises(cell.TooLate) as caught:
        sweep.over(range(200), cell.late)
    assert caught.value.args == ("for number", 30)
    assert caught.value.__notes__ == ["raised for setting 30 of the sweep (the first is 0): 30"]
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "late"


def test_a_run_that_raises_leaves_nothing_in_the_workers_logs(
    client: Any, cell: ModuleType
) -> None:
    with pytest.raises(cell.TooLate):
        sweep.over([30], cell.late)
    assert "Compute Failed" not in str(client.get_worker_logs())
    direct = client.submit(cell.late, 30)  # Dask's own way
    with pytest.raises(cell.TooLate):
        direct.result()
    assert "Compute Failed" in str(client.get_worker_logs())


def test_a_judge_that_raises_keeps_its_plan(client: Any) -> None:
    def reads_all(plan: list[At]) -> bool:
        return {}["x"]  # type: ignore[no-any-return]

    with pytest.raises(PropertyError, match="'reads all' raised KeyError: 'x'") as caught:
        sweep.search(reads_all, ["a", "b"], seeds=[7, 8])
    assert caught.value.schedule == tuple(random_plan(7, ["a", "b"]))


class OddError(Exception):
    """An exception that cannot be built from its arguments again."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f"{number} is {text}")


def test_an_exception_that_cannot_travel_is_described(client: Any) -> None:
    def run(number: int) -> int:
        raise OddError(number, "odd")

    with pytest.raises(RuntimeError, match=r"the run raised OddError\('4 is odd'\)") as caught:
        sweep.over([4], run)
    assert "setting 0 of the sweep" in caught.value.__notes__[0]


def test_a_run_cannot_end_its_worker_by_an_exit(client: Any) -> None:
    before = client.run(os.getpid)
    with pytest.raises(RuntimeError, match=r"the run raised SystemExit\(3\)"):
        sweep.over([1], lambda number: sys.exit(3))
    assert client.run(os.getpid) == before


LOCK = threading.Lock()


@pytest.mark.parametrize(
    ("settings", "run", "message"),
    [
        ([1], LOCK.acquire, "run=.* cannot be sent to another process: .*lock"),
        ([1, LOCK], repr, "a setting cannot be sent to another process: .*lock"),
        (
            [1, 2],
            lambda number: threading.Lock(),
            "the result .* cannot be sent to another process",
        ),
    ],
)
def test_what_cannot_be_sent_is_named(
    client: Any, settings: list[Any], run: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        sweep.over(settings, run)


def test_no_settings_give_no_results(client: Any) -> None:
    assert sweep.over([], repr) == []
    assert sweep.over(iter(()), repr) == []


def test_a_generator_is_read_as_work_is_sent(client: Any) -> None:
    """At most a bounded number of settings is ahead of the results."""
    numbers: list[int] = []

    def settings() -> Iterator[int]:
        for number in range(100_000):
            numbers.append(number)
            yield number

    computed = chooser.in_order(settings(), repr, None, False)
    assert next(computed) == "0"
    computed.close()
    assert len(numbers) <= 200


def test_a_generator_that_raises_ends_the_sweep(client: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        sweep.over((1 / (3 - number) for number in range(9)), repr)
    assert sweep.over([1], repr) == ["1"]


def test_few_tasks_carry_many_settings(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    submit, tasks = client.submit, []
    monkeypatch.setattr(
        client, "submit", lambda *given, **named: (tasks.append(1), submit(*given, **named))[1]
    )
    assert sum(sweep.over(range(50_000), lambda number: 1)) == 50_000
    assert len(tasks) < 500


def test_the_bar_counts_runs_that_have_ended(
    client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep.over(range(40), repr, progress=True)
    assert "40/40" in capsys.readouterr().err


def test_a_run_that_prints_disturbs_nothing(client: Any, cell: ModuleType) -> None:
    assert sweep.over(range(3), cell.prints) == [0, 1, 2]


def test_a_worker_that_is_killed_is_replaced(client: Any, cell: ModuleType) -> None:
    victim = next(iter(client.run(os.getpid).values()))
    killer = threading.Timer(0.3, os.kill, (victim, signal.SIGKILL))
    killer.start()
    pids = sweep.over(range(100), cell.slow_pid)
    killer.join()
    assert len(pids) == 100
    assert set(pids) - {victim}


def test_a_run_that_kills_every_worker_is_an_error(client: Any, cell: ModuleType) -> None:
    with pytest.raises(RuntimeError, match=r"4 workers died, .* setting.*: a run ends its worker"):
        sweep.over(range(8), cell.kills)
    client.wait_for_workers(2)
    assert sweep.over(range(3), repr) == ["0", "1", "2"]


def test_an_interrupt_cancels_what_is_under_way(
    client: Any, cell: ModuleType, tmp_path: Path
) -> None:
    path = str(tmp_path / "touched")

    def interrupted() -> Iterator[str]:
        yield from [path] * 20
        while not os.path.exists(path):
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep.over(interrupted(), cell.touches)
    assert sweep.over(range(2), repr) == ["0", "1"]
    sizes = []
    while len(sizes) < 2 or sizes[-1] != sizes[-2]:  # a run that had begun may end
        sizes.append(os.path.getsize(path))
        time.sleep(0.2)
    assert sizes[-1] < 20
    assert not client.processing() or not any(client.processing().values())


def test_an_interrupt_of_all_processes_leaves_the_workers_alone(client: Any) -> None:
    """Jupyter interrupts a kernel and its child processes alike."""
    sweep.over([1], repr)
    before = client.run(os.getpid)
    for pid in before.values():
        os.kill(pid, signal.SIGINT)
    assert sweep.over(range(3), repr) == ["0", "1", "2"]
    assert client.run(os.getpid) == before


def test_a_batch_ends_between_two_runs(client: Any, cell: ModuleType, tmp_path: Path) -> None:
    path = str(tmp_path / "touched")
    arguments = (
        worker_side.edition(),
        worker_side.dumps(cell.touches),
        worker_side.dumps([path] * 500),
        0,
    )
    future = client.submit(worker_side.compute, *arguments, pure=False)
    while not os.path.exists(path):
        time.sleep(0.01)
    future.cancel()
    assert sweep.over(range(4), repr) == ["0", "1", "2", "3"]
    sizes = [-1, os.path.getsize(path)]
    while sizes[-1] != sizes[-2]:
        time.sleep(0.2)
        sizes.append(os.path.getsize(path))
    assert sizes[-1] < 500


def test_a_worker_with_other_code_is_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_side, "edition", lambda: "dscourse 0.0.9, CPython 3.4")
    with pytest.raises(
        RuntimeError,
        match=r"a worker has dscourse .* and this computer dscourse 0.0.9, CPython 3.4",
    ):
        sweep.over(range(3), repr)


def test_of_two_clients_the_one_in_use_does_the_work(client: Any) -> None:
    with (
        distributed.LocalCluster(
            n_workers=1,
            processes=False,
            dashboard_address="127.0.0.1:0",
            protocol="inproc",
            memory_limit=None,
        ) as cluster,
        distributed.Client(cluster),
    ):
        assert sweep.over([0], lambda _: os.getpid()) == [os.getpid()]
        with client.as_current():
            assert sweep.over([0], lambda _: os.getpid()) != [os.getpid()]
    assert sweep.over([0], lambda _: os.getpid(), jobs=1) == [os.getpid()]


def test_a_cluster_without_workers_is_an_error_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_side, "PATIENCE_S", 0.0)
    monkeypatch.setattr(client_side, "_ROUND_S", 0.05)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address="127.0.0.1:0", protocol="inproc"
        ) as cluster,
        distributed.Client(cluster),
        pytest.raises(RuntimeError, match="no running worker for 0 s: 0 are known"),
    ):
        sweep.over(range(3), repr)


def test_a_client_that_closes_ends_the_sweep(cell: ModuleType) -> None:
    with distributed.LocalCluster(
        n_workers=1, processes=False, dashboard_address="127.0.0.1:0", protocol="inproc"
    ) as cluster:
        connected = distributed.Client(cluster)
        threading.Timer(0.2, connected.close).start()
        early = pytest.raises(RuntimeError, match="has ended early: its client was closed")
        with early, connected.as_current():
            sweep.over(range(1_000), cell.slow_pid)


WITHOUT = """
import sys
sys.modules["distributed"] = sys.modules["dask"] = None
from dscourse import sweep
print(sweep.over(range(3), lambda number: number + 1), sweep.search(lambda plan: True, ["a", "b"], seeds=range(2)))
try:
    sweep.over(range(3), repr, jobs="cluster")
except ImportError as error:
    print(error)
"""


def test_what_a_notebook_defines_travels_to_processes_of_joblib(cell: ModuleType) -> None:
    arguments: tuple[Any, ...] = (["a", "b"], Budget(horizon_ms=40, timeout_ms=20), range(30))
    here = sweep.search(cell.all_heard, *arguments, jobs=1)
    assert here.failed
    assert sweep.search(cell.all_heard, *arguments, jobs=2) == here


def test_without_dask_sweeps_run_here_and_say_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "[1, 2, 3] survived 2 fault plans",
        "jobs='cluster' needs Dask, which is not installed: pip install \"dscourse[cluster]\"",
    ], done.stderr


def test_without_a_client_a_cluster_is_refused() -> None:
    script = "from dscourse import sweep; sweep.over([1], repr, jobs='cluster')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "RuntimeError: jobs='cluster': there is no Dask client here" in done.stderr
