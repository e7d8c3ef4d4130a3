"""Slots of keys that move between nodes while requests go on: at any time one node serves a slot, and no key is lost.

Source:        Redis cluster specification, "Live reconfiguration" (slots, and clients that are told where a slot is);
               Das et al., "Albatross: lightweight elasticity in shared storage databases for the cloud using live
               data migration", PVLDB 4(8), 2011 (copy while serving, then hand over what has changed since).
Assumes:       crash-recovery with a durable log; messages between nodes may be lost, repeated, late and reordered. A
               client's request reaches a node at most once. Restarts: of nodes, director and clients. The number of
               an attempt to move a slot is on disk before the first part is sent, so that no answer to an earlier one
               counts; director and clients may forget where slots are, and are told.
Promises:      `checkers.linearizable`, key by key; `one_owner` always; the moves that are wanted end, once all nodes
               are up and messages get through.
Not promised:  an answer while a slot is under way, or while its node is down: it has one owner, and no replica.
Departs:       a slot's version counts the attempts to move it, so that whoever is told two things believes the later.
Size:          a move of k keys 2 (k / chunk + 1) messages between the two nodes, beside the director's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer
from dscourse.placement.hashing import hash_of
from dscourse.protocols.stores import Request, check_operation

__all__ = [
    "Again", "Copied", "Copy", "Elsewhere", "Freed", "Gave", "Hand", "Kept", "Move", "Place", "Set", "Settled",
    "Shard", "StopAndCopy", "Taken", "Took", "Trying", "as_table", "one_owner", "slot_of",
]  # fmt: skip

promises = ("linearizable",)

Pairs = tuple[tuple[Any, Any], ...]


def as_table(table: Iterable[str], what: str = "table") -> tuple[str, ...]:
    """The owners, slot by slot; TypeError unless they are names, ValueError if there is none.

    >>> as_table(["a", "b", "a"])
    ('a', 'b', 'a')
    """
    owners = tuple(table)
    if isinstance(table, str) or not all(isinstance(name, str) and name for name in owners):
        raise TypeError(f"{what}={table!r}: a list of names is required, the owner of each slot")
    if not owners:
        raise ValueError(f"{what} is empty: it names an owner for at least 1 slot")
    return owners


def slot_of(key: Any, slots: int) -> int:
    """The slot of a key, by its stable hash.

    >>> slot_of("apple", 8) in range(8)
    True
    """
    return hash_of(key) % slots


@dataclass(frozen=True, slots=True)
class Place:
    """Who serves a slot, since which move of it."""

    owner: str
    version: int = 0


# --- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elsewhere(Message):
    """Operation ``op`` was not carried out: the slot is not served here, but, as far as is known, there."""

    op: int
    slot: int
    place: Place


@dataclass(frozen=True, slots=True)
class Move(Message):
    """Let node ``to`` have this slot."""

    slot: int
    to: str


@dataclass(frozen=True, slots=True)
class Settled(Message):
    """The slot is there, as far as is known here."""

    slot: int
    place: Place


@dataclass(frozen=True, slots=True)
class Copy(Message):
    """Part ``number`` of the slot's keys, for its move ``version``."""

    slot: int
    version: int
    number: int
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Copied(Message):
    """Part ``number`` is on disk."""

    slot: int
    version: int
    number: int


@dataclass(frozen=True, slots=True)
class Hand(Message):
    """The slot is yours: what you have got in ``parts`` parts (0: nothing of it counts), changed by these pairs."""

    slot: int
    version: int
    parts: int
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Taken(Message):
    """The slot is mine, and on disk."""

    slot: int
    version: int


# --- records and timers --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trying:
    """A record: an attempt to move the slot has this version."""

    slot: int
    version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A record: a part of a slot that is on its way here."""

    copy: Copy


@dataclass(frozen=True, slots=True)
class Gave:
    """A record: the slot is served here no more."""

    slot: int
    place: Place


@dataclass(frozen=True, slots=True)
class Took:
    """A record: the slot is served here from now on."""

    hand: Hand


@dataclass(frozen=True, slots=True)
class Freed:
    """A record: the new node has the slot on disk, and what is here of it can go."""

    slot: int


@dataclass(frozen=True, slots=True)
class Set:
    """A record: a key's new value."""

    key: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Again(Timer):
    """No answer about the move of this slot."""

    slot: int


