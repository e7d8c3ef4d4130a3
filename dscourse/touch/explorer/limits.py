"""The limits of a search for a violation, and its result in words."""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.core.cards import card
from dscourse.core.wording import count, plural
from dscourse.touch.explorer.moves import Move

__all__ = ["Limits", "Search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a search: moves in a row, faults on the way, and how much is looked at.

    ``losses``, ``copies``, ``crashes`` (of servers) and ``restarts`` are each the most on one path. Pending events
    come in any order, so a timer may fire at any moment. The search ends after ``states`` states or ``seconds``.
    Raises ValueError for a number below 0, or below 1 for ``moves``, ``states`` and ``seconds``.
    """

    moves: int = 8
    losses: int = 0
    copies: int = 0
    crashes: int = 0
    restarts: int = 0
    states: int = 3_000
    seconds: float = 20.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value, least = getattr(self, name), int(name in ("moves", "states", "seconds"))
            whole = isinstance(value, int) or (name == "seconds" and isinstance(value, float))
            if isinstance(value, bool) or not whole or not least <= value < 1e9:
                raise ValueError(f"{name}={value!r}: a number of {least} or more is required")

    def left_out(self) -> list[str]:
        """Return in words which faults these limits leave out."""
        most = {
            "lost message": self.losses,
            "copy": self.copies,
            "crash": self.crashes,
            "restart": self.restarts,
        }
        bounded = [
            f"more than {count(number, fault)}" if number else plural(fault)
            for fault, number in most.items()
        ]
        return [
            *bounded,
            "crashes of clients or within a handler",
            "pauses and cuts (neither their beginning nor their end)",
        ]


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: False with the shortest ``path`` to a violation, True without one, None if undecided.

    It speaks of all states within ``depth`` moves, and of no others; ``complete`` says that no further ones can be
    reached within the limits. ``reason`` says what is violated and why, or what ended the search.
    """

    ok: bool | None
    limits: Limits
    states: int
    depth: int
    complete: bool
    reason: str = ""
    path: tuple[Move, ...] = ()

    @property
    def heading(self) -> str:
        """The result in a few words."""
        if self.ok is False:
            return (
                f"violated after {count(len(self.path), 'move')}"
                if self.path
                else "violated here already"
            )
        if self.ok is None:
            return f"not decided; within {self._within} none found"
        if self.complete:
            return "no violation can be reached within these limits"
        return f"no violation within {self._within}"

    @property
    def _within(self) -> str:
        return count(self.depth, "move")

    @property
    def extent(self) -> str:
        """The number of states that the verdict rests on."""
        if self.ok is False:
            nearest = "the nearest first: within these limits, no path is shorter"
            return f"{count(self.states, 'state')} looked at, {nearest}"
        all_of = "all of them" if self.complete else f"all within {self._within}"
        return f"{count(self.states, 'state')} looked at, {all_of}; events in any order"

    @property
    def left_out(self) -> str:
        """The moves and faults that were not looked at."""
        left = self.limits.left_out()
        if self.ok is not False and not self.complete:
            left.insert(0, f"more than {self._within}")
        return f"not looked at: {', '.join(left)}"

    def __str__(self) -> str:
        return "; ".join(part for part in (self.heading, self.reason, self.extent) if part)

    def _repr_html_(self) -> str:
        return card(self.ok, self.heading, [self.reason, self.extent, self.left_out])
