"""Chapter 16: two withdrawals under snapshot isolation, small enough to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.checkers import transactions
from dscourse.checkers.verdict import Verdict
from dscourse.core.properties import unless
from dscourse.node import Node
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.messages import Step
from dscourse.protocols.isolation.server import TransactionServer
from dscourse.protocols.isolation.snapshots import SnapshotStore
from dscourse.sim import At, Constant, Link, Network, World

__all__ = ["CarefulClient", "both_withdrew", "keeps_the_sum", "serializable", "two_withdrawals"]


class CarefulClient(StepwiseClient):
    """A client that gives a withdrawal up, before it writes, if the accounts that it has read do not cover it."""

    def _ask_next(self) -> None:
        read = {key: value or 0 for f, key, value in self.done if f == "r"}
        after = {key: value for f, key, value in self.steps if f == "w"}
        decided = len(self.done) < len(self.steps) and self.steps[len(self.done)][0] == "w"
        if read and decided and sum((read | after).values()) < 0:
            assert self.tx is not None
            self.fail(self.tx, "not enough money")
            self._end()
        else:
            super()._ask_next()


def two_withdrawals(
    plan: Sequence[At] = (), store: type[TransactionServer] = SnapshotStore
) -> World:
    """Run a store n1 with 50 on each of x and y: c1 withdraws 90 from x, and then c2 from y, if x + y covers it.

    c0 pays the money in. Messages take 5 ms. The second withdrawal begins when the first has ended.

    >>> [op.result for op in two_withdrawals().history][-1]
    'not enough money'
    """
    clients: list[Node] = [CarefulClient(name, "n1", 300, 100) for name in ("c0", "c1", "c2")]
    world = World([*clients, store("n1", idle_ms=250)], network=_NETWORK, plan=plan)
    world.submit("c0", [("txn", None, (("w", "x", 50), ("w", "y", 50)))], start_ms=2)
    world.submit("c1", [("txn", None, _withdrawal("x", "y"))], start_ms=40)
    world.submit("c2", [("txn", None, _withdrawal("y", "x"))], start_ms=90)
    return world.run(until_ms=300)


_NETWORK = Network(client=Link(Constant(5)))


def _withdrawal(account: str, other: str) -> tuple[Step, ...]:
    return ("r", account, None), ("r", other, None), ("w", account, -40)


def both_withdrew(world: World) -> bool:
    """Return True if both withdrawals have committed.

    >>> both_withdrew(two_withdrawals())
    False
    """
    return sum(op.status == "ok" and op.process != "c0" for op in world.history) == 2


def keeps_the_sum(world: World) -> Verdict:
    """Judge that x + y is not negative: one withdrawal alone leaves 10.

    >>> keeps_the_sum(two_withdrawals())
    the sum is not negative
    """
    why = "x and y hold -40 each" if both_withdrew(world) else ""
    return unless("the sum is not negative", why)


def serializable(world: World) -> Verdict:
    """Return the checker's verdict on the history of the three transactions."""
    return transactions.serializable(world.history)
