"""Judge of 04.8: a checker of sequential consistency, compared with the course's own on many histories."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from dscourse import checkers
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, whole
from dscourse.exercises.tasks import Wrong, plain
from dscourse.experiments.consistency_models import HISTORIES, Row, history_of
from dscourse.history import History
from dscourse.show import intervals

__all__ = ["LINES", "judge"]

LINES = 4_000_000
_RANDOM = 300
_ALIKE = (
    0,
    "",
    "0",
    1,
    "1",
    -1,
    -2,
    "None",
    2**61 - 1,
    "a",
    "A",
    2**60,
    2**60 + 1,
)  # texts, hashes, truth values


def judge(sequential: Any) -> Wrong | None:
    for history, expected in _histories():
        answer = plain(sequential([distinct(op) for op in history]))
        if not isinstance(answer, bool) and whole(answer) not in (0, 1):
            return Wrong(f"`sequential` must return True or False, not {answer!r}.")
        if bool(answer) is not expected:
            return _refuted(history, expected)
    return None


def _refuted(history: History, expected: bool) -> Wrong:
    """Explain the course's verdict on a history of which the learner's checker says something else."""
    verdict = checkers.sequential(history)
    if expected:
        order = ", ".join(
            f"{op.process} {op.describe()}{_result(op.f, op.result)}"
            for number in verdict.witness
            for op in history
            if op.id == number
        )
        message = (
            "This history is sequentially consistent, and your checker says that it is not. "
            f"One order: {order}."
        )
        return Wrong(message, intervals(history, names=True))
    message = f"This history is not sequentially consistent, and your checker says that it is: {verdict.reason}."
    return Wrong(message, intervals(history, names=True, highlight=verdict.refuting))


def _result(f: str, result: object) -> str:
    return f" → {'nothing' if result is None else result}" if f == "read" else ""


@cache
def _histories() -> tuple[tuple[History, bool], ...]:
    """Return histories with the course's verdicts: the chapter's, small random ones, and long ones."""
    rows = [*HISTORIES.values(), *_telling(), *_random(), *_wide(), *_long()]
    found = []
    for one in rows:
        history = history_of(one)
        verdict = checkers.sequential(history)
        if verdict.ok is not None:
            found.append((history, verdict.ok))
    return tuple(found)


def _telling() -> Iterator[list[Row]]:
    """Yield small histories, each for a mistake: no operation, real time, keys, a value that nobody wrote, greed."""
    yield [("a", "read", "x", None, 0, 10)]
    yield [("a", "write", "x", 1, 0, 10), ("b", "read", "x", None, 20, 30)]
    yield [("a", "write", "x", 1, 0, 10), ("a", "read", "x", None, 20, 30)]
    yield [("a", "write", "x", 1, 0, 10), ("b", "read", "y", 1, 20, 30)]
    yield [("a", "write", "x", 1, 0, 10), ("b", "read", "x", 7, 20, 30)]
    yield [("a", "read", "x", 1, 0, 10), ("b", "write", "x", 1, 20, 30)]
    yield [
        ("a", "write", "x", 1, 0, 10), ("b", "write", "x", 2, 0, 10), ("a", "read", "x", 1, 20, 30),
        ("b", "read", "x", 1, 20, 30),
    ]  # fmt: skip


def _random() -> Iterator[list[Row]]:
    """Yield small histories of two to four clients on one or two keys; most reads return a value of their key."""
    for seed in range(_RANDOM):
        draws = Random(seed)
        clients, keys = ["a", "b", "c", "d"][: draws.randint(2, 4)], ["x", "xy"][seed % 2]
        planned = [
            (draws.choice(clients), draws.choice(keys), draws.random() < 0.45) for _ in range(7)
        ]
        yield [
            (
                client, "write", key, number, 20 * number, 20 * number + 15,
            ) if writes else (
                client, "read", key,
                draws.choice([None, *(n for n, (_, k, w) in enumerate(planned) if w and k == key)]),
                20 * number, 20 * number + 15,
            )
            for number, (client, key, writes) in enumerate(planned)
        ]  # fmt: skip


def _wide() -> Iterator[list[Row]]:
    """Yield small histories of up to six clients and four keys, with names and values that look alike."""
    for seed in range(_RANDOM):
        draws = Random(seed)
        clients, keys = AWKWARD[: 2 + seed % 5], ("n1", "N1", "1n", "n")[: 1 + seed % 4]
        values = {key: draws.sample(_ALIKE, len(_ALIKE)) for key in keys}
        written: dict[str, list[Any]] = {key: [None] for key in keys}
        rows: list[Row] = []
        for number in range(9):
            client, key = draws.choice(clients), draws.choice(keys)
            f = "write" if draws.random() < 0.45 else "read"
            value = (
                values[key].pop()
                if f == "write"
                else draws.choice([*written[key], values[key][-1]])
            )
            if f == "write":
                written[key].append(value)
            rows.append((client, f, key, value, 20 * number, 20 * number + 15))
        yield rows


def _long() -> Iterator[list[Row]]:
    """Yield long histories: three clients with eight writes each, and then reads that fit, or do not fit."""
    writes: list[Row] = [
        (client, "write", "x", 100 * n + turn, 40 * turn, 40 * turn + 30)
        for turn in range(8)
        for n, client in enumerate("abc")
    ]
    for read in ([7, 107], [107, 7, 207], [107, 7, 6], [107] * 12, [*[107] * 11, 7, 6]):
        reads: list[Row] = [
            ("abc"[n % 3], "read", "x", value, 400 + 40 * n, 430 + 40 * n)
            for n, value in enumerate(read)
        ]
        yield [*writes, *reads]
