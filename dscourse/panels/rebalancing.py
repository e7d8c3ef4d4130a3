"""The second panel of chapter 12: a node joins, and keys move to it while clients keep working."""

from __future__ import annotations

from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.rebalancing import (
    BEGIN_MS,
    END_MS,
    HOW,
    PLACEMENTS,
    SLOTS,
    Rebalanced,
    rebalanced,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame
from dscourse.show.picture import Picture
from dscourse.show.timeline import Mark, timeline

__all__ = ["picture_of", "rebalancing_controls", "rebalancing_frame"]


def picture_of(run: Rebalanced, sentence: str) -> Picture:
    """Draw the number of slots that each node serves over time, and the fate of the requests."""
    marks = []
    for op in run.history:
        if op.returned_ms is not None and op.returned_ms <= END_MS:
            kind = "bad" if op.id in run.wrong else "good" if op.status == "ok" else "refused"
            marks.append(Mark(op.returned_ms, kind, op.describe()))
    meanings = {
        "good": "answered", "bad": "on a key whose history is not linearizable", "refused": "no answer in time",
    }  # fmt: skip
    return timeline(
        {"requests": []}, until_ms=END_MS, sentence=sentence, marks={"requests": marks}, levels=run.served,
        unit="slots", meanings=meanings,
    )  # fmt: skip


def rebalancing_frame(
    how: str,
    scheme: str,
    nodes: int,
    keys: int,
    chunk: int,
    latency: int,
    at_once: int,
    seed: int = 6,
) -> Frame:
    """Draw one run; the sentence gives the slots moved, the slowest request, the redirects and the verdict."""
    run = rebalanced(how, scheme, nodes, keys, chunk, latency, at_once, seed)
    broken = run.broken_keys
    judged = (
        f"Of {count(keys, 'key')} {broken} {'has' if broken == 1 else 'have'} a history that is not linearizable."
        if broken
        else "The history of every key is linearizable."
    )
    sentence = (
        f"{how}, {scheme}: {count(run.moved, 'slot')} of {SLOTS} move in {run.until_ms - BEGIN_MS:.0f} ms. The "
        f"slowest request takes {run.slowest_ms:.0f} ms; {count(run.redirected, 'time')} a client is told to go "
        f"elsewhere. {judged}"
    )
    return Frame.of(picture_of(run, sentence))


def rebalancing_controls() -> dict[str, Any]:
    """Build the controls: protocol, placement, nodes, keys, keys per message, latency, slots at once, seed."""
    return {
        "how": choice("how", list(HOW), HOW[2]),
        "scheme": choice("scheme", list(PLACEMENTS)),
        "nodes": slider("nodes before", "", 3, 1, 6),
        "keys": slider("keys", "", 48, 12, 192, 12),
        "chunk": slider("keys per message", "", 1, 1, 12),
        "latency": slider("latency", "ms", 10, 1, 30),
        "at_once": slider("slots at once", "", 1, 1, 8),
        "seed": slider("seed", "", 6, 1, 12),
    }
