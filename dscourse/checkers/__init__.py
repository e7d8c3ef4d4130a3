"""Checkers: from a history to a `Verdict`, with the evidence for it."""

from dscourse.checkers.linearizability import linearizable, linearizable_by_search
from dscourse.checkers.models import CasRegister, Counter, KeyValue, Model, Queue, Register, Set
from dscourse.checkers.sequential import sequential
from dscourse.checkers.verdict import Verdict

__all__ = [
    "CasRegister", "Counter", "KeyValue", "Model", "Queue", "Register", "Set", "Verdict", "linearizable",
    "linearizable_by_search", "sequential",
]  # fmt: skip
