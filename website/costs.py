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
    return median(one.cpu_seconds for one in recorded_speeds()["one process"])


def _scaling() -> str:
    lines = [
        "| way | worlds per second of real time | processor ms per world | ratio to one process |",
        "|---|---|---|---|",
    ]
    rounds = recorded_speeds()
    alone = [one.cpu_seconds for one in rounds["one process"]]
    for how, found in rounds.items():
        ratios = [one.cpu_seconds / other for one, other in zip(found, alone, strict=True)]
        cells = (
            _range([one.per_second for one in found], 0),
            _range([1_000 * one.cpu_seconds for one in found], 1),
            _range(ratios, 2),
        )
        lines.append(f"| {how} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _range(values: list[float], digits: int) -> str:
    ends = f"{min(values):.{digits}f} to {max(values):.{digits}f}"
    return f"{median(values):.{digits}f} ({ends})"


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
