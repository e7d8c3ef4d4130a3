"""The definitions of the models, tried on every order of a few operations: the oracles of the checkers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dscourse.checkers.specifications import ILLEGAL, Specification
from dscourse.history import History, Op

__all__ = ["is_linearizable", "is_sequential", "legal", "small_histories"]


def is_linearizable(history: History, spec: Specification) -> bool:
    """Some order of all operations that happened and some of the open ones is legal and keeps the order in time."""
    return _some_order(history, spec, lambda a, b: a.before(b))


def is_sequential(history: History, spec: Specification) -> bool:
    """Some order is legal and keeps the order of each client; an open operation comes before nothing by rule."""
    return _some_order(
        history,
        spec,
        lambda a, b: a.process == b.process and a.status == "ok" and a.invoked < b.invoked,
    )


def legal(order: Sequence[Op], spec: Specification) -> bool:
    """True if one copy for each key would have answered so."""
    states: dict[object, Any] = {}
    for op in order:
        key = op.key if spec.by_key else None
        states[key] = spec.step(states.get(key, spec.initial), op)
        if states[key] is ILLEGAL:
            return False
    return True


def _some_order(history: History, spec: Specification, first: Callable[[Op, Op], bool]) -> bool:
    """True if some order that is legal puts no operation after one that has to come after it."""
    ops = [one for op in history if (one := spec.counted(op)) is not None]

    def extends(order: list[Op]) -> bool:
        left = [op for op in ops if op not in order]
        return all(op.status != "ok" for op in left) or any(
            extends([*order, op])
            for op in left
            if not any(first(other, op) for other in left if other.status == "ok")
            and not any(first(op, other) for other in order)
            and legal([*order, op], spec)
        )

    return extends([])


Draw = Callable[
    [random.Random, int], tuple[str, object, object]
]  # operation n: what, its value, its result


def small_histories(
    seed: int, number: int, draw: Draw, ops: int = 5, keys: Sequence[object] = (None,)
) -> Iterator[History]:
    """Histories of up to ``ops`` operations by two or three clients; about one operation in six is open."""
    rng = random.Random(seed)
    for _ in range(number):
        yield _small(rng, rng.randint(2, ops), draw, keys)


def _small(rng: random.Random, size: int, draw: Draw, keys: Sequence[object]) -> History:
    """Random clients; the operations of one client follow each other, those of different ones overlap at random."""
    clients = ["a", "b", "c"][: rng.randint(2, 3)]
    free = dict.fromkeys(clients, 0)
    ops = []
    for number in range(size):
        client = rng.choice(clients)
        begin = free[client] + rng.randint(1, 4)
        end = begin + rng.randint(1, 5)
        free[client] = end
        f, value, result = draw(rng, number)
        status = rng.choices(("ok", "unknown", "pending", "fail"), (16, 2, 1, 1))[0]
        ops.append((begin, end, number, client, f, value, status, result))
    return History(_numbered(ops, rng, keys))


def _numbered(
    rows: list[tuple[Any, ...]], rng: random.Random, keys: Sequence[object]
) -> Iterator[Op]:
    """The operations with distinct indices for their events, in the order of time."""
    events = sorted(
        (moment, number, side)
        for begin, end, number, *_ in rows
        for side, moment in ((0, begin), (1, end))
    )
    index = {(number, side): position for position, (_, number, side) in enumerate(events)}
    for begin, end, number, client, f, value, status, result in rows:
        closed = status in ("ok", "fail")
        yield Op(
            number, client, f, rng.choice(keys), value, status, result if status == "ok" else None,
            index[number, 0], None if status == "pending" else index[number, 1],
            float(begin), float(end) if closed else None,
        )  # fmt: skip
