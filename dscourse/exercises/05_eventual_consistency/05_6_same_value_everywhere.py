"""Judge of 05.6: a store that keeps the same value in every order of arrival."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from dscourse import checkers
from dscourse.clocks import VectorClock
from dscourse.core.dispatch import handle_message
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.experiments.eventual_consistency import carts_world
from dscourse.node import Write, take_effects
from dscourse.protocols.textbook.eventual_store import TellsOnceStore, Update, values
from dscourse.show import spacetime

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
NAMES = by_name(TellsOnceStore)

# Clocks of three writes that n1 and n2 may have made: in each row one is newer than another, and one is not.
_CLOCKS = (
    ({"n1": 1}, {"n1": 2}, {"n2": 1}),
    ({"n1": 1}, {"n2": 1}, {"n1": 2, "n2": 1}),
    ({"n2": 1}, {"n1": 1, "n2": 1}, {"n2": 2}),
    ({"n1": 1}, {"n1": 1, "n2": 1}, {"n1": 2}),
)


def _writes() -> Iterator[tuple[Update, ...]]:
    """Yield three writes to one key: every row of clocks, with the values in every arrangement."""
    for clocks, carts in itertools.product(
        _CLOCKS, itertools.permutations(("bread", "eggs", "milk"))
    ):
        yield tuple(
            Update("cart", cart, VectorClock(clock))
            for cart, clock in zip(carts, clocks, strict=True)
        )


def _stored_values(store: Any, arrivals: Sequence[Update]) -> tuple[Any, Any]:
    """Return the content of n3 after these messages, and after a crash and restart."""
    node = store("n3", ["n1", "n2"])
    log: list[object] = []
    for update in arrivals:
        handle_message(node, "n1", update)
        log += [effect.record for effect in take_effects(node) if isinstance(effect, Write)]
    again = node.fresh()
    again.on_start(log)
    return tuple(one.data["cart"].value if "cart" in one.data else None for one in (node, again))  # type: ignore[return-value]


def judge(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, TellsOnceStore)):
        return Wrong("`AgreeingStore` must be a class derived from TellsOnceStore.")
    for writes in _writes():
        wrong = _judge_pairs(store, writes) or _judge_orders(store, writes)
        if wrong is not None:
            return wrong
    world = carts_world(store, [], eggs_ms=52)
    verdict = checkers.convergent(values(world.nodes))
    if verdict.ok is not True:
        picture = spacetime(world.trace, timers=False, end_ms=120)
        return Wrong(f"Two writes that cross, and then: {verdict.reason}.", picture)
    return None


def _judge_pairs(store: Any, writes: Sequence[Update]) -> Wrong | None:
    """Judge pairs: the newer write stays, in either order of arrival, and is in the log."""
    for old, new in itertools.permutations(writes, 2):
        if not old.clock < new.clock:
            continue
        for arrivals in ((old, new), (new, old)):
            now, later = _stored_values(store, arrivals)
            if now != new.value:
                return Wrong(
                    f"{_in_words(arrivals)}: n3 keeps {now}, but {new.value} is newer: its clock is larger."
                )
            if later != now:
                return Wrong(
                    f"{_in_words(arrivals)}: n3 holds {now}, but after a crash {later}. "
                    "What it keeps must be in its log."
                )
    return None


def _judge_orders(store: Any, writes: Sequence[Update]) -> Wrong | None:
    """Judge orders: the same value stays in every order of arrival, even if one message is repeated at the end."""
    first: tuple[Any, Sequence[Update]] | None = None
    orders = list(itertools.permutations(writes))
    for arrivals in [*orders, *((*order, order[0]) for order in orders)]:
        now, _ = _stored_values(store, arrivals)
        first = first or (now, arrivals)
        if now != first[0]:
            return Wrong(
                f"{_in_words(first[1])}: n3 keeps {first[0]}. {_in_words(arrivals)}: it keeps {now}. "
                "Two replicas that hear the same in different orders differ for ever."
            )
    return None


def _in_words(arrivals: Sequence[Update]) -> str:
    return "Told of " + ", then ".join(f"{one.value} {one.clock}" for one in arrivals)
