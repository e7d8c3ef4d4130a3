"""Deeds: tasks for the reader of a diagram, to be done with as few touches as possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dscourse.sim import Submit

__all__ = ["Deed", "asks_more"]


class Planned(Protocol):
    """A run, or several, under the plan of the reader's touches."""

    @property
    def plan(self) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Deed:
    """A task in words. ``done`` returns True for a run in which it is fulfilled; ``par`` touches are enough.

    The task is about the operations of the untouched run: with one more of the reader's own, no deed is done.
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
    done: Callable[[Any], bool]
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
        """Return True if the run fulfils the deed by touches; TypeError if ``done`` returns anything but a bool.

        Touches that are off, or have no place in the run, are none.
        """
        if not run.plan or asks_more(run):
            return False
        done = self.done(run)
        if not isinstance(done, bool):
            raise TypeError(
                f"the deed {self.text!r} returned {done!r}: it must return True or False"
            )
        return done

    def words(self, run: Planned) -> str:
        """Return the task in words, with a remark if an operation of the reader's own keeps it from being done."""
        return f"{self.text} {_NO_MORE}" if asks_more(run) else self.text


_NO_MORE = "(Not done with an operation of your own.)"


def asks_more(run: Planned) -> bool:
    """Return True if a gesture of the run invokes an operation that the untouched run does not have."""
    return any(isinstance(entry.fault, Submit) for entry in run.plan)
