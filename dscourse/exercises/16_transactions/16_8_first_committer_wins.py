"""Judge of 16.8: the check that the first committer wins, in drawn runs of transactions that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from dscourse.exercises.judges.memory import reachable, shared_by_its_class
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct
from dscourse.exercises.tasks import Wrong, plain

__all__ = ["LINES", "judge"]

LINES = 3_000_000
_KEYS = (  # false, alike, or of one hash
    0, "", 1, "1", "x", "y", None, "X", (), ("x", 1), ("x", 2), -1, -2, 2**61 - 1, *AWKWARD,
)  # fmt: skip
_RUNS, _MANY = 200, 1_200
_SECOND = 20  # the step at which a second store begins
_CROWD = 60  # open transactions, and keys that one of them writes
_ROOM = 400  # objects that a check may keep of many transactions that have ended


@dataclass(slots=True)
class _Run:
    """A run of one check, with the commits since each open transaction began, from which the answer follows."""

    check: Any
    since: dict[Any, dict[Any, Any]] = field(default_factory=dict)  # by tx: key -> who wrote it
    calls: list[str] = field(default_factory=list)

    def begin(self, tx: Any) -> None:
        self.calls.append(f"begin({tx!r})")
        self.since[tx] = {}
        self.check.begin(distinct(tx))

    def abort(self, tx: Any) -> None:
        self.calls.append(f"abort({tx!r})")
        del self.since[tx]
        self.check.abort(distinct(tx))

    def commit(self, tx: Any, keys: list[Any], kind: type = list) -> Wrong | None:
        written = kind(keys)
        self.calls.append(f"commit({tx!r}, {written!r})")
        mine = self.since.pop(tx)
        stale = [key for key in keys if key in mine]
        answer = plain(self.check.commit(distinct(tx), distinct(written)))
        if not isinstance(answer, bool):
            return Wrong(f"`commit` must return True or False, not {answer!r:.60}.")
        if answer is bool(stale):
            return self._wrong(tx, keys, mine, stale)
        if answer:
            for others in self.since.values():
                others.update(dict.fromkeys(keys, tx))
        return None

    def _wrong(self, tx: Any, keys: list[Any], mine: dict[Any, Any], stale: list[Any]) -> Wrong:
        if stale:
            key = stale[0]
            why = f"{mine[key]!r} has written {key!r} and committed since {tx!r} began: this is a lost update"
            return Wrong(f"Transaction {tx!r} commits and must not: {why}. {self._story()}")
        why = "it writes nothing" if not keys else (
            f"no transaction that wrote any of {keys!r} has committed since it began")  # fmt: skip
        return Wrong(f"Transaction {tx!r} is refused without need: {why}. {self._story()}")

    def _story(self) -> str:
        last = self.calls[-8:]
        return f"The calls{'' if len(last) == len(self.calls) else ', the last eight'}: {', '.join(last)}."


def judge(kind: Any) -> Wrong | None:
    shared = shared_by_its_class(kind)
    wrong = _judge_decisions(kind) or _judge_memory(kind)
    if wrong is None or not shared:
        return wrong
    return Wrong(f"{wrong.message} `{shared}` belongs to the class, so all its objects share it.")


def _judge_decisions(kind: Any) -> Wrong | None:
    wrong = next(filter(None, _small(kind)), None)
    if wrong is not None:
        return wrong
    for stores in (1, 2):
        for seed in range(_RUNS // 2):
            wrong = _judge_drawn(Random(seed), kind, stores)
            if wrong is not None:
                beside = (
                    " Another object of the class is in use at the same time." if stores > 1 else ""
                )
                return Wrong(wrong.message + beside)
    return None


def _small(kind: Any) -> Iterator[Wrong | None]:
    """Yield the verdicts on small runs, each for one mistake, so that its counterexample is short."""
    for keys in (["x"], ["y"], ["y", "x"]):
        run = _Run(kind())
        for tx in (1, 2):
            run.begin(tx)
        yield run.commit(1, ["x"])
        yield run.commit(2, keys)
        run.begin(3)
        yield run.commit(3, ["x", "y"])
    run = _Run(kind())
    for tx in (1, 2, 3, 4):
        run.begin(tx)
    yield run.commit(1, ["x"])
    yield run.commit(2, ["x", "z"])
    yield run.commit(3, ["z"])
    run.abort(4)
    run.begin(5)
    yield run.commit(5, ["x", "z"])
    yield from _crowd(_Run(kind()))


def _crowd(run: _Run) -> Iterator[Wrong | None]:
    """Yield the verdicts on many transactions that are open at the same time, and on some that write many keys."""
    keys = [f"key {number}" for number in range(_CROWD)]
    new = [f"new {key}" for key in keys]
    for tx in ("first", "old", "older"):
        run.begin(tx)
    yield run.commit("first", keys)
    for number in range(_CROWD):
        run.begin(number)
    yield run.commit("old", keys[-1:])
    yield run.commit("older", [*new, keys[-1]])
    yield run.commit(0, new)
    for number in range(1, _CROWD):
        yield run.commit(number, [(keys if number % 2 else new)[number]])
    run.begin("last")
    yield run.commit("last", keys)


def _judge_drawn(draws: Random, kind: Any, stores: int) -> Wrong | None:
    """Judge up to 40 transactions per store, of which up to six overlap, on few keys or on many.

    A second store begins while the first is in use.
    """
    keys = draws.sample(_KEYS, draws.choice((1, 2, 4, 12)))
    fresh = [
        iter(
            draws.sample(
                draws.choice((range(200), [*AWKWARD, 0, "", None, (), ("x", 1), *range(20, 70)])),
                40,
            )
        )
        for _ in range(stores)
    ]
    runs = [_Run(kind())]
    for step in range(60 * stores):
        if step == _SECOND and stores > 1:
            runs.append(_Run(kind()))
        number = draws.randrange(len(runs))
        run = runs[number]
        wrong = _step(draws, run, keys, fresh[number])
        if wrong is not None:
            return wrong
    return None


def _step(draws: Random, run: _Run, keys: list[Any], fresh: Iterator[int]) -> Wrong | None:
    """Begin or end one transaction."""
    if len(run.since) < 6 and (not run.since or draws.random() < 0.5):
        for tx in islice(fresh, 1):
            run.begin(tx)
        return None
    tx = draws.choice(list(run.since))
    if draws.random() < 0.15:
        run.abort(tx)
        return None
    written = draws.sample(keys, draws.randint(0, min(3, len(keys))))
    return run.commit(tx, written, draws.choice((list, tuple, set, frozenset)))


def _judge_memory(kind: Any) -> Wrong | None:
    """Judge that all is kept that an open transaction needs, and no more."""
    return _judge_forgetting(kind) or _judge_growth(kind)


def _judge_forgetting(kind: Any) -> Wrong | None:
    """Judge a transaction that is open while many others write other keys, or the same few."""
    for keys in (3, _MANY):
        run = _Run(kind())
        run.begin("first")
        run.begin("slow")
        wrong = run.commit("first", ["key"])
        for tx in range(_MANY):
            run.begin(tx)
            wrong = wrong or run.commit(tx, [f"key {tx % keys}"])
        wrong = wrong or run.commit("slow", ["key"])
        if wrong is not None:
            return Wrong(
                f"{wrong.message} {_MANY:,} other transactions were in between: what an open one needs must not be "
                "forgotten."
            )
    return None


def _judge_growth(kind: Any) -> Wrong | None:
    """Judge what is kept of many transactions on three keys, for each way in which they end."""
    for number, (way, end) in enumerate(_ENDS.items(), start=1):
        run = _Run(kind())
        before = reachable(run.check)
        names = range(
            number * 2 * _MANY, number * 2 * _MANY + _MANY
        )  # of which none was used before
        wrong = next(filter(None, (end(run, tx) for tx in names)), None)
        if wrong is not None:
            return wrong
        kept = reachable(run.check)
        if kept > before + _ROOM:
            return Wrong(
                f"After {_MANY:,} transactions on three keys, none of them open and each {way}, your object keeps "
                f"{kept:,} values: what it keeps may grow with the keys and the open transactions, and not with "
                "those that have ended."
            )
    return None


def _committed(run: _Run, tx: int) -> Wrong | None:
    run.begin(tx)
    return run.commit(tx, ["xyz"[tx % 3]])


def _refused(run: _Run, tx: int) -> Wrong | None:
    """Begin two transactions that write the same key: the second to commit is refused."""
    run.begin(tx)
    run.begin(-1 - tx)
    return run.commit(tx, ["xyz"[tx % 3]]) or run.commit(-1 - tx, ["xyz"[tx % 3]])


def _read_only(run: _Run, tx: int) -> Wrong | None:
    run.begin(tx)
    return run.commit(tx, [])


def _aborted(run: _Run, tx: int) -> None:
    run.begin(tx)
    run.abort(tx)


_ENDS = {
    "committed": _committed,
    "committed or refused": _refused,
    "committed without a write": _read_only,
    "given up": _aborted,
}
