"""Judge of 08.7: a leader by majority whose storage refuses older epochs, under random fault plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.judges.leader_drills import STORAGE, drill_mistake
from dscourse.exercises.judges.leaders import draw_leaders, leadership_mistake
from dscourse.exercises.judges.voters import voting_mistake
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Message, Node, Timer
from dscourse.protocols.failover import Beat, Granted, RequestVote, Voted
from dscourse.protocols.fencing import Append, FencedStorage, Refused, accepted
from dscourse.protocols.heartbeats import BeatDue, LeaderSilent
from dscourse.show.picture import Picture
from dscourse.show.traffic import Span
from dscourse.sim import At, Budget, Crash, Fault, Network, Partition, SetLink, Uniform, World
from dscourse.sim.events import Event

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
NAMES = by_name(
    Append, Beat, BeatDue, Granted, LeaderSilent, Message, Node, Refused, RequestVote, Timer, Voted, dataclass
)  # fmt: skip

_STORAGE = "storage"
_RECOVER_MS, _SETTLED_MS, _END_MS = 1_000, 3_400, 3_800
_CALM_MS = (1_400, 2_400)
_FAULT_MS, _REPLACED_MS, _AFTER_MS = 1_200, 2_500, 2_900
_MOST_EVENTS = 20_000
_MENU = (
    "loss",
    "duplicate",
    "cut",
    "cut_both",
    "partition",
    "hold",
    "pause",
    "crash",
    "crash_during",
)
_GROUPS = (
    ("n1", "n2"),
    ("n1", "n2", "n3"),
    ("ann", "bob", "cy", "dan"),
    ("e", "d", "c", "b", "a"),
    ("n8", "n9", "n10", "n11", "n12", "n13"),
    ("Zed", "amy", "ben", "cat", "dot", "eve", "fay", "gus", "hal"),
)


def judge(leader: Any) -> Wrong | None:
    if not (isinstance(leader, type) and issubclass(leader, Node)):
        return Wrong("`Leader` must be a class derived from Node.")
    return (
        _judge_calm(leader) or _judge_votes(leader) or _judge_drills(leader) or _judge_crashed_leader(leader)
        or _judge_faults(leader)
    )  # fmt: skip


def _judge_votes(leader: Any) -> Wrong | None:
    mistake = voting_mistake(lambda name, peers: leader(name, peers, _STORAGE))
    return Wrong(mistake) if mistake else None


def _world(leader: Any, names: Sequence[str], plan: Sequence[At], until_ms: float) -> World:
    nodes = [leader(name, [peer for peer in names if peer != name], _STORAGE) for name in names]
    world = World([FencedStorage(_STORAGE), *nodes], 3, Network(Uniform(2, 12)), list(plan))
    return world.run(until_ms=until_ms, max_events=_MOST_EVENTS)


def _picture(
    world: World, names: Sequence[str], sentence: str, faults: bool = True, storage: str = _STORAGE
) -> Picture:
    shaded = [Span(0, _RECOVER_MS, "faults")] if faults else []
    return draw_leaders(world, names, storage, sentence, min(_END_MS, world.now_ms), shaded)


# --- without a fault: an election, then its costs ---------------------------------------------------


def _judge_calm(leader: Any) -> Wrong | None:
    for names in _GROUPS:
        world = _world(leader, names, [], _CALM_MS[1])
        wrong = _calm_mistake(world, names) or leadership_mistake(world, names)
        if wrong is not None:
            text = f"{len(names)} nodes, no fault: {wrong}"
            return Wrong(text, _picture(world, names, text, faults=False))
    return None


def _calm_mistake(world: World, names: Sequence[str]) -> str | None:
    start, end = _CALM_MS
    sent = [
        event
        for event in world.trace.kinds("send")
        if start < event.time_ms <= end and event.node in names
    ]
    writers = {event.node for event in sent if isinstance(event.what, Append)}
    if len(writers) != 1:
        return f"from {start:,} to {end:,} ms {_listed(writers)} to the storage; one leader should."
    if any(isinstance(event.what, RequestVote) for event in sent):
        return "a leader is up and is heard, and yet a node asks for votes: each Beat must restart its time-out."
    return _rate_mistake(sent, names, (end - start) / 1000)


def _rate_mistake(sent: Sequence[Event], names: Sequence[str], seconds: float) -> str | None:
    for kind, receivers in ((Append, 1), (Beat, len(names) - 1)):
        rate = sum(isinstance(event.what, kind) for event in sent) / seconds / receivers
        if not 18 <= rate <= 22:
            to = "the storage" if receivers == 1 and kind is Append else "each other node"
            return f"the leader sends {rate:g} {kind.__name__} messages per second to {to}: 20 are asked for."
    others = sum(not isinstance(event.what, Append | Beat) for event in sent)
    if others:
        return f"{others} further messages are sent in {seconds:g} s of nothing but heartbeats and writes."
    return None


def _listed(names: set[str | None]) -> str:
    return f"{' and '.join(sorted(filter(None, names)))} write" if names else "no node writes"


# --- news, a restart, and a long silence --------------------------------------------------------------


def _judge_drills(leader: Any) -> Wrong | None:
    wrong = drill_mistake(leader)
    if wrong is None:
        return None
    text, world = wrong
    return Wrong(text, _picture(world, ["a"], text, faults=False, storage=STORAGE))


# --- the leader stays down: another one --------------------------------------------------------------


def _judge_crashed_leader(leader: Any) -> Wrong | None:
    """Judge that a majority goes on without its first leader, and of five without another node too."""
    for names in (_GROUPS[1], _GROUPS[3]):
        calm = _world(leader, names, [], _FAULT_MS)
        first = accepted(calm.log(_STORAGE))[-1].writer
        others = [name for name in names if name != first]
        for plan in _plans_without(first, others):
            world = _world(leader, names, [At(_FAULT_MS, fault) for fault in plan], _AFTER_MS)
            wrong = leadership_mistake(world, names) or _successor_mistake(world, first)
            if wrong is not None:
                faults = " and ".join(map(repr, plan))
                text = f"{first} leads; then comes {faults}, at {_FAULT_MS:,} ms. {wrong[0].upper()}{wrong[1:]}"
                return Wrong(text, _picture(world, names, text, faults=False))
    return None


def _plans_without(first: str, others: Sequence[str]) -> list[tuple[Fault, ...]]:
    """Return faults that leave a majority of the others up and connected."""
    if len(others) > 2:
        return [(Crash(first), Crash(other)) for other in others]
    return [
        (Crash(first),),
        (Partition({first}, {*others, _STORAGE}),),
        (Partition({first}, others),),
    ]


def _successor_mistake(world: World, first: str) -> str | None:
    late = [
        event.what.writer
        for event in world.trace.of(_STORAGE).kinds("write")
        if event.time_ms > _REPLACED_MS
    ]
    if len({*late} - {first}) == 1:
        return None
    return f"from {_REPLACED_MS:,} ms on {_listed(set(late))}."


# --- random faults -----------------------------------------------------------------------------------


def _judge_faults(leader: Any) -> Wrong | None:
    for names, count in ((_GROUPS[1], 30), (_GROUPS[2], 8)):
        wrong = _hunted(leader, names, count)
        if wrong is not None:
            return wrong
    return None


def _hunted(leader: Any, names: Sequence[str], count: int) -> Wrong | None:
    def run(plan: list[At]) -> World:
        return _world(leader, names, plan, _END_MS)

    def complain(world: World) -> str | None:
        return leadership_mistake(world, names) or _progress_mistake(world)

    def draw(world: World) -> Picture:
        return _picture(world, names, complain(world) or "")

    budget = Budget(_RECOVER_MS, faults=6, timeout_ms=400, menu=_MENU)
    plans = [*random_plans([*names, _STORAGE], budget, count), *_chosen_plans(names)]
    return hunt(run, complain, plans, _RECOVER_MS, draw=draw)


def _chosen_plans(names: Sequence[str]) -> list[list[At]]:
    """Return partitions in which no side, or only one, has a majority; in the first every message comes twice."""
    twice = [At(0, SetLink(one, other, duplicate=1.0)) for one, other in permutations(names, 2)]
    half, most = len(names) // 2, len(names) - 1
    return [
        [*twice, At(0, Partition(set(names[:half]), set(names[half:])))],
        [At(700, Partition(set(names[:half]), set(names[half:])))],
        [At(0, Partition(set(names[:1]), set(names[1:most]), set(names[most:])))],
    ]


def _progress_mistake(world: World) -> str | None:
    late = [event for event in world.trace.of(_STORAGE) if event.time_ms > _SETTLED_MS]
    writers = {event.what.writer for event in late if event.kind == "write"}
    if len(writers) != 1:
        return (
            f"Everything works from {_RECOVER_MS:,} ms on; yet after {_SETTLED_MS:,} ms {_listed(writers)} to the "
            "storage, and one leader should."
        )
    return None
