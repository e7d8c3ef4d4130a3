"""Models that can be explored: initial states and, for each state, the steps that may come next.

A model knows nothing of nodes: `system` makes one of a group of nodes, and a protocol written down as a table of
steps is one by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Model", "Plain", "Space"]

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


class Plain(Generic[S]):
    """A bare model as a space: each state stands for itself. TypeError for what is no state or no step."""

    def __init__(self, model: Model[S]) -> None:
        self.model = model

    def initial(self) -> Iterable[S]:
        return _iterable(self.model.initial(), "initial() must return a list of states")

    def next(self, state: S) -> Iterator[tuple[object, S]]:
        form = "next(state) must return a list of pairs (step, state after it)"
        for pair in _iterable(self.model.next(state), form):
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"next({state!r}) gave {pair!r}: {form}")
            yield pair

    def key(self, state: S) -> Hashable:
        try:
            hash(state)
        except TypeError as error:
            raise TypeError(
                f"the state {state!r} can be changed: write it with tuples, frozensets or frozen dataclasses"
            ) from error
        return state

    def views(self, state: S) -> Iterable[tuple[int, Any]]:
        yield 0, state

    def certain(self, step: object) -> bool:
        return True

    def real(self, path: Sequence[tuple[Any, S]], variant: int) -> tuple[Any, ...] | None:
        return tuple(step for step, _ in path)


def _iterable(value: Any, form: str) -> Iterable[Any]:
    if not isinstance(value, Iterable):
        raise TypeError(f"{value!r}: {form}")
    return value
