"""Exhaustive exploration: every order of deliveries, timers, crashes and drops of a small system.

A simulation shows one run, and many seeds show many; here all of them are looked at, breadth first, until every state
has been seen or a budget is used up. What is refuted is refuted by the fewest steps there are.

>>> from dscourse.node import Message, Node, cluster
>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, slots=True)
... class Claim(Message):
...     pass
>>> class Loser(Node):
...     def __init__(self, id, peers=()):
...         super().__init__(id, peers)
...         self.leader = id
...     def on_start(self, log):
...         self.broadcast(Claim())
...     def on_claim(self, sender, claim):
...         self.leader = max(self.leader, sender)
>>> def one_leader(view):
...     return len({node.leader for node in view.nodes.values()}) <= 1
>>> found = explore(cluster(Loser, ["a", "b"]), within_reach=[one_leader])
>>> found.ok, found.states, found.complete
(True, 7, True)
>>> found.not_looked_at
('late starts', 'crashes', 'drops', 'duplicates')
>>> print(explore(cluster(Loser, ["a", "b"]), always=[one_leader]).steps)
(Start('a'), Start('b'))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dscourse.core.properties import View
from dscourse.core.schedule import (
    Crash,
    CrashDuringStep,
    Deliver,
    Drop,
    Duplicate,
    Fire,
    Invoke,
    Restart,
    Schedule,
    Start,
    Step,
)
from dscourse.explore.bounds import BUDGET, Bounds
from dscourse.explore.claims import NO_HANDLER_RAISES, Claims, Properties, claimed
from dscourse.explore.exploration import Exploration
from dscourse.explore.given import checked_nodes, checked_operations, names_of
from dscourse.explore.model import Model
from dscourse.explore.model_search import explore_model
from dscourse.explore.orders import BREADTH_FIRST, BreadthFirst, DepthFirst, Order, RandomWalks
from dscourse.explore.processes import ProcessModel
from dscourse.explore.same_group import NotAlikeError, check
from dscourse.explore.search import search
from dscourse.explore.system import System
from dscourse.explore.tables import ImpureError
from dscourse.explore.unread import Largest, MessagesReadError, Unread
from dscourse.explore.visited import Visited
from dscourse.node import Client, Node

__all__ = [
    "BUDGET", "Bounds", "BreadthFirst", "Crash", "CrashDuringStep", "Deliver", "DepthFirst", "Drop", "Duplicate",
    "Exploration", "Fire", "Invoke", "Model", "NotAlikeError", "ProcessModel", "RandomWalks", "Restart", "Schedule",
    "Start", "Step", "View", "explore", "explore_model",
]  # fmt: skip

_DEFAULT = Bounds()


def explore(
    nodes: Sequence[Node],
    *,
    operations: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
    always: Properties = (),
    sometimes: Properties = (),
    within_reach: Properties = (),
    eventually: Properties = (),
    bounds: Bounds = _DEFAULT,
    order: Order = BREADTH_FIRST,
    alike: Sequence[str] = (),
    checks: bool = False,
) -> Exploration:
    """Look at everything that can happen to these nodes within the ``bounds``, such as ``Bounds(crashes=1)``.

    All nodes start first, in every order. Then follows every order of deliveries and timers, of the ``operations``
    that clients carry out (f, key, value), and of the faults that the bounds allow; without any, no fault happens.
    Clients do not crash. There is no clock: a node that reads one is refuted. The result's ``not_looked_at`` lists
    what the bounds leave out. Operations are numbered 0, 1, … in the order in which ``operations`` lists them: in
    order of begin, as in a world, equal states would differ by their numbers. Messages to nodes that are down for
    good are not shown.

    Properties judge a `View`: a `Property`, or a function under its own name in words. Each of ``always`` must hold
    in every state; each of ``sometimes`` in one at least, so that no property holds vacuously; from every state
    one in which each of ``within_reach`` holds must be reachable by some further steps; and each of ``eventually``
    must hold at some moment of every weakly fair run, in which no delivery, time-out or operation that stays possible
    is put off for ever, while a fault may never come. The result is True only if each of ``always`` could be judged
    in every state, and was not vacuous in all of them. A property of the history has the history kept in each state.
    In another ``order`` than `BreadthFirst`, a counterexample need not be a shortest one, and `RandomWalks` refute or
    leave undecided.

    A state that differs from an earlier one only in having fewer messages in flight is not counted, unless a property
    reads messages or needs every state; see `unread` for why that is sound. If a property does read messages, the
    search begins again: a property must not remember what it was asked before.
    States that differ only by a permutation of the nodes ``alike`` are counted once (symmetry reduction), and
    properties are judged for every permutation; see `alike` for why that is sound. With ``checks`` every handler runs
    twice, to catch handlers that are nondeterministic or that mutate shared data.

    Raises TypeError or ValueError for an argument of another form, for properties of one name, and for nodes that are
    not alike (`NotAlikeError`); LookupError for a name that no node has; `PropertyError` if a property raises.
    """
    group = checked_nodes(nodes)
    todo = checked_operations(group, operations)
    if not isinstance(bounds, Bounds):
        raise TypeError(f"bounds={bounds!r}: a Bounds is required; write bounds=Bounds(crashes=1)")
    claims = claimed(order, always, sometimes, within_reach, eventually)
    claims = replace(claims, always=(NO_HANDLER_RAISES, *claims.always))
    system = System(
        group, todo, bounds, checks=checks, alike=names_of(group, alike),
        history=any(one.history for one in claims.all),
    )  # fmt: skip
    if system.alike:
        if claims.eventually:
            raise ValueError(
                "eventually=…: a run in which nodes change places need not be fair; explore without alike"
            )
        check(system.tables.born, system.alike.renamings, todo)
    try:
        result = _searched(system, claims, bounds, order)
    except ImpureError as error:
        return Exploration(None, str(error), 0, 0, 0, False)
    if result.violated == NO_HANDLER_RAISES.name:
        return replace(result, reason=result.state.errors[0])
    left_out = bounds.left_out(clients=any(isinstance(node, Client) for node in group))
    return replace(result, not_looked_at=(*result.not_looked_at, *left_out))


def _searched(system: System, claims: Claims, bounds: Bounds, order: Order) -> Exploration:
    """Search the system, by the states with the most messages in flight alone if no property reads messages."""
    if bounds.monotone and order.complete and not claims.within_reach and not claims.eventually:
        found = _searched_unread(system, claims, bounds, order)
        if found is not None:
            return found
    return search(Visited(system, bounds.budget), claims, order=order, fairness=system)


def _searched_unread(
    system: System, claims: Claims, bounds: Bounds, order: Order
) -> Exploration | None:
    """Return the result of a search in which no property has read messages; None if one has."""
    system.hides_messages = True
    try:
        found = search(Largest(system, bounds.budget), claims, order=order)
    except (MessagesReadError, Exception):
        if not system.messages_read:
            raise
        return None
    finally:
        system.hides_messages = False
    if system.messages_read:  # and the property has caught the error
        return None
    view = found.state
    return replace(found, state=view.with_messages() if isinstance(view, Unread) else view)
