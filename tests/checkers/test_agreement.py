"""The checkers against the definitions, on tens of thousands of small histories; and mutants that must be caught."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from string import ascii_lowercase
from typing import Any

import pytest

from dscourse.checkers import (
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
    Verdict,
    linearizable,
    linearizable_by_search,
    sequential,
    windows,
)  # fmt: skip
from dscourse.checkers.parts import judged_operations
from dscourse.checkers.specification import ILLEGAL, trusted
from dscourse.history import History, Op
from tests.checkers.bruteforce import is_linearizable, is_sequential, legal, small_histories
from tests.effort import samples

NUMBER = samples(3_000)  # histories of each kind


def register(rng: random.Random, n: int) -> tuple[str, object, object]:
    if rng.random() < 0.5:
        return "write", rng.randint(1, 2), None
    return "read", None, rng.choice((None, 1, 1, 2, 2))


def unique(rng: random.Random, n: int) -> tuple[str, object, object]:
    if rng.random() < 0.5:
        return "write", n, None
    return "read", None, rng.choice((None, *range(n + 1)))


def deleting(rng: random.Random, n: int) -> tuple[str, object, object]:
    return ("delete", None, None) if rng.random() < 0.2 else unique(rng, n)


def cas(rng: random.Random, n: int) -> tuple[str, object, object]:
    if rng.random() < 0.6:
        return register(rng, n)
    old, new = rng.sample((1, 2, 3), 2)
    return "cas", (old, new), rng.choice((True, False, None))


def key_value(rng: random.Random, n: int) -> tuple[str, object, object]:
    f = rng.choice(("get", "get", "put", "append", "delete"))
    if f == "get":
        return f, None, rng.choice((None, "", "a", "b", "ab", "aa"))
    return f, None if f == "delete" else rng.choice("ab"), None


def text(rng: random.Random, n: int) -> tuple[str, object, object]:
    f = rng.choice(("get", "put", "append"))
    return (
        (f, None, rng.choice(("a", "ab", "b", "ba"))) if f == "get" else (f, rng.choice("ab"), None)
    )


def pieces(rng: random.Random, n: int) -> tuple[str, object, object]:
    """Puts and appends of a letter each, all different; gets of up to three of them, mostly in their order."""
    f = rng.choice(("get", "put", "append", "append"))
    if f != "get":
        return f, ascii_lowercase[n], None
    seen = rng.sample(ascii_lowercase[: n + 1], min(n + 1, rng.choice((0, 0, 1, 1, 1, 2, 3))))
    return f, None, "".join(sorted(seen) if rng.random() < 0.8 else seen) or rng.choice((None, ""))


def overlapping(rng: random.Random, n: int) -> tuple[str, object, object]:
    """Puts and appends of texts that may be the beginnings of others, equal to them, or empty."""
    f = rng.choice(("get", "put", "append"))
    seen = rng.choice((None, "", "a", "b", "ab", "aab", "aba", "abb", "abc"))
    return (
        (f, None, seen)
        if f == "get"
        else (f, rng.choice(("", "a", "a", "b", "b", "ab", "c")), None)
    )


def counter(rng: random.Random, n: int) -> tuple[str, object, object]:
    return ("read", None, rng.randint(0, 2)) if rng.random() < 0.5 else ("add", None, None)


def queue(rng: random.Random, n: int) -> tuple[str, object, object]:
    return (
        ("dequeue", None, rng.choice((None, 1, 2)))
        if rng.random() < 0.5
        else ("enqueue", rng.randint(1, 2), None)
    )


def elements(rng: random.Random, n: int) -> tuple[str, object, object]:
    f = rng.choice(("read", "read", "add", "remove"))
    return (f, None, rng.choice(([], [1], (2, 1)))) if f == "read" else (f, rng.randint(1, 2), None)


def growing(rng: random.Random, n: int) -> tuple[str, object, object]:
    f = rng.choice(("read", "add"))
    return (
        (f, None, rng.choice(([], [1], [2], (2, 1))))
        if f == "read"
        else (f, rng.randint(1, 2), None)
    )


def amounts(rng: random.Random, n: int) -> tuple[str, object, object]:
    return (
        ("read", None, rng.randint(-1, 4))
        if rng.random() < 0.5
        else ("add", rng.choice((-1, 1, 2, 2)), None)
    )


def lock(rng: random.Random, n: int) -> tuple[str, object, object]:
    return (
        rng.choice(("acquire", "acquire", "release")),
        None,
        rng.choice((None, None, True, False)),
    )


def several(rng: random.Random, n: int) -> tuple[str, object, object]:
    if rng.random() < 0.2:
        return rng.choice(
            (("write", rng.randint(1, 2), None), ("read", None, rng.choice((None, 1))))
        )
    done = tuple(
        (rng.choice("rw"), rng.choice("xy"), rng.choice((None, 1, 2)))
        for _ in range(rng.randint(1, 2))
    )
    return "txn", tuple((f, key, None if f == "r" else value) for f, key, value in done), done


class OneRegister(Register):
    """A register that holds 1 before all writes."""

    initial = 1


class OneSet(Set):
    """A set that holds 1 from the start."""

    initial = frozenset({1})


class OneText(KeyValue):
    """A text that is there from the start."""

    initial = "a"


class Swapping(CasRegister):
    """A step of its own below a register's: a read takes the value away, a write fails on a full register."""

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            return None if op.status != "ok" or op.result == state else ILLEGAL
        if op.f == "write" and state is not None:
            return ILLEGAL if op.status == "ok" else state
        return super().step(state, op)


