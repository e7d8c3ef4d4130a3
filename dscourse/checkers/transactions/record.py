"""The evidence in a history of transactions: the versions of each key, and the anomalies that need no cycle."""

from __future__ import annotations

from dataclasses import dataclass, field

from dscourse.checkers.transactions.anomaly import Anomaly
from dscourse.checkers.transactions.transaction import Transaction
from dscourse.checkers.transactions.versions import Versions

__all__ = ["Record"]


@dataclass(slots=True, eq=False)
class Record:
    """The transactions, the versions by key, and of each anomaly without a cycle the first example.

    ``writers`` are the indices of the writers by key and value, and ``last`` the last value that each wrote to a key.
    ``reads`` are, for each transaction, its reads of versions by others in its order, as key and number.
    """

    transactions: list[Transaction]
    versions: dict[object, Versions] = field(default_factory=dict)
    writers: dict[object, dict[object, int]] = field(default_factory=dict)
    last: dict[object, dict[int, object]] = field(default_factory=dict)
    reads: list[list[tuple[object, int]]] = field(default_factory=list)
    found: dict[str, Anomaly] = field(default_factory=dict)

    def report(self, *involved: int, name: str, sentence: str) -> None:
        """Keep the first example of an anomaly; ``involved`` are indices."""
        if name not in self.found:
            ids = tuple(sorted({self.transactions[index].op.id for index in involved}))
            self.found[name] = Anomaly(name, sentence, ids)

    def name(self, index: int) -> str:
        return self.transactions[index].name

    @property
    def left_out(self) -> int:
        """The number of unknown transactions that may not have happened."""
        return sum(not one.committed and one.op.status != "fail" for one in self.transactions)

    @property
    def unordered(self) -> int:
        """The number of committed writes whose position in the order of versions is not known."""
        return sum(len(versions.loose) for versions in self.versions.values())
