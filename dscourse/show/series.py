"""Series that share a picture: line styles by which they differ, and checks of their number and scale."""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.show import palette

__all__ = ["STYLES", "check_log", "check_number"]

STYLES = ("-", "--", "-.", ":", "-", "--", "-.")  # one per colour of `palette.SERIES`


def check_log(log: str) -> None:
    """Raise ValueError unless ``log`` names the logarithmic axes."""
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log={log!r}: it must be '', 'x', 'y' or 'xy'")


def check_number(lines: Mapping[str, object]) -> None:
    """Raise ValueError for more lines than there are colours."""
    if len(lines) > len(palette.SERIES):
        raise ValueError(
            f"{len(lines)} lines: at most {len(palette.SERIES)} can be told apart in one picture"
        )