KINDS: dict[
    str,
    tuple[
        Specification,
        Callable[[random.Random, int], tuple[str, object, object]],
        tuple[object, ...],
    ],
] = {
    "register": (Register(), register, (None,)),
    "unique": (Register(), unique, (None,)),
    "unique, two keys": (Register(), unique, ("x", "y")),
    "delete": (Register(), deleting, (None,)),
    "cas": (CasRegister(), cas, (None,)),
    "key-value": (KeyValue(), key_value, ("x", "y")),
    "text": (KeyValue(), text, (None,)),
    "pieces": (KeyValue(), pieces, (None,)),
    "pieces, two keys": (KeyValue(), pieces, ("x", "y")),
    "overlapping": (KeyValue(), overlapping, (None,)),
    "overlapping, holds a": (OneText(), overlapping, (None,)),
    "counter": (Counter(), counter, (None,)),
    "queue": (Queue(), queue, (None,)),
    "set": (Set(), elements, (None,)),
    "growing set": (Set(), growing, (None,)),
    "growing set that holds 1": (OneSet(), growing, (None,)),
    "amounts": (Counter(), amounts, (None,)),
    "mutex": (Mutex(), lock, (None,)),
    "multi-register": (MultiRegister(), several, ("x", "y")),
    "strict cas": (StrictCasRegister(), cas, (None,)),
    "register that holds 1": (OneRegister(), register, (None,)),
    "unique, holds 1": (OneRegister(), unique, (None,)),
    "own step": (Swapping(), register, (None,)),
}


@lru_cache(maxsize=32)  # judges and mutants of one kind share them
def histories(kind: str, number: int = NUMBER, ops: int = 6) -> list[History]:
    _, draw, keys = KINDS[kind]
    return list(small_histories(len(kind), number, draw, ops, keys))


@lru_cache(maxsize=32)
def truths(
    kind: str, truth: Callable[[History, Specification], bool], number: int = NUMBER
) -> list[bool]:
    """Return the definition's verdict on each of the histories."""
    return [truth(history, KINDS[kind][0]) for history in histories(kind, number)]


def mostly_open(kind: str, number: int, ops: int = 9) -> list[History]:
    """Random histories in which more than a third of the operations that happened are of unknown outcome."""
    _, draw, keys = KINDS[kind]
    rng = random.Random(7)
    return [
        History(
            replace(op, status="unknown") if op.status == "ok" and rng.random() < 0.35 else op
            for op in one
        )
        for one in small_histories(77, number, draw, ops, keys)
    ]


