"""The circuit breaker against the packages pybreaker and circuitbreaker: the time that each adds to a good call.

All three are decorators around the same function and count failures in a row; what the bare function takes is
subtracted. Ours with a window of the last 100 calls and slow calls stands beside them: neither package has that.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from timeit import Timer

from dscourse.breaker import CircuitBreaker, ConsecutiveFailures, FailureRate, Guard

__all__ = ["run"]

CALLS = 20_000
ROUNDS = 15


def work(x: int) -> int:
    """The call: as short as a call can be."""
    return x


def contestants() -> dict[str, Callable[[int], int]]:
    """The function by itself, and through each breaker."""
    import circuitbreaker
    import pybreaker

    window = CircuitBreaker(FailureRate(size=100, slow_rate=0.5), slow_ms=1_000)
    return {
        "bare": work,
        "ours": Guard(CircuitBreaker(ConsecutiveFailures(5)))(work),
        "pybreaker": pybreaker.CircuitBreaker(fail_max=5, reset_timeout=60)(work),
        "circuitbreaker": circuitbreaker.circuit(failure_threshold=5, recovery_timeout=60)(work),
        "ours, window of 100": Guard(window)(work),
    }


def overheads(rounds: int = ROUNDS, calls: int = CALLS) -> dict[str, list[float]]:
    """For each breaker what a call takes beyond the bare one, in ns, in each round; all take turns."""
    timers = {
        name: Timer("call(1)", globals={"call": call}) for name, call in contestants().items()
    }
    found: dict[str, list[float]] = {name: [] for name in timers}
    for _ in range(rounds):
        bare = timers["bare"].timeit(calls)
        for name, timer in timers.items():
            found[name].append(1e9 * (timer.timeit(calls) - bare) / calls)
    del found["bare"]
    return found


def run(rounds: int = ROUNDS, calls: int = CALLS) -> str:
    """The table: the time of a call beyond that of the bare one (median of the rounds), and ours as a share of it."""
    found = overheads(rounds, calls)
    lines = [f"{'closed circuit':22} {'ns a call':>10} {'ours / it':>10}"]
    for name, times in found.items():
        share = statistics.median(
            mine / its for mine, its in zip(found["ours"], times, strict=True)
        )
        lines.append(f"{name:22} {statistics.median(times):10.0f} {share:10.2f}")
    return "\n".join(lines)
