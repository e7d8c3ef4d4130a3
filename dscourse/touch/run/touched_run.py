"""A run and the gestures made on it: each changes the plan, and the world runs again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dscourse.core.properties import Property
from dscourse.core.verdict import Verdict
from dscourse.sim import At, StateRecorder, World, observing
from dscourse.touch.run.by_hand import ByHand
from dscourse.touch.run.editing import edited
from dscourse.touch.run.error_words import in_one_line
from dscourse.touch.run.gesture_list import GestureList
from dscourse.touch.run.gestures import make
from dscourse.touch.run.judging import Judge, as_property, ruling, try_repeating
from dscourse.touch.run.names import MessageName, message_names
from dscourse.touch.run.recorded import of_future
from dscourse.touch.run.remarks import Remarks
from dscourse.touch.run.settling import handler_about, settle
from dscourse.touch.run.shrinking import Shrinking, shrink
from dscourse.touch.run.touches import Touch, as_code, plan_of

__all__ = ["TouchedRun"]

_MOST_UNSEEN = 8  # effects that leave no event, in one handler


class TouchedRun(ByHand):
    """The run that ``build(plan)`` returns, and the gestures that make up the plan.

    ``build`` and ``judge`` must be deterministic; the first gesture tries both once more without any. ``judge`` is a
    `Property` of the final state, or a function of the world that returns a bool, None or a `Verdict`. A gesture that
    makes ``build`` or ``judge`` fail is kept and reported in ``error``; ``world`` and ``verdict`` are then those of
    the last run that succeeded. Every gesture raises ValueError, in words, for what the network cannot do;
    LookupError for a message or node that is not in the run; TypeError for an argument of the wrong type. With
    ``since_ms``, the run was recorded until then, and what happened cannot change either.

    >>> from dscourse.protocols.textbook.replicated_counter import Counter
    >>> from dscourse.node import cluster
    >>> def build(plan):
    ...     world = World(cluster(Counter, ["a", "b"]), plan=plan)
    ...     return world.submit("a", [("add", None, 1)]).run()
    >>> run = TouchedRun(build)
    >>> [message] = run.messages
    >>> run.lose(message)
    >>> run.plan, str(run.touches[0])
    ([At(0, Lose('a', 'b', 'Add', 1))], "lose a's 1st Add to b")
    """

    def __init__(
        self,
        build: Callable[[list[At]], World],
        judge: Judge | None = None,
        since_ms: float | None = None,
    ) -> None:
        if not callable(build):
            raise TypeError(
                f"build={build!r}: a function of a fault plan that returns a world is required"
            )
        self.build, self.judge, self.since_ms = build, as_property(judge), since_ms
        self._of_view = isinstance(judge, Property)
        self.error: str | None = None
        self.shrinking: Shrinking | None = None
        self.gestures = GestureList()
        self.misplaced: dict[
            int, str
        ] = {}  # why a gesture is left out of the plan, by its position
        self._remarks: Remarks | None = None
        self._repeats = False  # until that has been tried
        self.world = self._built([])
        self.verdict = self._ruling(self.world)

    @property
    def touches(self) -> tuple[Touch, ...]:
        """The gestures in the order in which they were made."""
        return self.gestures.touches

    @property
    def plan(self) -> list[At]:
        """The plan of all gestures that are switched on and have a place in the run."""
        return plan_of(one for at, one in enumerate(self.touches) if at not in self.misplaced)

    @property
    def claim(self) -> Property | None:
        """The judge, if it is a `Property` of a state and can judge every moment; else None."""
        return self.judge if self._of_view else None

    @property
    def code(self) -> str:
        """Python code that makes the same run; it needs ``build``."""
        name = getattr(self.build, "__name__", "")
        return as_code(self.plan, name if name.isidentifier() else "build")

    @property
    def can_undo(self) -> bool:
        """Return True if there is a change to take back."""
        return self.gestures.can_undo

    @property
    def can_redo(self) -> bool:
        """Return True if there is a change to make again."""
        return self.gestures.can_redo

    @property
    def count(self) -> int:
        """The number of gestures that are switched on."""
        return self.gestures.count

    @property
    def is_refuted(self) -> bool:
        """Return True if the present run ends in a verdict of no."""
        return not self.error and self.verdict is not None and self.verdict.ok is False

    @property
    def messages(self) -> dict[int, MessageName]:
        """The names of the messages sent in the run, by id."""
        return message_names(self.world.trace)

    def remark(self, touch: Touch) -> str:
        """Return in words why a gesture does not do in the present run what it says; "" if it does.

        While the run fails, nothing is known about its gestures.
        """
        if not touch.on:
            return "switched off"
        if self.error:
            return ""
        left_out = {id(self.touches[at]): why for at, why in self.misplaced.items()}
        if self._remarks is None:
            self._remarks = Remarks(self.world, self.plan)
        return left_out.get(id(touch), "") or self._remarks.of(touch)

    def switch(self, index: int, on: bool) -> None:
        """Switch a gesture on or off, by its position in ``touches``."""
        self.gestures.switch(index, on)
        self._run()

    def remove(self, index: int) -> None:
        """Remove a gesture, by its position in ``touches``."""
        self.gestures.remove(index)
        self._run()

    def edit(self, index: int, numbers: dict[str, float]) -> None:
        """Change numbers of a gesture, such as ``{"end_ms": 40}``; ``Touch.numbers`` are those that it has.

        ValueError if it has no such number; LookupError if its message is no longer sent.
        """
        touch = edited(self.gestures[index], numbers, self.world)
        self.gestures.replace(index, of_future(touch, self.world, self.since_ms))
        self._run()

    def undo(self) -> bool:
        """Take back the last change of the list. Return False if there is none."""
        return self.gestures.undo() and self._run()

    def redo(self) -> bool:
        """Make the last change that was taken back again. Return False if there is none."""
        return self.gestures.redo() and self._run()

    def reset(self) -> None:
        """Remove all gestures; `undo` brings them back."""
        self.gestures.reset()
        self._run()

    def follow(self, other: TouchedRun) -> None:
        """Take over the gestures of another run, with all that it can undo and redo."""
        self.gestures.become(other.gestures)
        self._run()

    def shrink(self) -> int:
        """Keep the gestures that the verdict of no needs, as `shrinking.shrink` does. Return the number of changes.

        The run is then refuted by the same claim as before, where a judge makes several.
        ``shrinking`` then holds the steps and the claim. ValueError if the verdict is not no.
        """
        if not self.is_refuted:
            raise ValueError("only a run that the verdict refutes can be shrunk")
        assert self.verdict is not None
        self.shrinking = shrink(self.touches, partial(self._refuted, self.verdict.model))
        if self.shrinking.changed:
            self.gestures.set(self.shrinking.touches)
            self._run()
        return len(self.shrinking.changed)

    def outcome(self, touches: tuple[Touch, ...]) -> tuple[World, Verdict | None]:
        """Return the world and verdict under these gestures, which are not kept; raises as build and judge do."""
        world, _, _ = settle(self._built, touches)
        return world, self._ruling(world)

    def _refuted(self, claim: str, touches: tuple[Touch, ...]) -> bool:
        """Return True if the run of these gestures ends in a verdict of no on the same claim."""
        try:
            _, verdict = self.outcome(touches)
        except Exception:  # another failure than the one that is being shrunk
            return False
        return verdict is not None and verdict.ok is False and verdict.model == claim

    def _make(self, gesture: str, *arguments: Any) -> None:
        exact = (
            self._crash_during if gesture == "crash_during" else partial(make, self.world, gesture)
        )
        touch = of_future(exact(*arguments), self.world, self.since_ms)
        self.gestures.add(touch, touch.stands_for)
        self._run()

    def _crash_during(self, index: int, after: int) -> Touch:
        """Return the crash after the effects that the trace shows; some effects of a handler leave no event."""
        for unseen in range(_MOST_UNSEEN):
            touch = make(self.world, "crash_during", index, after, after + unseen)
            try:
                world, _, left_out = settle(self._built, (*self.touches, touch))
            except Exception:  # reported when the run that is shown fails in the same way
                return touch
            handler = handler_about(world.trace, touch.about) if touch.about else None
            if len(self.touches) not in left_out and handler and len(handler.effects) == after:
                return touch
        raise ValueError(f"{touch}: not possible, for the node handles something else first then")

    def _run(self) -> bool:
        """Run the world again; keep the last good run if that fails. Return True."""
        self.misplaced, self._remarks = {}, None
        try:
            if not self._repeats:
                try_repeating(partial(self.outcome, ()), self.world, self.verdict)
                self._repeats = True
            world, placed, misplaced = settle(self._built, self.touches)
            verdict = self._ruling(world)
        except (
            Exception,
            KeyboardInterrupt,
            SystemExit,
        ) as error:  # a learner's code may raise anything
            self.error = in_one_line(error)
        else:
            self.gestures.amend(placed)
            self.misplaced = misplaced
            self.world, self.verdict, self.error = world, verdict, None
        return True

    def _built(self, plan: list[At]) -> World:
        with observing(StateRecorder):
            world = self.build(plan)
        if not isinstance(world, World):
            raise TypeError(f"build returned {world!r}: it must return a World")
        return world

    def _ruling(self, world: World) -> Verdict | None:
        return ruling(self.judge, self._of_view, world)
