"""The result of a test in words and numbers."""

from __future__ import annotations

import math

from dscourse.checkers.verdict import Verdict
from dscourse.history import History, Op
from dscourse.run.external.result import Result, percentiles
from dscourse.sim.faults import At, Heal
from dscourse.sim.trace import Trace

OPS = [
    Op(0, "c1", "add", None, 3, "ok", None, 0, 1, 0.0, 2.0),
    Op(1, "c2", "add", None, 4, "unknown", None, 2, 5, 3.0, 9.0),
    Op(2, "c3", "read", None, None, "fail", None, 3, 6, 4.0, 9.5),
    Op(3, "c4", "read", None, None, "ok", (3,), 7, 8, 12.0, 20.0),
]


def result(ops: list[Op], operations: int, ok: bool | None = True) -> Result:
    verdict = Verdict("every acknowledged element lasts", ok, "" if ok else "<why>")
    return Result(
        "g-set",
        ("n0",),
        verdict,
        ("n0 is <odd>",),
        History(ops),
        Trace(),
        operations,
        6,
        12.0,
        (At(1, Heal()),),
        7,
    )


def test_a_long_value_is_cut_in_the_sentence_about_it() -> None:
    from dscourse.checkers.workloads import echoes, unique_ids
    from dscourse.history import History, Op

    long = "x" * 10_000
    twice = [Op(n, "a", "generate", None, None, "ok", long, n, n + 0.5) for n in range(2)]
    assert len(unique_ids(History(twice)).reason) < 150
    assert len(echoes(History([Op(0, "a", "echo", None, "hi", "ok", long, 0, 1)])).reason) < 150


def test_figures_are_those_of_the_requests_alone() -> None:
    one = result(OPS, 3)
    assert one.availability == 1 / 3
    assert one.messages_per_operation == 2
    assert one.latencies_ms == (2.0, 2.0, 2.0)
    assert one.stable_latencies_ms == (0.0, 0.0, 0.0)
    assert str(one).splitlines() == [
        "every acknowledged element lasts",
        "  test            g-set on 1 node, seed 7",
        "  operations      3: 1 ok, 1 failed, 1 unknown; availability 0.3333",
        "  latency         median 2 ms, 95th percentile 2 ms, largest 2 ms",
        "  stable latency  median 0 ms, 95th percentile 0 ms, largest 0 ms",
        "  messages        6 between servers, 2 per operation, 6 per acknowledged update",
        "  faults          1, the first At(1, Heal())",
        "  remark          n0 is <odd>",
    ]


def test_a_result_is_true_only_if_the_verdict_is() -> None:
    assert [bool(result(OPS, 3, ok)) for ok in (True, False, None)] == [True, False, False]


def test_its_html_is_escaped() -> None:
    page = result(OPS, 3, False)._repr_html_()
    assert "&lt;why&gt;" in page
    assert "n0 is &lt;odd&gt;" in page
    assert page.count("<tr>") == 7


def test_nothing_has_no_figures() -> None:
    none = result([], 0, None)
    assert math.isnan(none.availability)
    assert math.isnan(none.messages_per_operation)
    assert none.latencies_ms is None
    assert "operations  none" in str(none)
    assert len(none.evidence) == 0


def test_percentiles_are_values_that_occur() -> None:
    assert percentiles([float(n) for n in range(1, 101)]) == (50.0, 95.0, 100.0)
    assert percentiles([]) is None
