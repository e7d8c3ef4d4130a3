"""The numbers of operations: as they are listed, so that they do not depend on the order in which clients begin."""

from __future__ import annotations

from typing import Any

from dscourse import sim
from dscourse.core.schedule import Invoke
from dscourse.explore import View, explore
from dscourse.node import Client, Invocation, Node


class Instant(Client):
    """Each operation ends at once."""

    def on_invoke(self, op: Invocation) -> None:
        self.complete(op.id)


WORK: dict[str, list[tuple[Any, ...]]] = {"c": [("f",), ("f",)], "d": [("f",)]}


def nodes() -> list[Node]:
    return [Node("a"), Node("b"), Instant("c"), Instant("d")]


def all_ended(view: View) -> bool:
    return sum(map(len, view.results.values())) == 3


def test_the_only_client_numbers_its_operations_as_in_a_world() -> None:
    only = [Node("a"), Instant("c")]
    found = explore(only, operations={"c": WORK["c"]}, always=[_never])
    world = sim.World(only).submit("c", WORK["c"]).run()
    assert [step.op for step in found.steps if isinstance(step, Invoke)] == [0, 1]
    assert [op.id for op in world.history] == [0, 1]


def _never(view: View) -> bool:
    return len(view.results["c"]) < 2


def test_several_clients_number_theirs_as_listed_whatever_the_order_of_begin() -> None:
    ids = set()

    def noted(view: View) -> bool:
        ids.update((client, op) for client, ended in view.results.items() for op, _, _ in ended)
        return True

    assert explore(nodes(), operations=WORK, always=[noted], sometimes=[all_ended]).ok
    assert ids == {("c", 0), ("c", 1), ("d", 2)}
