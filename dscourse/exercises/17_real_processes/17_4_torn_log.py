"""Judge of 17.4: a log from which the whole records, and nothing else, are read after a kill or a loss of power."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from random import Random
from types import FunctionType
from typing import Any
from zlib import crc32

from dscourse.exercises.judges.memory import shared_by_its_class
from dscourse.exercises.judges.own_memory import OwnMemory
from dscourse.exercises.sandbox.code import code_of, names_of
from dscourse.exercises.tasks import Wrong, plain

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = {"crc32": crc32}
_MOST_EXTRA = 64  # bytes per record, beside twice its own length
_MANY = 3_000
_MOST_COPIES = 50  # of the whole file, in parts of it
_DAMAGES = 2_000  # by seed; a checksum of one byte fits one random damage in 256
_PAIRED = 2_000  # short records, of which 2,000,000 pairs can be made: a checksum of 16 bits fits about 30
_MOST_PAIRS = 5  # that may have one checksum: a little more than one pair in a million
_AWKWARD = (
    b"", b"\0", b"\n", b"\r\n", b"a,b", b'"', b"\\", b"\xff" * 5, b"\0" * 9, b"12", b"00000002", b"x" * 300,
    "é".encode(), b"<end>", b"\x1a",
)  # fmt: skip

Content = tuple[str, bytes, list[bytes]]  # what has happened, the file, and the whole records in it


class _Sliced(bytes):
    """The bytes of a file, with the lengths of all parts that are copied of them, or of a part of them."""

    copied: list[int]

    def __new__(cls, content: bytes, copied: list[int] | None = None) -> _Sliced:
        self = super().__new__(cls, content)
        self.copied = [] if copied is None else copied
        return self

    def part(self, copy: Any) -> Any:
        """Count the bytes of a copy, and return it, or all copies in a list, as parts of this file."""
        if isinstance(copy, tuple | list):
            return type(copy)(map(self.part, copy))
        if not isinstance(copy, bytes):
            return copy
        self.copied.append(len(copy))
        return _Sliced(copy, self.copied)


def _counted(name: str) -> Callable[..., Any]:
    """Return this method of bytes, which counts what it copies."""
    method = getattr(bytes, name)
    return lambda self, *arguments, **named: self.part(method(self, *arguments, **named))


for _name in (
    "__getitem__", "partition", "rpartition", "split", "rsplit", "splitlines", "removeprefix", "lstrip", "strip",
    "replace",
):  # fmt: skip
    setattr(_Sliced, _name, _counted(_name))


def judge(kind: Any) -> Wrong | None:
    shared = shared_by_its_class(kind)
    if shared:
        return Wrong(f"`{shared}` belongs to the class: a new process has only the file.")
    if _uses_hash(kind):
        return Wrong("`hash` of bytes or a text differs from process to process; `crc32` does not.")
    kept = _kept_elsewhere(kind)
    for seed in range(3):
        draws = Random(seed)
        records = _records(kind, draws, _AWKWARD[seed::3])
        packed = [_packed(kind, record) for record in records]
        for one in packed:
            if isinstance(one, Wrong):
                return one
        for event, content, whole in _contents(records, packed, draws):
            found = plain(kind().recover(content))
            if not _is_right(found, whole, records):
                return Wrong(_difference(event, found, whole))
    return kept or _zeros_first(kind) or _checksum_mistake(kind) or _long(kind)


def _kept_elsewhere(kind: Any) -> Wrong | None:
    """Judge a file that a new process reads; of an answer that its own process cannot read either, say nothing."""
    memory, records = OwnMemory(kind), [b"one", b"another"]
    old, new = memory.fresh(), memory.fresh()

    def read(values: list[Any], content: bytes) -> Any:
        try:
            return memory.within(values, lambda: plain(kind().recover(content)))
        except Exception as error:
            return error

    try:
        content = memory.within(old, lambda: b"".join(kind().pack(one) for one in records))
    except Exception:
        return None
    if read(old, content) != records or (found := read(new, content)) == records:
        return None
    what = (
        f"raises {type(found).__name__}"
        if isinstance(found, Exception)
        else f"returns {found!r:.60}"
    )
    return Wrong(
        f"A new process reads the file, and `recover` {what}: what is kept elsewhere, in a global variable or a "
        "default value, is gone with the process that wrote it."
    )


def _is_right(found: Any, whole: list[bytes], records: list[bytes]) -> bool:
    """Return whether all whole records were found; further ones may be, if they are right, as by a second copy."""
    return isinstance(found, list) and len(found) >= len(whole) and found == records[: len(found)]


def _zeros_first(kind: Any) -> Wrong | None:
    """Judge files whose first record, of this many bytes, has become zeros, and a second one is whole."""
    last = kind().pack(b"last")
    for length in range(16):
        first = kind().pack(b"x" * length)
        found = plain(kind().recover(bytes(len(first)) + last))
        if found != []:
            return Wrong(_difference("Record 1 of 2 has become zeros", found, []))
    return None


def _checksum_mistake(kind: Any) -> Wrong | None:
    """Judge files in which a record has become another one that has the same checksum."""
    draws, same = Random(4), defaultdict[bytes, list[bytes]](list)
    records = list(dict.fromkeys(draws.randbytes(4) for _ in range(_PAIRED)))
    for record in records:
        same[bytes(kind().pack(record)).replace(record, b"")].append(record)
    pairs = ((one, other) for group in same.values() for one, other in pairwise(group))
    missed = [pair for pair in islice(pairs, 50) if _is_missed(kind, *pair)]
    if len(missed) <= _MOST_PAIRS:
        return None
    one, other = missed[0]
    return Wrong(
        f"The 4 bytes {one!r} of a record have become {other!r}, and `recover` takes them for whole: their "
        f"checksums are equal, as are those of at least {len(missed)} pairs among {_PAIRED:,} such records. Of a "
        "million changed records one may pass: 16 bits are too few, the 32 of `crc32` are enough."
    )


def _is_missed(kind: Any, one: bytes, other: bytes) -> bool:
    """Return whether ``recover`` takes the record ``one`` for whole once its bytes are those of ``other``."""
    content = bytes(kind().pack(one)).replace(one, other, 1)
    return bool(plain(kind().recover(content)) == [other])


def _uses_hash(kind: Any) -> bool:
    """Return whether its code calls Python's own `hash`, whose salt a new process draws again."""
    code = [one for one in code_of(kind) if isinstance(one, FunctionType)]
    return any("hash" in names_of(one.__code__) and "hash" not in one.__globals__ for one in code)


