"""The record of a history: the writer and the version of each value, and the versions that each read returned.

First the writer of each value is found, the order of each list, and which unknown transactions committed. Then each
read gets its version, and reads that no order of transactions explains are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dscourse.checkers.specification import MisfitError
from dscourse.checkers.transactions.inside import inside, named, shown
from dscourse.checkers.transactions.lists import (
    NEVER,
    Reads,
    check_elements,
    check_written,
    list_reads,
)
from dscourse.checkers.transactions.record import Record
from dscourse.checkers.transactions.transaction import Elements, Transaction, transactions
from dscourse.checkers.transactions.versions import Versions
from dscourse.history import History

__all__ = ["recorded"]


def recorded(history: History) -> Record:
    """Return the record. Raise MisfitError if the history holds no transactions or a value was written twice."""
    record = Record(transactions(history))
    _index_writes(record)
    reads = list_reads(record)
    check_elements(record, reads)
    _commit_unknown(record, reads)
    for key, versions in record.versions.items():
        _order_versions(record, key, versions, [elements for _, elements in reads.get(key, [])])
    _give_reads_their_versions(record)
    _find_pairs(record)
    _find_lost_updates(record)
    return record


# Writes.


def _index_writes(record: Record) -> None:
    """Find the writer of each value under its key, and whether a key is a list."""
    for one in record.transactions:
        for f, key, value in one.steps:
            if f == "r":
                continue
            if key not in record.versions:
                record.versions[key] = Versions(key, f == "append")
                record.writers[key], record.last[key] = {}, {}
            if record.versions[key].is_list is not (f == "append"):
                raise MisfitError(
                    f"{named(key)} is appended to and written: a key is a list or a register"
                )
            if value is None or value in record.writers[key]:
                raise MisfitError(_repeated(record, one, key, value))
            record.writers[key][value] = one.index
            record.last[key][one.index] = value


def _repeated(record: Record, one: Transaction, key: object, value: object) -> str:
    if value is None:
        return f"{one.name} writes nothing to {named(key)}, which cannot be told from the initial version"
    earlier = record.writers[key][value]
    by = f"{record.name(earlier)} and {one.name}" if earlier != one.index else f"{one.name} twice"
    return f"{shown(value)} is written to {named(key)} by {by}: the values written to a key must differ"


# Versions.


def _commit_unknown(record: Record, reads: Reads) -> None:
    """Count an unknown transaction as committed if a committed one read a write of it."""
    values = [(key, v) for key, several in reads.items() for _, read in several for v in read]
    values += [
        (key, (tuple, *value) if type(value) is Elements else value)
        for one in record.transactions if one.reads_known
        for f, key, value in one.steps if f == "r" and not record.versions.get(key, NEVER).is_list
    ]  # fmt: skip
    for key, value in values:
        writer = record.writers.get(key, {}).get(value)
        if writer is not None and record.transactions[writer].op.status != "fail":
            record.transactions[writer].committed = True


def _order_versions(record: Record, key: object, versions: Versions, reads: list[Elements]) -> None:
    """Add the committed versions of a key: to the chain if every read agrees on them, else among the loose."""
    writers, last = record.writers[key], record.last[key]

    def committed(values: Iterable[object]) -> list[object]:
        return [v for v in values if v in writers and record.transactions[writers[v]].committed]

    shown = [committed(read) for read in reads]
    longest: list[object] = max(shown, key=len, default=[])
    known = dict.fromkeys(longest[: min((_common(longest, other) for other in shown), default=0)])
    read_elsewhere = {value for read in shown for value in read}
    versions.chain += [versions.add(writers[value], value) for value in known]
    for value in committed(writers):
        if value not in known and (last[writers[value]] == value or value in read_elsewhere):
            versions.loose.append(versions.add(writers[value], value))
    versions.settle()


def _common(longest: list[object], other: list[object]) -> int:
    """Return how many versions of the longest read another one agrees with: all if it is the beginning of it."""
    pairs = enumerate(zip(longest, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), len(longest))


def _give_reads_their_versions(record: Record) -> None:
    """Enter each read of another's version at that version; report reads that their transaction contradicts."""
    lists = {key: versions.is_list for key, versions in record.versions.items()}
    numbers = {
        key: {value: number for number, value in enumerate(versions.values) if number}
        for key, versions in record.versions.items()
    }
    for one in record.transactions:
        own: list[tuple[object, int]] = []
        record.reads.append(own)
        for key, seen in _reads(record, one, lists):
            number = _version(record, one, key, seen, numbers[key])
            versions = record.versions[key]
            if number is not None and versions.writers[number] != one.index:
                own.append((key, number))
                if versions.readers[number][-1:] != [one.index]:
                    versions.readers[number].append(one.index)


