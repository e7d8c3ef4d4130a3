"""The outcome of a guarded call, for every kind of callable in Python; calls within calls."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import gc
import inspect
import io
import itertools
import threading
import types
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from multiprocessing.pool import ApplyResult
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dscourse.breaker import (
    CircuitBreaker,
    CircuitOpenError,
    CircuitState,
    ConsecutiveFailures,
    FailureRate,
    Guard,
)

CLOSED, OPEN, HALF_OPEN = CircuitState
RULES = [ConsecutiveFailures(2), FailureRate(2, 1.0, 2)]
every_rule = pytest.mark.parametrize("rule", RULES, ids=["row", "rate"])


class Watch:
    """A clock that is set by hand, in seconds."""

    s = 0.0

    def __call__(self) -> float:
        return self.s


def guarding(rule: Any = RULES[0], failures: Any = (OSError,), **given: Any) -> tuple[Guard, Watch]:
    watch = Watch()
    breaker = CircuitBreaker(rule, open_ms=1_000, **given)
    return Guard(breaker, failures, clock=watch), watch


def half_open(failures: Any = (OSError,), **given: Any) -> tuple[Guard, Watch]:
    """A guard whose next call is a probe."""
    guard, watch = guarding(failures=failures, **given)
    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            guard(answer)(OSError("down"))
    watch.s += 1
    assert guard.breaker.state is OPEN
    return guard, watch


def answer(error: BaseException | None = None) -> str:
    if error is not None:
        raise error
    return "answer"


async def answer_later(error: BaseException | None = None) -> str:
    await asyncio.sleep(0)
    return answer(error)


@pytest.mark.parametrize("guard_of", [lambda: guarding()[0], lambda: half_open()[0]])
def test_the_names_of_keyword_arguments_are_the_functions_own(guard_of: Any) -> None:
    def names(**words: str) -> list[str]:
        return sorted(words)

    words = {"self": "s", "judge": "j", "function": "f", "args": "a"}
    assert guard_of()(names)(**words) == sorted(words)


# --- every callable ------------------------------------------------------------------------------


class Service:
    """The same answer by every kind of method and object."""

    def method(self, error: BaseException | None = None) -> str:
        return answer(error)

    @classmethod
    def of_the_class(cls, error: BaseException | None = None) -> str:
        return answer(error)

    async def later(self, error: BaseException | None = None) -> str:
        return await answer_later(error)

    __call__ = method


class Later(Service):
    async def __call__(self, error: BaseException | None = None) -> str:  # type: ignore[override]
        return await answer_later(error)


def iterated(error: BaseException | None = None) -> Iterator[str]:
    yield "first"
    yield answer(error)


async def iterated_later(error: BaseException | None = None) -> AsyncIterator[str]:
    yield "first"
    yield await answer_later(error)


class Iterated:
    def __call__(self, error: BaseException | None = None) -> Iterator[str]:
        yield from iterated(error)


@types.coroutine
def old_coroutine(error: BaseException | None = None) -> Generator[Any, None, str]:
    yield from asyncio.sleep(0).__await__()
    return answer(error)


@functools.wraps(answer_later)
def wrapped(*args: Any) -> Awaitable[str]:
    return answer_later(*args)


def in_a_future(error: BaseException | None = None) -> Future[str]:
    with ThreadPoolExecutor() as pool:
        return pool.submit(answer, error)


def in_a_task(error: BaseException | None = None) -> asyncio.Task[str]:
    return asyncio.ensure_future(answer_later(error))  # type: ignore[return-value]


def called(result: Any) -> Any:
    return result


async def awaited(result: Any) -> Any:
    return await result


async def last_of(result: Any) -> Any:
    return [item async for item in result][-1]


PLAIN: dict[str, Any] = {
    "function": answer, "lambda": lambda error=None: answer(error), "bound method": Service().method,
    "class method": Service.of_the_class, "partial": functools.partial(Service.method, Service()),
    "object": Service(), "cached": functools.lru_cache(answer), "mock": MagicMock(side_effect=answer),
    "builtin": functools.reduce, "decorated": functools.wraps(wrapped)(lambda error=None: answer(error)),
}  # fmt: skip
AWAITED: dict[str, Any] = {
    "coroutine function": answer_later, "its method": Service().later, "its partial": functools.partial(answer_later),
    "async object": Later(), "partial of it": functools.partial(Later()),
    "lambda": lambda error=None: answer_later(error),
    "wraps": wrapped, "old coroutine": old_coroutine, "its lambda": lambda error=None: old_coroutine(error),
    "task": in_a_task, "mock": AsyncMock(side_effect=answer),
}  # fmt: skip
IN_STEPS: dict[str, Any] = {
    "generator function": iterated, "its partial": functools.partial(iterated), "object": Iterated(),
    "lambda": lambda error=None: iterated(error),
}  # fmt: skip
IN_STEPS_LATER: dict[str, Any] = {
    "async generator function": iterated_later, "its partial": functools.partial(iterated_later),
    "lambda": lambda error=None: iterated_later(error),
}  # fmt: skip
# For each callable, and one call of it: start it, and get its answer.
CALLS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    **{f"{name}, called": (f, called) for name, f in PLAIN.items() if name != "builtin"},
    **{f"{name}, awaited": (f, awaited) for name, f in AWAITED.items()},
    **{f"{name}, iterated": (f, lambda result: list(result)[-1]) for name, f in IN_STEPS.items()},
    **{f"{name}, async for": (f, last_of) for name, f in IN_STEPS_LATER.items()},
    "future": (in_a_future, lambda future: future.result()),
}


def run(guarded: Any, finish: Callable[[Any], Any], *args: Any) -> Any:
    """One call, within an event loop."""

    async def whole() -> Any:
        result = finish(guarded(*args))
        return await result if inspect.iscoroutine(result) else result

    return asyncio.run(whole())


@every_rule
@pytest.mark.parametrize("name", CALLS)
def test_every_kind_of_call_counts_when_it_is_over(name: str, rule: Any) -> None:
    function, finish = CALLS[name]
    guard, watch = guarding(rule)
    guarded = guard(function)
    assert run(guarded, finish) == "answer"
    for _ in range(2):
        assert guard.breaker.state is CLOSED
        with pytest.raises(OSError, match="down"):
            run(guarded, finish, OSError("down"))
    assert guard.breaker.state is OPEN
    with pytest.raises(CircuitOpenError, match="no call for another 1000 ms"):
        run(guarded, finish)
    watch.s = 1
    with pytest.raises(OSError, match="still down"):
        run(guarded, finish, OSError("still down"))
    assert guard.breaker.state is OPEN
    watch.s = 2
    assert (run(guarded, finish), guard.breaker.state) == ("answer", CLOSED)


@pytest.mark.parametrize(
    "name", [name for name in CALLS if "called" not in name and "future" not in name]
)
def test_a_call_that_is_never_started_is_no_call(name: str) -> None:
    """Neither good before any of it has run, nor a probe that is lost."""
    function, finish = CALLS[name]
    guard, watch = guarding()
    guarded = guard(function)
    with pytest.raises(OSError, match="down"):
        run(guarded, finish, OSError("down"))

    async def unstarted() -> None:
        if name != "task, awaited":  # a task starts by itself
            guarded()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        asyncio.run(unstarted())
        with pytest.raises(OSError, match="down"):
            run(guarded, finish, OSError("down"))
        assert guard.breaker.state is OPEN  # two failures in a row: nothing good was between
        watch.s = 1
        asyncio.run(unstarted())
    assert run(guarded, finish) == "answer"
    assert guard.breaker.state is CLOSED


def test_a_builtin_is_a_function() -> None:
    guard, _ = guarding(failures=(TypeError,))
    assert guard(functools.reduce)(max, [1, 3, 2]) == 3
    for _ in range(2):
        with pytest.raises(TypeError):
            guard(len)(5)
    assert guard.breaker.state is OPEN


def test_methods_are_guarded_in_their_class_in_either_order() -> None:
    guard, _ = guarding()

    class Client:
        name = "client"

        @guard
        def plain(self) -> str:
            return self.name

        @guard
        @staticmethod
        def outside() -> str:
            return "static"

        @staticmethod
        @guard
        def inside() -> str:
            return "static"

        @guard
        @classmethod
        def create(cls) -> str:
            return cls.name

        @guard
        async def later(self) -> str:
            return self.name

    one = Client()
    assert (one.plain(), one.outside(), Client.inside(), one.create(), Client.create()) == (
        "client", "static", "static", "client", "client",
    )  # fmt: skip
    assert asyncio.run(one.later()) == "client"


def test_a_guarded_function_is_still_of_its_kind() -> None:
    guard, _ = guarding()
    assert inspect.iscoroutinefunction(guard(answer_later))
    assert inspect.isgeneratorfunction(guard(iterated))
    assert inspect.isasyncgenfunction(guard(iterated_later))
    assert guard(iterated).__name__ == "iterated"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (Service, "Service is a class"),
        (str, "str is a class"),
        (property(answer), "cannot be called"),
        (functools.partialmethod(answer), "cannot be called"),
        (5, "5 cannot be called"),
        (None, "None cannot be called"),
    ],
)
def test_what_cannot_be_guarded_is_refused_at_once(what: Any, message: str) -> None:
    guard, _ = guarding()
    with pytest.raises(TypeError, match=message):
        guard(what)


class Promise:
    def __await__(self) -> Iterator[None]:
        yield


@contextmanager
def session() -> Iterator[None]:
    yield


@asynccontextmanager
async def session_later() -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (Promise, "returned a Promise, which is not awaited yet: guard an async function that awaits it"),
        (session, "session returned a _GeneratorContextManager, which has not run yet"),
        (session_later, "_AsyncGeneratorContextManager, which has not run yet"),
        (lambda: iter(answer, None), "returned a callable_iterator, which has not run yet"),
        (lambda: ApplyResult(MagicMock(), None, None), "returned a ApplyResult, which has not run yet"),
        (lambda: map(answer, []), "returned a map, which has not run yet: guard a function that runs it"),
        (lambda: filter(answer, []), "returned a filter"),
        (lambda: itertools.starmap(answer, []), "returned a starmap"),
    ],
)  # fmt: skip
def test_what_has_not_run_when_it_returns_is_refused_then(function: Any, message: str) -> None:
    guard, _ = half_open()
    call = guard(lambda: function()) if function is Promise else guard(function)
    for _ in range(3):  # its permit goes back
        with pytest.raises(TypeError, match=message):
            call()
    assert guard.breaker.state is HALF_OPEN
    assert (guard(answer)(), guard.breaker.state) == ("answer", CLOSED)
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    "result",
    [None, [1], iter([1]), object(), MagicMock(), io.BytesIO()],
    ids=lambda result: type(result).__name__,
)
def test_any_other_result_is_an_answer_as_it_stands(result: Any) -> None:
    guard, _ = half_open()
    assert guard(lambda: result)() is result
    assert guard.breaker.state is CLOSED


@pytest.mark.parametrize("breaker", [None, answer, ConsecutiveFailures(1)])
def test_a_guard_has_a_breaker(breaker: Any) -> None:
    with pytest.raises(TypeError, match="a CircuitBreaker is required"):
        Guard(breaker)


@pytest.mark.parametrize("failures", [(5,), "OSError", [OSError], (OSError, "x"), (int,)])
def test_failures_are_types_of_exceptions(failures: Any) -> None:
    with pytest.raises(TypeError, match="a tuple of exception types is required"):
        Guard(CircuitBreaker(), failures)
    assert Guard(CircuitBreaker(), OSError).failures == (OSError,)


def test_a_block_is_one_call() -> None:
    guard, _ = guarding()
    attempt = guard.attempt()
    with attempt:
        pass
    with pytest.raises(RuntimeError, match=r"write guard.attempt\(\) again"), attempt:
        pass
    assert not callable(attempt)  # as a decorator it would end before an async function has begun


# --- generators ----------------------------------------------------------------------------------


def conversation() -> Generator[Any, Any, str]:
    heard = []
    with suppress(GeneratorExit):
        while "end" not in heard:
            try:
                heard.append((yield len(heard)))
            except KeyError as error:
                heard.append(repr(error))
    return ", ".join(map(str, heard))


STEPS = st.lists(st.sampled_from(["send", "throw", "end", "close", "raise"]), max_size=8)


def steps_of(make: Callable[[], Any], steps: list[str]) -> list[Any]:
    """Return the values that a consumer sees when it takes these steps."""
    outcomes: list[Any] = []
    try:
        talk = make()
        outcomes.append(next(talk))
        for number, step in enumerate(steps):
            if step == "throw":
                outcomes.append(talk.throw(KeyError(number)))
            elif step == "raise":
                outcomes.append(talk.throw(OSError(number)))
            elif step == "close":
                outcomes.append(talk.close())
            else:
                outcomes.append(talk.send("end" if step == "end" else number))
    except (StopIteration, OSError, KeyError) as error:
        outcomes.append((type(error), error.args))
    return outcomes


@given(STEPS)
def test_a_guarded_generator_is_the_generator_to_its_consumer(steps: list[str]) -> None:
    guard, _ = guarding()
    assert steps_of(guard(conversation), steps) == steps_of(conversation, steps)


async def conversation_later() -> Any:
    heard: list[Any] = []
    while "end" not in heard:
        try:
            heard.append((yield list(heard)))
        except KeyError as error:
            heard.append(repr(error))


async def steps_later(make: Callable[[], Any], steps: list[str]) -> list[Any]:
    outcomes: list[Any] = []
    try:
        talk = make()
        outcomes.append(await anext(talk))
        for number, step in enumerate(steps):
            if step == "throw":
                outcomes.append(await talk.athrow(KeyError(number)))
            elif step == "raise":
                outcomes.append(await talk.athrow(OSError(number)))
            elif step == "close":
                outcomes.append(await talk.aclose())
            else:
                outcomes.append(await talk.asend("end" if step == "end" else number))
    except (StopAsyncIteration, OSError, KeyError) as error:
        outcomes.append((type(error), error.args))
    return outcomes


@settings(deadline=None, max_examples=50)
@given(STEPS)
def test_a_guarded_async_generator_is_the_generator_to_its_consumer(steps: list[str]) -> None:
    guard, _ = guarding()
    expected = asyncio.run(steps_later(conversation_later, steps))
    assert asyncio.run(steps_later(guard(conversation_later), steps)) == expected


@pytest.mark.parametrize("leave", ["close", "forget", "break"])
def test_a_generator_that_its_consumer_leaves_has_answered(leave: str) -> None:
    guard, _ = half_open()
    items = guard(iterated)()
    assert next(items) == "first"
    with pytest.raises(CircuitOpenError, match="its probes are under way"):
        guard(answer)()
    if leave == "close":
        items.close()  # type: ignore[attr-defined]
    del items
    gc.collect()
    assert guard.breaker.state is CLOSED


def test_an_async_generator_that_its_consumer_leaves_has_answered() -> None:
    guard, _ = half_open()

    async def leave() -> None:
        async for item in guard(iterated_later)():
            assert item == "first"
            break
        gc.collect()
        await asyncio.sleep(0.01)  # the loop closes it

    asyncio.run(leave())
    assert guard.breaker.state is CLOSED


def test_a_generator_that_fails_as_it_is_closed_has_failed() -> None:
    guard, _ = half_open()

    @guard
    def items() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise OSError("cannot close")

    talk = items()
    next(talk)
    with pytest.raises(OSError, match="cannot close"):
        talk.close()  # type: ignore[attr-defined]
    assert guard.breaker.state is OPEN


def test_the_consumers_pauses_do_not_make_a_generator_slow() -> None:
    guard, watch = guarding(slow_ms=100.0)
    for _ in range(3):
        for _item in guard(iterated)():
            watch.s += 0.2
    assert guard.breaker.state is CLOSED


def test_a_consumer_is_outside_of_the_generators_probe() -> None:
    guard, _ = half_open()
    for _item in guard(iterated)():
        with pytest.raises(CircuitOpenError):
            guard(answer)()
    assert guard(answer)() == "answer"


# --- time-outs and cancellation ------------------------------------------------------------------


async def hang() -> None:
    await asyncio.sleep(60)


async def timed_out(call: Callable[[], Any], times: int = 30) -> None:
    for _ in range(times):
        with suppress(TimeoutError, CircuitOpenError):
            await asyncio.wait_for(call(), 0.001)


def test_a_callers_time_out_is_a_cancellation_and_says_nothing() -> None:
    guard, _ = guarding(failures=(Exception,))
    asyncio.run(timed_out(guard(hang)))
    assert guard.breaker.state is CLOSED
    guard, _ = half_open()
    asyncio.run(timed_out(guard(hang)))
    assert guard.breaker.state is HALF_OPEN  # and each permit came back
    assert (guard(answer)(), guard.breaker.state) == ("answer", CLOSED)


@every_rule
def test_time_outs_count_where_the_documentation_says_so(rule: Any) -> None:
    guard, _ = guarding(rule, failures=(OSError, asyncio.CancelledError))
    asyncio.run(timed_out(guard(hang)))
    assert guard.breaker.state is OPEN

    guard, _ = guarding(rule)

    @guard
    async def inside() -> None:
        async with asyncio.timeout(0.001):  # TimeoutError is an OSError
            await hang()

    async def twice() -> None:
        for _ in range(2):
            with suppress(TimeoutError):
                await inside()

    asyncio.run(twice())
    assert guard.breaker.state is OPEN


@every_rule
def test_a_cancelled_call_that_was_slow_is_slow(rule: Any) -> None:
    guard, watch = guarding(rule, slow_ms=100.0)
    if isinstance(rule, FailureRate):
        guard.breaker.rule = FailureRate(2, 1.0, 2, slow_rate=1.0)

    @guard
    async def slow(took_s: float) -> None:
        watch.s += took_s
        await hang()

    asyncio.run(timed_out(lambda: slow(0.09)))
    assert guard.breaker.state is CLOSED
    asyncio.run(timed_out(lambda: slow(0.1), 2))
    assert guard.breaker.state is OPEN


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(), GeneratorExit(), asyncio.CancelledError()]
)
@pytest.mark.parametrize(
    "name", ["function, called", "coroutine function, awaited", "generator function, iterated"]
)
def test_what_is_no_exception_of_the_service_says_nothing(name: str, error: BaseException) -> None:
    function, finish = CALLS[name]
    guard, _ = half_open()
    with pytest.raises(type(error)):
        run(guard(function), finish, error)
    assert guard.breaker.state is HALF_OPEN
    assert (guard(answer)(), guard.breaker.state) == ("answer", CLOSED)


def test_a_coroutine_that_is_dropped_half_way_gives_its_permit_back() -> None:
    guard, _ = half_open()

    async def drop() -> None:
        call = guard(hang)()
        call.send(None)
        del call
        gc.collect()

    asyncio.run(drop())
    assert (guard(answer)(), guard.breaker.state) == ("answer", CLOSED)


@pytest.mark.parametrize("how", ["cancelled", "failed", "done"])
def test_a_future_ends_its_call(how: str) -> None:
    guard, _ = half_open()
    future = guard(lambda: Future[str]())()
    assert isinstance(future, Future)
    with pytest.raises(CircuitOpenError):
        guard(answer)()
    if how == "cancelled":
        future.cancel()
        future.set_running_or_notify_cancel()
    elif how == "failed":
        future.set_exception(OSError("down"))
    else:
        future.set_result("answer")
    expected = {"cancelled": HALF_OPEN, "failed": OPEN, "done": CLOSED}
    assert guard.breaker.state is expected[how]


def test_a_refused_coroutine_is_closed_without_a_warning() -> None:
    guard, _ = guarding()
    call = guard(lambda: answer_later())()
    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            guard(answer)(OSError("down"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CircuitOpenError):
            asyncio.run(awaited(call))
        gc.collect()


# --- what counts ---------------------------------------------------------------------------------


def group(*errors: BaseException) -> BaseExceptionGroup[BaseException]:
    return BaseExceptionGroup("several", errors)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (group(OSError(), KeyError()), OPEN),
        (group(KeyError(), group(OSError(), KeyboardInterrupt())), OPEN),
        (group(KeyError(), ValueError()), CLOSED),
        (group(KeyError(), KeyboardInterrupt()), HALF_OPEN),
        (CircuitOpenError("inner"), HALF_OPEN),
        (group(CircuitOpenError("inner"), KeyError()), HALF_OPEN),
        (group(CircuitOpenError("inner"), OSError()), OPEN),
    ],
    ids=repr,
)
def test_a_group_is_what_its_exceptions_are(error: BaseException, state: CircuitState) -> None:
    guard, _ = half_open()
    with pytest.raises(type(error)):
        guard(answer)(error)
    assert guard.breaker.state is state


@pytest.mark.parametrize("failures", [(Exception,), (OSError,)])
def test_an_inner_refusal_says_nothing_about_the_outer_service(failures: Any) -> None:
    inner, now = guarding()
    outer, later = half_open(failures)
    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            inner(answer)(OSError("down"))
    call = outer(inner(answer))
    for _ in range(5):
        with pytest.raises(CircuitOpenError, match="the circuit is open"):
            call()
    assert outer.breaker.state is HALF_OPEN
    now.s = later.s = 1
    assert (call(), outer.breaker.state, inner.breaker.state) == ("answer", CLOSED, CLOSED)


@pytest.mark.parametrize("failures", [(Exception,), (OSError,)])
def test_the_cancelled_task_of_a_pool_says_nothing(failures: Any) -> None:
    """`concurrent.futures.CancelledError` is an `Exception`, and no answer of the service all the same."""
    guard, _ = half_open(failures)
    future: Future[str] = Future()
    future.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        guard(future.result)()
    assert guard.breaker.state is HALF_OPEN
    named, _ = guarding(failures=concurrent.futures.CancelledError)
    for _ in range(2):
        with pytest.raises(concurrent.futures.CancelledError):
            named(future.result)()
    assert named.breaker.state is OPEN


def test_an_inner_refusal_is_a_failure_by_name() -> None:
    outer, _ = guarding(failures=(OSError, CircuitOpenError))
    for _ in range(2):
        with pytest.raises(CircuitOpenError):
            outer(answer)(CircuitOpenError("inner"))
    assert outer.breaker.state is OPEN


# --- calls within calls --------------------------------------------------------------------------


def recursive(guard: Guard) -> Callable[[int], Any]:
    @guard
    def get(redirects: int) -> str:
        return get(redirects - 1) if redirects else "answer"

    return get


def mutual(guard: Guard) -> Callable[[int], Any]:
    other = Guard(guard.breaker, guard.failures, guard._judge.now_ms)

    @guard
    def one(left: int) -> str:
        return two(left - 1) if left else "answer"

    @other
    def two(left: int) -> str:
        with guard.attempt():
            return one(left - 1) if left else "answer"

    return one


def tasks(guard: Guard) -> Callable[[int], Any]:
    @guard
    async def get(depth: int) -> str:
        if not depth:
            return "answer"
        found = await asyncio.gather(get(depth - 1), asyncio.to_thread(guard(answer)))
        return found[0]

    return lambda depth: asyncio.run(get(depth))


def pages(guard: Guard) -> Callable[[int], Any]:
    @guard
    def walk(depth: int) -> Iterator[str]:
        if depth:
            yield from walk(depth - 1)
        yield guard(answer)()

    return lambda depth: list(walk(depth))[-1]


def pages_later(guard: Guard) -> Callable[[int], Any]:
    @guard
    async def walk(depth: int) -> AsyncIterator[str]:
        if depth:
            async for item in walk(depth - 1):
                yield item
        yield await guard(answer_later)()

    return lambda depth: asyncio.run(last_of(walk(depth)))


def copied_context(guard: Guard) -> Callable[[int], Any]:
    @guard
    def get(depth: int) -> str:
        if not depth:
            return "answer"
        context = contextvars.copy_context()
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(context.run, get, depth - 1).result()

    return get


NESTED = [recursive, mutual, tasks, pages, pages_later, copied_context]


@pytest.mark.parametrize("make", NESTED)
@pytest.mark.parametrize("probes", [1, 3])
def test_calls_within_calls_of_one_breaker_close_it_again(make: Any, probes: int) -> None:
    guard, _ = half_open(probes=probes)
    call = make(guard)
    for number in range(probes):
        assert guard.breaker.state is (HALF_OPEN if number else OPEN)
        assert call(3) == "answer"
    assert guard.breaker.state is CLOSED
    assert call(3) == "answer"


def test_what_a_probe_started_is_on_its_own_when_the_probe_has_ended() -> None:
    guard, watch = half_open()

    async def run() -> str:
        go = asyncio.Event()

        async def straggler() -> str:
            await go.wait()
            return await guard(answer_later)()

        @guard
        async def probe() -> asyncio.Task[str]:
            return asyncio.create_task(straggler())

        late = await probe()
        assert guard.breaker.state is CLOSED
        for _ in range(2):
            with suppress(OSError):
                guard(answer)(OSError("down"))
        watch.s += 1
        with guard.attempt():  # another probe, in a context that the straggler has not inherited
            go.set()
            with pytest.raises(CircuitOpenError, match="its probes are under way"):
                await late
        return "answer"

    assert asyncio.run(run()) == "answer"


def test_what_an_ended_probe_has_left_behind_takes_a_permit_of_its_own() -> None:
    guard, _ = half_open(probes=2)
    context = guard(contextvars.copy_context)()  # as in a task that outlives the call that made it
    assert guard.breaker.state is HALF_OPEN
    assert context.run(guard(answer)) == "answer"
    assert guard.breaker.state is CLOSED


def test_a_thread_of_its_own_is_outside_of_the_probe() -> None:
    guard, _ = half_open()
    ends: list[str] = []

    def other() -> None:
        try:
            ends.append(guard(answer)())
        except CircuitOpenError:
            ends.append("refused")

    with guard.attempt():
        thread = threading.Thread(target=contextvars.Context().run, args=(other,))
        thread.start()
        thread.join()
    assert ends == ["refused"]
    assert guard.breaker.state is CLOSED


def test_a_call_within_a_probe_that_another_probe_has_ended_is_refused() -> None:
    guard, _ = half_open(probes=2)
    with guard.attempt():
        context = contextvars.Context()
        with suppress(OSError):
            context.run(guard(answer), OSError("down"))
        assert guard.breaker.state is OPEN
        with pytest.raises(CircuitOpenError, match="the circuit is open"):
            guard(answer)()
    assert guard.breaker.state is OPEN


@pytest.mark.parametrize(("second", "state"), [(None, CLOSED), (OSError("2"), OPEN)])
def test_a_failure_within_a_probe_is_what_the_probe_makes_of_it(
    second: OSError | None, state: CircuitState
) -> None:
    guard, _ = half_open()

    @guard
    def once_more() -> str:
        with suppress(OSError):
            return guard(answer)(OSError("1"))
        return guard(answer)(second)

    with suppress(OSError):
        assert once_more() == "answer"
    assert guard.breaker.state is state


def failing(guard: Guard, how: str) -> Callable[[int, BaseException], Any]:
    @guard
    def get(depth: int, error: BaseException) -> Any:
        if not depth:
            raise error
        try:
            return get(depth - 1, error)
        except OSError as found:
            if how == "translated":
                raise ConnectionError("translated") from found
            if how == "in a group":
                raise group(found, KeyError()) from None
            raise

    return get


@pytest.mark.parametrize("how", ["passed on", "translated", "in a group"])
@pytest.mark.parametrize(
    "rule", [ConsecutiveFailures(3), FailureRate(3, 1.0, 3)], ids=["row", "rate"]
)
def test_one_failure_counts_once_however_many_calls_it_passes(how: str, rule: Any) -> None:
    guard, _ = guarding(rule)
    call, same = failing(guard, how), OSError("the same object each time")
    for number in range(3):
        assert guard.breaker.state is CLOSED, number
        with suppress(OSError, BaseExceptionGroup):
            call(5, same)
    assert guard.breaker.state is OPEN


def test_each_failure_counts_that_a_call_gets_over() -> None:
    guard, _ = guarding(ConsecutiveFailures(3))

    @guard
    def crawl() -> None:
        for _ in range(3):
            with suppress(OSError):
                guard(answer)(OSError("down"))

    crawl()
    assert guard.breaker.state is OPEN


def test_a_failure_counts_once_for_each_breaker() -> None:
    inner, outer = guarding()[0], guarding()[0]
    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            outer(inner(answer))(OSError("down"))
    assert (inner.breaker.state, outer.breaker.state) == (OPEN, OPEN)


def test_a_call_that_began_before_the_circuit_opened_is_no_probe() -> None:
    guard, watch = guarding()

    @guard
    async def late(go: asyncio.Event, error: OSError | None) -> str:
        await go.wait()
        return answer(error)

    async def run(error: OSError | None) -> None:
        go = asyncio.Event()
        old = asyncio.create_task(late(go, error))
        await asyncio.sleep(0)
        for _ in range(2):
            with suppress(OSError):
                guard(answer)(OSError("down"))
        watch.s += 1
        with guard.attempt():
            go.set()
            with suppress(OSError):
                await old
            assert guard.breaker.state is HALF_OPEN
        assert guard.breaker.state is CLOSED

    asyncio.run(run(None))
    asyncio.run(run(OSError("down")))


TREES = st.recursive(
    st.sampled_from(["ok", "fail", "key", "interrupt"]),
    lambda inner: st.tuples(st.sampled_from(["pass on", "get over"]), st.lists(inner, max_size=3)),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(TREES, st.sampled_from([0.0, 0.5, 1.0])), max_size=8), st.integers(1, 3))
def test_whatever_calls_there_were_a_well_service_closes_it(calls: Any, probes: int) -> None:
    """No permit is ever lost: after any nested calls, as many good ones as there are probes close the circuit."""
    guard, watch = guarding(probes=probes)

    @guard
    def call(tree: Any) -> str:
        if isinstance(tree, str):
            errors = {"fail": OSError(), "key": KeyError(), "interrupt": KeyboardInterrupt()}
            return answer(errors.get(tree))
        how, inner = tree
        for one in inner:
            if how == "pass on":
                call(one)
            else:
                with suppress(Exception, KeyboardInterrupt):
                    call(one)
        return "answer"

    for tree, wait in calls:
        watch.s += wait
        with suppress(Exception, KeyboardInterrupt):
            call(tree)
    watch.s += 1
    for _ in range(probes):
        assert call(("pass on", ["ok", ("pass on", ["ok"])])) == "answer"
    assert guard.breaker.state is CLOSED


class Steps(Generator[int, None, None]):
    """A generator that no ``yield`` has made."""

    def send(self, value: None) -> int:
        raise OSError("no step")

    def throw(self, *error: Any) -> int:
        raise OSError("no step")


def test_an_object_with_the_methods_of_a_generator_is_one() -> None:
    guard = Guard(CircuitBreaker(ConsecutiveFailures(1)), failures=(OSError,))
    steps = guard(lambda: Steps())()
    with pytest.raises(OSError, match="no step"):
        next(steps)
    assert guard.breaker.state is CircuitState.OPEN
