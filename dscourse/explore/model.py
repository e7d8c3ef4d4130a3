"""Models that can be explored: initial states and, for each state, the steps that may come next.

A model knows nothing of nodes: `system` makes one of a group of nodes, and a protocol written down as a table of
steps is one by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from dscourse.core.properties import Property

__all__ = ["Bare", "Model", "Plain", "Space", "Symmetric", "changeable", "iterable", "pairs"]

S = TypeVar("S", bound=Hashable)


class Model(Protocol[S]):
    """A state machine that can be explored."""

    def initial(self) -> Iterable[S]:
        """Return the states in which it may begin."""
        ...

    def next(self, state: S) -> Iterable[tuple[object, S]]:
        """Return the steps that may come next, each with the state after it."""
        ...


class Space(Model[S], Protocol[S]):
    """A model in which one state may stand for several, each known by the number of its variant.

    Variant 0 of a state is the state itself.
    """

    def key(self, state: S) -> Hashable:
        """Equal for states that count as one."""
        ...

    def views(self, state: S) -> Iterable[tuple[int, Any]]:
        """Return the different variants of a state, each as properties see it."""
        ...

    def certain(self, step: object) -> bool:
        """Return True if the step can be taken from each variant of a state."""
        ...

    def real(self, path: Sequence[tuple[Any, S]], variant: int) -> tuple[Any, ...] | None:
        """Return the steps to this variant of the last state of ``path``; None if none are known."""
        ...


class Bare(Generic[S]):
    """The common part of the spaces of bare models: each state stands for itself.

    All steps are fair, unless the model has a method ``fair(step)`` that says which are.
    """

    def __init__(self, model: object) -> None:
        self._fair = _method(model, "fair") if hasattr(model, "fair") else None

    def key(self, state: S) -> Hashable:
        return state

    def views(self, state: S) -> Iterable[tuple[int, Any]]:
        yield 0, state

    def certain(self, step: object) -> bool:
        return True

    def real(self, path: Sequence[tuple[Any, S]], variant: int) -> tuple[Any, ...] | None:
        return tuple(step for step, _ in path)

    def fair(self, step: object) -> bool:
        fair = True if self._fair is None else self._fair(step)
        if not isinstance(fair, bool):
            raise TypeError(f"fair({step!r}) gave {fair!r}: it must return True or False")
        return fair

    def bounded(self, state: S) -> bool:
        return False

    def endures(self, steps: Sequence[Any], cycle: Sequence[Any]) -> bool:
        return True


class Plain(Bare[S]):
    """A model with ``next(state)`` as a space. TypeError for what is no state or no step."""

    def __init__(self, model: Model[S]) -> None:
        super().__init__(model)
        self.model = model

    def initial(self) -> Iterable[S]:
        return iterable(self.model.initial(), "initial() must return a list of states")

    def next(self, state: S) -> Iterator[tuple[object, S]]:
        return pairs(self.model.next(state), "(step, state after it)", "next", state)


class Symmetric(Plain[S]):
    """A model with a ``representative``: the function returns one state for all those that differ by a symmetry.

    The steps to a state are real ones, as the state that is kept of several is the first that was reached. ValueError
    if the model breaks its promise in a state that is met: the representative must be its own representative, the
    steps from it must lead to the same representatives, and the ``properties`` must say the same of it. A wrong
    representative may keep a search from the very states that show it, so `walk` leaves none out.
    """

    def __init__(
        self, model: Model[S], representative: Callable[[S], S], properties: Sequence[Property]
    ) -> None:
        super().__init__(model)
        if not callable(representative):
            raise TypeError(
                f"representative = {representative!r}: it must be a method of the model"
            )
        self._representative = representative
        self._properties = properties
        self._known: dict[S, tuple[Any, ...]] = {}  # what is known of each representative

    def key(self, state: S) -> Hashable:
        like = self._representative(state)
        try:
            hash(like)
        except TypeError as error:
            raise changeable(like) from error
        if like != state:
            self._compare(state, like)
        return like

    def walk(self, draws: Random, steps: int) -> None:
        """Take at most so many steps at random from a first state, and compare each state with its representative."""
        first = list(self.initial())
        if not first:
            return
        state = draws.choice(first)
        for _ in range(steps):
            self.key(state)
            following = list(self.next(state))
            if not following:
                return
            _, state = draws.choice(following)

    def _compare(self, state: S, like: S) -> None:
        shown = f"representative({state!r}) is {like!r}"
        if like not in self._known:
            again = self._representative(like)
            if again != like:
                raise ValueError(f"{shown}, whose representative is another one: {again!r}")
            self._known[like] = self._look_at(like)
        (here, *says), (there, *should) = self._look_at(state), self._known[like]
        if here != there:
            other = next(iter(here ^ there))
            raise ValueError(f"{shown}, but only one of the two leads to {other!r}")
        for one, this, that in zip(self._properties, says, should, strict=True):
            if this != that:
                raise ValueError(
                    f"{shown}, but “{one.name}” is {this} in the first and {that} in the second"
                )

    def _look_at(self, state: S) -> tuple[Any, ...]:
        """Return the representatives to which the steps lead, and the ruling of each property."""
        leads_to = {self._representative(after) for _, after in self.next(state)}
        return leads_to, *(one.judge(state).ok for one in self._properties)


def changeable(state: object) -> TypeError:
    """Return the error about a state that cannot be hashed."""
    return TypeError(
        f"the state {state!r} can be changed: write it with tuples, frozensets or frozen dataclasses"
    )


def _method(model: Any, name: str) -> Callable[..., Any]:
    method: Callable[..., Any] = getattr(model, name)
    if not callable(method):
        raise TypeError(f"{name} = {method!r}: it must be a method of the model")
    return method


def iterable(value: Any, form: str) -> Iterable[Any]:
    """Return the value. TypeError that gives the ``form`` it must have if it is none."""
    if not isinstance(value, Iterable):
        raise TypeError(f"{value!r}: {form}")
    return value


def pairs(value: Any, form: str, function: str, state: object) -> Iterator[tuple[Any, Any]]:
    """Return the pairs of this ``form`` that a ``function`` gave for a state. TypeError if it gave anything else."""
    must = f"must return a list of pairs {form}"
    for pair in iterable(value, f"{function}(state) {must}"):
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"{function}({state!r}) gave {pair!r}: it {must}")
        yield pair