@dataclass(frozen=True, slots=True)
class Moving:
    """A slot that is being copied: to whom, which keys are left, how many parts are there, what has changed since."""

    to: str
    left: tuple[Any, ...]
    parts: int = 0
    changed: frozenset[Any] = frozenset()


# --- a node --------------------------------------------------------------------------------------


class Shard(Node):
    """Serves its slots; gives one away by copying it while it serves, and then at one moment what has changed.

    ``table`` names the first owner of each slot. ValueError for an empty table, or a part of no key.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        table: Sequence[str] = (),
        chunk: int = 8,
        again_ms: float = 30.0,
    ) -> None:
        super().__init__(id, peers)
        if chunk < 1:
            raise ValueError(f"chunk={chunk}: a part has at least 1 key")
        self.chunk, self.again_ms = chunk, again_ms
        self.slots = {slot: Place(owner) for slot, owner in enumerate(as_table(table))}
        self.values: dict[Any, Any] = {}
        self.tried: dict[int, int] = {}  # the version of the last attempt to give a slot
        self.moving: dict[int, Moving] = {}
        self.handed: dict[int, Hand] = {}  # until the new node has it
        self.parts: dict[int, tuple[Copy, ...]] = {}  # of slots on their way here

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            match record:
                case Set(key, value):
                    self.values[key] = value
                case Trying(slot, version):
                    self.tried[slot] = version
                case Gave(slot, place):
                    self.slots[slot] = place
                    self.handed[slot] = self._whole(slot)
                case Freed(slot):
                    self._free(slot)
                case Kept(copy):
                    self._keep(copy)
                case Took(hand):
                    self._take(hand)
        for slot in self.handed:
            self._hand(slot)

    def serves(self, slot: int) -> bool:
        """True if requests for this slot are for this node."""
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
            self.send(sender, Elsewhere(request.op, slot, self.slots[slot]))
            return
        if request.f == "write":
            self.write(Set(request.key, request.value))
            self.values[request.key] = request.value
            if slot in self.moving:
                changed = self.moving[slot].changed | {request.key}
                self.moving[slot] = replace(self.moving[slot], changed=changed)
        self.reply(
            sender, request.op, self.values.get(request.key) if request.f == "read" else None
        )

    # --- giving a slot ---------------------------------------------------------------------------

    def on_move(self, sender: str, move: Move) -> None:
        if not self.serves(move.slot) or move.to == self.id:
            if move.slot not in self.handed:
                self.send(sender, Settled(move.slot, self.slots[move.slot]))
        elif move.slot not in self.moving:
            self._begin(move)

    def _begin(self, move: Move) -> None:
        slot = move.slot
        self.tried[slot] = max(self.tried.get(slot, 0), self.slots[slot].version) + 1
        self.write(Trying(slot, self.tried[slot]))
        self.moving[slot] = Moving(move.to, tuple(self._keys(slot)))
        self._copy(slot)

    def _copy(self, slot: int) -> None:
        """The next part; after the last one the slot itself."""
        moving = self.moving[slot]
        if not moving.left:
            self._give(slot)
            return
        pairs = self._pairs(moving.left[: self.chunk])
        self.send(moving.to, Copy(slot, self.tried[slot], moving.parts, pairs))
        self.set_timer(Again(slot), self.again_ms)

    def on_copied(self, sender: str, copied: Copied) -> None:
        moving = self.moving.get(copied.slot)
        if moving and (copied.version, copied.number) == (self.tried[copied.slot], moving.parts):
            left = moving.left[self.chunk :]
            self.moving[copied.slot] = replace(moving, left=left, parts=moving.parts + 1)
            self._copy(copied.slot)

    def _give(self, slot: int) -> None:
        """From here on this node serves the slot no more; the other one does when it has the message."""
        moving = self.moving.pop(slot)
        place = Place(moving.to, self.tried[slot])
        self.write(Gave(slot, place))
        self.slots[slot] = place
        pairs = self._pairs(sorted(moving.changed, key=repr))
        self.handed[slot] = Hand(slot, place.version, moving.parts, pairs)
        self._hand(slot)

    def _whole(self, slot: int) -> Hand:
        return Hand(slot, self.slots[slot].version, 0, self._pairs(self._keys(slot)))

    def _hand(self, slot: int) -> None:
        self.send(self.slots[slot].owner, self.handed[slot])
        self.set_timer(Again(slot), self.again_ms)

    def on_taken(self, sender: str, taken: Taken) -> None:
        if taken.slot in self.handed and taken.version == self.slots[taken.slot].version:
            self.write(Freed(taken.slot))
            self._free(taken.slot)
            self.cancel_timer(Again(taken.slot))

    def _free(self, slot: int) -> None:
        self.handed.pop(slot, None)
        for key in self._keys(slot):
            del self.values[key]

    def on_again(self, timer: Again) -> None:
        if timer.slot in self.moving:
            self._copy(timer.slot)
        elif timer.slot in self.handed:
            self._hand(timer.slot)

    # --- getting a slot --------------------------------------------------------------------------

    def on_copy(self, sender: str, copy: Copy) -> None:
        """Parts are taken in their order, and those of a later attempt in place of all before it."""
        if copy.version <= self.slots[copy.slot].version or copy.version < self._attempt(copy.slot):
            return
        had = len(self.parts.get(copy.slot, ())) if copy.version == self._attempt(copy.slot) else 0
        if copy.number == had:
            self.write(Kept(copy))
            self._keep(copy)
        if copy.number <= had:
            self.send(sender, Copied(copy.slot, copy.version, copy.number))

    def _attempt(self, slot: int) -> int:
        """The version of the attempt of which parts are here; 0 without any."""
        return max((part.version for part in self.parts.get(slot, ())), default=0)

    def _keep(self, copy: Copy) -> None:
        before = self.parts.get(copy.slot, ()) if copy.number else ()
        self.parts[copy.slot] = (*before, copy)

    def on_hand(self, sender: str, hand: Hand) -> None:
        if hand.version > self.slots[hand.slot].version:
            self.write(Took(hand))
            if hand.slot in self.handed:  # the slot comes back before the answer to its last move
                self.cancel_timer(Again(hand.slot))
            self._take(hand)
        self.send(sender, Taken(hand.slot, hand.version))

    def _take(self, hand: Hand) -> None:
        self.handed.pop(
            hand.slot, None
        )  # whoever hands it back has it, though its answer may be lost
        parts = self.parts.pop(hand.slot, ())
        for part in parts if hand.parts else ():
            self.values.update(part.pairs)
        self.values.update(hand.pairs)
        self.slots[hand.slot] = Place(self.id, hand.version)


class StopAndCopy(Shard):
    """Answers no request for a slot from when its move begins: nothing can change, and clients wait for the copy."""

    def on_request(self, sender: str, request: Request) -> None:
        slot = self._slot(request.key)
        if slot in self.moving:
            self.send(sender, Elsewhere(request.op, slot, self.slots[slot]))
        else:
            super().on_request(sender, request)


# --- properties ----------------------------------------------------------------------------------


def one_owner(nodes: Mapping[str, Any]) -> Verdict:
    """No slot is served by two of these nodes at this moment.

    >>> a, b = Shard("a", ["b"], table=["a"]), Shard("b", ["a"], table=["b"])
    >>> one_owner({"a": a})
    one owner
    >>> one_owner({"a": a, "b": b})
    not one owner: a and b serve slot 0
    """
    owners: dict[int, list[str]] = {}
    for name, node in nodes.items():
        if isinstance(node, Shard):
            for slot in filter(node.serves, node.slots):
                owners.setdefault(slot, []).append(name)
    wrong = [
        f"{' and '.join(names)} serve slot {slot}"
        for slot, names in owners.items()
        if len(names) > 1
    ]
    return unless("one owner", wrong[0] if wrong else "")
