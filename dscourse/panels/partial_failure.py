"""The panels of chapter 01: a client that calls over an unreliable network, and the reader as that network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from dscourse.history import History
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.panels.player import Player
from dscourse.protocols.payments import BackoffClient, IdempotentAccount, charges
from dscourse.protocols.textbook.payments import Account, RetryingClient
from dscourse.show import curves
from dscourse.sim import (
    Constant,
    Exponential,
    Latency,
    Link,
    LogNormal,
    Network,
    Pareto,
    Uniform,
    World,
)

__all__ = [
    "LATENCIES", "call_frame", "call_world", "one_payment", "percentile", "unreliable_call", "you_are_the_network",
]  # fmt: skip

LATENCIES: dict[str, Callable[[float], Latency]] = {
    "constant": Constant,
    "uniform": lambda ms: Uniform(0, 2 * ms),
    "exponential": lambda ms: Exponential(ms),
    "log-normal": lambda ms: LogNormal(ms, 0.6),
    "Pareto tail": lambda ms: Pareto(ms / 2, 1.5),
}
_CALLS = 200


def call_world(
    latency: str = "log-normal",
    typical_ms: float = 10,
    loss: float = 0.05,
    duplicate: float = 0.0,
    timeout_ms: float = 60,
    retries: int = 2,
    key: bool = False,
    backoff: bool = False,
    seed: int = 1,
) -> World:
    """A client that has made 200 payments, one after the other, over a link with these faults, each way.

    Times are in ms, loss and repetition are probabilities. ``key``: the server remembers which operation it has
    executed. ``backoff``: the client waits longer after each attempt.

    >>> len(call_world(loss=0.2, retries=8).history.ok)
    200
    """
    link = Link(LATENCIES[latency](typical_ms), loss=loss, duplicate=duplicate)
    server = (IdempotentAccount if key else Account)("bank")
    kind = BackoffClient if backoff else RetryingClient
    client = kind("ann", "bank", timeout_ms, retries + 1)
    world = World([server, client], seed=seed, network=Network(client=link))
    return world.submit("ann", [("pay", None, 10)] * _CALLS, think_ms=5).run()


def percentile(samples: list[float], share: float) -> float:
    """The smallest sample that at least ``share`` of the samples do not exceed; ValueError if there is none.

    >>> percentile([30.0, 10.0, 20.0, 40.0], 0.5)
    20.0
    """
    if not samples:
        raise ValueError("no samples: a percentile needs at least 1")
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def call_frame(
    latency: str, typical: float, loss: int, duplicate: int, timeout: int, retries: int, key: bool, backoff: bool
) -> Frame:  # fmt: skip
    """What 200 calls give: how many succeeded, how many were executed twice, how long they took."""
    world = call_world(
        latency, typical, loss / 100, duplicate / 100, timeout, retries, key, backoff
    )
    history, charged = world.history, charges(world.log("bank"))
    sentence = _say(history, charged)
    waits = sorted(history.latencies_ms()) or [0.0]
    shares = [100 * (rank + 1) / len(history) for rank in range(len(waits))]
    marks = {
        f"time-out {n}": float(timeout * n)
        for n in ((1,) if backoff else (1, 2))
        if n <= retries + 1 and timeout * n <= waits[-1]
    }
    picture = curves(
        waits, {"calls answered": shares}, xlabel="time from call to answer (ms)", ylabel="calls answered (%)",
        sentence=sentence, verticals=marks, limits=(0, 103),
    )  # fmt: skip
    return Frame(picture, sentence)


def _say(history: History, charged: Counter[int]) -> str:
    calls, answered = len(history), len(history.ok)
    twice = sum(times > 1 for times in charged.values())
    hidden = sum(charged[op.id] > 0 for op in history.unknown)
    text = f"{answered} of {calls} calls were answered ({100 * answered / calls:.1f} %)"
    if history.unknown:
        text += (
            f"; {len(history.unknown)} ended as unknown, and {hidden} of these had been executed"
        )
    text += f". The server executed {twice} of them more than once. "
    waits = history.latencies_ms()
    if not waits:
        return text + "No answer came in time."
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    return (
        text
        + f"Half of the answers came within {p50:.1f} ms (p50), 99 % within {p99:.1f} ms (p99)."
    )


def unreliable_call() -> Panel:
    """Latency, loss, repetition, time-out and retries of a client that pays 200 times."""
    controls = {
        "latency": choice("latency", list(LATENCIES), "log-normal"),
        "typical": slider("typical latency", "ms", 10, 1, 50),
        "loss": slider("loss each way", "%", 5, 0, 90),
        "duplicate": slider("repetition", "%", 0, 0, 90),
        "timeout": slider("time-out", "ms", 60, 5, 300, 5),
        "retries": slider("retries", "", 2, 0, 8),
        "key": switch("idempotency key", False),
        "backoff": switch("longer and longer waits", False),
    }
    return Panel(controls, call_frame, "A call over an unreliable network")


def one_payment() -> World:
    """A client that pays once, and retries twice; the world has not begun to run."""
    nodes = [RetryingClient("ann", "bank", timeout_ms=30, attempts=3), Account("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10.0))))
    return world.submit("ann", [("pay", None, 10)], start_ms=1)


def _charged_twice(world: World) -> str | None:
    times = max(charges(world.log("bank")).values(), default=0)
    return f"Goal reached: the bank has charged this payment {times} times." if times > 1 else None


def you_are_the_network() -> Player:
    """One payment by a client that retries: make the bank charge twice."""
    return Player(one_payment, _charged_twice, "Make the bank charge twice")
