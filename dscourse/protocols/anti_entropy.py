"""Anti-entropy: replicas converge by comparing Merkle trees, two at a time.

Source:        Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, section 1.3
               (anti-entropy); DeCandia et al., "Dynamo", SOSP 2007, section 4.7 (with Merkle trees).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. Restarts: any
               replica, with its log; it forgets a comparison in progress and begins again at the next interval.
Promises:      `checkers.convergent` on the replicas' `contents`, once writes have stopped and messages get through;
               `monotonic`: the versions of a key at a replica are only added to, or superseded.
Not promised:  a bound on the time until then.
Departs:       a node compares with its peers in turn instead of at random, so that a run needs no random numbers. A
               tree is computed when it is needed; a real store maintains it.
Size:          1 message per comparison if both replicas are equal; else at most 2 hashes per level and differing
               key, and the versions of the buckets that differ, in ``depth`` + 3 messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import count
from dscourse.history import History, Op
from dscourse.node import Message, Node, Timer
from dscourse.protocols.versions import Siblings, Version, joined, values_text
from dscourse.replication.merkle import MerkleTree, bucket_of

__all__ = [
    "Compare",
    "CompareNext",
    "Entries",
    "Replica",
    "VersionsStored",
    "contents",
    "lost_writes",
    "monotonic",
]

Entry = tuple[Any, Siblings]


@dataclass(frozen=True, slots=True)
class Compare(Message):
    """My tree has these hashes at these indexes of a level: where does yours differ?"""

    level: int
    indexes: tuple[int, ...]
    hashes: tuple[bytes, ...]

    def __str__(self) -> str:
        return f"compare level {self.level} ({count(len(self.hashes), 'hash')})"


@dataclass(frozen=True, slots=True)
class Entries(Message):
    """These are my versions of the keys in some buckets; ``answer`` requests yours."""

    buckets: tuple[int, ...]
    entries: tuple[Entry, ...]
    answer: bool

    def __str__(self) -> str:
        entries = ", ".join(f"{key}={values_text(versions)}" for key, versions in self.entries)
        return f"versions {entries}" if entries else "no versions"


@dataclass(frozen=True, slots=True)
class CompareNext(Timer):
    """Time to compare with the next peer."""


@dataclass(frozen=True, slots=True)
class VersionsStored:
    """A record: these are the versions of ``key`` at this replica."""

    key: Any
    versions: Siblings

    def __str__(self) -> str:
        return f"{self.key}={values_text(self.versions)}"


class Replica(Node):
    """A replica that stores the versions of each key, and compares them with one peer after the other."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), interval_ms: float = 50.0, depth: int = 4
    ) -> None:
        super().__init__(id, peers)
        if not interval_ms > 0:
            raise ValueError(f"interval_ms={interval_ms}: it must be above 0")
        self.interval_ms, self.depth = interval_ms, depth
        self.stored: dict[Any, Siblings] = {}
        self.comparisons = 0

    def on_start(self, log: Sequence[object]) -> None:
        self.stored = {
            record.key: record.versions for record in log if isinstance(record, VersionsStored)
        }
        if self.peers:
            self.set_timer(CompareNext(), self.interval_ms)

    def on_compare_next(self, timer: CompareNext) -> None:
        peer = self.peers[self.comparisons % len(self.peers)]
        self.send(peer, Compare(0, (0,), self._tree(peer).hashes(0, [0])))
        self.comparisons += 1
        self.set_timer(timer, self.interval_ms)

    def on_compare(self, sender: str, compare: Compare) -> None:
        tree = self._tree(sender)
        differing = tree.differing(compare.level, compare.indexes, compare.hashes)
        if differing and compare.level == self.depth:
            self.send(sender, self._entries(sender, tuple(differing), answer=True))
        elif differing:
            children = tuple(child for index in differing for child in (2 * index, 2 * index + 1))
            hashes = tree.hashes(compare.level + 1, children)
            self.send(sender, Compare(compare.level + 1, children, hashes))

    def on_entries(self, sender: str, entries: Entries) -> None:
        for key, versions in entries.entries:
            self.store(key, versions)
        if entries.answer:
            self.send(sender, self._entries(sender, entries.buckets, answer=False))

    def store(self, key: Any, versions: Siblings) -> bool:
        """Join the versions to the stored ones, durably; return whether that changed anything."""
        before = self.stored.get(key, ())
        after = joined(before, versions)
        if after == before:
            return False
        self.write(VersionsStored(key, after))
        self.stored[key] = after
        return True

    def shared(self, peer: str) -> Mapping[Any, Siblings]:
        """Return the versions of all keys that the peer should store as well: here, of every key."""
        return self.stored

    def _entries(self, peer: str, buckets: tuple[int, ...], answer: bool) -> Entries:
        shared = self.shared(peer)
        chosen = [key for key in shared if bucket_of(key, self.depth) in buckets]
        return Entries(buckets, tuple((key, shared[key]) for key in chosen), answer)

    def _tree(self, peer: str) -> MerkleTree:
        return MerkleTree.of(self.shared(peer), self.depth)


