"""The process of one node, started by a `Cluster` with the number of a socket.

The socket is inherited, so that no other user of the system can reach it. When it closes, because the process at the
other end has ended, however it ended, this process ends too.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from typing import Any

from dscourse.run.frames import Frames, frame

__all__ = ["boot_code", "main"]

PIECE = 1 << 16


def boot_code() -> str:
    """Return the code that a new Python runs: it finds modules where this process finds them."""
    path = [str(folder) for folder in sys.path]
    return f"import sys; sys.path[:] = {path!r}; from {__name__} import main; main(sys.argv[1:])"


def main(arguments: list[str]) -> None:
    """Load the node that the first frame names, then run it until the socket closes."""
    channel = socket.socket(fileno=int(arguments[0]))
    frames = Frames()
    todo: list[list[Any]] = []
    try:
        while not todo:
            todo += frames.feed(_receive(channel))
        host = _load(channel, **todo.pop(0)[1])
        channel.sendall(frame([("ready",)]))
        while True:
            if todo:
                host.handle(*todo.pop(0))
            host.fire_due()
            if not todo and select.select([channel], [], [], host.wait_s())[0]:
                todo += frames.feed(_receive(channel))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)


def _receive(channel: socket.socket) -> bytes:
    piece = channel.recv(PIECE)
    if not piece:
        raise EOFError
    return piece


def _load(
    channel: socket.socket,
    name: str,
    names: list[str],
    file: bytes,
    log: bytes,
    fresh: bool,
) -> Any:
    """Return the host of the node called ``name``, from the file that holds all nodes and types."""
    import pickle

    from dscourse.run.codec import Codec
    from dscourse.run.disk import FileLog
    from dscourse.run.node_host import NodeHost

    with open(file, "rb") as stored:
        node, types = pickle.loads(pickle.load(stored)[name])
    node = node.fresh() if fresh else node
    return NodeHost(
        node,
        names,
        Codec(types),
        FileLog(os.fsdecode(log)),
        lambda events: channel.sendall(frame(events)),
    )
