"""Faults of single messages, as values: one message is lost, arrives twice, or takes another time.

A message is named by its link, its type and its number among the messages of this type that have been sent on the
link since the start of the run, lost ones included. What happens before it does not move it to another message,
unless the sender sends fewer or more of this type.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real

from dscourse.core.faults import Fault, code
from dscourse.sim.injection import Injector

__all__ = ["Delay", "Lose", "MessageFault", "Repeat"]


@dataclass(frozen=True, slots=True, repr=False)
class MessageFault(Fault):
    """A fault of the ``nth`` message of type ``message`` from ``source`` to ``to``.

    Plan it at 0 ms: then it is in force before the nodes start. Later, messages sent before it are not affected.
    """

    source: str
    to: str
    message: str
    nth: int

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        kind, message, nth = type(self).__name__, self.message, self.nth
        if not isinstance(message, str) or not message.isidentifier():
            raise TypeError(
                f"{kind}: message={message!r}: the name of a message's type is required, such as 'Reply'"
            )
        if isinstance(nth, bool) or not isinstance(nth, Integral) or nth < 1:
            raise ValueError(
                f"{kind}: nth={nth!r}: the number of a message is whole, 1 for the first"
            )

    @property
    def name(self) -> tuple[str, str, str, int]:
        """The link, the type and the number: the name of the message."""
        return self.source, self.to, self.message, self.nth

    def __repr__(self) -> str:
        return code(self, ("source", "to", "message", "nth"))


def _need_latency(fault: Fault, latency_ms: object) -> None:
    """Raise ValueError unless this is a finite time, 0 or more."""
    if not isinstance(latency_ms, Real) or not 0 <= float(latency_ms) < math.inf:
        raise ValueError(
            f"{type(fault).__name__}: latency_ms={latency_ms!r}: it must be a finite number of ms, 0 or more"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Lose(MessageFault):
    """The message is lost on its way.

    >>> Lose("a", "b", "Reply", 2)
    Lose('a', 'b', 'Reply', 2)
    """

    def apply(self, injector: Injector) -> None:
        injector.lose(self.source, self.to, self.message, self.nth)


@dataclass(frozen=True, slots=True, repr=False)
class Repeat(MessageFault):
    """A copy of the message takes ``latency_ms`` on its way, whatever becomes of the original."""

    latency_ms: float

    def __post_init__(self) -> None:
        MessageFault.__post_init__(self)
        _need_latency(self, self.latency_ms)

    def apply(self, injector: Injector) -> None:
        injector.repeat(self.source, self.to, self.message, self.nth, self.latency_ms)


@dataclass(frozen=True, slots=True, repr=False)
class Delay(MessageFault):
    """The message takes ``latency_ms`` on its way, or longer on a link that keeps messages in order."""

    latency_ms: float

    def __post_init__(self) -> None:
        MessageFault.__post_init__(self)
        _need_latency(self, self.latency_ms)

    def apply(self, injector: Injector) -> None:
        injector.delay(self.source, self.to, self.message, self.nth, self.latency_ms)
