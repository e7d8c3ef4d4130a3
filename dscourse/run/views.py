"""The views of a cluster, while it runs and afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.history import History
from dscourse.node import Clock, Node
from dscourse.run.endpoint import Endpoint
from dscourse.run.recording import Recording
from dscourse.run.session import Session
from dscourse.run.switch import Switch
from dscourse.sim.network import Network
from dscourse.sim.trace import Trace

__all__ = ["Views"]


class Views:
    """The views of a cluster on its switch and its session."""

    nodes: Mapping[str, Node]
    seed: int
    network: Network
    _clocks: Mapping[str, Clock]
    _switch: Switch
    _session: Session
    _kept: Recording | None = None
    _kept_size = -1

    @property
    def recording(self) -> Recording:
        """Everything that has happened so far: the run's trace and history, to save and to replay."""
        size, streams, observed = self._session.recorded()
        if self._kept is None or size != self._kept_size:
            clocks = {
                name: [clock.skew_ms, clock.drift_ppm] for name, clock in self._clocks.items()
            }
            types = self._switch.codec.types
            self._kept_size, self._kept = (
                size,
                Recording(types, streams, observed, clocks, self.seed, self.nodes, self.network),
            )
        return self._kept

    @property
    def trace(self) -> Trace:
        """All events so far, of all processes."""
        return self.recording.trace

    @property
    def history(self) -> History:
        """The history of the clients' operations so far."""
        return self.recording.history

    @property
    def now_ms(self) -> float:
        """The time since the nodes started, in ms; 0 before."""
        return self._switch.now_ns() / 1e6 if self._started else 0.0

    @property
    def _started(self) -> bool:
        return self._switch.epoch_ns > 0

    def alive(self, name: str) -> bool:
        """Return True if the node is up (it may be paused); a node that starts again is up once it has started."""
        return self._endpoint(name).state in ("loaded", "up", "dying") and not self._session.closed

    def paused(self, name: str) -> bool:
        """Return True if the node is paused."""
        return self.alive(name) and self._endpoint(name).paused

    def pid(self, name: str) -> int | None:
        """Return the number of the node's process; None if it has none."""
        endpoint = self._endpoint(name)
        ended = endpoint.state == "down" or self._session.closed
        return None if ended or endpoint.process is None else endpoint.process.pid

    def log(self, name: str) -> tuple[object, ...]:
        """Return the node's durable log, as far as it is known."""
        return self.recording.log(name)

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self._switch.endpoints:
            raise LookupError(f"no node is called {name!r}: the nodes are {', '.join(self.nodes)}")
        return self._switch.endpoints[name]

    def __repr__(self) -> str:
        state = (
            "closed" if self._session.closed else "open" if self._session.opened else "not yet open"
        )
        return f"Cluster({', '.join(self.nodes)}: {state}, {self.now_ms:.0f} ms)"
