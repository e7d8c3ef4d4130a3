"""Judge of 03.4: a repaired quorum store, tried under random fault plans."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from dscourse import checkers
from dscourse.core.verdict import Verdict
from dscourse.exercises.judges import names, registers
from dscourse.exercises.judges import register_races as races
from dscourse.exercises.judges import register_scenes as scenes
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.experiments.cap import inversion_world, storing_world
from dscourse.node import Node, cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.quorum_store_messages import Phase, Update
from dscourse.protocols.stores import StoreClient, Tag
from dscourse.show import intervals, spacetime
from dscourse.sim import At, Budget, Constant, Heal, Network, Partition, World, random_plan
from dscourse.sweep.shrinking import shrunk

__all__ = ["LINES", "NAMES", "judge"]

LINES = 5_000_000
NAMES = by_name(Phase, QuorumStore, Tag, Update)

_NODES = ("n1", "n2", "n3", "n4", "n5")
_BUDGET = Budget(horizon_ms=300, timeout_ms=100)
_PLANS = 15

_MISSED = (At(0, Partition({"n1"}, {"n2", "n3"})), At(100, Heal()))


def _missed_world(store: type[Node]) -> World:
    """Run three replicas: n1 misses two writes of c3; once it is back, c1 writes there, and c2 reads."""
    nodes = [*(StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)), *cluster(store, _NODES[:3])]
    world = World(nodes, network=Network(Constant(5)), plan=_MISSED)
    world.submit("c3", [("write", "x", 1), ("write", "x", 2)], start_ms=5)
    world.submit("c1", [("write", "x", 3)], start_ms=120)
    return world.submit("c2", [("read", "x")], start_ms=160).run(until_ms=400)


def judge(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, QuorumStore)):
        return Wrong("`RepairedStore` must be a class derived from QuorumStore.")
    calm = storing_world(store, [], 0)
    stuck = [op for op in calm.history if op.status != "ok"]
    if stuck:
        return Wrong(
            f"Without any fault, operation {stuck[0].id} ({stuck[0].describe()}) is not answered."
        )
    return (
        _judge_schedule(store)
        or _judge_missed(store)
        or next((wrong for wrong in _judge_scenes(store) if wrong), None)
        or _judge_plans(store)
    )


def _judge_scenes(store: type[Node]) -> Iterator[Wrong | None]:
    """Judge clusters of other sizes, with a minority down, and with a write that reached too few replicas."""
    tight = (races.same_moment(), scenes.falling(), races.within_a_read(), races.two_readers())
    ordinary = (
        *map(scenes.calm, (3, 7)),
        *map(scenes.minority_down, (3, 4, 5)),
        *map(scenes.ties, (3, 5)),
        scenes.split(2, 4),
    )
    inverted = tuple(races.inverted(_NODES))
    falsy = races.inverted(_NODES, value=0, key=7)
    seven = islice(races.inverted(names.AWKWARD[:7]), 0, None, 3)
    rest = (*scenes.crashing(), scenes.many_keys())
    for scene in chain(ordinary, inverted, tight, falsy, seven, rest):
        yield registers.play(store, scene)
    for r, w in ((2, 4), (4, 2)):
        sizes = {"read_quorum": r, "write_quorum": w}
        yield from (registers.play(store, scene, **sizes) for scene in inverted)
    yield from (registers.costs(store, scene, 30) for scene in (scenes.calm(5), scenes.writes(5)))


def _judge_schedule(store: type[Node]) -> Wrong | None:
    """Judge the chapter's schedule, with a second read that begins as soon as a quick first one has ended."""
    quick, slow = (inversion_world(store, second_read_ms) for second_read_ms in (47, 68))
    return _judge_run(quick, "", end_ms=150) or _judge_run(slow, "", end_ms=150)


def _judge_missed(store: type[Node]) -> Wrong | None:
    """Judge a node that has missed writes and then makes one of its own."""
    return _judge_run(_missed_world(store), f" with the plan {[*_MISSED]}", end_ms=250)


def _judge_run(world: World, condition: str, end_ms: float) -> Wrong | None:
    """Judge one run; the picture of a refuted one ends at ``end_ms``."""
    verdict = checkers.linearizable(world.history)
    if verdict.ok is not False:
        return None
    picture = spacetime(world.trace, highlight=verdict.refuting, timers=False, end_ms=end_ms)
    return Wrong(f"Not linearizable{condition}: {verdict.reason}.", picture)


def _judge_plans(store: type[Node]) -> Wrong | None:
    """Judge the store under the same random fault plans every time; shrink the first that refutes it."""
    for seed in range(_PLANS):

        def judged(plan: list[At], seed: int = seed) -> Verdict:
            return checkers.linearizable(storing_world(store, plan, seed).history)

        plan = [] if seed == 0 else random_plan(seed, _NODES, _BUDGET)
        first = judged(plan)
        if first.ok is False:
            plan, verdict = shrunk(plan, first, judged)
            history = storing_world(store, plan, seed).history
            refuting = checkers.linearizable(history).refuting
            described = f"the plan {plan}" if plan else "no fault at all"
            return Wrong(
                f"Not linearizable with {described}: {verdict.reason}.",
                intervals(history, highlight=refuting),
            )
    return None
