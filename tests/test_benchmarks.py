"""The benchmarks run and compare the same work; how fast is never asserted."""

from __future__ import annotations

import shutil
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

import benchmarks
from benchmarks import __main__ as command
from benchmarks import (
    breaker,
    explorer,
    imports,
    linearizability,
    maelstrom,
    paired,
    processes,
    raft,
    simulator,
    sweep,
    transactions,
)
from benchmarks.growth import of_checkers, of_explorer, of_pictures, of_simulator, rows
from dscourse.checkers.transactions import strict_serializable
from dscourse.history import History, Op
from dscourse.sim import Constant
from tests.effort import once


@pytest.fixture(autouse=True)
def _garbage_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare these tests the collections before each timing, which take long beside all other tests' objects."""
    monkeypatch.setattr(paired.gc, "collect", lambda: 0)


@pytest.mark.parametrize("nodes", [2, 5])
@pytest.mark.parametrize("job", simulator.JOBS)
def test_everybody_makes_as_many_deliveries(job: str, nodes: int) -> None:
    done = len(simulator.ours(job, nodes, until_ms=500).trace.kinds("deliver"))
    assert 0.7 < done / (500 / 5.5 * nodes) < 1.3
    for peer in simulator.PEERS.values():
        assert peer(job, nodes, done) == done


def test_a_node_of_the_gossip_sends_to_all_others() -> None:
    trace = simulator.ours("gossip", 5, until_ms=500).trace.kinds("send")
    assert {(event.node, event.peer) for event in trace} == {
        (a, b) for a in trace.nodes for b in trace.nodes if a != b
    }


