"""Chapter 06: one transaction with a crash after any step, and its cost in locks, messages and forced writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dscourse.node import Node
from dscourse.protocols.atomicity import Ended, Outcome, Prepared
from dscourse.protocols.textbook.two_phase_commit import (
    ForgetfulCoordinator,
    ForgetfulParticipant,
    ImpatientParticipant,
)
from dscourse.protocols.three_phase_commit import NonblockingCoordinator
from dscourse.protocols.three_phase_participant import NonblockingParticipant
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import Prepare
from dscourse.sim import Constant, Crash, CrashDuring, Event, Link, Network, Restart, Spell, World

__all__ = [
    "END_MS",
    "PROTOCOLS",
    "commit_world",
    "fates",
    "forced_writes",
    "impatient_world",
    "lasted_ms",
    "locks",
    "longest_lock_ms",
    "messages_sent",
    "outcomes",
    "steps_of",
    "unwilling",
]

PROTOCOLS: dict[str, tuple[type[Node], type[Node]]] = {
    "two-phase commit": (Coordinator, Participant),
    "two-phase, textbook": (ForgetfulCoordinator, ForgetfulParticipant),
    "two-phase, impatient": (Coordinator, ImpatientParticipant),
    "three-phase commit": (NonblockingCoordinator, NonblockingParticipant),
}
END_MS = 1_000.0
_COORDINATOR = "c"
_DELAY_MS = 10.0


def unwilling(kind: type[Node]) -> type[Node]:
    """Return a subclass of this participant that votes no."""

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
    """Run one transfer between p1, p2, … by client u and coordinator c for 1 s; messages take 10 ms.

    The node ``crash`` crashes as soon as it has taken ``steps`` steps (messages sent and records written), and
    restarts ``down_ms`` later, if that is within the run. It does not crash if it never takes that many steps.

    >>> world = commit_world("two-phase commit", crash="c", steps=2)
    >>> longest_lock_ms(world)
    980.0
    """
    world = _transfer(protocol, participants, votes_no)
    if crash:
        world = _crash_after(world, crash, steps)
        if not world.alive(crash) and world.now_ms + down_ms < END_MS:
            world.run(until_ms=world.now_ms + down_ms).apply(Restart(crash))
    return world.run(until_ms=END_MS)


def impatient_world() -> World:
    """Return a world, not yet run, in which two participants vote, and abort when they have waited for too long.

    >>> longest_lock_ms(impatient_world().run(until_ms=END_MS))
    20.0
    """
    return _transfer("two-phase, impatient", 2)


def _transfer(protocol: str, participants: int, votes_no: str = "") -> World:
    """Return a world in which client u is about to ask coordinator c for one transfer between p1, p2, …."""
    coordinator, participant = PROTOCOLS[protocol]
    names = [f"p{n}" for n in range(1, participants + 1)]
    kinds = {name: unwilling(participant) if name == votes_no else participant for name in names}
    nodes = [TransactionClient("u", "c"), coordinator("c", names)]
    nodes += [kinds[name](name, ["c", *(n for n in names if n != name)]) for name in names]
    world = World(nodes, network=Network(Constant(_DELAY_MS), client=Link(Constant(_DELAY_MS))))
    shares = {name: {"account": 30 if n else 70} for n, name in enumerate(names)}
    return world.submit("u", [("transfer", None, shares)])


def _crash_after(world: World, node: str, steps: int) -> World:
    """Run until the node has taken this many steps, and crash it; run to the end if it never does."""
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
    """Execute the next event, and crash the node within it once it has taken this many steps in all."""
    effects = 0
    while True:
        trial = world.clone()
        trial.apply(CrashDuring(node, effects))
        trial.step()
        if len(steps_of(trial, node)) == steps:
            return trial
        effects += 1


def steps_of(world: World, node: str) -> list[Event]:
    """Return the messages that the node has sent and the records that it has written, in order."""
    return [
        event for event in world.trace if event.node == node and event.kind in ("send", "write")
    ]


def locks(world: World) -> Iterator[Spell]:
    """Yield the period in which each participant held its locks: from its yes vote to its outcome, or to the end."""
    locked: dict[str, Event] = {}
    for event in world.trace.kinds("write"):
        name = str(event.node)
        if isinstance(event.what, Prepared):
            locked[name] = event
        elif isinstance(event.what, Outcome) and name in locked:
            yield Spell(name, "locked", locked.pop(name), event)
    yield from (Spell(name, "locked", start, None) for name, start in locked.items())


def longest_lock_ms(world: World) -> float:
    """Return the longest time for which a participant held its locks, in ms; 0 if none was prepared."""
    return max((lasted_ms(spell, world.now_ms) for spell in locks(world)), default=0.0)


def lasted_ms(spell: Spell, now_ms: float) -> float:
    """Return the length of a period in ms; ``now_ms`` is the end of the run."""
    return (spell.end.time_ms if spell.end else now_ms) - spell.start.time_ms


def fates(world: World) -> Iterator[Spell]:
    """Yield the periods of `locks`, and how each participant ended: committed or aborted, from its outcome on.

    >>> [spell.text for spell in fates(commit_world("two-phase commit", votes_no="p2"))]
    ['p1 locked', 'p2 aborted', 'p1 aborted']
    """
    yield from locks(world)
    for event in world.trace.kinds("write"):
        if isinstance(event.what, Outcome) and event.node != _COORDINATOR:
            yield Spell(
                str(event.node), "committed" if event.what.commit else "aborted", event, None
            )


def forced_writes(world: World) -> int:
    """Count the records that must be on disk before the next step.

    Not among them are the coordinator's `Ended`, and under presumed abort the abort of a participant that has
    promised: without that record it is in doubt again, and the answer to its inquiry is an abort.
    """
    writes = list(world.trace.kinds("write"))
    promised = {(event.node, event.what.tx) for event in writes if isinstance(event.what, Prepared)}
    presumed = not any(
        isinstance(event.what, Outcome) and event.node == _COORDINATOR for event in writes
    )
    lazy = sum(
        isinstance(event.what, Ended)
        or (
            presumed
            and isinstance(event.what, Outcome)
            and not event.what.commit
            and (event.node, event.what.tx) in promised
        )
        for event in writes
    )
    return len(writes) - lazy


def messages_sent(world: World) -> int:
    """Count the messages between coordinator and participants, without those of the client u."""
    return sum("u" not in (event.node, event.peer) for event in world.trace.kinds("send"))


def outcomes(world: World, names: Sequence[str]) -> str:
    """Return in words how the transaction has ended at each of these participants.

    >>> outcomes(commit_world("two-phase commit", crash="c", steps=2), ["p1", "p2"])
    'p1 and p2 wait.'
    """
    fates: dict[str, list[str]] = {"commit": [], "abort": [], "wait": [], "know nothing of it": []}
    for name in names:
        log = world.log(name)
        ends = [record.commit for record in log if isinstance(record, Outcome)]
        if ends:
            fates["commit" if ends[-1] else "abort"].append(name)
        else:
            promised = any(isinstance(record, Prepared) for record in log)
            fates["wait" if promised else "know nothing of it"].append(name)
    parts = [
        f"{_listed(participants)} {_verb(fate, participants)}"
        for fate, participants in fates.items()
        if participants
    ]
    apart = " They disagree." if fates["commit"] and fates["abort"] else ""
    return f"{', '.join(parts)}.{apart}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _verb(fate: str, participants: list[str]) -> str:
    if len(participants) > 1:
        return fate
    return "knows nothing of it" if fate.startswith("know") else f"{fate}s"
