"""The panel of chapter 02: nodes send notes to each other, and clocks order the events."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.wording import count
from dscourse.experiments.time_and_causality import (
    KINDS,
    NAMES,
    SPAN_MS,
    causal_counts,
    events_of,
    label,
    notes_world,
    records_of,
    stamp_tally,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.stamped_messages import (
    Record,
    Tally,
)
from dscourse.show import Focus, Look, spacetime
from dscourse.sim import Trace

__all__ = ["clocks_and_causes", "notes_frame"]


def notes_frame(
    kind: str, nodes: int, rate: int, skew: int, drift: int, minutes: int, event: int, seed: int = 1
) -> Frame:
    """Draw one run with the causal past and future of one event; the sentence judges the stamps."""
    notes = max(1, round(rate * SPAN_MS / 1000))
    world = notes_world(KINDS[kind], nodes, notes, skew, drift, minutes, seed)
    events, records = events_of(world), records_of(world)
    if event > len(events):
        raise ValueError(
            f"event {event}: at this rate there are {len(events)} events. Choose a lower one."
        )
    names = list(NAMES[:nodes])
    stamps = {
        one.index: label(record.stamp, names)
        for one, (_, record) in zip(events, records, strict=True)
    }
    chosen = events[event - 1]
    sentence = f"{_sentence(events, records, event)} {_judged(kind, records)}"
    picture = spacetime(
        world.trace.kinds("start", "send", "deliver"), nodes=names, clocks=stamps,
        focus=Focus(past_of=chosen, future_of=chosen), look=Look(labels=False), start_ms=0,
        end_ms=SPAN_MS + 20, sentence=sentence,
    )  # fmt: skip
    return Frame.of(picture)


def _sentence(events: Trace, records: Sequence[Record], number: int) -> str:
    """Describe the chosen event, and count the events in its past, in its future and concurrent with it."""
    event = events[number - 1]
    before, after, beside = causal_counts(records, number)
    does = (
        f"sends note {event.what.number} to"
        if event.kind == "send"
        else f"receives note {event.what.number} from"
    )
    return (
        f"Event {number} of {len(events)}: {event.node} {does} {event.peer} at {event.time_ms:.0f} ms. "
        f"Its causal past holds {count(before, 'event')}, its future {after}; {beside} are concurrent with it."
    )


def _judged(kind: str, records: Sequence[Record]) -> str:
    """Count the notes that the nodes' own clocks put before their sending, and the pairs that stamps misjudge."""
    own = stamp_tally("physical", records)
    receipts = count(own.receipts, "note")
    sentence = (
        f"By the nodes' own clocks, {own.backwards} of {receipts} arrived before they were sent."
    )
    return f"{sentence} {_verdict(kind, stamp_tally(kind, records))}"


def _verdict(kind: str, tally: Tally) -> str:
    word = kind.capitalize()
    return (
        f"{word} stamps contradict {tally.contradicted} of the {tally.ordered} pairs in which one event is a cause "
        f"of the other, and put {tally.invented} of the {tally.concurrent} concurrent pairs in an order."
    )


def clocks_and_causes() -> Panel:
    """Build the panel: the kind of clock, nodes, rate of notes, skew and drift of the clocks, an event, the seed."""
    controls = {
        "kind": choice("clock", list(KINDS), "physical"),
        "nodes": slider("nodes", "", 3, 2, 5),
        "rate": slider("notes", "per second", 100, 25, 250, 25),
        "skew": slider("skew up to", "ms", 15, 0, 100),
        "drift": slider("drift", "ppm", 50, 0, 200, 10),
        "minutes": slider("clocks set", "min ago", 0, 0, 60),
        "event": slider("event", "", 9, 1, 60),
        "seed": slider("seed", "", 1, 1, 40),
    }
    return Panel(controls, notes_frame, "Clocks and causes")
