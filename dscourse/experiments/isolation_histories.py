"""Chapter 16: seven small histories of transactions, to be judged by hand."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.history import History, Op
from dscourse.protocols.isolation.messages import Step

__all__ = ["HISTORIES", "history_of", "in_words"]

Row = tuple[
    str, Sequence[Step], str, int, int
]  # client, steps with what was read, end, from and to in ms


def history_of(rows: Sequence[Row]) -> History:
    """Return the history of these transactions, which are called T1, T2 and so on.

    >>> history_of([("a", [("append", "x", 1)], "ok", 0, 10)])[0].result
    (('append', 'x', 1),)
    """
    return History(
        Op(
            number,
            client,
            "txn",
            None,
            tuple(steps),
            status,
            tuple(steps),
            begun,
            ended,
            begun,
            ended,
        )
        for number, (client, steps, status, begun, ended) in enumerate(rows, 1)
    )


def _together(*transactions: Sequence[Step], aborted: Sequence[int] = ()) -> History:
    """Return a history of transactions by different clients that all run at the same time."""
    return history_of([
        ("abcdef"[n], steps, "fail" if n in aborted else "ok", 10 * n, 100 + 10 * n)
        for n, steps in enumerate(transactions)
    ])  # fmt: skip


HISTORIES: dict[str, History] = {
    "A": _together(
        [("append", "x", 1)],
        [("r", "x", (1,)), ("append", "x", 2)],
        [("r", "x", (1,)), ("append", "x", 3)],
        [("r", "x", (1, 2, 3))],
    ),
    "B": _together(
        [("append", "x", 1), ("append", "y", 2)],
        [("r", "x", (1,)), ("r", "y", (2,)), ("append", "x", 3)],
        [("r", "x", (1,)), ("r", "y", (2,)), ("append", "y", 4)],
        [("r", "x", (1, 3)), ("r", "y", (2, 4))],
    ),
    "C": _together(
        [("append", "x", 1)],
        [("append", "y", 2)],
        [("r", "x", (1,)), ("r", "y", (2,))],
        aborted=[1],
    ),
    "D": history_of([
        ("a", [("append", "x", 1), ("append", "y", 2)], "ok", 0, 40),
        ("b", [("append", "x", 3)], "ok", 50, 90),
        ("c", [("r", "x", (1,)), ("r", "y", (2,))], "ok", 110, 150),
        ("a", [("r", "x", (1, 3))], "ok", 160, 200),
    ]),
    "E": _together(
        [("append", "x", 1), ("append", "y", 2)],
        [("append", "x", 3), ("append", "y", 4)],
        [("r", "x", (1, 3)), ("r", "y", (4, 2))],
    ),
    "F": history_of([
        ("a", [("append", "x", 1)], "ok", 0, 30),
        ("b", [("append", "x", 2), ("append", "y", 3)], "ok", 40, 120),
        ("c", [("r", "y", None), ("r", "x", (1,))], "ok", 60, 200),
        ("a", [("r", "x", (1, 2))], "ok", 130, 190),
    ]),
    "G": _together(
        [("append", "x", 1)],
        [("append", "y", 2)],
        [("r", "x", (1,)), ("r", "y", None)],
        [("r", "y", (2,)), ("r", "x", None)],
    ),
}  # fmt: skip


def in_words(history: History) -> list[tuple[str, str, str]]:
    """Return the name and end of each transaction, its time, and its steps.

    >>> in_words(HISTORIES["D"])[2]
    ('T3', '110 to 150 ms', 'read x → [1], read y → [2]')
    >>> in_words(HISTORIES["C"])[1]
    ('T2 (aborted)', '10 to 110 ms', 'append 2 to y')
    """
    return [
        (
            f"T{op.id}{' (aborted)' if op.status == 'fail' else ''}",
            f"{op.invoked_ms:g} to {op.returned_ms:g} ms",
            ", ".join(_step(*step) for step in _steps(op)),
        )
        for op in history
    ]


def _steps(op: Op) -> tuple[Step, ...]:
    assert isinstance(op.value, tuple)
    return op.value


def _step(f: str, key: object, value: object) -> str:
    if f != "r":
        return f"append {value} to {key}"
    return f"read {key} → {list(value) if isinstance(value, tuple) else 'nothing'}"
