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
Size:          1 message and 1 forced write a note; its stamp is 1 number (Lamport), 2 (hybrid) or 1 a node (vector).
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
    """Stamps each event with the node's Lamport clock."""

    clock: LamportClock

    def first(self) -> LamportClock:
        return LamportClock()

    def after_sending(self) -> LamportClock:
        return self.clock.tick()

    def after_receipt(self, stamp: LamportClock) -> LamportClock:
        return self.clock.receive(stamp)


class VectorStamper(Stamper):
    """Stamps each event with the node's vector clock."""

    clock: VectorClock

    def first(self) -> VectorClock:
        return VectorClock()

    def after_sending(self) -> VectorClock:
        return self.clock.tick(self.id)

    def after_receipt(self, stamp: VectorClock) -> VectorClock:
        return self.clock.receive(stamp, self.id)


class HybridStamper(Stamper):
    """Stamps each event with the node's hybrid clock: its own time of day, or what it has heard of a later one."""

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
    """What the stamps of a run say, against what happened: counts of receipts and of pairs of events.

    ``backwards`` of ``receipts`` are stamped no later than their sendings. Of the ``ordered`` pairs, in which one
    event is a cause of the other, the stamps fail to say so in ``contradicted``. Of the ``concurrent`` pairs they put
    ``invented`` in an order.
    """

    receipts: int
    backwards: int
    ordered: int
    contradicted: int
    concurrent: int
    invented: int


def causal_pasts(records: Sequence[Record]) -> list[int]:
    """The causes of each record, as a bit mask of places in ``records``, which must be in the order of their writing.

    >>> note, other = Stamped("send", 0, 1, 0.0), Stamped("send", 1, 1, 0.0)
    >>> receipt = Stamped("receive", 0, 2, 0.0)
    >>> [bin(past) for past in causal_pasts([("a", note), ("b", other), ("b", receipt)])]
    ['0b0', '0b0', '0b11']
    """
    last: dict[str, int] = {}
    sent: dict[int, int] = {}
    pasts: list[int] = []
    for place, (node, record) in enumerate(records):
        causes = [last[node]] if node in last else []
        if record.event == "receive":
            causes.append(sent[record.number])
        else:
            sent[record.number] = place
        last[node] = place
        past = 0
        for cause in causes:
            past |= pasts[cause] | 1 << cause
        pasts.append(past)
    return pasts


def tally(records: Sequence[Record], before: Callable[[Any, Any], bool] = operator.lt) -> Tally:
    """How far ``before``, applied to two stamps, agrees with what happened; O(n²) in the number of records."""
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
    """Each stamp is after the one before it at its node, and each receipt's after its sending's.

    >>> respects_causality([("a", Stamped("send", 0, 5, 5.0)), ("b", Stamped("receive", 0, 3, 3.0))])
    not respects causality: b receives note 0 with stamp 3, and it was sent with stamp 5
    """
    return unless("respects causality", _effect_before_cause(records, before))


def _effect_before_cause(records: Sequence[Record], before: Callable[[Any, Any], bool]) -> str:
    """The first event whose stamp is not after that of one of its causes, in words."""
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
    """By how much hybrid stamps are ahead of their nodes' own clocks at most, in ms; 0 without records."""
    return max((record.stamp.wall_ms - record.read_ms for _, record in records), default=0.0)


def _pairs(records: Sequence[Record]) -> list[tuple[Stamped, Stamped]]:
    """Each receipt with its sending."""
    sent = {record.number: record for _, record in records if record.event == "send"}
    return [(sent[record.number], record) for _, record in records if record.event == "receive"]
