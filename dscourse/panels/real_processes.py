"""The panel of chapter 17: acknowledged records that are lost, by where a record is when it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.acknowledgements import WAYS, Write, journal, lost
from dscourse.experiments.statistics import percentile
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.show.axis import round_up
from dscourse.show.curves import LiveCurves

__all__ = ["FAILURES", "acknowledgement_frame", "acknowledgements"]

FAILURES = ("the process is killed", "the power fails")
_END_MS = 1_500
_STEP_MS = 5


def acknowledgement_frame(
    way: str, per_second: int, wait_ms: float, failure: str, at_ms: int, seed: int
) -> Frame:
    """Draw the acknowledged and the surviving records over time; the sentence counts the loss at the failure."""
    writes = journal(way, per_second, wait_ms, _END_MS, seed)
    power = failure == FAILURES[1]
    before = [write for write in writes if write.acknowledged_ms <= at_ms]
    sentence = (
        f"A record is acknowledged when it has reached the {way}; {failure} at {at_ms:,} ms: "
        f"{_loss(before, at_ms, power)} {_price(before, way, at_ms)}"
    ).strip()
    times = [*range(0, _END_MS + 1, _STEP_MS)]

    def reached(when: Callable[[Write], float]) -> list[int]:
        reached_ms = sorted(map(when, writes))
        counts, number = [], 0
        for ms in times:
            while number < len(reached_ms) and reached_ms[number] <= ms:
                number += 1
            counts.append(number)
        return counts

    survive = "on the disk" if power else "in the system or on the disk"
    lines = {
        "acknowledged": reached(lambda write: write.acknowledged_ms),
        survive: reached(lambda write: write.disk_ms if power else write.system_ms),
    }
    most = round_up(len(writes))
    picture = _RECORDS.draw(
        times, lines, sentence=sentence, verticals={failure: float(at_ms)},
        limits=(-0.14 * most, 1.04 * most), x_limits=(-0.02 * _END_MS, 1.02 * _END_MS),
    )  # fmt: skip
    return Frame.of(picture)


_RECORDS = LiveCurves(xlabel="time (ms)", ylabel="records")


def _loss(before: list[Write], at_ms: int, power: bool) -> str:
    if not before:
        return "no record was acknowledged by then, so nothing is lost."
    gone = lost(before, at_ms, power)
    verb = "is" if gone == 1 else "are"
    return f"{gone:,} of {len(before):,} acknowledged records {verb} lost."


def _price(before: list[Write], way: str, at_ms: int) -> str:
    """Say how long acknowledgements took, and how often something waited for the disk."""
    if not before:
        return ""
    latency = [write.acknowledged_ms - write.asked_ms for write in before]
    waits = len({write.disk_ms for write in before}) if way.startswith("disk") else at_ms // 1_000
    if not any(latency):
        return f"Each took no time; {count(waits, 'wait')} for the disk."
    half, most = percentile(latency, 0.5), percentile(latency, 0.99)
    return f"Half took at most {half:,.1f} ms, p99 {most:,.1f} ms; {count(waits, 'wait')} for the disk."


def acknowledgements() -> Panel:
    """Build the controls: way, load, time per wait for the disk, failure, its time, and seed."""
    controls: dict[str, Any] = {
        "way": choice("acknowledge in", list(WAYS), "system"),
        "per_second": slider("requests", "per s", 100, 20, 500, 20),
        "wait_ms": slider("one fsync", "ms", 5, 1, 20),
        "failure": choice("what happens", list(FAILURES), FAILURES[1]),
        "at_ms": slider("when", "ms", 950, 50, 1_450, 50),
        "seed": slider("seed", "", 1, 1, 20),
    }
    return Panel(controls, acknowledgement_frame, "An acknowledgement, and what it is worth")
