"""A node over a SQLite file: its log survives the death of its process, wherever that comes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dscourse.node import Send
from dscourse.protocols.atomicity import (
    Decided,
    Ended,
    Outcome,
    Prepared,
)
from dscourse.protocols.transaction_client import Submit
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import (
    Ack,
    Decision,
    DecisionDue,
    Inquire,
    Prepare,
    Vote,
)
from dscourse.run.disk import DamagedLogError
from dscourse.run.on_disk import OnDisk, SqliteLog

KINDS = (Decided, Ended, Outcome, Prepared)
BOTH = ("p1", "p2")
WRITES = (("x", 1),)


def host(folder: Path, node: Coordinator | Participant) -> OnDisk:
    return OnDisk(node, SqliteLog(folder / f"{node.id}.db", KINDS))


def p1(folder: Path) -> OnDisk:
    return host(folder, Participant("p1", ["c", "p2"]))


def test_records_come_back_in_order_and_as_they_were(tmp_path: Path) -> None:
    records = [Prepared(1, WRITES, "c", BOTH), Outcome(1, True), Ended(2), Outcome(1, True)]
    log = SqliteLog(tmp_path / "log.db", KINDS)
    for record in records:
        log.append(record)
    log.close()
    again = SqliteLog(tmp_path / "log.db", KINDS)
    assert again.records() == records
    assert [number for number, *_ in again.rows()] == [1, 2, 3, 4]


# --- what may be written -------------------------------------------------------------------------


@dataclass(frozen=True)
class Odd:
    what: object


class Text(str):
    """Equal to a str, and none."""


@dataclass(frozen=True)
class Rounded:
    """Changes what it is given."""

    what: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", round(self.what) + 1)


def nested(depth: int) -> object:
    value: object = ()
    for _ in range(depth):
        value = (value,)
    return value


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, 1, -(10**400), 1.5, -0.0, 1e308, 5e-324, "", "it's \"so\"", "a\x00b", "ü\ud800",
        b"", b"\x00\xff", (), (1, (2.0, (True, "x"))), nested(20),
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_was(tmp_path: Path, value: object) -> None:
    SqliteLog(tmp_path / "log.db", [Odd]).append(Odd(value))
    (found,) = SqliteLog(tmp_path / "log.db", [Odd]).records()
    assert repr(found.what) == repr(value)
    assert type(found.what) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        object(), float("nan"), float("inf"), (1, float("-inf")), 1j, ..., [1], {"a": 1}, {1}, frozenset(), (1, [2]),
        Text("a"), 10**5000, nested(3_000), bytearray(b"x"), Ended(1), int,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_that_could_not_be_read_again_is_refused_and_not_written(
    tmp_path: Path, value: object
) -> None:
    log = SqliteLog(tmp_path / "log.db", [Odd, Rounded])
    with pytest.raises(TypeError, match="Odd: it cannot be written"):
        log.append(Odd(value))
    with pytest.raises(TypeError, match="Rounded: it cannot be written"):
        log.append(Rounded(1.5))
    with pytest.raises(LookupError, match="'Ended': the kinds of this log are Odd"):
        log.append(Ended(1))
    assert log.rows() == []


def test_kinds_are_dataclasses_with_names_of_their_own(tmp_path: Path) -> None:
    other: type = dataclass(frozen=True)(type("Odd", (), {}))
    with pytest.raises(ValueError, match="two classes are called Odd"):
        SqliteLog(":memory:", [Odd, other])
    with pytest.raises(TypeError, match="must be a dataclass"):
        SqliteLog(":memory:", [int])
    with pytest.raises(LookupError):
        SqliteLog(":memory:", [Odd]).append(other())


# --- damage --------------------------------------------------------------------------------------

RECORDS = [Outcome(n, n % 2 == 0) for n in range(1, 7)]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file with six records."""
    path = tmp_path / "log.db"
    log = SqliteLog(path, KINDS)
    for record in RECORDS:
        log.append(record)
    log.close()
    return path


def read(path: Path) -> str:
    """Return the records in the file, or an error that names it."""
    try:
        log = SqliteLog(path, KINDS)
    except DamagedLogError as error:
        return "refused" if str(path) in str(error) else "refused without its name"
    found = log.records()
    log.close()
    return "whole" if found == RECORDS else "other records"


