"""The clients' history as part of a state: as much of it as the order of operations in real time can be told from.

For each operation that has begun it is kept which ones had ended before. That is all of the real-time order, so
states count as different only if a judge of histories could tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.history import History, Op

__all__ = ["NOT_BEGUN", "Past", "first_numbers"]

NOT_BEGUN = -1
_Results = Sequence[tuple[int, str, Any]]


def first_numbers(operations: Mapping[str, Sequence[tuple[Any, ...]]]) -> dict[str, int]:
    """Return the number of each client's first operation: all operations are numbered in the order given.

    >>> first_numbers({"u": [("read",), ("read",)], "v": [("read",)]})
    {'u': 0, 'v': 2}
    """
    numbers, number = {}, 0
    for client, todo in operations.items():
        numbers[client] = number
        number += len(todo)
    return numbers


class Past:
    """The histories of clients that carry out ``operations``, each known by a tuple of bit sets.

    These are, for each operation of all clients, the set of operations that had ended before it began,
    as bits, or `NOT_BEGUN`.
    """

    def __init__(self, operations: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        self.todo: list[tuple[str, tuple[Any, ...]]] = [
            (client, op) for client, todo in operations.items() for op in todo
        ]
        self.first = first_numbers(operations)
        self._histories: dict[object, History] = {}

    def initial(self) -> tuple[int, ...]:
        """No operation has begun."""
        return (NOT_BEGUN,) * len(self.todo)

    def begun(
        self, past: tuple[int, ...], client: str, results: Mapping[str, _Results]
    ) -> tuple[int, ...]:
        """Return the history after ``client`` begins its next operation; ``results`` are those that have ended."""
        at = past.index(NOT_BEGUN, self.first[client])
        return (*past[:at], self._closed(results), *past[at + 1 :])

    def _closed(self, results: Mapping[str, _Results]) -> int:
        """Return the operations that are known to have happened or not to have happened, as bits."""
        bits = 0
        for client, ended in results.items():
            for nth, (_, status, _) in enumerate(ended):
                if status in ("ok", "fail"):
                    bits |= 1 << (self.first[client] + nth)
        return bits

    def history(self, past: tuple[int, ...], results: Mapping[str, _Results]) -> History:
        """Return the history of clients that have seen these ``results``."""
        key = past, *map(id, results.values())  # the tables keep the results of every local state
        history = self._histories.get(key)
        if history is None:
            history = self._histories[key] = self._written(past, results)
        return history

    def _written(self, past: tuple[int, ...], results: Mapping[str, _Results]) -> History:
        invoked, returned = self._order(past, results)
        ops = []
        for at in invoked:
            client, (f, *rest) = self.todo[at]
            key, value = (*rest, None, None)[:2]
            nth = at - self.first[client]
            ended = results[client][nth] if nth < len(results[client]) else None
            status, result = ended[1:] if ended else ("pending", None)
            ops.append(Op(at, client, f, key, value, status, result, invoked[at], returned.get(at)))
        return History(ops)

    def _order(
        self, past: tuple[int, ...], results: Mapping[str, _Results]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Return the indices of each operation's invocation and return in one order of these events."""
        invoked: dict[int, int] = {}
        returned: dict[int, int] = {}
        clock = 0

        def end(ended: int) -> None:
            nonlocal clock
            if ended in invoked and ended not in returned and self._has_ended(ended, results):
                returned[ended] = clock
                clock += 1

        for at in sorted(self._begun(past), key=lambda at: (past[at].bit_count(), at)):
            for ended in self._begun(past):
                same_client = self.todo[ended][0] == self.todo[at][0] and ended < at
                if past[at] >> ended & 1 or same_client:
                    end(ended)
            invoked[at] = clock
            clock += 1
        for ended in self._begun(past):
            end(ended)
        return invoked, returned

    def _begun(self, past: tuple[int, ...]) -> list[int]:
        return [at for at, ended in enumerate(past) if ended != NOT_BEGUN]

    def _has_ended(self, at: int, results: Mapping[str, _Results]) -> bool:
        client = self.todo[at][0]
        return at - self.first[client] < len(results[client])
