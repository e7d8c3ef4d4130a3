"""Checkers: from a history to a `Verdict`, with the evidence for it."""

from dscourse.checkers.models import CasRegister, Counter, KeyValue, Model, Queue, Register, Set
from dscourse.checkers.verdict import Verdict

__all__ = [
    "CasRegister", "Counter", "KeyValue", "Model", "Queue", "Register", "Set", "Verdict",
]  # fmt: skip
