"""The panel of chapter 09: some seconds of trouble at a service's back end, circuit breakers and retry policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.experiments.circuit_breakers import (
    BEGIN_MS,
    BREAKERS,
    RETRIES,
    UNTIL_MS,
    back_at,
    rates,
    report,
    service,
)
from dscourse.node import Node
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.service_tiers import BreakerTier, Users
from dscourse.show.picture import Picture
from dscourse.show.traffic import Span, spans, traffic

__all__ = ["draw_traffic", "trouble", "trouble_frame"]


def trouble_frame(
    lost: int, late: int, breaker: str, threshold: int, open_s: float, probes: int, retries: str,
    lasts: int = 10, seed: int = 1,
) -> Frame:  # fmt: skip
    """Draw the breaker's states, the requests answered and the calls of the back end, over 30 s."""
    nodes = service(lost, late, breaker, threshold, open_s, probes, retries, lasts, seed).nodes
    end_ms = BEGIN_MS + 1_000 * lasts
    users = nodes["users"]
    assert isinstance(users, Users)
    shaded = [Span(BEGIN_MS, end_ms, _trouble(lost, late))]
    return Frame.of(draw_traffic(nodes, UNTIL_MS, shaded, _again(back_at(users, end_ms), end_ms)))


def _trouble(lost: int, late: int) -> str:
    parts = [f"{lost} % of answers lost"] * (lost > 0) + [f"answers {late:,} ms late"] * (late > 0)
    return ", ".join(parts) or "no trouble"


def draw_traffic(
    nodes: Mapping[str, Node], until_ms: int, shaded: Sequence[Span] = (), ending: str = ""
) -> Picture:
    """Draw the requests answered and the calls of the back end per second, in a run with these nodes.

    The nodes are "users", "back" and the tiers, the last of which calls the back end. ``ending`` ends the sentence.

    >>> nodes = service(0, 0, "none", 5, 3.0, 1, "none").nodes
    >>> draw_traffic(nodes, 30_000).sentence.split(".")[0]
    '598 of 598 requests are answered (100 %)'
    """
    breakers = {
        f"{tier.id}'s breaker": spans(tier.changes, until_ms, "closed")
        for tier in nodes.values()
        if isinstance(tier, BreakerTier)
    }
    return traffic(
        rates(nodes, until_ms), step_ms=1_000, rows=breakers, shaded=shaded,
        sentence=f"{report(nodes, until_ms)} {ending}".strip(),
    )  # fmt: skip


def _again(at_ms: float | None, end_ms: float) -> str:
    if at_ms is None:
        return f"In the {(UNTIL_MS - end_ms) / 1000:.0f} s after the trouble the service does not come back."
    return f"After the trouble the service is back in {(at_ms - end_ms) / 1000:.1f} s."


def trouble() -> Panel:
    """Build the panel: the circuit breaker, the retry policy and the trouble."""
    controls: dict[str, Any] = {
        "breaker": choice("breaker", BREAKERS, "repaired"),
        "threshold": slider("threshold", "", 5, 1, 30),
        "open_s": slider("open time", "s", 3, 0.5, 12, 0.5),
        "probes": slider("probes", "", 1, 1, 10),
        "retries": choice("retries", tuple(RETRIES), "2 at once"),
        "lost": slider("answers lost", "%", 0, 0, 100, 5),
        "late": slider("answers late", "ms", 1_500, 0, 3_000, 100),
        "lasts": slider("trouble lasts", "s", 10, 2, 15),
        "seed": slider("seed", "", 1, 1, 50),
    }
    return Panel(controls, trouble_frame, "Seconds of trouble at the back end")
