"""Several explorations as one table."""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.explore import Exploration
from dscourse.show.picture import Picture
from dscourse.show.table import table

__all__ = ["explorations"]


def explorations(rows: Mapping[str, Exploration]) -> Picture:
    """Draw the verdict of each exploration, and the number of its states."""
    cells = {name: [_verdict(found), _extent(found)] for name, found in rows.items()}
    sentence = ". ".join(
        f"{name}: {verdict}; {states} states" for name, (verdict, states) in cells.items()
    )
    return table(["verdict", "states"], cells, sentence=f"{sentence}.", width=760)


def _verdict(result: Exploration) -> str:
    if result:
        return "holds"
    return f"refuted: {result.reason}" if result.ok is False else f"not decided: {result.reason}"


def _extent(result: Exploration) -> str:
    return f"{result.states:,}{'' if result.complete else ', not all'}"
