"""Is a history linearizable: does each operation seem to happen at one moment between its beginning and end?"""

from __future__ import annotations

from collections.abc import Callable

from dscourse.checkers.explain import Refutation, stuck
from dscourse.checkers.fast_search import FastSearch
from dscourse.checkers.models import Model, Register, model_of
from dscourse.checkers.parts import merged, parts
from dscourse.checkers.search import search
from dscourse.checkers.verdict import Verdict, judged, name, tells, unjudgeable
from dscourse.checkers.zones import by_zones
from dscourse.history import History, Op

__all__ = ["linearizable", "linearizable_by_search"]

# Each part's order, or what refutes one of them, or None if the budget was used up; and how many states it took.
_Found = tuple[list[tuple[int, ...]] | Refutation | None, int]

BUDGET = 1_000_000
_FIRST = 1_000  # states that each part may look at in the first round


def linearizable(history: History, model: Model | None = None, budget: int = BUDGET) -> Verdict:
    """Whether one copy, used by one client at a time, could have given these results in an order that time allows.

    Without a ``model`` it is found from the operations (`model_of`). Keys are judged one by one. Registers whose
    written values are all different are judged in O(n log n); the others by search, which gives up after ``budget``
    states. An operation of unknown outcome may have happened at any time after it began, or never; a failed one did
    not happen. A history that cannot be judged gives a verdict of None and says why.

    >>> first = Op(0, "a", "write", "x", 1, "ok", None, 0, 1, 0.0, 5.0)
    >>> second = Op(1, "a", "write", "x", 2, "ok", None, 2, 3, 6.0, 9.0)
    >>> read = Op(2, "b", "read", "x", None, "ok", 1, 4, 5, 21.0, 22.0)
    >>> print(linearizable(History([first, second, read])).reason)
    r2 returned 1 although w1 had finished 12 ms before r2 began, and w1 began after w0 had finished
    """
    return _judge(history, model, budget, _orders)


def linearizable_by_search(
    history: History, model: Model | None = None, budget: int = BUDGET
) -> Verdict:
    """What `linearizable` says, found by the plain `search` of each key. It names only where the search got stuck.

    >>> write = Op(0, "a", "write", "x", 1, "ok", None, 0, 2)
    >>> linearizable_by_search(History([write, Op(1, "b", "read", "x", None, "ok", 2, 1, 3)])).refuting
    (1,)
    """
    return _judge(history, model, budget, _orders_by_search)


def _judge(
    history: History,
    model: Model | None,
    budget: int,
    orders: Callable[[list[list[Op]], Model, int], _Found],
) -> Verdict:
    """The verdict of one of the two ways to find orders."""
    reason = unjudgeable(history)
    if reason:
        return Verdict("linearizable", None, reason, vacuous=not any(map(tells, history)))
    try:
        model = model or model_of(history)
        found, states = orders(parts(history, model), model, budget)
    except ValueError as error:  # an operation that the model does not have
        return Verdict("linearizable", None, str(error))
    rests_on = judged(history)
    if found is None:
        reason = f"gave up after {states:,} states"
        return Verdict("linearizable", None, reason, judged=rests_on)
    if isinstance(found, Refutation):
        return Verdict("linearizable", False, found.reason, (), found.refuting, rests_on, states)
    witness = found[0] if len(found) == 1 else merged(found, {op.id: op for op in history})
    return Verdict("linearizable", True, "", witness, (), rests_on, states)


def _orders_by_search(every: list[list[Op]], model: Model, budget: int) -> _Found:
    """Each part's order by plain search, one part after the other."""
    orders: list[tuple[int, ...]] = []
    states = 0
    for ops in every:
        found = search(ops, model, budget - states)
        states += found.states
        if found.stuck is not None:
            return Refutation(
                f"no order gets past the end of {name(found.stuck)}", (found.stuck.id,)
            ), states
        if found.order is None:
            return None, states
        orders.append(found.order)
    return orders, states


def _orders(every: list[list[Op]], model: Model, budget: int) -> _Found:
    """Each part's order by zones where they apply; what is left in rounds, so that one bad key ends the search."""
    orders: list[tuple[int, ...]] = []
    left = []
    for ops in every:
        found = by_zones(ops) if isinstance(model, Register) else None
        if isinstance(found, Refutation):
            return found, 0
        if found is None:
            left.append(ops)
        else:
            orders.append(found)
    more, states = _in_rounds(left, model, budget)
    return (orders + more if isinstance(more, list) else more), states


def _in_rounds(every: list[list[Op]], model: Model, budget: int) -> _Found:
    """The orders of all parts; each round lets those that are not finished look at twice as many states."""
    searches = [(ops, FastSearch(ops, model)) for ops in every]
    orders: list[tuple[int, ...]] = []
    waiting, share = searches, _FIRST
    while waiting:
        unfinished = []
        for ops, fast in waiting:
            spent = sum(len(one.tried) for _, one in searches)
            if spent >= budget:
                return None, spent
            found = fast.run(min(share, budget - spent))
            if found.stuck is not None:
                return stuck(ops, model), spent + found.states
            if found.order is None:
                unfinished.append((ops, fast))
            else:
                orders.append(found.order)
        waiting, share = unfinished, 2 * share
    return orders, sum(len(one.tried) for _, one in searches)
