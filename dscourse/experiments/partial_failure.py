"""Chapter 01: a client that calls over an unreliable network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.what_was_done import not_all_arrived
from dscourse.protocols.fan_out import FanOutClient, Worker
from dscourse.protocols.payments import BackoffClient, IdempotentAccount, charges
from dscourse.protocols.textbook.payments import Account, RetryingClient
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Exponential,
    Latency,
    Link,
    LogNormal,
    Network,
    Pareto,
    Restart,
    Uniform,
    World,
)
from dscourse.sim.streams import stream

__all__ = [
    "LATENCIES", "CallCounts", "availability", "call_counts", "call_world", "charged", "charged_after_all",
    "charged_by_delay", "one_payment", "retried_payment",
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
    """Run a client that makes 200 payments, one after the other, over a link with these faults in each direction.

    Times are in ms; ``loss`` and ``duplicate`` are probabilities per message. With ``key`` the server remembers
    the operations that it has executed; with ``backoff`` the client waits longer after each attempt.

    >>> len(call_world(loss=0.2, retries=8).history.ok)
    200
    """
    link = Link(LATENCIES[latency](typical_ms), loss=loss, duplicate=duplicate)
    server = (IdempotentAccount if key else Account)("bank")
    kind = BackoffClient if backoff else RetryingClient
    client = kind("ann", "bank", timeout_ms, retries + 1)
    world = World([server, client], seed=seed, network=Network(client=link))
    return world.submit("ann", [("pay", None, 10)] * _CALLS, think_ms=5).run()


@dataclass(frozen=True, slots=True)
class CallCounts:
    """The outcomes of a run's calls, counted at the client and at the server."""

    calls: int
    answered: int
    unknown: int
    unknown_but_executed: int
    executed_twice: int  # or more often


def call_counts(world: World) -> CallCounts:
    """Count how the calls of a run of `call_world` ended.

    >>> call_counts(call_world(loss=0, timeout_ms=500))
    CallCounts(calls=200, answered=200, unknown=0, unknown_but_executed=0, executed_twice=0)
    """
    history, charged = world.history, charges(world.log("bank"))
    return CallCounts(
        calls=len(history),
        answered=len(history.ok),
        unknown=len(history.unknown),
        unknown_but_executed=sum(charged[op.id] > 0 for op in history.unknown),
        executed_twice=sum(times > 1 for times in charged.values()),
    )


def one_payment(plan: Sequence[At] = ()) -> World:
    """Return a world, not yet run, in which a client pays once, at 1 ms, and retries up to twice, 30 ms apart.

    Every message takes 10 ms.
    """
    nodes = [RetryingClient("ann", "bank", timeout_ms=30, attempts=3), Account("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10.0))), plan=plan)
    return world.submit("ann", [("pay", None, 10)], start_ms=1)


def retried_payment(plan: Sequence[At] = ()) -> World:
    """Run `one_payment` under the plan until nothing is left to happen, however late.

    >>> charged(retried_payment())
    1
    """
    return one_payment(plan).run(max_events=20_000)


def charged(world: World) -> int:
    """Return how often the bank has charged the first payment."""
    return charges(world.log("bank"))[0]


def charged_by_delay(world: World) -> bool | Verdict:
    """Return True if the bank has charged twice, unless a message has not arrived exactly once, however late."""
    return charged(world) > 1 and unless("by delay", not_all_arrived(world))


def charged_after_all(world: World) -> bool:
    """Return True if the bank charged the payment once, and only after the client had asked in vain and given up."""
    trace = world.trace
    gave_up = [event.time_ms for event in trace.of("ann").kinds("unknown")]
    written = [event.time_ms for event in trace.of("bank").kinds("write")]
    once = len(gave_up) == len(written) == 1 and gave_up[0] < written[0]
    return once and not trace.of("ann").kinds("crash")


def availability(servers: int, together: bool = False, requests: int = 20_000) -> float:
    """Return the share of requests, one every 10 ms, that any of the workers answers within 9 ms.

    Each worker is down about a tenth of the time, independently of the others unless they crash ``together``.

    >>> availability(2, requests=500) > availability(2, together=True, requests=500)
    True
    """
    names = [f"w{i}" for i in range(servers)]
    client = FanOutClient("ann", names, ask=servers, need=1, timeout_ms=9)
    nodes = [*(Worker(name, service_ms=(1, 1)) for name in names), client]
    end_ms = 10 * requests
    plan = [
        entry
        for name in names
        for entry in _outages(name, end_ms, cause=names[0] if together else name)
    ]
    world = World(nodes, plan=plan, network=Network(client=Link(Constant(1))))
    for i in range(requests):
        world.submit("ann", [("read", None, None)], start_ms=10 * i)
    return len(world.run(end_ms).history.ok) / requests


def _outages(worker: str, until_ms: float, cause: str) -> list[At]:
    """Return the worker's crashes and restarts, about one per second, drawn for their cause."""
    draws, at, plan = stream(3, cause), 0.0, []
    while at < until_ms:
        down = at + 1_800 * draws.random() + 10
        at = down + 200 * draws.random()
        plan += [At(down, Crash(worker)), At(at, Restart(worker))]
    return plan
