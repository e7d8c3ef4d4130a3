"""The gestures of a run as methods: messages by their ids, nodes by their names, times in ms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse.sim import Event

__all__ = ["ByHand"]


class ByHand:
    """The gestures on a run; a subclass makes each of them part of the run.

    Every gesture raises ValueError, in words, for what the network cannot do; LookupError for a message or event
    that is not in the run; TypeError for a number that is none.
    """

    def _make(self, gesture: str, *arguments: Any) -> None:
        """Make a gesture of `dscourse.touch.run.gestures` with these arguments."""
        raise NotImplementedError

    # --- messages ----------------------------------------------------------------------------------

    def lose(self, message: int) -> None:
        """Lose the message with this id."""
        self._make("lose", message)

    def repeat(self, message: int, arrives_ms: float) -> None:
        """Let a copy of the message arrive at ``arrives_ms``."""
        self._make("repeat", message, arrives_ms)

    def move(self, message: int, arrives_ms: float) -> None:
        """Let the message arrive at ``arrives_ms``; a message moved twice arrives where it was moved last."""
        self._make("move", message, arrives_ms)

    # --- nodes and links ---------------------------------------------------------------------------

    def crash(self, node: str, ms: float) -> None:
        """Crash the node at ``ms``."""
        self._make("crash", node, ms)

    def crash_during(self, event: Event | int, after: int) -> None:
        """Crash the node of ``event`` in the handler of that event, after its first ``after`` effects.

        Effects count as the trace shows them. ValueError if the node does not crash there, because it handles
        something else at the same time first.
        """
        self._make("crash_during", event.index if isinstance(event, Event) else event, after)

    def restart(self, node: str, ms: float) -> None:
        """Restart the node at ``ms``."""
        self._make("restart", node, ms)

    def pause(self, node: str, start_ms: float, end_ms: float) -> None:
        """Pause the node from ``start_ms`` to ``end_ms``."""
        self._make("pause", node, start_ms, end_ms)

    def skew(self, node: str, ms: float, skew_ms: float, drift_ppm: float = 0.0) -> None:
        """Set the node's clock wrong from ``ms`` on."""
        self._make("skew", node, ms, skew_ms, drift_ppm)

    def cut(self, source: str, to: str, start_ms: float, end_ms: float, both: bool = True) -> None:
        """Cut the link between two nodes, or only its direction ``source`` → ``to``."""
        self._make("cut", source, to, start_ms, end_ms, both)

    def isolate(self, node: str, start_ms: float, end_ms: float) -> None:
        """Separate the node from all others from ``start_ms`` to ``end_ms``."""
        self._make("isolate", node, start_ms, end_ms)

    def partition(self, groups: Iterable[Iterable[str]], start_ms: float, end_ms: float) -> None:
        """Separate the groups of nodes from ``start_ms`` to ``end_ms``."""
        self._make("partition", groups, start_ms, end_ms)

    def invoke(
        self, client: str, ms: float, f: str, key: object = None, value: object = None
    ) -> None:
        """Let the client begin one more operation at ``ms``, or once its earlier ones have ended."""
        self._make("invoke", client, ms, f, key, value)
