"""Each workload with real processes that have one planted fault."""

from __future__ import annotations

from typing import Any

import pytest

from tests.effort import once
from tests.run.external.programs import BROADCAST, COUNTER, SIMPLE, STORES, needs, refuted
from tests.run.external.test_workloads import CUT

pytestmark = [once, needs]

BUSY = {"latency": 5, "key_count": 1, "concurrency": 12, "seconds": 0.4}
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
    ("lin-kv", [*STORES, "lin-kv", "stale"], {"key_count": 1, "seconds": 0.4}, "returned"),
    ("lin-kv", [*STORES, "lin-kv", "refusing"], {"key_count": 1, "seconds": 0.4}, "returned"),
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
    result = refuted(workload, command, **settings)
    assert result.verdict.ok is False, result
    assert part in result.verdict.reason
    assert result.verdict.refuting
    assert len(result.evidence.kinds("invoke")) >= len(result.verdict.refuting)
