"""The command ``dscourse maelstrom``: options, exit status and output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from dscourse.checkers.verdict import Verdict
from dscourse.course import maelstrom
from dscourse.course.command import main
from dscourse.history import History
from dscourse.run import external
from dscourse.run.external import Result, topology
from dscourse.sim.network import Constant, Exponential, Uniform
from dscourse.sim.trace import Trace
from tests.effort import once
from tests.run.external.programs import SIMPLE, needs

NODE = ["maelstrom", "-w", "echo", "--bin", "./node"]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of the test that the command runs; ``ok`` is the verdict that it gets."""
    asked: dict[str, Any] = {"ok": True}

    def test(workload: str, command: list[str], **settings: Any) -> Result:
        asked.update(settings, workload=workload, command=command)
        verdict = Verdict("right", asked["ok"])
        return Result("echo", ("n0",), verdict, (), History(), Trace(), 0, 0, None, (), 0)

    monkeypatch.setattr(external, "test", test)
    return asked


def test_names_are_those_that_there_are() -> None:
    assert set(maelstrom.WORKLOADS) == set(external.WORKLOADS)
    assert set(maelstrom.TOPOLOGIES) == set(topology.TOPOLOGIES)
    assert set(maelstrom.NEMESES) == set(external.NEMESES)


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1), (None, 2)])
def test_the_exit_status_says_the_verdict(
    called: dict[str, Any], ok: bool | None, status: int
) -> None:
    called["ok"] = ok
    assert main(NODE) == status


def test_defaults_are_maelstroms(called: dict[str, Any]) -> None:
    main(["maelstrom", "test", "--bin", "./node"])
    assert called["workload"] == "lin-kv"
    assert called["nodes"] == ["n1", "n2", "n3", "n4", "n5"]
    assert (called["rate"], called["seconds"], called["concurrency"]) == (5, 60, 5)
    assert (called["latency"], called["topology"], called["plan"]) == (Constant(0), "grid", "")
    assert called["consistency_models"] == ["strict-serializable"]
    assert (called["folder"], called["own_folders"]) == (None, False)


def test_the_options_of_a_challenge_are_understood(called: dict[str, Any]) -> None:
    line = (
        "maelstrom test -w txn-rw-register --bin ~/go/bin/node --node-count 2 --concurrency 2n "
        "--time-limit 20 --rate 1000 --consistency-models read-uncommitted,read-committed "
        "--availability total --nemesis partition,kill --nemesis-interval 2 --latency 100 "
        "--latency-dist uniform --key-count 5 --max-txn-length 3 --max-writes-per-key 8 "
        "--topology tree4 --seed 3 --timeout 300 --settle 4 --folder data --log-stderr --log-net-send -- a b"
    )
    main(line.split())
    assert called == {
        "ok": True, "workload": "txn-rw-register", "command": ["~/go/bin/node", "a", "b"], "nodes": 2,
        "concurrency": 4, "seconds": 20, "rate": 1000, "availability": "total", "plan": "partition,kill",
        "consistency_models": ["read-uncommitted", "read-committed"], "nemesis_interval": 2,
        "latency": Uniform(0, 200), "key_count": 5, "max_txn_length": 3, "max_writes_per_key": 8,
        "topology": "tree4", "seed": 3, "timeout_ms": 300, "settle": 4, "folder": "data", "own_folders": True,
        "logging": external.cluster.Logging(stderr=True, net_send=True),
    }  # fmt: skip
    main(
        [
            *NODE,
            "--nodes",
            "a,b,d",
            "--concurrency",
            "7",
            "--latency",
            "3",
            "--latency-dist",
            "exponential",
        ]
    )
    assert (called["nodes"], called["concurrency"], called["latency"]) == (
        ["a", "b", "d"],
        7,
        Exponential(3),
    )
    main([*NODE, "--availability", "0.9"])
    assert called["availability"] == 0.9


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--concurrency", "many"], "a number is required, as in 10 or 2n"),
        (["--availability", "most"], 'a share from 0 to 1 is required, or "total"'),
        (["--bin", "./nowhere"], "no program is called './nowhere'"),
        (["--node-count", "0"], "nodes=0"),
        (["--latency", "-1"], "it must be a number of at least 0"),
        (["--nemesis", "locusts"], "the kinds of fault are"),
    ],
)
def test_a_wrong_option_is_one_line(
    capsys: pytest.CaptureFixture[str], options: list[str], part: str
) -> None:
    assert main([*NODE, *options]) == 2
    written = capsys.readouterr().err
    assert part in written
    assert written.count("\n") == 1


def test_a_workload_that_there_is_not_names_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["maelstrom", "-w", "ecko", "--bin", "x"])
    assert "unique-ids" in capsys.readouterr().err


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["maelstrom", "--help"])
    text = capsys.readouterr().out
    for option in (
        "--workload",
        "--bin",
        "--node-count",
        "--time-limit",
        "--nemesis-interval",
        "--log-net-recv",
        "txn-list",
    ):
        assert option in text


@once
@needs
def test_a_program_is_tested(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "node").write_text(f'#!/bin/sh\nexec {sys.executable} {SIMPLE[-1]} "$@"\n')
    (tmp_path / "node").chmod(0o755)
    options = [
        "--node-count",
        "2",
        "--time-limit",
        "0.2",
        "--rate",
        "200",
        "--log-net-recv",
        "--",
        "echo",
    ]
    assert main(["maelstrom", "-w", "echo", "--bin", str(tmp_path / "node"), *options]) == 0
    written = capsys.readouterr()
    assert written.out.startswith("every echo is the same")
    assert 'n1 receives {"src":' in written.err
    assert main(["maelstrom", "-w", "echo", "--bin", str(tmp_path / "node"), *options, "loud"]) == 1
