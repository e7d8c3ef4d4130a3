"""A branch of a run that is played by hand: the moves so far, and the world before and after each of them."""

from __future__ import annotations

from collections.abc import Callable

from dscourse.sim import DropPending, DuplicatePending, Fault, StepPending, World

__all__ = ["Branch", "Move"]

Move = StepPending | DropPending | DuplicatePending | Fault


class Branch:
    """The world that ``build`` returns once its nodes have started, and the moves made in it since.

    Each move keeps a snapshot of the world before it, so `undo` is exact.

    >>> from dscourse.node import Node, cluster
    >>> branch = Branch(lambda: World(cluster(Node, 2)))
    >>> branch.moves, branch.length
    ((StepPending(id=1), StepPending(id=2)), 0)
    """

    def __init__(self, build: Callable[[], World]) -> None:
        self.build = build
        self.reset()

    def reset(self) -> None:
        """Undo all moves, except for the starts of the nodes."""
        world = self.build()
        self._moves: list[Move] = []
        self._worlds = [world]
        while (waiting := world.pending()) and waiting[0].kind == "start":
            self._moves.append(StepPending(waiting[0].id))
            world.step()
        self._starts = len(self._moves)

    @property
    def world(self) -> World:
        """The current world itself; a caller that changes it takes a clone."""
        return self._worlds[-1]

    @property
    def before(self) -> World | None:
        """The world before the last move; None if there has been no move."""
        return self._worlds[-2] if self.length else None

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves so far, the starts of the nodes included."""
        return tuple(self._moves)

    @property
    def length(self) -> int:
        """The number of moves so far, the starts of the nodes not included."""
        return len(self._moves) - self._starts

    def move(self, move: Move) -> None:
        """Make a move. If it raises, the branch stays as it was."""
        world = self.world.clone()
        world.replay([move])
        self._moves.append(move)
        self._worlds.append(world)

    def undo(self) -> None:
        """Undo the last move, if there is one."""
        if self.length:
            self._moves.pop()
            self._worlds.pop()

    @property
    def scenario(self) -> str:
        """The branch as Python code; it needs the function that built the world."""
        names = sorted({type(move).__name__ for move in self._moves})
        lines = [f"from dscourse.sim import {', '.join(names)}", ""] if names else []
        lines.append(f"world = {getattr(self.build, '__name__', 'build')}()")
        if names:
            lines += ["world.replay([", *(f"    {move!r}," for move in self._moves), "])"]
        return "\n".join(lines)
