"""Judge of 05.6: a store that keeps the same value in every order of arrival."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from dscourse import checkers
from dscourse.clocks import VectorClock
from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.lives import PLAIN, VALUES, life_mistake, shown
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.experiments.eventual_consistency import carts_world
from dscourse.node import Write, cluster, take_effects
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.eventual_store import TellsOnceStore, Update, values
from dscourse.show import spacetime
from dscourse.sim import Constant, Network, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = by_name(TellsOnceStore)

Writes = tuple[Update, ...]

# Clocks of three writes, simple ones first: in each row but the last one is newer than another, and one is not.
_CLOCKS: tuple[tuple[dict[str, int], ...], ...] = (
    ({"n1": 1}, {"n1": 2}, {"n2": 1}),
    ({"n1": 1}, {"n2": 1}, {"n1": 2, "n2": 1}),
    ({"n2": 1}, {"n1": 1, "n2": 1}, {"n2": 2}),
    ({"n1": 1}, {"n1": 1, "n2": 1}, {"n1": 2}),
    ({"n1": 1}, {"n2": 1}, {"n4": 1}),
)
_SCALES = (1, 1, 30, 10**9)  # how often a writer has written elsewhere between two of these writes


def judge(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, TellsOnceStore)):
        return Wrong("`AgreeingStore` must be a class derived from TellsOnceStore.")
    for writes in _writes():
        wrong = _judge_pairs(store, writes) or _judge_orders(store, writes)
        if wrong is not None:
            return wrong
    wrong = _judge_keys(store) or _judge_run(store)
    if wrong is None and (mistake := life_mistake(store)):
        return Wrong(mistake)
    return wrong


@cache
def _writes() -> tuple[Writes, ...]:
    """Return sets of three or four writes to one key, with the values in several arrangements."""
    given = [
        _updates(clocks, carts) for clocks in _CLOCKS for carts in itertools.permutations(PLAIN[:3])
    ]
    beside = (
        _updates(({"n1": 1}, {"n2": 1}), pair)
        for values in VALUES
        for pair in itertools.combinations(values, 2)
    )
    random = (_drawn_clocks(Random(seed), 3 + seed % 2) for seed in range(105))
    return (
        *given,
        *beside,
        *(_updates(clocks, VALUES[n % len(VALUES)]) for n, clocks in enumerate(random)),
    )


def _updates(clocks: Sequence[dict[str, int]], carts: Sequence[Any]) -> Writes:
    return tuple(Update("cart", cart, VectorClock(clock)) for cart, clock in zip(carts, clocks))  # noqa: B905


def _drawn_clocks(draws: Random, number: int) -> list[dict[str, int]]:
    """Return clocks of some of the writes of a run in which up to three writers hear of each other now and then."""
    writers = draws.choice((("n1", "n2"), ("n1", "n2", "n4"), ("amy", "n10", "zoe")))
    known: dict[str, dict[str, int]] = {writer: {} for writer in writers}
    clocks: list[dict[str, int]] = []
    scale = draws.choice(_SCALES)
    for _ in range(number + 2):
        writer = draws.choice(writers)
        if draws.random() < 0.4:
            other = known[draws.choice(writers)]
            own = known[writer]
            known[writer] = {n: max(own.get(n, 0), other.get(n, 0)) for n in {*own, *other}}
        known[writer] = {**known[writer], writer: known[writer].get(writer, 0) + scale}
        clocks.append(known[writer])
    return draws.sample(clocks, number)


def _contents(store: Any, arrivals: Sequence[Update]) -> tuple[Any, Any]:
    """Return the contents of n3 by key, after these messages and after a crash and restart."""
    node = store("n3", ["n1", "n2", "n4"])
    log: list[object] = []
    for update in arrivals:
        handle_message(node, "n1", Update(update.key, _own_copy(update.value), update.clock))
        log += [effect.record for effect in take_effects(node) if isinstance(effect, Write)]
    again = node.fresh()
    again.on_start(log)
    return tuple({key: update.value for key, update in one.data.items()} for one in (node, again))  # type: ignore[return-value]


def _own_copy(value: Any) -> Any:
    """Return an equal text that is another object, as from a message that came over a network."""
    return "".join(list(value)) if isinstance(value, str) else value


def _judge_pairs(store: Any, writes: Writes) -> Wrong | None:
    """Judge pairs: the newer write stays, in either order of arrival, and is in the log."""
    for old, new in itertools.permutations(writes, 2):
        if not old.clock < new.clock:
            continue
        for arrivals in ((old, new), (new, old)):
            now, later = _contents(store, arrivals)
            if now.get("cart") != new.value:
                return Wrong(
                    f"{_in_words(arrivals)}: n3 keeps {shown(now.get('cart'))}, but {shown(new.value)} is newer: "
                    "its clock is larger."
                )
            if later != now:
                return _not_logged(arrivals, now, later)
    return None


def _judge_orders(store: Any, writes: Writes) -> Wrong | None:
    """Judge orders: the same value stays in every order of arrival, even if one message is repeated at the end."""
    first: tuple[Any, Sequence[Update]] | None = None
    orders = list(itertools.permutations(writes))
    for arrivals in [*orders, *((*order, order[0]) for order in orders)]:
        now, later = _contents(store, arrivals)
        first = first or (now, arrivals)
        if now != first[0]:
            return Wrong(
                f"{_in_words(first[1])}: n3 keeps {shown(first[0].get('cart'))}. {_in_words(arrivals)}: it keeps "
                f"{shown(now.get('cart'))}. Two replicas that hear the same in different orders differ for ever."
            )
        if later != now:
            return _not_logged(arrivals, now, later)
    return None


def _not_logged(arrivals: Sequence[Update], now: Any, later: Any) -> Wrong:
    return Wrong(
        f"{_in_words(arrivals)}: n3 holds {shown(now.get('cart'))}, but after a crash "
        f"{shown(later.get('cart'))}. "
        "What it keeps must be in its log."
    )


def _judge_keys(store: Any) -> Wrong | None:
    """Judge that writes to one key do not hide those to another."""
    cart = Update("cart", "milk", VectorClock({"n1": 4, "n2": 3}))
    wishes = Update("wishes", "a bike", VectorClock({"n1": 1}))
    for arrivals in ((cart, wishes), (wishes, cart)):
        now, _ = _contents(store, arrivals)
        if now != {"cart": "milk", "wishes": "a bike"}:
            return Wrong(
                f"Told of milk for the key cart and of a bike for the key wishes, n3 holds {now}. Each key has "
                "a value of its own."
            )
    return None


def _judge_run(store: Any) -> Wrong | None:
    """Judge whole runs: two writes that cross, and then three; all replicas hold the same and answer with it."""
    two = carts_world(store, [], eggs_ms=52)
    for words, world in (("Two", two), ("Three", _three_writers(store))):
        picture = spacetime(world.trace, timers=False, end_ms=120)
        verdict = checkers.convergent(values(world.nodes))
        if verdict.ok is not True:
            return Wrong(f"{words} writes that cross, and then: {verdict.reason}.", picture)
        reads = [op for op in world.history if op.f == "read"]
        kept = next(iter(values(world.nodes).values()))["cart"]
        wrong = next((op for op in reads if op.status != "ok" or op.result != kept), None)
        if wrong is not None:
            return Wrong(
                f"All replicas hold {kept}, but a read by {wrong.process} ended as {wrong.outcome()}.",
                picture,
            )
    return None


def _three_writers(store: Any) -> World:
    """Run three writes within 2 ms at three replicas, and a read at each; messages take 5 ms."""
    names = ("n1", "n2", "n3")
    nodes = [*(StoreClient(f"c{name[1]}", name) for name in names), *cluster(store, names)]
    world = World(nodes, network=Network(Constant(5)))
    for n, value in enumerate(("born", "bean", "boon")):
        world.submit(f"c{n + 1}", [("write", "cart", value), ("read", "cart")], 50 + n, 50)
    return world.run(until_ms=300)


def _in_words(arrivals: Sequence[Update]) -> str:
    return "Told of " + ", then ".join(f"{shown(one.value)} {one.clock}" for one in arrivals)
