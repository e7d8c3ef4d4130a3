"""Chapter 09: a service whose back end is in trouble for 10 s, with circuit breakers and retry policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dscourse import sim
from dscourse.breaker import (
    Backoff,
    CircuitBreaker,
    CircuitState,
    ConsecutiveFailures,
    Retries,
    RetryAtOnce,
    RetryBudget,
    RetryLater,
    RetryWithin,
    TextbookBreaker,
)
from dscourse.core.wording import count
from dscourse.node import Node
from dscourse.protocols.service_tiers import (
    Back,
    BreakerTier,
    SheddingBack,
    Tier,
    Users,
    goodput,
    load,
)

__all__ = [
    "BEGIN_MS",
    "BREAKERS",
    "END_MS",
    "RETRIES",
    "TIMEOUT_MS",
    "UNTIL_MS",
    "back_at",
    "calls_before_it_opens",
    "crowd_world",
    "rates",
    "report",
    "service",
]


BEGIN_MS, END_MS, UNTIL_MS = 5_000, 15_000, 30_000
TIMEOUT_MS = 1_000.0
RETRIES: dict[str, Callable[[], Retries]] = {
    "none": lambda: RetryAtOnce(1),
    "2 at once": lambda: RetryAtOnce(3),
    "2 with jitter": lambda: RetryLater(3, Backoff(100, 2_000)),
    "10 % budget": lambda: RetryWithin(RetryBudget(0.1, 10), RetryAtOnce(3)),
}
BREAKERS = ("none", "textbook", "repaired")


def service(
    lost: int, late: int, breaker: str, threshold: int, open_s: float, probes: int, retries: str,
    lasts: float = (END_MS - BEGIN_MS) / 1_000, seed: int = 1,
) -> sim.World:  # fmt: skip
    """Run users, a front end and a back end for 30 s.

    For ``lasts`` seconds from 5 s on, the back end's answers are lost (``lost``, in %) or late (``late``, in ms).
    """
    nodes = [
        Users("users", "front", until_ms=UNTIL_MS, timeout_ms=3 * TIMEOUT_MS),
        _front(breaker, threshold, 1_000 * open_s, probes, RETRIES[retries]()),
        Back("back"),
    ]
    plan = [
        sim.At(BEGIN_MS, sim.SetLink("back", "front", loss=lost / 100, latency=sim.Constant(1 + late))),
        sim.At(BEGIN_MS + 1_000 * lasts, sim.SetLink("back", "front")),
    ]  # fmt: skip
    return sim.World(nodes, seed, plan=plan).run(UNTIL_MS)


def _front(breaker: str, threshold: int, open_ms: float, probes: int, retries: Retries) -> Tier:
    if breaker == "none":
        return Tier("front", "back", retries, TIMEOUT_MS)
    built: CircuitBreaker | TextbookBreaker = TextbookBreaker(threshold, open_ms)
    if breaker == "repaired":
        built = CircuitBreaker(ConsecutiveFailures(threshold), open_ms, probes)
    return BreakerTier("front", "back", built, retries=retries, timeout_ms=TIMEOUT_MS)


def back_at(users: Users, end_ms: float = END_MS) -> float | None:
    """Return the earliest time in ms after the trouble from which at least 95 % of the requests are answered.

    The trouble ends at ``end_ms``. None if there is no such time.
    """
    since = sorted((end.began_ms, end.ok) for end in users.ended if end.began_ms >= end_ms)
    good, back_ms = 0, None
    for number, (began_ms, ok) in enumerate(reversed(since), start=1):
        good += ok
        if ok and good >= 0.95 * number:
            back_ms = began_ms
    return back_ms


def rates(nodes: Mapping[str, Node], until_ms: float) -> dict[str, Sequence[float]]:
    """Return the requests answered, the calls of the back end, and the calls that it can serve, all per second.

    The nodes are "users", "back" and the tiers, the last of which calls the back end.
    """
    users, back, tiers = _parts(nodes)
    calls = load(tiers[-1], until_ms)
    capacity = [_capacity(back)] * len(calls)
    answered = goodput(users, until_ms)
    return {"requests answered": answered, "calls of back end": calls, "capacity": capacity}


def report(nodes: Mapping[str, Node], until_ms: float) -> str:
    """Return in words the requests answered, the calls of the back end, and the changes of each circuit breaker.

    >>> nodes = service(0, 0, "none", 5, 3.0, 1, "none").nodes
    >>> report(nodes, 30_000).split(".")[0]
    '598 of 598 requests are answered (100 %)'
    """
    users, back, tiers = _parts(nodes)
    answered, ended = sum(end.ok for end in users.ended), len(users.ended)
    calls = load(tiers[-1], until_ms)
    sentences = [
        f"{answered:,} of {ended:,} requests are answered ({100 * answered / max(ended, 1):.0f} %).",
        f"The back end is called {sum(calls):,} times, at most {max(calls)} times per second; it can serve "
        f"{_capacity(back):.0f}, and {back.wasted:,} of those it serves have waited in its queue "
        "for longer than their time-out.",
        *(_breaker(tier) for tier in tiers if isinstance(tier, BreakerTier)),
    ]
    return " ".join(sentences)


def _parts(nodes: Mapping[str, Node]) -> tuple[Users, Back, list[Tier]]:
    users, back = nodes["users"], nodes["back"]
    assert isinstance(users, Users)
    assert isinstance(back, Back)
    return (
        users,
        back,
        [node for node in nodes.values() if isinstance(node, Tier) and node is not users],
    )


def _capacity(back: Back) -> float:
    """Return the number of calls that the back end can serve per second."""
    return 2_000 * back.servers / sum(back.service_ms)


def _breaker(tier: BreakerTier) -> str:
    opened = [state for _, state in tier.changes].count(CircuitState.OPEN)
    refused = count(tier.refused, "call")
    return f"The breaker of {tier.id} opens {count(opened, 'time')} and refuses {refused}."


def crowd_world(wait_ms: Callable[[int], Any], callers: int = 100, attempts: int = 12) -> sim.World:
    """Run ``callers`` that all call at the same moment, 1 s after the start.

    The back end serves 100 calls per second and sheds calls that exceed its queue. A rejected caller waits for a time
    in the range ``wait_ms(attempt)`` and tries again, up to ``attempts`` attempts in all.

    >>> crowd_world(lambda attempt: (0.0, 100.0), callers=3).nodes["back"].arrived
    3
    """
    policy = _Given(wait_ms, attempts)
    users = [
        Users(f"user {i}", "back", (1_000, 1_000), 1_001, policy, timeout_ms=500)  # type: ignore[arg-type]
        for i in range(callers)
    ]
    back = SheddingBack("back", room=8, servers=2, service_ms=(20.0, 20.0))
    return sim.World([*users, back], 1).run(130_000)


class _Given:
    """A retry policy whose waits are drawn from given ranges."""

    def __init__(self, wait_ms: Callable[[int], Any], attempts: int) -> None:
        self._wait_ms, self._attempts = wait_ms, attempts

    def first(self) -> None:
        """Nothing to count."""

    def wait_ms(self, attempt: int) -> Any:
        return self._wait_ms(attempt) if attempt < self._attempts else None

    def clone(self) -> _Given:
        return self


def calls_before_it_opens(share: float, limit: int) -> float:
    """Return the mean number of calls until ``limit`` fail in a row, if each fails with probability ``share``.

    >>> calls_before_it_opens(0.5, 2)
    6.0
    """
    return (1 - share**limit) / ((1 - share) * share**limit)
