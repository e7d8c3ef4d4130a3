"""Refuting sets: each operation in one is needed, no other is named, and together they refute."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from dscourse.checkers import (
    contradiction,
    explain,
    growth,
    linearizability,
    linearizable,
    sequential,
    zones,
)
from dscourse.checkers.verdict import Verdict
from dscourse.history import History
from tests.checkers.histories import history
from tests.checkers.test_agreement import KINDS, histories, loosened
from tests.checkers.test_mutants import broken
from tests.effort import samples

JUDGES = {"linearizable": linearizable, "sequential": sequential}
_NAMES = re.compile(
    r"\b(?:[rw]|(?:cas|append|delete|add|remove|txn|acquire|release|\w+queue) )(\d+)\b"
)


def not_minimal(judge: str, kind: str, number: int, ops: int) -> tuple[int, list[str]]:
    """Count the refuted random histories; list the refuting sets that do not refute, or that are not minimal."""
    refuted, wrong = 0, []
    for one in histories(kind, number, ops):
        verdict = JUDGES[judge](one, KINDS[kind][0])
        if verdict.ok is False:
            refuted += 1
            needed = [
                number
                for number in verdict.refuting
                if not _refuted(judge, kind, one, verdict, number)
            ]
            if not _refuted(judge, kind, one, verdict) or len(needed) < len(verdict.refuting):
                wrong.append(f"{verdict!r} by {verdict.refuting}\n{one}")
    return refuted, wrong


def _refuted(judge: str, kind: str, one: History, verdict: Verdict, without: int = -1) -> bool:
    """True if the refuting operations ``without`` one refute the history when all others are left open."""
    model = KINDS[kind][0]
    named = tuple(number for number in verdict.refuting if number != without)
    return JUDGES[judge](loosened(one, named, model), model).ok is False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("judge", "number", "ops"),
    [
        ("linearizable", samples(400), 7),
        ("linearizable", samples(100), 20),
        ("sequential", samples(200), 8),
    ],
)
def test_without_any_one_of_its_operations_a_refuting_set_refutes_no_more(
    judge: str, number: int, ops: int, kind: str
) -> None:
    refuted, wrong = not_minimal(judge, kind, number, ops)
    assert wrong[:1] == []
    assert refuted > number / 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("judge", JUDGES)
def test_a_sentence_names_only_operations_of_the_refuting_set(judge: str, kind: str) -> None:
    for one in histories(kind, samples(400), 10):
        verdict = JUDGES[judge](one, KINDS[kind][0])
        if verdict.ok is False:
            assert {int(number) for number in _NAMES.findall(verdict.reason)} <= set(
                verdict.refuting
            )


@pytest.mark.parametrize(
    ("lines", "reason", "refuting"),
    [
        (
            ("c 0-1 read -> 2", "a 2-3 write 2", "a 4-5 write 2"),
            "r0 returned 2 before any write of 2 had begun",
            (0,),
        ),
        (
            ("a 0-9 write 1", "b 0-9 write 2", "c 1-2 read -> 1", "c 3-4 read -> 2", "c 5-6 read -> 1"),
            "r4 returned 1 although r3 had returned 2, 1 ms before r4 began, "
            "and r3, which returned 2, began after r2 had finished",
            (2, 3, 4),
        ),
        (
            ("a 0-9 write 1", "c 1-2 read -> 1", "b 3-19 write 2", "d 4-5 read -> 2", "c 6-7 read -> 1"),
            "r4 returned 1 although r3 had returned 2, 1 ms before r4 began, "
            "and r3, which returned 2, began after r1 had finished",
            (1, 3, 4),
        ),
        (
            ("a 0-3 write 1", "d 2-6 read -> 2", "b 4-20 write 2", "c 7-8 read -> 1"),
            "r3 returned 1 although r1 had returned 2, 1 ms before r3 began, "
            "and no write of 2 began before w0 had finished",
            (0, 1, 3),
        ),
        (
            ("a 0-1 put x 'z'", "a 2-3 put x 'u'", "a 4-5 append x 'v'", "b 6-7 get x -> 'u'"),
            "r3 lacks v, which append 2 had appended 1 ms before r3 began",
            (1, 2, 3),
        ),
        (("b 0-1 read -> [1]", "a 2-3 add 1"), "r0 returned 1 before any add of 1 had begun", (0,)),
    ],
)  # fmt: skip
def test_a_sentence_needs_no_operation_that_the_refutation_does_not_need(
    lines: tuple[str, ...], reason: str, refuting: tuple[int, ...]
) -> None:
    verdict = linearizable(history(*lines))
    assert (verdict.ok, verdict.reason, verdict.refuting) == (False, reason, refuting)


@pytest.mark.parametrize(
    ("lines", "reason", "refuting"),
    [
        (
            ("a 0-1 write 1", "b 2-3 read -> 2"),
            "r1 returned 2, which no order of the operations allows",
            (1,),
        ),
        (
            ("a 0-1 write 1", "a 2-3 read -> None"),
            "r1 returned nothing: no order of w0 and r1 that keeps each client's own explains that",
            (0, 1),
        ),
    ],
)
def test_without_any_order_a_sentence_names_what_has_none(
    lines: tuple[str, ...], reason: str, refuting: tuple[int, ...]
) -> None:
    verdict = sequential(history(*lines))
    assert (verdict.ok, verdict.reason, verdict.refuting) == (False, reason, refuting)


def test_all_that_wrote_a_value_too_early_belongs_to_the_refuting_set() -> None:
    """However many they are: one that is left open could have taken effect late."""
    writes = [f"a {2 * n}-{2 * n + 1} write 1" for n in range(12)]
    verdict = linearizable(history(*writes, "a 30-31 write 2", "b 32-33 read -> 1"))
    assert verdict.refuting == tuple(range(14))


@pytest.mark.parametrize(
    ("module", "line", "instead", "kind"),
    [
        (contradiction, "keep.remove(op.id)", "pass", "unique"),
        (explain, "return claim if len(needed) ==", "return claim if 0 <", "cas"),
        (contradiction, "keep - {op.id}) for ops in (one, other)", "()) for ops in (one, other)", "delete"),
        (growth, "return _wrong_alone(reads, ops, initial) or", "return", "growing set"),
    ],
)  # fmt: skip
def test_mutants_that_show_an_operation_too_many(
    module: ModuleType, line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = broken(module, line, instead)
    user, name = {
        growth: (linearizability, "conflict"),
        explain: (linearizability, "stuck"),
        contradiction: (zones, "contradiction"),
    }[module]
    monkeypatch.setattr(user, name, getattr(mutant, name))
    assert not_minimal("linearizable", kind, 600, 7)[1]
