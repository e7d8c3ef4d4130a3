"""Schedules: the steps of a system of nodes in order, without any time.

The explorer finds them, `sim.follow` carries them out in a world and leaves an ordinary trace, and a person can read
and write them. `Crash` and `Restart` are the faults of a fault plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dscourse.core.faults import Crash, Restart, code
from dscourse.node import Message, Timer

__all__ = [
    "Crash", "CrashDuringStep", "Deliver", "Drop", "Duplicate", "Fire", "Invoke", "Restart", "Schedule", "Start",
    "Step", "node_of",
]  # fmt: skip


class _Printed:
    """A value that prints as the code that makes it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return code(self, ("sender", "to", "message", "node", "timer", "op", "step"))


@dataclass(frozen=True, slots=True, repr=False)
class Start(_Printed):
    """The node starts for the first time; `Restart` is every later start."""

    node: str


@dataclass(frozen=True, slots=True, repr=False)
class Deliver(_Printed):
    """The message arrives; if its receiver is down, it is lost there."""

    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True, repr=False)
class Fire(_Printed):
    """The node's pending timer fires."""

    node: str
    timer: Timer


@dataclass(frozen=True, slots=True, repr=False)
class Invoke(_Printed):
    """The client begins its next operation, which gets the number ``op``."""

    node: str
    op: int


@dataclass(frozen=True, slots=True, repr=False)
class Drop(_Printed):
    """The message in flight is lost."""

    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True, repr=False)
class Duplicate(_Printed):
    """A copy of the message in flight is in flight as well."""

    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True, repr=False)
class CrashDuringStep(_Printed):
    """The step happens, and its node crashes after the first ``after`` effects that the handler asked for.

    `CrashDuring` says the same of whichever handler comes next at a node.
    """

    step: Start | Deliver | Fire | Invoke | Restart
    after: int


Step = Start | Deliver | Fire | Invoke | Drop | Duplicate | Crash | Restart | CrashDuringStep
Schedule = Sequence[Step]


def node_of(step: Step) -> str:
    """Return the node at which the step happens: the receiver of a message, also of one that is lost.

    >>> node_of(CrashDuringStep(Start("b"), after=1))
    'b'
    """
    if isinstance(step, CrashDuringStep):
        return node_of(step.step)
    return step.to if isinstance(step, Deliver | Drop | Duplicate) else step.node
