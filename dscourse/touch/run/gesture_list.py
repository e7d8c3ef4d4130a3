"""The list of gestures: entries are added, replaced, switched, removed; every change can be undone."""

from __future__ import annotations

from collections.abc import Callable

from dscourse.touch.run.touches import Touch

__all__ = ["GestureList"]

Touches = tuple[Touch, ...]


class GestureList:
    """Gestures in the order in which they were made, and the changes of the list for undo and redo.

    >>> gestures = GestureList()
    >>> gestures.add(Touch("crash a", ()))
    >>> gestures.switch(0, False)
    >>> gestures.undo(), gestures.touches[0].on, gestures.redo(), gestures.touches[0].on
    (True, True, True, False)
    """

    def __init__(self) -> None:
        self.touches: Touches = ()
        self._done: list[Touches] = []
        self._undone: list[Touches] = []

    @property
    def can_undo(self) -> bool:
        """True if there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """True if there is a change to make again."""
        return bool(self._undone)

    @property
    def count(self) -> int:
        """The number of gestures that are switched on."""
        return sum(touch.on for touch in self.touches)

    def __getitem__(self, index: int) -> Touch:
        """Return the gesture at a position of the list; LookupError if there is none."""
        if (
            isinstance(index, bool)
            or not isinstance(index, int)
            or not 0 <= index < len(self.touches)
        ):
            raise LookupError(f"no gesture {index}: there are {len(self.touches)}")
        return self.touches[index]

    def become(self, other: GestureList) -> None:
        """Take over the gestures of another list, with its changes to undo and redo."""
        self.touches, self._done, self._undone = other.touches, [*other._done], [*other._undone]

    def set(self, touches: Touches) -> None:
        """Replace the whole list, as one change."""
        self._done.append(self.touches)
        self._undone.clear()
        self.touches = touches

    def offer(self, touches: Touches) -> None:
        """Let `redo` put these gestures in the place of the present ones."""
        self._undone.append(touches)

    def amend(self, touches: Touches) -> None:
        """Replace the list without a change that could be undone: the run has put gestures in their place."""
        self.touches = touches

    def add(self, touch: Touch, instead_of: Callable[[Touch], bool] = lambda _: False) -> None:
        """Add a gesture at the end; those that it stands ``instead_of`` are removed."""
        self.set((*(one for one in self.touches if not instead_of(one)), touch))

    def replace(self, index: int, touch: Touch) -> None:
        """Replace the gesture at this position; LookupError if there is none."""
        if touch != self[index]:
            self.set((*self.touches[:index], touch, *self.touches[index + 1 :]))

    def remove(self, index: int) -> None:
        """Remove the gesture at this position; LookupError if there is none."""
        self[index]
        self.set(self.touches[:index] + self.touches[index + 1 :])

    def switch(self, index: int, on: bool) -> None:
        """Switch the gesture at this position on or off; LookupError if there is none."""
        if not isinstance(on, bool):
            raise TypeError(f"on={on!r}: it must be True or False")
        self.replace(index, self[index].switched(on))

    def reset(self) -> None:
        """Remove all gestures; `undo` brings them back."""
        if self.touches:
            self.set(())

    def undo(self) -> bool:
        """Take back the last change of the list. Return False if there is none."""
        return self._step(self._done, self._undone)

    def redo(self) -> bool:
        """Make the last change that was taken back again. Return False if there is none."""
        return self._step(self._undone, self._done)

    def _step(self, source: list[Touches], to: list[Touches]) -> bool:
        if not source:
            return False
        to.append(self.touches)
        self.touches = source.pop()
        return True
