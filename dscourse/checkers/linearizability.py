"""Linearizability: each operation appears to take effect at one moment between its beginning and its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dscourse.checkers.evidence import as_specification, evidence, guarded, judged, nothing
from dscourse.checkers.explain import REGISTERS, stuck
from dscourse.checkers.fast_search import FastSearch
from dscourse.checkers.growth import by_growth, conflict, grows
from dscourse.checkers.linearize import linearize
from dscourse.checkers.parts import Legal, SearchResult, merged, parts
from dscourse.checkers.pieces import by_pieces
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.specification import Specification, unchanged
from dscourse.checkers.specifications import KeyValue, Set, specification_of
from dscourse.checkers.verdict import Verdict, name
from dscourse.checkers.zones import by_zones
from dscourse.core.wording import count
from dscourse.history import History, Op

__all__ = ["linearizable", "linearizable_by_search"]

Explain = Callable[[], Refutation]
# Each part's order, or the explanation why one has none, or None if the budget was used up; and the number of states.
_Orders = tuple[list[Legal] | Explain | None, int]

BUDGET = 1_000_000
_FIRST = 1_000  # states that each part may look at in the first round


def linearizable(
    history: History, spec: Specification | None = None, budget: int = BUDGET
) -> Verdict:
    """Judge whether one copy, used by one client at a time, could have given these results in real-time order.

    Without a ``spec`` it is found from the operations (`specification_of`). Keys are judged one by one. Registers
    whose written values are all different, texts of pieces none of which is the beginning of another, and sets that
    only grow are judged in O(n log n); the others by search, which gives up after ``budget`` states. An operation of
    unknown outcome may have happened at any time after it began, or never; a failed one did not happen. A history
    that cannot be judged gives a verdict of None and says why. Values are compared as `dscourse.core.equality` says.

    >>> first = Op(0, "a", "write", "x", 1, "ok", None, 0, 1, 0.0, 5.0)
    >>> second = Op(1, "a", "write", "x", 2, "ok", None, 2, 3, 6.0, 9.0)
    >>> read = Op(2, "b", "read", "x", None, "ok", 1, 4, 5, 21.0, 22.0)
    >>> print(linearizable(History([first, second, read])).reason)
    r2 returned 1 although w1 had finished 12 ms before r2 began, and w1 began after w0 had finished
    """
    return _judge(history, spec, budget, _orders)


def linearizable_by_search(
    history: History, spec: Specification | None = None, budget: int = BUDGET
) -> Verdict:
    """Judge like `linearizable`, by the plain `linearize` on each key; the reason is only where it got stuck.

    >>> write = Op(0, "a", "write", "x", 1, "ok", None, 0, 2)
    >>> linearizable_by_search(History([write, Op(1, "b", "read", "x", None, "ok", 2, 1, 3)])).refuting
    (1,)
    """
    return _judge(history, spec, budget, _orders_by_search)


def _judge(
    history: History,
    spec: Specification | None,
    budget: int,
    orders: Callable[[list[list[Op]], Specification, int], _Orders],
) -> Verdict:
    """Return the verdict of one of the two searches for orders."""
    as_specification(spec)
    return guarded("linearizable", history, lambda kept: _judged(kept, spec, budget, orders))


def _judged(
    history: History,
    spec: Specification | None,
    budget: int,
    orders: Callable[[list[list[Op]], Specification, int], _Orders],
) -> Verdict:
    spec = spec or specification_of(history)
    every = parts(history, spec)
    tells = evidence(spec)
    answer, states = orders(every, spec, budget)
    ops = every[0] if len(every) == 1 else [op for part in every for op in part]
    if not any(map(tells, ops)):
        return nothing("linearizable")
    rests_on = partial(judged, ops, tells)
    if answer is None:
        reason = f"gave up after {count(states, 'state')}"
        return Verdict("linearizable", None, reason, judged=rests_on())
    if isinstance(answer, list):
        return Verdict.witnessed("linearizable", partial(_witness, answer, ops), rests_on, states)
    return Verdict.explained("linearizable", answer, rests_on, states)


def _witness(answer: list[Legal], ops: list[Op]) -> tuple[int, ...]:
    """Return one order of all parts' operations."""
    orders = [legal.ids() for legal in answer]
    return orders[0] if len(orders) == 1 else merged(orders, {op.id: op for op in ops})


