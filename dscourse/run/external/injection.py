"""Fault injection: the simulator's faults on real processes, in real time.

A crash is SIGKILL, a restart a new process in the same folder, a pause SIGSTOP. Faults of links act on the links
between the processes. What cannot be done to a process in another language is refused, before the test begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from dscourse.run.external.links import Links
from dscourse.sim.faults import At, Crash, CrashDuring, SetClock, Submit, check_plan

__all__ = ["Hosts", "Injector", "check"]

_REFUSED = {
    CrashDuring: "a process in another language does not say which effects it asks for",
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


class Injector:
    """The target of a fault; the methods are those of `sim.injection.Injector`."""

    def __init__(self, hosts: Hosts, links: Links) -> None:
        self._hosts, self._links = hosts, links

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

    def cut(self, source: str, to: str) -> None:
        """Cut the link from ``source`` to ``to``."""
        self._links.wire(source, to).set_cut(True)

    def heal(self, source: str, to: str) -> None:
        """End the cut from ``source`` to ``to``."""
        self._links.wire(source, to).set_cut(False)

    def heal_all(self) -> None:
        """End every cut."""
        for wire in self._links.all():
            wire.set_cut(False)

    def hold(self, source: str, to: str) -> None:
        """Hold back messages from ``source`` to ``to`` from now on."""
        self._links.wire(source, to).set_held(True)

    def release(self, source: str, to: str) -> None:
        """Deliver the link's held messages now, and stop holding."""
        self._links.release(self._links.wire(source, to))

    def set_link(self, source: str, to: str, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""
        self._links.configure(self._links.wire(source, to), settings)

    def set_server_links(self, settings: dict[str, Any]) -> None:
        """Apply `set_link` to every link between nodes."""
        for wire in self._links.between_nodes():
            self._links.configure(wire, settings)

    def lose(self, source: str, to: str, message: str, nth: int) -> None:
        """Lose the ``nth`` message of this type on the link."""
        self._links.fates(source, to).lose(message, nth)

    def delay(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Give this message another latency."""
        self._links.fates(source, to).delay(message, nth, round(latency_ms * 1000))

    def repeat(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Send a copy beside this message."""
        self._links.fates(source, to).repeat(message, nth, round(latency_ms * 1000))

    def recover(self, nodes: Iterable[str] = ()) -> None:
        """Recover these nodes, or all, and the links among them."""
        chosen = sorted(nodes) or list(self._links.nodes)
        for wire in self._links.all():
            if not nodes or {wire.source, wire.host.name} <= set(chosen):
                wire.set_cut(False)
                wire.configure(wire.settings.changed(loss=0.0, duplicate=0.0, reorder=0.0))
                self._links.release(wire)
        for name in chosen:
            self._hosts.resume(name)
            self._hosts.restart(name)
