"""Schedules: what happens to a system of nodes, step by step, without any time.

The explorer finds them, `sim.follow` carries them out in a world and leaves an ordinary trace, and a person can read
and write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dscourse.node import Message, Timer

__all__ = [
    "Begin", "CutShort", "Deliver", "Down", "Fire", "Lose", "Repeat", "Schedule", "Step", "Up", "place_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deliver:
    """The message arrives; if its receiver is down, it is lost there."""

    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True)
class Fire:
    """The node's pending timer fires."""

    node: str
    timer: Timer


@dataclass(frozen=True, slots=True)
class Begin:
    """The client begins its next operation, which gets this number."""

    node: str
    op: int


@dataclass(frozen=True, slots=True)
class Lose:
    """The message under way is lost."""

    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True)
class Repeat:
    """A copy of the message is under way as well."""

    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True)
class Down:
    """The node crashes, between two events."""

    node: str


@dataclass(frozen=True, slots=True)
class Up:
    """The node starts, or starts again with what it had written."""

    node: str


@dataclass(frozen=True, slots=True)
class CutShort:
    """The step happens, and its node crashes after that many of the effects that the handler asked for."""

    step: Deliver | Fire | Begin | Up
    effects: int


Step = Deliver | Fire | Begin | Lose | Repeat | Down | Up | CutShort
Schedule = Sequence[Step]


def place_of(step: Step) -> str:
    """The node at which the step happens: the receiver of a message, also of one that is lost.

    >>> place_of(CutShort(Up("b"), 1))
    'b'
    """
    if isinstance(step, CutShort):
        return place_of(step.step)
    return step.to if isinstance(step, Deliver | Lose | Repeat) else step.node
