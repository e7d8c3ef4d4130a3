"""Chapter 17: the worth of an acknowledgement, by how far its record has got; measured with SIGKILL, and simulated.

A record passes from the process's own memory to the system's (`write`), and from there to the disk (`fsync`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from dscourse.sim.streams import stream

__all__ = ["WAYS", "Write", "journal", "killed_writer", "lost"]

_RECORDS = 100
_WRITER = """
import os, sys, time
way, path = sys.argv[1:]
file = open(path, "ab")
for number in range({records}):
    file.write(b"%07d\\n" % number)
    if way != "process":
        file.flush()
    if way == "disk":
        os.fsync(file.fileno())
    os.write(1, b".")
time.sleep(600)
"""


def killed_writer(way: str) -> int:
    """Return how many of 100 acknowledged records a process has lost that is killed by SIGKILL after the last.

    It acknowledges a record once it is in the "process" (a buffer of Python's file), in the "system" (`flush`, which
    calls `write`), or on the "disk" (`fsync`).
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        command = [sys.executable, "-c", _WRITER.format(records=_RECORDS), way, path]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            acknowledged = len(writer.stdout.read(_RECORDS))
            os.kill(writer.pid, signal.SIGKILL)
        with open(path, "rb") as file:
            return acknowledged - len(file.read().splitlines())


# --- the same, simulated, with a loss of power -----------------------------------------------------

WAYS = ("process", "system", "disk, one by one", "disk, in groups")
BUFFER_MS, EVERY_MS = (
    100.0,
    1_000.0,
)  # the process empties its buffer; the system writes to the disk


@dataclass(frozen=True, slots=True)
class Write:
    """A record: when it was asked for, passed to the system, on the disk and acknowledged, in ms."""

    asked_ms: float
    system_ms: float
    disk_ms: float
    acknowledged_ms: float


def journal(
    way: str, per_second: float, wait_ms: float, until_ms: float, seed: int = 1
) -> list[Write]:
    """Return the records that a process writes that acknowledges in this way (`WAYS`).

    Requests come at random, ``per_second`` on average. A wait for the disk takes ``wait_ms``, give or take half. In
    the first two ways the system writes to the disk every second.

    >>> one_by_one = journal("disk, one by one", 100, 5.0, 1_000)
    >>> all(write.acknowledged_ms == write.disk_ms for write in one_by_one)
    True
    """
    arrivals, waits = stream(seed, "arrivals"), stream(seed, "waits")
    asked, now = [], 0.0
    while (now := now + arrivals.expovariate(per_second / 1_000)) < until_ms:
        asked.append(now)
    if way.startswith("disk"):
        return list(_synced(asked, wait_ms, waits, most=1 if way.endswith("one") else len(asked)))
    return list(_in_memory(asked, way == "process", wait_ms))


def _in_memory(asked: list[float], buffered: bool, wait_ms: float) -> Iterable[Write]:
    """Yield records that are acknowledged at once, and are on the disk after the next round of the system."""
    for ms in asked:
        system_ms = (ms // BUFFER_MS + 1) * BUFFER_MS if buffered else ms
        yield Write(ms, system_ms, (system_ms // EVERY_MS + 1) * EVERY_MS + wait_ms, ms)


def _synced(asked: list[float], wait_ms: float, waits: Random, most: int) -> Iterable[Write]:
    """Yield records that wait for the disk, at most so many with one wait: those that have come meanwhile."""
    begun, number = 0.0, 0
    while number < len(asked):
        begun = max(begun, asked[number])
        group = [ms for ms in asked[number : number + most] if ms <= begun]
        end = begun + wait_ms * waits.uniform(0.5, 1.5)
        yield from (Write(ms, begun, end, end) for ms in group)
        begun, number = end, number + len(group)


def lost(writes: Iterable[Write], at_ms: float, power: bool) -> int:
    """Return how many records acknowledged by ``at_ms`` are lost if the process is killed, or the power fails, then.

    >>> writes = [Write(0, 10, 2_000, 0)]
    >>> lost(writes, 5, power=False), lost(writes, 20, power=False), lost(writes, 20, power=True)
    (1, 0, 1)
    """
    return sum(
        write.acknowledged_ms <= at_ms < (write.disk_ms if power else write.system_ms)
        for write in writes
    )
