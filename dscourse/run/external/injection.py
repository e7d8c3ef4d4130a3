"""Fault injection: the simulator's faults on real processes, in real time.

A crash is SIGKILL, a restart a new process in the same folder, a pause SIGSTOP. Faults of links act on the links
between the processes. What cannot be done to a process in another language is refused, before the test begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from dscourse.run.external.links import Links
from dscourse.run.link_faults import LinkFaults
from dscourse.sim.faults import At, Crash, CrashDuring, Expire, SetClock, Submit, check_plan

__all__ = ["Hosts", "Injector", "check"]

_REFUSED = {
    CrashDuring: "a process in another language does not say which effects it asks for",
    Expire: "timers of real processes go off when the system lets them",
    SetClock: "a process in another language reads the system's clock",
    Submit: "the workload alone decides what clients ask",
}


def check(plan: Sequence[At], nodes: Iterable[str]) -> None:
    """Raise for an entry that is not an `At` or names another node; ValueError for a fault that is refused."""
    check_plan(plan, nodes)
    for entry in plan:
        for kind, why in _REFUSED.items():
            if isinstance(entry.fault, kind):
                raise ValueError(f"{entry!r}: {why}")
        if isinstance(entry.fault, Crash) and entry.fault.lose:
            raise ValueError(
                f"{entry!r}: SIGKILL loses no records of a file; write Crash({entry.fault.node!r})"
            )


class Hosts(Protocol):
    """The nodes, as far as faults are concerned."""

    def crash(self, node: str) -> None: ...
    def restart(self, node: str) -> None: ...
    def pause(self, node: str) -> None: ...
    def resume(self, node: str) -> None: ...


class Injector(LinkFaults):
    """The target of a fault; the methods are those of `sim.injection.Injector`."""

    def __init__(self, hosts: Hosts, links: Links) -> None:
        super().__init__(links)
        self._hosts, self._nodes = hosts, links.nodes

    def crash(self, node: str, lose: int = 0) -> None:
        """Kill a node that is up."""
        self._hosts.crash(node)

    def restart(self, node: str) -> None:
        """Start a killed node again, in the same folder."""
        self._hosts.restart(node)

    def pause(self, node: str) -> None:
        """Stop a node that is up."""
        self._hosts.pause(node)

    def resume(self, node: str) -> None:
        """Let a stopped node go on."""
        self._hosts.resume(node)

    def recover(self, nodes: Iterable[str] = ()) -> None:
        """Recover these nodes, or all, and the links among them."""
        chosen = sorted(nodes) or list(self._nodes)
        wires = self._links.all()
        if nodes:
            wires = [wire for wire in wires if {wire.source, wire.host.name} <= {*chosen}]
        self.make_whole(wires)
        for name in chosen:
            self._hosts.resume(name)
            self._hosts.restart(name)
