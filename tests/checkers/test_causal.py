"""Causal consistency in three forms and PRAM: against their definitions, by examples, and on long histories."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from dscourse.checkers.causal import causal_convergence, causal_memory, weak_causal
from dscourse.checkers.pram import pram
from dscourse.checkers.verdict import Verdict
from dscourse.history import History, Op
from tests.checkers.test_sessions import history
from tests.checkers.weak_definitions import (
    Small,
    is_causal_convergence,
    is_causal_memory,
    is_pram,
    is_weak_causal,
    weak_histories,
    with_any_causal_order,
)
from tests.effort import samples

DEFINED: dict[str, tuple[Callable[[History], Verdict], Callable[[Small], bool]]] = {
    "weak causal": (weak_causal, is_weak_causal),
    "causal memory": (causal_memory, is_causal_memory),
    "causal convergence": (causal_convergence, is_causal_convergence),
    "PRAM": (pram, is_pram),
}
NUMBER = samples(10_000)


@pytest.mark.parametrize("name", DEFINED)
def test_a_model_says_what_its_definition_says(name: str) -> None:
    judge, definition = DEFINED[name]
    answers = {True: 0, False: 0}
    for one in weak_histories(len(name), NUMBER):
        verdict = judge(one)
        if verdict.ok is not None:
            small = Small(one)
            right = definition(small)
            assert verdict.ok is right, f"{verdict!r} but it is {right}\n{one}"
            answers[right] += not small.broken
    assert min(answers.values()) > samples(300)


@pytest.mark.parametrize("name", DEFINED)
def test_the_operations_it_names_refute_it_alone(name: str) -> None:
    judge, definition = DEFINED[name]
    refuted = 0
    for one in weak_histories(2, samples(3_000), ops=9):
        verdict = judge(one)
        if verdict.ok is False and not Small(one).broken:
            refuted += 1
            assert verdict.reason
            named = one.where(lambda op, ids=verdict.refuting: op.id in ids)  # type: ignore[misc]
            assert not definition(Small(named)), f"{verdict!r}\n{one}"
    assert refuted > samples(200)


@pytest.mark.parametrize(
    ("judge", "definition"),
    [(weak_causal, is_weak_causal), (causal_convergence, is_causal_convergence)],
)
def test_the_least_causal_order_is_enough(
    judge: Callable[[History], Verdict], definition: Callable[[Small, set[tuple[int, int]]], bool]
) -> None:
    """The paper asks for some causal order; that of the clients and the reads is the easiest to satisfy."""
    answers = []
    for one in weak_histories(5, 400, ops=4):
        verdict = judge(one)
        if verdict.ok is not None:
            answers.append(verdict.ok)
            assert verdict.ok is with_any_causal_order(Small(one), definition), (
                f"{verdict!r}\n{one}"
            )
    assert min(answers.count(True), answers.count(False)) > 40


C, CM, CCV, P = DEFINED


@pytest.mark.parametrize(
    ("lines", "failing"),
    [
        (("a x=1", "b x:", "b x:1"), set()),
        (("a x=1", "a x=2", "b x:2", "b x:1"), {C, CM, CCV, P}),
        (("a x=1", "b x:1", "b x=2", "c x:2", "c x:1"), {C, CM, CCV}),
        (("a x=1", "b x:1", "b y=2", "c y:2", "c x:"), {C, CM, CCV}),
        (("a x=1", "b x=2", "c x:1", "c x:2", "d x:2", "d x:1"), {CCV}),
        (("a x=1", "b x=2", "c x:1", "c x:2", "c x:1"), {CM, CCV, P}),
        (("a z=1", "a x=2", "a y=3", "b x=4", "b z:", "b y:3", "b x:4"), {CM, P}),
        (("a x:2", "a x=1", "b x:1", "b x=2"), {C, CM, CCV}),
        (("a x=1?", "a x=2", "b x:2", "b x:1"), set()),
        (("a x=1", "a x=2?", "b x:2", "b x:1"), {C, CM, CCV, P}),
        (("a x=1!", "b x:1"), {C, CM, CCV, P}),
        (("a x=1", "a x:"), {C, CM, CCV, P}),
    ],
)
def test_examples(lines: tuple[str, ...], failing: set[str]) -> None:
    assert {n for n, (judge, _) in DEFINED.items() if judge(history(*lines)).ok is False} == failing


@pytest.mark.parametrize(
    ("name", "lines", "reason", "refuting"),
    [
        (
            C, ("a x=1", "a y=9", "b y:9", "b z=3", "c z:3", "c x:"),
            "r5 returned nothing although w0 came before it: w0 → w1 → r2 → w3 → r4 → r5", (0, 1, 2, 3, 4, 5),
        ),
        (C, ("a x:2", "a x=1", "b x:1", "b x=2"),
         "what comes before what runs in a cycle: r0 → w1 → r2 → w3 → r0", (0, 1, 2, 3)),
        (
            CM, ("a x=1", "b x=2", "c y=7", "c x:1", "c x:2", "c y:7", "c x:1"),
            "r3 returned 1, r4 returned 2, r6 returned 1: "
            "no order of the writes that keeps causality explains that", (0, 1, 3, 4, 6),
        ),
        (
            CCV, ("a x=1", "b x=2", "c x:1", "c x:2", "d x:2", "d y:", "d x:1"),
            "r2 returned 1, r3 returned 2, r4 returned 2, r6 returned 1: "
            "no one order of the writes that keeps causality explains that", (0, 1, 2, 3, 4, 6),
        ),
        (
            P, ("a x=1", "b x=2", "c x:1", "c x:2", "c x:1", "d x:2"),
            "r2 returned 1, r3 returned 2, r4 returned 1: "
            "no order of the writes that keeps each client's own explains that", (0, 1, 2, 3, 4),
        ),
    ],
)  # fmt: skip
def test_the_sentence(
    name: str, lines: tuple[str, ...], reason: str, refuting: tuple[int, ...]
) -> None:
    verdict = DEFINED[name][0](history(*lines))
    assert (verdict.reason, verdict.refuting) == (reason, refuting)


def causal_run(operations: int, clients: int = 6, keys: int = 4, seed: int = 1) -> History:
    """Return a history of clients, each with a replica of its own that delivers broadcasts in causal order."""
    rng = random.Random(seed)
    stores: list[dict[object, object]] = [{} for _ in range(clients)]
    log: list[
        tuple[int, list[int], object, int]
    ] = []  # writer, how many of each client's it knew, key, value
    known = [[0] * clients for _ in range(clients)]
    ops = []
    for n in range(operations):
        me, key = rng.randrange(clients), rng.randrange(keys)
        for writer, needs, where, value in log[-60:]:
            new = known[me][writer] == needs[writer] and all(
                h <= k for h, k in zip(needs, known[me], strict=True)
            )
            if new and rng.random() < 0.5:
                stores[me][where] = value
                known[me][writer] += 1
        writes = rng.random() < 0.4
        if writes:
            log.append((me, list(known[me]), key, n))
            stores[me][key], known[me][me] = n, known[me][me] + 1
        result = None if writes else stores[me].get(key)
        ops.append(Op(n, f"c{me}", "write" if writes else "read", key, n if writes else None, "ok", result,
                      2 * n, 2 * n + 1))  # fmt: skip
    return History(ops)


@pytest.mark.parametrize("name", ["weak causal", "causal memory", "PRAM"])
def test_a_long_run_of_causal_replicas_holds_and_one_swapped_read_does_not(name: str) -> None:
    judge, _ = DEFINED[name]
    ops = list(causal_run(1_500))
    start = time.perf_counter()
    assert judge(History(ops)).ok is True
    last = max(n for n, op in enumerate(ops) if op.f == "read" and op.result is not None)
    at = ops[last]
    ops[last] = Op(at.id, at.process, "read", at.key, None, "ok", None, at.invoked, at.returned)
    verdict = judge(History(ops))
    assert verdict.ok is False
    assert 1 < len(verdict.refuting) < 8
    assert time.perf_counter() - start < 20
