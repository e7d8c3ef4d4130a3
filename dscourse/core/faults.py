"""Crashes and restarts of nodes, as values: a fault plan, a schedule and a trace name them alike.

What else may go wrong in a simulated world (links, clocks, pauses) is in `sim.faults`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, Protocol

__all__ = [
    "Crash", "CrashDuring", "Fault", "NodeInjector", "Restart", "code", "need_count", "need_names",
]  # fmt: skip

_ENDS = ("node", "source", "to", "client")  # the fields that are nodes' names


class NodeInjector(Protocol):
    """The actions on a node that a driver offers to a fault."""

    def crash(self, node: str, lose: int = 0) -> None:
        """Stop a node that is up: its log survives, but for the last ``lose`` records."""

    def crash_during(self, node: str, after: int) -> None:
        """Crash a node in its next handler that asks for more than ``after`` effects."""

    def restart(self, node: str) -> None:
        """Start a crashed node again with its log."""


class Fault:
    """A fault of nodes or links; it prints as the code that creates it."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Raise TypeError for a field that should be a node's name and is not."""
        need_names(self, *(getattr(self, slot) for slot in _ENDS if hasattr(self, slot)))

    def names(self) -> Iterable[str]:
        """Return the names of the affected nodes."""
        return [getattr(self, slot) for slot in _ENDS if getattr(self, slot, None)]

    def apply(self, injector: Any) -> None:
        """Make the fault happen now, by what the driver's injector can do (`sim.injection.Injector`)."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return code(self, (*_ENDS, "f"))


def code(value: Any, positional: Iterable[str]) -> str:
    """Return the code that makes this dataclass: the ``positional`` fields, then those not at their defaults.

    >>> code(Crash("a", lose=1), ["node"])
    "Crash('a', lose=1)"
    """
    shown = [
        repr(part) if one.name in positional else f"{one.name}={part!r}"
        for one in fields(value)
        if (part := getattr(value, one.name)) != one.default
    ]
    return f"{type(value).__name__}({', '.join(shown)})"


def need_names(fault: object, *names: object) -> None:
    """Raise TypeError unless each of these is a node's name."""
    for name in names:
        if not isinstance(name, str) or not name:
            raise TypeError(
                f"{type(fault).__name__}: {name!r}: a node's name is required, a string that is not empty"
            )


def need_count(fault: object, name: str, of: str) -> None:
    """Raise ValueError unless the field is a whole number, 0 or more."""
    value = getattr(fault, name)
    if not isinstance(value, Integral) or value < 0:
        raise ValueError(
            f"{type(fault).__name__}: {name}={value!r}: a number of {of} is whole, 0 or more"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Crash(Fault):
    """The node stops; its volatile state and timers are lost, its log survives, but for the last
    ``lose`` records.
    """

    node: str
    lose: int = 0

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        need_count(self, "lose", "records")

    def apply(self, injector: NodeInjector) -> None:
        injector.crash(self.node, self.lose)


@dataclass(frozen=True, slots=True, repr=False)
class CrashDuring(Fault):
    """The node crashes in its next handler that asks for more than ``after`` effects, after that
    many of them.
    """

    node: str
    after: int = 0

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        need_count(self, "after", "effects")

    def apply(self, injector: NodeInjector) -> None:
        injector.crash_during(self.node, self.after)


@dataclass(frozen=True, slots=True, repr=False)
class Restart(Fault):
    """A crashed node starts again with its log; nothing happens to one that is up."""

    node: str

    def apply(self, injector: NodeInjector) -> None:
        injector.restart(self.node)
