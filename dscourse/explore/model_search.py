"""The exploration of bare models."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, cast

from dscourse.explore.bounds import BUDGET
from dscourse.explore.claims import Claims, Properties, claimed
from dscourse.explore.exploration import Exploration
from dscourse.explore.given import check_number
from dscourse.explore.model import Model, Plain, Symmetric
from dscourse.explore.orders import BREADTH_FIRST, Order
from dscourse.explore.processes import AsPlain, Packed, Processes, ProcessModel
from dscourse.explore.search import search
from dscourse.explore.visited import Visited
from dscourse.explore.watched import plain

__all__ = ["explore_model"]

_WALKS, _STEPS = 50, 100  # on which representatives are checked
_AGAIN_WALKS, _AGAIN_STEPS = 10, 30  # on which processes are asked again


def explore_model(
    model: Model[Any] | ProcessModel,
    *,
    always: Properties = (),
    sometimes: Properties = (),
    within_reach: Properties = (),
    eventually: Properties = (),
    order: Order = BREADTH_FIRST,
    budget: int = BUDGET,
) -> Exploration:
    """Look at the states of a bare model in some ``order``, and store ``budget`` states at most.

    ``model.initial()`` gives its first states, and ``model.next(state)`` the steps from a state, as pairs (step,
    state after it). Properties judge a state; see `explore`.

    A model may have processes instead: ``model.processes()`` gives functions, each from a state to the steps of one
    process, as pairs (step, dict of the fields that change). Such a state is a named tuple or a frozen dataclass; of
    a tuple in it, a dict names the elements that change. A tuple keeps its length, unless it is empty at first. A
    process is asked once for all states that agree in what it reads, and so is a property: they may depend on nothing
    else. On 10 random walks the processes are asked again, and must give the same steps.

    Two more methods are optional. ``model.fair(step)`` says which steps are fair, for ``eventually``; else all are.
    ``model.representative(state)`` returns one state for all those that differ by a symmetry, which then count once.
    That they do is the model's promise. It is checked in each state that the search meets and on 50 random walks: the
    steps from a state, and what the properties say of it, must be those of its representative.

    Raises TypeError or ValueError for what is no model, and for states, steps and properties of another form.

    >>> class Counter:
    ...     def initial(self):
    ...         return [0]
    ...     def next(self, count):
    ...         return [("add 2", count + 2)] if count < 6 else [("reset", 0)]
    >>> def below_six(count):
    ...     return count < 6
    >>> explore_model(Counter(), always=[below_six]).steps
    ('add 2', 'add 2', 'add 2')
    >>> def five(count):
    ...     return count == 5
    >>> explore_model(Counter(), eventually=[five]).cycle
    ('add 2', 'add 2', 'add 2', 'reset')
    """
    by_process, bare = _has_processes(model), cast(Any, model)
    check_number("budget", budget, 1, "at least 1 state must be looked at")
    claims = claimed(order, always, sometimes, within_reach, eventually)
    if hasattr(bare, "representative"):
        return _by_representatives(bare, by_process, claims, order, budget)
    if by_process:
        return _by_process(bare, claims, order, budget)
    space = Plain(bare)
    return search(Visited(space, budget), claims, order=order, fairness=space)


def _has_processes(model: Any) -> bool:
    """Return True for a model of processes. TypeError for what is no model, or two."""
    able = [one for one in ("next", "processes") if callable(getattr(model, one, None))]
    if isinstance(model, type) or not able or not callable(getattr(model, "initial", None)):
        raise TypeError(
            f"{model!r} is no model: an object with initial() and next(state), or with initial() and processes(), is"
        )
    if len(able) == 2:
        raise TypeError(f"{model!r} has next(state) and processes(): a model has one of them")
    return able == ["processes"]


def _by_process(model: Any, claims: Claims, order: Order, budget: int) -> Exploration:
    space = Processes(model)
    found = search(Packed(space, budget), claims, order=order, fairness=space)
    for seed in range(_AGAIN_WALKS):
        space.walk(Random(seed), _AGAIN_STEPS)
    return replace(found, state=plain(found.state))


def _by_representatives(
    model: Any, by_process: bool, claims: Claims, order: Order, budget: int
) -> Exploration:
    if claims.eventually:
        raise ValueError(
            "eventually=…: a run through representatives need not be fair; explore without representative()"
        )
    steps = AsPlain(model) if by_process else model
    space = Symmetric(steps, model.representative, claims.all)
    for seed in range(_WALKS):
        space.walk(Random(seed), _STEPS)
    found = search(Visited(space, budget), claims, order=order)
    left_out = "states taken for one by representative()"
    return replace(found, not_looked_at=(*found.not_looked_at, left_out))