def _reads(
    record: Record, one: Transaction, lists: dict[object, bool]
) -> Iterator[tuple[object, object]]:
    if one.reads_known:
        for f, key, value in one.steps:
            if f == "r" and key not in lists and value is not None and value != ():
                sentence = f"{one.name} read {shown(value)} in {named(key)}, which nobody wrote"
                record.report(one.index, name="garbage read", sentence=sentence)
        yield from inside(
            one, lists, lambda name, reason: record.report(one.index, name=name, sentence=reason)
        )


def _version(
    record: Record, one: Transaction, key: object, seen: object, numbers: dict[object, int]
) -> int | None:
    """Return the number of the version that was read; None if it is none of a committed transaction."""
    if record.versions[key].is_list:
        assert isinstance(seen, tuple)
        if seen:
            _check_last(record, one, key, seen[-1])
        return next((numbers[value] for value in reversed(seen) if value in numbers), 0)
    if seen is None:
        return 0
    check_written(record, one, key, seen)
    _check_last(record, one, key, seen)
    return numbers.get(seen)


def _check_last(record: Record, one: Transaction, key: object, value: object) -> None:
    """Report a read of a write that its writer overwrote or added to."""
    writer = record.writers[key].get(value)
    if writer is not None and writer != one.index and record.last[key][writer] != value:
        sentence = (
            f"{one.name} read {shown(value)} in {named(key)}, after which {record.name(writer)} "
            f"wrote {named(key)} again"
        )
        record.report(one.index, writer, name="G1b", sentence=sentence)


# What reads say about writes.


def _find_pairs(record: Record) -> None:
    """Enter the loose versions of which the second writer read from the first."""
    open_keys = {key: set(v.loose) for key, v in record.versions.items() if v.loose}
    for one in record.transactions if open_keys else ():
        written = {key for f, key, _ in one.steps if f != "r" and key in open_keys}
        for key in written:
            versions, loose = record.versions[key], open_keys[key]
            for read, number in record.reads[one.index]:
                writer = record.versions[read].writers[number]
                pair = versions.numbers.get(writer), versions.numbers.get(one.index)
                if pair[0] in loose and pair[1] in loose:
                    versions.pairs.add(pair)  # type: ignore[arg-type]


def _find_lost_updates(record: Record) -> None:
    """Report two committed transactions that read one version of a key before they wrote it.

    A value of a register that nobody wrote, or that an aborted transaction wrote, counts as a version here.
    """
    first: dict[object, int] = {}
    for one in record.transactions:
        read = dict(reversed(record.reads[one.index]))  # of each key the version read first
        for key, value in _read_first(one):
            writer = record.writers.get(key, {}).get(value)
            known = writer is not None and record.transactions[writer].committed
            if one.index not in record.last.get(key, ()) or (known and key not in read):
                continue
            version = (key, read.get(key), None if key in read else value)
            other = first.setdefault(version, one.index)
            if other != one.index:
                last = shown(record.versions[key].values[read[key]] if key in read else value)
                names = f"{record.name(other)} and {one.name}"
                sentence = f"{names} both read {named(key)} when {last} was its last write, and both wrote it"
                record.report(other, one.index, name="lost update", sentence=sentence)


def _read_first(one: Transaction) -> Iterator[tuple[object, object]]:
    """Yield each key that the transaction read before it did anything else with it, and the value."""
    done = set()
    for f, key, value in one.steps if one.reads_known else ():
        if f == "r" and key not in done:
            yield key, value
        done.add(key)
