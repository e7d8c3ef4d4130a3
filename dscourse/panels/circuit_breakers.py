"""The panel of chapter 09: a service whose back end is in trouble for ten seconds; breakers and retry policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dscourse import sim
from dscourse.breaker import (
    Backoff,
    CircuitBreaker,
    ConsecutiveFailures,
    Retries,
    RetryAtOnce,
    RetryBudget,
    RetryLater,
    RetryWithin,
    State,
    TextbookBreaker,
)
from dscourse.node import Node
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.service_tiers import Back, BreakerTier, Tier, Users, goodput, load
from dscourse.show.picture import Picture
from dscourse.show.traffic import Span, spans, traffic
from dscourse.show.words import count

__all__ = ["BREAKERS", "RETRIES", "back_at", "drawn", "service", "trouble", "trouble_frame"]

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
    lost: int, late: int, breaker: str, threshold: int, open_s: float, probes: int, retries: str
) -> sim.World:
    """Users, a front end and a back end for 30 s; for 10 of these its answers are lost (%), or late (ms)."""
    nodes = [
        Users("users", "front", until_ms=UNTIL_MS, timeout_ms=3 * TIMEOUT_MS),
        _front(breaker, threshold, 1_000 * open_s, probes, RETRIES[retries]()),
        Back("back"),
    ]
    plan = [
        sim.At(BEGIN_MS, sim.SetLink("back", "front", loss=lost / 100, latency=sim.Constant(1 + late))),
        sim.At(END_MS, sim.SetLink("back", "front")),
    ]  # fmt: skip
    return sim.World(nodes, 1, plan=plan).run(UNTIL_MS)


def _front(breaker: str, threshold: int, open_ms: float, probes: int, retries: Retries) -> Tier:
    if breaker == "none":
        return Tier("front", "back", retries, TIMEOUT_MS)
    made: CircuitBreaker | TextbookBreaker = TextbookBreaker(threshold, open_ms)
    if breaker == "repaired":
        made = CircuitBreaker(ConsecutiveFailures(threshold), open_ms, probes)
    return BreakerTier("front", "back", made, retries=retries, timeout_ms=TIMEOUT_MS)


def back_at(users: Users) -> float | None:
    """From when on, after the trouble, at least 95 % of the requests are answered; None if there is no such time."""
    since = sorted((end.began_ms, end.ok) for end in users.ended if end.began_ms >= END_MS)
    good, found = 0, None
    for number, (began_ms, ok) in enumerate(reversed(since), start=1):
        good += ok
        if ok and good >= 0.95 * number:
            found = began_ms
    return found


def trouble_frame(
    lost: int, late: int, breaker: str, threshold: int, open_s: float, probes: int, retries: str
) -> Frame:
    """The breaker's states over time, what users get and what the back end is sent."""
    nodes = service(lost, late, breaker, threshold, open_s, probes, retries).nodes
    users = nodes["users"]
    assert isinstance(users, Users)
    shaded = [Span(BEGIN_MS, END_MS, _trouble(lost, late))]
    return Frame.of(drawn(nodes, UNTIL_MS, shaded, _again(back_at(users))))


def _trouble(lost: int, late: int) -> str:
    parts = [f"{lost} % of answers lost"] * (lost > 0) + [f"answers {late:,} ms late"] * (late > 0)
    return ", ".join(parts) or "no trouble"


def drawn(
    nodes: Mapping[str, Node], until_ms: int, shaded: Sequence[Span] = (), told: str = ""
) -> Picture:
    """What users got and what the back end was sent, second by second, in a run that has these nodes.

    The nodes are "users", "back" and tiers, of which the last one calls the back end. ``told`` ends the sentence.

    >>> nodes = service(0, 0, "none", 5, 3.0, 1, "none").nodes
    >>> drawn(nodes, 30_000).sentence.split(".")[0]
    '598 of 598 requests are answered (100 %)'
    """
    users, back = nodes["users"], nodes["back"]
    tiers = [node for name, node in nodes.items() if name != "users" and isinstance(node, Tier)]
    assert isinstance(users, Users)
    assert isinstance(back, Back)
    calls = load(tiers[-1], until_ms)
    capacity = 2_000 * back.servers / sum(back.service_ms)
    rates: dict[str, Sequence[float]] = {
        "requests answered": goodput(users, until_ms),
        "calls of back end": calls,
        "capacity": [capacity] * len(calls),
    }
    breakers = [tier for tier in tiers if isinstance(tier, BreakerTier)]
    rows = {f"{tier.id}'s breaker": spans(tier.changes, until_ms, "closed") for tier in breakers}
    sentence = " ".join([*_sentence(users, back, calls, capacity), *map(_breaker, breakers), told])
    return traffic(rates, step_ms=1_000, rows=rows, shaded=shaded, sentence=sentence.strip())


def _sentence(users: Users, back: Back, calls: list[int], capacity: float) -> Iterator[str]:
    """What users got, and what the back end got."""
    answered, ended = sum(end.ok for end in users.ended), len(users.ended)
    yield f"{answered:,} of {ended:,} requests are answered ({100 * answered / max(ended, 1):.0f} %)."
    yield (
        f"The back end is called {sum(calls):,} times, at most {max(calls)} times a second; it can serve "
        f"{capacity:.0f}, and {back.wasted:,} of those it serves have waited for longer than their time-out."
    )


def _breaker(tier: BreakerTier) -> str:
    opened = [state for _, state in tier.changes].count(State.OPEN)
    refused = count(tier.refused, "call")
    return f"The breaker of {tier.id} opens {count(opened, 'time')} and refuses {refused}."


def _again(at_ms: float | None) -> str:
    if at_ms is None:
        return f"In the {(UNTIL_MS - END_MS) / 1000:.0f} s after the trouble the service does not come back."
    return f"After the trouble the service is back in {(at_ms - END_MS) / 1000:.1f} s."


def trouble() -> Panel:
    """The trouble, the breaker and the retry policy."""
    controls: dict[str, Any] = {
        "breaker": choice("breaker", BREAKERS, "repaired"),
        "threshold": slider("threshold", "", 5, 1, 30),
        "open_s": slider("open time", "s", 3, 0.5, 12, 0.5),
        "probes": slider("probes", "", 1, 1, 10),
        "retries": choice("retries", tuple(RETRIES), "2 at once"),
        "lost": slider("answers lost", "%", 0, 0, 100, 5),
        "late": slider("answers late", "ms", 1_500, 0, 3_000, 100),
    }
    return Panel(controls, trouble_frame, "Ten seconds of trouble at the back end")
