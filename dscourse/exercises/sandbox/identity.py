"""Answers that compare by ``is``, which asks for one object where an equal one comes in a message."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Any

from dscourse.exercises.sandbox.peeking import functions_of

__all__ = ["hint_of_identity"]

# What loads the second value, if it may be one that was sent: no constant, class or result of `type`.
_VALUES = ("LOAD_FAST", "LOAD_DEREF", "LOAD_ATTR", "BINARY_SUBSCR")


def hint_of_identity(answer: Any) -> str:
    """Return a sentence that names the function in which two values are compared by ``is``; "" if there is none.

    >>> def mine(sender, leader):
    ...     return sender is leader
    >>> hint_of_identity(mine)[:26], hint_of_identity(lambda value: value is None)
    (' `mine` compares by `is`: ', '')
    """
    for function in functions_of(answer):
        if _compares_objects(function.__code__):
            return (
                f" `{function.__name__}` compares by `is`: what arrives in a message or as an argument may be equal, "
                "and another object. Use `==`."
            )
    return ""


def _compares_objects(code: CodeType) -> bool:
    before = ""
    for one in dis.get_instructions(code):
        if one.opname == "IS_OP" and before.startswith(_VALUES):
            return True
        before = one.opname
    return any(_compares_objects(one) for one in code.co_consts if isinstance(one, CodeType))
