"""The durable log: every prefix of the file is recovered, and every other change of it is detected."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dscourse.run.disk import DamagedLogError, FileLog, drop_last, read_log, sync_times_ms
from tests.effort import samples

RECORDS = [b"first", b"", b"x" * 40, b"last"]


def written(path: Path, records: list[bytes] = RECORDS) -> bytes:
    log = FileLog(path)
    log.append(records[:1])
    log.append(records[1:])
    log.close()
    return path.read_bytes()


def test_records_come_back_in_order(tmp_path: Path) -> None:
    written(tmp_path / "a.log")
    log = FileLog(tmp_path / "a.log")
    assert (log.records, log.count) == (RECORDS, 4)
    log.append([b"more"])
    log.close()
    assert read_log(tmp_path / "a.log")[0] == [*RECORDS, b"more"]


def test_a_file_that_ends_at_any_byte_holds_the_records_before(tmp_path: Path) -> None:
    content = written(tmp_path / "whole.log")
    ends = [sum(12 + len(data) for data in RECORDS[:number]) for number in range(len(RECORDS) + 1)]
    assert ends[-1] == len(content)
    for cut in range(len(content) + 1):
        path = tmp_path / "torn.log"
        path.write_bytes(content[:cut])
        log = FileLog(path)
        whole = max(number for number, end in enumerate(ends) if end <= cut)
        assert log.records == RECORDS[:whole]
        log.append([b"after the restart"])
        log.close()
        assert read_log(path)[0] == [*RECORDS[:whole], b"after the restart"]


def test_any_other_byte_anywhere_is_detected(tmp_path: Path) -> None:
    content = written(tmp_path / "whole.log")
    path = tmp_path / "damaged.log"
    for position in range(len(content)):
        for bit in (0, 3, 7):
            path.write_bytes(
                content[:position] + bytes([content[position] ^ 1 << bit]) + content[position + 1 :]
            )
            with pytest.raises(
                DamagedLogError, match=r"damaged.log: (the header of )?record [1-4] is damaged"
            ):
                FileLog(path)


def test_a_record_in_another_records_position_is_detected(tmp_path: Path) -> None:
    content = written(tmp_path / "whole.log", [b"aaaa", b"bbbb"])
    (tmp_path / "whole.log").write_bytes(content[16:] + content[:16])
    with pytest.raises(DamagedLogError, match="the header of record 1 is damaged"):
        FileLog(tmp_path / "whole.log")


@pytest.mark.parametrize(("lost", "kept"), [(0, 4), (1, 3), (4, 0), (9, 0)])
def test_the_last_records_can_be_dropped(tmp_path: Path, lost: int, kept: int) -> None:
    written(tmp_path / "a.log")
    drop_last(tmp_path / "a.log", lost)
    log = FileLog(tmp_path / "a.log")
    assert log.records == RECORDS[:kept]
    log.append([b"next"])
    log.close()
    assert read_log(tmp_path / "a.log")[0] == [*RECORDS[:kept], b"next"]


def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    written(tmp_path / "a.log")
    assert (tmp_path / "a.log").stat().st_mode & 0o777 == 0o600


def test_each_append_waits_once_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    log = FileLog(tmp_path / "a.log")
    monkeypatch.setattr(
        "dscourse.run.disk._sync", lambda file: waited.append(os.fstat(file).st_size)
    )
    log.append([b"1", b"2", b"3"])
    log.append([b"4"])
    log.close()
    assert waited == [39, 52]  # the whole records are in the file by then


def test_waits_are_measured_and_leave_no_file(tmp_path: Path) -> None:
    times = sync_times_ms(tmp_path, 5)
    assert len(times) == 5
    assert times == sorted(times)
    assert times[0] > 0
    assert list(tmp_path.iterdir()) == []


WRITER = """
import sys
from dscourse.run.disk import FileLog
log = FileLog(sys.argv[1])
while True:
    log.append([b"%d" % log.count * 50, b"%d" % (log.count + 1) * 50])
    print(log.count, flush=True)
"""


@pytest.mark.once
def test_a_killed_writer_loses_nothing_that_it_has_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    before = 0
    for attempt in range(samples(20)):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        reports = [int(writer.stdout.readline()) for _ in range(1 + 7 * attempt % 23)]
        writer.send_signal(signal.SIGKILL)
        reports += map(int, writer.stdout.read().split())
        writer.wait()
        writer.stdout.close()
        log = FileLog(path)
        log.close()
        assert log.count >= reports[-1] > before
        assert log.records == [b"%d" % number * 50 for number in range(log.count)]
        before = log.count
