"""One of the course's nodes as a program that speaks Maelstrom's protocol.

    python -m dscourse.run.maelstrom dscourse.protocols.raft_store:RaftStore dscourse.protocols.raft_client:RaftClient

The first class is the server: each process runs one, made of its name and the names of the others. The second is the
client that turns a request such as ``read`` or ``cas`` into messages to servers. A server that is a `Client` itself
needs none. A client is made of its name and either the server of this process (if the parameter is ``server``) or all
servers, this one first. Requests that come at the same time have a client each, with names that no process ever had.

Messages between servers and clients travel as bodies of type ``dscourse``, encoded by the types that the classes
name. The server's log is a file in the current folder, synchronised before the next effect; there it is found again
after a crash. A result of None on a key is Maelstrom's error 20, and a ``cas`` that returned False its error 22.
Offsets and messages of a log are pairs of a key and a value, as in a `History` that `checkers.workloads.logs` judges.
"""

from __future__ import annotations

import inspect
import os
import select
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from importlib import import_module
from itertools import count
from random import Random
from typing import Any

from dscourse.node import Client, Node, Time, Timer
from dscourse.run.codec import Codec
from dscourse.run.disk import FileLog
from dscourse.run.external.wire import Body, encode, parse
from dscourse.run.hosted import Hosted
from dscourse.run.translation import answer, invocation
from dscourse.run.value_types import value_types

__all__ = ["Program", "main"]

BUNDLE = "dscourse"


class Program:
    """The server of this process, its clients, and the requests under way; ``say`` writes a line."""

    def __init__(
        self, server: type[Node], client: type[Client] | None, say: Callable[[bytes], None]
    ) -> None:
        self._server, self._client, self._say = server, client, say
        self.time, self._start_ns = Time(), time.monotonic_ns()
        self._draws = Random()
        self._plan: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count(1)
        self._birth = (
            time.time_ns()
        )  # part of the names of clients, and of the numbers of operations
        self.names: list[str] = []
        self._hosted: dict[str, Hosted] = {}
        self._requests: dict[int, tuple[str, Body]] = {}

    # --- lines -----------------------------------------------------------------------------------

    def take(self, line: bytes) -> None:
        """Take a line: init, a message of another process, or a request."""
        self._tick()
        source, _, body = parse(line)
        if body["type"] == "init":
            self._begin(body["node_id"], body["node_ids"])
            self._answer(source, body, {"type": "init_ok"})
        elif body["type"] == BUNDLE:
            self._local(body["from"], body["to"], self.codec.unpack(body["message"]))
        elif body["type"] == "topology":
            self._answer(source, body, {"type": "topology_ok"})
        else:
            self._request(source, body)

    def _begin(self, name: str, names: Sequence[str]) -> None:
        self.name, self.names = name, list(names)
        self.codec = Codec(value_types(filter(None, [self._server, self._client])))
        node = self._server(name, [other for other in names if other != name])
        self._hosted[name] = Hosted(self, node, FileLog(os.path.abspath(f"{name}.log")))

    def _answer(self, to: str, request: Body, reply: Body) -> None:
        self._say(encode(self.name, to, {**reply, "in_reply_to": request["msg_id"]}))

    # --- messages and timers ---------------------------------------------------------------------

    def send(self, sender: str, to: str, message: Any) -> None:
        """Send a message of a hosted node: here, or to the process of the receiver."""
        if (process := to.partition(".")[0]) == self.name:
            # Due at once, but no handler runs within another.
            call: Callable[[], None] = partial(self._local, sender, to, message)
            heappush(self._plan, (0, next(self._numbers), call))
        else:
            body = {"type": BUNDLE, "from": sender, "to": to, "message": self.codec.pack(message)}
            self._say(encode(self.name, process, body))

    def _local(self, sender: str, to: str, message: Any) -> None:
        if to not in self._hosted:  # a client of an earlier process
            return
        try:
            self._hosted[to].deliver(sender, message)
        except ValueError as error:
            op = getattr(message, "op", None)
            if op not in self._requests:
                raise
            self._refuse(op, error)  # such as a cas, of a store that knows read and write

    def plan(self, hosted: Hosted, timer: Timer, low_ms: float, high_ms: float) -> int:
        """Plan a timer, and return its number."""
        number = next(self._numbers)
        due_ns = time.monotonic_ns() + round(self._draws.uniform(low_ms, high_ms) * 1e6)
        call: Callable[[], None] = partial(hosted.fire, timer, number)
        heappush(self._plan, (due_ns, number, call))
        return number

    def fire_due(self) -> float | None:
        """Fire what is due; return the seconds until the next timer, or None without one."""
        while self._plan:
            wait_ns = self._plan[0][0] - time.monotonic_ns()
            if wait_ns > 0:
                return wait_ns / 1e9
            _, _, call = heappop(self._plan)
            self._tick()
            call()
        return None

    def _tick(self) -> None:
        self.time.us = (time.monotonic_ns() - self._start_ns) // 1000

    # --- requests --------------------------------------------------------------------------------

    def _request(self, source: str, body: Body) -> None:
        """Begin an operation at an idle client; a request that it refuses is not supported."""
        number = (self._birth + next(self._numbers)) * len(self.names) + self.names.index(self.name)
        try:
            op = invocation(number, body)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            text = f"{type(error).__name__}: {error}"
            self._answer(source, body, {"type": "error", "code": 12, "text": text})
            return
        host = self._idle()
        self._requests[number] = source, body
        host.idle = False
        try:
            host.run(lambda: host.node.on_invoke(op))  # type: ignore[attr-defined]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            self._refuse(number, error)

    def _refuse(self, op: int, error: Exception) -> None:
        """Answer a request that the node does not know."""
        text = f"{type(error).__name__}: {error}"
        self._answer(*self._requests.pop(op), {"type": "error", "code": 10, "text": text})

    def _idle(self) -> Hosted:
        """Return a client without an operation; the server, if it is its own client."""
        if self._client is None:
            return self._hosted[self.name]
        for host in self._hosted.values():
            if host.idle and host.node.id != self.name:
                return host
        name = f"{self.name}.{self._birth}.{len(self._hosted)}"
        servers = [self.name, *(other for other in self.names if other != self.name)]
        first = list(inspect.signature(self._client).parameters)[1]
        make: Any = self._client
        host = self._hosted[name] = Hosted(
            self, make(name, self.name if first == "server" else servers), None
        )
        return host

    def complete(self, op: int, status: str, result: Any) -> None:
        """Answer the request that a client has ended."""
        if op not in self._requests:
            return
        source, body = self._requests.pop(op)
        self._answer(source, body, answer(body, status, result))


