"""The memory of the searches is bounded by their budget: counted in bytes, for histories that use all of it."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.checkers import compare_and_set, recorded
from dscourse.checkers import (
    CasRegister,
    KeyValue,
    Specification,
    Verdict,
    linearizable,
    linearizable_by_search,
    sequential,
    windows,
)
from dscourse.history import History

BUDGET = 2_000
MOST = 800  # bytes per state of the budget


def repeated(rng: random.Random, n: int) -> tuple[str, object]:
    f = rng.choice(("get", "append", "append"))
    return f, None if f == "get" else rng.choice(("a", "b", "ab"))


def wrong_late(
    spec: Specification,
    draw: Callable[[random.Random, int], tuple[str, object]],
    f: str,
    result: object,
) -> History:
    """The history of 20 clients at work at once, in which one of the last results is wrong."""
    ops = list(recorded(spec, draw, 160, 20, 1))
    last = [n for n, op in enumerate(ops) if op.f == f][-3]
    ops[last] = replace(ops[last], result=result)
    return History(ops)


# By name: a history that takes more states than the budget, and its specification.
HARD = {
    "texts": (wrong_late(KeyValue(), repeated, "get", "abzz"), KeyValue()),
    "register": (wrong_late(CasRegister(), compare_and_set, "read", 7), CasRegister()),
}


def peak_bytes(judge: Callable[..., Verdict], history: History, spec: Specification) -> int:
    gc.collect()
    tracemalloc.start(1)
    try:
        verdict = judge(history, spec, budget=BUDGET)
        assert verdict.ok is None, "the history is not hard enough to use the whole budget"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True)
def _few_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep fewer windows than usual: their memory is a constant that would hide that of so few states."""
    monkeypatch.setattr(windows, "_MOST", 50)


JUDGES = [linearizable, linearizable_by_search, sequential]


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: str(judge.__name__))
def test_a_search_takes_a_bounded_memory_per_state(
    judge: Callable[..., Verdict], name: str
) -> None:
    assert peak_bytes(judge, *HARD[name]) < MOST * BUDGET


def test_without_a_bound_of_the_windows_it_takes_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_MOST", 10**9)
    assert peak_bytes(linearizable, *HARD["register"]) > MOST * BUDGET
