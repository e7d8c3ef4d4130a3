"""A smaller model of the same nodes: a message that would change nothing stays in flight instead of arriving.

For properties that look at nodes, logs and histories, that leaves nothing out: whatever can happen after such a
message has arrived can happen while it is still in flight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dscourse.core.properties import Property
from dscourse.core.schedule import Invoke, Step
from dscourse.explore.bounds import Bounds
from dscourse.explore.claims import Claims
from dscourse.explore.exploration import Exploration
from dscourse.explore.search import search
from dscourse.explore.state import GlobalState
from dscourse.explore.system import System
from dscourse.explore.visited import Visited
from dscourse.node import Node

__all__ = ["Busy", "Eager", "explored"]


class Busy(System):
    """Leaves out the arrival of messages without effect."""

    def next(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        for step, after in super().next(state):
            if (
                after.rest.nodes != state.rest.nodes
                or after.network.bit_count() >= state.network.bit_count()
            ):
                yield step, after


class Eager(Busy):
    """Moreover all nodes have started, and each client begins its next operation as soon as it can."""

    def initial(self) -> Iterator[GlobalState]:
        (state,) = super().initial()
        while not state.rest.started:
            _, state = next(super().next(state))
        yield self._begun_all(state)

    def next(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        for step, after in super().next(state):
            yield step, self._begun_all(after)

    def _begun_all(self, state: GlobalState) -> GlobalState:
        for step, after in super().next(state):
            if isinstance(step, Invoke):
                return self._begun_all(after)
        return state


def explored(
    kind: type[System],
    nodes: Sequence[Node],
    operations: Mapping[str, Sequence[tuple[Any, ...]]],
    always: Sequence[Property],
    alike: Sequence[str] = (),
) -> Exploration:
    """Look at every state of this model of the nodes, without faults and time-outs."""
    system = kind(nodes, operations, Bounds(timeouts=0), alike=alike, history=True)
    return search(Visited(system, 100_000), Claims(always=tuple(always)))
