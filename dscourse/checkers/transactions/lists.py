"""The reads of lists: the longest one, the ones that contradict it, and elements that must not be in them."""

from __future__ import annotations

from collections import Counter

from dscourse.checkers.specification import MisfitError
from dscourse.checkers.transactions.inside import named, shown
from dscourse.checkers.transactions.record import Record
from dscourse.checkers.transactions.transaction import Elements, Transaction
from dscourse.checkers.transactions.versions import Versions

__all__ = ["NEVER", "Reads", "check_elements", "check_written", "list_reads"]

Reads = dict[object, list[tuple[Transaction, Elements]]]
NEVER = Versions("never written", False)


def list_reads(record: Record) -> Reads:
    """Return for each list its longest read, and after it the reads that do not begin it."""
    reads = [
        (one, step.key, _elements(record, one, step.key, step.value))
        for one in record.transactions if one.reads_known
        for step in one.steps if step.f == "r" and record.versions.get(step.key, NEVER).is_list
    ]  # fmt: skip
    found: Reads = {}
    for one, key, elements in reads:
        if key not in found or len(elements) > len(found[key][0][1]):
            found[key] = [(one, elements)]
    for one, key, elements in reads:
        if elements != found[key][0][1][: len(elements)]:
            found[key].append((one, elements))
    return found


def _elements(record: Record, one: Transaction, key: object, value: object) -> Elements:
    if value is None:
        return Elements()
    if type(value) is not Elements:
        raise MisfitError(f"{one.name} read {shown(value)} in {named(key)}, which is a list")
    return value


def check_elements(record: Record, reads: Reads) -> None:
    """Report elements that nobody appended, that aborted transactions appended, and that occur twice."""
    for key, several in reads.items():
        for one, elements in several:
            for element, number in Counter(elements).items():
                check_written(record, one, key, element)
                if number > 1:
                    sentence = (
                        f"{one.name} read {shown(element)} {number} times in {named(key)}, "
                        "to which it was appended once"
                    )
                    record.report(one.index, name="duplicates", sentence=sentence)
            _check_own_order(record, one, key, elements)
        for one, elements in several[1:]:
            longest, whole = several[0]
            sentence = (
                f"{longest.name} read {shown(whole)} in {named(key)} and {one.name} read {shown(elements)}: "
                "neither is the beginning of the other"
            )
            record.report(longest.index, one.index, name="incompatible orders", sentence=sentence)


def _check_own_order(record: Record, reader: Transaction, key: object, elements: Elements) -> None:
    """Report appends of one transaction that were read in another order, or without an earlier one."""
    appended: dict[int, list[object]] = {}
    for element in dict.fromkeys(elements):
        writer = record.writers[key].get(element)
        if writer is not None:
            appended.setdefault(writer, []).append(element)
    for writer, found in appended.items():
        steps = record.transactions[writer].steps
        whole = [step.value for step in steps if step.key == key and step.f != "r"]
        if found != whole[: len(found)]:
            read, of = shown(tuple(found)), shown(tuple(whole))
            sentence = f"{reader.name} read {read} in {named(key)} of what {record.name(writer)} appended as {of}"
            record.report(reader.index, writer, name="internal", sentence=sentence)


def check_written(record: Record, one: Transaction, key: object, value: object) -> None:
    """Report a read of a value that nobody wrote, or that an aborted transaction wrote."""
    writer = record.writers.get(key, {}).get(value)
    if writer is None:
        sentence = f"{one.name} read {shown(value)} in {named(key)}, which nobody wrote"
        record.report(one.index, name="garbage read", sentence=sentence)
    elif record.transactions[writer].op.status == "fail":
        sentence = (
            f"{one.name} read {shown(value)} in {named(key)}, which {record.name(writer)} wrote, "
            "and that aborted"
        )
        record.report(one.index, writer, name="G1a", sentence=sentence)
