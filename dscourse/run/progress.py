"""A bar that shows how much of a run's time has passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["bar"]


@contextmanager
def bar(seconds: float, shown: bool) -> Iterator[Callable[[float], object]]:
    """Yield a function of the seconds that have passed, which draws them if ``shown``."""
    if not shown:
        yield lambda passed: None
        return
    from tqdm import tqdm

    with tqdm(
        total=seconds, unit="s", bar_format="{percentage:3.0f}% |{bar}| {n:.1f} of {total:.1f} s"
    ) as shown_bar:
        yield lambda passed: shown_bar.update(passed - shown_bar.n)
