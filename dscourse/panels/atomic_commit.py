"""The panel of chapter 06: one transaction, somebody crashes at some step, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.node import Node
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.textbook.two_phase_commit import (
    ForgetfulCoordinator,
    ForgetfulParticipant,
    ImpatientParticipant,
)
from dscourse.protocols.three_phase_commit import NonblockingCoordinator, NonblockingParticipant
from dscourse.protocols.two_phase_commit import (
    Coordinator,
    Ended,
    Outcome,
    Participant,
    Prepare,
    Prepared,
    TransactionClient,
)
from dscourse.show import spacetime
from dscourse.show.scene import Spell
from dscourse.show.words import count
from dscourse.sim import Constant, Crash, CrashDuring, Event, Link, Network, Restart, World

__all__ = [
    "END_MS", "PROTOCOLS", "commit_frame", "commit_world", "forced_writes", "locks", "longest_lock_ms",
    "one_transaction", "outcomes", "steps_of", "unwilling",
]  # fmt: skip

PROTOCOLS: dict[str, tuple[type[Node], type[Node]]] = {
    "two-phase commit": (Coordinator, Participant),
    "two-phase, textbook": (ForgetfulCoordinator, ForgetfulParticipant),
    "two-phase, impatient": (Coordinator, ImpatientParticipant),
    "three-phase commit": (NonblockingCoordinator, NonblockingParticipant),
}
END_MS = 1_000.0
_DELAY_MS = 10.0


def unwilling(kind: type[Node]) -> type[Node]:
    """The same participant, but it votes no."""

    def can_commit(self: Node, prepare: Prepare) -> bool:
        return False

    return type(f"Unwilling{kind.__name__}", (kind,), {"can_commit": can_commit})


def commit_world(
    protocol: str,
    participants: int = 2,
    votes_no: str = "",
    crash: str = "",
    steps: int = 0,
    down_ms: float = END_MS,
) -> World:
    """A second in which client u transfers something between p1, p2, … with coordinator c; messages take 10 ms.

    ``crash`` names the node that crashes as soon as it has sent or written that many things, and starts again
    ``down_ms`` later; nothing happens if it never takes as many steps.

    >>> world = commit_world("two-phase commit", crash="c", steps=2)
    >>> longest_lock_ms(world)
    980.0
    """
    coordinator, participant = PROTOCOLS[protocol]
    names = [f"p{n}" for n in range(1, participants + 1)]
    kinds = {name: unwilling(participant) if name == votes_no else participant for name in names}
    nodes = [TransactionClient("u", "c"), coordinator("c", names)]
    nodes += [kinds[name](name, ["c", *(n for n in names if n != name)]) for name in names]
    world = World(nodes, network=Network(Constant(_DELAY_MS), client=Link(Constant(_DELAY_MS))))
    world.submit("u", [("transfer", None, {name: {"x": n} for n, name in enumerate(names)})])
    if crash:
        world = _crash_after(world, crash, steps)
        if not world.alive(crash) and world.now_ms + down_ms < END_MS:
            world.run(until_ms=world.now_ms + down_ms).apply(Restart(crash))
    return world.run(until_ms=END_MS)


def _crash_after(world: World, node: str, steps: int) -> World:
    """The world up to the moment at which the node has taken so many steps, and crashed; or up to the end."""
    while world.pending() and world.pending()[0].due_ms <= END_MS:
        before = world.clone()
        world.step()
        done = len(steps_of(world, node))
        if done > steps:
            return _crash_within(before, node, steps)
        if done == steps and world.alive(node):
            world.apply(Crash(node))
            return world
    return world


def _crash_within(world: World, node: str, steps: int) -> World:
    """The next event happens, and the node crashes in it as soon as it has taken so many steps in all."""
    effects = 0
    while True:
        trial = world.clone()
        trial.apply(CrashDuring(node, effects))
        trial.step()
        if len(steps_of(trial, node)) == steps:
            return trial
        effects += 1


def steps_of(world: World, node: str) -> list[Event]:
    """What the node has sent and written, in order."""
    return [
        event for event in world.trace if event.node == node and event.kind in ("send", "write")
    ]


# --- what it costs -------------------------------------------------------------------------------


def locks(world: World) -> Iterator[Spell]:
    """From when to when each participant has held its locks: from its promise to its outcome, or to the end."""
    held: dict[str, Event] = {}
    for event in world.trace.kinds("write"):
        name = str(event.node)
        if isinstance(event.what, Prepared):
            held[name] = event
        elif isinstance(event.what, Outcome) and name in held:
            yield Spell(name, "locked", held.pop(name), event)
    yield from (Spell(name, "locked", start, None) for name, start in held.items())


def longest_lock_ms(world: World) -> float:
    """For how long the participant that waited longest has held its locks, in ms; 0 if nobody has promised."""
    return max((_lasted(spell, world.now_ms) for spell in locks(world)), default=0.0)


def _lasted(spell: Spell, now_ms: float) -> float:
    return (spell.end.time_ms if spell.end else now_ms) - spell.start.time_ms


def forced_writes(world: World) -> int:
    """The records that had to be on disk before the next step: all but the coordinator's `Ended`."""
    return sum(not isinstance(event.what, Ended) for event in world.trace.kinds("write"))


