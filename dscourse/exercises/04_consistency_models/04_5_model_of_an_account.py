"""Judge of 04.5: the sequential model of a bank account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from dscourse import checkers
from dscourse.checkers.specifications import ILLEGAL, Specification
from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.history import History, Op
from dscourse.show import intervals
from dscourse.sim.streams import stream

__all__ = ["LINES", "NAMES", "Account", "judge"]

LINES = 2_000_000
NAMES = {"ILLEGAL": ILLEGAL}

Step = Callable[[Any, Op], Any]


class Account(Specification):
    """A balance, with the learner's step function."""

    name = "account"
    initial = 0
    operations = frozenset({"deposit", "withdraw", "read"})
    by_key = False

    def __init__(self, step: Step) -> None:
        self._step = step

    def step(self, state: Any, op: Op) -> Any:
        return self._step(state, op)


def _account(balance: int, op: Op) -> Any:
    """Return the state and result of an operation in the account of exercise 04.5."""
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value  # type: ignore[operator]
    if op.f == "withdraw":
        enough = balance >= op.value  # type: ignore[operator]
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance  # type: ignore[operator]
    return balance if not known or op.result == balance else ILLEGAL


def judge(step: Any) -> Wrong | None:
    for balance, op in _single_steps():
        wanted, result = _account(balance, op), step(balance, op)
        if result is not wanted and (wanted is ILLEGAL or whole(result) != wanted):
            return Wrong(
                f"With a balance of {balance}, {_in_words(op)} should give {wanted!r}, not {result!r}. "
                f"{_why(balance, op)}"
            )
    for seed in range(150):
        history = _banking(seed)
        verdicts = [
            checkers.linearizable_by_search(history, Account(one)).ok for one in (_account, step)
        ]
        if verdicts[0] != verdicts[1]:
            return Wrong(
                f"Of this history the checker says {verdicts[1]} with your step; it should say {verdicts[0]}.",
                intervals(history, names=True),
            )
    return None


def _single_steps() -> Iterator[tuple[int, Op]]:
    """Yield single steps of an account, with results that are right, wrong and unknown."""
    for balance, amount in product((50, 0, 80), (20, 80)):
        yield balance, _op("deposit", amount, None)
    for balance, result in product((50, 0), (50, 0, 70)):
        yield balance, _op("read", None, result)
    for balance, amount, result in product((50, 80), (20, 80), (True, False)):
        yield balance, _op("withdraw", amount, result)
    for status, balance, amount in product(("unknown", "pending"), (50, 80), (20, 80)):
        yield balance, _op("withdraw", amount, None, status)
    for status in ("unknown", "pending"):
        yield 50, _op("deposit", 20, None, status)
        yield 50, _op("read", None, None, status)
    draws = stream(4, "single steps")
    for number in range(300):
        digits = 3 if number < 150 else 18
        balance, amount = (int(10 ** (digits * draws.random())) for _ in range(2))
        yield balance, _op("deposit", amount, None)
        yield balance, _op("withdraw", amount, draws.random() < 0.5)
        yield balance, _op("withdraw", balance + 1, draws.random() < 0.5)
        yield balance, _op("read", None, balance + int(2 * draws.random()))


def _op(f: str, value: object, result: object, status: str = "ok") -> Op:
    return Op(0, "c", f, None, value, status, result, 0, 1)


def _in_words(op: Op) -> str:
    end = {"unknown": "of unknown outcome", "pending": "still under way"}.get(
        op.status, f"→ {op.result}"
    )
    return (
        f"`{op.describe()} {end}`"
        if op.f != "deposit" or op.status != "ok"
        else f"`{op.describe()}`"
    )


def _why(balance: int, op: Op) -> str:
    """Return the reason that decides this case, in a sentence."""
    if op.status != "ok":
        return (
            "Its result is not known, so none is illegal; it changes the balance as it always does."
        )
    if op.f == "withdraw" and op.value > balance:  # type: ignore[operator]
        return "There is not enough money: it can only return False, and takes nothing."
    if op.f == "withdraw":
        return "There is enough money: it can only return True, and takes it."
    return "A read returns the balance." if op.f == "read" else "A deposit adds to the balance."


def _banking(seed: int) -> History:
    """Return a random small history of an account with three clients; some are linearizable."""
    draws = stream(seed, "account")
    ops: list[Op] = []
    for client in "abc":
        at = int(4 * draws.random())
        for _ in range(2):
            f = ("deposit", "withdraw", "read")[int(3 * draws.random())]
            end = at + 1 + int(6 * draws.random())
            results = {
                "deposit": None,
                "withdraw": draws.random() < 0.5,
                "read": 10 * int(4 * draws.random()),
            }
            value = None if f == "read" else 10 * (1 + int(2 * draws.random()))
            status = "unknown" if draws.random() < 0.15 else "ok"
            known = results[f] if status == "ok" else None
            span = 3 * at, 3 * end, 3.0 * at, 3.0 * end
            ops.append(Op(len(ops), client, f, None, value, status, known, *span))
            at = end + 1 + int(3 * draws.random())
    return History(ops)
