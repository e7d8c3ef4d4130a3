"""The panel of chapter 15: a store with all the parts, a storm of faults, and a score card."""

from __future__ import annotations

from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.score_card import Goals, Score, compare, verdict
from dscourse.experiments.scores import score
from dscourse.experiments.whole_system import (
    END_MS,
    GOALS,
    KINDS,
    NAMES,
    RACKS,
    RINGS,
    STORM_MS,
    anomalies,
    conversation,
    storm_world,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.eventual_store_messages import Put
from dscourse.show.against import Against, against
from dscourse.show.picture import Picture
from dscourse.show.spacetime import Look, spacetime
from dscourse.show.stacked import stacked
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.sim import Trace, World

__all__ = ["draw_card", "draw_clients", "draw_storm", "store_frame", "store_panel"]


# --- pictures ------------------------------------------------------------------------------------


def draw_card(card: Score, goals: Goals = GOALS) -> Picture:
    """Draw the score against the goals."""
    rows = {words: Against(*row) for words, row in compare(card, goals).items()}
    return against(rows, sentence=verdict(card, goals))


def draw_storm(world: World, goals: Goals = GOALS) -> Picture:
    """Draw the score of a run; below it when each node was down or paused, and the operations without an answer."""
    card = score(world, STORM_MS)
    sentence = verdict(card, goals)
    rows = {
        f"{name} in {rack}": _spells(world, name) for rack, names in RACKS.items() for name in names
    }
    failed = [
        Mark(op.returned_ms or END_MS, "bad", f"{op.process} {op.describe()}: {op.status}")
        for op in world.history
        if op.status != "ok"
    ]
    times = timeline(
        {**rows, "clients": []}, until_ms=END_MS, sentence=sentence, marks={"clients": failed},
        shaded=[Span(0, STORM_MS, "the storm")], meanings={"bad": "an operation without an answer"},
    )  # fmt: skip
    return stacked(draw_card(card, goals), times, sentence=sentence)


def draw_clients(world: World, start_ms: float = 490, end_ms: float = 830) -> Picture:
    """Draw the messages about keys from ``start_ms`` to ``end_ms``: without gossip, anti-entropy and timers.

    Each step has the same room. At a coordinator stands its clock, if versions carry its timestamps. Servers that no
    such message reaches have no line.
    """
    trace = conversation(world)
    steps = trace.where(lambda event: not event.kind.endswith("timer"))
    ends = {name for event in steps.kinds("send") for name in (event.node, event.peer)}
    return spacetime(
        steps,
        nodes=sorted(name for name in ends if name),
        timers=False,
        start_ms=start_ms,
        end_ms=end_ms,
        highlight=anomalies(world),
        clocks=_timestamps(steps) or None,
        look=Look(scale="order"),
    )


def _timestamps(trace: Trace) -> dict[int, str]:
    """Return the clock of each coordinator when it first sends a version with its own timestamp, by event index."""
    found: dict[str, tuple[int, str]] = {}
    for event in trace.kinds("send"):
        for version in event.what.versions if isinstance(event.what, Put) else ():
            if version.replica == event.node:
                found.setdefault(event.node, (event.index, f"clock {version.count / 1_000:g} ms"))
    return dict(found.values())


_BEGINS = {"crash": "down", "pause": "paused"}
_ENDS = {"restart": "down", "resume": "paused"}


def _spells(world: World, name: str) -> list[Span]:
    """Return the periods in which the node was down or paused; one that has not ended is left out."""
    since: dict[str, float] = {}
    spells: list[Span] = []
    for event in world.trace.kinds(*_BEGINS, *_ENDS):
        if event.node != name:
            continue
        if event.kind in _BEGINS:
            since.setdefault(_BEGINS[event.kind], event.time_ms)
        elif _ENDS[event.kind] in since:
            spells.append(Span(since.pop(_ENDS[event.kind]), event.time_ms, _ENDS[event.kind]))
    return spells


# --- the panel -----------------------------------------------------------------------------------


def store_frame(
    store: str, placement: str, replicas: int, read_quorum: int, write_quorum: int, attempts: int,
    timeout: int, faults: int, outage: int, seed: int,
) -> Frame:  # fmt: skip
    """Draw the score of one storm, above its faults and the operations without an answer."""
    if max(read_quorum, write_quorum) > replicas:
        raise ValueError(f"R and W are at most N, and a key has only {count(replicas, 'home')}.")
    world = storm_world(
        KINDS[store], seed, faults=faults, outage_ms=outage, replicas=replicas, ring=RINGS[placement],
        read_quorum=read_quorum, write_quorum=write_quorum, attempts=attempts, timeout_ms=float(timeout),
    )  # fmt: skip
    return Frame.of(draw_storm(world))


def store_panel() -> Panel:
    """Build the panel: the store, its placement, N, R and W, the clients' retries and the storm."""
    controls: dict[str, Any] = {
        "store": choice("store", list(KINDS)),
        "placement": choice("placement", list(RINGS)),
        "replicas": slider("N", "homes per key", 3, 1, len(NAMES)),
        "read_quorum": slider("R", "answers", 2, 1, len(NAMES)),
        "write_quorum": slider("W", "answers", 2, 1, len(NAMES)),
        "attempts": slider("attempts", "", 2, 1, 4),
        "timeout": slider("client waits", "ms", 60, 20, 120, 10),
        "faults": slider("faults", "", 8, 0, 20),
        "outage": slider("rack down", "ms", 400, 0, 800, 100),
        "seed": slider("storm", "", 1, 1, 20),
    }
    return Panel(controls, store_frame, "A store in a storm")
