"""The switch's end of a socket: everything that a process has sent is read, however it ended."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from dscourse.run.channel import Channel, ErrorChannel
from dscourse.run.frames import FrameError, Frames, frame


def exchange(act: Callable[[Channel, socket.socket], None], wanted: int) -> tuple[list[Any], int]:
    """Let ``act`` use a channel and the process's end; return the frames received and how often it ended."""

    async def run() -> tuple[list[Any], int]:
        ours, theirs = socket.socketpair()
        received: list[Any] = []
        ends: list[Channel] = []
        loop = asyncio.get_running_loop()
        channel = Channel(loop, ours, received.append, ends.append, received.append)
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


@pytest.mark.parametrize(
    ("garbage", "words"),
    [
        (b"\xff\xff\xff\xff and more", "a frame of 4,294,967,295 bytes"),
        (b"\x01\x00\x00\x00\xc1", "a frame that is not MessagePack"),
        (b"\x02\x00\x00\x00\xa1\xff", "a frame that is not MessagePack"),
    ],
)
def test_bytes_that_are_no_frame_end_the_channel_in_words(garbage: bytes, words: str) -> None:
    def write(channel: Channel, theirs: socket.socket) -> None:
        theirs.sendall(frame(["whole"]))
        theirs.sendall(garbage)

    received, ends = exchange(write, 2)
    assert ends == 1
    assert received[:-1] == [["whole"]]
    assert isinstance(received[-1], FrameError)
    assert words in str(received[-1])


def test_a_message_that_is_too_long_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dscourse.run.frames.LONGEST", 10)
    assert len(frame(["x" * 8])) == 14
    with pytest.raises(FrameError, match="a message of 11 bytes; at most 10 are allowed"):
        frame(["x" * 9])


def test_a_process_never_waits_for_its_standard_error() -> None:
    async def run() -> str:
        source, target = os.pipe()
        errors = ErrorChannel(asyncio.get_running_loop(), os.fdopen(source, "rb", buffering=0))
        os.set_blocking(target, False)
        written = 0
        while written < 1_000_000:
            with suppress(BlockingIOError):
                written += os.write(target, b"much\n" * 2_000)
            await asyncio.sleep(0)
        os.write(target, b"the last word")
        os.close(target)
        errors.close()
        return errors.ending(lines=2)

    assert asyncio.run(run()) == "; its standard error ends:\n    much\n    the last word"


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
