"""Exhaustive exploration: every order of deliveries, timers, crashes and losses of a small system.

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
>>> found
holds (6 states, 6 steps, depth 4, all of them)
>>> print(explore(cluster(Loser, ["a", "b"]), always=[one_leader]).steps)
(Up(node='a'), Up(node='b'))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dscourse.dispatch import check_handlers
from dscourse.explore.places import ImpureError
from dscourse.explore.search import Exploration, Model, search
from dscourse.explore.system import UNLIMITED, Budgets, System, View
from dscourse.node import Client, Node

__all__ = ["BUDGET", "Exploration", "Model", "View", "explore", "explore_model"]

BUDGET = 200_000
Properties = Sequence[Callable[[Any], object]]
TIMINGS = ("asynchronous", "synchronous")


def explore_model(
    model: Model[Any],
    *,
    always: Properties = (),
    sometimes: Properties = (),
    within_reach: Properties = (),
    budget: int = BUDGET,
) -> Exploration:
    """Look at every state of a bare model, up to ``budget`` states.

    ``model.initial()`` gives its first states and ``model.next(state)`` the steps from a state, as pairs (step, state
    after it). Properties are functions of a state, named by their names; see `explore`.

    >>> class Counter:
    ...     def initial(self):
    ...         return [0]
    ...     def next(self, count):
    ...         return [("add 2", count + 2)] if count < 6 else [("reset", 0)]
    >>> def below_six(count):
    ...     return count < 6
    >>> explore_model(Counter(), always=[below_six]).steps
    ('add 2', 'add 2', 'add 2')
    """
    return search(
        model,
        always=_named(always), sometimes=_named(sometimes), within_reach=_named(within_reach),
        budget=budget, view=lambda state: state, key=lambda state: state,
    )  # fmt: skip


def explore(
    nodes: Sequence[Node],
    *,
    operations: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
    always: Properties = (),
    sometimes: Properties = (),
    within_reach: Properties = (),
    crashes: int = 0,
    restarts: int = 0,
    losses: int = 0,
    repeats: int = 0,
    timeouts: int | None = None,
    timing: str = "asynchronous",
    copies: int | None = None,
    alike: Sequence[str] = (),
    checks: bool = False,
    budget: int = BUDGET,
) -> Exploration:
    """Look at everything that can happen to these nodes, up to ``budget`` states.

    Every order of deliveries and timers, of the ``operations`` that clients carry out (f, key, value), of up to
    ``crashes`` crashes (between events, and after every prefix of a handler's effects), ``restarts``, ``losses`` and
    ``repeats`` of messages, and ``timeouts`` (any number if None). Clients do not crash. There is no clock: a node
    that reads one is refuted.

    Properties are functions of a `View`, named by their names. Each of ``always`` must hold in every state; each of
    ``sometimes`` in one at least, so that nothing holds for want of anything happening; and from every state a state
    must be within reach, by some further steps, in which each of ``within_reach`` holds.

    With ``timing="asynchronous"`` a pending timer may fire at any time; with "synchronous" only while no message is
    under way to a node that is up. Of equal messages under way at most ``copies`` are kept, so that a node that asks
    again and again has finitely many states; what needs more copies is not found then.
    Nodes that are ``alike`` may change
    places: states that differ only in which is which count once. With ``checks`` every handler is run twice, to find
    out one that does not do the same again, or changes what it shares.

    Raises ValueError for a negative budget or another timing, LookupError for a name that no node has, and TypeError
    for operations of a node that is no client.
    """
    fires = UNLIMITED if timeouts is None else timeouts
    system = System(
        nodes, dict(operations or {}), Budgets(crashes, restarts, losses, repeats, fires),
        synchronous=timing == "synchronous", checks=checks, alike=alike, copies=copies,
    )  # fmt: skip
    _check(nodes, operations or {}, system.budgets, timing, copies)
    try:
        found = search(
            system,
            always={"no handler raises": _no_handler_raises} | _named(always),
            sometimes=_named(sometimes), within_reach=_named(within_reach),
            budget=budget, view=system.view, key=system.key,
        )  # fmt: skip
    except ImpureError as error:
        return Exploration(None, str(error), 0, 0, 0, False)
    return (
        replace(found, reason=found.state.errors[0])
        if found.state and found.state.errors
        else found
    )


def _no_handler_raises(view: View) -> object:
    return not view.errors


def _named(properties: Properties) -> dict[str, Callable[[Any], object]]:
    """Properties by their names, in words."""
    return {one.__name__.strip("_").replace("_", " "): one for one in properties}


def _check(
    nodes: Sequence[Node],
    operations: Mapping[str, Sequence[Any]],
    budgets: Budgets,
    timing: str,
    copies: int | None,
) -> None:
    """Raise for what cannot be explored."""
    names = [node.id for node in nodes]
    if len(set(names)) < len(names) or not names:
        raise ValueError(f"nodes {names}: at least one node is needed, each with a name of its own")
    for node in nodes:
        check_handlers(type(node))
        for peer in node.peers:
            if peer not in names:
                raise LookupError(
                    f"{node.id} has the peer {peer!r}: the nodes are {', '.join(names)}"
                )
    for name in operations:
        if name not in names:
            raise LookupError(f"operations of {name!r}: the nodes are {', '.join(names)}")
        if not isinstance(nodes[names.index(name)], Client):
            raise TypeError(f"operations of {name!r}: only a Client carries out operations")
    for what, left in budgets._asdict().items():
        if what == "timeouts" and left == UNLIMITED:
            continue
        if not isinstance(left, int) or left < 0:
            raise ValueError(f"{what}={left!r}: it must be 0 or more")
    if copies is not None and copies < 1:
        raise ValueError(f"copies={copies}: at least 1 copy of a message must be kept")
    if timing not in TIMINGS:
        raise ValueError(f"timing={timing!r}: it must be one of {', '.join(TIMINGS)}")
