"""Chapter 00: a counter on three nodes whose messages are lost or duplicated."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.properties import View, unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.what_was_done import not_over
from dscourse.node import Node, cluster
from dscourse.protocols.replicated_counter import GossipCounter, counts
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Network, Uniform, World

__all__ = [
    "all_say_six",
    "calm_day",
    "counter_world",
    "differ_for_ever",
    "numbers_in_words",
    "right_despite_a_loss",
    "same_wrong_number",
]  # fmt: skip

_NODES = ("a", "b", "c")
_GAP_MS = 15.0
_REST_MS = {"textbook": 25.0, "repaired": 58.0}  # after the turn of the last increment
_KINDS: dict[str, type[Node]] = {"textbook": Counter, "repaired": GossipCounter}


def counter_world(
    version: str = "textbook",
    increments: int = 6,
    loss: float = 0.3,
    duplicate: float = 0.0,
    seed: int = 1,
) -> World:
    """Run three counters that take turns to count ``increments`` in all, until shortly after the last one.

    ``loss`` and ``duplicate`` are probabilities per message; ``version`` is ``"textbook"`` or ``"repaired"``.

    >>> counts(counter_world(loss=0).nodes)
    {'a': 6, 'b': 6, 'c': 6}
    """
    network = Network(latency=Uniform(4, 16), loss=loss, duplicate=duplicate)
    world = _visited(World(cluster(_KINDS[version], _NODES), seed, network), increments)
    return world.run(until_ms=5 + increments * _GAP_MS + _REST_MS[version])


def _visited(world: World, visitors: int) -> World:
    """Let the nodes take turns to count a visitor each, one every 15 ms from 5 ms on."""
    for turn in range(visitors):
        world.submit(_NODES[turn % 3], [("add", None, 1)], start_ms=5 + turn * _GAP_MS)
    return world


# --- a day to touch ------------------------------------------------------------------------------


def calm_day(plan: Sequence[At]) -> World:
    """Run three textbook counters for 120 ms under the plan: six visitors, and a network that loses nothing itself.

    >>> counts(calm_day([]).nodes)
    {'a': 6, 'b': 6, 'c': 6}
    """
    world = World(cluster(Counter, _NODES), 1, Network(Uniform(4, 16)), list(plan))
    return _visited(world, 6).run(until_ms=120)


def all_say_six(view: View) -> bool:
    """Return True if every node that is up says 6."""
    return set(counts(view.nodes).values()) == {6}


def numbers_in_words(view: View) -> str:
    """Return the number of each node in words."""
    return ", ".join(f"{name} says {count}" for name, count in counts(view.nodes).items())


def differ_for_ever(world: World) -> bool | Verdict:
    """Return True if the nodes say different numbers, unless one does not run or a message is on its way."""
    return len(_numbers(world)) > 1 and unless("for ever", not_over(world))


def same_wrong_number(world: World) -> bool | Verdict:
    """Return True if all say one number, which is not 6, unless one does not run or a message is on its way."""
    same = len(_numbers(world)) == 1 and _numbers(world) != {6}
    return same and unless("for ever", not_over(world))


def right_despite_a_loss(world: World) -> bool | Verdict:
    """Return True if a message was lost and all say 6, unless one does not run or a message is on its way."""
    right = bool(world.trace.kinds("drop")) and _numbers(world) == {6}
    return right and unless("in the end", not_over(world))


def _numbers(world: World) -> set[int]:
    """Return the numbers that the nodes say that are up."""
    return set(counts(world.nodes).values())
