"""Real calls through a circuit breaker, from threads and tasks; every schedule of the textbook's threads."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from dscourse.breaker import (
    CircuitBreaker,
    CircuitOpenError,
    CircuitState,
    ConsecutiveFailures,
    FailureRate,
    Guard,
)
from dscourse.breaker.threads import (
    LockedThreads,
    TextbookThreads,
    Threads,
    in_the_table,
    one_probe,
)
from dscourse.explore import explore_model

RULES = [ConsecutiveFailures(3), FailureRate(3, 1.0, 3)]


class Watch:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def guarded(rule: ConsecutiveFailures | FailureRate, **settings: float) -> tuple[Guard, Watch]:
    watch = Watch()
    breaker = CircuitBreaker(rule, open_ms=1_000, **settings)  # type: ignore[arg-type]
    return Guard(breaker, failures=(OSError,), clock=watch), watch


def fetch(error: BaseException | None = None) -> str:
    """An answer, or the error."""
    if error is not None:
        raise error
    return "answer"


Kind = Callable[[Guard], Callable[..., str]]


def by_block(guard: Guard) -> Callable[..., str]:
    def call(error: BaseException | None = None) -> str:
        with guard.attempt():
            return fetch(error)

    return call


def by_task(guard: Guard) -> Callable[..., str]:
    @guard
    async def call(error: BaseException | None = None) -> str:
        return fetch(error)

    return lambda error=None: asyncio.run(call(error))


def by_decorator(guard: Guard) -> Callable[..., str]:
    return guard(fetch)


KINDS: list[Kind] = [by_decorator, by_block, by_task]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES, ids=["row", "rate"])
def test_failures_open_and_a_good_probe_closes(kind: Kind, rule: ConsecutiveFailures) -> None:
    guard, watch = guarded(rule)
    call = kind(guard)
    assert call() == "answer"
    for _ in range(3):
        with pytest.raises(OSError, match="down"):
            call(OSError("down"))
    watch.s = 0.25
    with pytest.raises(CircuitOpenError, match="no call for another 750 ms"):
        call()
    watch.s = 1.0
    assert (call(), guard.breaker.state) == ("answer", CircuitState.CLOSED)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES, ids=["row", "rate"])
def test_an_exception_of_another_type_is_an_answer(kind: Kind, rule: ConsecutiveFailures) -> None:
    guard, _ = guarded(rule)
    call = kind(guard)
    for error in (OSError("1"), OSError("2"), KeyError("no such page"), OSError("3")):
        with pytest.raises(type(error)):
            call(error)
    assert guard.breaker.state is CircuitState.CLOSED


@pytest.mark.parametrize("kind", [by_decorator, by_block])
def test_an_interrupted_probe_gives_its_permit_back(kind: Kind) -> None:
    guard, watch = guarded(ConsecutiveFailures(1))
    call = kind(guard)
    with pytest.raises(OSError, match="down"):
        call(OSError("down"))
    watch.s = 1.0
    with pytest.raises(KeyboardInterrupt):
        call(KeyboardInterrupt())
    assert (call(), guard.breaker.state) == ("answer", CircuitState.CLOSED)


@pytest.mark.parametrize("rule", RULES, ids=["row", "rate"])
def test_a_slow_answer_is_bad(rule: ConsecutiveFailures) -> None:
    guard, watch = guarded(rule, slow_ms=100.0)

    @guard
    def slow() -> None:
        watch.s += 0.1

    for _ in range(3):
        slow()
    assert guard.breaker.state is CircuitState.OPEN


def test_the_name_and_the_arguments_of_a_function_stay() -> None:
    guard, _ = guarded(ConsecutiveFailures(1))
    assert (guard(fetch).__name__, guard(fetch)(error=None)) == ("fetch", "answer")


def crowd(
    guard: Guard,
    size: int,
    work: Callable[[], str],
    ended: Callable[[Counter[str]], None] = lambda ends: None,
) -> Counter[str]:
    """Begin the calls of ``size`` threads at once and count their outcomes; call ``ended`` after each."""
    ready, ends, call = threading.Barrier(size), Counter[str](), guard(work)

    def run() -> None:
        ready.wait()
        try:
            end = call()
        except Exception as error:
            end = type(error).__name__
        with lock:
            ends[end] += 1
            ended(ends)

    lock = threading.Lock()
    threads = [threading.Thread(target=run) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    return ends


@pytest.mark.parametrize("probes", [1, 3])
@pytest.mark.parametrize(
    "rule", [ConsecutiveFailures(1), FailureRate(1, 1.0, 1)], ids=["row", "rate"]
)
def test_of_many_threads_only_the_probes_get_through(
    rule: ConsecutiveFailures, probes: int
) -> None:
    guard, watch = guarded(rule, probes=probes)
    with pytest.raises(OSError, match="down"):
        guard(fetch)(OSError("down"))
    watch.s = 1.0
    go = threading.Event()

    def work() -> str:
        go.wait(timeout=10)
        return "answer"

    def ended(ends: Counter[str]) -> None:
        if ends["CircuitOpenError"] == 16 - probes:
            go.set()

    ends = crowd(guard, 16, work, ended)
    assert ends == {"answer": probes, "CircuitOpenError": 16 - probes}
    assert guard.breaker.state is CircuitState.CLOSED


def test_no_outcome_of_many_threads_is_lost() -> None:
    guard, _ = guarded(FailureRate(10_000, 1.0, 10_000))
    call = guard(fetch)

    def work() -> str:
        for i in range(200):
            with suppress(OSError):
                call(OSError("down") if i % 2 else None)
        return "answer"

    crowd(Guard(CircuitBreaker()), 8, work)
    rule = guard.breaker.rule
    assert isinstance(rule, FailureRate)
    assert (rule.calls, rule.failures) == (1_600, 800)


# --- every schedule ------------------------------------------------------------------------------


def closed_again(now: Threads) -> bool:
    return now.state is CircuitState.CLOSED


def refused(now: Threads) -> bool:
    return "done" in now.doing and "probes" in now.doing


@pytest.mark.parametrize(("count", "states"), [(2, 16), (3, 52), (4, 152)])
def test_threads_that_hold_the_lock_make_one_probe(count: int, states: int) -> None:
    found = explore_model(
        LockedThreads(count), always=[one_probe, in_the_table], sometimes=[closed_again, refused]
    )
    assert (found.ok, found.states) == (True, states)


def test_threads_that_check_and_then_act_make_two_probes_at_once() -> None:
    found = explore_model(TextbookThreads(2), always=[one_probe])
    assert (found.ok, len(found.steps)) == (False, 4)


def test_threads_that_check_and_then_act_make_a_closed_circuit_half_open() -> None:
    found = explore_model(TextbookThreads(2), always=[in_the_table])
    assert found.steps == (
        "thread 1 reads open", "thread 2 reads open", "thread 1 acts", "thread 1: good", "thread 2 acts",
    )  # fmt: skip
