"""A plugin of pytest: of each test with many cases, three of them.

What depends on the version of Python depends on the code that a test runs, and seldom on which of its hundred cases
it is. ``make test-pythons`` therefore repeats every test under every Python, but not every case of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

CASES = 3


def spread(number: int, cases: int = CASES) -> set[int]:
    """Return the positions of ``cases`` of ``number`` things, the first and the last among them.

    >>> sorted(spread(101)), sorted(spread(2))
    ([0, 50, 100], [0, 1])
    """
    if number <= cases:
        return set(range(number))
    return {round(step * (number - 1) / (cases - 1)) for step in range(cases)}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    cases: dict[object, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(getattr(item, "function", item), []).append(item)
    kept = {item for same in cases.values() for item in chosen(same)}
    left_out = [item for item in items if item not in kept]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item in kept]


def chosen(cases: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return those of a test's cases that are run."""
    return [cases[position] for position in sorted(spread(len(cases)))]
