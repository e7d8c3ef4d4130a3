"""The switch of a cluster: an event loop in a thread of its own, through which every message passes.

The thread that uses the cluster may have an event loop of its own, as in Jupyter. It calls `ask`, and waits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dscourse.node import Client, Clock, Node
from dscourse.run.codec import Codec
from dscourse.run.endpoint import Endpoint
from dscourse.run.frames import INPUTS
from dscourse.run.node_faults import NodeInjector
from dscourse.run.operations import Operations
from dscourse.run.packets import Packets
from dscourse.run.supervise import Supervisor
from dscourse.sim.faults import At, Fault
from dscourse.sim.message_faults import MessageFault
from dscourse.sim.network import Network

__all__ = ["MAX_EVENTS", "NodeError", "Switch"]

MAX_EVENTS = 1_000_000  # about 500 MB
MAX_BYTES = 1_000_000_000  # of messages and records
ANSWER_S = 30.0  # in which the loop must answer
PATROL_S = 0.2  # how often processes are looked after

_T = TypeVar("_T")


class NodeError(Exception):
    """An exception in a handler, in words, with its traceback in the node's process."""


class Switch:
    """The endpoints of these nodes and the links between them; ``observed`` holds the events that no node sees."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        network: Network,
        seed: int,
        clocks: Mapping[str, Clock],
        codec: Codec,
    ) -> None:
        self.names, self.seed, self.codec = tuple(nodes), seed, codec
        self.epoch_ns, self.closing = 0, False
        self.failure: Exception | None = None
        self.changed = threading.Event()  # something that a waiting thread may want to know
        self.observed: list[list[Any]] = []
        self.events = self.bytes = self.planned = 0
        self.endpoints = {
            name: Endpoint(self, name, index, isinstance(node, Client), clocks.get(name))
            for index, (name, node) in enumerate(nodes.items())
        }
        self.links = Packets(self, self.endpoints, network)
        self.operations = Operations(self, [end for end in self.endpoints.values() if end.client])
        self._injector = NodeInjector(self.endpoints, self.links, self.operations)
        self._thread = threading.Thread(target=self._serve, name="dscourse-switch", daemon=True)

    # --- from the thread that uses the cluster ---------------------------------------------------------

    def open(self, supervisor: Supervisor, nodes_file: str) -> None:
        """Start the thread, and a process for each node."""
        self.supervisor, self.nodes_file = supervisor, nodes_file
        self.loop = asyncio.new_event_loop()
        self._thread.start()
        for endpoint in self.endpoints.values():
            self.ask(endpoint.spawn)
        self.ask(self._patrol)

    def begin(self, plan: Sequence[At]) -> None:
        """Let time begin, the nodes start, and the faults of the plan happen."""
        self.epoch_ns = time.monotonic_ns()
        early = [entry for entry in plan if isinstance(entry.fault, MessageFault) and not entry.ms]
        first = [entry for entry in plan if not entry.ms and entry not in early]
        for entry in early:
            self.inject(entry.fault)
        for endpoint in self.endpoints.values():
            endpoint.start()
        for entry in first:  # before any message has passed
            self.inject(entry.fault)
        for entry in plan:
            if entry.ms:
                self.planned += 1
                self.loop.call_later(entry.ms / 1000, self._inject_planned, entry.fault)
        for endpoint in self.endpoints.values():
            self.operations.begin_next(endpoint)

    def ask(self, function: Callable[..., _T], *args: Any) -> _T:
        """Call the function in the switch's thread, and return what it returns."""

        async def call() -> _T:
            return function(*args)

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(ANSWER_S)

    def recorded(self) -> tuple[int, dict[str, list[Any]], list[Any]]:
        """Return the number of recorded events, those of each node, and those of the observer."""
        streams = {name: list(endpoint.stream) for name, endpoint in self.endpoints.items()}
        return sum(map(len, streams.values())) + len(self.observed), streams, list(self.observed)

    @property
    def all_loaded(self) -> bool:
        """True if every process has loaded its node."""
        return all(endpoint.state == "loaded" for endpoint in self.endpoints.values())

    @property
    def done(self) -> bool:
        """True if there were operations, and all have ended, and so has the plan."""
        return bool(self.operations.submitted) and self.operations.done and not self.planned

    def close(self) -> None:
        """End the thread; the processes have ended, or soon will."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(ANSWER_S)
        if not self.loop.is_closed() and not self._thread.is_alive():
            self.loop.close()

    # --- in the switch's thread ------------------------------------------------------------------------

    def _serve(self) -> None:
        self.loop.set_exception_handler(self._unexpected)
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    def _patrol(self) -> None:
        """Notice processes that ended while a child of theirs held their socket open: the child is ended too."""
        for endpoint in self.endpoints.values():
            if endpoint.process is not None:
                endpoint.process.ended()
        self.loop.call_later(PATROL_S, self._patrol)

    def now_ns(self) -> int:
        return time.monotonic_ns() - self.epoch_ns if self.epoch_ns else 0

    def inject(self, fault: Fault) -> None:
        """Record the fault, then apply it now."""
        self.observe("fault", None, None, fault)
        fault.apply(self._injector)

    def _inject_planned(self, fault: Fault) -> None:
        self.planned -= 1
        self.inject(fault)
        self.changed.set()

    def observe(
        self,
        kind: str,
        node: str | None,
        peer: str | None = None,
        what: Any = None,
        id: int = 0,
        detail: Any = None,
    ) -> None:
        if not self.closing:  # its end is no event of a run: what is under way then stays so
            self.observed.append([kind, self.now_ns(), node, peer, what, id, detail])

    def loaded(self, endpoint: Endpoint) -> None:
        if self.epoch_ns:
            endpoint.start()
            self.operations.begin_next(endpoint)
        else:
            endpoint.state = "loaded"
            self.changed.set()

    def react(self, endpoint: Endpoint, event: list[Any]) -> None:
        kind = event[0]
        self.events += 1
        if kind == "send":
            self.links.send(endpoint.name, event[4], (event[3], event[5], event[2]))
        elif kind in ("ok", "fail", "unknown"):
            self.operations.end(endpoint, event[3])
            if self.done:
                self.changed.set()
        elif kind == "error":
            self.fail(self._handler_error(endpoint, event))
        if kind != "deliver":  # its message is counted where it was sent
            self.bytes += sum(len(part) for part in event if type(part) is bytes)
        if self.events == MAX_EVENTS:
            self._stop(f"the run has more than {MAX_EVENTS:,} events: the nodes never rest")
        elif self.bytes > MAX_BYTES:
            self._stop(f"the run has messages and records of more than {MAX_BYTES:,} bytes")

    def _stop(self, words: str) -> None:
        """End a run that is too large, and its processes at once, since nobody may be waiting for the error."""
        self.fail(RuntimeError(words))
        for endpoint in self.endpoints.values():
            if endpoint.process is not None:
                endpoint.process.kill()

    def resumed(self, endpoint: Endpoint) -> None:
        self.operations.begin_next(endpoint)

    def went_down(self, endpoint: Endpoint) -> None:
        self.operations.abandon(endpoint)
        self.changed.set()

    def damaged(self, endpoint: Endpoint, error: Exception) -> None:
        words = "it has written into the socket that belongs to the run"
        self.fail(RuntimeError(f"the process of {endpoint.name!r} sent {error}: {words}"))

    def died(self, endpoint: Endpoint) -> None:
        self.fail(RuntimeError(f"the process of {endpoint.name!r} {endpoint.how_it_ended()}"))

    def fail(self, error: Exception) -> None:
        """Note the first error, which ends the run."""
        self.failure = self.failure or error
        self.changed.set()

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.fail(
            error if isinstance(error, Exception) else RuntimeError(str(context.get("message")))
        )

    def _handler_error(self, endpoint: Endpoint, event: list[Any]) -> Exception:
        last = next((one for one in reversed(endpoint.stream[:-1]) if one[0] in INPUTS), None)
        at_start = last is None or last[0] in ("start", "restart")
        handled = "its start" if last is None or at_start else repr(self.codec.decode(last[-1]))
        name, _, reason = event[3].partition(": ")
        return NodeError(
            f"{endpoint.name} raised {name} at {event[1] / 1e6:.3f} ms while it handled {handled}: {reason}\n"
            f"{event[4]}"
        )
