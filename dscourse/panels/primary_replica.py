"""The panel of chapter 10: a primary, its replicas and a failover; acknowledged and lost writes, lag, stale reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.primary_replica import (
    END_MS,
    FAULT_MS,
    FAULTS,
    Outcome,
    median_ms,
    replication_world,
    run_of,
    stale_reads,
)
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.show.picture import Picture
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span

__all__ = ["outcome", "replication_frame", "replication_panel"]


def outcome(run: Outcome, fault: str = "", lasts_ms: float = 600.0) -> Picture:
    """Draw each node's role over time, the fate of the writes, and each node's lag in entries.

    The time of the ``fault``, if any, is shaded and labelled.
    """
    rows: dict[str, list[Span]] = {name: list(_spans(moments)) for name, moments in run.led.items()}
    marks = list(_marks(run))
    end = min(END_MS, FAULT_MS + lasts_ms)
    shaded = [Span(FAULT_MS, end, fault)] if fault and lasts_ms else []
    levels = {f"{name} behind": steps for name, steps in run.behind.items()}
    return timeline(
        {**rows, "writes": []}, until_ms=END_MS, sentence=_sentence(run), marks={"writes": marks},
        shaded=shaded, levels=levels, unit="entries",
        meanings={"good": "acknowledged", "bad": "acknowledged, and lost", "refused": "no answer, or failed"},
    )  # fmt: skip


def _marks(run: Outcome) -> Iterator[Mark]:
    for op in run.history:
        ended = op.invoked_ms if op.returned_ms is None else op.returned_ms
        if op.f == "write" and ended <= END_MS:
            kind = "bad" if op.id in run.lost else "good" if op.status == "ok" else "refused"
            yield Mark(ended, kind, f"{op.key}: {op.status}")


def _spans(moments: Sequence[tuple[float, str]]) -> Iterator[Span]:
    start, was = 0.0, ""
    for now, name in [*moments, (END_MS, "")]:
        if name != was:
            if was:
                yield Span(start, now, was)
            start, was = now, name


def _sentence(run: Outcome) -> str:
    writes = [op for op in run.history if op.f == "write"]
    good = [op for op in writes if op.status == "ok"]
    reads = [op for op in run.history if op.f == "read" and op.status == "ok"]
    furthest = max(amount for steps in run.behind.values() for _, amount in steps)
    return (
        f"{len(good)} of {count(len(writes), 'write')} acknowledged, after {median_ms(run.history):.0f} ms (median); "
        f"{len(run.lost)} of them lost. {stale_reads(run.history)} of {count(len(reads), 'read')} miss the reader's "
        f"own write. Furthest behind: {count(int(furthest), 'entry')}, {run.late_ms:.0f} ms."
    )


def replication_frame(
    nodes: int, acks: int, latency: int, far: int, loss: int, fault: str, lasts: int, seed: int, session: bool,
) -> Frame:  # fmt: skip
    """Draw one run; the sentence gives its writes, reads and lag."""
    world = replication_world(nodes, acks, latency, far, loss / 100, session, seed)
    run = run_of(world, fault, lasts)
    return Frame.of(outcome(run, "" if fault == "nothing" else fault, lasts))


def replication_panel() -> Panel:
    """Build the panel: nodes, acknowledgements, latencies, loss, the fault, its duration, the seed, sessions."""
    controls: dict[str, Any] = {
        "nodes": slider("nodes", "", 3, 2, 5),
        "acks": slider("acks", "", 1, 0, 4),
        "latency": slider("latency", "ms", 5, 1, 40),
        "far": slider("to the far node", "ms", 40, 1, 200),
        "loss": slider("loss", "%", 0, 0, 30),
        "fault": choice("at 900 ms", list(FAULTS), FAULTS[1]),
        "lasts": slider("lasts", "ms", 600, 0, 1_100, 50),
        "seed": slider("seed", "", 32, 1, 60),
        "session": switch("sessions", True),
    }
    return Panel(controls, replication_frame, "What does an acknowledgement promise?")
