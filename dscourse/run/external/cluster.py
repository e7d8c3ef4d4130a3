"""The nodes of a test: their processes, the first words with them, and the way of every message."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from errno import ENOEXEC
from functools import partial
from itertools import count

from dscourse.run.external.book import Book
from dscourse.run.external.clients import Clients
from dscourse.run.external.host import Host
from dscourse.run.external.packets import Packet, Packets
from dscourse.run.external.process import NodeProcess
from dscourse.run.external.program import Program
from dscourse.run.external.reactor import Reactor
from dscourse.run.external.services import Service
from dscourse.run.external.wire import Body, RpcError, WireError, encode, parse
from dscourse.run.supervise import Supervisor
from dscourse.sim.network import Network

__all__ = ["SETUP", "Cluster", "Logging"]

MOST_EVENTS = 1_000_000  # of a trace; they take about 1 GB
MOST_BYTES = 1_000_000_000  # of all lines of the nodes
SETUP = "c0"  # the client that sends init and topology


@dataclass(frozen=True, slots=True)
class Logging:
    """The choice of events that are written to standard error as they happen."""

    stderr: bool = False
    net_send: bool = False
    net_recv: bool = False


class Cluster:
    """Nodes, services and clients, and the links between them; ``problem`` is the first thing that ends the test."""

    def __init__(
        self,
        reactor: Reactor,
        book: Book,
        supervisor: Supervisor,
        program: Program,
        nodes: Sequence[str],
        services: Mapping[str, Service],
        network: Network,
        seed: int,
        logging: Logging,
    ) -> None:
        self._reactor, self._book, self._services = reactor, book, services
        self._supervisor, self._program = supervisor, program
        self.hosts = {name: Host(name, book, self._restart, self._killed) for name in nodes}
        self._logging = logging
        self._numbers = count(1)
        self._awaited: dict[
            int, tuple[str, str, Callable[[], None]]
        ] = {}  # msg_id: node, type of answer, then
        self.setup_bodies: Mapping[str, Body] = {}
        self.problem, self._bytes = "", 0
        self.remarks: Counter[str] = Counter()
        self.clients: Clients | None = None
        self.links = Packets(reactor, book, network, seed, nodes, self._is_client, self._arrive)

    def _is_client(self, name: str) -> bool:
        return name not in self.hosts and name not in self._services

    def fail(self, problem: str) -> None:
        """Note a problem that ends the test; the first one counts."""
        self.problem = self.problem or problem

    def _fail_by_much(self, name: str, much: str) -> None:
        self.fail(f"{name} and others sent {much}: do they never rest?")

    # --- the first words -------------------------------------------------------------------------

    def start(self, name: str, then: Callable[[], None] = lambda: None) -> None:
        """Start a node's process and send it init; call ``then`` when it has answered. OSError."""
        try:
            self.hosts[name].process = NodeProcess(
                self._supervisor, self._reactor, self._program.command, self._program.folder(name),
                partial(self._on_line, name), partial(self._on_error_line, name), partial(self._on_end, name),
            )  # fmt: skip
        except OSError as error:
            hint = "; does its first line name an interpreter?" if error.errno == ENOEXEC else ""
            raise OSError(error.errno, f"{name} cannot be started: {error}{hint}") from None
        self.tell(name, {"type": "init", "node_id": name, "node_ids": list(self.hosts)}, then)

    def tell(self, name: str, body: Body, then: Callable[[], None]) -> None:
        """Send a request to a node before, or beside, those of the workload; call ``then`` when it has answered."""
        number = next(self._numbers)
        self._awaited[number] = name, f"{body['type']}_ok", then
        process = self.hosts[name].process
        if process is not None:
            process.write(encode(SETUP, name, {**body, "msg_id": number}))

    @property
    def unanswered(self) -> list[tuple[str, str]]:
        """Node and type of the answers that are still awaited."""
        return [(name, kind) for name, kind, _ in self._awaited.values()]

    def last_words(self, name: str) -> str:
        """Return the end of a node's standard error, as the end of a sentence."""
        return process.last_words() if (process := self.hosts[name].process) else ""

    def words_of_one(self, names: Iterable[str]) -> str:
        """Return the end of the standard error of the first of these nodes that wrote to it; "" if none did."""
        processes = [(name, self.hosts[name].process) for name in names]
        found = (one.last_words(f"{name}'s") for name, one in processes if one and one.wrote_errors)
        return next(found, "")

    def note_unfinished_lines(self) -> None:
        """Remark on each node that wrote a line without a line break, which is never read."""
        for name, host in self.hosts.items():
            if host.process is not None and (line := host.process.unfinished):
                self.remarks[f"{name} wrote {line!r:.80} without a line break"] += 1

    def _answered(self, name: str, body: Body) -> None:
        number = body.get("in_reply_to")
        if type(number) is not int or self._awaited.get(number, ("",))[0] != name:
            self.remarks[f"{name} sent a client {body.get('type')!r:.40}, a reply to nothing"] += 1
            return
        _, kind, then = self._awaited.pop(number)
        if body.get("type") == kind:
            then()
        elif body.get("type") == "error" and kind != "init_ok":
            self.remarks[
                f"{name} answered {kind.removesuffix('_ok')} with an error: {body.get('text', '')!s:.80}"
            ] += 1
            then()
        else:
            self.fail(
                f"{name} answered {kind.removesuffix('_ok')} with {body.get('type')!r}: {kind} is required"
            )

    # --- messages --------------------------------------------------------------------------------

    def _on_line(self, name: str, line: bytes) -> None:
        if self.problem:
            return
        if self._logging.net_send:
            print(f"{name} sends {line.decode(errors='replace')}", file=sys.stderr)
        try:
            source, to, body = parse(line)
        except WireError as error:
            self.fail(f"{name} {error}")
            return
        self._bytes += len(line)
        if self._bytes > MOST_BYTES:
            self._fail_by_much(name, f"more than {MOST_BYTES:,} bytes")
        elif len(self._book.trace) > MOST_EVENTS:
            self._fail_by_much(name, f"so much that the trace has {MOST_EVENTS:,} events")
        if source != name:
            self.remarks[f'{name} sent a message whose "src" is another one'] += 1
        self._forward(name, source, to, body)

    def _forward(self, name: str, source: str, to: str, body: Body) -> None:
        """Send a message that a node wrote on its way; one to nobody is a problem."""
        if to == SETUP:
            self._answered(name, body)
        elif (
            to in self.hosts
            or to in self._services
            or (self.clients is not None and to in self.clients.by_name)
        ):
            self.links.send(name, source, to, body)
        else:
            others = ", ".join([*self.hosts, *self._services])
            self.fail(
                f"{name} sent a message to {to!r:.40}, which does not exist: there are {others} and the clients"
            )

    def _arrive(self, packet: Packet) -> None:
        """Hand a message that came through to its receiver."""
        if self.problem:
            return
        host = self.hosts.get(packet.to)
        if host is not None and host.process is None:
            self._book.arrival("drop", packet.to, packet.sender, packet.sent, "crashed")
            if self.clients is not None:
                self.clients.refuse(packet.sender, packet.body)
            return
        self._book.arrival("deliver", packet.to, packet.sender, packet.sent)
        if host is not None and host.process is not None:
            line = encode(packet.source, packet.to, packet.body)
            if self._logging.net_recv:
                print(f"{packet.to} receives {line.decode().rstrip()}", file=sys.stderr)
            host.process.write(line)
        elif packet.to in self._services:
            self._serve(packet)
        elif self.clients is not None:
            try:
                self.clients.answer(packet.to, packet.body)
            except WireError as error:
                self.fail(f"{packet.sender} {error}")

    def _serve(self, packet: Packet) -> None:
        try:
            answer = self._services[packet.to].answer(packet.source, packet.body)
        except RpcError as error:
            answer = error.body()
        except ValueError as error:  # a key or value that cannot be compared
            answer = RpcError(12, str(error)).body()
        if "msg_id" in packet.body:
            answer = {**answer, "in_reply_to": packet.body["msg_id"]}
        if packet.source in self.hosts:
            self.links.send(packet.to, packet.to, packet.source, answer)

    def _on_error_line(self, name: str, line: str) -> None:
        if self._logging.stderr:
            print(f"{name}: {line}", file=sys.stderr)

    def _on_end(self, name: str, how: str) -> None:
        self.fail(f"{name} {how}")

    # --- faults ----------------------------------------------------------------------------------

    def _killed(self, name: str) -> None:
        """Note that a node is no more: it will not answer, and its clients find their connections closed."""
        self._awaited = {number: one for number, one in self._awaited.items() if one[0] != name}
        if self.clients is not None:
            self.clients.disconnect(name)

    def _restart(self, name: str) -> None:
        """Start a killed node again; it is told its neighbours again, if it was told them."""
        body = self.setup_bodies.get(name)
        try:
            self.start(name, lambda: None if body is None else self.tell(name, body, lambda: None))
        except OSError as error:  # such as a program that was removed meanwhile
            self.fail(str(error.strerror))
