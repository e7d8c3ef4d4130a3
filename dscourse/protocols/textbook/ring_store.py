"""A store on a ring that lacks a part: what each of them is for shows when it is gone.

Source:        the "distributed key-value store" as introductions assemble it: consistent hashing, N replicas,
               quorums, and the newer time stamp wins. What is missing: DeCandia et al., "Dynamo", SOSP 2007,
               sections 4.4, 4.6 and 4.7.
Assumes:       that clocks agree, that no message is lost and no node misses a write.
Promises:      under this assumption, the homes of a key hold the same.
Not promised:  anything under faults. `TimestampStore`: of two concurrent writes one is gone, and which one is for the
               clocks to say; a home that missed a write is told by nobody.
Departs:       nothing: these are the versions to break. `dscourse.protocols.ring_store` has all the parts.
Size:          2 (N - 1) messages an operation.
"""

from __future__ import annotations

from typing import Any

from dscourse.protocols.anti_entropy import CompareNext, Held
from dscourse.protocols.context_client import Ask
from dscourse.protocols.eventual_store import Open
from dscourse.protocols.ring_store import RingStore, SloppyStore
from dscourse.protocols.versions import Siblings, Version

__all__ = [
    "NoAntiEntropyStore", "NoHintsStore", "NoReadRepairStore", "NoRepairStore", "TimestampStore", "TrustingStore",
]  # fmt: skip


class NoHintsStore(SloppyStore):
    """Owes nobody anything: who missed a write is not told."""

    def _owe(self, peer: str, key: Any) -> None:
        pass


class NoReadRepairStore(SloppyStore):
    """A read leaves what it finds as it is."""

    def _repair(self, now: Open) -> None:
        pass


class NoAntiEntropyStore(SloppyStore):
    """Compares with nobody."""

    def on_compare_next(self, timer: CompareNext) -> None:
        pass


class TrustingStore(SloppyStore):
    """Takes everybody for up: no stand-ins, and hints go to nodes that are down as well."""

    def reaches(self, peer: str) -> bool:
        return True


class NoRepairStore(NoHintsStore, NoReadRepairStore, NoAntiEntropyStore):
    """None of the three."""


class TimestampStore(RingStore):
    """The textbook: the homes keep the value with the highest time stamp, and nothing is repaired."""

    def _owe(self, peer: str, key: Any) -> None:
        pass

    def _repair(self, now: Open) -> None:
        pass

    def on_compare_next(self, timer: CompareNext) -> None:
        pass

    def _new_version(self, ask: Ask, client: str) -> Version:
        return Version(self.id, round(1_000 * self.now), ask.seen, ask.value, ask.f == "delete")

    def keep(self, key: Any, versions: Siblings) -> bool:
        before = self.stored.get(key, ())
        newest = max((*before, *versions), key=lambda version: (version.count, version.replica))
        if before == (newest,):
            return False
        self.write(Held(key, (newest,)))
        self.stored[key] = (newest,)
        return True
