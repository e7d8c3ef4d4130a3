"""Stores under hidden names, on which a learner runs transactions step by step in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.isolation_levels import NONE
from dscourse.exercises.judges.values import listed
from dscourse.history import History, Op
from dscourse.node import Message, Send, take_effects
from dscourse.protocols.isolation.locking import LockingStore, WoundWaitStore
from dscourse.protocols.isolation.messages import Aborted, Commit, Committed, DoStep, Step, StepDone
from dscourse.protocols.isolation.optimistic import OptimisticStore
from dscourse.protocols.isolation.read_committed import ReadCommittedStore
from dscourse.protocols.isolation.serializable_snapshots import SerializableSnapshotStore
from dscourse.protocols.isolation.server import Open, TransactionServer, applied
from dscourse.protocols.isolation.snapshots import SnapshotStore
from dscourse.protocols.textbook.isolation import InPlaceStore

__all__ = ["KINDS", "MOST_RUNS", "ScriptError", "UnknownStore", "hidden_stores"]

MOST_RUNS = 300  # of one store
_MOST_STEPS = 200  # of one run
_FORMS = "a pair (transaction, step) with a step ('r', key), ('append', key, element), ('w', key, value) or 'commit'"


class ScriptError(ValueError):
    """A script that no store can run."""


class DirtyReadStore(LockingStore):
    """A server that locks what is written, and reads what has not committed."""

    def take(self, one: Open, step: Step) -> None:
        if step[0] == "r":
            TransactionServer.take(self, one, step)
        else:
            super().take(one, step)

    def seen(self, one: Open, key: Any) -> Any:
        value = self.data.get(key)
        for other in self.open.values():
            value = applied(value, other.written(key))
        return value


class WoundingReadCommittedStore(WoundWaitStore):
    """A server that reads without locks, and on which an older writer aborts the younger."""

    def take(self, one: Open, step: Step) -> None:
        if step[0] == "r":
            TransactionServer.take(self, one, step)
        else:
            super().take(one, step)


class EagerSnapshotStore(SnapshotStore):
    """A server of snapshots that aborts a transaction as soon as it writes what has been overwritten."""

    def take(self, one: Open, step: Step) -> None:
        if step[0] != "r" and self.newest(step[1]) > self.snapshot[one.tx]:
            self.abort(one, f"another has written {step[1]} since it began")
        else:
            super().take(one, step)


class _Decoy(SerializableSnapshotStore):
    """A server that is called serializable, and lets every pivot commit."""

    def _reads(self, one: Open, key: Any) -> bool:
        return True

    def refusal(self, one: Open) -> str:
        return SnapshotStore.refusal(self, one)


_Decoy.__name__ = _Decoy.__qualname__ = "SerializableSnapshotStore"  # for those who look at names

# The strongest of the levels that every run of the store satisfies.
KINDS: dict[type[TransactionServer], str] = {
    InPlaceStore: NONE,
    DirtyReadStore: "read uncommitted",
    ReadCommittedStore: "read committed",
    WoundingReadCommittedStore: "read committed",
    SnapshotStore: "snapshot isolation",
    EagerSnapshotStore: "snapshot isolation",
    _Decoy: "snapshot isolation",
    SerializableSnapshotStore: "serializable",
    OptimisticStore: "serializable",
    LockingStore: "serializable",
    WoundWaitStore: "serializable",
}


class UnknownStore:
    """A store whose kind is hidden; `run` executes a script on a fresh copy of it.

    >>> store = UnknownStore(lambda: SnapshotStore("n1"))
    >>> [op.result for op in store.run([("T1", ("append", "x", 1)), ("T1", "commit")])]
    [(('append', 'x', 1),)]
    """

    __slots__ = ("__run",)

    def __init__(self, make: Callable[[], TransactionServer]) -> None:
        left = [MOST_RUNS]

        def run(script: Any) -> History:
            left[0] -= 1
            if left[0] < 0:
                raise ScriptError(f"more than {MOST_RUNS} runs of one store: fewer are enough")
            return _Run(make()).of(_checked(script))

        self.__run = run

    def run(self, script: Iterable[tuple[Any, Any]]) -> History:
        """Return the history of the transactions of a script, whose steps the store gets in this order.

        A step that has to wait is done once it can be, and so are the later ones of its transaction. A transaction
        that aborts has failed, for a reason that is not told, and its further steps are left out. One that has not
        ended at the end is unknown.
        """
        return self.__run(script)


def hidden_stores() -> list[UnknownStore]:
    """Return a new store of each kind, in the order of `KINDS`."""
    return [UnknownStore(partial(kind, "n1")) for kind in KINDS]


class _Run:
    """One run: the server, and of each transaction the steps that it has not been asked for yet."""

    def __init__(self, server: TransactionServer) -> None:
        self.server = server
        server.on_start(())
        take_effects(server)
        self.names: list[Any] = []
        self.steps: list[list[Any]] = []
        self.done: list[list[Step]] = []
        self.ends: list[tuple[int, Message] | None] = []
        self.starts: list[int] = []
        self.asked: list[bool] = []
        self.moment = 0

    def of(self, script: Sequence[tuple[Any, Any]]) -> History:
        for name, step in script:
            if name not in self.names:
                self._begin(name)
            tx = self.names.index(name)
            self.steps[tx].append(step)
            self._ask(tx)
        return History(self._op(tx) for tx in range(len(self.names)))

    def _begin(self, name: Any) -> None:
        self.names.append(name)
        for one in (self.steps, self.done):
            one.append([])
        self.ends.append(None)
        self.asked.append(False)
        self.moment += 1
        self.starts.append(self.moment)

    def _ask(self, tx: int) -> None:
        """Ask for the next step of a transaction, if it has one, and none is at work."""
        number = len(self.done[tx])
        if self.asked[tx] or self.ends[tx] is not None or number == len(self.steps[tx]):
            return
        self.asked[tx] = True
        step = self.steps[tx][number]
        request = Commit(tx, number, 0) if step == "commit" else DoStep(tx, number, step, 0)
        self._hand(request)

    def _hand(self, request: Message) -> None:
        handle_message(self.server, "c", request)
        answers = [one.message for one in take_effects(self.server) if isinstance(one, Send)]
        for answer in answers:
            self._take(answer)
        for tx in dict.fromkeys(answer.tx for answer in answers):  # type: ignore[attr-defined]
            self._ask(tx)

    def _take(self, answer: Message) -> None:
        assert isinstance(answer, StepDone | Committed | Aborted)
        tx = answer.tx
        if isinstance(answer, StepDone):
            f, key, value = self.steps[tx][answer.number]
            self.done[tx].append((f, key, answer.value if f == "r" else value))
            self.asked[tx] = False
        elif self.ends[tx] is None:
            self.moment += 1
            self.ends[tx] = self.moment, answer

    def _op(self, tx: int) -> Op:
        wanted = tuple(step for step in self.steps[tx] if step != "commit")
        known = (tx, str(self.names[tx]), "txn", None)
        end = self.ends[tx]
        if end is None:
            return Op(
                *known, wanted, "unknown", "it has not ended", self.starts[tx], self.moment + 1
            )
        at, answer = end
        if isinstance(answer, Aborted):
            return Op(*known, wanted, "fail", "it was aborted", self.starts[tx], at)
        done = tuple(self.done[tx])
        return Op(*known, wanted[: len(done)], "ok", done, self.starts[tx], at)


def _checked(script: Any) -> list[tuple[Any, Any]]:
    """Return the script with steps in the form of the store. Raise ScriptError for anything else."""
    entries = listed(script, _MOST_STEPS + 1)
    if entries is None or len(entries) > _MOST_STEPS:
        raise ScriptError(f"a script is a list of at most {_MOST_STEPS} entries, each {_FORMS}")
    return [_entry(entry) for entry in entries]


def _entry(entry: Any) -> tuple[Any, Any]:
    pair = listed(entry, 3)
    if pair is None or len(pair) != 2:
        raise ScriptError(f"{entry!r:.60} is no entry of a script: it must be {_FORMS}")
    name, step = pair
    if step in ("commit", ("commit",), ["commit"]):
        return name, "commit"
    parts = listed(step, 4) or []
    if len(parts) == 2 and parts[0] == "r":
        parts.append(None)
    if len(parts) != 3 or parts[0] not in ("r", "w", "append"):
        raise ScriptError(f"{step!r:.60} is no step: it must be as in {_FORMS}")
    return name, (str(parts[0]), parts[1], parts[2])
