"""Judge of 08.5: a voter that keeps its vote across a crash."""

from __future__ import annotations

from typing import Any

from dscourse.core.properties import Property
from dscourse.exercises.tasks import Wrong
from dscourse.explore import Bounds, View, explore
from dscourse.node import cluster
from dscourse.protocols.failover import (
    FailoverNode,
    Granted,
    RequestVote,
    Voted,
    one_leader_per_epoch,
)
from dscourse.show import Look, spacetime
from dscourse.sim import follow

__all__ = ["LINES", "NAMES", "judge"]

LINES = 8_000_000
NAMES = {
    "FailoverNode": FailoverNode,
    "Granted": Granted,
    "RequestVote": RequestVote,
    "Voted": Voted,
}


def _one_leader_in_each_epoch(view: View) -> bool:
    return bool(one_leader_per_epoch(view.nodes))


def _a_node_leads(view: View) -> bool:
    return any(node.epoch_led is not None for node in view.nodes.values())


_ONE_LEADER = Property("one leader in each epoch", _one_leader_in_each_epoch)


def judge(voter: Any) -> Wrong | None:
    if not (isinstance(voter, type) and issubclass(voter, FailoverNode)):
        return Wrong("`CarefulNode` must be a class derived from FailoverNode.")

    def nodes() -> list[Any]:
        return cluster(voter, ["a", "b", "c"])

    for crashes in (0, 1):
        found = explore(
            nodes(), always=[_ONE_LEADER], sometimes=[_a_node_leads], alike=["a", "b", "c"],
            bounds=Bounds(crashes=crashes, restarts=crashes, timeouts=2, copies=1),
        )  # fmt: skip
        if found.ok:
            continue
        if not found.steps:
            return Wrong("No schedule makes any node a leader: votes must still be given.")
        picture = spacetime(
            follow(nodes(), found.steps).trace, look=Look(scale="order"), timers=False
        )
        if found.violated != _ONE_LEADER.name:
            return Wrong(f"{found.reason}.", picture)
        message = (
            f"Two nodes lead the same epoch. The shortest schedule has {len(found.steps)} steps"
        )
        return Wrong(message + (", with a crash." if crashes else "."), picture)
    return None
