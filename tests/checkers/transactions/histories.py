"""Histories of transactions in short: ``"r x 1 2, append y 3"`` is one that read [1 2] in x and appended 3 to y."""

from __future__ import annotations

from typing import Any

from dscourse.history import History, Op

__all__ = ["concurrent", "in_turn", "transaction"]


def transaction(number: int, line: str, begin: int, end: int) -> Op:
    """The transaction of a line: ``r x 1 2`` reads a list, ``r x [1]`` one element, ``r x = 1`` a register.

    The line may begin with a status, and a client before it: ``a fail: w x 1``.
    """
    head, _, body = line.rpartition(":")
    client, _, status = head.rpartition(" ")
    done = tuple(_step(step.split()) for step in body.split(",") if step.strip())
    wanted = tuple((f, key, None if f == "r" else value) for f, key, value in done)
    status = status or "ok"
    return Op(
        number, client or f"c{number}", "txn", None, wanted, status, done if status == "ok" else None, begin, end
    )  # fmt: skip


def _step(words: list[str]) -> tuple[str, str, Any]:
    f, key, *values = words
    if f != "r":
        return f, key, int(values[0])
    if values[:1] == ["="]:
        return f, key, int(values[1]) if values[1:] else None
    return f, key, [int(value) for value in values]


def concurrent(*lines: str) -> History:
    """Transactions of which none ended before another began."""
    return History(transaction(n, line, n, 100 + n) for n, line in enumerate(lines))


def in_turn(*lines: str) -> History:
    """Transactions that ran one after the other."""
    return History(transaction(n, line, 2 * n, 2 * n + 1) for n, line in enumerate(lines))
