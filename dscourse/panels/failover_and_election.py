"""The panel of chapter 08: a fault, the nodes that believe they lead, and the writes that the storage accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.failover_and_election import (
    FAULT_MS,
    FAULTS,
    UNTIL_MS,
    VARIANTS,
    Beliefs,
    believed,
    faulty_world,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.fencing import Accepted, late_writes
from dscourse.show.picture import Picture
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.show.words import span
from dscourse.sim import At, Partition, World

__all__ = ["failover_frame", "failover_panel", "plan_text", "summary", "timeline_of"]


def summary(world: World, beliefs: Beliefs) -> str:
    """Return in words when each node believed that it led, and how many writes of an old leader were accepted.

    >>> summary(*faulty_world("majority, leases", lasts_ms=3_000)).split(";")[0]
    'n2 leads epoch 1 from 350 to 1310 ms, n1 leads epoch 2 from 1470 to 3000 ms'
    """
    led = sorted(
        (stretch.start_ms, name, f"{stretch.name} {span(stretch.start_ms, stretch.end_ms)}")
        for name, moments in beliefs.items()
        for stretch in _spans(moments)
    )
    leaders = ", ".join(f"{name} {words}" for _, name, words in led) or "no node leads"
    late = count(len(late_writes(world.log("storage"))), "write")
    return f"{leaders}; {late} of a leader after a later one had written."


def plan_text(plan: Sequence[At]) -> str:
    """Return a fault plan in words: its partitions, and any other fault as it is written in a plan.

    >>> plan_text([At(300, Partition({"n2"}, {"n1", "n3"}))]), plan_text([])
    ('at 300 ms, n2 cut off from n1 and n3', 'none')
    """
    return "; ".join(map(_fault_text, plan)) or "none"


def _fault_text(at: At) -> str:
    if not isinstance(at.fault, Partition):
        return str(at)
    sides = (" and ".join(sorted(group)) for group in at.fault.groups)
    return f"at {at.ms:g} ms, {' cut off from '.join(sides)}"


def timeline_of(
    world: World, beliefs: Beliefs, sentence: str, fault: Span | None = None
) -> Picture:
    """Draw when each node believed that it led, and which writes the storage accepted or refused."""
    rows: dict[str, list[Span]] = {name: list(_spans(moments)) for name, moments in beliefs.items()}
    late = {id(write) for write in late_writes(world.log("storage"))}
    marks = []
    for event in world.trace.of("storage"):
        if event.kind == "write":
            write = event.what
            kind = "bad" if id(write) in late else "good"
            text = f"write {write.number} of {write.writer}, epoch {write.epoch}"
            marks.append(Mark(event.time_ms, kind, text, of=write.writer))
        elif event.kind == "send" and event.node == "storage":
            marks.append(Mark(event.time_ms, "refused", f"{event.peer} is refused"))
    return timeline(
        {**rows, "storage": []}, until_ms=UNTIL_MS, sentence=sentence, marks={"storage": marks},
        shaded=[fault] if fault else [],
        meanings={
            "good": "write accepted, in its writer's colour", "bad": "accepted from an old leader",
            "refused": "refused",
        },
    )  # fmt: skip


def _spans(moments: Sequence[tuple[float, int | None]]) -> Iterator[Span]:
    start, led = 0.0, None
    for now, epoch in [*moments, (UNTIL_MS, None)]:
        if epoch != led:
            if led is not None:
                yield Span(start, now, f"leads epoch {led}" if led else "leads")
            start, led = now, epoch


def failover_frame(
    variant: str, nodes: int, silence: int, fault: str, lasts: int, drift: int, seed: int
) -> Frame:
    """Draw one run; the sentence says how long there were two leaders, or none."""
    world, beliefs = faulty_world(variant, nodes, silence, fault, lasts, drift / 100, seed)
    log = world.log("storage")
    writes = [record for record in log if isinstance(record, Accepted)]
    refused = sum(event.kind == "send" for event in world.trace.of("storage"))
    two, none = believed(beliefs, 2), believed(beliefs, 0)
    late = len(late_writes(log))
    sentence = (
        f"{variant}: two leaders at once for {two:g} ms, no leader for {none:g} ms. The storage accepts "
        f"{count(len(writes), 'write')}, {late} of them from a leader after a later one had written, and refuses "
        f"{refused}."
    )
    shaded = Span(FAULT_MS, min(UNTIL_MS, FAULT_MS + lasts), fault) if lasts else None
    return Frame.of(timeline_of(world, beliefs, sentence, shaded))


def failover_panel() -> Panel:
    """Build the panel: the election, the number of nodes, the fault, its duration, the clock drift, the seed."""
    controls: dict[str, Any] = {
        "variant": choice("leader by", list(VARIANTS)),
        "nodes": slider("nodes", "", 3, 2, 7),
        "silence": slider("time-out", "ms", 200, 60, 600, 20),
        "fault": choice("at 1,200 ms", list(FAULTS)),
        "lasts": slider("lasts", "ms", 800, 0, 1_500, 50),
        "drift": slider("clock slow by", "%", 0, 0, 80, 5),
        "seed": slider("seed", "", 1, 1, 40),
    }
    return Panel(controls, failover_frame, "Who leads?")
