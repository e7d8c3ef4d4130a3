"""The panel of chapter 06: one transaction, a crash at a chosen step, and its consequences for the other nodes."""

from __future__ import annotations

from typing import Any

from dscourse.core.properties import Property
from dscourse.core.wording import count
from dscourse.experiments.atomic_commit import (
    END_MS,
    PROTOCOLS,
    commit_world,
    fates,
    forced_writes,
    impatient_world,
    lasted_ms,
    locks,
    messages_sent,
    outcomes,
    steps_of,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.atomicity import commit_needs_every_yes, decided_once, same_outcome
from dscourse.show import spacetime
from dscourse.show.words import short
from dscourse.sim import Event, World
from dscourse.touch import Explorer, Limits

__all__ = ["commit_frame", "hasty_participants", "one_transaction"]

_ROOM = (
    1.13  # beyond the last event, so that the outcomes at the right edge stand clear of its labels
)


def commit_frame(
    protocol: str, participants: int, votes_no: str, crash: str, steps: int, down: int
) -> Frame:
    """Draw one transaction; the sentence gives each participant's outcome and how long its keys were locked."""
    if votes_no > f"p{participants}":
        raise ValueError(f"There are only {participants} participants, so {votes_no} cannot vote.")
    world = commit_world(protocol, participants, votes_no, crash, steps, down)
    names = [f"p{n}" for n in range(1, participants + 1)]
    outcome = world.history[0].result if world.history and world.history.ok else ""
    parts = [
        _crash_text(world, crash, steps),
        outcomes(world, names),
        f"The client hears: {outcome}." if outcome else "The client hears nothing in time.",
        _lock_text(world),
        f"{count(messages_sent(world), 'message')}, {count(forced_writes(world), 'forced write')}.",
    ]
    sentence = " ".join(part for part in parts if part)
    last = max((e.time_ms for e in world.trace.kinds("deliver", "write", "restart")), default=0.0)
    end_ms = min(END_MS, max(last * _ROOM, 120.0))
    return Frame.of(
        spacetime(world.trace, spells=fates(world), timers=False, end_ms=end_ms, sentence=sentence)
    )


def _crash_text(world: World, node: str, steps: int) -> str:
    if not node:
        return "No node crashes."
    crashed = [event for event in world.trace.kinds("crash") if event.node == node]
    if not crashed:
        step_count = len(steps_of(world, node))
        return f"{node} takes only {count(step_count, 'step')}, and does not crash."
    last = [event for event in steps_of(world, node) if event.index < crashed[0].index]
    after = f"after step {steps}, {_step_text(last[-1])}" if last else "before its first step"
    back = [event for event in world.trace.kinds("restart") if event.node == node]
    return f"{node} crashes at {crashed[0].time_ms:g} ms {after}" + (
        f", and is back at {back[0].time_ms:g} ms." if back else ", and stays down."
    )


def _step_text(step: Event) -> str:
    """Return a step in a few words, as in ``commit to p1`` or ``writing Prepared``."""
    if step.kind == "write":
        return f"writing {type(step.what).__name__}"
    return f"{short(step.what)} to {step.peer}"


def _lock_text(world: World) -> str:
    locked = [
        f"{spell.node} for {lasted_ms(spell, world.now_ms):g} ms{'' if spell.end else ' and on'}"
        for spell in sorted(locks(world), key=lambda spell: spell.node)
    ]
    return f"Keys locked: {', '.join(locked)}." if locked else "No key is locked."


def hasty_participants() -> Explorer:
    """Return an explorer of one transaction by participants that give up when they have waited for too long."""
    names = ("p1", "p2")

    def say(world: World) -> str:
        return outcomes(world, names)

    return Explorer(
        impatient_world, _AC, say, "Two participants without patience", spells=fates,
        limits=Limits(moves=12),
    )  # fmt: skip


_AC = (
    Property("AC1: the same outcome", lambda view: same_outcome(view.logs)),
    Property("AC2: an outcome is final", lambda view: decided_once(view.logs)),
    Property("AC3: a commit needs every yes", lambda view: commit_needs_every_yes(view.logs)),
)


def one_transaction() -> Panel:
    """Build the panel: the protocol, a no vote, the node that crashes, its step and its downtime in ms."""
    no_node = {"nobody": ""}
    controls: dict[str, Any] = {
        "protocol": choice("protocol", list(PROTOCOLS)),
        "participants": slider("participants", "", 2, 2, 4),
        "votes_no": choice("votes no", {**no_node, "p1": "p1", "p2": "p2", "p3": "p3"}, ""),
        "crash": choice("crashes", {**no_node, "coordinator c": "c", "p1": "p1", "p2": "p2"}, "c"),
        "steps": slider("after its step", "", 3, 0, 16),
        "down": slider("is down for", "ms", 350, 50, 1_000, 50),
    }
    return Panel(controls, commit_frame, "One transaction")
