"""The panels of chapter 01: a client that calls over an unreliable network, and the reader as that network."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.experiments.partial_failure import (
    LATENCIES,
    CallCounts,
    call_counts,
    call_world,
)
from dscourse.experiments.statistics import percentile
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.show.axis import round_up
from dscourse.show.curves import LiveCurves

__all__ = ["call_frame", "unreliable_call"]


def call_frame(
    latency: str, typical: float, loss: int, duplicate: int, timeout: int, retries: int, seed: int, key: bool,
    backoff: bool,
) -> Frame:  # fmt: skip
    """Draw the latencies of 200 calls; the sentence counts those answered, unknown and executed more than once."""
    world = call_world(
        latency, typical, loss / 100, duplicate / 100, timeout, retries, key, backoff, seed
    )
    history = world.history
    sentence = _say(call_counts(world), history.latencies_ms())
    waits = sorted(history.latencies_ms()) or [0.0]
    shares = [100 * (rank + 1) / len(history) for rank in range(len(waits))]
    marks = {
        f"time-out {n}": float(timeout * n)
        for n in ((1,) if backoff else (1, 2))
        if n <= retries + 1 and timeout * n <= waits[-1]
    }
    end = round_up(waits[-1])
    picture = _ANSWERED.draw(
        waits, {"calls answered": shares}, sentence=sentence, verticals=marks, x_limits=(-0.02 * end, 1.02 * end)
    )  # fmt: skip
    return Frame.of(picture)


_ANSWERED = LiveCurves(
    xlabel="time from call to answer (ms)", ylabel="calls answered (%)", limits=(0, 103)
)


def _say(counts: CallCounts, waits: Sequence[float]) -> str:
    calls, answered = counts.calls, counts.answered
    text = f"{answered} of {calls} calls were answered ({100 * answered / calls:.1f} %)"
    if counts.unknown:
        text += (
            f"; {counts.unknown} ended as unknown, "
            f"and {counts.unknown_but_executed} of these had been executed"
        )
    text += f". The server executed {counts.executed_twice} of them more than once. "
    if not waits:
        return text + "No answer came in time."
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    return (
        text
        + f"Half of the answers came within {p50:.1f} ms (p50), 99 % within {p99:.1f} ms (p99)."
    )


def unreliable_call() -> Panel:
    """Build the panel: latency, loss, repetition, time-out and retries of a client that pays 200 times."""
    controls = {
        "latency": choice("latency", list(LATENCIES), "log-normal"),
        "typical": slider("typical latency", "ms", 10, 1, 50),
        "loss": slider("loss each way", "%", 5, 0, 90),
        "duplicate": slider("repetition", "%", 0, 0, 90),
        "timeout": slider("time-out", "ms", 60, 5, 300, 5),
        "retries": slider("retries", "", 2, 0, 8),
        "seed": slider("seed", "", 1, 1, 50),
        "key": switch("idempotency key", False),
        "backoff": switch("longer and longer waits", False),
    }
    return Panel(controls, call_frame, "A call over an unreliable network")
