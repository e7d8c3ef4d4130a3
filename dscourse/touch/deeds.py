"""Deeds: tasks for the reader of a diagram, to be done with as few touches as possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dscourse.core.verdict import Verdict
from dscourse.sim import Submit

__all__ = ["Deed"]


class Planned(Protocol):
    """A run, or several, under the plan of the reader's touches."""

    @property
    def plan(self) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Deed:
    """A task in words. ``done`` returns True for a run in which it is fulfilled; ``par`` touches are enough.

    For a run that only looks as if it were done, ``done`` may return a `Verdict` of no, whose reason says why it is
    not. The task is about the operations of the untouched run: with one more of the reader's own, no deed is done.
    In a `Compare`, ``done`` is given both runs, a dict by their names.

    >>> from dscourse.protocols.textbook.replicated_counter import Counter
    >>> from dscourse.node import cluster
    >>> from dscourse.sim import World
    >>> from dscourse.touch.run.touched_run import TouchedRun
    >>> run = TouchedRun(lambda plan: World(cluster(Counter, ["a", "b"]), plan=plan).run())
    >>> Deed("Crash a", lambda run: not run.world.alive("a"), par=1).is_done(run)
    False
    """

    text: str
    done: Callable[[Any], bool | Verdict]
    par: int

    def __post_init__(self) -> None:
        if isinstance(self.par, bool) or not isinstance(self.par, int):
            raise TypeError(f"par={self.par!r}: a number of touches is required, a whole number")
        if self.par < 1:
            raise ValueError(f"par={self.par!r}: a deed takes at least 1 touch")
        if not isinstance(self.text, str) or not callable(self.done):
            raise TypeError(
                f"Deed({self.text!r}, {self.done!r}): a text and a function of the run are required"
            )

    def is_done(self, run: Planned) -> bool:
        """Return True if the run fulfils the deed by touches; TypeError if ``done`` returns no bool and no verdict.

        Touches that are off, or have no place in the run, are none.
        """
        return self.standing(run) == (True, "")

    def standing(self, run: Planned) -> tuple[bool, str]:
        """Return whether the run fulfils the deed by touches and, if it only looks so, why it does not."""
        if not run.plan:
            return False, ""
        done = self.done(run)
        if not isinstance(done, bool | Verdict):
            raise TypeError(
                f"the deed {self.text!r} returned {done!r}: it must return True, False or a Verdict"
            )
        if done and _asks_more(run):
            return False, _NO_MORE
        return bool(done), done.reason if isinstance(done, Verdict) and not done else ""


_NO_MORE = "an operation of your own is part of the run"


def _asks_more(run: Planned) -> bool:
    """Return True if a gesture of the run invokes an operation that the untouched run does not have."""
    return any(isinstance(entry.fault, Submit) for entry in run.plan)
