"""Chapter 05: a store that drops tombstones, and the outages after which a deleted value is back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dscourse import datasets
from dscourse.node import cluster
from dscourse.protocols.anti_entropy import contents
from dscourse.protocols.eventual_store import ContextClient, EventualStore
from dscourse.protocols.textbook.eventual_store import ForgetsInTimeStore
from dscourse.sim import At, Budget, Constant, Crash, Network, Recover, Restart, World

__all__ = [
    "OUTAGES", "REPLICAS", "Share", "Speed", "longest_outage_ms", "recorded_share", "recorded_speeds",
    "stays_deleted", "tombstone_world",
]  # fmt: skip

REPLICAS = ("n2", "n3")  # those that fail; the client's own one, n1, does not
OUTAGES = Budget(horizon_ms=800, faults=3, longest_ms=400, menu=("crash",))
_LONGEST_MS = 400
_END_MS = 1_200


def tombstone_world(store: type[EventualStore], plan: Sequence[At]) -> World:
    """Run three replicas under the plan; a client writes milk into a cart, reads it, and deletes it at 150 ms.

    >>> contents(tombstone_world(EventualStore, []).nodes)["n3"]
    {'cart': ()}
    """
    nodes = [ContextClient("c1", "n1"), *cluster(store, ("n1", *REPLICAS))]
    world = World(nodes, network=Network(Constant(5)), plan=list(plan))
    for start_ms, op in {
        10: ("write", "cart", "milk"),
        60: ("read", "cart"),
        150: ("delete", "cart"),
    }.items():
        world.submit("c1", [op], start_ms=start_ms)
    return world.run(until_ms=_END_MS)


def longest_outage_ms(plan: Sequence[At]) -> float:
    """Return how long a node is down at a time, at most, in a plan that ends with a recovery.

    >>> longest_outage_ms([At(100, Crash("a")), At(150, Crash("b")), At(300, Restart("a")), At(800, Recover())])
    650
    """
    since: dict[str, float] = {}
    longest = 0.0
    for entry in plan:
        if isinstance(entry.fault, Crash):
            since.setdefault(entry.fault.node, entry.ms)
            continue
        back = [entry.fault.node] if isinstance(entry.fault, Restart) else list(since)
        longest = max([longest, *(entry.ms - since.pop(node) for node in back if node in since)])
    return longest


def stays_deleted(plan: Sequence[At]) -> bool | None:
    """Return whether no replica holds the deleted milk in the end, after a recovery at 800 ms.

    The store keeps tombstones for 500 ms. None if a node is down for more than 400 ms at a time: nothing is promised
    then.
    """
    plan = [*plan, At(OUTAGES.horizon_ms, Recover())]
    if longest_outage_ms(plan) > _LONGEST_MS:
        return None
    world = tombstone_world(ForgetsInTimeStore, plan)
    return not any(data.get("cart") for data in contents(world.nodes).values())


class Share(NamedTuple):
    """Of ``worlds`` recorded worlds, ``failed`` failed; ``low`` and ``high`` limit their probability, from 0 to 1."""

    worlds: int
    failed: int
    low: float
    high: float


def recorded_share(worlds: int) -> Share:
    """Return how many of the first recorded worlds failed, with the exact interval of Clopper and Pearson for 95 %.

    ValueError for more than 100,000 worlds, or none.

    >>> recorded_share(300).failed
    0
    """
    from scipy.special import (
        betaincinv,
    )  # scipy.stats, which has the interval too, takes 50 MB and a second

    if not 1 <= worlds <= 100_000:
        raise ValueError(f"worlds={worlds!r}: 1 to 100,000 are recorded")
    failed = int((datasets.load("worlds/failing")["seed"] < worlds).sum())
    low = betaincinv(failed, worlds - failed + 1, 0.025) if failed else 0.0
    high = betaincinv(failed + 1, worlds - failed, 0.975) if failed < worlds else 1.0
    return Share(worlds, failed, float(low), float(high))


class Speed(NamedTuple):
    """A round of a recorded sweep: worlds per second of real time, and processor seconds per world, all processes."""

    per_second: float
    cpu_seconds: float


def recorded_speeds() -> dict[str, list[Speed]]:
    """Return the recorded rounds of each way of working: in one process, in two of joblib, on a Dask cluster of two.

    >>> list(recorded_speeds())
    ['one process', 'joblib, 2 processes', 'Dask, 2 workers']
    """
    data = datasets.load("worlds/scaling")
    columns = (data[name].tolist() for name in ("how", "worlds", "wall_us", "cpu_us"))
    found: dict[str, list[Speed]] = {}
    for how, worlds, wall_us, cpu_us in zip(*columns, strict=True):
        found.setdefault(how, []).append(Speed(1e6 * worlds / wall_us, cpu_us / 1e6 / worlds))
    return found
