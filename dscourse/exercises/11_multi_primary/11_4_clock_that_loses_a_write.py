"""Judge of 11.4: a clock skew by which last-writer-wins loses the later write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.node import Node, cluster
from dscourse.protocols.conflict_rules import LastWriterWins
from dscourse.protocols.multi_primary import DeltaStored, contents
from dscourse.protocols.stores import StoreClient
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Network, SetClock, World

__all__ = ["NAMES", "judge", "page_world"]

NAMES = fault_plans.names([SetClock])


def page_world(plan: list[At], rule: type[Node] = LastWriterWins) -> World:
    """Ann writes "draft" at n1 at 100 ms; Bob reads it at n2 at 200 ms and writes "final" there at 300 ms.

    Both read at 500 ms. Messages take 20 ms.

    >>> [op.result for op in page_world([]).history if op.f == "read"]
    ['draft', 'final', 'final']
    """
    users = [StoreClient("Ann", "n1"), StoreClient("Bob", "n2")]
    world = World([*users, *cluster(rule, 2)], network=Network(Constant(20)), plan=plan)
    world.submit("Ann", [("write", "page", "draft")], start_ms=100)
    world.submit("Ann", [("read", "page")], start_ms=500)
    world.submit("Bob", [("read", "page")], start_ms=200)
    world.submit("Bob", [("write", "page", "final")], start_ms=300)
    world.submit("Bob", [("read", "page")], start_ms=500)
    return world.run(until_ms=600)


_MOST_MS = 250


def judge(plan: Any) -> Wrong | None:
    plan = [plan] if isinstance(plan, At) else listed(plan) or plan
    wrong = fault_plans.check(
        plan, (SetClock,), ("n1", "n2"), '[sim.At(0, sim.SetClock("n1", skew_ms=10))]'
    )
    if wrong is not None:
        return wrong
    for entry in plan:
        if abs(entry.fault.skew_ms) > _MOST_MS or entry.fault.drift_ppm:
            return Wrong(f"{entry!r}: skews up to {_MOST_MS} ms, and no drift, are allowed.")
    world = page_world(plan)
    left = {data["page"] for data in contents(world.nodes).values()}
    if left != {"draft"}:
        return Wrong(
            f"Both primaries end with {sorted(left)[0]!r}, which is what Bob wrote last. {_stamps(world)}",
            spacetime(world.trace, timers=False, end_ms=420),
        )
    return None


def _stamps(world: World) -> str:
    """Return the times of the two writes in words."""
    times = {
        record.delta.value: record.delta.time
        for name in ("n1", "n2")
        for record in world.log(name)
        if isinstance(record, DeltaStored)
    }
    draft, final = times["draft"], times["final"]
    equal = " Of equal times, that of the higher name wins." if draft == final else ""
    return f"The draft bears the time {draft:g}, the final version {final:g}.{equal}"
