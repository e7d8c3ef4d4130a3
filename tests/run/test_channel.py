"""The switch's end of a socket: everything that a process has sent is read, however it ended."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from dscourse.run.channel import Channel
from dscourse.run.frames import Frames, frame


def exchange(act: Callable[[Channel, socket.socket], None], wanted: int) -> tuple[list[Any], int]:
    """Let ``act`` use a channel and the process's end; return the frames received and how often it ended."""

    async def run() -> tuple[list[Any], int]:
        ours, theirs = socket.socketpair()
        received: list[Any] = []
        ends: list[Channel] = []
        channel = Channel(asyncio.get_running_loop(), ours, received.append, ends.append)
        act(channel, theirs)
        for _ in range(2_000):
            if len(received) >= wanted and ends:
                break
            await asyncio.sleep(0.001)
        theirs.close()
        return received, len(ends)

    return asyncio.run(run())


def test_events_sent_before_the_end_are_read_though_a_write_fails_first() -> None:
    def die_unread(channel: Channel, theirs: socket.socket) -> None:
        channel.write(frame(["never read"]))
        theirs.sendall(b"".join(frame([number]) for number in range(1_000)))
        theirs.close()
        channel.write(frame(["too late"]))
        channel.write(frame(["too late"]))

    received, ends = exchange(die_unread, 1_000)
    assert received == [[number] for number in range(1_000)]
    assert ends == 1


def test_a_torn_frame_is_no_event() -> None:
    def die_writing(channel: Channel, theirs: socket.socket) -> None:
        theirs.send(frame(["whole"]) + frame(["torn"])[:-1])
        theirs.close()

    assert exchange(die_writing, 1) == ([["whole"]], 1)


def test_what_a_slow_process_does_not_take_waits_and_comes_in_order() -> None:
    numbers: list[Any] = []

    def be_slow(channel: Channel, theirs: socket.socket) -> None:
        text = "x" * 100_000
        for number in range(30):
            channel.write(frame([number, text]))
        assert channel.waiting > 1_000_000
        loop, frames = asyncio.get_running_loop(), Frames()
        theirs.setblocking(False)

        def take() -> None:
            numbers.extend(number for number, _ in frames.feed(theirs.recv(70_000)))
            if len(numbers) == 30:
                assert channel.waiting == 0
                loop.remove_reader(theirs)
                theirs.close()

        loop.add_reader(theirs, take)

    assert exchange(be_slow, 0) == ([], 1)
    assert numbers == list(range(30))
