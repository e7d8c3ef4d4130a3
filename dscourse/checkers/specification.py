"""Sequential specifications: the answers of one copy that is used by one client at a time.

A specification is a first state and a ``step``: from a state and an operation to the state after it, or `ILLEGAL`
where the operation's result could not have come about. That alone decides every verdict. The other methods are
*hints*, which make a search fast or say what counts as evidence. A hint is only as good as the ``step`` that it was
written for: a class that overrides ``step`` inherits no hint (`trusted`), so it is judged by its own step alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from dscourse.core.equality import same, token
from dscourse.history import Op

__all__ = [
    "ILLEGAL", "Anonymous", "MisfitError", "Specification", "States", "may_return", "trusted", "unchanged",
]  # fmt: skip


class _Illegal:
    """The state after an operation that could not have had its result."""

    def __repr__(self) -> str:
        return "ILLEGAL"

    def __reduce__(self) -> str:
        return "ILLEGAL"  # a copy is the same object


ILLEGAL: Any = _Illegal()


class MisfitError(ValueError):
    """An operation that the specification does not have, or whose value or result it cannot have."""


class Specification:
    """A sequential object; subclasses give ``name``, ``initial``, ``observers`` and ``step``.

    ``observers`` are the operations that never change the state. With ``by_key`` every key is an object of its own.
    An operation whose status is not ``ok`` has no known result, so a step accepts any. A ``step`` may look at an
    operation's function, key, value, status, result and process, and must leave the old state as it is.
    """

    name = "specification"
    initial: Any = None
    observers: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    by_key = True

    def step(self, state: Any, op: Op) -> Any:
        """Return the state after ``op``, or ILLEGAL. ValueError for an operation that this object does not have."""
        raise NotImplementedError

    def counted(self, op: Op) -> Op | None:
        """Return the operation as the specification judges it; None to leave it out, as one that failed."""
        return None if op.status == "fail" else op

    def first(self) -> Any:
        """Return the state before all operations, which is ``initial`` unless the states have a form of their own."""
        return self.initial

    # Hints.

    def observes(self, op: Op) -> bool:
        """Return True if the operation cannot change the state, whatever the state is."""
        return op.f in self.observers

    def tells(self, op: Op) -> bool:
        """Return True if the operation is evidence: if its outcome could have been illegal.

        By default that is every operation that succeeded, since success itself may be the evidence, as with a lock.
        """
        return op.status == "ok"

    def alike(self, op: Op) -> Hashable:
        """Return a key that two operations share if and only if the specification cannot tell them apart."""
        return (op.process, *_fields(op))

    def foreseen(
        self, state: Any, observers: Sequence[Op], writers: Callable[[], Iterable[Op]]
    ) -> Any:
        """Return the state, a simpler one that is as good, or ILLEGAL if the next observer cannot become legal.

        ``observers`` are the next one and those that may come before its end; ``writers`` gives the other operations
        that may do so.
        """
        return state

    def postpones(self, ops: Sequence[Op]) -> bool:
        """Return True if open operations need to be tried only right before an observer, in batches from `bridges`.

        That is sound if every operation that changes the state either commutes with the others or hides their effect.
        """
        return False

    def bridges(self, state: Any, op: Op, unknown: Sequence[Op]) -> Iterable[Sequence[Op]]:
        """Return the minimal batches of open operations that make the observer ``op`` legal."""
        return ()

    def _unfit(self, op: Op) -> MisfitError:
        have = ", ".join(sorted(self.operations))
        return MisfitError(f"operation {op.id} is {op.f!r}: a {self.name} has {have}")


def may_return(op: Op, result: object) -> bool:
    """Return True if the operation returned this result, or if its result is not known."""
    return op.status != "ok" or same(op.result, result)


def _fields(op: Op) -> tuple[Hashable, ...]:
    """Return the fields of an operation on which a step may depend, except for its process."""
    ok = op.status == "ok"
    return (op.f, token(op.key), token(op.value), ok, token(op.result) if ok else None)


class Anonymous(Specification):
    """A specification that does not distinguish the processes of operations."""

    def alike(self, op: Op) -> Hashable:
        return _fields(op)


_CAUTIOUS = Specification()


def trusted(spec: Specification, hint: str) -> Any:
    """Return the hint of this name: that of `Specification`, which claims nothing, if ``step`` was overridden below.

    >>> class Odd(Specification):
    ...     observers = frozenset({"read"})
    >>> class Odder(Odd):
    ...     def step(self, state, op):
    ...         return op.value
    >>> read = Op(0, "c", "read")
    >>> trusted(Odd(), "observes")(read), trusted(Odder(), "observes")(read)
    (True, False)
    """
    names = {hint, "observers"} if hint == "observes" else {hint}
    for known in (getattr(spec, "__dict__", {}), *map(vars, type(spec).__mro__)):
        if not names.isdisjoint(known):
            return getattr(spec, hint)
        if "step" in known:
            break
    return getattr(_CAUTIOUS, hint)


def unchanged(spec: Specification, *kinds: type[Specification]) -> bool:
    """Return True if ``spec`` is of one of these kinds, or differs from one only in its name and first value."""
    own = set(getattr(spec, "__dict__", {}))
    for kind in type(spec).__mro__:
        if kind in kinds:
            return own <= {"initial", "name"}
        own |= {name for name in vars(kind) if not name.startswith("__")}
    return False


class States:
    """The states that a search has reached, by number: 0 is the first state, -1 is no state."""

    def __init__(self, spec: Specification) -> None:
        self.spec = spec
        first = spec.first()
        self.values = [first]
        self.size = 0  # the memory that large states take, in units of a small one
        self._numbers = {token(first): 0}

    def after(self, number: int, op: Op) -> int:
        """Return the number of the state after ``op``; -1 if it is illegal. MisfitError if there is none."""
        try:
            value = self.spec.step(self.values[number], op)
            return -1 if value is ILLEGAL else self.number(value)
        except MisfitError:
            raise
        except Exception as error:
            problem = f"{type(error).__name__}: {error}" if type(error) is not ValueError else error
            raise MisfitError(
                f"a {self.spec.name} cannot step over operation {op.id}: {problem}"
            ) from error

    def number(self, value: Any) -> int:
        """Return the number of this state; a new state gets the next number."""
        key = token(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(value)
            if hasattr(value, "__len__"):
                self.size += max(0, len(value) - 16) // 4
        return number
