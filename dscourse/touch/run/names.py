"""Names of messages that keep their meaning when something earlier in the run changes.

A number in the order of the whole run points elsewhere as soon as one message more or less is sent. A name by link,
type and number on this link does not: what happens on other links leaves it alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dscourse.core.wording import ordinal
from dscourse.sim import Event, Trace

__all__ = ["MessageName", "message_names", "sending_of"]


@dataclass(frozen=True, slots=True)
class MessageName:
    """The ``nth`` message of type ``message`` that was sent from ``source`` to ``to``; ``str`` is the name in words.

    >>> str(MessageName("n1", "n3", "Ack", 2))
    "n1's 2nd Ack to n3"
    """

    source: str
    to: str
    message: str
    nth: int

    @property
    def fields(self) -> tuple[str, str, str, int]:
        """The link, the type and the number, as faults of messages take them."""
        return self.source, self.to, self.message, self.nth

    def __str__(self) -> str:
        return f"{self.source}'s {ordinal(self.nth)} {self.message} to {self.to}"


def message_names(trace: Trace) -> dict[int, MessageName]:
    """Return the name of each message that was sent, by the id that its events share."""
    counts: Counter[tuple[str, str, str]] = Counter()
    names = {}
    for event in trace.kinds("send"):
        key = (str(event.node), str(event.peer), type(event.what).__name__)
        counts[key] += 1
        names[event.id] = MessageName(*key, counts[key])
    return names


def sending_of(trace: Trace, name: MessageName) -> Event | None:
    """Return the event in which the message of this name was sent; None if the run has no such message."""
    left = name.nth
    for event in trace.kinds("send"):
        if (event.node, event.peer, type(event.what).__name__) == (
            name.source, name.to, name.message,
        ):  # fmt: skip
            left -= 1
            if not left:
                return event
    return None
