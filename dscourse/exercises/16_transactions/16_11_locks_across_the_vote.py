"""Judge of 16.11: a shard that keeps its locks from the vote to the decision, and over a crash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from dscourse.exercises.judges.memory import shared_by_its_class
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct
from dscourse.exercises.tasks import Wrong, plain

__all__ = ["LINES", "judge"]

LINES = 2_000_000
_RUNS, _STEPS = 300, 60
_BESIDE = "This happens only while another shard is in use: what a shard knows belongs to it, and to its log."
_NAMES = (0, "", "x", 1, "1", -1, -2, (), ("x", 1), *AWKWARD)


class _Log(list[Any]):
    """A log on disk: its records do not change any more."""

    def append(self, record: Any) -> None:
        super().append(deepcopy(record))

    def extend(self, records: Iterable[Any]) -> None:
        super().extend(deepcopy(list(records)))

    def __iadd__(self, records: Iterable[Any]) -> _Log:  # type: ignore[misc]
        self.extend(records)
        return self


class _Run:
    """A run of one shard, with the state from which its answers follow: locks, votes and committed values."""

    def __init__(self, kind: Any) -> None:
        self.kind, self.log = kind, _Log()
        self.shard = kind(self.log)
        self.data: dict[Any, Any] = {}
        self.holder: dict[Any, Any] = {}
        self.writes: dict[Any, dict[Any, Any]] = {}  # of those that have voted yes
        self.keys: dict[Any, list[Any]] = {}  # by transaction, all that it has locked
        self.crashed = False  # since the keys now held were locked
        self.story: list[str] = []

    def call(self, name: str, *arguments: Any) -> Any:
        self.story.append(f"{name}({', '.join(map(repr, arguments))})")
        return plain(getattr(self.shard, name)(*map(distinct, deepcopy(arguments))))

    def lock(self, tx: Any, key: Any) -> str:
        owner = self.holder.setdefault(key, tx)
        found = self.call("lock", tx, key)
        self.keys.setdefault(tx, [])
        if owner == tx and key not in self.keys[tx]:
            self.keys[tx].append(key)
        if found is (owner == tx):
            return ""
        if not isinstance(found, bool):
            return f"`lock` must return True or False, not {found!r:.60}"
        if owner == tx:
            why = "its last owner has ended, or has lost the lock in a crash"
            return f"{tx!r} is refused {key!r}, which nobody holds: {why}"
        return f"{tx!r} gets {key!r}, which {owner!r} has {self._hold(owner, key)}, and no decision has come"

    def _hold(self, owner: Any, key: Any) -> str:
        """Say what the owner of a lock has done with the key."""
        if owner not in self.writes:
            return "locked"
        use = "written" if key in self.writes[owner] else "read"
        return f"{use} and voted on{', before a crash' * self.crashed}"

    def read(self, tx: Any) -> str:
        for key in self.keys[tx]:
            found, last = self.shard.data.get(key), self.data.get(key)
            if found != last:
                return f"{tx!r} finds {found!r:.40} in `data` for {key!r}, where {last!r:.40} was last committed"
        return ""

    def prepare(self, tx: Any, values: list[Any]) -> str:
        keys = self.keys[tx]
        writes = self.writes.get(tx, dict(zip(keys[::2], values, strict=False)))
        kept = all(self.holder.get(key, self) == tx for key in keys)
        found = self.call("prepare", tx, list(keys), writes)
        if not isinstance(found, bool):
            return f"`prepare` must return True or False, not {found!r:.60}"
        if found is not kept:
            return (
                f"{tx!r} gets a vote of no, though it holds all its locks" if kept
                else f"{tx!r} gets a vote of yes, though a crash has lost its locks"
            )  # fmt: skip
        if kept:
            self.writes[tx] = writes
            return ""
        return self.decide(tx, False)

    def decide(self, tx: Any, commit: bool) -> str:
        self.call("decide", tx, commit)
        writes = self.writes.pop(tx, {})
        self.data.update(writes if commit else {})
        self.holder = {key: one for key, one in self.holder.items() if one != tx}
        self.keys.pop(tx, None)
        return ""

    def crash(self) -> None:
        self.story.append("a crash")
        self.shard = self.kind(self.log)
        self.crashed = bool(self.writes)
        self.holder = {key: one for key, one in self.holder.items() if one in self.writes}


def judge(kind: Any) -> Wrong | None:
    shared = shared_by_its_class(kind)
    if shared:
        return Wrong(f"`{shared}` belongs to the class, so it survives a crash: only the log does.")
    for seed in range(_RUNS):
        wrong = _run(kind, seed) or (_run(kind, seed, beside=seed + 1) if seed % 3 == 0 else None)
        if wrong is not None:
            return wrong
    return None


def _run(kind: Any, seed: int, beside: int | None = None) -> Wrong | None:
    """Judge a drawn run, alone or while another shard is in use, of transactions of the same names."""
    names, draws = _names_and_draws(seed)
    run = _Run(kind)
    others = (
        iter(())
        if beside is None
        else _complaints(_Run(kind), _names_and_draws(beside)[1], iter(names))
    )
    for complaint in _complaints(run, draws, iter(names), _STEPS // 6 if seed < 30 else _STEPS):
        next(others, None)
        if complaint:
            last = run.story[-9:]
            part = "" if len(last) == len(run.story) else ", the last nine"
            shared = "" if beside is None else f" {_BESIDE}"
            return Wrong(f"{complaint}. The calls{part}: {', '.join(last)}.{shared}")
    return None


def _names_and_draws(seed: int) -> tuple[list[Any], Random]:
    """Return the names of a run's transactions, and the draws of its steps."""
    draws = Random(seed)
    return draws.sample([*_NAMES, *range(20, 80)], 60), draws


def _complaints(
    run: _Run, draws: Random, names: Iterator[Any], steps: int = _STEPS
) -> Iterator[str]:
    """Yield the complaints about drawn steps of up to four transactions at a time; every request may come twice."""
    keys = draws.sample(_NAMES, draws.choice((1, 2, 4)))
    ended: list[tuple[Any, bool]] = []
    yield run.lock(next(names), keys[0])
    for number in range(steps):
        tx = draws.choice([*run.keys])
        move = draws.choice(
            ("begin", "lock", "lock", "read", "prepare", "decide", "decide", "crash", "again")
        )
        if move == "begin" and len(run.keys) < 4:
            yield run.lock(next(names), draws.choice(keys))
        elif move == "lock" and tx not in run.writes and _holds(run, tx):
            yield run.lock(tx, draws.choice(keys))
        elif move == "read" and tx not in run.writes and _holds(run, tx):
            yield run.read(tx)
        elif move == "prepare" and run.keys[tx]:
            yield run.prepare(tx, [f"{number}.{n}" for n in range(4)])
        elif move == "decide":
            commit = tx in run.writes and draws.random() < 0.7
            yield run.decide(tx, commit)
            ended.append((tx, commit))
        elif move == "crash" and draws.random() < 0.6:
            run.crash()
        elif move == "again" and ended:
            run.call("decide", *draws.choice(ended))
        if not run.keys:
            yield run.lock(next(names), draws.choice(keys))


def _holds(run: _Run, tx: Any) -> bool:
    """Return True unless a crash has lost the locks of a transaction, which asks for no more then."""
    return all(run.holder.get(key, run) == tx for key in run.keys[tx])