# --- the panel -----------------------------------------------------------------------------------


def commit_frame(
    protocol: str, participants: int, votes_no: str, crash: str, steps: int, down: int
) -> Frame:
    """One transaction under these conditions: who ends how, and for how long keys were locked."""
    if votes_no > f"p{participants}":
        raise ValueError(f"There are only {participants} participants, so {votes_no} cannot vote.")
    world = commit_world(protocol, participants, votes_no, crash, steps, down)
    names = [f"p{n}" for n in range(1, participants + 1)]
    messages = len([e for e in world.trace.kinds("send") if "u" not in (e.node, e.peer)])
    told = world.history[0].result if world.history and world.history.ok else ""
    parts = [
        _crash_text(world, crash, steps),
        outcomes(world, names),
        f"The client hears: {told}." if told else "The client hears nothing in time.",
        _lock_text(world),
        f"{count(messages, 'message')}, {count(forced_writes(world), 'forced write')}.",
    ]
    sentence = " ".join(part for part in parts if part)
    last = max((e.time_ms for e in world.trace.kinds("deliver", "write", "restart")), default=0.0)
    end_ms = min(END_MS, max(last + 20, 120.0))
    return Frame.of(
        spacetime(world.trace, spells=locks(world), timers=False, end_ms=end_ms, sentence=sentence)
    )


def _crash_text(world: World, node: str, steps: int) -> str:
    if not node:
        return "Nobody crashes."
    crashed = [event for event in world.trace.kinds("crash") if event.node == node]
    if not crashed:
        taken = len(steps_of(world, node))
        return f"{node} takes only {count(taken, 'step')}, and does not crash."
    last = [event for event in steps_of(world, node) if event.index < crashed[0].index]
    after = f"after step {steps}, {_step_text(last[-1])}" if last else "before its first step"
    back = [event for event in world.trace.kinds("restart") if event.node == node]
    return f"{node} crashes at {crashed[0].time_ms:g} ms {after}" + (
        f", and is back at {back[0].time_ms:g} ms." if back else ", and stays down."
    )


def _step_text(step: Event) -> str:
    """In few words: ``Decision to p1``, or ``writing Prepared``."""
    name = type(step.what).__name__
    return f"writing {name}" if step.kind == "write" else f"{name} to {step.peer}"


def outcomes(world: World, names: Sequence[str]) -> str:
    """In words, how the transaction has ended at each of these participants.

    >>> outcomes(commit_world("two-phase commit", crash="c", steps=2), ["p1", "p2"])
    'p1 and p2 wait.'
    """
    found: dict[str, list[str]] = {"commit": [], "abort": [], "wait": [], "know nothing of it": []}
    for name in names:
        log = world.log(name)
        ends = [record.commit for record in log if isinstance(record, Outcome)]
        if ends:
            found["commit" if ends[-1] else "abort"].append(name)
        else:
            promised = any(isinstance(record, Prepared) for record in log)
            found["wait" if promised else "know nothing of it"].append(name)
    told = [f"{_listed(who)} {_verb(what, who)}" for what, who in found.items() if who]
    apart = " They disagree." if found["commit"] and found["abort"] else ""
    return f"{', '.join(told)}.{apart}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _verb(what: str, who: list[str]) -> str:
    if len(who) > 1:
        return what
    return "knows nothing of it" if what.startswith("know") else f"{what}s"


def _lock_text(world: World) -> str:
    held = [
        f"{spell.node} for {_lasted(spell, world.now_ms):g} ms{'' if spell.end else ' and on'}"
        for spell in sorted(locks(world), key=lambda spell: spell.node)
    ]
    return f"Keys locked: {', '.join(held)}." if held else "No key is locked."


def one_transaction() -> Panel:
    """Who crashes after which step, who votes no, and when it is back."""
    nobody = {"nobody": ""}
    controls: dict[str, Any] = {
        "protocol": choice("protocol", list(PROTOCOLS)),
        "participants": slider("participants", "", 2, 2, 4),
        "votes_no": choice("votes no", {**nobody, "p1": "p1", "p2": "p2", "p3": "p3"}, ""),
        "crash": choice("crashes", {**nobody, "coordinator c": "c", "p1": "p1", "p2": "p2"}, "c"),
        "steps": slider("after its step", "", 3, 0, 16),
        "down": slider("is down for", "ms", 350, 50, 1_000, 50),
    }
    return Panel(controls, commit_frame, "One transaction")
