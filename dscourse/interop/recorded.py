"""The interface of a trace that can be written: its events, and a vector clock for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field
from typing import Any, ClassVar, Protocol

__all__ = ["RecordedEvent", "RecordedTrace", "as_recorded"]


class RecordedEvent(Protocol):
    """An event: a dataclass with the node at which it happened (or None) and a text."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def node(self) -> str | None: ...


class RecordedTrace(Protocol):
    """A trace: its events in order; `dscourse.sim.Trace` is one."""

    def __iter__(self) -> Iterator[RecordedEvent]: ...

    def vector_clocks(self) -> list[dict[str, int] | None]: ...


def as_recorded(given: RecordedTrace) -> RecordedTrace:
    """Return the argument if it is a trace. Raise TypeError, with what to write, for anything else."""
    if hasattr(given, "vector_clocks"):
        return given
    world = hasattr(getattr(given, "trace", None), "vector_clocks")
    advice = "write world.trace" if world else "such as world.trace"
    raise TypeError(f"a Trace is required, not a {type(given).__name__}: {advice}")
