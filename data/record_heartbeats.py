"""Records heartbeats of a real process over the loopback interface: ``python data/record_heartbeats.py [NAME …]``.

A sender process sends a datagram every 50 ms; this process notes when each one arrives. Three circumstances:

    idle     nothing else is asked of the machine
    starved  the sender has the lowest priority, and two busy processes per core compete with it
    paused   the sender is stopped (SIGSTOP) for 0.1 to 2 s now and then, and continued; needs a POSIX system

Each makes ``data/heartbeats/NAME.csv`` with a row a heartbeat, and ``paused`` also ``data/heartbeats/pauses.csv``.
Times are whole microseconds since the first arrival, by the machine's monotonic clock, which both processes share.
"""

from __future__ import annotations

import contextlib
import csv
import multiprocessing
import os
import random
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).with_name("heartbeats")
INTERVAL_S = 0.05
COUNT = 3_000
ROW = struct.Struct("!IQ")  # sequence number, time of sending in ns


def send(port: int, nice: int) -> None:
    """Send COUNT heartbeats, one every INTERVAL_S, as punctually as this process gets the processor."""
    if nice:
        os.nice(nice)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        due = time.monotonic()
        for number in range(COUNT):
            out.sendto(ROW.pack(number, time.monotonic_ns()), ("127.0.0.1", port))
            due = max(due + INTERVAL_S, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))


def burn() -> None:
    """Use all of a core for ever."""
    while True:
        pass


def receive(inbox: socket.socket) -> list[tuple[int, int, int]]:
    """Number, sending and arrival (ns) of each heartbeat, until none has come for five seconds."""
    found = []
    inbox.settimeout(5.0)
    with contextlib.suppress(TimeoutError):
        while len(found) < COUNT:
            packed = inbox.recv(ROW.size)
            found.append((*ROW.unpack(packed), time.monotonic_ns()))
    return found


@contextlib.contextmanager
def burning(processes: int) -> Iterator[None]:
    """So many busy processes meanwhile."""
    started = [multiprocessing.Process(target=burn, daemon=True) for _ in range(processes)]
    for process in started:
        process.start()
    try:
        yield
    finally:
        for process in started:
            process.terminate()
            process.join()


def pause_now_and_then(pid: int, pauses: list[tuple[int, int]], over: threading.Event) -> None:
    """Stop and continue the process at random times; note from when to when (ns)."""
    draws = random.Random(1)
    while not over.wait(draws.uniform(2.0, 8.0)):
        stopped = time.monotonic_ns()
        os.kill(pid, signal.SIGSTOP)
        over.wait(draws.uniform(0.1, 2.0))
        os.kill(pid, signal.SIGCONT)
        pauses.append((stopped, time.monotonic_ns()))


def record(name: str) -> None:
    """Record one circumstance, and write its files."""
    pauses: list[tuple[int, int]] = []
    over = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inbox:
        inbox.bind(("127.0.0.1", 0))
        nice = 19 if name == "starved" else 0
        sender = multiprocessing.Process(target=send, args=(inbox.getsockname()[1], nice))
        with burning(2 * (os.cpu_count() or 1) if name == "starved" else 0):
            sender.start()
            if name == "paused":
                args = (sender.pid, pauses, over)
                threading.Thread(target=pause_now_and_then, args=args, daemon=True).start()
            rows = receive(inbox)
            over.set()
            sender.join()
    first = rows[0][2]
    times = [(n, (sent - first) // 1_000, (arrived - first) // 1_000) for n, sent, arrived in rows]
    write(name, ("number", "sent_us", "arrived_us"), times)
    if name == "paused":
        stops = [((begun - first) // 1_000, (ended - first) // 1_000) for begun, ended in pauses]
        write("pauses", ("stopped_us", "continued_us"), stops)
    print(f"{name}: {len(rows)} of {COUNT} heartbeats")


def write(name: str, columns: tuple[str, ...], rows: list[tuple[int, ...]]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    for circumstance in sys.argv[1:] or ("idle", "starved", "paused"):
        record(circumstance)
