"""Growth: processor time and memory as the work grows, a curve per part of the course."""

from __future__ import annotations

from benchmarks.growth import of_checkers, of_explorer, of_pictures, of_simulator

__all__ = ["run"]


def run() -> str:
    """The tables of all curves."""
    parts = (of_checkers, of_explorer, of_pictures, of_simulator)
    return "\n\n".join(f"{(part.__doc__ or '').splitlines()[0]}\n{part.run()}" for part in parts)