def disagreements(
    kind: str,
    judge: Callable[[History, Specification], Verdict],
    truth: Callable[[History, Specification], bool],
    number: int = NUMBER,
) -> tuple[int, int, list[str]]:
    """Count the histories that the definition allows and refutes; list those on which the judge disagrees."""
    spec = KINDS[kind][0]
    allowed = refuted = 0
    wrong = []
    for history, right in zip(histories(kind, number), truths(kind, truth, number), strict=True):
        verdict = judge(history, spec)
        if verdict.ok is None:
            continue
        allowed += right
        refuted += not right
        if verdict.ok is not right:
            wrong.append(f"{verdict!r} but it is {right}\n{history}")
    return allowed, refuted, wrong


JUDGES = {
    "linearizable": (linearizable, is_linearizable),
    "linearizable_by_search": (linearizable_by_search, is_linearizable),
    "sequential": (sequential, is_sequential),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("judge", JUDGES)
def test_a_checker_says_what_the_definition_says(judge: str, kind: str) -> None:
    allowed, refuted, wrong = disagreements(kind, *JUDGES[judge])
    assert wrong[:1] == []
    assert min(allowed, refuted) > NUMBER / 20


@pytest.mark.parametrize("kind", KINDS)
def test_the_fast_search_agrees_with_the_plain_one_where_much_is_unknown(kind: str) -> None:
    spec = KINDS[kind][0]
    verdicts = [
        (linearizable(one, spec).ok, linearizable_by_search(one, spec).ok)
        for one in mostly_open(kind, samples(600))
    ]
    assert [n for n, (fast, plain) in enumerate(verdicts) if fast is not plain] == []
    assert min(verdicts.count((True, True)), verdicts.count((False, False))) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_that_forgets_its_windows_finds_the_same(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, forgotten = KINDS[kind][0], []
    some = [*mostly_open(kind, samples(100)), *histories(kind, samples(100), 12)]
    kept = [linearizable(one, spec) for one in some]
    forget = windows.Windows._forget
    monkeypatch.setattr(windows, "_MOST", 3)
    monkeypatch.setattr(
        windows.Windows, "_forget", lambda self: (forgotten.append(1), forget(self))
    )
    assert [linearizable(one, spec) for one in some] == kept
    assert forgotten or kind.startswith(("unique", "growing set", "pieces"))  # which need no search


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("judge", JUDGES)
def test_a_witness_is_an_order_that_explains_the_history(judge: str, kind: str) -> None:
    spec = KINDS[kind][0]
    checked = 0
    for history in histories(kind, 400, ops=7):
        verdict = JUDGES[judge][0](history, spec)
        if verdict.ok:
            ops = {op.id: op for op in judged_operations(history, spec)}
            order = [ops[number] for number in verdict.witness]
            assert set(verdict.witness) >= {op.id for op in history.ok}
            assert len(set(verdict.witness)) == len(verdict.witness)
            assert legal(order, spec)
            assert kept(order, judge)
            checked += 1
    assert checked > 20


def kept(order: list[Op], judge: str) -> bool:
    """True if no operation of the order comes after one that has to come after it."""
    if judge == "sequential":
        pairs = ((a, b) for i, b in enumerate(order) for a in order[:i] if a.process == b.process)
        return all(not (b.status == "ok" and b.invoked < a.invoked) for a, b in pairs)
    return all(not b.before(a) for i, b in enumerate(order) for a in order[:i])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("judge", ["linearizable", "sequential"])
def test_the_operations_named_in_a_refutation_refute_without_the_others(
    judge: str, kind: str
) -> None:
    """Operations not named are left open, or left out if they only read: even then there is no order."""
    spec = KINDS[kind][0]
    truth = JUDGES[judge][1]
    seen = 0
    for history in histories(kind, samples(800)):
        verdict = JUDGES[judge][0](history, spec)
        if verdict.ok is False:
            seen += 1
            assert verdict.reason
            assert not truth(loosened(history, verdict.refuting, spec), spec), (
                f"{verdict!r}\n{history}"
            )
    assert seen > 20


def loosened(history: History, named: tuple[int, ...], spec: Specification) -> History:
    """The history in which only the named operations are known to have happened."""
    observes = trusted(spec, "observes")
    return History(
        op if op.id in named else replace(op, status="unknown")
        for op in judged_operations(history, spec)
        if op.id in named or not observes(op)
    )
