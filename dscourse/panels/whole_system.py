"""The panel of chapter 15: a store made of all the parts, in a storm, with a score card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count as numbers
from typing import Any

from dscourse.breaker import CircuitBreaker, ConsecutiveFailures
from dscourse.node import cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.placement import RackRing, Ring
from dscourse.protocols.anti_entropy import Compare, Entries
from dscourse.protocols.gossip import Beats
from dscourse.protocols.ring_client import RingClient
from dscourse.protocols.ring_store import Placed, RingStore, SloppyStore
from dscourse.protocols.textbook.ring_store import (
    NoAntiEntropyStore,
    NoHintsStore,
    NoReadRepairStore,
    NoRepairStore,
    TimestampStore,
    TrustingStore,
)
from dscourse.scores import MEASURES, Goals, Score, lost, missed, score, stale_reads, together
from dscourse.show.against import Against, against
from dscourse.show.picture import Picture
from dscourse.show.spacetime import spacetime
from dscourse.show.stacked import stacked
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.show.words import count
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    LogNormal,
    Network,
    Recover,
    Restart,
    World,
    random_plan,
)
from dscourse.sim.streams import stream

__all__ = [
    "END_MS", "GOALS", "KINDS", "NAMES", "RACKS", "RINGS", "STORM_MS", "card", "drawn_card",
    "drawn_clients", "drawn_storm", "rated", "store_frame", "store_panel", "storm", "storm_world",
    "two_clients",
]  # fmt: skip

RACKS = {"r1": ("n1", "n2"), "r2": ("n3", "n4"), "r3": ("n5", "n6")}
NAMES = tuple(name for rack in RACKS.values() for name in rack)
STORM_MS, END_MS = 1_200, 2_000
SUSPICION_MS = 250  # a node that is silent for about so long is suspected
OUTAGE_MS = 300  # when the power of a rack fails
RINGS: dict[str, Ring] = {
    "ring": Ring(NAMES, virtual_nodes=16), "ring over racks": RackRing(RACKS, virtual_nodes=16),
}  # fmt: skip
GOALS = Goals()
KINDS: dict[str, type[RingStore]] = {
    "all parts": SloppyStore,
    "strict quorums": RingStore,
    "no detector": TrustingStore,
    "no hints": NoHintsStore,
    "no read repair": NoReadRepairStore,
    "no anti-entropy": NoAntiEntropyStore,
    "no repair at all": NoRepairStore,
    "time stamps only": TimestampStore,
}


def storm(seed: int, faults: int = 8, outage_ms: int = 0) -> list[At]:
    """A fault plan of random faults in 1.2 s, each up to 600 ms long, and a rack without power; then all is well.

    More faults leave those that there were; the rack goes down at 300 ms. The seed chooses it, too.
    """
    plan: list[At] = []
    budget = Budget(STORM_MS, 1, longest_ms=600, timeout_ms=SUSPICION_MS, recover=False)
    begun = 0
    for number in numbers():
        if begun == faults:
            break
        one = random_plan(1_000 * seed + number, NAMES, budget)
        plan += one
        begun += bool(one)
    if outage_ms:
        rack = list(RACKS.values())[seed % len(RACKS)]
        plan += [At(OUTAGE_MS, Crash(name)) for name in rack]
        plan += [At(OUTAGE_MS + outage_ms, Restart(name)) for name in rack]
    return [*sorted(plan, key=lambda entry: entry.ms), At(STORM_MS, Recover())]


def storm_world(
    kind: type[RingStore] = SloppyStore,
    seed: int = 1,
    *,
    faults: int = 8,
    outage_ms: int = 0,
    replicas: int = 3,
    ring: Placed | None = None,
    timeout_ms: float = 60.0,
    attempts: int = 2,
    breakers: bool = True,
    plan: Sequence[At] | None = None,
    **settings: Any,
) -> World:
    """Six nodes in three racks, four clients at work on twelve keys, a storm, and 0.8 s of calm; run to its end.

    ``plan`` takes the place of the storm. Further settings are those of `RingStore`: ``read_quorum``,
    ``write_quorum``, ``threshold``, ``gossip_ms``, ``interval_ms`` of anti-entropy, ``patience_ms``.
    """
    placed = ring or RINGS["ring"]
    reach = len(NAMES) if issubclass(kind, SloppyStore) else replicas
    tripping = ConsecutiveFailures(2 if breakers else 1_000_000)
    breaker = CircuitBreaker(tripping, open_ms=200.0)
    clients = [
        RingClient(f"c{n}", placed, reach, attempts, timeout_ms, breaker) for n in range(1, 5)
    ]
    options: dict[str, Any] = {
        "read_quorum": 2,
        "write_quorum": 2,
        "interval_ms": 100.0,
        **settings,
    }
    group = cluster(kind, NAMES, ring=placed, replicas=replicas, **options)
    faulty = storm(seed, faults, outage_ms) if plan is None else list(plan)
    world = World([*clients, *group], seed, Network(LogNormal(4.0, 0.5)), faulty)
    for client in clients:
        world.submit(client.id, _work(seed, client.id), start_ms=20, think_ms=20)
    return world.run(until_ms=END_MS)


def _work(seed: int, client: str) -> list[tuple[Any, ...]]:
    """Thirty operations, half of them writes, of keys of which some are much in demand."""
    draws = stream(seed, "work", client)
    work: list[tuple[Any, ...]] = []
    for number in range(30):
        key = f"cart {int(12 * draws.random() ** 2)}"
        writes = draws.random() < 0.5
        work.append(("write", key, f"{client}.{number}") if writes else ("read", key))
    return work


@cache
def card(kind: Any = SloppyStore, seed: int = 1, **settings: Any) -> Score:
    """The score of `storm_world` with these settings."""
    return score(storm_world(kind, seed, **settings), STORM_MS)


def rated(kind: Any = SloppyStore, seeds: Sequence[int] = range(1, 7), **settings: Any) -> Score:
    """The score over several storms."""
    return together(card(kind, seed, **settings) for seed in seeds)


def two_clients(
    plan: Sequence[At] = (),
    kind: type[RingStore] = SloppyStore,
    later: Sequence[tuple[Any, ...]] = (("read", "x"),),
) -> World:
    """Four nodes in the same order for every key, N = 3, R = W = 2: c1 writes x at 500 ms, c2 goes on at 700 ms.

    Messages take 2 ms; a client waits 40 ms for an answer, and tries each of the nodes. Run for 1.5 s.
    """
    names = ("n1", "n2", "n3", "n4")
    order = _InOrder(names)
    reach = len(names) if issubclass(kind, SloppyStore) else 3
    clients = [RingClient(name, order, reach, attempts=4, timeout_ms=40.0) for name in ("c1", "c2")]
    group = cluster(kind, names, ring=order, read_quorum=2, write_quorum=2)
    world = World([*clients, *group], 1, Network(Constant(2)), list(plan))
    world.submit("c1", [("write", "x", "milk")], start_ms=500)
    world.submit("c2", list(later), start_ms=700, think_ms=40)
    return world.run(until_ms=1_500)


@dataclass(frozen=True, slots=True)
class _InOrder:
    """A placement in which the nodes have one order for all keys."""

    names: tuple[str, ...]

    def preference(self, key: Any, count: int) -> tuple[str, ...]:
        return self.names[:count]


# --- pictures ------------------------------------------------------------------------------------


def drawn_card(found: Score, goals: Goals = GOALS) -> Picture:
    """The score card against the goals."""
    rows = {
        words: Against(
            getattr(found, name), getattr(goals, name), found.told(name), _goal_told(goals, name)
        )
        for name, words in MEASURES.items()
    }
    return against(rows, sentence=_verdict(found, goals))


def _goal_told(goals: Goals, name: str) -> str:
    """A goal as the card writes it."""
    as_score = Score(0, **{measure: getattr(goals, measure) for measure in MEASURES})
    return as_score.told(name)


def _verdict(found: Score, goals: Goals) -> str:
    over = missed(found, goals)
    judged = f"Missed: {', '.join(over)}." if over else "All goals are met."
    return f"{count(found.operations, 'operation')}: {found}. {judged}"


def drawn_storm(world: World, goals: Goals = GOALS) -> Picture:
    """The card of the storm's run; below it when each node was down or paused, and clients without an answer."""
    found = score(world, STORM_MS)
    sentence = _verdict(found, goals)
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
    return stacked(drawn_card(found, goals), times, sentence=sentence)


