"""Linearizability of a text that is put together from pieces, in O(n log n) and the length of the texts returned.

The pieces are the strings of puts and appends. If none is the beginning of another, which also makes all different, a
text can be taken apart in one way only: so each get names the put after which the text began, and all appends since,
in their order. The gets that name one put, or none, have to be beginnings of the longest text among them; otherwise
they refute the history. A put with the appends and gets that name it, a *chain*, then has one order, in which each
operation takes effect as early as it can, and none later than its end. Nothing else may come within a chain: it would
be seen in the texts that follow.

What no get has seen, an append or a put, may come between any two chains, so it is a chain of its own. The chain that
begins with the empty text comes first. Then it remains to order the chains in time, as if they were the clusters of a
register: by their zones, of which two contradict if no order exists (`zones`). An open operation that no get has seen
is left out.

Sources: Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 26(4), 1997, section 4, for the zones;
Sardinas and Patterson, "A necessary and sufficient condition for the unique decomposition of coded messages", IRE
Convention Record 8, 1953, for texts that can be taken apart in one way, of which prefix codes are the simplest kind.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain as chained
from math import inf
from typing import Literal

from dscourse.checkers.parts import Legal
from dscourse.checkers.zones import turns
from dscourse.history import Op

__all__ = ["by_pieces"]


def by_pieces(ops: Sequence[Op], initial: object = None) -> Legal | Literal[False] | None:
    """Return a legal order of the operations on one text, or False; None if the rule does not apply.

    ``ops`` are in the order of their beginnings, without failed ones, and ``initial`` is the text before all of them.

    >>> put = Op(0, "a", "put", "x", "milk", "ok", None, 0, 3)
    >>> append = Op(1, "b", "append", "x", " tea", "ok", None, 1, 4)
    >>> by_pieces([put, append, Op(2, "a", "get", "x", None, "ok", "milk tea", 5, 6)]).ids()
    (0, 1, 2)
    >>> by_pieces([put, append, Op(2, "a", "get", "x", None, "ok", " tea", 5, 6)])
    False
    """
    shown = _Shown()
    writes = shown.add(ops) if initial is None or initial == "" else None
    if writes is None:
        return None
    pieces = sorted(writes)
    if any(map(str.startswith, pieces[1:], pieces)):
        return None
    found = _Chains(writes, pieces, ops[0].invoked - 1 if ops else 0)
    return found.in_order(ops) if found.add(shown) else False


class _Shown:
    """By text: the first end of a get that returned it, and the last beginning of one."""

    def __init__(self) -> None:
        self.first_end: dict[str, float] = {}
        self.last_begin: dict[str, int] = {}

    def add(self, ops: Sequence[Op]) -> dict[str, Op] | None:
        """Add the gets; return the writes by their pieces, or None if these are no different texts."""
        first_end, last_begin = self.first_end, self.last_begin
        writes: dict[str, Op] = {}
        others = 0
        for op in ops:
            if op.f == "get":
                if op.status == "ok":
                    text, end = op.result, op.returned or 0
                    if type(text) is not str:
                        if text is not None:
                            return None
                        text = ""  # a key that was never written
                    if first_end.get(text, inf) > end:
                        first_end[text] = end
                    last_begin[text] = op.invoked
            elif type(op.value) is str and op.value and (op.f == "append" or op.f == "put"):
                writes[op.value] = op
                others += 1
            else:
                return None
        return writes if len(writes) == others else None


@dataclass(slots=True)
class _Chain:
    """A put, or the empty text, with the writes and gets that follow: its zone, and its items in their order.

    An item is a write, or a text that stands for all gets that returned it.
    """

    first_end: float
    last_begin: int
    items: list[Op | str] = field(default_factory=list)

    def extend(self, named: Iterable[Op], text: str, first_end: float, last_begin: int) -> bool:
        """Add writes, and the gets of the text that they make; return False if time or a second put forbids it."""
        now, first, items = self.last_begin, self.first_end, self.items
        for op in named:
            end = op.returned or 0 if op.status == "ok" else inf
            if op.invoked > now:
                now = op.invoked
            if end < now or (items and op.f == "put"):
                return False
            if end < first:
                first = end
            items.append(op)
        items.append(text)
        self.first_end = min(first, first_end)
        self.last_begin = max(now, last_begin)
        return first_end >= now


class _Chains:
    """The chains by their first piece, that of the empty text by ``""``.

    ``writes`` are all writes by their pieces, of which none is the beginning of another; the empty text was there at
    the time ``before``.
    """

    def __init__(self, writes: dict[str, Op], pieces: list[str], before: int) -> None:
        self.pieces, self.longest = pieces, max(map(len, pieces), default=0)
        self.unseen = writes
        self.chains = {"": _Chain(before, before)}

    def add(self, shown: _Shown) -> bool:
        """Add the gets with what they name; return False if they contradict each other or their writes."""
        unseen, first_end, last_begin = self.unseen, shown.first_end, shown.last_begin
        begun = ""
        chain: _Chain | None = self.chains[""]
        for text in sorted(first_end):  # each right after its own beginnings
            at = len(begun) if text.startswith(begun) else 0
            write = unseen.pop(text[at:], None)  # most gets see one write more
            named = self._named(text, at) if write is None else [write]
            if named and not at:
                chain = self._chain(named[0])
            if (
                named is None
                or chain is None
                or not chain.extend(named, text, first_end[text], last_begin[text])
            ):
                return False
            begun = text
        return True

    def _named(self, text: str, at: int) -> list[Op] | None:
        """Return the writes of which the text from ``at`` on is made, each once; None if it is not."""
        named: list[Op] = []
        pieces, longest = self.pieces, self.longest
        while at < len(text):
            # The piece with which the rest begins, if any, is the last that is not after it in the alphabet.
            piece = pieces[bisect_right(pieces, text[at : at + longest]) - 1] if pieces else ""
            write = self.unseen.pop(piece, None) if text.startswith(piece, at) else None
            if write is None:
                return None
            named.append(write)
            at += len(piece)
        return named

    def _chain(self, first: Op) -> _Chain | None:
        """Return the chain that begins with this write; None if that is the empty text's, which has begun."""
        if first.f == "put":
            return self.chains.setdefault(str(first.value), _Chain(inf, first.invoked))
        empty = self.chains[""]
        return None if any(empty.items) else empty

    def in_order(self, ops: Sequence[Op]) -> Legal | Literal[False]:
        """Return the chains one after the other; False if two contradict each other."""
        for piece, op in self.unseen.items():
            if op.status == "ok":
                self.chains[piece] = _Chain(op.returned or 0, op.invoked, [op])
        turn_of = turns(
            {piece: chain.first_end for piece, chain in self.chains.items()},
            {piece: chain.last_begin for piece, chain in self.chains.items()},
        )
        if isinstance(turn_of, tuple):
            return False
        chains = sorted(self.chains, key=turn_of.__getitem__)
        return Legal(partial(_ids, [self.chains[piece].items for piece in chains], ops))


def _ids(chains: Iterable[Sequence[Op | str]], ops: Sequence[Op]) -> tuple[int, ...]:
    """Return the ids chain by chain; those of gets that returned the same as they began."""
    gets: dict[str, list[int]] = {}
    for op in ops:
        if op.f == "get" and op.status == "ok":
            gets.setdefault(str(op.result or ""), []).append(op.id)
    order: list[int] = []
    for item in chained.from_iterable(chains):
        order.extend(gets[item] if isinstance(item, str) else (item.id,))
    return tuple(order)
