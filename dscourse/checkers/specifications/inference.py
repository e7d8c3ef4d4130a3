"""The choice of a specification by a history's operations."""

from __future__ import annotations

from collections.abc import Set as Elements

from dscourse.checkers.specification import MisfitError, Specification
from dscourse.checkers.specifications.counter import Counter, is_number
from dscourse.checkers.specifications.key_value import KeyValue
from dscourse.checkers.specifications.multi_register import MultiRegister
from dscourse.checkers.specifications.mutex import Mutex
from dscourse.checkers.specifications.queue import Queue
from dscourse.checkers.specifications.registers import CasRegister, Register
from dscourse.checkers.specifications.sets import Set
from dscourse.history import History

__all__ = ["specification_of"]


def specification_of(history: History) -> Specification:
    """Return the simplest specification that has the history's operations. Raise ValueError if none or several fit.

    A history of ``add`` and ``read`` is one of a counter if it adds and reads numbers, one of a set if its reads
    return collections.
    """
    used = {op.f for op in history}
    if used == {"read"}:
        raise MisfitError(
            "a history of reads alone may be one of a register, a counter or a set: give a specification"
        )
    for spec in (Register(), CasRegister(), KeyValue(), Queue(), Mutex(), MultiRegister()):
        if used <= spec.operations:
            return spec
    if used <= Set.operations:
        return _counter_or_set(history, used)
    names = ", ".join(sorted(used))
    raise MisfitError(f"no specification has the operations {names}: give one as spec")


def _counter_or_set(history: History, used: set[str]) -> Specification:
    added = [op.value for op in history if op.f == "add" and op.value is not None]
    read = [op.result for op in history if op.f == "read" and op.status == "ok"]
    known = [result for result in read if result is not None]
    if used <= Counter.operations and all(map(is_number, [*added, *known])):
        return Counter()
    if all(isinstance(result, tuple | list | Elements) for result in known):
        return Set()
    raise MisfitError(
        "its adds and reads are neither those of a counter nor those of a set: give a specification"
    )
