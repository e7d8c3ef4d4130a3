"""Chapter 05: two writes to one cart in the store that tells each node once, small enough to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse import checkers
from dscourse.checkers import Verdict
from dscourse.core.properties import unless
from dscourse.experiments.what_was_done import not_all_arrived, not_over
from dscourse.node import cluster
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.eventual_store import TellsOnceStore, values
from dscourse.sim import At, Constant, Network, World

__all__ = ["agree", "all_differ", "all_is_over", "differ_by_delay", "differ_for_ever", "two_carts"]

_NODES = ("n1", "n2", "n3")


def two_carts(plan: Sequence[At] = ()) -> World:
    """Run three replicas: c2 writes eggs at n2 at 10 ms, c1 milk at n1 at 50 ms. Messages take 5 ms.

    It runs until nothing is left to happen, however late.

    >>> values(two_carts().nodes)["n3"]
    {'cart': 'milk'}
    """
    nodes = [StoreClient("c1", "n1"), *cluster(TellsOnceStore, _NODES), StoreClient("c2", "n2")]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    world.submit("c2", [("write", "cart", "eggs")], start_ms=10)
    return world.submit("c1", [("write", "cart", "milk")], start_ms=50).run(max_events=20_000)


def agree(world: World) -> Verdict:
    """Return the checker's verdict on the values of the three replicas."""
    return checkers.convergent(values(world.nodes))


def all_is_over(world: World) -> bool:
    """Return True if both writes were acknowledged, every node and link works, and no message is under way."""
    return not _not_over(world)


def _not_over(world: World) -> str:
    """Return the reason why the run is not over in words; "" if it is."""
    names = list(world.nodes)
    cut = next((f"{a} → {b}" for a in names for b in names if a != b and world.link(a, b).cut), "")
    silent = {"c1", "c2"} - {op.process for op in world.history if op.status == "ok"}
    if silent:
        return f"the write of {min(silent)} is not acknowledged"
    if cut:
        return f"the link {cut} is cut at the end"
    return not_over(world) or ("something is still to happen" if world.pending() else "")


def differ_for_ever(world: World) -> bool | Verdict:
    """Return True if replicas differ after the two writes, unless something does not work or is under way."""
    return agree(world).ok is False and unless("for ever", _not_over(world))


def differ_by_delay(world: World) -> bool | Verdict:
    """Return True if they differ for ever, unless a message has not arrived exactly once or a node has crashed."""
    return differ_for_ever(world) and unless("by delay", not_all_arrived(world))


def all_differ(world: World) -> bool | Verdict:
    """Return True if no two replicas hold the same after the two writes; nothing is a value too."""
    carts = [replica.get("cart") for replica in values(world.nodes).values()]
    return len(set(carts)) == len(_NODES) and differ_for_ever(world)
