"""The predictions of chapter 05, and its exercises: a fan-out, a merge, hashes that differ, a fault plan."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from dscourse import checkers, sim
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.eventual_consistency import spread
from dscourse.node import Node, cluster
from dscourse.protocols.eventual_store import ContextClient
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.eventual_store import TellsOnceStore, values
from dscourse.replication.merkle import MerkleTree, bucket_of
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Recover,
    Restart,
    Uniform,
    World,
)

__all__ = ["EXERCISES", "PREDICTIONS", "carts_world", "once_world", "shopping_world"]

PREDICTIONS = (
    Prediction(
        "05.1",
        "Two people put something into the same cart while their replicas cannot reach each other: milk at n1, eggs at n2. Then "
        "the network heals, and everybody stops writing. What will the two replicas hold in the end?",
        {
            "A": ("both the later write: its clock is larger",
                  "The two writes do not know of each other, so neither clock is larger than the other."),
            "B": ("n1 milk, and n2 eggs, for ever",
                  "This is so. The messages were lost and nobody sends them again; and even if they arrived, each would keep its own."),
            "C": ("both milk and eggs, as soon as messages get through",
                  "Each update is sent once, and then nobody knows any more that somebody has missed it."),
            "D": ("it depends on which message arrives first after the network has healed",
                  "No message arrives: what was sent during the partition is lost, and nothing is sent after it."),
        },
        "B",
    ),
    Prediction(
        "05.2",
        "A replica is down while an item is deleted from a cart on the two others, which simply drop the key. An hour later it "
        "comes back, with its old data, and the replicas compare what they hold. What happens to the item?",
        {
            "A": ("it stays deleted: two of three replicas agree on that",
                  "Replicas do not vote. One has a key that the others lack, and that looks like a write that they missed."),
            "B": ("it stays deleted: the delete is newer than the write",
                  "Where the key was dropped, nothing is left that could be newer."),
            "C": ("it comes back on all three",
                  "This is so: a replica that lacks a key and one that deleted it look the same."),
            "D": ("the returning replica holds it, the other two do not, and it stays so",
                  "They compare, and hand over what the other side lacks."),
        },
        "C",
    ),
)  # fmt: skip

_NAMES = ("n1", "n2", "n3")


def carts_world(
    store: type[Node], plan: list[At] | None = None, eggs_ms: float = 60, **settings: Any
) -> World:
    """Three replicas and two clients: milk is written at n1 at 50 ms, eggs at n2 at 60 ms; both read 200 ms later.

    Without a plan n1 is cut off from 20 to 200 ms. Messages take 5 ms.

    >>> [op.result for op in carts_world(TellsOnceStore).history.ok if op.f == "read"]
    ['milk', 'eggs']
    """
    apart = [At(20, Partition({"n1"}, {"n2", "n3"})), At(200, Heal())]
    client = StoreClient if issubclass(store, TellsOnceStore) else ContextClient
    nodes = [client("c1", "n1"), client("c2", "n2"), *cluster(store, _NAMES, **settings)]
    world = World(nodes, network=Network(Constant(5)), plan=apart if plan is None else plan)
    world.submit("c1", [("write", "cart", "milk"), ("read", "cart")], start_ms=50, think_ms=200)
    world.submit(
        "c2", [("write", "cart", "eggs"), ("read", "cart")], start_ms=eggs_ms, think_ms=200
    )
    return world.run(until_ms=600)


def shopping_world(store: type[Node], plan: list[At]) -> World:
    """Three replicas under the plan, four clients with eight operations each on two keys; at 600 ms all recovers.

    >>> from dscourse.protocols.eventual_store import EventualStore
    >>> len(shopping_world(EventualStore, []).history.ok)
    32
    """
    clients = [ContextClient(f"c{n}", f"n{min(n, 3)}") for n in (1, 2, 3, 4)]
    world = World([*clients, *cluster(store, _NAMES)], 1, Network(Uniform(2, 12)), plan)
    for n, client in enumerate(clients):
        work = [("write", "xy"[i % 2], 10 * n + i) if i % 3 else ("read", "x") for i in range(8)]
        world.submit(client.id, work, start_ms=10 + 7 * n, think_ms=20)
    world.run(until_ms=600).apply(Recover(*_NAMES))
    return world.run(until_ms=1_200)


def once_world(plan: list[At]) -> World:
    """Exercise 05.7: the textbook store, and one write alone, at n1 at 50 ms.

    >>> values(once_world([]).nodes)["n3"]
    {'cart': 'milk'}
    """
    nodes = [StoreClient("c1", "n1"), *cluster(TellsOnceStore, _NAMES)]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    return world.submit("c1", [("write", "cart", "milk")], start_ms=50).run(until_ms=1_000)


# --- 05.3: a fan-out -----------------------------------------------------------------------------

_NODES, _ROUNDS, _LOSS = 500, 8, 0.1


def _judge_fan_out(fan_out: Any) -> Wrong | None:
    if type(fan_out) is not int or not 1 <= fan_out <= 50:
        return Wrong(f"`fan_out` must be a whole number from 1 to 50, not {fan_out!r}.")
    late = _share_late(fan_out)
    if late > 0.05:
        return Wrong(
            f"With a fan-out of {fan_out}, {late:.0%} of the runs need more than {_ROUNDS} rounds."
        )
    if fan_out > 1 and _share_late(fan_out - 1) <= 0.05:
        messages = spread(_NODES, fan_out, _LOSS, 20)[:, :-1].sum(axis=1).mean() * fan_out
        return Wrong(
            f"That is fast enough, at about {messages:,.0f} messages. A smaller fan-out does it with fewer."
        )
    return None


def _share_late(fan_out: int) -> float:
    """The share of 100 runs that need more than the rounds allowed."""
    counts = spread(_NODES, fan_out, _LOSS, 100, seed=3)
    return float(((counts < _NODES).sum(axis=1) > _ROUNDS).mean())


# --- 05.4: a merge that converges ----------------------------------------------------------------

_CARTS: tuple[dict[str, int], ...] = (
    {},
    {"milk": 1},
    {"milk": 2},
    {"eggs": 1},
    {"milk": 1, "eggs": 3},
)


def _judge_merge(merge: Any) -> Wrong | None:
    for a, b in itertools.product(_CARTS, repeat=2):
        got = merge(dict(a), dict(b))
        if not isinstance(got, dict):
            return Wrong(f"merge({a}, {b}) must return a dictionary, not {got!r}.")
        for item in sorted({*a, *b}):
            if got.get(item, 0) < max(a.get(item, 0), b.get(item, 0)):
                return Wrong(
                    f"merge({a}, {b}) gives {got}: some {item} that a customer put in is lost."
                )
        if set(got) - {*a, *b}:
            return Wrong(f"merge({a}, {b}) gives {got}: nobody put that in.")
        other = merge(dict(b), dict(a))
        if got != other:
            return Wrong(
                f"Not commutative: merge({a}, {b}) gives {got}, the other way round {other}. Two replicas diverge."
            )
    for a in _CARTS:
        if merge(dict(a), dict(a)) != a:
            return Wrong(
                f"Not idempotent: merge({a}, {a}) gives {merge(dict(a), dict(a))}. A message that comes twice changes it."
            )
    for a, b, c in itertools.product(_CARTS, repeat=3):
        left, right = (
            merge(merge(dict(a), dict(b)), dict(c)),
            merge(dict(a), merge(dict(b), dict(c))),
        )
        if left != right:
            return Wrong(
                f"Not associative for {a}, {b}, {c}: {left} or {right}, as replicas happen to meet."
            )
    return None


# --- 05.5: where two Merkle trees differ ----------------------------------------------------------


def _judge_differing(differing: Any) -> Wrong | None:
    ours = {f"k{n}": n for n in range(40)}
    for changed in (
        {},
        {"k3": -1},
        {"k3": -1, "k17": 9},
        {f"k{n}": 0 for n in range(1, 40, 2)},
        {"new": 1},
    ):
        trees = MerkleTree.of(ours, 4).levels, MerkleTree.of({**ours, **changed}, 4).levels
        wanted = sorted({bucket_of(key, 4) for key in changed if ours.get(key) != changed[key]})
        asked = _Asked(trees[1])
        got = differing(trees[0], asked)
        if not isinstance(got, list):
            return Wrong(f"differing must return a list of buckets, not {got!r}.")
        if sorted(got) != wanted:
            return Wrong(
                f"With {len(changed)} keys changed the buckets {wanted} differ, but you found {got}."
            )
        most = 1 + 2 * sum(len({place >> (4 - level) for place in wanted}) for level in range(4))
        if asked.count > most:
            return Wrong(
                f"You asked for {asked.count} hashes where {most} are enough: children of equal nodes are equal."
            )
    return None


class _Asked:
    """The other side's tree: calling it with a level and a place gives the hash, and counts."""

    def __init__(self, levels: tuple[tuple[bytes, ...], ...]) -> None:
        self._levels, self.count = levels, 0

    def __call__(self, level: int, place: int) -> bytes:
        self.count += 1
        return self._levels[level][place]


