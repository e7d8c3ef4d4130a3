"""Transactions: txn-list-append and txn-rw-register."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar

from dscourse.checkers.transactions import LEVELS, isolation
from dscourse.checkers.verdict import Verdict
from dscourse.core.frozen_dict import freeze
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.wire import Body, WireError
from dscourse.run.external.workloads.workload import Request, Settings, Workload, field

__all__ = ["ListAppend", "RwRegister", "as_levels"]

_ALSO = {
    "strong-serializable": "strict_serializable", "strict-1SR": "strict_serializable",
    "PL-SS": "strict_serializable", "PL-3": "serializable", "PL-2.99": "repeatable_read",
    "PL-SI": "snapshot_isolation", "PL-2": "read_committed", "PL-1": "read_uncommitted",
}  # fmt: skip


def as_levels(models: Sequence[str]) -> list[str]:
    """Return levels of isolation by the names of Maelstrom's consistency models. ValueError for another name.

    >>> as_levels(["read-committed", "strict-serializable"])
    ['read_committed', 'strict_serializable']
    """
    names = [models] if isinstance(models, str) else list(models)
    found = [_ALSO.get(name, name.replace("-", "_")) for name in names]
    for name, level in zip(names, found, strict=True):
        if level not in LEVELS:
            known = ", ".join(one.replace("_", "-") for one in LEVELS)
            raise ValueError(
                f"consistency_models names {name!r}: the models judged here are {known}"
            )
    if not found:
        raise ValueError("consistency_models is empty: name one, such as read-committed")
    return found


class ListAppend(Workload):
    """Transactions of reads and appends on a few keys at a time; each key sees a limited number of writes."""

    name = "txn-list-append"
    write: ClassVar[str] = "append"

    def __init__(self, settings: Settings, draws: Random) -> None:
        super().__init__(settings, draws)
        self._levels = as_levels(settings.consistency_models)
        self._keys = list(range(settings.key_count or 10))
        self._written: dict[int, int] = {}

    def next(self, client: str) -> Request:
        length = 1 + int(self.draws.random() * self.settings.max_txn_length)
        return "txn", None, tuple(self._step() for _ in range(length))

    def _step(self) -> tuple[str, int, int | None]:
        at = int(self.draws.random() ** 2 * len(self._keys))  # the first keys more often
        key = self._keys[at]
        if self.draws.random() < 0.5:
            return "r", key, None
        value = self._written[key] = self._written.get(key, 0) + 1
        if value >= self.settings.max_writes_per_key:
            self._keys[at] = max(self._keys) + 1
        return self.write, key, value

    def body(self, op: Invocation) -> Body:
        return {"type": "txn", "txn": op.value}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        steps = field(body, "txn", list)
        asked = [list(step) for step in op.value]
        done = [
            step[:2] if step[:1] == ["r"] else step
            for step in steps
            if isinstance(step, list) and len(step) == 3
        ]
        if done != [step[:2] if step[0] == "r" else step for step in asked] or len(done) != len(
            steps
        ):
            raise WireError(
                f"answered the transaction {asked!r:.80} with other steps: {steps!r:.80}"
            )
        self.check_reads(steps)
        return freeze(steps, "txn")

    def check_reads(self, steps: list[Any]) -> None:
        """Raise WireError for a read of anything but a list, or null."""
        for _, key, value in (step for step in steps if step[0] == "r"):
            if value is not None and not isinstance(value, list):
                raise WireError(
                    f"answered a transaction with {value!r:.80} as the value of {key!r}: a list is required"
                )

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        found = isolation(history).verdicts
        verdicts = [found[level] for level in self._levels]
        return min(verdicts, key=lambda verdict: {False: 0, None: 1, True: 2}[verdict.ok])


class RwRegister(ListAppend):
    """The same with registers: a write replaces the value."""

    name = "txn-rw-register"
    write = "w"

    def check_reads(self, steps: list[Any]) -> None:
        """Accept every value."""
