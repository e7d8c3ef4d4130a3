"""Secondary indexes over documents in ranges: beside the documents, or in ranges of their own.

A local index (document-partitioned) is stored with each document: a write touches one node, while a query by another
field asks all nodes. A global index (term-partitioned) is placed by term: a query asks one node, while a write
touches the document's node and those of its terms.

Source: Kleppmann, "Designing data-intensive applications", 2017, chapter 6.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from dscourse.placement.ranges import RangeMap

__all__ = ["GlobalIndex", "LocalIndex"]

Document = Mapping[str, Hashable]


class LocalIndex:
    """Documents by number; each node indexes its own documents.

    >>> ids = RangeMap("n1"); ids.split(100, "n2")
    >>> cars = LocalIndex(ids)
    >>> cars.write(7, {"colour": "red"}), cars.write(150, {"colour": "red"})
    (('n1',), ('n2',))
    >>> cars.query("colour", "red")
    ((7, 150), ('n1', 'n2'))
    """

    def __init__(self, ids: RangeMap[int]) -> None:
        self.ids = ids
        self.documents: dict[int, Document] = {}

    def write(self, number: int, document: Document) -> tuple[str, ...]:
        """Store a document under its number, replacing any previous one. Return the nodes touched."""
        self.documents[number] = dict(document)
        return (self.ids.range_of(number).node,)

    def query(self, name: str, value: Hashable) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return the numbers of the documents with this value, and the nodes asked."""
        found = sorted(key for key, one in self.documents.items() if (name, value) in one.items())
        return tuple(found), tuple(sorted({one.node for one in self.ids}))


class GlobalIndex(LocalIndex):
    """Documents by number, and an index whose terms, such as "colour=red", are partitioned by range separately.

    >>> ids, terms = RangeMap("n1"), RangeMap("n1")
    >>> ids.split(100, "n2"); terms.split("colour=m", "n2")
    >>> cars = GlobalIndex(ids, terms)
    >>> cars.write(7, {"colour": "red"}), cars.query("colour", "red")
    (('n1', 'n2'), ((7,), ('n2',)))
    """

    def __init__(self, ids: RangeMap[int], terms: RangeMap[str]) -> None:
        super().__init__(ids)
        self.terms = terms
        self.entries: dict[tuple[str, Hashable], set[int]] = {}

    def write(self, number: int, document: Document) -> tuple[str, ...]:
        """Store a document and its index entries, and remove those of its predecessor. Return the nodes touched."""
        old = self.documents.get(number, {})
        touched = set(super().write(number, document))
        for name, value in set(old.items()) ^ set(document.items()):
            self.entries.setdefault((name, value), set()).symmetric_difference_update({number})
            touched.add(self._node_of(name, value))
        return tuple(sorted(touched))

    def query(self, name: str, value: Hashable) -> tuple[tuple[int, ...], tuple[str, ...]]:
        return tuple(sorted(self.entries.get((name, value), ()))), (self._node_of(name, value),)

    def _node_of(self, name: str, value: Hashable) -> str:
        return self.terms.range_of(f"{name}={value}").node