# --- 05.7: a plan that makes the textbook store diverge -------------------------------------------

_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover)


def _judge_plan(plan: Any) -> Wrong | None:
    wrong = plans.check(plan, _FAULTS, ("c1", *_NAMES), "[sim.At(20, sim.Cut('n1', 'n2'))]")
    if wrong is not None:
        return wrong
    world = once_world(plan)
    if not all(world.alive(name) for name in _NAMES):
        return Wrong(
            "A replica is down at the end. That it lacks the write then is no fault of the store."
        )
    if any(world.link(a, b).cut for a in _NAMES for b in _NAMES if a != b):
        return Wrong("A link is still cut at the end: no store can make up for that. Heal it.")
    if not any(op.status == "ok" for op in world.history):
        return Wrong("The client got no answer, so nobody was promised anything.")
    verdict = checkers.convergent(values(world.nodes))
    if verdict.ok:
        return Wrong(
            "All three replicas hold the same.", spacetime(world.trace, timers=False, end_ms=150)
        )
    return None


_NAMES_TO_USE: Mapping[str, Any] = {
    "sim": sim, "At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Recover": Recover, "Restart": Restart,
}  # fmt: skip

EXERCISES = (
    Exercise(
        id="05.3",
        title="Tweak: a fan-out",
        name="fan_out",
        stub="fan_out = None\n",
        solution="fan_out = 4\n",
        reasoning="Theory gives log n to the base 1 + f, plus ln n / f, for f messages of each node that arrive: 500 nodes and a "
        "fan-out of 2 need about 9.5 rounds with 10 % loss, 3 about 7.0, 4 about 5.8. That is about the middle: with 3, one run in six "
        "needs more than eight. What takes long is not the start, in which the number of those who know it grows by a "
        "factor, but the last few nodes, who have to be hit by chance.",
        hints=(
            "Move the panel: 500 nodes, 10 % loss. With which fan-out is even the slowest of the runs done after eight rounds?",
            "A larger fan-out costs more messages, because all go on telling until the last one knows.",
        ),
        judge=_judge_fan_out,
        praise="The smallest that is fast enough: one less misses the time, one more sends more for nothing.",
    ),
    Exercise(
        id="05.4",
        title="Fill in: a merge that converges",
        name="merge",
        stub="def merge(a, b):\n    return {}\n",
        solution="def merge(a, b):\n    return {item: max(a.get(item, 0), b.get(item, 0)) for item in {*a, *b}}\n",
        reasoning="The maximum is commutative, associative and idempotent, so replicas that have merged the same carts hold the "
        'same, whatever came first and however often. A sum counts what comes twice again; "mine" or "theirs" depends on who '
        "asks. The price: nothing can be taken out of such a cart. Chapter 11 mends that.",
        hints=(
            "Three laws: merge(a, b) == merge(b, a), merge(a, a) == a, and the grouping of three must not matter.",
            "For each item in either cart: which function of two numbers is at least as large as both, and gives n for n and n?",
        ),
        judge=_judge_merge,
        praise="Commutative, associative, idempotent, and nothing that was put in is lost.",
    ),
    Exercise(
        id="05.5",
        title="Fill in: where two trees differ",
        name="differing",
        stub="def differing(ours, theirs):\n    return []\n",
        solution="def differing(ours, theirs):\n"
        "    places = [0]\n"
        "    for level in range(len(ours)):\n"
        "        places = [p for p in places if ours[level][p] != theirs(level, p)]\n"
        "        if level + 1 < len(ours):\n"
        "            places = [child for p in places for child in (2 * p, 2 * p + 1)]\n"
        "    return places\n",
        reasoning="Start at the root and go down only where the hashes differ: below two equal hashes all is equal. Of 16 buckets "
        "with one key changed this asks for 1 + 2 · 4 hashes, of a million buckets for 1 + 2 · 20.",
        hints=(
            "Begin with the places [0] of level 0. Keep those whose hashes differ.",
            "The children of place p are 2 * p and 2 * p + 1, one level further down.",
        ),
        judge=_judge_differing,
        praise="It found the buckets, and asked for no hash below two that were equal.",
    ),
    Exercise(
        id="05.7",
        title="Break: one lost message",
        name="plan",
        stub="plan = []\n",
        solution='plan = [sim.At(40, sim.Cut("n1", "n3")), sim.At(100, sim.Heal())]\n',
        reasoning="The update to n3 is sent at 50 ms, while the link is cut. n1 forgets it as soon as it is sent, and nobody "
        "compares. So n3 lacks it for ever, although every link and every node works.",
        hints=(
            "The client writes at 50 ms, and the update is under way for 5 ms.",
            "The message to one replica must be lost, and nothing else: cut one link in time, and heal it when the update is gone.",
        ),
        judge=_judge_plan,
        praise="Everything works again, the write was acknowledged, and the replicas differ for ever.",
        names=_NAMES_TO_USE,
    ),
)
