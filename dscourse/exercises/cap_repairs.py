"""The exercise of chapter 03 that is tried under many fault plans: a quorum store to repair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse import checkers, sweep
from dscourse.core.verdict import Verdict
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.node import Node, cluster
from dscourse.protocols.quorum_store import Phase, QuorumStore, Update
from dscourse.protocols.stores import StoreClient, Tag
from dscourse.protocols.textbook.quorum_store import TrustingClient
from dscourse.show import intervals, spacetime
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Cut,
    Exponential,
    Heal,
    Network,
    Partition,
    World,
    random_plan,
)
from dscourse.sim.streams import stream

__all__ = ["EXERCISES", "INVERSION", "PREDICTIONS", "inversion_world", "storing_world"]

PREDICTIONS: tuple[Prediction, ...] = ()

_NAMES = ("n1", "n2", "n3", "n4", "n5")
_BUDGET = Budget(horizon_ms=300, timeout_ms=100)
_PLANS = 60

INVERSION = (
    At(15, Cut("n1", "n2")), At(15, Cut("n1", "n3")), At(15, Cut("n2", "n3")),
    At(25, Heal("n1", "n2")), At(40, Heal("n2", "n3")), At(200, Heal()),
)  # fmt: skip


def inversion_world(store: type[Node], second_read_ms: float = 68) -> World:
    """Three replicas, messages of 10 ms: a write that n1 alone holds for a while, a read at n2, and one at n3 after it.

    >>> [op.result for op in inversion_world(QuorumStore).history]
    [None, 1, 1]
    """
    nodes = [*(StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)), *cluster(store, _NAMES[:3])]
    world = World(nodes, network=Network(Constant(10)), plan=INVERSION)
    world.submit("c1", [("write", "x", 1)], start_ms=0)
    world.submit("c2", [("read", "x")], start_ms=26)
    return world.submit("c3", [("read", "x")], start_ms=second_read_ms).run(until_ms=400)


_MISSED = (At(0, Partition({"n1"}, {"n2", "n3"})), At(100, Heal()))


def _missed_world(store: type[Node]) -> World:
    """Three replicas: n1 misses two writes of c3; once it is back, c1 writes there, and c2 reads."""
    nodes = [*(StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)), *cluster(store, _NAMES[:3])]
    world = World(nodes, network=Network(Constant(5)), plan=_MISSED)
    world.submit("c3", [("write", "x", 1), ("write", "x", 2)], start_ms=5)
    world.submit("c1", [("write", "x", 3)], start_ms=120)
    return world.submit("c2", [("read", "x")], start_ms=160).run(until_ms=400)


def storing_world(store: type[Node], plan: list[At], seed: int = 1) -> World:
    """Five replicas under the plan, each with a client that makes six operations on one key.

    >>> len(storing_world(QuorumStore, []).history.ok)
    30
    """
    clients = [TrustingClient(f"c{name[1:]}", name) for name in _NAMES]
    world = World([*clients, *cluster(store, _NAMES)], seed, Network(Exponential(8, 1)), plan)
    for place, client in enumerate(clients):
        draws = stream(seed, "work", client.id)
        ops = [
            ("read", "x") if draws.random() < 0.6 else ("write", "x", 100 * place + n)
            for n in range(6)
        ]
        world.submit(client.id, ops, start_ms=10 + 7 * place, think_ms=10)
    return world.run(until_ms=1_500, max_events=50_000)


def _judge_store(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, QuorumStore)):
        return Wrong("`RepairedStore` must be a class derived from QuorumStore.")
    calm = storing_world(store, [], 0)
    stuck = [op for op in calm.history if op.status != "ok"]
    if stuck:
        return Wrong(
            f"Without any fault, operation {stuck[0].id} ({stuck[0].describe()}) is not answered."
        )
    return _judge_schedule(store) or _judge_missed(store) or _judge_plans(store)


def _judge_schedule(store: type[Node]) -> Wrong | None:
    """The schedule of the chapter, with a second read that begins as soon as a quick first one has ended."""
    for second_read_ms in (47, 68):
        world = inversion_world(store, second_read_ms)
        verdict = checkers.linearizable(world.history)
        if verdict.ok is False:
            picture = spacetime(world.trace, highlight=verdict.refuting, timers=False, end_ms=150)
            return Wrong(f"Not linearizable: {verdict.reason}.", picture)
    return None


def _judge_missed(store: type[Node]) -> Wrong | None:
    """A node that has missed writes makes one of its own."""
    world = _missed_world(store)
    verdict = checkers.linearizable(world.history)
    if verdict.ok is False:
        picture = spacetime(world.trace, highlight=verdict.refuting, timers=False, end_ms=250)
        return Wrong(f"Not linearizable with the plan {[*_MISSED]}: {verdict.reason}.", picture)
    return None


def _judge_plans(store: type[Node]) -> Wrong | None:
    """The same random fault plans every time; the first that refutes the store, made small."""
    for seed in range(_PLANS):

        def judged(plan: list[At], seed: int = seed) -> Verdict:
            return checkers.linearizable(storing_world(store, plan, seed).history)

        plan = [] if seed == 0 else random_plan(seed, _NAMES, _BUDGET)
        if judged(plan).ok is False:
            plan, verdict = sweep.shrink(plan, judged)
            history = storing_world(store, plan, seed).history
            refuting = checkers.linearizable(history).refuting
            told = f"the plan {plan}" if plan else "no fault at all"
            return Wrong(
                f"Not linearizable with {told}: {verdict.reason}.",
                intervals(history, highlight=refuting),
            )
    return None


_NAMES_TO_USE: Mapping[str, Any] = {
    "Phase": Phase, "QuorumStore": QuorumStore, "Tag": Tag, "Update": Update,
}  # fmt: skip

_STUB = """class RepairedStore(QuorumStore):
    def queried(self, phase):
        request, newest = phase.request, phase.newest
        if request.f == "read":
            self.end(phase, newest.value)
            return
        own = self.stored.get(request.key)
        tag = Tag(own.tag.counter + 1 if own else 1, request.op)
        update = Update(request.op, request.key, tag, request.value)
        self.begin(Phase(phase.client, request, update))
"""

_SOLUTION = """class RepairedStore(QuorumStore):
    def queried(self, phase):
        request, newest = phase.request, phase.newest
        if request.f == "read":
            tag, value = newest.tag, newest.value
        else:
            tag, value = Tag(newest.tag.counter + 1, request.op), request.value
        update = Update(request.op, request.key, tag, value)
        self.begin(Phase(phase.client, request, update))
"""

EXERCISES = (
    Exercise(
        id="03.4",
        title="Repair: two flaws in a quorum store",
        name="RepairedStore",
        stub=_STUB,
        solution=_SOLUTION,
        reasoning="The tag of a write must be larger than that of every write that has ended, and this node's own copy may have "
        "missed some. The largest tag among the answers of a read quorum has not. And a read must not return a value that a "
        "later read may miss: it stores the value at a write quorum first, under the tag that the value has. With a new tag "
        "it would undo writes that came in between.",
        hints=(
            "A write that has ended is at W replicas, but is it at this one? Where do you learn of the newest tag?",
            "Before a read returns, a write quorum must hold what it returns. Begin a second phase for it, as for a write, "
            "with the tag that came with the value.",
        ),
        judge=_judge_store,
        praise=f"It held under the schedule of the chapter, after missed writes, and under {_PLANS - 1} random fault plans.",
        names=_NAMES_TO_USE,
        lines=5_000_000,
    ),
)
