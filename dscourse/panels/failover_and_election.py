"""The panel of chapter 08: a leader is cut off; who believes to lead when, and whose writes does the storage take?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.node import Node, cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.bully import Bully
from dscourse.protocols.failover import FailoverNode
from dscourse.protocols.fencing import Accepted, FencedStorage, Writer, late_writes
from dscourse.protocols.leases import LeasedNode
from dscourse.protocols.textbook.failover import HighestAlive
from dscourse.protocols.textbook.fencing import TrustingStorage
from dscourse.show.picture import Picture
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.show.words import count, span
from dscourse.sim import Crash, Fault, Network, Partition, Recover, SetClock, Uniform, World

__all__ = [
    "FAULTS", "FAULT_MS", "UNTIL_MS", "VARIANTS", "Beliefs", "believed", "failover_frame", "failover_panel",
    "faulty_world", "timeline_of", "told",
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
]  # by node: (ms, the epoch that it believes to lead)


def faulty_world(
    variant: str,
    nodes: int = 3,
    silence_ms: float = 200.0,
    fault: str = FAULTS[0],
    lasts_ms: float = 800.0,
    drift: float = 0.0,
    seed: int = 1,
) -> tuple[World, Beliefs]:
    """Three seconds of ``nodes`` nodes and a storage that all of them reach, and who believed to lead every 10 ms.

    At 1,200 ms the leader or somebody else meets the ``fault``, which ends after ``lasts_ms``; from 1,000 ms on the
    clock of the leader is slower by the share ``drift``. LookupError for an unknown variant or fault.

    >>> world, beliefs = faulty_world("majority, epochs")
    >>> sorted(beliefs)
    ['n1', 'n2', 'n3']
    """
    _check(variant, fault)
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


def _check(variant: str, fault: str) -> None:
    for what, given, known in (("variant", variant, VARIANTS), ("fault", fault, FAULTS)):
        if given not in known:
            raise LookupError(f"{what}={given!r}: it must be one of {', '.join(known)}")


def _world(variant: str, names: Sequence[str], silence_ms: float, seed: int) -> World:
    kind, storage = VARIANTS[variant]
    settings: dict[str, Any] = {"lease_ms": 0.8 * silence_ms} if kind is LeasedNode else {}
    group = cluster(kind, names, storage="storage", silence_ms=silence_ms, **settings)
    return World([storage("storage"), *group], seed, Network(Uniform(2, 12)))


def _led(world: World, name: str) -> int | None:
    """The epoch that this node believes to lead; None if it does not, or is down."""
    node = world.nodes[name]
    return node.epoch_led if isinstance(node, Writer) and world.alive(name) else None


def _leader(world: World, names: Sequence[str]) -> str:
    """Who believes to lead, of several the last; the first node if nobody does."""
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


# --- what came of it -----------------------------------------------------------------------------


def believed(beliefs: Beliefs, wanted: int) -> float:
    """For how many ms so many nodes believed to lead at once (2: two or more), after the first leader."""
    times = [
        sum(epoch is not None for _, epoch in moment)
        for moment in zip(*beliefs.values(), strict=True)
    ]
    first = next((place for place, leaders in enumerate(times) if leaders), len(times))
    held = [
        leaders for leaders in times[first:] if (leaders >= 2 if wanted == 2 else leaders == wanted)
    ]
    return len(held) * _STEP_MS


def told(world: World, beliefs: Beliefs) -> str:
    """Who believed to lead when, from the first on, and how many writes came too late.

    >>> told(*faulty_world("majority, leases", lasts_ms=3_000)).split(";")[0]
    'n2 leads epoch 1 from 350 to 1310 ms, n1 leads epoch 2 from 1470 to 3000 ms'
    """
    led = sorted(
        (stretch.start_ms, name, f"{stretch.name} {span(stretch.start_ms, stretch.end_ms)}")
        for name, moments in beliefs.items()
        for stretch in _spans(moments)
    )
    who = ", ".join(f"{name} {what}" for _, name, what in led) or "nobody leads"
    late = count(len(late_writes(world.log("storage"))), "write")
    return f"{who}; {late} of a leader after a later one had written."


def timeline_of(
    world: World, beliefs: Beliefs, sentence: str, fault: Span | None = None
) -> Picture:
    """Who believed to lead when, and what became of the writes."""
    rows: dict[str, list[Span]] = {name: list(_spans(moments)) for name, moments in beliefs.items()}
    late = {id(write) for write in late_writes(world.log("storage"))}
    marks = []
    for event in world.trace.of("storage"):
        if event.kind == "write":
            write = event.what
            kind = "bad" if id(write) in late else "good"
            text = f"write {write.number} of {write.writer}, epoch {write.epoch}"
            marks.append(Mark(event.time_ms, kind, text))
        elif event.kind == "send" and event.node == "storage":
            marks.append(Mark(event.time_ms, "refused", f"{event.peer} is refused"))
    return timeline(
        {**rows, "storage": []}, until_ms=UNTIL_MS, sentence=sentence, marks={"storage": marks},
        shaded=[fault] if fault else [],
        meanings={"good": "write accepted", "bad": "accepted from an old leader", "refused": "refused"},
    )  # fmt: skip


def _spans(moments: Sequence[tuple[float, int | None]]) -> Iterator[Span]:
    start, led = 0.0, None
    for now, epoch in [*moments, (UNTIL_MS, None)]:
        if epoch != led:
            if led is not None:
                yield Span(start, now, f"leads epoch {led}" if led else "leads")
            start, led = now, epoch


def failover_frame(
    variant: str, nodes: int, silence: int, fault: str, lasts: int, drift: int
) -> Frame:
    """The picture of one run, and how long there were two leaders or none."""
    world, beliefs = faulty_world(variant, nodes, silence, fault, lasts, drift / 100)
    log = world.log("storage")
    writes = [record for record in log if isinstance(record, Accepted)]
    refused = sum(event.kind == "send" for event in world.trace.of("storage"))
    two, nobody = believed(beliefs, 2), believed(beliefs, 0)
    late = len(late_writes(log))
    sentence = (
        f"{variant}: two leaders at once for {two:g} ms, nobody leads for {nobody:g} ms. The storage accepts "
        f"{count(len(writes), 'write')}, {late} of them from a leader after a later one had written, and refuses "
        f"{refused}."
    )
    shaded = Span(FAULT_MS, min(UNTIL_MS, FAULT_MS + lasts), fault) if lasts else None
    return Frame.of(timeline_of(world, beliefs, sentence, shaded))


def failover_panel() -> Panel:
    """How the leader is chosen, how many nodes, what goes wrong for how long, and how slow the leader's clock is."""
    controls: dict[str, Any] = {
        "variant": choice("leader by", list(VARIANTS)),
        "nodes": slider("nodes", "", 3, 2, 7),
        "silence": slider("time-out", "ms", 200, 60, 600, 20),
        "fault": choice("at 1,200 ms", list(FAULTS)),
        "lasts": slider("lasts", "ms", 800, 0, 1_500, 50),
        "drift": slider("clock slow by", "%", 0, 0, 80, 5),
    }
    return Panel(controls, failover_frame, "Who leads?")