def contents(nodes: Mapping[str, Node]) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Return the values of each replica by key, without deleted ones, for `checkers.convergent`."""
    return {
        name: {
            key: tuple(version.value for version in versions if not version.deleted)
            for key, versions in node.stored.items()
        }
        for name, node in nodes.items()
        if isinstance(node, Replica)
    }


def monotonic(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Judge that each record of a key in a log has, or supersedes, every version of the record before.

    >>> monotonic({"n1": [VersionsStored("x", (Version("a", 1),)), VersionsStored("x", (Version("b", 1),))]})
    violated: monotonic; n1 held version a:1 of x, and then nothing that supersedes it
    """
    wrong = ""
    for name, log in logs.items():
        last: dict[Any, Siblings] = {}
        for record in log:
            if isinstance(record, VersionsStored):
                every = joined(last.get(record.key, ()), record.versions)
                gone = [version for version in every if version not in record.versions]
                if gone:
                    wrong = wrong or (
                        f"{name} held version {gone[0].replica}:{gone[0].count} of {record.key}, "
                        "and then nothing that supersedes it"
                    )
                elif every != record.versions:
                    wrong = (
                        wrong or f"{name} held versions of {record.key} that supersede each other"
                    )
                last[record.key] = record.versions
    return unless("monotonic", wrong)


def lost_writes(history: History, logs: Mapping[str, Sequence[object]]) -> list[int]:
    """Return the ids of acknowledged writes that are neither stored nor superseded by a write that had seen them.

    ``logs`` are the replicas' logs at the end of the run. Values of a key must be unique.

    >>> write = Op(0, "c", "write", "x", 5, "ok", None, 0, 1)
    >>> first = VersionsStored("x", (Version("a", 1, value=5),))
    >>> lost_writes(History([write]), {"a": [first, VersionsStored("x", (Version("b", 1),))]})
    [0]
    """
    records = [
        record for log in logs.values() for record in log if isinstance(record, VersionsStored)
    ]
    version_of = {
        (r.key, version.value): version
        for r in records
        for version in r.versions
        if not version.deleted
    }
    last = {
        (name, r.key): r.versions
        for name, log in logs.items()
        for r in log
        if isinstance(r, VersionsStored)
    }
    return [
        op.id
        for op in history.ok
        if op.f == "write" and not _survives(op, version_of.get((op.key, op.value)), last)
    ]


def _survives(op: Op, version: Version | None, last: Mapping[tuple[str, Any], Siblings]) -> bool:
    """Return whether a replica stores the version, or one that supersedes it."""
    return version is not None and any(
        one == version or one.supersedes(version)
        for (_, key), siblings in last.items()
        if key == op.key
        for one in siblings
    )
