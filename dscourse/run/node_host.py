"""A node in a process of its own: its clock, timers and log, and the effects of its handlers.

Each event is recorded with the time and the node's vector clock, and told to the switch in the order in which it
happened. A record is on the disk before the next effect is carried out.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Any

from dscourse.core.dispatch import handlers_of
from dscourse.node import Clock, Node, Time, Timer, context_of
from dscourse.run.codec import Codec
from dscourse.run.disk import FileLog

__all__ = ["NodeHost"]


class NodeHost:
    """Runs one node; ``tell`` hands a list of events to the switch at once.

    ``names`` are all nodes, in the order of the vector clocks' entries; ``epoch_ns`` is when the run began, by the
    monotonic clock that all processes of a system share.
    """

    def __init__(
        self,
        node: Node,
        names: list[str],
        codec: Codec,
        log: FileLog,
        tell: Callable[[list[Any]], None],
    ) -> None:
        self.node, self.codec, self.log, self.tell = node, codec, log, tell
        self.index, self.known = names.index(node.id), frozenset(names)
        self.stride = len(names)
        self.vector = [0] * len(names)
        self.context = context_of(node)
        self.context.time = self.time = Time()
        self.handlers = handlers_of(type(node))
        self.timers: dict[Timer, int] = {}
        self.heap: list[tuple[int, int, Timer]] = []
        self.out: list[Any] = []
        self.crash_after = -1
        self.ids, self.epoch_ns, self.draws = 0, 0, Random()

    def now_ns(self) -> int:
        """Return the time since the run began, in ns."""
        return time.monotonic_ns() - self.epoch_ns

    def handle(self, kind: str, *parts: Any) -> None:
        """Handle a frame from the switch."""
        getattr(self, f"_on_{kind}")(*parts)

    def wait_s(self) -> float | None:
        """Return the time until the next timer is due, in s; None if none is set."""
        while self.heap and self.timers.get(self.heap[0][2]) != self.heap[0][1]:
            heappop(self.heap)
        return max(0.0, (self.heap[0][0] - self.now_ns()) / 1e9) if self.heap else None

    def fire_due(self) -> None:
        """Fire the next timer, if it is due."""
        if self.wait_s() == 0.0:
            _, number, timer = heappop(self.heap)
            del self.timers[timer]
            ns = self._record("timer", number, self.codec.encode(timer))
            self._run(ns, timer, lambda: self.handlers[type(timer)](self.node, timer))

    # --- frames ----------------------------------------------------------------------------------

    def _on_start(
        self,
        kind: str,
        epoch_ns: int,
        seen: int,
        vector: list[int],
        ids: int,
        seed: str,
        clock: list[float] | None,
    ) -> None:
        self.epoch_ns, self.vector, self.ids, self.draws = epoch_ns, vector, ids, Random(seed)
        if clock and kind == "restart":  # it may have been set while the node was down
            self._on_clock(*clock)
        self._set_clock(clock)
        records = self.log.records
        ns = self._record(kind, len(records), records[seen:])
        log = tuple(map(self.codec.decode, records))
        self._run(ns, None, lambda: self.node.on_start(log))

    def _on_deliver(self, id: int, sender: str, data: bytes, vector: list[int]) -> None:
        self.vector = [max(pair) for pair in zip(self.vector, vector, strict=True)]
        ns = self._record("deliver", id)
        message = self.codec.decode(data)
        self._run(ns, message, lambda: self.handlers[type(message)](self.node, sender, message))

    def _on_invoke(self, op: int, data: bytes) -> None:
        ns = self._record("invoke", op)
        invocation = self.codec.decode(data)
        self._run(ns, invocation, lambda: self.node.on_invoke(invocation))  # type: ignore[attr-defined]

    def _on_clock(self, skew_ms: float, drift_ppm: float) -> None:
        self.out.append(("clock", self.now_ns(), self.vector.copy(), skew_ms, drift_ppm))
        self._set_clock([skew_ms, drift_ppm])

    def _on_crash_during(self, effects: int) -> None:
        self.crash_after = effects

    def _set_clock(self, clock: list[float] | None) -> None:
        self.context.clock = Clock(*clock) if clock else None

    # --- handlers and their effects -----------------------------------------------------------------

    def _run(self, ns: int, handled: object, handler: Callable[[], None]) -> None:
        """Run a handler and carry out its effects; report an error in either, and end the process."""
        self.time.us = ns // 1000
        try:
            handler()
            self._carry_out_all()
        except Exception as error:
            import traceback

            text = f"{type(error).__name__}: {error}"
            self._record("error", text, "".join(traceback.format_exception(error)))
            self.flush()
            raise SystemExit(1) from error
        self.flush()

    def _carry_out_all(self) -> None:
        effects = self.context.effects
        crashes = 0 <= self.crash_after < len(effects)
        if crashes:
            del effects[self.crash_after :]
        writes: list[bytes] = []
        for effect in effects:
            if effect[0] == "write":
                writes.append(self.codec.encode(effect[1]))
            else:
                self._write(writes)
                self._carry_out(*effect)
        self._write(writes)
        effects.clear()
        if crashes:
            self.out.append(("crashing",))
            self.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, writes: list[bytes]) -> None:
        """Make records durable with one wait for the disk: those that no other effect comes between."""
        if not writes:
            return
        self.flush()
        begun, index = time.monotonic_ns(), self.log.count
        self.log.append(writes)
        us = (time.monotonic_ns() - begun) // 1000
        for number, data in enumerate(writes, index + 1):
            self._record("write", number, data, us)
            us = 0
        writes.clear()

    def _carry_out(self, kind: str, *parts: Any) -> None:
        if kind == "send":
            to, message = parts
            if to not in self.known:
                raise LookupError(
                    f"no node is called {to!r}: the nodes are {', '.join(sorted(self.known))}"
                )
            self._record("send", self._new_id(), to, self.codec.encode(message))
        elif kind == "set_timer":
            self._set_timer(*parts)
        elif kind == "cancel_timer":
            self._record("cancel_timer", self.timers.pop(parts[0], 0), self.codec.encode(parts[0]))
        else:
            op, status, result = parts
            self._record(status, op, self.codec.encode(result))

    def _set_timer(self, timer: Timer, low_ms: float, high_ms: float) -> None:
        own_us = self.draws.uniform(low_ms, high_ms) * 1000
        true_us = own_us if self.context.clock is None else self.context.clock.true_us(own_us)
        ns = self.now_ns()
        due = ns + round(true_us * 1000)
        self.timers[timer] = number = self._new_id()
        heappush(self.heap, (due, number, timer))
        self._record("set_timer", number, self.codec.encode(timer), low_ms, high_ms, due, ns=ns)

    def _new_id(self) -> int:
        """Return a number that no other message or timer of the run has."""
        self.ids += 1
        return self.ids * self.stride + self.index

    def _record(self, kind: str, *parts: Any, ns: int = -1) -> int:
        """Record an event of the node, at the time ``ns`` or now, and return its time."""
        ns = self.now_ns() if ns < 0 else ns
        self.vector[self.index] += 1
        self.out.append((kind, ns, self.vector.copy(), *parts))
        return ns

    def flush(self) -> None:
        """Tell the switch what has happened so far."""
        if self.out:
            self.tell(self.out)
            self.out.clear()
