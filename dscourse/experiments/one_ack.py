"""Chapter 10: five nodes that require one ack per write, and a failover, to be touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from dscourse.core.faults import Fault
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import cluster
from dscourse.protocols.primary_replica import PrimaryReplica
from dscourse.protocols.primary_replica_messages import AppendAck, AppendEntries
from dscourse.protocols.primary_replica_properties import lost_writes
from dscourse.protocols.replica_clients import ReplicaClient
from dscourse.sim import At, Cut, Heal, Network, Partition, Recover, Trace, Uniform, World

__all__ = [
    "HEALED_MS", "NODES", "acknowledged_writes_stay", "last_primary", "longest_cut_ms", "lost_in_the_end",
    "moved_without_loss", "one_ack_world", "short_cuts_alone", "without_heartbeats",
]  # fmt: skip

NODES = ("n1", "n2", "n3", "n4", "n5")
HEALED_MS = 520.0
_DRAWN_MS = 240.0  # where the picture begins: an election comes before
_SEED = 5


def one_ack_world(plan: Sequence[At], until_ms: float = HEALED_MS + 120) -> World:
    """Run five nodes that require one ack per write, under the plan; n2 is the first primary.

    A client writes k1 at 260 ms, and k2 at 340. All faults end at 520 ms.

    >>> last_primary(one_ack_world([])).id
    'n2'
    """
    group = cluster(PrimaryReplica, NODES, acks=1, beat_ms=25.0, silence_ms=100.0)
    client = ReplicaClient("c", ["n2", "n1", "n3", "n4", "n5"], timeout_ms=60.0)
    world = World([client, *group], _SEED, Network(Uniform(8, 16)), list(plan))
    for n, start in enumerate((260, 340), 1):
        world.submit("c", [("write", f"k{n}", n)], start_ms=start)
    world.run(until_ms=HEALED_MS).apply(Recover(*NODES))
    return world.run(until_ms)


def last_primary(world: World) -> PrimaryReplica | None:
    """Return the primary of the highest epoch in the end; None if no node leads."""
    led = [
        node for node in world.nodes.values() if isinstance(node, PrimaryReplica) and node.epoch_led
    ]
    return max(led, key=lambda node: node.epoch, default=None)


def lost_in_the_end(world: World) -> list[int]:
    """Return the ids of the acknowledged writes that the last primary lacks.

    None while no node leads, or if a key was written twice: its first value is then replaced, not lost.
    """
    led = last_primary(world)
    return lost_writes(world.history, led.values) if led and not _written_twice(world) else []


def _written_twice(world: World) -> str:
    """Return the name of a key that was written twice; "" if there is none."""
    times = Counter(op.key for op in world.history if op.f == "write")
    return next((str(key) for key, count in times.items() if count > 1), "")


def moved_without_loss(world: World) -> bool:
    """Return True if another node than n2 leads in the end, and has both writes, which are acknowledged."""
    led = last_primary(world)
    both = len(world.history.ok) == len(world.history) == 2
    return led is not None and led.id != "n2" and both and not lost_in_the_end(world)


def acknowledged_writes_stay(world: World) -> Verdict:
    """Judge that the last primary holds every acknowledged write."""
    model, led, lost = "acknowledged writes stay", last_primary(world), lost_in_the_end(world)
    if led is None:
        return Verdict(model, None, "no node leads in the end")
    twice = _written_twice(world)
    if twice:
        return Verdict(
            model, None, f"{twice} was written twice: a value that is gone may have been replaced"
        )
    writes = " and ".join(f"{op.key}={op.value!r}" for op in world.history if op.id in lost)
    reason = f"{led.id} leads epoch {led.epoch} in the end, without {writes}" if lost else ""
    return Verdict(model, not lost, reason, refuting=tuple(lost))


def longest_cut_ms(world: World) -> float:
    """Return the longest time in ms for which a link was cut at a stretch, in either direction; 0 without a cut.

    The recovery at 520 ms is an end too. A link that is cut again at the moment at which it heals has not healed.
    """
    since: dict[tuple[str, str], float] = {}
    healed: dict[
        tuple[str, str, float], float
    ] = {}  # since when a link was cut that healed at this time
    for event in world.trace.kinds("fault"):
        for way in _ended(event.what, since):
            healed[*way, event.time_ms] = since.pop(way)
        for way in _cut(event.what):
            start = healed.pop((*way, event.time_ms), event.time_ms)
            since.setdefault(way, start)
    return max((end - start for (*_, end), start in healed.items()), default=0.0)


def short_cuts_alone(world: World, most_ms: float = 50) -> Verdict:
    """Return True if no link was cut for more than ``most_ms`` at a stretch; otherwise why not."""
    longest = longest_cut_ms(world)
    return unless(
        "short cuts alone", f"a link is cut for {longest:g} ms" if longest > most_ms else ""
    )


def _cut(fault: Fault) -> list[tuple[str, str]]:
    """Return the links that a fault cuts, by direction."""
    if isinstance(fault, Cut):
        return [(fault.source, fault.to)]
    groups = fault.groups if isinstance(fault, Partition) else ()
    return [
        (a, b) for one in groups for a in one for other in groups if other != one for b in other
    ]


def _ended(fault: Fault, cut: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of the links that are cut which a fault heals."""
    if isinstance(fault, Heal) and fault.source is not None:
        return [way for way in cut if way == (fault.source, fault.to)]
    return list(cut) if isinstance(fault, Heal | Recover) else []


def without_heartbeats(trace: Trace) -> Trace:
    """Return the trace from 240 ms on, without timers, heartbeats, idle appends, and the acks of these."""
    hidden = _idle(trace)
    return trace.where(
        lambda event: (
            event.time_ms >= _DRAWN_MS
            and event.kind not in ("set_timer", "cancel_timer", "timer")
            and (event.kind not in ("send", "deliver", "drop") or event.id not in hidden)
        )
    )


def _idle(trace: Trace) -> set[int]:
    """Return the ids of heartbeats, of appends lost again or after one that arrives, and of the acks of these."""
    lost = {event.id for event in trace.kinds("drop")}
    idle: set[int] = set()
    arrives: dict[
        tuple[object, ...], bool
    ] = {}  # whether an append of this entry on this link does
    last: dict[str | None, int] = {}  # the message that each node has received last
    for event in trace.kinds("send", "deliver"):
        if event.kind == "deliver":
            last[event.node] = event.id
        elif isinstance(event.what, AppendAck):
            idle |= {event.id} if last[event.node] in idle else set()
        elif isinstance(event.what, AppendEntries):
            entry = (event.node, event.peer, *event.what.entries[-1:])
            vain = entry in arrives and (arrives[entry] or event.id in lost)
            idle |= {event.id} if vain or not event.what.entries else set()
            arrives[entry] = arrives.get(entry, False) or event.id not in lost
    return idle
