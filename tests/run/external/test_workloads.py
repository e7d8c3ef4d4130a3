"""Each workload with real processes that are right, in four languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dscourse.run.external import WORKLOADS
from dscourse.sim.faults import At, Heal, Partition
from tests.effort import once
from tests.run.external.programs import (
    BROADCAST,
    COUNTER,
    SIMPLE,
    STORES,
    compiled,
    judged,
    needs,
    refuted,
)

pytestmark = [once, needs]

CUT = [At(30, Partition({"n0"}, {"n1", "n2"})), At(110, Heal())]
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
    assert result.operations > 5
    assert result.remarks == ()


def test_nodes_in_c(tmp_path: Path) -> None:
    program = compiled(tmp_path)
    assert judged("unique-ids", program)
    assert "both returned x-0" in refuted("unique-ids", [*program, "same"]).verdict.reason
