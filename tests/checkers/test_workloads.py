"""The judges of workloads: against their definitions, by an example per rule, and with one line broken at a time."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from itertools import count
from types import ModuleType
from typing import Any

import pytest

from dscourse.checkers import workloads
from dscourse.checkers.verdict import Verdict
from dscourse.checkers.workloads import (
    counter,
    echoes,
    grow_only_set,
    lateness_ms,
    logs,
    unique_ids,
    unobserved,
)
from dscourse.history import History, Op
from tests.checkers.test_mutants import broken
from tests.checkers.workload_definitions import (
    is_counter,
    is_grow_only_set,
    is_log,
    is_unique,
    random_history,
)
from tests.effort import samples

NUMBER = samples(3_000)


def ids(rng: random.Random) -> tuple[str, object, object, object]:
    return "generate", None, None, rng.randrange(25)


def sets() -> Callable[[random.Random], tuple[str, object, object, object]]:
    added = 0

    def draw(rng: random.Random) -> tuple[str, object, object, object]:
        nonlocal added
        if rng.random() < 0.5:
            added += 1
            return "add", None, added - 1, None
        holds = [n for n in range(added + (rng.random() < 0.1)) if rng.random() < 0.9]
        return "read", None, None, tuple(holds + holds[: rng.random() < 0.06])

    return draw


def numbers() -> Callable[[random.Random], tuple[str, object, object, object]]:
    total = 0

    def draw(rng: random.Random) -> tuple[str, object, object, object]:
        nonlocal total
        if rng.random() < 0.7:
            amount = rng.choice([1, 1, 2, 5, -3])
            total += amount
            return "add", None, amount, None
        return "read", None, None, total + rng.choice([0, 0, 0, -1, 1, 5])

    return draw


def kafka(rng: random.Random) -> Callable[..., Any]:
    """Sends and polls of one log that is almost kept: of ``order``, with a rare slip."""
    order = list(range(4))
    fresh = count()

    def draw(rng: random.Random) -> tuple[str, object, object, object]:
        if rng.random() < 0.45 and (message := next(fresh)) < 4:
            slip = rng.random() < 0.1
            return "send", "k", message, rng.randrange(4) if slip else order.index(message)
        start = rng.randrange(3)
        pairs = [
            (n, order[n])
            for n in range(max(0, start - (rng.random() < 0.1)), rng.randrange(start, 5))
        ]
        if pairs and rng.random() < 0.15:
            rng.shuffle(pairs) if rng.random() < 0.5 else pairs.pop(rng.randrange(len(pairs)))
        return "poll", None, (("k", start),), (("k", tuple(pairs)),)

    return draw


KINDS: dict[str, tuple[str, Callable[[History], bool], Callable[[random.Random], Any]]] = {
    "unique_ids": ("unique", is_unique, lambda rng: ids),
    "grow_only_set": ("sets", is_grow_only_set, lambda rng: sets()),
    "counter": ("counters", is_counter, lambda rng: numbers()),
    "logs": ("logs", is_log, kafka),
}


def compared(
    name: str, judge: Callable[[History], Verdict], number: int = NUMBER
) -> Iterator[tuple[Verdict, bool]]:
    """Each verdict on a random history beside what the definition says."""
    _, definition, draws = KINDS[name]
    rng = random.Random(name)
    for _ in range(number):
        history = random_history(rng, draws(rng), rng.randrange(2, 14))
        yield judge(history), definition(history)


@pytest.mark.parametrize("name", KINDS)
def test_a_judge_says_what_its_definition_says(name: str) -> None:
    answers = {True: 0, False: 0}
    for verdict, right in compared(name, getattr(workloads, name)):
        assert verdict.ok in (right, None)
        assert verdict.ok is not None or (verdict.vacuous and right)
        if verdict.ok is not None:
            answers[verdict.ok] += 1
            assert bool(verdict.reason) == bool(verdict.refuting) == (not verdict.ok)
    assert min(answers.values()) > NUMBER // 40, answers


MUTANTS = [
    ("unique_ids", "if len(ops) > 1]", "if len(ops) > 2]"),
    ("grow_only_set", "if op.invoked < read.end]", "if True]"),
    ("grow_only_set", "if number == 1 and", "if"),
    ("grow_only_set", 'op.status != "fail" for op in adds', "True for op in adds"),
    ("grow_only_set", "if one.known < read.invoked and element not in elements:", "if False:"),
    ("grow_only_set", "if one.known < read.invoked and element not in elements:", "if element not in elements:"),
    ("grow_only_set", "                _know(seen.elements[element], op)", "                pass"),
    ("counter", "if not lowest <= result <= highest:", "if False:"),
    ("counter", "begun = bisect_left(begins, read.end)", "begun = len(begins)"),
    ("counter", "op for op in reads if op.invoked > quiet", "op for op in reads if True"),
    ("counter", "not (whole and sums.exact and not sums.reach(missing))", "True"),
    ("counter", 'op.f == "add" and op.status != "fail"]', 'op.f == "add"]'),
    ("logs", 'elif send.status == "fail":', "elif False:"),
    ("logs", "or send.invoked > op.end:", "and False:"),
    ("logs", "if not same(other, message):", "if False:"),
    ("logs", "if first != offset:", "if False:"),
    ("logs", "if offset < poll.start:", "if False:"),
    ("logs", "if before is not None and offset <= before:", "if False:"),
    ("logs", "if skipped is not None:", "if False:"),
    ("logs", "send.result < before.result:", "False:"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line", "instead"), MUTANTS)
def test_a_broken_rule_differs_from_the_definition(name: str, line: str, instead: str) -> None:
    module: ModuleType = sys.modules[f"dscourse.checkers.workloads.{KINDS[name][0]}"]
    judge = getattr(broken(module, line, instead), name)
    assert any(
        (verdict.ok is None and not right) or verdict.ok not in (right, None)
        for verdict, right in compared(name, judge, 3_000)
    )


def ops(*rows: tuple[Any, ...]) -> History:
    """One operation after the other: client, f, key, value, result, and a status unless it is ok; 10 ms each."""
    return History(
        Op(
            n,
            row[0],
            row[1],
            row[2],
            row[3],
            *(row[5:] or ("ok",)),
            row[4],
            2 * n,
            2 * n + 1,
            10.0 * n,
            10.0 * n + 5,
        )
        for n, row in enumerate(rows)
    )


def test_ids_of_any_type_are_told_apart() -> None:
    assert unique_ids(
        ops(*[("a", "generate", None, None, i) for i in (1, "1", True, None, [1], {"a": 1})])
    )
    assert (
        unique_ids(
            ops(
                ("a", "generate", None, None, [1, {"a": 2}]),
                ("b", "generate", None, None, [1, {"a": 2.0}]),
            )
        ).ok
        is False
    )
    assert unique_ids(ops(("a", "generate", None, None, None, "unknown"))).ok is None


def test_an_echo_has_to_be_equal_to_its_type() -> None:
    assert echoes(ops(("a", "echo", None, (1, "x"), [1, "x"])))
    assert echoes(ops(("a", "echo", None, 1, True))).refuting == (0,)


def test_stale_reads_are_late_and_not_wrong() -> None:
    history = ops(
        ("a", "broadcast", None, 1, None), ("b", "read", None, None, ()), ("c", "read", None, None, (1,)),
        ("b", "read", None, None, ()), ("b", "read", None, None, [1]),
    )  # fmt: skip
    assert grow_only_set(history)
    assert lateness_ms(history) == [25.0]


def test_every_final_read_has_to_hold_what_is_known() -> None:
    history = ops(
        ("a", "add", None, 1, None), ("a", "add", None, 2, None, "unknown"),
        ("b", "read", None, None, ()), ("c", "read", None, None, (1, 2)), ("a", "read", None, None, (1, 2)),
    )  # fmt: skip
    assert grow_only_set(history)
    assert grow_only_set(history, final_from_ms=20).reason == (
        "1 is lost: add 0 was acknowledged 15 ms before r2 began, and r2 lacks it"
    )
    assert grow_only_set(history, final_from_ms=30)
    assert grow_only_set(history, final_from_ms=100).ok is None
    seen = ops(
        ("a", "add", None, 2, None, "unknown"),
        ("c", "read", None, None, (2,)),
        ("b", "read", None, None, ()),
    )
    assert (
        grow_only_set(seen).reason
        == "2 is lost: r1 had returned it 5 ms before r2 began, and r2 lacks it"
    )


def test_a_counter_that_catches_up_is_right() -> None:
    adds = [("a", "add", None, 3, None), ("b", "add", None, 4, None), ("a", "read", None, None, 0)]
    assert counter(ops(*adds, ("a", "read", None, None, 7)), final_from_ms=30)
    assert counter(ops(*adds, ("a", "read", None, None, 7))).refuting == (2,)
    assert counter(ops(("a", "read", None, None, 0), *adds[:2])).vacuous
    many = [("a", "add", None, 10**9 + n, None, "unknown") for n in range(200)]
    assert counter(ops(*many, ("a", "read", None, None, 10**9 + 5)))
    assert counter(ops(*many, ("a", "read", None, None, 10**12))).ok is False


def test_a_sparse_log_and_a_slow_poll_are_right() -> None:
    history = ops(
        ("a", "send", "k", 10, 0), ("a", "send", "k", 11, 7), ("b", "send", "j", 10, 3),
        ("b", "poll", None, (("k", 0), ("j", 0)), {"k": [[0, 10], [7, 11]]}), ("b", "poll", None, (("k", 8),), {}),
    )  # fmt: skip
    assert logs(history)
    assert unobserved(history) == 1
    assert logs(history[:3]).vacuous


def test_a_message_that_was_passed_over_is_skipped_or_lost() -> None:
    sends = [("a", "send", "k", 10, 0), ("a", "send", "k", 11, 1)]
    over = ("b", "poll", None, (("k", 0),), (("k", ((1, 11),)),))
    found = ("c", "poll", None, (("k", 0),), (("k", ((0, 10),)),))
    assert logs(ops(*sends, over)).reason.endswith("it is lost: no poll returned it")
    assert logs(ops(*sends, over, found)).reason == (
        "k: poll 2 asked from offset 0 and returned offset 1, without 10 at offset 0, which send 0 was given"
    )


POLL = ("b", "poll", None, (("k", 0),), (("k", ((0, 10),)),))


def commit(client: str, offset: int, status: str = "ok") -> tuple[Any, ...]:
    return client, "commit_offsets", None, (("k", offset),), None, status


def listed(client: str, offset: int) -> tuple[Any, ...]:
    return client, "list_committed_offsets", None, ("k",), (("k", offset),)


COMMITS = [
    ([commit("a", 4), listed("a", 4)], ""),
    ([listed("a", 4)], "which nobody had committed"),
    ([listed("a", 0)], ""),
    ([commit("b", 4), listed("a", 0)], "which nobody had committed"),
    ([commit("b", 2), commit("a", 4), listed("a", 2)], "of the same client had committed 4"),
    (
        [commit("b", 4), commit("b", 2), listed("a", 4), listed("a", 2)],
        "of the same client had returned 4",
    ),
    ([commit("a", 4), commit("b", 2), listed("a", 2)], ""),
    ([commit("b", 2, "unknown"), commit("a", 4), listed("a", 2)], ""),
]


@pytest.mark.parametrize(("rows", "part"), COMMITS)
def test_committed_offsets_move_back_only_if_a_client_moved_them(
    rows: list[tuple[Any, ...]], part: str
) -> None:
    verdict = logs(ops(("a", "send", "k", 10, 0), POLL, *rows))
    assert verdict.ok is (not part)
    assert part in verdict.reason


@pytest.mark.parametrize("judge", [unique_ids, echoes, grow_only_set, counter, logs])
def test_a_history_of_something_else_is_not_judged(judge: Callable[[History], Verdict]) -> None:
    assert judge(ops(("a", "dance", None, 1, 1))).ok is None
    assert judge(History()).vacuous


@pytest.mark.parametrize(
    ("judge", "row"),
    [
        (grow_only_set, ("a", "read", None, None, 5)), (counter, ("a", "read", None, None, "5")),
        (counter, ("a", "add", None, True, None)), (logs, ("a", "send", "k", 1, "0")),
        (logs, ("a", "poll", None, (("k", 0),), (("k", 5),))), (logs, ("a", "poll", None, (("k", 0),), 5)),
    ],
)  # fmt: skip
def test_a_result_of_another_form_is_named(
    judge: Callable[[History], Verdict], row: tuple[Any, ...]
) -> None:
    verdict = judge(ops(row))
    assert verdict.ok is None
    assert " 0 " in verdict.reason.replace("r0", " 0 ")


def test_a_message_that_is_sent_twice_cannot_be_judged() -> None:
    assert "must differ" in logs(ops(("a", "send", "k", 1, 0), ("a", "send", "k", 1, 1))).reason
