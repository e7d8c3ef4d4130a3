"""Gestures that were made on an earlier picture, as gestures on the present run.

While Python is at work the reader goes on: in a second view, in a menu that is still open, by a key pressed again.
The ids of messages, indices of events and positions in the list of such a gesture are those of the picture that
it was made on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.sim import Trace
from dscourse.touch.run.anchors import anchor_of
from dscourse.touch.run.names import message_names
from dscourse.touch.run.settling import handler_about
from dscourse.touch.run.touched_run import TouchedRun
from dscourse.touch.run.touches import Touch

__all__ = ["Pasts"]

_MOST = 8  # pictures that are remembered
_OF_MESSAGES = frozenset({"lose", "move", "repeat"})
_OF_ENTRIES = frozenset({"switch", "remove", "edit"})


@dataclass(frozen=True, slots=True)
class _Past:
    trace: Trace
    touches: tuple[Touch, ...]


class Pasts:
    """The runs of the last pictures, by the number of each picture."""

    def __init__(self) -> None:
        self._known: dict[int, _Past] = {}

    def keep(self, number: int, run: TouchedRun) -> None:
        """Remember that the picture of this number shows the present run."""
        self._known[number] = _Past(run.world.trace, run.touches)
        while len(self._known) > _MOST:
            del self._known[min(self._known)]

    def arguments_now(
        self, number: int | None, run: TouchedRun, gesture: str, arguments: Sequence[Any]
    ) -> Sequence[Any]:
        """Return the arguments that the gesture needs on the present run; None stands for the present picture.

        LookupError, in words, if what it was about is no longer there, or if the picture is too old.
        """
        numbered = _OF_MESSAGES | _OF_ENTRIES | {"crash_during"}
        if number is None or gesture not in numbered or not arguments:
            return arguments
        past = self._known.get(number)
        if past is None:
            raise LookupError("the run has changed since this picture; make the gesture again")
        first, *rest = arguments
        if gesture in _OF_ENTRIES:
            return [_entry(past.touches, run.touches, first), *rest]
        if past.trace is run.world.trace:
            return arguments
        find = _handled if gesture == "crash_during" else _message
        return [find(past.trace, run.world.trace, first), *rest]


def _message(old: Trace, new: Trace, message: Any) -> int:
    """Return the id that a message of the old run has in the new one."""
    known = message_names(old)
    if message not in known:
        raise LookupError(f"no message {message!r} in the run")
    name = known[message]
    before = anchor_of(old, next(e for e in old.kinds("send") if e.id == message))
    names = message_names(new)
    for event in new.kinds("send"):
        if names[event.id] == name and before.matches(anchor_of(new, event)):
            return event.id
    raise LookupError(f"{name} is no longer sent")


def _handled(old: Trace, new: Trace, index: Any) -> int:
    """Return the index that an event of the old run has in the new one."""
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(old):
        raise LookupError(f"no event {index!r} in the run")
    event = old[index]
    handler = handler_about(new, anchor_of(old, event))
    if handler is None:
        raise LookupError(f"{event.node} no longer handles this")
    return handler.event.index


def _entry(old: Sequence[Touch], new: Sequence[Touch], at: Any) -> Any:
    """Return the position of a gesture of the old list in the new one."""
    if old == new or isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < len(old):
        return at  # the list refuses a position that it does not have
    if at < len(new) and new[at] == old[at]:
        return at
    if old[at] not in new:
        raise LookupError(f"{old[at]}: it is no longer in the list")
    return new.index(old[at])
