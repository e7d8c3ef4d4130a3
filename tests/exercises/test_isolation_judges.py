"""The judges of chapter 16 are right themselves: by brute force, by the checker, and by random scripts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from importlib import import_module
from itertools import combinations, pairwise
from typing import Any

import pytest

from dscourse.checkers.transactions import isolation
from dscourse.exercises.judges.applications import Bench, DeadlockError, MisuseError
from dscourse.exercises.judges.isolation_levels import FIVE, NONE, strongest
from dscourse.exercises.judges.memory import reachable, shared_by_its_class
from dscourse.exercises.judges.own_memory import OwnMemory
from dscourse.exercises.judges.unknown_stores import KINDS, ScriptError, UnknownStore
from dscourse.exercises.judges.waits import cycle_through, rightful_victims
from dscourse.experiments.isolation_histories import history_of

CYCLES = import_module("dscourse.exercises.16_transactions.16_4_conclusion_from_a_cycle")
SEVEN = import_module("dscourse.exercises.16_transactions.16_5_strongest_level")


# --- 16.4: a cycle as a history, judged by the checker ---


def as_history(kinds: Sequence[str]) -> Any:
    """A history whose only dependencies are the cycle, each on a key of its own."""
    steps: list[list[Any]] = [[] for _ in kinds]
    last = []
    for n, kind in enumerate(kinds):
        one, other, key = steps[n], steps[(n + 1) % len(kinds)], f"k{n}"
        if kind == "rw":
            one.append(("r", key, None))
        else:
            one.append(("append", key, 1))
        other.append(("r", key, (1,)) if kind == "wr" else ("append", key, 2))
        last.append(("r", key, {"ww": (1, 2), "wr": (1,), "rw": (2,)}[kind]))
    rows = [(f"c{n}", own, "ok", n, 100 + n) for n, own in enumerate(steps)]
    return history_of([*rows, ("last", last, "ok", 50, 200)])


def test_the_levels_that_forbid_a_cycle_are_those_that_the_checker_refutes() -> None:
    draws = random.Random(1)
    for _ in range(150):
        menu = draws.choice((("ww", "wr", "rw"), ("ww",), ("ww", "wr"), ("ww", "wr", "wr", "rw")))
        kinds = [draws.choice(menu) for _ in range(draws.randint(2, 6))]
        verdicts = isolation(as_history(kinds)).verdicts.values()
        refuted = {verdict.model for verdict in verdicts if verdict.ok is False}
        assert refuted & {*FIVE} == CYCLES.forbidding(kinds), kinds


def test_the_drawn_cycles_are_cycles_of_every_kind() -> None:
    cycles = CYCLES.drawn_cycles()
    for cycle in cycles:
        assert all(one[2] == other[0] for one, other in pairwise([*cycle, cycle[0]]))
    levels = [frozenset(CYCLES.forbidding([kind for _, kind, _ in cycle])) for cycle in cycles]
    assert all(levels.count(one) > 40 for one in set(levels))
    assert len(set(levels)) == 5


def test_the_seven_histories_have_six_different_levels() -> None:
    found = [strongest(history) for history in SEVEN.HISTORIES.values()]
    assert {*found} == {NONE, *FIVE}
    for history in SEVEN.HISTORIES.values():
        verdicts = isolation(history).verdicts.values()
        assert all(verdict.ok is not None for verdict in verdicts if verdict.model in FIVE)


# --- 16.7: the bench ---


def test_a_read_returns_what_has_committed_and_a_write_waits_for_the_lock() -> None:
    def program(value: int) -> Any:
        yield "write", "a", value
        got = yield "read", "a"
        return got == value

    bench = Bench({"a": 0}, program)
    one, two = bench.start("T1", 1), bench.start("T2", 2)
    bench.advance(one)
    bench.advance(two)
    assert (two.waits, bench.balances) == (("write", "a", 2), {"a": 0})
    bench.advance(one)
    bench.advance(one)
    assert (one.result, two.waits, bench.balances) == (True, None, {"a": 1})
    bench.run(random.Random(0))
    assert (two.result, bench.balances) == (True, {"a": 2})


def test_a_deadlock_aborts_the_youngest_whose_writes_are_undone() -> None:
    def program(first: str, second: str) -> Any:
        try:
            yield "write", first, 7
            yield "lock", second
        except DeadlockError:
            return (yield "read", first)

    bench = Bench({"a": 0, "b": 0}, program)
    bench.start("T1", "a", "b")
    bench.start("T2", "b", "a")
    for one in [*bench.programs, *bench.programs]:
        bench.advance(one)
    bench.run(random.Random(0))
    assert [one.result for one in bench.programs] == [None, 0]
    assert bench.balances == {"a": 7, "b": 0}


def test_a_program_that_does_not_end_or_yields_something_else_is_a_misuse() -> None:
    def endless() -> Any:
        while True:
            yield "read", "a"

    def strange() -> Any:
        yield "sleep"

    for program in (endless, strange, lambda: 7):
        bench = Bench({"a": 0}, program)
        with pytest.raises(MisuseError):
            _run(bench)


def _run(bench: Bench) -> None:
    bench.start("T1")
    bench.run(random.Random(0))


def test_processes_share_no_memory() -> None:
    enclosed: list[int] = []

    def note(given: list[int] = []) -> tuple[int, int]:  # noqa: B006
        given.append(1)
        enclosed.append(1)
        return len(given), len(enclosed)

    memory = OwnMemory(note)
    processes = [memory.fresh(), memory.fresh()]
    assert [memory.within(one, memory.call) for one in processes] == [(1, 1), (1, 1)]
    assert memory.within(processes[0], memory.call) == (2, 2)
    assert (enclosed, note.__defaults__) == ([], ([],))


# --- 16.8 and 16.9 ---


def test_what_an_object_keeps_counts_once_and_its_class_counts_too() -> None:
    class Keeper:
        seen: list[int] = []  # noqa: RUF012

        def __init__(self) -> None:
            self.kept = {n: str(n + 1_000) for n in range(1_000, 1_500)}

    assert 1_000 < reachable(Keeper()) < 1_100
    Keeper.seen += range(2_000, 3_000)
    assert 2_000 < reachable(Keeper()) < 2_100
    assert shared_by_its_class(Keeper) == "seen"
    assert shared_by_its_class(object) == ""


def test_the_rightful_victims_are_the_only_set_that_is_right() -> None:
    for seed in range(60):
        draws = random.Random(seed)
        names = range(draws.randint(2, 6))
        waits = {a: [b for b in names if a != b and draws.random() < 0.3] for a in names}
        begun = {name: float(n) for n, name in enumerate(draws.sample(names, len(names)))}
        subsets = (set(one) for size in range(len(names) + 1) for one in combinations(names, size))
        assert [one for one in subsets if _right(one, waits, begun)] == [
            rightful_victims(waits, begun)
        ]


def _right(gone: set[int], waits: dict[int, list[int]], begun: dict[int, float]) -> bool:
    """No cycle is left, and each victim is the youngest on a cycle without another victim."""
    left = set(begun) - gone
    older = {tx: {one for one in left if begun[one] < begun[tx]} for tx in gone}
    return not any(cycle_through(tx, waits, left) for tx in left) and all(
        cycle_through(tx, waits, older[tx] | {tx}) for tx in gone
    )


# --- 16.10 ---


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
def test_the_level_of_an_unknown_store_is_that_of_its_worst_run(kind: Any) -> None:
    order = (NONE, *FIVE)
    found = {strongest(UnknownStore(lambda: kind("n1")).run(_script(seed))) for seed in range(120)}
    worst = min(found, key=order.index)
    assert {"strict serializable": "serializable"}.get(worst, worst) == KINDS[kind]


def _script(seed: int) -> list[tuple[str, Any]]:
    draws = random.Random(seed)
    script: list[tuple[str, Any]] = []
    steps: dict[str, list[Any]] = {}
    for one in "ABC"[: draws.randint(2, 3)]:
        own = [(draws.choice(["r", "append"]), draws.choice("xy"), f"{one}{n}") for n in range(2)]
        steps[one] = [*own, "commit"]
    while steps:
        name = draws.choice(list(steps))
        script.append((name, steps[name].pop(0)))
        if not steps[name]:
            del steps[name]
    return [*script, *(("Z", step) for step in (("r", "x"), ("r", "y"), "commit"))]


def test_a_step_that_waits_is_done_later_and_one_that_never_ends_is_unknown() -> None:
    locking = next(kind for kind in KINDS if kind.__name__ == "LockingStore")
    store = UnknownStore(lambda: locking("n1"))
    write = ("append", "x", 1)
    history = store.run([("A", write), ("B", ("r", "x")), ("B", "commit"), ("A", "commit")])
    assert [op.result for op in history] == [(write,), (("r", "x", (1,)),)]
    history = store.run([("A", write), ("B", ("r", "x")), ("B", "commit")])
    assert [op.status for op in history] == ["unknown", "unknown"]
    with pytest.raises(ScriptError, match="is no step"):
        store.run([("A", "go")])


# --- what an answer keeps, and what it looks at ---


def test_a_method_of_a_value_belongs_to_the_memory_of_a_process() -> None:
    """Two names of one set are one set in every process, and none of another process."""
    busy: set[str] = set()
    add, names = busy.add, busy

    def note(name: str) -> int:
        add(name)
        return len(names)

    memory = OwnMemory(note)
    one, other = memory.fresh(), memory.fresh()
    assert [memory.within(one, lambda: note("a")), memory.within(one, lambda: note("b"))] == [1, 2]
    assert memory.within(other, lambda: note("c")) == 1
    assert busy == set()
