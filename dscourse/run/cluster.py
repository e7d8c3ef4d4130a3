"""A cluster: the nodes of a `World`, as real processes with real clocks, sockets and disks.

One process per node, clients included. Each has a socket to the switch in this process, through which all messages
pass, and a log file, in which a record is on the disk before the next effect is carried out.

>>> from dscourse.node import cluster
>>> from dscourse.protocols.quorum_store import QuorumStore
>>> from dscourse.protocols.stores import StoreClient
>>> from dscourse.sim import At, Crash, Restart
>>> nodes = [*cluster(QuorumStore, 3), StoreClient("c", "n1", timeout_ms=5_000)]
>>> plan = [At(20, Crash("n2")), At(40, Restart("n2"))]
>>> with Cluster(nodes, plan=plan) as store:
...     history = store.submit("c", [("write", "x", 1), ("read", "x")]).run(seconds=5).history
>>> [(op.f, op.status, op.result) for op in history]
[('write', 'ok', None), ('read', 'ok', 1)]
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from dscourse.node import Clock, Node
from dscourse.run.codec import Codec
from dscourse.run.limits import check_faults, check_processes
from dscourse.run.operations import as_client
from dscourse.run.progress import bar
from dscourse.run.session import LOOK_S, Session, check_options, check_seconds
from dscourse.run.shipping import pickled
from dscourse.run.switch import NodeError, Switch
from dscourse.run.value_types import value_types
from dscourse.run.views import Views
from dscourse.sim import faults
from dscourse.sim import network as networks
from dscourse.sim.arguments import as_operations, as_us
from dscourse.sim.faults import At, Fault, check_plan
from dscourse.sim.handlers import HandlerError
from dscourse.sim.network import Network
from dscourse.sim.world import World

__all__ = ["Cluster"]

_PLANNED = [getattr(module, name) for module in (faults, networks) for name in module.__all__]


class Cluster(Views):
    """A run of ``nodes`` as processes, under a network and a fault plan; use it in a ``with`` statement.

    The arguments are those of `World`, and so are the errors that they raise. ``seed`` decides what befalls each
    message on its link, not when it is sent: two runs differ. ``types`` are classes of messages, records and results
    that the nodes' code does not name. The private folder of the run is made in ``folder``, by default where the
    system keeps temporary files: often in memory, where waiting for the disk costs nothing. The processes must be
    ready within ``start_s`` seconds.

    A crash is SIGKILL, a pause SIGSTOP, and a restart takes as long as the start of a Python process. Latencies are
    those of the network in addition to what sockets take, and exact to about 1 ms.

    Raises RuntimeError where real processes cannot run or are switched off, and ValueError for more than the
    environment variable DSCOURSE_PROCESSES allows (32).
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        seed: int = 0,
        network: Network | None = None,
        plan: Sequence[At] = (),
        clocks: Mapping[str, Clock] | None = None,
        *,
        types: Iterable[type] = (),
        folder: str | os.PathLike[str] | None = None,
        start_s: float = 30.0,
    ) -> None:
        check_options(types, folder, start_s)
        plan = list(plan) if isinstance(plan, Iterable) and not isinstance(plan, str) else plan
        world = World(nodes, seed, network, plan, clocks)  # it checks all of them
        check_faults(plan)
        check_processes(
            len(world.nodes), "World(nodes).run() runs the same classes in the simulator"
        )
        self.nodes, self.seed, self.network, self.plan = (
            world.nodes,
            world.seed,
            world.network,
            list(plan),
        )
        self._clocks = dict(clocks or {})
        file, kinds = pickled(self.nodes, [*types])
        codec = Codec((*kinds, *value_types([*_PLANNED, *self.plan, self.network])))
        self._switch = Switch(self.nodes, self.network, self.seed, self._clocks, codec)
        where = None if folder is None else os.fspath(folder)
        self._session = Session(self._switch, file, where, start_s)

    # --- opening and closing -----------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start the processes. RuntimeError for one that ends, or is not ready in time."""
        self._session.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes and remove the run's folder; the recording stays. May be called twice."""
        self._session.close()

    # --- running -----------------------------------------------------------------------------------

    def submit(
        self,
        client: str,
        ops: Iterable[tuple[object, ...]],
        start_ms: float | None = None,
        think_ms: float = 0.0,
    ) -> Self:
        """Queue operations (f, key, value) at ``client``; key and value are optional.

        The first begins at ``start_ms`` (default: now), each later one ``think_ms`` after the end of the previous
        one.
        """
        endpoint = as_client(self._switch.endpoints, client)
        operations = as_operations(ops)
        for op in operations:
            self._switch.codec.pack(op)  # raises for a value of an unknown type
        start_ns = None if start_ms is None else as_us(start_ms, "start_ms") * 1000
        think_ns = as_us(think_ms, "think_ms") * 1000
        self._session.ask(self._switch.operations.submit, endpoint, operations, start_ns, think_ns)
        return self

    def run(self, seconds: float = 10.0, progress: bool = False) -> Self:
        """Let the cluster run until all operations and the plan have ended, but no longer than ``seconds``.

        Without operations it runs for that time. The processes go on between two calls. ``progress`` shows a bar.
        Raises HandlerError if a handler raises, and RuntimeError if a process ends that no fault has ended.
        """
        check_seconds("seconds", seconds)
        self._begin()
        with bar(float(seconds), progress) as show:
            begun = time.monotonic()
            while not self._switch.done and (spent := time.monotonic() - begun) < seconds:
                self._look(min(LOOK_S, seconds - spent))
                show(spent)
        self._look(0)
        return self

    def expect(self, happened: Callable[[Self], bool], within_s: float = 10.0) -> bool:
        """Let the cluster run until ``happened(cluster)`` is true, for at most ``within_s``; return whether it was.

        Raises as `run` does.
        """
        if not callable(happened):
            raise TypeError(
                f"happened={happened!r}: a function of the cluster is required, such as "
                "lambda cluster: cluster.alive('a')"
            )
        check_seconds("within_s", within_s)
        self._begin()
        until = time.monotonic() + within_s
        while not happened(self):
            if time.monotonic() > until:
                return False
            self._look(LOOK_S)
        return True

    def _begin(self) -> None:
        """Let time begin, if it has not."""
        if not self._started:
            self._session.ask(self._switch.begin, self.plan)

    def apply(self, fault: Fault) -> None:
        """Apply ``fault`` now. Raise LookupError if it names an unknown node."""
        check_plan([At(0, fault)], self.nodes)
        check_faults([At(0, fault)])
        self._session.need_open()
        if not self._started:
            raise RuntimeError(
                "nothing can fail before the first run(seconds): give the fault in the plan, at 0 ms"
            )
        self._session.ask(self._switch.inject, fault)

    def _look(self, wait_s: float) -> None:
        try:
            self._session.look(wait_s)
        except NodeError as error:
            raise HandlerError(str(error), self.trace) from None
