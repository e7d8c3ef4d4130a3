"""Stores on a ring, each without one part, whose absence shows its purpose.

Source:        the "distributed key-value store" as introductions assemble it: consistent hashing, N replicas,
               quorums, and the newer timestamp wins. What is missing: DeCandia et al., "Dynamo", SOSP 2007,
               sections 4.4, 4.6 and 4.7.
Assumes:       that clocks agree, no message is lost, no node misses a write, and none accepts two in the same µs.
Promises:      under these assumptions, that the homes of a key are equal.
Not promised:  anything under faults. `TimestampStore`: of two concurrent writes one is lost, and the clocks decide
               which; a home that missed a write never receives it.
Departs:       nothing: these are the versions to break. `dscourse.protocols.ring_store` has all the parts.
Size:          2 (N - 1) messages per operation.
"""

from __future__ import annotations

from typing import Any

from dscourse.protocols.anti_entropy import CompareNext, VersionsStored
from dscourse.protocols.context_client import VersionedRequest
from dscourse.protocols.eventual_store_messages import Operation
from dscourse.protocols.ring_store import RingStore, SloppyStore
from dscourse.protocols.versions import Siblings, Version

__all__ = [
    "NoAntiEntropyStore", "NoHintsStore", "NoReadRepairStore", "NoRepairStore", "TimestampStore",
    "TimestampsInFullStore", "TrustingStore",
]  # fmt: skip


class NoHintsStore(SloppyStore):
    """No hinted handoff: a node that missed a write is not sent it."""

    def _add_hint(self, peer: str, key: Any) -> None:
        pass


class NoReadRepairStore(SloppyStore):
    """No read repair."""

    def _repair(self, operation: Operation) -> None:
        pass


class NoAntiEntropyStore(SloppyStore):
    """No anti-entropy."""

    def on_compare_next(self, timer: CompareNext) -> None:
        pass


class TrustingStore(SloppyStore):
    """No failure detection: a coordinator passes over no home, and hands off hints to nodes that are down as well.

    A stand-in takes part only if a client asks it.
    """

    def seems_up(self, peer: str) -> bool:
        return True


class NoRepairStore(NoHintsStore, NoReadRepairStore, NoAntiEntropyStore):
    """No hinted handoff, no read repair, no anti-entropy."""


class TimestampStore(RingStore):
    """The textbook version: the homes keep the value with the latest timestamp, and nothing is repaired."""

    def _add_hint(self, peer: str, key: Any) -> None:
        pass

    def _repair(self, operation: Operation) -> None:
        pass

    def on_compare_next(self, timer: CompareNext) -> None:
        pass

    def _new_version(self, request: VersionedRequest, client: str) -> Version:
        return Version(
            self.id, round(1_000 * self.now), request.seen, request.value, request.f == "delete"
        )

    def store(self, key: Any, versions: Siblings) -> bool:
        before = self.stored.get(key, ())
        newest = max((*before, *versions), key=lambda version: (version.count, version.replica))
        if before == (newest,):
            return False
        self.write(VersionsStored(key, (newest,)))
        self.stored[key] = (newest,)
        return True


class TimestampsInFullStore(SloppyStore):
    """Timestamps instead of versions, and every other part: the homes become equal, and agree on what is left."""

    _new_version = TimestampStore._new_version
    store = TimestampStore.store
