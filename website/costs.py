"""The tables of the page about clusters, from the recorded times of a sweep."""

from __future__ import annotations

from statistics import median

from dscourse.experiments.tombstones import recorded_speeds

__all__ = ["with_costs"]

_MANY = (10**5, 10**6, 10**8)


def with_costs(text: str) -> str:
    """Return the page with its tables filled in."""
    seconds = _seconds_per_world()
    filled = text.replace("<!-- scaling -->", _scaling())
    filled = filled.replace("<!-- seconds -->", f"{seconds:.4f}")
    return filled.replace("<!-- cost -->", _cost(seconds))


def _seconds_per_world() -> float:
    return median(one.own_seconds for one in recorded_speeds()["here"])


def _scaling() -> str:
    lines = [
        "| who works | worlds per second: median, and range | ratio to one process |",
        "|---|---|---|",
    ]
    rounds = {how: [one.per_second for one in found] for how, found in recorded_speeds().items()}
    here = rounds["here"]
    for how, speeds in rounds.items():
        ratios = [speed / one for speed, one in zip(speeds, here, strict=True)]
        lines.append(
            f"| {how} | {median(speeds):.0f} ({min(speeds):.0f} to {max(speeds):.0f}) "
            f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    return "\n".join(lines)


def _cost(seconds: float) -> str:
    lines = [
        "| worlds | core-hours | hours on 2 cores | hours on 64 | hours on 1,024 | cost |",
        "|---|---|---|---|---|---|",
    ]
    for worlds in _MANY:
        hours = worlds * seconds / 3_600
        spans = " | ".join(_short(hours / cores) for cores in (2, 64, 1_024))
        lines.append(f"| {worlds:,} | {_short(hours)} | {spans} | {_short(hours)} *p* |")
    return "\n".join(lines)


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"