@once
def test_the_simulator_has_a_row_for_each_job_and_size() -> None:
    rows = simulator.run(deliveries=200, rounds=2).splitlines()
    assert [row.split()[:2] for row in rows[1:]] == [
        ["ping-pong", "5"], ["ping-pong", "100"], ["gossip", "5"], ["gossip", "100"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", sorted(Path(benchmarks.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_every_benchmark_can_be_imported(path: Path) -> None:
    import_module(f"benchmarks.{path.stem}")


def test_the_explorer_has_a_row_for_each_size_and_tells_that_there_is_no_rust(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(explorer.shutil, "which", lambda name: None)
    *rows, note = explorer.run(rounds=1, most=5).splitlines()
    assert [row.split()[:3] for row in rows[1:]] == [["5", "8,832", "58,145"]]
    assert note == "without Rust: there is no rustc"


@pytest.mark.skipif(not shutil.which("rustc"), reason="the peer is a program in Rust")
def test_the_explorer_and_its_peer_find_the_same(tmp_path: Path) -> None:
    found, _ = explorer.explored(4)
    counts, seconds = explorer._peer(explorer._built(str(tmp_path)), 4)
    assert counts == [found.states, found.transitions, found.depth]
    assert seconds > 0


def test_every_import_has_a_row() -> None:
    assert [row.split()[0] for row in imports.run(rounds=1).splitlines()[1:]] == [*imports.PARTS]


def test_a_ratio_above_one_means_that_the_peer_is_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired, "timed", lambda job: job())
    seconds, found = paired.ratios(lambda: 2.0, {"slow": lambda: 6.0, "fast": lambda: 1.0}, 3)
    assert seconds == 2.0
    assert (found["slow"].median, found["fast"].median) == (3.0, 0.5)
    assert str(paired.Ratio.of([3.0, 1.0, 2.0])) == "2.00 (1.00 to 3.00)"


def test_a_benchmark_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["speed"]) == 2
    assert "no benchmark 'speed': there are" in capsys.readouterr().err


def test_every_circuit_breaker_makes_the_call_and_has_a_row() -> None:
    assert {name: call(7) for name, call in breaker.contestants().items()} == dict.fromkeys(
        ["bare", "ours", "pybreaker", "circuitbreaker", "ours, window of 100"], 7
    )
    rows = breaker.run(rounds=1, calls=50).splitlines()[1:]
    assert [row[:22].strip() for row in rows] == [*list(breaker.contestants())[1:]]


@pytest.mark.parametrize("name", raft.STORES)
def test_every_store_carries_out_all_operations(name: str) -> None:
    speed, messages = raft.measured(name, 40)
    assert speed > 0
    assert messages > 2  # the client's own


@once
def test_the_stores_and_the_elections_have_a_row_each() -> None:
    rows = raft.run(operations=20, rounds=1).splitlines()
    assert len(rows) == 1 + len(raft.STORES) + 2 + len(raft.SPREADS)


def test_one_transaction_with_stale_reads_is_refuted_and_no_other() -> None:
    assert strict_serializable(transactions.recorded(300)).ok is True
    assert strict_serializable(transactions.recorded(300, stale=True)).ok is False


def test_the_transactions_of_different_clients_overlap_and_keys_are_given_up() -> None:
    history = transactions.recorded(300)
    assert any(not a.before(b) and not b.before(a) for a, b in pairwise(history))
    assert len({key for op in history for _, key, _ in op.value or ()}) > 10


@once
def test_maelstrom_has_a_row_for_each_setting() -> None:
    few = (maelstrom.Setting(3, "line", Constant(1), 1.0, (1, 2, 3)),)
    (_, row) = maelstrom.run(seconds=0.5, rate=40, settings=few).splitlines()
    assert row.split()[:4] == ["3", "line", "1", "ms"]
    assert row.split()[6:11] == ["1", "/", "2", "/", "3"]


@once
def test_the_processes_have_a_row_for_each_store_and_number_of_clients() -> None:
    rows = processes.run(operations=4, clients=(2,)).splitlines()
    assert [row[:31].rsplit(maxsplit=1) for row in rows[1:4]] == [
        [store.ljust(22).strip(), "2"] for store in processes.STORES
    ]
    assert [row.partition(",")[0] for row in rows[5:]] == ["wait for the disk"] * 2


def test_porcupine_is_given_what_was_recorded() -> None:
    ops = [
        Op(0, "a", "write", None, 1, "ok", None, 0, 3),
        Op(1, "b", "cas", None, (1, 2), "ok", False, 1, 2),
        Op(2, "b", "read", None, None, "unknown", None, 4, 5),
        Op(3, "c", "write", None, 7, "fail", None, 6, 7),
    ]
    events = list(linearizability.events(History(ops)))
    assert [(one["Id"], one["Returns"], one["F"], one["Numbers"]) for one in events] == [
        (0, False, "write", [1]), (1, False, "cas", [1, 2]), (1, True, "cas", []), (0, True, "write", []),
        (2, False, "read", []), (2, True, "read", []),
    ]  # fmt: skip
    assert [one["Outcome"] for one in events if one["Returns"]] == ["refused", "ok", "unknown"]


def test_a_set_is_timed_without_porcupine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORCUPINE", raising=False)
    monkeypatch.setattr(linearizability.shutil, "which", lambda name: None)
    few = {"few": ("register", lambda: [linearizability._of_etcd(1, stale=True)])}
    monkeypatch.setattr(linearizability, "SETS", few)
    rows = linearizability.run(rounds=1).splitlines()
    assert rows[1].split()[0] == "few"
    assert rows[2:] == ["without Porcupine: there is no Go"]


def test_a_peer_that_disagrees_is_an_error() -> None:
    verdict = linearizability.linearizable(linearizability._of_etcd(0, stale=False))
    linearizability._agree([verdict], ["Ok"])
    linearizability._agree([verdict], ["Unknown"])
    with pytest.raises(AssertionError, match="Porcupine says Illegal"):
        linearizability._agree([verdict], ["Illegal"])


@pytest.mark.parametrize("curve", of_checkers.CURVES)
def test_every_curve_has_a_row_and_the_misreported_one_is_refuted(curve: str) -> None:
    clients = of_checkers.CURVES[curve][1][0][1]
    row = of_checkers.measured(curve, 200, clients).split()
    verdict = row[-5]
    assert verdict == ("False" if curve == "misreported" else "True")


@once
def test_every_way_of_sweeping_finds_the_same_and_has_a_row() -> None:
    lines = sweep.run(rounds=1, worlds=4, tasks=20).splitlines()
    assert [line[:20].strip() for line in lines[1:-1]] == [*sweep.WAYS]
    assert lines[-1].startswith("an empty run: ")


@pytest.mark.parametrize("curve", of_simulator.FAULTS)
def test_every_curve_of_the_simulator_delivers_about_as_many_messages(curve: str) -> None:
    row = of_simulator.measured(curve, 10, 2_000)
    assert row.startswith(curve)
    assert 1_500 < int(row[len("new links") :].split()[1].replace(",", "")) < 2_500


def test_every_curve_of_the_explorer_looks_at_as_many_states_as_it_is_given() -> None:
    measured = [of_explorer.measured(curve, 300).split() for curve in of_explorer.CURVES]
    assert [row[:2] for row in measured] == [[curve, "300"] for curve in of_explorer.CURVES]
    steps = {curve: int(steps) for curve, _, steps, *_ in measured}
    assert steps["nodes"] > steps["messages"]  # more steps lead to states that are left out


@pytest.mark.parametrize("curve", of_pictures.CURVES)
def test_the_size_of_a_picture_is_bounded(curve: str) -> None:
    *_, size_kb, _ = of_pictures.measured(curve, 3_000).split()
    assert 3 < int(size_kb) < 150


def test_a_row_is_measured_in_a_process_of_its_own() -> None:
    row = rows.apart(of_simulator, "ping-pong", 10, 200)
    assert row.split()[:2] == ["ping-pong", "10"]
