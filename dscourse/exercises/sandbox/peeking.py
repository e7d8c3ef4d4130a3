"""Answers that look at what judges them, instead of at their arguments."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from dscourse.exercises.sandbox.code import code_of, names_of

__all__ = ["functions_of", "peeking"]

_JUDGES = "dscourse.exercises"
_FRAMES = {
    "_getframe", "_current_frames", "currentframe", "getouterframes", "f_back", "f_locals", "f_globals", "tb_frame",
    "gi_frame", "cr_frame", "ag_frame", "get_objects", "get_referents", "get_referrers", "__closure__",
    "cell_contents",
}  # fmt: skip
_TOGETHER = (("inspect", "stack"), ("sys", "modules"), ("dscourse", "exercises"))


def peeking(answer: Any, given: Collection[Any] = ()) -> str:
    """Return the name by which the code of an answer reaches what called it or the judges; "" if there is none.

    What the exercise itself has ``given`` may be used.

    Names put together at run time are not found here: it catches an answer that passes on what its judge has
    computed. Where an answer runs in a copy of the process, `sandbox.guard` finds the calls themselves, and the
    worked solution is neither in its memory nor in files that it can open.

    >>> def level(store):
    ...     import sys
    ...     return sys._getframe(1).f_locals["wanted"]
    >>> peeking(level), peeking(len), peeking([3])
    ('_getframe', '', '')
    """
    for function in functions_of(answer):
        names = list(names_of(function.__code__))
        words = [*names, *_texts(function.__code__)]
        found = [word for word in words if word in _FRAMES or _is_a_judge(word)]
        found += [".".join(pair) for pair in _TOGETHER if set(pair) <= set(words)]
        used = (
            (name, function.__globals__[name]) for name in names if name in function.__globals__
        )
        found += [
            name
            for name, one in used
            if _is_of_judges(one) and not any(one is known for known in given)
        ]
        if found:
            return found[0]
    return ""


def _is_of_judges(value: Any) -> bool:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return isinstance(name, str) and _is_a_judge(name)


def _is_a_judge(name: str) -> bool:
    """Return True for the name of the package of the exercises, or of one of its modules."""
    return name == _JUDGES or name.startswith(f"{_JUDGES}.")


def functions_of(answer: Any) -> Iterator[FunctionType]:
    """Yield the functions of an answer; a value has none."""
    while isinstance(answer, functools.partial):
        answer = answer.func
    roots = (
        [answer.__func__, type(answer.__self__)] if isinstance(answer, MethodType)
        else [answer] if isinstance(answer, FunctionType | type) or hasattr(answer, "cache_clear")
        else [type(answer)] if callable(answer)
        else []
    )  # fmt: skip
    for root in roots:
        for one in code_of(root):
            if isinstance(one, FunctionType):
                yield one


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _texts(constant)
