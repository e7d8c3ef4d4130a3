"""The branches of a run that is played by hand: a tree of the states visited, and the moves between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dscourse.core.properties import Property, properties
from dscourse.core.verdict import Verdict
from dscourse.sim import StepPending, World
from dscourse.touch.explorer.moves import Move, as_code, in_words, node_of
from dscourse.touch.explorer.repeats import difference_when_repeated, is_alike

__all__ = ["Branches", "State", "lines"]


@dataclass(slots=True, eq=False)
class State:
    """A state that has been visited: its number, its world, and the move that led to it from its ``parent``.

    ``same`` is the number of the first visited state that equals it: its own, unless two ways lead to one state.
    ``unlike`` says that the move, made twice, did not do the same; "" if it did.
    """

    number: int
    world: World
    verdicts: tuple[Verdict, ...]
    same: int
    parent: State | None = None
    move: Move | None = None
    text: str = "start"
    unlike: str = ""
    children: list[State] = field(default_factory=list)

    @property
    def violated(self) -> list[str]:
        """The names of the properties that do not hold here."""
        return [verdict.model for verdict in self.verdicts if verdict.ok is False]

    @property
    def path(self) -> list[State]:
        """The states from the start to this one."""
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found[::-1]


class Branches:
    """The world of ``build`` once its nodes have started, and every state reached from there by moves since.

    A move that was made before in the present state leads to the state that is known; any other makes a new one, and
    is made twice, to notice a handler that does not do the same again. Once a clock has been read, states that differ
    in time are not equal.

    >>> from dscourse.node import Node, cluster
    >>> branches = Branches(lambda: World(cluster(Node, 2)))
    >>> branches.moves, branches.length
    ((StepPending(id=1), StepPending(id=2)), 0)
    """

    def __init__(self, build: Callable[[], World], claims: Iterable[Property] = ()) -> None:
        self.build, self.properties = build, properties(claims, "properties")
        self.timed = False  # a clock has been read
        self.history = any(one.history for one in self.properties)
        world = build()
        if not isinstance(world, World):
            raise TypeError(f"build returned {world!r}: it must return a World")
        self.starts = tuple(_started(world))
        self._firsts: dict[Hashable, int] = {}
        self.states: list[State] = []
        self.here = self._visited(world)
        if not is_alike(world, _again(build)):
            self.here.unlike = "build did not return the same world twice"

    # --- looking ---------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The present world itself; a caller that changes it takes a clone."""
        return self.here.world

    @property
    def before(self) -> World | None:
        """The world before the last move; None at the start."""
        return self.here.parent.world if self.here.parent is not None else None

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves that lead to the present state, the starts of the nodes included."""
        moves = (state.move for state in self.here.path)
        return (*self.starts, *(move for move in moves if move is not None))

    @property
    def length(self) -> int:
        """The number of moves that lead to the present state, the starts of the nodes not included."""
        return len(self.here.path) - 1

    @property
    def code(self) -> str:
        """Python code that leads to the present state; it needs ``build``."""
        name = getattr(self.build, "__name__", "")
        return as_code(self.moves, name if name.isidentifier() else "build")

    def judge(self, world: World) -> tuple[Verdict, ...]:
        """Return the verdict of each property on this world, under its name. PropertyError if one raises."""
        if not self.properties:
            return ()
        view = world.view()
        return tuple(replace(one.judge(view), model=one.name) for one in self.properties)

    def known(self, world: World) -> int | None:
        """Return the number of the first visited state that equals the state of this world, if there is one."""
        return self._firsts.get(self._key(world))

    # --- moving ----------------------------------------------------------------------------------

    def move(self, move: Move) -> State:
        """Make a move in the present state. If it raises, nothing changes."""
        known = next((one for one in self.here.children if one.move == move), None)
        if known is None:
            text, world = in_words(move, self.world), self.world.clone()
            world.replay([move])
            unlike = difference_when_repeated(self.world, move, world, node_of(move, self.world))
            known = self._visited(world, self.here, move, text)
            known.unlike = unlike
        self.here = known
        return known

    def back(self) -> None:
        """Return to the state before the last move, if there is one."""
        if self.here.parent is not None:
            self.here = self.here.parent

    def go(self, number: int) -> None:
        """Go to a visited state. LookupError if there is none with this number."""
        if not isinstance(number, int) or not 0 <= number < len(self.states):
            last = len(self.states) - 1
            raise LookupError(f"no state has the number {number!r}: they are 0 to {last}")
        self.here = self.states[number]

    def clear(self) -> None:
        """Forget all states but the start."""
        self.here = self.states[0]
        self.here.children.clear()
        del self.states[1:]
        self._firsts = {key: number for key, number in self._firsts.items() if number == 0}

    def _visited(
        self,
        world: World,
        parent: State | None = None,
        move: Move | None = None,
        text: str = "start",
    ) -> State:
        verdicts, number = self.judge(world), len(self.states)
        same = self._firsts.setdefault(self._key(world), number)
        state = State(number, world, verdicts, same, parent, move, text)
        self.states.append(state)
        if parent is not None:
            parent.children.append(state)
        return state

    def _key(self, world: World) -> Hashable:
        """Return the key of a world's state. If its clock is the first that was read, compare all states again."""
        if world.clock_read and not self.timed:
            self.timed = True
            self._firsts = {}
            for state in self.states:
                key = state.world.state_key(self.history, timed=True)
                state.same = self._firsts.setdefault(key, state.number)
        return world.state_key(self.history, self.timed)


def _started(world: World) -> Iterator[Move]:
    """Let all nodes start, as far as nothing else comes before."""
    while (waiting := world.pending()) and waiting[0].kind == "start":
        yield StepPending(waiting[0].id)
        world.step(waiting[0].id)


def _again(build: Callable[[], World]) -> World:
    """Return another world of ``build``, with its nodes started."""
    world = build()
    for _ in _started(world):
        pass
    return world


def lines(states: Sequence[State]) -> Iterator[tuple[State, int]]:
    """Yield the states as lines of a tree, each with its level: the first move in a state goes on at its level.

    The other moves that were made there follow it one level deeper, before what came after the first.
    """
    todo = [(states[0], 0)]
    while todo:
        state, level = todo.pop()
        yield state, level
        siblings = state.parent.children[1:] if _is_first(state) and state.parent else []
        todo += [(child, level) for child in state.children[:1]]
        todo += [(one, level + 1) for one in reversed(siblings)]


def _is_first(state: State) -> bool:
    return state.parent is not None and state.parent.children[0] is state
