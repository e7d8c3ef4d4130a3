"""Judge of 10.6: a fault plan under which one ack among five is not enough."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.node import cluster
from dscourse.protocols.primary_replica import PrimaryReplica
from dscourse.protocols.primary_replica_properties import lost_writes
from dscourse.protocols.replica_clients import ReplicaClient
from dscourse.sim import At, Network, Recover, Uniform, World

__all__ = ["LINES", "NAMES", "five_nodes", "judge"]

LINES = 500_000
_FAULTS = fault_plans.CUTS_CRASHES_AND_PAUSES
NAMES = fault_plans.names(_FAULTS)

_HEALED_MS = 2_000
_NODES = ("n1", "n2", "n3", "n4", "n5")


def five_nodes(plan: list[At]) -> World:
    """Run five nodes that require one ack per write, under the plan; a client writes every 20 ms from 400 ms on.

    n2 is the first primary. All faults end at 2,000 ms.

    >>> five_nodes([]).nodes["n2"].epoch_led
    1
    """
    group = cluster(PrimaryReplica, _NODES, acks=1, beat_ms=25.0, silence_ms=100.0)
    client = ReplicaClient("c", ["n2", "n1", "n3", "n4", "n5"], timeout_ms=60.0)
    world = World([*group, client], 8, Network(Uniform(2, 8)), plan)
    world.submit("c", [("write", f"k{n}", n) for n in range(60)], start_ms=400, think_ms=15)
    world.run(until_ms=_HEALED_MS).apply(Recover(*_NODES))
    return world.run(until_ms=3_000)


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, _NODES, "[sim.At(700, sim.Crash('n2'))]", most=3)
    if wrong is not None:
        return wrong
    late = [one for one in plan if one.ms >= _HEALED_MS]
    if late:
        return Wrong(
            f"{late[0]!r} comes too late: from {_HEALED_MS:,} ms on everything works again."
        )
    world = five_nodes(plan)
    led = max(world.nodes.values(), key=lambda node: getattr(node, "epoch_led", None) or 0)
    if not isinstance(led, PrimaryReplica) or not led.epoch_led:
        return Wrong("No node leads in the end: there is no log to compare with.")
    lost = lost_writes(world.history, led.values)
    if lost:
        return None
    done = sum(op.status == "ok" for op in world.history)
    if led.epoch == 1:
        return Wrong(
            f"{done} writes are acknowledged and none is lost: the first primary leads to the end. "
            "Another node must take over."
        )
    return Wrong(
        f"{done} writes are acknowledged and none is lost, although {led.id} leads a later epoch in the end: each "
        "acknowledged write was at a node that the new primary needed for its votes."
    )
