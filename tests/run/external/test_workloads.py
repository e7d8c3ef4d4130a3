"""Each workload with real processes: nodes that are right, and nodes with one planted fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dscourse.run.external import WORKLOADS
from dscourse.sim.faults import At, Heal, Partition
from tests.effort import once
from tests.run.external.programs import BROADCAST, COUNTER, SIMPLE, STORES, compiled, judged, needs

pytestmark = [once, needs]

CUT = [At(50, Partition({"n0"}, {"n1", "n2"})), At(150, Heal())]
BUSY = {"latency": 5, "key_count": 1, "concurrency": 12}
RIGHT: list[tuple[str, list[str], dict[str, Any]]] = [
    ("echo", [*SIMPLE, "echo"], {}),
    ("unique-ids", [*SIMPLE, "unique-ids"], {"availability": "total"}),
    ("broadcast", BROADCAST, {"plan": CUT, "latency": 2, "settle": 5}),
    ("g-set", [*SIMPLE, "g-set"], {"settle": 5}),
    ("g-counter", COUNTER, {"settle": 5}),
    ("pn-counter", [*SIMPLE, "pn-counter"], {"settle": 5}),
    ("lin-kv", [*STORES, "lin-kv"], {"plan": CUT, "latency": 1}),
    ("kafka", [*STORES, "kafka"], {"latency": 1, "settle": 5}),
    ("txn-list-append", [*STORES, "txn"], {"latency": 1}),
    ("txn-rw-register", [*STORES, "txn"], {"latency": 1}),
]


def test_every_workload_is_tried() -> None:
    assert {workload for workload, _, _ in RIGHT} == set(WORKLOADS)


@pytest.mark.parametrize(
    ("workload", "command", "settings"), RIGHT, ids=[name for name, _, _ in RIGHT]
)
def test_a_right_node_is_valid(workload: str, command: list[str], settings: dict[str, Any]) -> None:
    result = judged(workload, command, **settings)
    assert result, result
    assert result.operations > 20
    assert result.remarks == ()


def test_nodes_in_c(tmp_path: Path) -> None:
    program = compiled(tmp_path)
    assert judged("unique-ids", program, seconds=0.1)
    assert (
        "both returned x-0" in judged("unique-ids", [*program, "same"], seconds=0.1).verdict.reason
    )


WRONG: list[tuple[str, list[str], dict[str, Any], str]] = [
    ("echo", [*SIMPLE, "echo", "loud"], {}, "and got 'PLEASE ECHO"),
    ("unique-ids", [*SIMPLE, "unique-ids", "local"], {}, "both returned"),
    ("broadcast", [*BROADCAST, "once"], {"plan": CUT, "latency": 2}, "is lost"),
    ("broadcast", [*BROADCAST, "deaf"], {}, "is lost"),
    ("g-set", [*SIMPLE, "g-set", "forgetful"], {}, "is lost"),
    ("g-set", [*SIMPLE, "g-set", "inventive"], {}, "returned -1, which nobody had added"),
    ("g-set", [*SIMPLE, "g-set", "twice"], {}, "2 times"),
    ("g-counter", [*COUNTER, "sum"], {}, "which is all that had been added"),
    ("pn-counter", [*SIMPLE, "pn-counter", "double"], {}, "returned"),
    ("pn-counter", [*SIMPLE, "pn-counter", "alone"], {}, "the acknowledged adds make"),
    ("lin-kv", [*STORES, "lin-kv", "stale"], {"key_count": 1}, "returned"),
    ("lin-kv", [*STORES, "lin-kv", "refusing"], {"key_count": 1}, "returned False"),
    ("kafka", [*STORES, "kafka", "blind"], BUSY, ""),
    ("kafka", [*STORES, "kafka", "dropping"], {"key_count": 1}, "is lost: no poll returned it"),
    ("kafka", [*STORES, "kafka", "backwards"], {"key_count": 1}, "after offset"),
    ("kafka", [*STORES, "kafka", "skipping"], {"key_count": 1}, "without"),
    ("kafka", [*STORES, "kafka", "uncommitted"], {}, "which nobody had committed"),
    ("txn-list-append", [*STORES, "txn", "blind"], BUSY, ""),
    ("txn-list-append", [*STORES, "txn", "lww"], BUSY, ""),
    ("txn-rw-register", [*STORES, "txn", "blind"], BUSY, ""),
]


@pytest.mark.parametrize(
    ("workload", "command", "settings", "part"),
    WRONG,
    ids=[f"{name}-{command[-1]}" for name, command, _, _ in WRONG],
)
def test_a_planted_fault_is_found(
    workload: str, command: list[str], settings: dict[str, Any], part: str
) -> None:
    result = judged(workload, command, **settings)
    assert result.verdict.ok is False, result
    assert part in result.verdict.reason
    assert result.verdict.refuting or part == "returned"