def test_every_byte_that_is_changed_is_noticed_or_does_not_matter(written: Path) -> None:
    """Most of the file is unused; the records, the table of them and the header are not."""
    whole = written.read_bytes()
    seen: Counter[str] = Counter()
    for at in range(len(whole)):
        for mask in (0x01, 0x10, 0xFF) if whole[at] else (0x01,) * (at % 5 == 0):
            written.write_bytes(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
            seen[read(written)] += 1
    assert set(seen) == {"refused", "whole"}
    assert seen["refused"] > 400


def test_a_file_that_is_cut_short_or_empty_is_noticed(written: Path) -> None:
    whole = written.read_bytes()
    for size in range(0, len(whole), 64):
        written.write_bytes(whole[:size])
        assert read(written) == "refused", size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE log SET fields = '(3, True)' WHERE place = 3", "record 3 is damaged"),
        ("UPDATE log SET kind = 'Ended' WHERE place = 3", "record 3 is damaged"),
        ("UPDATE log SET fields = 7 WHERE place = 3", "record 3 is damaged"),
        ("UPDATE log SET fields = x'ff' WHERE place = 3", "record 3 is damaged"),
        ("UPDATE log SET checksum = 'x' WHERE place = 3", "record 3 is damaged"),
        ("DELETE FROM log WHERE place = 3", "record 3 is missing"),
        ("DELETE FROM log WHERE place = 6", "6 records were written, and 5 are there"),
        ("DELETE FROM log", "6 records were written, and 0 are there"),
        ("INSERT INTO log SELECT 7, kind, fields, checksum FROM log WHERE place = 6", "record 7"),
        ("UPDATE log SET place = 0 WHERE place = 3", "record 1 is missing"),
        ("DROP TABLE log", "no such table"),
        ("PRAGMA user_version = 5", "5 records were written, and 6 are there"),
    ],
)  # fmt: skip
def test_a_changed_table_is_noticed_and_the_record_is_named(
    written: Path, change: str, message: str
) -> None:
    other = sqlite3.connect(written, isolation_level=None)
    other.execute(change)
    other.close()
    with pytest.raises(DamagedLogError, match=message):
        SqliteLog(written, KINDS)


def test_two_records_that_change_places_are_noticed(written: Path) -> None:
    other = sqlite3.connect(written, isolation_level=None)
    for was, now in ((2, -1), (3, 2), (-1, 3)):
        other.execute("UPDATE log SET place = ? WHERE place = ?", (now, was))
    other.close()
    with pytest.raises(DamagedLogError, match="record 2 is damaged"):
        SqliteLog(written, KINDS)


def test_a_file_that_is_no_log_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_text("not a database, but another file " * 100)
    with pytest.raises(DamagedLogError, match="cannot be read"):
        SqliteLog(path, KINDS)
    assert path.read_text().startswith("not a database")


def test_damage_that_comes_while_the_log_is_open_is_noticed(written: Path) -> None:
    log = SqliteLog(written, KINDS)
    other = sqlite3.connect(written, isolation_level=None)
    other.execute("DELETE FROM log WHERE place = 2")
    other.close()
    with pytest.raises(DamagedLogError, match="record 2 is missing"):
        log.records()


def test_a_second_writer_is_refused(written: Path) -> None:
    one, other = SqliteLog(written, KINDS), SqliteLog(written, KINDS)
    one.append(Outcome(7, True))
    with pytest.raises(sqlite3.IntegrityError):
        other.append(Outcome(7, False))
    assert one.records() == [*RECORDS, Outcome(7, True)]


@dataclass(frozen=True)
class Outcome2:
    """As `Outcome`, with a field more: a later version of the program."""

    tx: int
    commit: bool
    reason: str


def test_records_of_another_program_are_named(written: Path) -> None:
    with pytest.raises(LookupError, match="'Outcome': the kinds of this log are Ended"):
        SqliteLog(written, [Ended])
    later = type("Outcome", (Outcome2,), {})
    with pytest.raises(DamagedLogError, match="record 1 does not fit its kind Outcome"):
        SqliteLog(written, [later])


def test_a_node_does_not_start_from_a_damaged_log(tmp_path: Path) -> None:
    first = p1(tmp_path)
    first.deliver("c", Prepare(7, WRITES, BOTH))
    first.log.close()
    path = tmp_path / "p1.db"
    path.write_bytes(path.read_bytes().replace(b"(7, ", b"(8, "))
    with pytest.raises(DamagedLogError, match="record 1 is damaged"):
        p1(tmp_path)


