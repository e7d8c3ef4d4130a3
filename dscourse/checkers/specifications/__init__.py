"""The sequential specifications of the course: registers, a lock, a store of texts, a counter, a queue, a set."""

from dscourse.checkers.specification import ILLEGAL, Specification
from dscourse.checkers.specifications.counter import Counter
from dscourse.checkers.specifications.inference import specification_of
from dscourse.checkers.specifications.key_value import KeyValue
from dscourse.checkers.specifications.multi_register import MultiRegister
from dscourse.checkers.specifications.mutex import Mutex
from dscourse.checkers.specifications.queue import Queue
from dscourse.checkers.specifications.registers import CasRegister, Register, StrictCasRegister
from dscourse.checkers.specifications.sets import Set

__all__ = [
    "ILLEGAL", "CasRegister", "Counter", "KeyValue", "MultiRegister", "Mutex", "Queue", "Register",
    "Set", "Specification", "StrictCasRegister", "specification_of",
]  # fmt: skip
