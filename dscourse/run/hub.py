"""The hub of a cluster, as its parts see it: the time, an observer's record, and the failures."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from dscourse.run.codec import Codec
from dscourse.run.supervise import Supervisor

__all__ = ["Hub"]


class Hub(Protocol):
    """The part of the switch that endpoints, links and operations use; ``endpoint`` is always the caller."""

    names: tuple[str, ...]
    seed: int
    codec: Codec
    loop: asyncio.AbstractEventLoop
    supervisor: Supervisor
    nodes_file: str  # holds all nodes and types, for new processes
    epoch_ns: int  # when the run began, by the monotonic clock
    closing: bool

    def now_ns(self) -> int:
        """Return the time since the run began, in ns."""

    def observe(
        self,
        kind: str,
        node: str | None,
        peer: str | None = None,
        what: Any = None,
        id: int = 0,
        detail: Any = None,
    ) -> None:
        """Record an event that an observer alone sees, such as a fault, a loss or a pause."""

    def loaded(self, endpoint: Any) -> None:
        """Note that the endpoint's process has loaded its node."""

    def react(self, endpoint: Any, event: list[Any]) -> None:
        """React to an event of the endpoint's process."""

    def resumed(self, endpoint: Any) -> None:
        """Note that the endpoint's process goes on after a pause."""

    def went_down(self, endpoint: Any) -> None:
        """Note that the endpoint has crashed as planned."""

    def damaged(self, endpoint: Any, error: Exception) -> None:
        """Note that the endpoint's process has written something else into its socket than events."""

    def died(self, endpoint: Any) -> None:
        """Note that the endpoint's process has ended though no fault ended it."""
