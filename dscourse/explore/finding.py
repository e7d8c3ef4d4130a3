"""The finding that decides an exploration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["DOUBTFUL", "Finding"]

DOUBTFUL = "only if alike nodes send in another order than they do; explore without alike"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict on a property, with the reason; ``state`` and ``variant`` are the state that it is about, if any.

    ``steps`` lead to it, and the steps of ``cycle``, if there are any, repeat from there for ever.
    """

    ok: bool | None
    reason: str
    name: str = ""
    state: int = -1
    variant: int = 0
    steps: tuple[Any, ...] = ()
    cycle: tuple[Any, ...] = ()
