"""Who wants slots to move, and who asks for keys while they do: the other nodes of `dscourse.protocols.rebalancing`.

Source:        as `rebalancing`.
Assumes:       as `rebalancing`.
Promises:      the director asks for a move until it is told that it is done; a client's operation is carried out at
               most once, and ends as unknown without an answer in time.
Not promised:  that a director which crashes knows which moves are done: it asks for all again, and is told.
Departs:       nothing.
Size:          a move 2 messages a round; an operation 2, and 2 more for each node that serves the slot no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dscourse.node import Invocation, Node, Timer
from dscourse.protocols.rebalancing import Elsewhere, Move, Place, Settled, as_table, slot_of
from dscourse.protocols.stores import Request, StoreClient, Unanswered

__all__ = ["Director", "NextMove", "Retry", "ShardClient"]


@dataclass(frozen=True, slots=True)
class Retry(Timer):
    """Time for operation ``op`` to be sent once more."""

    op: int


@dataclass(frozen=True, slots=True)
class NextMove(Timer):
    """Time for the director to ask for moves."""


class Director(Node):
    """Asks for the moves that are wanted, at most ``at_once`` at a time, from ``begin_ms`` on.

    ``table`` names the owners at first, ``wanted`` those in the end; both slot by slot.
    """

    def __init__(
        self, id: str, table: Sequence[str], wanted: Sequence[str], at_once: int = 1, begin_ms: float = 100.0,
        every_ms: float = 20.0,
    ) -> None:  # fmt: skip
        super().__init__(id)
        table, wanted = as_table(table), as_table(wanted, "wanted")
        if len(table) != len(wanted):
            raise ValueError(f"wanted names {len(wanted)} owners: the table has {len(table)} slots")
        if at_once < 1:
            raise ValueError(f"at_once={at_once}: at least 1 slot must move at a time")
        self.at_once, self.begin_ms, self.every_ms = at_once, begin_ms, every_ms
        self.slots = {slot: Place(owner) for slot, owner in enumerate(table)}
        self.wanted = {slot: to for slot, to in enumerate(wanted) if to != table[slot]}

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(NextMove(), self.begin_ms)

    def on_next_move(self, timer: NextMove) -> None:
        for slot in list(self.wanted)[: self.at_once]:
            self.send(self.slots[slot].owner, Move(slot, self.wanted[slot]))
        if self.wanted:
            self.set_timer(timer, self.every_ms)

    def on_settled(self, sender: str, settled: Settled) -> None:
        if settled.place.version >= self.slots[settled.slot].version:
            self.slots[settled.slot] = settled.place
            if self.wanted.get(settled.slot) == settled.place.owner:
                del self.wanted[settled.slot]


class ShardClient(StoreClient):
    """Asks whom it believes to serve the key's slot, and goes where it is told."""

    def __init__(
        self, id: str, table: Sequence[str], timeout_ms: float = 200.0, retry_ms: float = 5.0
    ) -> None:
        table = as_table(table)
        super().__init__(id, table[0], timeout_ms)
        self.retry_ms = retry_ms
        self.slots = {slot: Place(owner) for slot, owner in enumerate(table)}
        self.request: Request | None = None
        self.redirected = 0

    def on_invoke(self, op: Invocation) -> None:
        self.waits_for = op.id
        self.request = Request(op.id, op.f, op.key, op.value)
        self._ask()
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def _ask(self) -> None:
        if self.request is not None and self.request.op == self.waits_for:
            slot = slot_of(self.request.key, len(self.slots))
            self.send(self.slots[slot].owner, self.request)

    def on_elsewhere(self, sender: str, elsewhere: Elsewhere) -> None:
        """Go there; if nothing new is said, the slot is under way: wait a little."""
        if elsewhere.op != self.waits_for:
            return
        self.redirected += 1
        if elsewhere.place.version > self.slots[elsewhere.slot].version:
            self.slots[elsewhere.slot] = elsewhere.place
            self._ask()
        else:
            self.set_timer(Retry(elsewhere.op), self.retry_ms)

    def on_retry(self, timer: Retry) -> None:
        self._ask()
