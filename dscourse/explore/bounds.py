"""The limits within which a system is explored, and in words what they leave out."""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.core.wording import count, plural
from dscourse.explore.given import check_number
from dscourse.explore.state import UNLIMITED, Budgets

__all__ = ["BUDGET", "Bounds"]

BUDGET = 200_000
_TIMINGS = ("asynchronous", "synchronous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of an exploration: the faults and time-outs that may happen, and the states that are stored.

    The faults and time-outs are counted over a whole schedule, at all nodes together.

    - ``crashes``: crashes of nodes other than clients, between events and after every prefix of a handler's effects.
    - ``restarts``: restarts of crashed nodes, each with its log.
    - ``drops`` and ``duplicates``: messages in flight that are lost, and that are delivered twice.
    - ``timeouts``: timers that fire; any number if None.
    - ``timing``: if "asynchronous", a pending timer may fire at any time; if "synchronous", only while no message is
      in flight to a node that is up.
    - ``copies``: equal messages in flight that are kept, all of them if None. With a limit, a node that asks again
      and again has finitely many states. With duplicates, at least two copies must be kept.
    - ``budget``: states that are stored. Once they are used up, the exploration is undecided.

    Raises ValueError for a number that is not whole or too small, and for an unknown timing.

    >>> Bounds(crashes=1, timeouts=2).left_out(clients=False)
    ('late starts', 'more than 1 crash', 'restarts', 'drops', 'duplicates', 'more than 2 time-outs')
    """

    crashes: int = 0
    restarts: int = 0
    drops: int = 0
    duplicates: int = 0
    timeouts: int | None = None
    timing: str = "asynchronous"
    copies: int | None = None
    budget: int = BUDGET

    def __post_init__(self) -> None:
        for fault in ("crashes", "restarts", "drops", "duplicates"):
            check_number(fault, getattr(self, fault), 0)
        if self.timeouts is not None:
            check_number("timeouts", self.timeouts, 0)
        if self.copies is not None:
            check_number("copies", self.copies, 1, "at least 1 copy of a message must be kept")
            if self.duplicates and self.copies < 2:
                raise ValueError(
                    f"duplicates={self.duplicates}, copies=1: a duplicate is a second copy in flight; write copies=2"
                )
        check_number("budget", self.budget, 1, "at least 1 state must be looked at")
        if self.timing not in _TIMINGS:
            raise ValueError(f"timing={self.timing!r}: it must be one of {', '.join(_TIMINGS)}")

    @property
    def synchronous(self) -> bool:
        """True if timers wait for messages in flight."""
        return self.timing == "synchronous"

    @property
    def monotone(self) -> bool:
        """True if no step is possible only while a message is not in flight."""
        return not self.synchronous or self.timeouts == 0

    def budgets(self) -> Budgets:
        """Return the faults and time-outs that may still happen in an initial state."""
        timeouts = UNLIMITED if self.timeouts is None else self.timeouts
        return Budgets(self.crashes, self.restarts, self.drops, self.duplicates, timeouts)

    def left_out(self, clients: bool) -> tuple[str, ...]:
        """Return in words what these bounds leave out of a system, with or without ``clients``."""
        # a late start: a node that starts after the first delivery, time-out or operation
        excluded = ["late starts"]
        excluded.append(_more_than(self.crashes, "crash"))
        if self.crashes:
            excluded.append(_more_than(self.restarts, "restart"))
        excluded += [_more_than(self.drops, "drop"), _more_than(self.duplicates, "duplicate")]
        if self.timeouts is not None:
            excluded.append(_more_than(self.timeouts, "time-out"))
        if clients:
            excluded.append("crashes of clients")
        if self.synchronous:
            excluded.append("time-outs while a message is in flight")
        if self.copies is not None:
            excluded.append(_more_than(self.copies, "copy of a message"))
        return tuple(excluded)


def _more_than(most: int, event: str) -> str:
    return plural(event) if most == 0 else f"more than {count(most, event)}"
