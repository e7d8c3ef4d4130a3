"""The director, which asks for slots to move, and clients that follow them: the other nodes of `rebalancing`.

Source:        Redis cluster specification, "MOVED redirection" (clients keep a table of owners and correct it).
Assumes:       as `rebalancing`. Restarts: the director asks for every move again; a client starts from its first
               table.
Promises:      the director asks for a move until it learns that the target owns the slot. A client's operation is
               carried out at most once, and ends as unknown without an answer in time.
Not promised:  that a director which has crashed knows which moves are done: it learns that from the owners.
Departs:       nothing.
Size:          a move 2 messages per round; an operation 2, and 2 more per redirection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dscourse.node import Invocation, Node, Timer
from dscourse.protocols.slots import Move, Moved, OwnerReport, Ownership, as_table, slot_of
from dscourse.protocols.stores import Request, StoreClient

__all__ = ["Director", "MovesDue", "ResendDue", "ShardClient"]


@dataclass(frozen=True, slots=True)
class ResendDue(Timer):
    """Time to send operation ``op`` again."""

    op: int


@dataclass(frozen=True, slots=True)
class MovesDue(Timer):
    """Time to ask for the moves that are still to be done."""


class Director(Node):
    """A node that asks for moves from ``begin_ms`` on, for at most ``at_once`` slots at a time.

    ``table`` names the first owner of each slot, ``target`` the one that it shall have.
    """

    def __init__(
        self, id: str, table: Sequence[str], target: Sequence[str], at_once: int = 1, begin_ms: float = 100.0,
        every_ms: float = 20.0,
    ) -> None:  # fmt: skip
        super().__init__(id)
        table, target = as_table(table), as_table(target, "target")
        if len(table) != len(target):
            raise ValueError(f"target names {len(target)} owners: the table has {len(table)} slots")
        if at_once < 1:
            raise ValueError(f"at_once={at_once}: at least 1 slot must move at a time")
        self.at_once, self.begin_ms, self.every_ms = at_once, begin_ms, every_ms
        self.slots = {slot: Ownership(owner) for slot, owner in enumerate(table)}
        self.moves = {slot: to for slot, to in enumerate(target) if to != table[slot]}

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(MovesDue(), self.begin_ms)

    def on_moves_due(self, timer: MovesDue) -> None:
        for slot in list(self.moves)[: self.at_once]:
            self.send(self.slots[slot].owner, Move(slot, self.moves[slot]))
        if self.moves:
            self.set_timer(timer, self.every_ms)

    def on_owner_report(self, sender: str, report: OwnerReport) -> None:
        if report.ownership.version >= self.slots[report.slot].version:
            self.slots[report.slot] = report.ownership
            if self.moves.get(report.slot) == report.ownership.owner:
                del self.moves[report.slot]


class ShardClient(StoreClient):
    """A client that asks the owner in its table, and follows redirections."""

    def __init__(
        self, id: str, table: Sequence[str], timeout_ms: float = 200.0, retry_ms: float = 5.0
    ) -> None:
        table = as_table(table)
        super().__init__(id, table[0], timeout_ms)
        self.retry_ms = retry_ms
        self.slots = {slot: Ownership(owner) for slot, owner in enumerate(table)}
        self.request: Request | None = None
        self.redirected = 0

    def on_invoke(self, op: Invocation) -> None:
        self.request = Request(op.id, op.f, op.key, op.value)
        self.ask(op.id, self._owner(self.request), self.request)

    def _owner(self, request: Request) -> str:
        return self.slots[slot_of(request.key, len(self.slots))].owner

    def _resend(self) -> None:
        if self.request is not None and self.request.op == self.open_operation:
            self.send(self._owner(self.request), self.request)

    def on_moved(self, sender: str, moved: Moved) -> None:
        """Follow the redirection; one that names no newer owner means that the slot is moving: retry later."""
        if moved.op != self.open_operation:
            return
        self.redirected += 1
        if moved.ownership.version > self.slots[moved.slot].version:
            self.slots[moved.slot] = moved.ownership
            self._resend()
        else:
            self.set_timer(ResendDue(moved.op), self.retry_ms)

    def on_resend_due(self, timer: ResendDue) -> None:
        self._resend()
