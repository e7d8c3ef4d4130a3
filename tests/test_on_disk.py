"""A node over a SQLite file: its log survives the death of its process, wherever that comes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dscourse.node import Send
from dscourse.on_disk import OnDisk, SqliteLog
from dscourse.protocols.two_phase_commit import (
    Ack,
    Coordinator,
    Decided,
    Decision,
    Ended,
    Inquire,
    Outcome,
    Participant,
    Prepare,
    Prepared,
    StillWaiting,
    Submit,
    Vote,
)  # fmt: skip

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
    assert [place for place, *_ in again.rows()] == [1, 2, 3, 4]


@dataclass(frozen=True)
class Odd:
    what: object


def test_what_could_not_be_read_again_is_refused_and_not_written(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", [Odd])
    with pytest.raises(TypeError, match="must be numbers, texts and tuples"):
        log.append(Odd(object()))
    with pytest.raises(LookupError, match="'Ended': the kinds of this log are Odd"):
        log.append(Ended(1))
    assert log.rows() == []


def test_a_participant_that_starts_again_keeps_its_promise_and_asks(tmp_path: Path) -> None:
    first = p1(tmp_path)
    assert first.deliver("c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, True))]
    assert first.timers == [StillWaiting(7)]
    first.log.close()
    second = p1(tmp_path)
    assert second.node.locked == {"x"}  # type: ignore[attr-defined]
    assert second.fire(StillWaiting(7)) == [Send("c", Inquire(7)), Send("p2", Inquire(7))]
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
        p1(tmp_path).fire(StillWaiting(1))


_DIES = """
import os, sys
from dscourse.on_disk import OnDisk, SqliteLog
from dscourse.protocols.two_phase_commit import *

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
