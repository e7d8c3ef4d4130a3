"""Programs that read and write accounts in transactions at read committed, one step at a time in a drawn order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from dscourse.exercises.judges.own_memory import OwnMemory
from dscourse.exercises.judges.salted import Salted
from dscourse.protocols.isolation.locks import LockTable

__all__ = ["Bench", "DeadlockError", "MisuseError", "Program"]

Step = Generator[Any, Any, Any]
_FORMS = "('lock', account), ('read', account) or ('write', account, balance)"
_MOST_STEPS = 800  # of all programs of a run


class DeadlockError(Exception):
    """The database has aborted the transaction, which is undone: transactions waited for each other."""


class MisuseError(Exception):
    """A program yields what is no step, or does not end."""


@dataclass(slots=True, eq=False)
class Program:
    """A running program: its transaction, its uncommitted writes, and its result once it has ended.

    ``go_on`` takes its next step; ``memory`` is that of its process, for `OwnMemory`.
    """

    name: str
    steps: Step
    tx: int
    go_on: Callable[[], Any]
    memory: Any
    own: dict[Any, Any] = field(default_factory=dict)
    waits: tuple[str, Any, Any] | None = None
    ended: bool = False
    deadlocked: bool = False
    result: Any = None


class Bench:
    """A database at read committed: a read returns what has committed; locks and writes exclude each other.

    Of transactions that wait for each other the youngest is aborted.
    """

    def __init__(self, balances: Mapping[Any, int], function: Callable[..., Any]) -> None:
        self.balances = dict(balances)
        self.memory = OwnMemory(function)
        self.locks = LockTable()
        self.programs: list[Program] = []
        self.committed: list[Program] = []  # in this order
        self.story: list[str] = []
        self.begun = self.count = 0

    def start(self, name: str, *arguments: Any) -> Program:
        """Begin a program, in a process of its own. Raise MisuseError if it is no generator."""
        memory = self.memory.fresh()
        steps = self.memory.within(memory, lambda: self.memory.call(*arguments))
        if not (hasattr(steps, "send") and hasattr(steps, "throw")):
            raise MisuseError(f"`withdraw` must be a generator function: it yields {_FORMS}.")
        self.begun += 1
        program = Program(name, steps, self.begun, partial(next, steps), memory)
        self.programs.append(program)
        return program

    def advance(self, program: Program) -> None:
        """Carry out the next step of a program that does not wait."""
        self.count += 1
        if self.count > _MOST_STEPS:
            raise MisuseError(
                f"{program.name} does not end: all withdrawals took {_MOST_STEPS} steps."
            )
        try:
            wanted = self.memory.within(program.memory, program.go_on)
        except StopIteration as end:
            self._commit(program, end.value)
        except DeadlockError:
            program.ended = program.deadlocked = True
            self._release(program)
        else:
            self._do(program, *_checked(wanted))

    def go_on(self, program: Program) -> None:
        """Carry out the steps of one program until it has ended or waits."""
        while not program.ended and program.waits is None:
            self.advance(program)

    def run(self, draws: Random) -> None:
        """Carry out all programs, one step at a time, each time of a drawn one that can go on."""
        while ready := [one for one in self.programs if not one.ended and one.waits is None]:
            self.advance(draws.choice(ready))

    def _do(self, program: Program, f: str, key: Any, value: Any) -> None:
        """Carry out a step, or let the program wait for its lock; the program goes on at its next turn."""
        if f != "read" and not self.locks.ask(program.tx, key, exclusive=True):
            program.waits = f, key, value
            self.story.append(f"{program.name} waits for {key!r}")
            self._end_deadlock(program)
        else:
            self._done(program, f, key, value)

    def _done(self, program: Program, f: str, key: Any, value: Any) -> None:
        answer = None
        if f == "read":
            if key not in self.balances:
                raise MisuseError(f"There is no account {key!r}.")
            answer = program.own.get(key, self.balances[key])
        elif f == "write":
            program.own[key] = value
        last = {"read": f" → {answer}", "write": f" = {value!r}"}.get(f, "")
        self.story.append(f"{program.name} {f}s {key!r}{last}")
        program.go_on = partial(program.steps.send, answer)

    def _end_deadlock(self, program: Program) -> None:
        by_tx = {one.tx: one for one in self.programs}
        while cycle := self.locks.cycle(program.tx) if program.waits else []:
            victim = by_tx[max(cycle)]
            self.story.append(f"{victim.name} is aborted in a deadlock")
            self._release(victim)
            victim.go_on = partial(victim.steps.throw, DeadlockError("aborted in a deadlock"))

    def _commit(self, program: Program, result: Any) -> None:
        unknown = [key for key in program.own if key not in self.balances]
        if unknown:
            raise MisuseError(f"There is no account {unknown[0]!r}.")
        self.balances.update(program.own)
        self.story.append(f"{program.name} returns {result!r}")
        program.ended, program.result = True, result
        self.committed.append(program)
        self._release(program)

    def _release(self, program: Program) -> None:
        """End a transaction; a program that goes on begins a new one."""
        program.own, program.waits, old = {}, None, program.tx
        self.begun += 1
        program.tx = self.begun
        granted = self.locks.release(old)
        for one in self.programs:
            if one.tx in granted and one.waits is not None:
                step, one.waits = one.waits, None
                self._done(one, *step)


def _checked(wanted: Any) -> tuple[str, Any, Any]:
    parts = list(wanted) if isinstance(wanted, tuple | list) else []
    lengths = {"lock": 2, "read": 2, "write": 3}
    f = parts[0] if parts and isinstance(parts[0], str) else ""
    if lengths.get(f) != len(parts):
        raise MisuseError(f"`withdraw` yields {wanted!r:.60}: it must be {_FORMS}.")
    key = _unsalted(parts[1])
    try:
        hash(key)
    except TypeError:
        raise MisuseError(
            f"`withdraw` yields {wanted!r:.60}: {key!r:.40} cannot be locked."
        ) from None
    return f, key, parts[2] if f == "write" else None


def _unsalted(key: Any) -> Any:
    """Return a name as the database knows it, whichever process it comes from."""
    if isinstance(key, Salted):
        return str(key)
    if isinstance(key, tuple):
        return tuple(map(_unsalted, key))
    return frozenset(map(_unsalted, key)) if isinstance(key, frozenset) else key
