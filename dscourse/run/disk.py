"""A durable log in a file: records as bytes, each with its length and checksums.

    record   4 bytes  length of the data
             4 bytes  CRC-32 of the length and the record's index
             4 bytes  CRC-32 of the data
             data

A process that is killed while it writes leaves a prefix of what it was writing: a torn tail, which the next `FileLog`
cuts off. A whole header or whole data with a wrong checksum is no torn tail but damage.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), "n1.log")
>>> log = FileLog(path)
>>> log.append([b"first", b"second"])
>>> log.close()
>>> os.truncate(path, os.path.getsize(path) - 1)
>>> FileLog(path).records
[b'first']
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from os import PathLike
from struct import Struct
from zlib import crc32

__all__ = ["DamagedLogError", "FileLog", "drop_last", "read_log", "sync_times_ms"]

_HEADER = Struct("<III")
_NUMBERED = Struct("<IQ")


class DamagedLogError(Exception):
    """A log that does not hold what was written to it; the message names the file and, where known, the record."""


class FileLog:
    """The records of the file at ``path``, which is created if it is missing, open for more.

    ``records`` are those found when it was opened. DamagedLogError for a file that holds anything but records and a
    torn tail.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.records, end = read_log(self.path)
            os.ftruncate(self._file, end)
            _sync(self._file)
            _sync_folder(os.path.dirname(self.path) or ".")
        except BaseException:
            self.close()
            raise
        self.count = len(self.records)

    def append(self, records: Iterable[bytes]) -> None:
        """Write the records, in order; all are on the disk when this returns."""
        written = b""
        for data in records:
            written += _record(self.count, data)
            self.count += 1
        while written:
            written = written[os.write(self._file, written) :]
        _sync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_log(path: str | PathLike[str]) -> tuple[list[bytes], int]:
    """Return the records of a log, and the length in bytes of all of them. DamagedLogError if it is damaged."""
    with open(path, "rb") as file:
        content = file.read()
    records: list[bytes] = []
    end = 0
    while len(content) - end >= _HEADER.size:
        length, header, checksum = _HEADER.unpack_from(content, end)
        if header != crc32(_NUMBERED.pack(length, len(records))):
            raise DamagedLogError(
                f"{path}: the header of record {len(records) + 1} is damaged: its checksum differs"
            )
        data = content[end + _HEADER.size : end + _HEADER.size + length]
        if len(data) < length:
            break
        if crc32(data) != checksum:
            raise DamagedLogError(
                f"{path}: record {len(records) + 1} is damaged: its checksum differs"
            )
        records.append(data)
        end += _HEADER.size + length
    return records, end


def drop_last(path: str | PathLike[str], count: int) -> None:
    """Cut off the last ``count`` records, or all, as a disk does that had not yet written them."""
    records, _ = read_log(path)
    kept = records[: max(0, len(records) - count)]
    os.truncate(path, sum(_HEADER.size + len(data) for data in kept))


def sync_times_ms(folder: str | PathLike[str], times: int = 20) -> list[float]:
    """Return the sorted times, in ms, that making one record durable in this folder took in ``times`` attempts."""
    path = os.path.join(folder, f".sync-{os.getpid()}")
    log = FileLog(path)
    try:
        return sorted(_append_ms(log) for _ in range(times))
    finally:
        log.close()
        os.remove(path)


def _append_ms(log: FileLog) -> float:
    begun = time.perf_counter()
    log.append([b"x" * 64])
    return (time.perf_counter() - begun) * 1000


def _record(index: int, data: bytes) -> bytes:
    numbered = crc32(_NUMBERED.pack(len(data), index))
    return _HEADER.pack(len(data), numbered, crc32(data)) + data


def _sync(file: int) -> None:
    """Wait until the disk has the file's data, and its length."""
    if sys.platform == "darwin":  # fsync leaves the data in the disk's own cache
        import fcntl

        fcntl.fcntl(file, fcntl.F_FULLFSYNC)
    elif hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:
        os.fsync(file)


def _sync_folder(folder: str) -> None:
    """Wait until the disk has the folder's list of files."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
