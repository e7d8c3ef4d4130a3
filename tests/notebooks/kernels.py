"""Plugin of pytest: a kernel that dies before it is ready is started once more.

A kernel is told its TCP ports before it opens them, and a program that starts at the same time may choose the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbval import kernel


def once_more(start: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``start`` with a second attempt where the first one raises RuntimeError."""

    def start_or_restart(*args: Any, **settings: Any) -> Any:
        try:
            return start(*args, **settings)
        except RuntimeError:
            return start(*args, **settings)

    return start_or_restart


def pytest_configure() -> None:
    kernel.start_new_kernel = once_more(kernel.start_new_kernel)
