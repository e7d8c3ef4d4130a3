"""Orders of versions that complete what a history proves: the likely ones, and every one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from dscourse.checkers.order import topological
from dscourse.checkers.transactions.graph import FLOW, ITEMS, Graph
from dscourse.checkers.transactions.versions import TIMED, Versions

__all__ = ["MOST", "causal", "commits", "every_order", "in_order", "serial"]

MOST = 600  # orders that are tried if there are no more


def serial(graph: Graph) -> list[int]:
    return graph.serial_order(ITEMS | TIMED)


def causal(graph: Graph) -> list[int]:
    return graph.serial_order(FLOW)


def commits(graph: Graph) -> list[int]:
    """Return the transactions in an order of commits that snapshot isolation allows, as far as there is one."""
    order = [node // 2 for node in topological(graph.start_and_commit(ITEMS)) if node % 2]
    return [*order, *sorted(set(range(len(graph.before))) - set(order))]


def in_order(versions: list[Versions], order: list[int]) -> list[Versions]:
    """Return the versions with the loose ones in the order of their writers."""
    position = {t: n for n, t in enumerate(order)}

    def placement(one: Versions) -> list[int]:
        return sorted(one.loose, key=lambda number: position[one.writers[number]])

    return [one.ordered(placement(one)) if one.loose else one for one in versions]


def every_order(versions: list[Versions]) -> Iterator[list[Versions]]:
    """Yield the versions in every order that keeps what is known."""
    every = [
        list(islice(_extensions(one, [], one.loose), MOST + 1)) for one in versions if one.loose
    ]
    for chosen in product(*every):
        of = iter(chosen)
        yield [one.ordered(next(of)) if one.loose else one for one in versions]


def _extensions(versions: Versions, done: list[int], left: list[int]) -> Iterator[list[int]]:
    """Yield every order of the loose versions that keeps the pairs."""
    if not left:
        yield done
    for number in left:
        if not any((other, number) in versions.pairs for other in left):
            yield from _extensions(versions, [*done, number], [n for n in left if n != number])