def drawn_clients(world: World, start_ms: float = 490, end_ms: float = 800) -> Picture:
    """What clients and nodes said to each other about keys: without gossip, comparisons and timers."""
    chatter = (Beats, Compare, Entries)
    trace = world.trace.where(lambda event: not isinstance(event.what, chatter))
    marked = {*lost(world.history, world), *stale_reads(world.history, _logs(world))}
    return spacetime(
        trace, timers=False, start_ms=start_ms, end_ms=end_ms, highlight=sorted(marked)
    )


def _logs(world: World) -> dict[str, tuple[object, ...]]:
    return {name: world.log(name) for name in world.nodes}


_BEGINS = {"crash": "down", "pause": "paused"}
_ENDS = {"restart": "down", "resume": "paused"}


def _spells(world: World, name: str) -> list[Span]:
    """When the node was down, and when it was paused."""
    since: dict[str, float] = {}
    found: list[Span] = []
    for event in world.trace.kinds(*_BEGINS, *_ENDS):
        if event.node != name:
            continue
        if event.kind in _BEGINS:
            since.setdefault(_BEGINS[event.kind], event.time_ms)
        elif _ENDS[event.kind] in since:
            found.append(Span(since.pop(_ENDS[event.kind]), event.time_ms, _ENDS[event.kind]))
    return found


# --- the panel -----------------------------------------------------------------------------------


def store_frame(
    store: str, placement: str, replicas: int, read_quorum: int, write_quorum: int, attempts: int,
    timeout: int, faults: int, outage: int, seed: int,
) -> Frame:  # fmt: skip
    """The score card of a storm, above what the storm did."""
    if max(read_quorum, write_quorum) > replicas:
        raise ValueError(f"R and W are at most N, and a key has only {count(replicas, 'home')}.")
    world = storm_world(
        KINDS[store], seed, faults=faults, outage_ms=outage, replicas=replicas, ring=RINGS[placement],
        read_quorum=read_quorum, write_quorum=write_quorum, attempts=attempts, timeout_ms=float(timeout),
    )  # fmt: skip
    return Frame.of(drawn_storm(world))


def store_panel() -> Panel:
    """The parts of the store, N, R and W, what its clients do, and the storm."""
    controls: dict[str, Any] = {
        "store": choice("store", list(KINDS)),
        "placement": choice("placement", list(RINGS)),
        "replicas": slider("N", "homes a key", 3, 1, len(NAMES)),
        "read_quorum": slider("R", "answers", 2, 1, len(NAMES)),
        "write_quorum": slider("W", "answers", 2, 1, len(NAMES)),
        "attempts": slider("attempts", "", 2, 1, 4),
        "timeout": slider("client waits", "ms", 60, 20, 120, 10),
        "faults": slider("faults", "", 8, 0, 20),
        "outage": slider("rack down", "ms", 400, 0, 800, 100),
        "seed": slider("storm", "", 1, 1, 20),
    }
    return Panel(controls, store_frame, "A store in a storm")
