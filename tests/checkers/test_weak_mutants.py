"""One line of a weak model's checker is broken at a time: the comparison with the definitions must see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import pytest

from dscourse.checkers import hidden_writes, patterns, reads_from, sessions
from dscourse.checkers.verdict import Verdict
from dscourse.history import History
from tests.checkers import test_causal, test_sessions
from tests.checkers.test_mutants import broken
from tests.checkers.weak_definitions import Small, weak_histories

causal = sys.modules["dscourse.checkers.causal"]
pram = sys.modules["dscourse.checkers.pram"]
DEFINED = {**test_causal.DEFINED, **test_sessions.DEFINED}

# b read nothing under z after its write of 4, so a wrote z later, and x later still: then 4 is gone.
RARE = test_sessions.history("a z=1", "a x=2", "a y=3", "b x=4", "b z:", "b y:3", "b x:4")


_further = weak_histories(17, 12_000)
_histories = [RARE]


def histories(number: int) -> Iterator[History]:
    """Return the rare history and ``number`` random ones: each is made once, for all mutants."""
    for position in range(number + 1):
        if position == len(_histories):
            _histories.append(next(_further))
        yield _histories[position]


@cache
def holds(definition: Callable[[Small], bool], position: int) -> bool:
    """Return the definition's verdict on the history at this position: it is the same for all mutants."""
    return definition(Small(_histories[position]))


def caught(
    judge: Callable[[History], Verdict], definition: Callable[[Small], bool], number: int = 12_000
) -> bool:
    """True if on some history the judge says something else than the definition, or breaks down."""
    for position, one in enumerate(histories(number)):
        try:
            verdict = judge(one)
        except Exception:
            return True
        if verdict.ok is None and "could not be judged" in verdict.reason:
            return True
        if verdict.ok is not None and verdict.ok is not holds(definition, position):
            return True
    return False


MUTANTS: list[tuple[ModuleType, str, str, str]] = [
    (reads_from, 'op.process if op.status == "ok" else n', "op.process", "weak causal"),
    (reads_from, "before.append(line[-1] if line else None)", "before.append(None)", "PRAM"),
    (reads_from, 'if op.f in _WRITES and op.status != "fail":', "if op.f in _WRITES:", "weak causal"),
    (reads_from, "and write.invoked > read.invoked", "and False", "read your writes"),
    (reads_from, 'op.status == "ok" or op.id in happened', 'op.status == "ok"', "weak causal"),
    (patterns, "if write is not None and write not in found[read]:", "if False:", "weak causal"),
    (patterns, "known if write is None else", "0 if write is None else", "weak causal"),
    (patterns, "else known & future.get(write, 0)", "else 0", "weak causal"),
    (patterns, "if past[index] >> write & 1)", "if True)", "weak causal"),
    (patterns, "        return _cycle(accesses, before)", "        return None", "weak causal"),
    (patterns, "& ~past[write] & ~(1 << write)", "& 0", "causal memory"),
    (patterns, "                if known:\n", "                if False:\n", "causal memory"),
    (patterns, "        if not new:\n", "        if True:\n", "PRAM"),
    (causal, "reads and unexplained(accesses, order, reads)", "False", "causal memory"),
    (causal, "for line in accesses.lines]", "for line in accesses.lines[:1]]", "causal convergence"),
    (causal, "order[then].append(one)", "pass", "causal convergence"),
    (pram, "op.process == client", "True", "PRAM"),
    (pram, "found is None and unexplained(accesses, order, accesses.source)", "False", "PRAM"),
    (hidden_writes, "[last[op.process]] if writes and op.process in last else []", "[]", "monotonic writes"),
    (hidden_writes, 'if writes and op.status == "ok":', "if writes:", "monotonic writes"),
    (hidden_writes, "before[index] += [] if write is None else [write]", "pass", "writes follow reads"),
    (hidden_writes, "    if around:\n", "    if False:\n", "writes follow reads"),
    (hidden_writes, "if found & accesses.of_key(read) if", "if found if", "monotonic writes"),
    (hidden_writes, "replaced[index] |= replaced[one]", "pass", "monotonic writes"),
    (hidden_writes, "past[index] & accesses.of_key(index)", "past[index]", "writes follow reads"),
    (hidden_writes, "found, gone = found | past[write], gone", "found, gone = past[write], gone", "monotonic writes"),
    (sessions, "before_own = index, known | older[index]", "before_own = index, older[index]", "read your writes"),
    (sessions, "if own is not None and (write is None or", "if own is not None and (", "read your writes"),
    (sessions, "                known |= older[write] | 1 << write", "                pass", "read your writes"),
    (sessions, "            if seen and (write is None or", "            if (write is None or", "monotonic reads"),
    (sessions, "0 if last is None or last == write else 1 << last", "0", "monotonic reads"),
    (sessions, "gone |= older[write] | replaced", "gone |= replaced", "monotonic reads"),
    (sessions, "done.get((op.process, op.key), 0)", "done.get((0, op.key), 0)", "monotonic reads"),
]  # fmt: skip


@contextmanager
def with_the_code_of(module: ModuleType, mutant: ModuleType) -> Iterator[None]:
    """Give the functions of the module those bodies, whoever has imported them."""
    pairs = list(functions(module, mutant))
    kept = [function.__code__ for function, _ in pairs]
    for function, other in pairs:
        function.__code__ = other.__code__
    try:
        yield
    finally:
        for (function, _), code in zip(pairs, kept, strict=True):
            function.__code__ = code


def functions(module: Any, mutant: Any) -> Iterator[tuple[FunctionType, FunctionType]]:
    """The functions that a module or class defines itself, each with the mutant's."""
    for name, value in list(vars(module).items()):
        function = getattr(value, "__func__", value)
        if isinstance(function, FunctionType) and function.__qualname__.split(".")[-1] == name:
            other = vars(mutant).get(name)
            if other is not None and function.__code__.co_filename == (
                sys.modules[function.__module__].__file__
            ):
                yield function, getattr(other, "__func__", other)
        elif isinstance(value, type) and value.__module__ == module.__name__:
            yield from functions(value, vars(mutant)[name])


def test_nothing_is_caught_where_nothing_is_broken() -> None:
    with with_the_code_of(patterns, broken(patterns, "if not new:", "if not new :")):
        assert not caught(*DEFINED["PRAM"], number=500)


@pytest.mark.parametrize(("module", "line", "instead", "name"), MUTANTS)
def test_a_mutant_is_caught(module: ModuleType, line: str, instead: str, name: str) -> None:
    with with_the_code_of(module, broken(module, line, instead)):
        assert caught(*DEFINED[name])
