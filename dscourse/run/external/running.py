"""A test from its beginning to its end: start, requests, recovery, final reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dscourse.checkers.verdict import Verdict
from dscourse.core.wording import count
from dscourse.history import History
from dscourse.run.external.book import Book
from dscourse.run.external.clients import Client, Clients
from dscourse.run.external.cluster import Cluster
from dscourse.run.external.reactor import Reactor
from dscourse.run.external.workloads import Workload
from dscourse.run.injection import Injector
from dscourse.sim.faults import At, Fault, Recover
from dscourse.sim.streams import stream
from dscourse.sim.trace import Trace

__all__ = ["START_S", "Pace", "Run"]

START_S = 10.0  # in which a node has to answer init
_FIRST_GAP_MS, _LAST_GAP_MS = 20.0, 500.0  # between rounds of final reads


@dataclass(frozen=True, slots=True)
class Pace:
    """The speed, length and patience of a test: requests per second, seconds, clients, ms, seconds, seconds."""

    rate: float
    seconds: float
    concurrency: int
    timeout_ms: float
    settle: float
    start: float = START_S


class Run:
    """The phases of one test; each ends early if there is a problem."""

    def __init__(
        self,
        reactor: Reactor,
        book: Book,
        cluster: Cluster,
        workload: Workload,
        nodes: Sequence[str],
        pace: Pace,
        seed: int,
    ) -> None:
        self._reactor, self._book, self._cluster, self._workload = reactor, book, cluster, workload
        self._nodes, self._pace = tuple(nodes), pace
        self._draws = stream(seed, "requests")
        send = cluster.links.send
        self.clients = Clients(reactor, book, workload, pace.timeout_ms, send, cluster.remarks)
        cluster.clients = self.clients
        self._injector = Injector(cluster.hosts, cluster.links)
        self._idle: list[Client] = []
        self._owed = 0  # requests that were due while no client was idle
        self._asking = False
        self.operations = self.messages = 0
        self.final_from_ms: float | None = None
        self.silent: list[str] = []  # nodes that did not answer the last final request

    def play(self, plan: Sequence[At]) -> None:
        """Go through all phases."""
        phases = (
            self._start,
            self._setup,
            lambda: self._requests(plan),
            lambda: self._recover(bool(plan)),
            self._settle,
        )
        for phase in phases:
            if not self._cluster.problem:
                phase()
        self._cluster.note_unfinished_lines()
        self.messages = self.messages or self._book.sent["servers"]

    def _wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Work until this is true or there is a problem, for some seconds at most; return whether it is true."""
        end = self._reactor.now_ns() + round(seconds * 1e9)
        return self._reactor.run(lambda: bool(self._cluster.problem) or until(), end)

    # --- the beginning ---------------------------------------------------------------------------

    def _start(self) -> None:
        for name in self._nodes:
            self._cluster.start(name)
        self._answers("init")

    def _setup(self) -> None:
        bodies = self._cluster.setup_bodies = self._workload.setup(self._nodes)
        for name, body in bodies.items():
            self._cluster.tell(name, body, lambda: None)
        self._answers("topology")

    def _answers(self, request: str) -> None:
        """Wait until every node has answered; a node that does not is a problem."""
        if not self._wait(lambda: not self._cluster.unanswered, self._pace.start):
            name, kind = self._cluster.unanswered[0]
            hint = (
                "" if kind != "init_ok" else ": does it write a line break, and flush its output?"
            )
            words = self._cluster.last_words(name)
            self._cluster.fail(
                f"{name} did not answer {request} within {self._pace.start:g} s{hint}{words}"
            )

    # --- requests and faults ---------------------------------------------------------------------

    def _requests(self, plan: Sequence[At]) -> None:
        self._book.open()
        for name in self._nodes:
            self._book.note("start", name)
        for entry in plan:
            self._reactor.at(self._book.ns(entry.ms), self._inject, entry.fault)
        for number in range(self._pace.concurrency):
            self._idle.append(self.clients.new(self._nodes[number % len(self._nodes)]))
        self.clients.on_idle = self._on_idle
        self._asking = True
        self._tick(self._reactor.now_ns())
        self._wait(lambda: False, self._pace.seconds)
        self._asking = False

    def _inject(self, fault: Fault) -> None:
        if not self._cluster.problem:
            self._book.note("fault", what=fault)
            fault.apply(self._injector)

    def _tick(self, due_ns: int) -> None:
        """Let an idle client begin a request that is due, and plan the next one: after twice the mean gap at most."""
        if not self._asking:
            return
        next_ns = due_ns + round(self._draws.random() * 2e9 / self._pace.rate)
        self._reactor.at(next_ns, self._tick, next_ns)
        if self._idle:
            self._ask(self._idle.pop(int(self._draws.random() * len(self._idle))))
        else:
            self._owed = min(self._owed + 1, self._pace.concurrency)

    def _on_idle(self, client: Client) -> None:
        if self._asking and self._owed:
            self._owed -= 1
            self._ask(client)
        else:
            self._idle.append(client)

    def _ask(self, client: Client) -> None:
        self.operations += 1
        self.clients.ask(client, self._workload.next(client.name))

    def _recover(self, faulty: bool) -> None:
        """End all faults, and wait for the answers to come and for restarted nodes."""
        if faulty:
            self._inject(Recover())
        patience = self._pace.timeout_ms / 1000 + 1
        self._wait(lambda: len(self._idle) == self._pace.concurrency, patience)
        self.messages = self._book.sent["servers"]
        self._answers("init")

    # --- the end ---------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Repeat the final requests until two rounds show that all is settled, or for ``settle`` seconds."""
        clients = [self.clients.new(name) for name in self._nodes]
        if self._workload.final(clients[0].name) is None:
            return
        end_ms = self._book.now_ms() + 1000 * self._pace.settle
        gap_ms, streak = _FIRST_GAP_MS, 0
        while not self._cluster.problem:
            clients, whole = self._round(clients)
            done = whole and self.final_from_ms is not None
            done = done and self._workload.settled(self.history(), self.final_from_ms or 0.0)
            streak = streak + 1 if done else 0
            if streak == 2 or self._book.now_ms() >= end_ms:
                return
            self._wait(lambda: False, gap_ms / 1000)
            gap_ms = min(1.5 * gap_ms, _LAST_GAP_MS)

    def _round(self, clients: Sequence[Client]) -> tuple[list[Client], bool]:
        """Ask the final request of each node once; return the clients, and whether all nodes answered."""
        idle: list[Client] = []
        self.clients.on_idle = idle.append
        self.final_from_ms = self._book.now_ms()
        first = len(self._book.trace)
        for client in clients:
            request = self._workload.final(client.name)
            assert request is not None
            self.clients.ask(client, request)
        self._wait(lambda: len(idle) == len(clients), self._pace.timeout_ms / 1000 + 1)
        answered = {event.node for event in self._book.trace[first:].kinds("ok")}
        self.silent = [client.node for client in clients if client.name not in answered]
        return sorted(idle, key=lambda client: self._nodes.index(client.node)), not self.silent

    @property
    def trace(self) -> Trace:
        """The record of the run."""
        return self._book.trace

    def history(self) -> History:
        """Return the operations so far."""
        return self._book.trace.history()

    def verdict(self) -> Verdict:
        """Return the verdict on the history; one of False for a problem, None if too little was answered."""
        if self._cluster.problem:
            return Verdict("the nodes keep to the protocol", False, self._cluster.problem)
        history = self.history()
        found = self._workload.judge(history, self.final_from_ms)
        reason = "" if found.ok is False else self._unanswered(history)
        return replace(found, ok=None, reason=reason) if reason else found

    def _unanswered(self, history: History) -> str:
        """Return which operations were never answered, or which nodes not in the end, in a sentence; "" if none."""
        if not len(history.ok) and len(history):
            words = self._cluster.words_of_one(self._nodes)
            return f"none of {count(len(history), 'request')} succeeded{words}"
        if self.silent:
            words = self._cluster.words_of_one(self.silent)
            return f"{', '.join(self.silent)} did not answer the final requests{words}"
        for f in dict.fromkeys(op.f for op in history):
            asked = history.where(lambda op, f=f: op.f == f)  # type: ignore[misc]
            if not len(asked.ok) and self.clients.unsupported[f] < len(asked):
                return f"none of {count(len(asked), 'request')} {f} succeeded"
        return ""
