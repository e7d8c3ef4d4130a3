"""Protocols over real processes, sockets and disks: the same classes as in the simulator.

    with run.Cluster(nodes, plan=plan) as cluster:
        cluster.submit("c", ops).run(seconds=5)

`Cluster` starts a process per node; its history and its trace go to the same checkers and pictures. A `Recording` can
be saved, and `replay` drives the same classes through it; `world` is the simulated world of one of its moments, and
`as_plan` the whole run as a plan for the simulator. `OnDisk` runs one node by hand over a SQLite file.

    supervise, guardian, error_output   processes, for both drivers
    links, injection, limits            messages and faults, for both drivers
    cluster, session, switch, …         nodes of this course, and their recordings
    external                            nodes in any language
    maelstrom                           nodes of this course as programs in Maelstrom's protocol
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dscourse.run.cluster import Cluster
    from dscourse.run.continuing import world
    from dscourse.run.disk import sync_times_ms
    from dscourse.run.planning import as_plan
    from dscourse.run.recording import Recording
    from dscourse.run.replaying import Replay, replay

__all__ = ["Cluster", "Recording", "Replay", "as_plan", "replay", "sync_times_ms", "world"]

_HOMES = {
    "as_plan": "planning",
    "Cluster": "cluster",
    "Recording": "recording",
    "Replay": "replaying",
    "replay": "replaying",
    "sync_times_ms": "disk",
    "world": "continuing",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: a node's process, which imports this package too, needs neither of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
