"""How much of the random and the exhaustive is tried: part of it every day, all of it by ``make soak``."""

from __future__ import annotations

import os

import pytest

__all__ = ["SOAK", "chosen_seeds", "samples", "soak"]

SOAK = bool(os.environ.get("DSCOURSE_SEEDS"))
soak = pytest.mark.skipif(not SOAK, reason="takes a minute: make soak runs it")


def samples(number: int) -> int:
    """Return how many of this number of random examples are tried: a quarter every day, all in a soak."""
    return number if SOAK else number // 4


def chosen_seeds(usual: int) -> range:
    """The seeds of a sweep: the first ``usual``, or those that DSCOURSE_SEEDS asks for.

    DSCOURSE_SEEDS is a number (``5000``: the first five thousand) or a span (``5000-10000``: the next five thousand).
    """
    asked = os.environ.get("DSCOURSE_SEEDS")
    if not asked:
        return range(usual)
    first, _, end = asked.rpartition("-")
    return range(int(first or 0), int(end))