def _records(kind: Any, draws: Random, awkward: Sequence[bytes]) -> list[bytes]:
    """Return these records and drawn ones of any bytes; one comes twice, and one is a packed record."""
    records = [*awkward, draws.choice(awkward), draws.randbytes(draws.choice((1, 3, 20)))]
    inner = kind().pack(records[0])
    records += [bytes(inner)] if isinstance(inner, bytes | bytearray) else []
    draws.shuffle(records)
    return records


def _packed(kind: Any, record: bytes) -> Any:
    """Return the packed record, or the mistake in it."""
    found = kind().pack(record)
    if not isinstance(found, bytes | bytearray):
        return Wrong(f"`pack` must return bytes, and returned {found!r:.60}.")
    if len(found) > 2 * len(record) + _MOST_EXTRA:
        return Wrong(
            f"A record of {len(record)} bytes takes {len(found)}: "
            f"twice its length and {_MOST_EXTRA} more are allowed."
        )
    return bytes(found)


def _contents(records: list[bytes], packed: list[bytes], draws: Random) -> Iterator[Content]:
    """Yield files after a kill or a loss of power, each with the records that are whole in it."""
    content = b"".join(packed)
    ends = [sum(map(len, packed[: n + 1])) for n in range(len(packed))]
    yield "Nothing has gone wrong", content, records
    for length in range(len(content)):
        whole = records[: sum(end <= length for end in ends)]
        yield f"The file ends after {length} of {len(content)} bytes", content[:length], whole
    for some in (1, 3, 8, 64, 1_000):
        yield f"{some} zeros follow the last record", content + bytes(some), records
        yield f"{some} old bytes follow the last record", content + draws.randbytes(some), records
    for number, one in enumerate(packed):
        zeros = b"".join([*packed[:number], bytes(len(one)), *packed[number + 1 :]])
        if any(one):
            yield f"Record {number + 1} of {len(records)} has become zeros", zeros, records[:number]
    for _ in range(_DAMAGES):
        yield _damaged(records, packed, draws)


def _damaged(records: list[bytes], packed: list[bytes], draws: Random) -> Content:
    """Change one byte of a record, let two change places, or set its end to zeros."""
    number = draws.randrange(len(records))
    one = bytearray(packed[number])
    start, other, damage = draws.randrange(len(one)), draws.randrange(len(one)), draws.randrange(3)
    if damage == 0:
        what = f"One byte of record {number + 1} of {len(records)} has changed"
        one[start] ^= draws.randrange(1, 256)
    elif damage == 1:
        what = f"Two bytes of record {number + 1} of {len(records)} have changed places"
        one[start], one[other] = one[other], one[start]
    else:
        what = f"The end of record {number + 1} of {len(records)} has become zeros"
        one[start:] = bytes(len(one) - start)
    whole = records if one == packed[number] else records[:number]
    return what, b"".join([*packed[:number], one, *packed[number + 1 :]]), whole


def _difference(event: str, found: Any, whole: list[bytes]) -> str:
    """Say in words how what was recovered differs from what is whole."""
    wanted = f"{len(whole)} whole record{'s' * (len(whole) != 1)}"
    if not isinstance(found, list) or not all(isinstance(one, bytes) for one in found):
        return f"`recover` must return a list of bytes, and returned {found!r:.60}."
    if len(found) != len(whole):
        return f"{event}: the file holds {wanted}, and `recover` returns {len(found)}."
    wrong = next(n for n, pair in enumerate(zip(found, whole, strict=True)) if pair[0] != pair[1])
    return f"{event}: record {wrong + 1} was {whole[wrong]!r:.40}, and `recover` returns {found[wrong]!r:.40}."


def _long(kind: Any) -> Wrong | None:
    """Judge one long record, and many short ones."""
    large = b"0123456789abcdef" * 8_192
    many = [b"%d" % n for n in range(_MANY)]
    for records, event in (
        ([large, b"x"], "One record has 131,072 bytes"),
        (many, f"The file has {_MANY:,} records"),
    ):
        packed = [_packed(kind, record) for record in records]
        wrong = next((one for one in packed if isinstance(one, Wrong)), None)
        if wrong is not None:
            return wrong
        content = _Sliced(b"".join(packed))
        found = plain(kind().recover(content))
        if found != records:
            return Wrong(_difference(event, found, records))
        if sum(content.copied) > _MOST_COPIES * len(content):
            times = sum(content.copied) // len(content)
            return Wrong(
                f"{event}, and `recover` copies as much as {times:,} such files, by slices: keep the position of the "
                "next record, and leave the rest of the file where it is."
            )
    return _long_and_damaged(kind, large)


def _long_and_damaged(kind: Any, record: bytes) -> Wrong | None:
    content = bytearray(kind().pack(record))
    content[len(content) // 2] ^= 1
    found = plain(kind().recover(bytes(content)))
    if _is_right(found, [], [record]):
        return None
    return Wrong(_difference("One byte in the middle of a long record has changed", found, []))
