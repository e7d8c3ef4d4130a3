"""Judge of 16.7: withdrawals made serializable by explicit locks, as concurrent as before for all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from dscourse.exercises.judges.applications import Bench, DeadlockError, MisuseError
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.salted import Salted
from dscourse.exercises.tasks import Wrong, by_name, plain

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
NAMES = by_name(DeadlockError)
_ORDERS = 40  # drawn orders of the steps of each set of withdrawals
_SETS = 60  # drawn sets
_OPPONENTS = 70  # that one withdrawal meets in deadlocks, one after another
_AMOUNTS = (60, 0, 100, 20, 1_000, 101)

# Names that are alike in letters, length, digits or hash.
_ALIKE: tuple[tuple[Any, Any], ...] = (
    ("n1", "N1"), ("n1", "n 1"), ("ab", "ba"), ("n1", "n2"), ("n1", "n10"), ("n1", "an1"), ("", "0"), (-1, -2),
    (0, 1), (2**61 - 1, 0), (0, -1),
)  # fmt: skip

Call = tuple[Any, Any, int]  # account, other, amount


def judge(withdraw: Any) -> Wrong | None:
    try:
        for balances, calls, draws in _runs():
            wrong = _judged(withdraw, balances, calls, draws)
            if wrong is not None:
                return wrong
        return _judge_starved(withdraw) or _judge_strangers(withdraw)
    except MisuseError as error:
        return Wrong(str(error))


def _runs() -> Iterator[tuple[dict[Any, int], list[Call], Random]]:
    """Yield accounts, withdrawals and the draws of an order: small sets first, each in many orders."""
    for balances, calls in _small():
        orders = _ORDERS if len(calls) < 8 else _ORDERS // 5
        yield from ((balances, calls, Random(seed)) for seed in range(orders))
    for pair in _ALIKE:
        calls = [(*pair, 60), (*reversed(pair), 60)]
        yield from ((dict.fromkeys(pair, 50), calls, Random(seed)) for seed in range(_ORDERS // 4))
    for seed in range(_SETS):
        yield (*_draw(seed), Random(seed))


def _small() -> Iterator[tuple[dict[Any, int], list[Call]]]:
    """Yield accounts and withdrawals that are each for one mistake, those of one withdrawal first."""
    yield {"a": 50, "b": 50}, [("a", "b", 90)]
    yield {"a": 50, "b": 50}, [("a", "b", 100)]
    yield {"a": 0, "b": 0}, [("b", "a", 0)]
    yield {"a": 50, "b": 40}, [("a", "b", 91)]
    yield {"a": -20, "b": 40}, [("a", "b", 20)]
    yield {"a": 50, "b": 50}, [("a", "b", 60), ("a", "b", 60)]
    yield {"a": 50, "b": 50}, [("a", "b", 30), ("a", "b", 40)]
    yield {"a": 50, "b": 50}, [("a", "b", 90), ("b", "a", 90)]
    yield {"a": 50, "b": 50, "c": 50}, [("a", "b", 90), ("b", "c", 90), ("c", "a", 90)]
    yield {"a": 50, "b": 50, "c": 50}, [("a", "b", 30), ("a", "c", 40)]
    yield {"a": 50, "b": 50, "c": 50}, [("a", "b", 90), ("c", "a", 90)]
    yield (
        {"a": 50, "b": 50},
        [("a", "b", 10), ("b", "a", 10)] * 12,
    )  # the youngest meets deadlock after deadlock


def _draw(seed: int) -> tuple[dict[Any, int], list[Call]]:
    """Return three or four withdrawals from a few accounts, whose names are texts or numbers."""
    draws = Random(seed)
    names: Sequence[Any] = (AWKWARD, (0, 1, -1, -2, 10, 2**61), ("", "0", "1", "A", "a"))[seed % 3]
    accounts = draws.sample(names, draws.choice((2, 3, 4)))
    balances = {name: draws.choice((0, 30, 50, 100)) for name in accounts}
    calls = [
        (*draws.sample(accounts, 2), draws.choice((0, 20, 50, 90, 120)))
        for _ in range(draws.choice((3, 4)))
    ]
    return balances, calls


def _judged(
    withdraw: Any, balances: Mapping[Any, int], calls: Sequence[Call], draws: Random
) -> Wrong | None:
    """Judge one drawn order of these withdrawals, each in a process of its own."""
    bench = Bench(balances, withdraw)
    for number, call in enumerate(calls, 1):
        bench.start(f"T{number}", *_salted(call, number))
    bench.run(draws)
    return _verdict(bench, balances, calls)


def _verdict(bench: Bench, balances: Mapping[Any, int], calls: Sequence[Call]) -> Wrong | None:
    """Say what is wrong with the end of these withdrawals; None if nothing is."""
    complaint = _complaint(bench, balances, calls)
    if complaint is None:
        return None
    asked = "; ".join(f"T{n} = withdraw{call!r}" for n, call in enumerate(calls, 1))
    asked = asked if len(calls) < 30 else f"{len(calls)} withdrawals took part"
    steps = bench.story[:24]
    return Wrong(
        f"{complaint} {asked}. The steps: {', '.join(steps)}{' …' * (len(bench.story) > 24)}."
    )


def _salted(call: Call, number: int) -> tuple[Any, Any, int]:
    """Return the call with names whose hash is that of another process."""
    first, second = (Salted(one, number) if isinstance(one, str) else one for one in call[:2])
    return first, second, call[2]


def _complaint(bench: Bench, balances: Mapping[Any, int], calls: Sequence[Call]) -> str | None:
    for program in bench.programs:
        if program.deadlocked:
            return (
                f"{program.name} ends with a DeadlockError: avoid deadlocks, or catch DeadlockError and begin "
                "again."
            )
        if not program.ended:
            return f"{program.name} waits for ever."
        if not isinstance(plain(program.result), bool):
            return f"{program.name} returns {program.result!r:.40}: it must return True or False."
    results = [bool(program.result) for program in bench.programs]
    order = [bench.programs.index(program) for program in bench.committed]
    if _explained(balances, calls, results, bench.balances, order) or _explained(
        balances, calls, results, bench.balances
    ):
        return None
    ends = ", ".join(f"{program.name} → {program.result}" for program in bench.programs)
    now = ", ".join(f"{key!r}: {value}" for key, value in bench.balances.items())
    before = ", ".join(f"{key!r}: {value}" for key, value in balances.items())
    one_by_one = (
        "No order of the withdrawals, one after the other, ends"
        if len(calls) > 1
        else "It must not end"
    )
    return f"{one_by_one} like this: {ends}; the accounts, which held {before}, hold {now}."


def _explained(
    balances: Mapping[Any, int],
    calls: Sequence[Call],
    results: Sequence[bool],
    final: Mapping[Any, int],
    order: Sequence[int] = (),
) -> bool:
    """Return whether this order of the withdrawals, or any without one, has these results and ends like this."""
    names = list(balances)
    states = {(frozenset(range(len(calls))), tuple(balances.values()))}
    for turn in range(len(calls)):
        next_ones = order[turn : turn + 1] or range(len(calls))
        states = {
            after
            for left, amounts in states
            for after in _following(
                left,
                amounts,
                _unlike(left.intersection(next_ones), calls, results),
                names,
                calls,
                results,
            )
        }
    return (frozenset(), tuple(final[name] for name in names)) in states


def _unlike(
    numbers: Iterable[int], calls: Sequence[Call], results: Sequence[bool]
) -> Iterable[int]:
    """Return one of each of those withdrawals that are alike in their call and result."""
    return {(calls[n], results[n]): n for n in sorted(numbers, reverse=True)}.values()


def _following(
    left: frozenset[int],
    amounts: tuple[int, ...],
    next_ones: Iterable[int],
    names: list[Any],
    calls: Sequence[Call],
    results: Sequence[bool],
) -> Iterator[tuple[frozenset[int], tuple[int, ...]]]:
    """Yield the states after each of the next withdrawals that has its result now."""
    for number in next_ones:
        balance = dict(zip(names, amounts, strict=True))
        account, other, amount = calls[number]
        enough = balance[account] + balance[other] >= amount
        if enough is results[number]:
            balance[account] -= amount if enough else 0
            yield left - {number}, tuple(balance.values())


# --- concurrency ---------------------------------------------------------------------------------


def _judge_starved(withdraw: Callable[..., Any]) -> Wrong | None:
    """Judge a withdrawal that older ones, one after another, drive into a deadlock, of which it is the victim."""
    balances, calls = {"a": 1_000, "b": 1_000}, [("a", "b", 10)] * _OPPONENTS + [("b", "a", 10)]
    bench = Bench(balances, withdraw)
    *opponents, victim = [bench.start(f"T{n}", *call) for n, call in enumerate(calls, 1)]
    bench.advance(victim)
    for one in opponents:
        for program in (one, victim, one):
            bench.go_on(program)
    bench.go_on(victim)
    return _verdict(bench, balances, calls)


def _judge_strangers(withdraw: Callable[..., Any]) -> Wrong | None:
    """Judge that a withdrawal never waits for one from other accounts, however far that one has come."""
    names = [*AWKWARD, "x", "y"]
    pairs = [(names[n], names[n + 1]) for n in range(0, len(names) - 1, 2)]
    for number, (one, two) in enumerate([*pairwise(pairs), ((0, 1), (2, 3)), ((-1, 8), (-2, 16))]):
        for lead in range(1, 12):
            amount = _AMOUNTS[(number + lead) % len(_AMOUNTS)]
            bench = Bench(dict.fromkeys((*one, *two), 50), withdraw)
            first = bench.start("T1", *one, amount)
            for _ in range(lead):
                if not first.ended:
                    bench.advance(first)
            second = bench.start("T2", *two, amount)
            bench.go_on(second)
            if not second.ended:
                return Wrong(
                    f"T2 = withdraw{(*two, amount)!r} waits for T1 = withdraw{(*one, amount)!r}, though they have no "
                    "account in common: lock no more than what the decision rests on. The steps: "
                    f"{', '.join(bench.story[:12])}."
                )
            bench.go_on(first)
    return None
