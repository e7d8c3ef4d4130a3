"""The extent of random and exhaustive tests: a part of them every day, all of them by ``make soak``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pytest

__all__ = ["SOAK", "a_part", "chosen_seeds", "dealt", "first_trying", "once", "samples", "soak"]

SOAK = bool(os.environ.get("DSCOURSE_SEEDS"))
soak = pytest.mark.skipif(not SOAK, reason="takes a minute: make soak runs it")
once = (
    pytest.mark.once
)  # long, and of nothing that depends on the version of Python: run under one of them


_FEWEST = 40  # seeds that show a share


def samples(number: int, part: int = 4) -> int:
    """Return the number of random examples to try: one in ``part`` of them every day, all in a soak."""
    return number if SOAK else number // part


def chosen_seeds(usual: int) -> range:
    """Return the seeds of a sweep: the first ``usual``, or those that DSCOURSE_SEEDS selects.

    DSCOURSE_SEEDS is a number (``5000``: the first 5,000 seeds) or a range (``5000-10000``: the next 5,000).
    """
    asked = os.environ.get("DSCOURSE_SEEDS")
    if not asked:
        return range(usual)
    first, _, end = asked.rpartition("-")
    return range(int(first or 0), int(end))


def a_part(seeds: range) -> range:
    """Return the seeds that textbook versions and mutants are judged with: a third of them, in a soak a tenth.

    Their share of refuted seeds is known well enough from so few, but at least `_FEWEST`; a promise is tried with
    every seed.
    """
    return seeds[: max(_FEWEST, -(-len(seeds) // (10 if SOAK else 3)))]


def dealt(seeds: range, hand: int, hands: int) -> range:
    """Return the seeds of one setting of a protocol that is tried with several: its part of them.

    The parts of hands 0 to ``hands`` - 1 are disjoint, and together they are ``seeds``. A part is a span: worlds of
    some tests differ by whether the seed is even.
    """
    first, end = (len(seeds) * number // hands for number in (hand, hand + 1))
    return seeds[first:end]


def first_trying(likely: int, seeds: Iterable[int]) -> Iterator[int]:
    """Yield the seeds in which a refutation is searched, with the one first that has refuted before.

    If a change of the simulator moves the refutation to another seed, the search still finds it, and takes longer.
    """
    yield likely
    yield from seeds
