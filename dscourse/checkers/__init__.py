"""Checkers: from a history to a `Verdict`, with the evidence for it."""

from dscourse.checkers.causal import causal_convergence, causal_memory, weak_causal
from dscourse.checkers.classification import BY_NAME, IMPLIES, Classification, classify
from dscourse.checkers.convergence import convergent
from dscourse.checkers.linearizability import linearizable, linearizable_by_search
from dscourse.checkers.pram import pram
from dscourse.checkers.sequential import sequential
from dscourse.checkers.sessions import (
    monotonic_reads,
    monotonic_writes,
    read_your_writes,
    writes_follow_reads,
)
from dscourse.checkers.specifications import (
    CasRegister,
    Counter,
    KeyValue,
    MultiRegister,
    Mutex,
    Queue,
    Register,
    Set,
    Specification,
    StrictCasRegister,
)
from dscourse.checkers.verdict import Verdict

__all__ = [
    "BY_NAME", "IMPLIES", "CasRegister", "Classification", "Counter", "KeyValue", "MultiRegister", "Mutex",
    "Queue", "Register", "Set", "Specification", "StrictCasRegister", "Verdict",
    "causal_convergence", "causal_memory", "classify", "convergent", "linearizable", "linearizable_by_search",
    "monotonic_reads", "monotonic_writes", "pram", "read_your_writes", "sequential", "weak_causal",
    "writes_follow_reads",
]  # fmt: skip