def _torn(log: SqliteLog) -> None:
    log._file.execute("BEGIN IMMEDIATE")
    log._file.execute("INSERT INTO log VALUES (7, 'Outcome', '(7, True)', 0)")


def _unnumbered(log: SqliteLog) -> None:
    _torn(log)
    log._file.execute("PRAGMA user_version = 7")


@pytest.mark.parametrize("dies_in", [_torn, _unnumbered])
def test_an_append_that_is_not_finished_leaves_nothing(
    written: Path, dies_in: Callable[[SqliteLog], None]
) -> None:
    """The copy is what a power cut would leave: the file, and the journal of an open transaction."""
    log = SqliteLog(written, KINDS)
    dies_in(log)
    log._file.execute("PRAGMA cache_spill = 1")
    left = written.with_name("left.db")
    for suffix in ("", "-journal"):
        part = written.with_name(written.name + suffix)
        if part.exists():
            left.with_name(left.name + suffix).write_bytes(part.read_bytes())
    assert read(left) == "whole"


def test_a_log_whose_making_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.with_name("log.db.new").write_bytes(b"half")
    path.with_name("log.db.new-journal").write_bytes(b"a journal")
    log = SqliteLog(path, KINDS)
    log.append(Ended(1))
    assert log.records() == [Ended(1)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.db"]


# --- nodes ---------------------------------------------------------------------------------------


def test_a_participant_that_starts_again_keeps_its_promise_and_asks(tmp_path: Path) -> None:
    first = p1(tmp_path)
    assert first.deliver("c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, True))]
    assert first.timers == [DecisionDue(7)]
    first.log.close()
    second = p1(tmp_path)
    assert second.node.locked == {"x"}  # type: ignore[attr-defined]
    assert second.fire(DecisionDue(7)) == [Send("c", Inquire(7)), Send("p2", Inquire(7))]
    assert second.deliver("c", Decision(7, True)) == [Send("c", Ack(7))]
    assert second.timers == []
    assert p1(tmp_path).node.data == {"x": 1}  # type: ignore[attr-defined]


def test_a_coordinator_that_starts_again_tells_what_it_has_decided(tmp_path: Path) -> None:
    coordinator = host(tmp_path, Coordinator("c", BOTH))
    coordinator.deliver("u", Submit(7, (("p1", WRITES), ("p2", WRITES))))
    coordinator.deliver("p1", Vote(7, True))
    coordinator.deliver("p2", Vote(7, True))
    coordinator.log.close()
    again = host(tmp_path, Coordinator("c", BOTH))
    assert again.sent == [Send("p1", Decision(7, True)), Send("p2", Decision(7, True))]


def test_a_timer_that_is_not_set_does_not_fire(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="is not set"):
        p1(tmp_path).fire(DecisionDue(1))


_DIES = """
import os, sys
from dscourse.run.on_disk import OnDisk, SqliteLog
from dscourse.protocols.atomicity import *
from dscourse.protocols.two_phase_commit import Participant
from dscourse.protocols.two_phase_messages import *

class Dies(SqliteLog):
    left = int(sys.argv[2])
    def append(self, record):
        if not Dies.left:
            os._exit(9)
        Dies.left -= 1
        super().append(record)

host = OnDisk(Participant("p1", ["c", "p2"]), Dies(sys.argv[1], [Outcome, Prepared]))
print(host.deliver("c", Prepare(7, (("x", 1),), ("p1", "p2"))), flush=True)
print(host.deliver("c", Decision(7, True)), flush=True)
os._exit(9)
"""


@pytest.mark.parametrize(
    ("writes", "heard", "records"),
    [(0, [], []), (1, ["Vote"], ["Prepared"]), (2, ["Vote", "Ack"], ["Prepared", "Outcome"])],
)
def test_a_process_that_is_killed_has_told_nothing_that_it_does_not_remember(
    tmp_path: Path, writes: int, heard: list[str], records: list[str]
) -> None:
    path = tmp_path / "p1.db"
    died = subprocess.run(
        [sys.executable, "-c", _DIES, str(path), str(writes)], capture_output=True, text=True
    )
    assert died.returncode == 9, died.stderr
    assert [word for word in ("Vote", "Ack") if word in died.stdout] == heard
    assert [type(one).__name__ for one in SqliteLog(path, KINDS).records()] == records
