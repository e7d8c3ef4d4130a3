"""A table of shared and exclusive locks: the holders of each key, the requests for it, and cycles of waiting.

Source:        Gray and Reuter, "Transaction Processing: Concepts and Techniques", 1993, chapter 8 (lock modes, first
               come first served, conversion); Bernstein, Hadzilacos and Goodman, "Concurrency Control and Recovery in
               Database Systems", 1987, section 3.4 (the waits-for graph).
Assumes:       one caller. Restarts: locks are volatile; a crash ends all transactions that hold one.
Promises:      an exclusive lock has one holder, and excludes shared ones. Requests are granted in the order in which
               they came, but for a holder that asks for more: it comes first.
Not promised:  that no two wait for each other: `cycle` finds them.
Departs:       no intention locks: keys have no hierarchy.
Size:          a request looks at the holders of one key and at those that wait for it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["LockTable"]

Request = tuple[int, bool]  # the transaction, and whether the lock is exclusive


class LockTable:
    """Locks by key: ``holders``, with True for an exclusive lock, and ``waiting``, the requests in order.

    >>> locks = LockTable()
    >>> locks.ask(1, "x", exclusive=True), locks.ask(2, "x", exclusive=False)
    (True, False)
    >>> locks.release(1)
    [2]
    """

    def __init__(self) -> None:
        self.holders: dict[Any, dict[int, bool]] = {}
        self.waiting: dict[Any, list[Request]] = {}

    def ask(self, tx: int, key: Any, exclusive: bool) -> bool:
        """Ask for a lock; return whether it is granted now. Otherwise the transaction waits for it."""
        holders = self.holders.setdefault(key, {})
        if holders.get(tx, False) >= exclusive and tx in holders:
            return True
        queue = self.waiting.setdefault(key, [])
        index = 0 if tx in holders else len(queue)
        queue.insert(index, (tx, exclusive))
        return tx in self._grant(key)

    def release(self, tx: int) -> list[int]:
        """Give up all locks and requests of a transaction; return those that need not wait any more."""
        granted: list[int] = []
        for key in list(self.holders):
            before = len(self.waiting.get(key, ()))
            self.waiting[key] = [one for one in self.waiting.get(key, ()) if one[0] != tx]
            if self.holders[key].pop(tx, None) is not None or len(self.waiting[key]) < before:
                granted += self._grant(key)
            if not self.holders[key] and not self.waiting[key]:
                del self.holders[key], self.waiting[key]
        return granted

    def blockers(self, tx: int) -> list[int]:
        """Return the transactions for which this one waits: holders, and those that asked before it."""
        found: dict[int, None] = {}
        for key, queue in self.waiting.items():
            for index, (other, exclusive) in enumerate(queue):
                if other == tx:
                    found.update(dict.fromkeys(self._before(key, index, tx, exclusive)))
        return list(found)

    def cycle(self, tx: int) -> list[int]:
        """Return transactions each of which waits for the next, and the last for ``tx``, the first; [] if none do."""
        path, ways = [tx], [iter(self.blockers(tx))]
        seen = {tx}
        while ways:
            following = next(ways[-1], None)
            if following is None:
                ways.pop()
                path.pop()
            elif following == tx:
                return path
            elif following not in seen:
                seen.add(following)
                path.append(following)
                ways.append(iter(self.blockers(following)))
        return []

    def _before(self, key: Any, index: int, tx: int, exclusive: bool) -> list[int]:
        earlier = [*self.holders[key].items(), *self.waiting[key][:index]]
        return [other for other, mode in earlier if other != tx and (exclusive or mode)]

    def _grant(self, key: Any) -> list[int]:
        """Grant the first requests of a key as long as they fit; return their transactions."""
        holders, queue, granted = self.holders[key], self.waiting[key], []
        while queue:
            tx, exclusive = queue[0]
            others = [mode for other, mode in holders.items() if other != tx]
            if any(others) or (exclusive and others):
                break
            holders[tx] = exclusive or holders.get(tx, False)
            granted.append(tx)
            del queue[0]
        return granted
