"""Frames: the messages between a node's process and the switch, over a socket that the process inherits.

A frame is its length in four bytes and a list in MessagePack; its parts are numbers, strings, encoded values
(`run.codec`) and lists of these. To a node's process:

    ("load", setup)                                    the first; answered by ("ready",)
    ("start", kind, records seen, clock, count of ids, skew, drift)
    ("deliver", id, sender, message, sender's clock)
    ("invoke", operation, invocation)
    ("clock", skew, drift)
    ("crash_during", effects)                          -1: never mind

From it come lists of events, in the order in which they happened. The first three parts of an event are its kind, its
time in ns since the run began and the node's vector clock, as a list of numbers; the rest depends on the kind:

    start, restart              records in the log, those that the switch has not seen
    deliver                     id; the switch adds the sender and the message
    timer                       id, timer
    invoke                      operation; the switch adds the invocation
    clock                       skew, drift
    send                        id, receiver, message
    set_timer                   id, timer, low, high, due
    cancel_timer                id (0: nothing was pending), timer
    write                       index in the log, record, how long the disk took in µs
    ok, fail, unknown           operation, result
    error                       the error, its traceback
    crashing                    the node kills itself, as `CrashDuring` wants; it has no further parts
    crash                       records lost; added by the switch
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Any

import msgspec

__all__ = ["EFFECTS", "INPUTS", "FrameError", "Frames", "frame"]

INPUTS = frozenset({"start", "restart", "deliver", "timer", "invoke"})
EFFECTS = frozenset({"send", "set_timer", "cancel_timer", "write", "ok", "fail", "unknown"})

LONGEST = 1 << 28  # bytes of a frame
_LENGTH = Struct("<I")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class FrameError(ValueError):
    """Bytes other than a frame, written by something other than this package."""


def frame(parts: Any) -> bytes:
    """Return the frame of these parts.

    >>> frame(["ready"])
    b'\\x07\\x00\\x00\\x00\\x91\\xa5ready'

    FrameError for parts that are too long.
    """
    content = _encode(parts)
    if len(content) > LONGEST:
        raise FrameError(f"a message of {len(content):,} bytes; at most {LONGEST:,} are allowed")
    return _LENGTH.pack(len(content)) + content


class Frames:
    """The frames in a stream of bytes that arrives in pieces.

    >>> frames = Frames()
    >>> list(frames.feed(frame(["a"]) + frame(["b"])[:5])), list(frames.feed(frame(["b"])[5:]))
    ([['a']], [['b']])
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[list[Any]]:
        """Yield the frames that are complete now. A frame is taken before the caller gets it.

        FrameError, after all frames that came before, for other bytes.
        """
        self._rest += piece
        while (frame := self._next()) is not None:
            yield _decoded(frame)

    def _next(self) -> bytes | None:
        """Take the content of the next frame; None if it is not complete."""
        if len(self._rest) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._rest)
        if length > LONGEST:
            raise FrameError(f"a frame of {length:,} bytes; at most {LONGEST:,} are allowed")
        end = _LENGTH.size + length
        if len(self._rest) < end:
            return None
        content = bytes(self._rest[_LENGTH.size : end])
        del self._rest[:end]
        return content


def _decoded(content: bytes) -> list[Any]:
    try:
        return _decode(content)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FrameError(f"a frame that is not MessagePack: {error}") from None