def _orders_by_search(every: list[list[Op]], spec: Specification, budget: int) -> _Orders:
    """Return each part's order by plain search, one part after the other."""
    orders: list[Legal] = []
    states = 0
    for ops in every:
        result = linearize(ops, spec, budget - states)
        states += result.states
        if result.stuck is not None:
            return partial(_not_past, result.stuck), states
        if result.order is None:
            return None, states
        orders.append(Legal(partial(tuple, result.order)))
    return orders, states


def _not_past(op: Op) -> Refutation:
    return Refutation(f"no order gets past the end of {name(op)}", (op.id,))


def _orders(every: list[list[Op]], spec: Specification, budget: int) -> _Orders:
    """Return each part's order: by a rule where one applies, the rest by searches that take turns."""
    orders: list[Legal] = []
    left = []
    for ops in every:
        answer = _by_rule(ops, spec)
        if callable(answer):
            return answer, 0
        if answer is None:
            left.append(ops)
        else:
            orders.append(answer)
    more, states = _in_rounds(left, spec, budget)
    return (orders + more if isinstance(more, list) else more), states


def _by_rule(ops: list[Op], spec: Specification) -> Legal | Explain | None:
    """Return the order, or the explanation why there is none, without search; None if no rule applies."""
    if unchanged(spec, *REGISTERS):
        return by_zones(ops, spec.initial)
    if unchanged(spec, KeyValue):
        pieced = by_pieces(ops, spec.initial)
        return partial(_not_pieced, ops, spec) if pieced is False else pieced
    if unchanged(spec, Set) and grows(ops):
        initial = spec.first()
        result = by_growth(ops, initial)
        if result.order is None:
            return partial(_not_grown, ops, spec, initial)
        return Legal(partial(tuple, result.order))
    return None


def _not_pieced(ops: list[Op], spec: Specification) -> Refutation:
    """Explain why the operations on a text of distinct pieces have no order."""

    def again(some: list[Op], states: int) -> SearchResult:
        legal = by_pieces(some, spec.initial)
        if legal is False:
            return SearchResult(None, some[-1], 1)
        return SearchResult(legal.ids() if legal else None, None, 1)

    return stuck(ops, spec, again)


def _not_grown(ops: list[Op], spec: Specification, initial: frozenset[object]) -> Refutation:
    """Explain why the operations on a set that only grows have no order."""

    def again(some: list[Op], states: int) -> SearchResult:
        return by_growth(some, initial)

    return conflict(ops, initial) or stuck(ops, spec, again)


def _in_rounds(every: list[list[Op]], spec: Specification, budget: int) -> _Orders:
    """Return the orders of all parts; in each round the unfinished searches may look at twice as many states.

    So a key that has no order is found early, wherever it stands.
    """
    searches = [(ops, FastSearch(ops, spec)) for ops in every]
    orders: list[Legal] = []
    waiting, share = searches, _FIRST
    while waiting:
        unfinished = []
        for ops, fast in waiting:
            spent = sum(one.spent for _, one in searches)
            if spent >= budget:
                return None, _tried(searches)
            result = fast.run(min(share, budget - spent))
            if result.stuck is not None:
                return partial(stuck, ops, spec, reached=result.stuck), _tried(searches)
            if result.order is None:
                unfinished.append((ops, fast))
            else:
                orders.append(Legal(partial(tuple, result.order)))
        waiting, share = unfinished, 2 * share
    return orders, _tried(searches)


def _tried(searches: list[tuple[list[Op], FastSearch]]) -> int:
    return sum(one.tried for _, one in searches)
