"""The panel of chapter 08: a leader is cut off; who believes to lead when, and whose writes does the storage take?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.node import Node, cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.bully import Bully
from dscourse.protocols.failover import FailoverNode, LeasedNode
from dscourse.protocols.fencing import Accepted, Append, FencedStorage, Writer
from dscourse.protocols.textbook.failover import HighestAlive
from dscourse.protocols.textbook.fencing import TrustingStorage
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.show.words import count
from dscourse.sim import Heal, Network, Partition, SetClock, Uniform, World

__all__ = [
    "CUTS", "CUT_MS", "UNTIL_MS", "VARIANTS", "Beliefs", "believed", "cut_world", "failover_frame", "failover_panel",
    "late_writes", "timeline_of",
]  # fmt: skip

VARIANTS: dict[str, tuple[type[Writer], type[Node]]] = {
    "highest name alive": (HighestAlive, TrustingStorage),
    "bully": (Bully, TrustingStorage),
    "majority, epochs": (FailoverNode, TrustingStorage),
    "majority, epochs, fencing": (FailoverNode, FencedStorage),
    "majority, leases": (LeasedNode, TrustingStorage),
}
CUTS = ("the leader alone", "the leader and others", "a follower")
CUT_MS, UNTIL_MS = 1_200.0, 3_000.0
_STEP_MS = 10.0
Beliefs = dict[
    str, list[tuple[float, int | None]]
]  # by node: (ms, the epoch that it believes to lead)


def cut_world(
    variant: str,
    nodes: int = 3,
    silence_ms: float = 200.0,
    cut_ms: float = 800.0,
    who: str = "the leader alone",
    drift: float = 0.0,
    seed: int = 1,
) -> tuple[World, Beliefs]:
    """Three seconds of ``nodes`` nodes and a storage that all of them reach, and who believed to lead every 10 ms.

    At 1,200 ms those that ``who`` says are cut off from the others for ``cut_ms``; from 1,000 ms on the clock of the
    leader is slower by the share ``drift``.

    >>> world, beliefs = cut_world("majority, epochs")
    >>> sorted(beliefs)
    ['n1', 'n2', 'n3']
    """
    kind, storage = VARIANTS[variant]
    names = [f"n{n}" for n in range(1, nodes + 1)]
    settings: dict[str, Any] = {"lease_ms": 0.8 * silence_ms} if kind is LeasedNode else {}
    group = cluster(kind, names, storage="storage", silence_ms=silence_ms, **settings)
    world = World([storage("storage"), *group], seed, Network(Uniform(2, 12)))
    beliefs: Beliefs = {name: [] for name in names}
    apart: set[str] = set()
    for step in range(int(UNTIL_MS / _STEP_MS) + 1):
        now = step * _STEP_MS
        world.run(until_ms=now)
        leader = _leader(world, names)
        if now == 1_000 and drift:
            world.apply(SetClock(leader, skew_ms=1_000 * drift, drift_ppm=-1e6 * drift))
        if now == CUT_MS and cut_ms:
            apart = _apart(names, leader, who)
            world.apply(Partition(apart, set(names) - apart))
        if now == CUT_MS + cut_ms and apart:
            world.apply(Heal())
        for name in names:
            beliefs[name].append((now, world.nodes[name].epoch_led))  # type: ignore[attr-defined]
    return world, beliefs


def _leader(world: World, names: Sequence[str]) -> str:
    """Who believes to lead, of several the first; the first node if nobody does."""
    led = [name for name in names if world.nodes[name].epoch_led is not None]  # type: ignore[attr-defined]
    return led[-1] if led else names[0]


def _apart(names: Sequence[str], leader: str, who: str) -> set[str]:
    others = [name for name in names if name != leader]
    if who == "a follower":
        return {others[0]}
    return {leader, *others[: (len(names) - 1) // 2 - 1]} if who == CUTS[1] else {leader}


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


def late_writes(log: Sequence[object]) -> list[Accepted]:
    """The accepted writes of a leader after which another leader had written already."""
    late, over, now = [], set(), None
    for write in log:
        if isinstance(write, Accepted):
            term = (write.writer, write.epoch)
            if now is not None and term != now:
                over.add(now)
            if term in over:
                late.append(write)
            now = term
    return late


def timeline_of(world: World, beliefs: Beliefs, sentence: str, cut: Span | None = None) -> Any:
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
        shaded=[cut] if cut else [],
        meanings={"good": "write accepted", "bad": "accepted from an old leader", "refused": "refused"},
    )  # fmt: skip


def _spans(moments: Sequence[tuple[float, int | None]]) -> Iterator[Span]:
    start, led = 0.0, None
    for now, epoch in [*moments, (UNTIL_MS, None)]:
        if epoch != led:
            if led is not None:
                yield Span(start, now, f"leads epoch {led}" if led else "leads")
            start, led = now, epoch


def failover_frame(variant: str, nodes: int, silence: int, cut: int, who: str, drift: int) -> Frame:
    """The picture of one run, and how long there were two leaders or none."""
    world, beliefs = cut_world(variant, nodes, silence, cut, who, drift / 100)
    log = world.log("storage")
    writes = [record for record in log if isinstance(record, Accepted)]
    asked = len([event for event in world.trace.kinds("deliver") if isinstance(event.what, Append)])
    late = len(late_writes(log))
    two, nobody = believed(beliefs, 2), believed(beliefs, 0)
    sentence = (
        f"{variant}: two leaders at once for {two:g} ms, nobody leads for {nobody:g} ms. "
        f"The storage accepts {count(len(writes), 'write')}, {late} of them from a leader after whom another one had "
        f"written, and refuses {asked - len(writes)}."
    )
    span = Span(CUT_MS, min(UNTIL_MS, CUT_MS + cut), f"{who} cut off") if cut else None
    return Frame.of(timeline_of(world, beliefs, sentence, span))


def failover_panel() -> Panel:
    """How the leader is chosen, how many nodes, who is cut off for how long, and how slow the leader's clock is."""
    controls: dict[str, Any] = {
        "variant": choice("leader by", list(VARIANTS)),
        "nodes": slider("nodes", "", 3, 2, 7),
        "silence": slider("time-out", "ms", 200, 60, 600, 20),
        "cut": slider("cut off for", "ms", 800, 0, 1_500, 50),
        "who": choice("cut off", list(CUTS)),
        "drift": slider("leader's clock slow by", "%", 0, 0, 80, 5),
    }
    return Panel(controls, failover_frame, "Who leads?")
