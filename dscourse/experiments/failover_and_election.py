"""Chapter 08: runs in which the leader crashes or is cut off, and how long two nodes, or none, believe they lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.experiments.choices import check_choice
from dscourse.node import Node, cluster
from dscourse.protocols.bully import Beat, Bully
from dscourse.protocols.failover import FailoverNode
from dscourse.protocols.fencing import FencedStorage, Writer
from dscourse.protocols.leases import LeasedNode
from dscourse.protocols.textbook.failover import HighestAlive
from dscourse.protocols.textbook.fencing import TrustingStorage
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Fault,
    Network,
    Partition,
    Recover,
    SetClock,
    Uniform,
    World,
)
from dscourse.sim.events import Event, Spell

__all__ = [
    "FAULTS", "FAULT_MS", "UNTIL_MS", "VARIANTS", "Beliefs", "believed", "bully_messages", "faulty_world", "leading",
]  # fmt: skip


VARIANTS: dict[str, tuple[type[Writer], type[Node]]] = {
    "highest name alive": (HighestAlive, TrustingStorage),
    "bully": (Bully, TrustingStorage),
    "majority, epochs": (FailoverNode, TrustingStorage),
    "majority, epochs, fencing": (FailoverNode, FencedStorage),
    "majority, leases": (LeasedNode, TrustingStorage),
}
FAULTS = (
    "leader cut off alone",
    "leader cut off with others",
    "a follower cut off",
    "leader crashes",
)
FAULT_MS, UNTIL_MS = 1_200.0, 3_000.0
_STEP_MS = 10.0
Beliefs = dict[
    str, list[tuple[float, int | None]]
]  # by node: (time in ms, the epoch that it believes it leads)


def faulty_world(
    variant: str,
    nodes: int = 3,
    silence_ms: float = 200.0,
    fault: str = FAULTS[0],
    lasts_ms: float = 800.0,
    drift: float = 0.0,
    seed: int = 1,
) -> tuple[World, Beliefs]:
    """Run ``nodes`` nodes and a storage for 3 s, and sample every 10 ms which nodes believe that they lead.

    All nodes reach the storage. A node suspects the leader after ``silence_ms`` without a heartbeat.
    From 1,000 ms the leader's clock is slow by the share ``drift`` (0 to 1). At 1,200 ms the ``fault`` begins, and it
    ends ``lasts_ms`` later. LookupError for an unknown variant or fault.

    >>> world, beliefs = faulty_world("majority, epochs")
    >>> sorted(beliefs)
    ['n1', 'n2', 'n3']
    """
    check_choice("variant", variant, VARIANTS)
    check_choice("fault", fault, FAULTS)
    names = [f"n{n}" for n in range(1, nodes + 1)]
    world = _world(variant, names, silence_ms, seed)
    beliefs: Beliefs = {name: [] for name in names}
    for step in range(int(UNTIL_MS / _STEP_MS) + 1):
        now = step * _STEP_MS
        world.run(until_ms=now)
        leader = _leader(world, names)
        if now == 1_000 and drift:
            world.apply(SetClock(leader, skew_ms=1_000 * drift, drift_ppm=-1e6 * drift))
        if now == FAULT_MS and lasts_ms:
            world.apply(_fault(names, leader, fault))
        if now == FAULT_MS + lasts_ms and lasts_ms:
            world.apply(Recover(*names))
        for name in names:
            beliefs[name].append((now, _led(world, name)))
    return world, beliefs


def _world(variant: str, names: Sequence[str], silence_ms: float, seed: int) -> World:
    kind, storage = VARIANTS[variant]
    settings: dict[str, Any] = {"lease_ms": 0.8 * silence_ms} if kind is LeasedNode else {}
    group = cluster(kind, names, storage="storage", silence_ms=silence_ms, **settings)
    return World([storage("storage"), *group], seed, Network(Uniform(2, 12)))


def _led(world: World, name: str) -> int | None:
    """Return the epoch that this node believes it leads; None if it does not, or is down."""
    node = world.nodes[name]
    return node.epoch_led if isinstance(node, Writer) and world.alive(name) else None


def _leader(world: World, names: Sequence[str]) -> str:
    """Return the last of the nodes that believe that they lead; the first node if none does."""
    led = [name for name in names if _led(world, name) is not None]
    return led[-1] if led else names[0]


def _fault(names: Sequence[str], leader: str, fault: str) -> Fault:
    others = [name for name in names if name != leader]
    if fault == "leader crashes":
        return Crash(leader)
    if fault == "a follower cut off":
        apart = {others[0]}
    else:
        company = (len(names) - 1) // 2 - 1 if fault == "leader cut off with others" else 0
        apart = {leader, *others[: max(0, company)]}
    return Partition(apart, set(names) - apart)


# --- measurements --------------------------------------------------------------------------------


def believed(beliefs: Beliefs, wanted: int) -> float:
    """Return the ms, from the first leader on, in which ``wanted`` nodes believed that they led (2: two or more)."""
    times = [
        sum(epoch is not None for _, epoch in moment)
        for moment in zip(*beliefs.values(), strict=True)
    ]
    first = next((count for count, leaders in enumerate(times) if leaders), len(times))
    wanted_moments = [
        leaders for leaders in times[first:] if (leaders >= 2 if wanted == 2 else leaders == wanted)
    ]
    return len(wanted_moments) * _STEP_MS


def leading(world: World, until_ms: float) -> list[Spell]:
    """Run the world until then, and return for how long each node with a ``leader`` believed that it led.

    >>> world = World(cluster(Bully, ["n1", "n2"]))
    >>> [spell.text for spell in leading(world, 100)]
    ['n2 leads']
    """
    spells: list[Spell] = []
    begun: dict[str, Event] = {}
    while world.now_ms <= until_ms and world.step():
        for name, node in world.nodes.items():
            led = world.alive(name) and getattr(node, "leader", None) == name
            if led and name not in begun:
                begun[name] = world.trace[-1]
            elif not led and name in begun:
                spells.append(Spell(name, "leads", begun.pop(name), world.trace[-1]))
    return [*spells, *(Spell(name, "leads", start, None) for name, start in begun.items())]


def bully_messages(nodes: int, first: int) -> int:
    """Count the messages of a bully election, without heartbeats, after the highest of these nodes has crashed.

    The node with the number ``first`` notices first, from 1 to ``nodes`` - 1.

    >>> bully_messages(5, first=4), bully_messages(5, first=1)
    (5, 20)
    """
    names = [f"n{number:02d}" for number in range(1, nodes + 1)]
    group = [
        Bully(name, [other for other in names if other != name], silence_ms=200 if index == first else 2_000)
        for index, name in enumerate(names, start=1)
    ]  # fmt: skip
    crash_ms = 100.0
    world = World(group, network=Network(Constant(5)), plan=[At(crash_ms, Crash(names[-1]))])
    world.run(until_ms=1_000)
    sent = world.trace.kinds("send")
    return sum(event.time_ms > crash_ms and not isinstance(event.what, Beat) for event in sent)
