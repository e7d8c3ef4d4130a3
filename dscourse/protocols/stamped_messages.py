"""Notes between nodes, each stamped with a logical clock, so that no effect is stamped before its cause.

Source:        Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978 (rules
               IR1 and IR2); Fidge 1988 and Mattern 1989 (vector clocks); Kulkarni, Demirbas, Madappa, Avva and
               Leone, "Logical Physical Clocks", OPODIS 2014, section 3 (hybrid clocks).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. Nothing about
               the nodes' own clocks; for the bound of `ahead_ms`, that no clock is set back. Restarts: a node goes on
               after the last stamp in its log; one that began again at zero would give old stamps to new events.
Promises:      `respects_causality` always: a larger stamp for every effect. With `VectorStamper` also the converse:
               no smaller stamp without a chain of causes, so `Tally.invented` is 0. With `HybridStamper`, `ahead_ms`
               stays within the largest difference of two clocks, as it was at any moment so far.
Not promised:  with Lamport and hybrid stamps, that a smaller stamp means a cause: they order concurrent events too.
Departs:       the stamp is part of the record that is written before the note is sent, so a node that crashes and
               starts again goes on behind its last stamp; the sources have no crashes. The textbook version stamps
               with the time of day.
Size:          1 message and 1 forced write per note; a stamp has 1 number (Lamport), 2 (hybrid), 1 per node (vector).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.clocks import HybridClock, LamportClock, VectorClock
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.protocols.textbook.stamped_messages import Stamped, Stamper

__all__ = [
    "HybridStamper", "LamportStamper", "Record", "Tally", "VectorStamper", "ahead_ms", "causal_pasts",
    "respects_causality", "tally",
]  # fmt: skip

Record = tuple[str, Stamped]  # a node, and one of the records of its log


class LamportStamper(Stamper):
    """A node that stamps each event with its Lamport clock."""

    clock: LamportClock

    def first(self) -> LamportClock:
        return LamportClock()

    def after_sending(self) -> LamportClock:
        return self.clock.tick()

    def after_receipt(self, stamp: LamportClock) -> LamportClock:
        return self.clock.receive(stamp)


class VectorStamper(Stamper):
    """A node that stamps each event with its vector clock."""

    clock: VectorClock

    def first(self) -> VectorClock:
        return VectorClock()

    def after_sending(self) -> VectorClock:
        return self.clock.tick(self.id)

    def after_receipt(self, stamp: VectorClock) -> VectorClock:
        return self.clock.receive(stamp, self.id)


class HybridStamper(Stamper):
    """A node that stamps each event with its hybrid clock: its own time of day, or a later one received."""

    clock: HybridClock

    def first(self) -> HybridClock:
        return HybridClock(float("-inf"))

    def after_sending(self) -> HybridClock:
        return self.clock.tick(self.now)

    def after_receipt(self, stamp: HybridClock) -> HybridClock:
        return self.clock.receive(stamp, self.now)


# --- properties ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """A comparison of the stamps of a run with its causal order: counts of receipts and of pairs of events.

    ``backwards`` of the ``receipts`` are stamped no later than their sendings. Of the ``ordered`` pairs, in which one
    event is a cause of the other, the stamps contradict ``contradicted``. Of the ``concurrent`` pairs, they order
    ``invented``.
    """

    receipts: int
    backwards: int
    ordered: int
    contradicted: int
    concurrent: int
    invented: int


def causal_pasts(records: Sequence[Record]) -> list[int]:
    """Return the causes of each record as a bit mask of indexes into ``records``, which must be in order of writing.

    >>> note, other = Stamped("send", 0, 1, 0.0), Stamped("send", 1, 1, 0.0)
    >>> receipt = Stamped("receive", 0, 2, 0.0)
    >>> [bin(past) for past in causal_pasts([("a", note), ("b", other), ("b", receipt)])]
    ['0b0', '0b0', '0b11']
    """
    last: dict[str, int] = {}
    sent: dict[int, int] = {}
    pasts: list[int] = []
    for index, (node, record) in enumerate(records):
        causes = [last[node]] if node in last else []
        if record.event == "receive":
            causes.append(sent[record.number])
        else:
            sent[record.number] = index
        last[node] = index
        past = 0
        for cause in causes:
            past |= pasts[cause] | 1 << cause
        pasts.append(past)
    return pasts


def tally(records: Sequence[Record], before: Callable[[Any, Any], bool] = operator.lt) -> Tally:
    """Compare ``before``, applied to two stamps, with the causal order; O(n²) in the number of records."""
    pasts = causal_pasts(records)
    stamps = [record.stamp for _, record in records]
    ordered = contradicted = concurrent = invented = 0
    for b, past in enumerate(pasts):
        for a in range(b):
            if past >> a & 1:
                ordered += 1
                contradicted += not before(stamps[a], stamps[b])
            else:
                concurrent += 1
                invented += before(stamps[a], stamps[b]) or before(stamps[b], stamps[a])
    late = _pairs(records)
    backwards = sum(not before(sending.stamp, receipt.stamp) for sending, receipt in late)
    return Tally(len(late), backwards, ordered, contradicted, concurrent, invented)


def respects_causality(
    records: Sequence[Record], before: Callable[[Any, Any], bool] = operator.lt
) -> Verdict:
    """Judge that each stamp is after the previous one at its node, and each receipt's after its sending's.

    >>> respects_causality([("a", Stamped("send", 0, 5, 5.0)), ("b", Stamped("receive", 0, 3, 3.0))])
    violated: respects causality; b receives note 0 with stamp 3, and it was sent with stamp 5
    """
    return unless("respects causality", _effect_before_cause(records, before))


def _effect_before_cause(records: Sequence[Record], before: Callable[[Any, Any], bool]) -> str:
    """Describe the first event whose stamp is not after that of one of its causes; "" if there is none."""
    last: dict[str, Any] = {}
    sent = {record.number: record.stamp for _, record in records if record.event == "send"}
    for node, record in records:
        if node in last and not before(last[node], record.stamp):
            return f"{node} stamps an event with {record.stamp} after one with {last[node]}"
        last[node] = record.stamp
        if record.event == "receive" and not before(sent[record.number], record.stamp):
            return (
                f"{node} receives note {record.number} with stamp {record.stamp}, "
                f"and it was sent with stamp {sent[record.number]}"
            )
    return ""


def ahead_ms(records: Sequence[Record]) -> float:
    """Return the largest lead of a hybrid stamp over its node's own clock, in ms; 0 without records."""
    return max((record.stamp.wall_ms - record.read_ms for _, record in records), default=0.0)


def _pairs(records: Sequence[Record]) -> list[tuple[Stamped, Stamped]]:
    """Return each receipt with its sending."""
    sent = {record.number: record for _, record in records if record.event == "send"}
    return [(sent[record.number], record) for _, record in records if record.event == "receive"]