def _class(name: str, base: type[Any]) -> type[Any]:
    """Return the class called ``module:Class``. Raise SystemExit if there is none."""
    module, colon, kind = name.partition(":")
    if not colon:
        raise SystemExit(
            f"{name!r}: write module:Class, such as dscourse.protocols.raft_store:RaftStore"
        )
    try:
        found = getattr(import_module(module), kind)
    except (ImportError, AttributeError) as error:
        raise SystemExit(f"{name!r}: {error}") from None
    if isinstance(found, type) and issubclass(found, base):
        return found
    raise SystemExit(f"{name!r}: a class derived from {base.__name__} is required")


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def main(arguments: Sequence[str]) -> None:
    """Run the program until its standard input ends."""
    if not 1 <= len(arguments) <= 2:
        raise SystemExit("usage: python -m dscourse.run.maelstrom MODULE:SERVER [MODULE:CLIENT]")
    server = _class(arguments[0], Node)
    client = _class(arguments[1], Client) if len(arguments) == 2 else None
    if client is None and not issubclass(server, Client):
        raise SystemExit(f"{arguments[0]} is no Client: name a class of clients as well")
    program, rest = Program(server, client, _say), b""
    with suppress(BrokenPipeError):
        while True:
            wait_s = program.fire_due()
            if select.select([0], [], [], wait_s)[0]:
                piece = os.read(0, 1 << 16)
                if not piece:
                    return
                *lines, rest = (rest + piece).split(b"\n")
                for line in filter(None, lines):
                    program.take(line)


if __name__ == "__main__":
    main(sys.argv[1:])
