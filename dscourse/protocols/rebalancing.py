"""Slots move between nodes while requests go on: at any time at most one node serves a slot, and no key is lost.

Source:        Redis cluster specification, "Live reconfiguration" (slots, and clients that are redirected); Das et
               al., "Albatross: lightweight elasticity in shared storage databases for the cloud using live data
               migration", PVLDB 4(8), 2011 (copy while serving, then hand over what has changed since).
Assumes:       crash-recovery with a durable log; messages between nodes may be lost, repeated, late and reordered. A
               client's request reaches a node at most once. Restarts: of nodes, director and clients. The number of
               an attempt to move a slot is on disk before its first chunk is sent, so that no acknowledgement of an
               earlier attempt counts; director and clients may forget the owners, and learn them again.
Promises:      `checkers.linearizable`, key by key; `one_owner` always. The moves that are wanted end, once all nodes
               are up and messages get through.
Not promised:  an answer while a slot is between two nodes, or its node is down: it has one owner and no replica.
Departs:       a slot's version counts the attempts to move it; of two claims about its owner, the later one holds.
Size:          2 (k / chunk + 1) messages between the two nodes for a slot of k keys, beside the director's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Node
from dscourse.protocols.elections import clash
from dscourse.protocols.rebalancing_messages import (
    Chunk,
    ChunkAck,
    ChunkStored,
    Handover,
    HandoverAck,
    HandoverDone,
    HandoverStarted,
    KeysDropped,
    Migration,
    MoveStarted,
    Pairs,
    RetryDue,
)
from dscourse.protocols.slots import Move, Moved, OwnerReport, Ownership, as_table, slot_of
from dscourse.protocols.stores import Request, Written, check_operation

__all__ = ["Shard", "StopAndCopy", "one_owner"]

promises = ("linearizable",)


class Shard(Node):
    """A node that serves its slots, and moves one by copying it while serving, then handing over what has changed.

    ``table`` names the first owner of each slot, ``chunk`` is in keys. ValueError for an empty table or chunk.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        table: Sequence[str] = (),
        chunk: int = 8,
        retry_ms: float = 30.0,
    ) -> None:
        super().__init__(id, peers)
        if chunk < 1:
            raise ValueError(f"chunk={chunk}: a chunk must have at least 1 key")
        self.chunk, self.retry_ms = chunk, retry_ms
        self.slots = {slot: Ownership(owner) for slot, owner in enumerate(as_table(table))}
        self.values: dict[Any, Any] = {}
        self.attempts: dict[int, int] = {}  # the version of the last attempt to move a slot away
        self.migrating: dict[int, Migration] = {}
        self.handovers: dict[int, Handover] = {}  # not acknowledged yet
        self.received: dict[int, tuple[Chunk, ...]] = {}  # of slots that are moving here

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            match record:
                case Written(key, value):
                    self.values[key] = value
                case MoveStarted(slot, version):
                    self.attempts[slot] = version
                case HandoverStarted(slot, ownership):
                    self.slots[slot] = ownership
                    self.handovers[slot] = self._full_handover(slot)
                case KeysDropped(slot):
                    self._drop_keys(slot)
                case ChunkStored(chunk):
                    self._store_chunk(chunk)
                case HandoverDone(handover):
                    self._take_over(handover)
        for slot in self.handovers:
            self._send_handover(slot)

    def serves(self, slot: int) -> bool:
        """Return whether this node answers requests for the slot."""
        return self.slots[slot].owner == self.id

    def _keys(self, slot: int) -> list[Any]:
        return sorted((key for key in self.values if self._slot(key) == slot), key=repr)

    def _slot(self, key: Any) -> int:
        return slot_of(key, len(self.slots))

    def _pairs(self, keys: Iterable[Any]) -> Pairs:
        return tuple((key, self.values[key]) for key in keys)

    # --- requests --------------------------------------------------------------------------------

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        slot = self._slot(request.key)
        if not self.serves(slot):
            self.send(sender, Moved(request.op, slot, self.slots[slot]))
        elif request.f == "read":
            self.reply(sender, request.op, self.values.get(request.key))
        else:
            self.write(Written(request.key, request.value))
            self.values[request.key] = request.value
            if slot in self.migrating:
                changed = self.migrating[slot].changed | {request.key}
                self.migrating[slot] = replace(self.migrating[slot], changed=changed)
            self.reply(sender, request.op)

    # --- the old owner ---------------------------------------------------------------------------

    def on_move(self, sender: str, move: Move) -> None:
        if not self.serves(move.slot) or move.to == self.id:
            if move.slot not in self.handovers:
                self.send(sender, OwnerReport(move.slot, self.slots[move.slot]))
        elif move.slot not in self.migrating:
            self._start_move(move)

    def _start_move(self, move: Move) -> None:
        slot = move.slot
        self.attempts[slot] = max(self.attempts.get(slot, 0), self.slots[slot].version) + 1
        self.write(MoveStarted(slot, self.attempts[slot]))
        self.migrating[slot] = Migration(move.to, tuple(self._keys(slot)))
        self._send_chunk(slot)

    def _send_chunk(self, slot: int) -> None:
        """Send the next chunk; after the last one, hand the slot over."""
        migration = self.migrating[slot]
        if not migration.remaining:
            self._hand_over(slot)
            return
        pairs = self._pairs(migration.remaining[: self.chunk])
        self.send(migration.to, Chunk(slot, self.attempts[slot], migration.chunks, pairs))
        self.set_timer(RetryDue(slot), self.retry_ms)

    def on_chunk_ack(self, sender: str, ack: ChunkAck) -> None:
        migration = self.migrating.get(ack.slot)
        if migration and (ack.version, ack.number) == (self.attempts[ack.slot], migration.chunks):
            remaining = migration.remaining[self.chunk :]
            self.migrating[ack.slot] = replace(
                migration, remaining=remaining, chunks=migration.chunks + 1
            )
            self._send_chunk(ack.slot)

    def _hand_over(self, slot: int) -> None:
        """Stop serving the slot; the new owner serves it once it has received the message."""
        migration = self.migrating.pop(slot)
        ownership = Ownership(migration.to, self.attempts[slot])
        self.write(HandoverStarted(slot, ownership))
        self.slots[slot] = ownership
        pairs = self._pairs(sorted(migration.changed, key=repr))
        self.handovers[slot] = Handover(slot, ownership.version, migration.chunks, pairs)
        self._send_handover(slot)

    def _full_handover(self, slot: int) -> Handover:
        """Return a handover with all keys: after a restart, what has changed since the copy is not known."""
        return Handover(slot, self.slots[slot].version, 0, self._pairs(self._keys(slot)))

    def _send_handover(self, slot: int) -> None:
        self.send(self.slots[slot].owner, self.handovers[slot])
        self.set_timer(RetryDue(slot), self.retry_ms)

    def on_handover_ack(self, sender: str, ack: HandoverAck) -> None:
        if ack.slot in self.handovers and ack.version == self.slots[ack.slot].version:
            self.write(KeysDropped(ack.slot))
            self._drop_keys(ack.slot)
            self.cancel_timer(RetryDue(ack.slot))

    def _drop_keys(self, slot: int) -> None:
        self.handovers.pop(slot, None)
        for key in self._keys(slot):
            del self.values[key]

    def on_retry_due(self, timer: RetryDue) -> None:
        if timer.slot in self.migrating:
            self._send_chunk(timer.slot)
        elif timer.slot in self.handovers:
            self._send_handover(timer.slot)

    # --- the new owner ---------------------------------------------------------------------------

    def on_chunk(self, sender: str, chunk: Chunk) -> None:
        """Store chunks in order; those of a later attempt replace those of an earlier one."""
        attempt = self._attempt_received(chunk.slot)
        if chunk.version <= self.slots[chunk.slot].version or chunk.version < attempt:
            return
        stored = len(self.received.get(chunk.slot, ())) if chunk.version == attempt else 0
        if chunk.number == stored:
            self.write(ChunkStored(chunk))
            self._store_chunk(chunk)
        if chunk.number <= stored:
            self.send(sender, ChunkAck(chunk.slot, chunk.version, chunk.number))

    def _attempt_received(self, slot: int) -> int:
        """Return the version of the attempt whose chunks are stored here; 0 if there are none."""
        return max((chunk.version for chunk in self.received.get(slot, ())), default=0)

    def _store_chunk(self, chunk: Chunk) -> None:
        before = self.received.get(chunk.slot, ()) if chunk.number else ()
        self.received[chunk.slot] = (*before, chunk)

    def on_handover(self, sender: str, handover: Handover) -> None:
        if handover.version > self.slots[handover.slot].version:
            self.write(HandoverDone(handover))
            if handover.slot in self.handovers:  # it returns before its last move is acknowledged
                self.cancel_timer(RetryDue(handover.slot))
            self._take_over(handover)
        self.send(sender, HandoverAck(handover.slot, handover.version))

    def _take_over(self, handover: Handover) -> None:
        """Serve the slot. A handover of it that this node still repeats has arrived, or it could not come back."""
        self.handovers.pop(handover.slot, None)
        chunks = self.received.pop(handover.slot, ())
        for chunk in chunks if handover.chunks else ():
            self.values.update(chunk.pairs)
        self.values.update(handover.pairs)
        self.slots[handover.slot] = Ownership(self.id, handover.version)


class StopAndCopy(Shard):
    """A shard that refuses requests for a slot while it moves: nothing changes, and clients wait for the copy."""

    def on_request(self, sender: str, request: Request) -> None:
        slot = self._slot(request.key)
        if slot in self.migrating:
            self.send(sender, Moved(request.op, slot, self.slots[slot]))
        else:
            super().on_request(sender, request)


# --- properties ----------------------------------------------------------------------------------


def one_owner(nodes: Mapping[str, Any]) -> Verdict:
    """Judge that no two of these nodes serve the same slot at this moment.

    >>> a, b = Shard("a", ["b"], table=["a"]), Shard("b", ["a"], table=["b"])
    >>> one_owner({"a": a})
    one owner
    >>> one_owner({"a": a, "b": b})
    violated: one owner; a and b both serve slot 0
    """
    owners: dict[int, list[str]] = {}
    for name, node in nodes.items():
        if isinstance(node, Shard):
            for slot in filter(node.serves, node.slots):
                owners.setdefault(slot, []).append(name)
    return unless("one owner", clash(owners, "serve slot"))
