"""Judge of 14.7: an acceptor of Paxos, under scripted requests, crashes after every effect, and repeated messages."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.core.equality import token
from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.judges.paxos import NAMES, Scripted
from dscourse.exercises.tasks import Wrong
from dscourse.node import Message, Node
from dscourse.protocols.paxos import Accept, Accepted, Ballot, Prepare, Promise
from dscourse.protocols.paxos_nacks import Nack
from dscourse.show import Picture, spacetime
from dscourse.sim import (
    At,
    Budget,
    Crash,
    CrashDuring,
    Event,
    Network,
    Restart,
    Trace,
    Uniform,
    World,
)

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
_FAULTY_MS, _QUIET_MS = (
    350,
    3_600_000,
)  # faults happen before the quiet hour, and requests after it, too
_END_MS = _QUIET_MS + 400
_FAULTS = ("loss", "duplicate", "hold", "pause", "crash", "crash_during", "restarts")
_REPLIES: dict[type, Any] = {Prepare: (Promise, Nack), Accept: (Accepted, Nack)}
# Proposers' names, by which ballots of one round compare; the first round; two values of each proposer.
_SCENES: tuple[tuple[Sequence[str], int, Sequence[tuple[Any, Any]]], ...] = (
    (("p", "q", "r"), 1, (("x", 0), ("y", ""), ("z", (1, 2)))),
    (("n9", "n10", "n11"), 8, ((1, True), (True, 1.0), (1.0, 1))),  # equal, and not the same
    (("Node", "node", "n"), 10**9 - 2, ((None, "x"), ("X", None), ("", 0))),
)


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Node)):
        return Wrong("`Acceptor` must be a class derived from Node.")
    for seed, name in enumerate(("a", "left", "z")):
        plans = [
            *_crashes(name),
            *random_plans([name, *_SCENES[seed][0]], _budget(), 16, _SCENES[seed][0]),
        ]
        wrong = _hunted(kind, name, seed, plans)
        if wrong is not None:
            return wrong
    return _judge_shared(kind)


def _world(kind: type[Node], name: str, seed: int, plan: list[At]) -> World:
    nodes = [kind(name, []), *_senders(name, seed)]
    return World(nodes, seed, Network(Uniform(1, 25)), plan)


def _hunted(kind: type[Node], name: str, seed: int, plans: list[list[At]]) -> Wrong | None:
    def run(plan: list[At]) -> World:
        return _world(kind, name, seed, plan).run(_END_MS, 5_000)

    def draw(world: World) -> Picture:
        at_ms = _first_mistake(world.trace, name)[0]
        return spacetime(world.trace, start_ms=max(0, at_ms - 220), end_ms=at_ms + 30)

    return hunt(
        run, lambda world: _first_mistake(world.trace, name)[1], plans, _FAULTY_MS, draw=draw
    )


def _judge_shared(kind: type[Node]) -> Wrong | None:
    """Judge an acceptor while another one of its class and name, in another cluster, begins and ends."""
    for crash in (False, True):
        plan = [At(100, Crash("a")), At(130, Restart("a"))] if crash else []
        world = _world(kind, "a", 0, plan).run(110, 5_000)
        _world(kind, "a", 1, []).run(_END_MS, 5_000)
        at_ms, complaint = _first_mistake(world.run(_END_MS, 5_000).trace, "a")
        if complaint is not None:
            picture = spacetime(world.trace, start_ms=max(0, at_ms - 220), end_ms=at_ms + 30)
            return Wrong(
                f"{complaint} This happens only while another acceptor of this class runs: what a node knows belongs "
                "in its own attributes and on disk.",
                picture,
            )
    return None


def _budget() -> Budget:
    return Budget(_FAULTY_MS, faults=5, timeout_ms=40, menu=_FAULTS)


def _crashes(name: str) -> Iterator[list[At]]:
    """Yield a crash at each of several moments, after none or one of the effects of a handler, and a restart."""
    for ms in range(10, 190, 20):
        for after in (0, 1):
            yield [At(ms, CrashDuring(name, after)), At(ms + 40, Restart(name))]


def _senders(name: str, seed: int) -> list[Node]:
    """Return three senders of requests in each other's way: the same rounds, old ballots, values that are false."""
    draw = random.Random(seed)
    senders: list[Node] = []
    proposers, first, values = _SCENES[seed]
    for own, offered in zip(proposers, values, strict=True):
        script: list[tuple[float, str, Message]] = []
        for number in range(9):
            ballot = Ballot(first + number // 3 + draw.randrange(2), own)
            value = offered[ballot.round % 2]  # one value per ballot
            ms = 10 + 22 * number + draw.randrange(20) + (_QUIET_MS if number > 6 else 0)
            request = draw.choice((Prepare(ballot), Accept(ballot, value), Accept(ballot, value)))
            script += [(ms, name, request)]
            script += [(ms + 1, name, request)] if number % 4 == 3 else []
        script += [(_QUIET_MS + 5, name, Prepare(Ballot(first + 1, own)))]  # too low by now
        senders.append(Scripted(own, [name], script))
    return senders


# --- what an acceptor may say --------------------------------------------------------------------


def _first_mistake(trace: Trace, name: str) -> tuple[float, str | None]:
    """Return when the acceptor first said what it must not say, or did not answer, and how; (0, None) if never."""
    restarts = [event.index for event in trace.kinds("restart") if event.node == name]
    known = _Known(name, restarts)
    for request, effects, crashed in _handled(trace, name):
        known.note(request)
        sent = [event for event in effects if event.kind == "send"]
        complaint = known.judge_replies(request, sent, crashed) or _judge_writes(
            name, request, effects
        )
        if complaint:
            return request.time_ms, complaint
    return 0, None


def _handled(trace: Trace, name: str) -> Iterator[tuple[Event, list[Event], bool]]:
    """Yield each request that arrived, with what the acceptor then did, and whether it crashed while it did so."""
    own = [event for event in trace.of(name) if event.kind not in ("set_timer", "fault")]
    arrivals = [number for number, event in enumerate(own) if event.kind == "deliver"]
    for number in arrivals:
        effects = []
        crashed = False
        for event in own[number + 1 :]:
            crashed = event.kind == "crash" and event.time_ms == own[number].time_ms
            if event.kind not in ("send", "write"):
                break
            effects.append(event)
        yield own[number], effects, crashed


def _judge_writes(name: str, request: Event, effects: list[Event]) -> str | None:
    written = sum(event.kind == "write" for event in effects)
    if written > 1:
        return f"{name} writes {written} records for one request, {request.what}: one is enough."
    return None


class _Known:
    """The requests that one acceptor has had, and the promises that it has made."""

    def __init__(self, name: str, restarts: list[int]) -> None:
        self.name, self.restarts = name, restarts
        self.promised_at = self.now = 0  # indexes of the trace
        self.highest = self.reported = self.asked = Ballot()
        self.offered: set[tuple[Ballot, Any]] = set()

    def note(self, request: Event) -> None:
        self.now = request.index
        self.asked = max(self.asked, request.what.ballot)
        if isinstance(request.what, Accept):
            self.offered.add((request.what.ballot, token(request.what.value)))

    def judge_replies(self, request: Event, sent: list[Event], crashed: bool) -> str | None:
        if not sent and not crashed:
            return (
                f"{self.name} does not answer {request.what}. A request that is too low needs a Nack, and one that "
                "comes again the same answer again."
            )
        if len(sent) > 1 or any(event.peer != request.peer for event in sent):
            return f"{self.name} must answer {request.what} once, to {request.peer} alone."
        return next(filter(None, (self._judge(request.what, event.what) for event in sent)), None)

    def _judge(self, request: Any, reply: Any) -> str | None:
        fits = isinstance(reply, _REPLIES[type(request)]) and reply.ballot == request.ballot
        if not fits:
            return f"{self.name} answers {request} with {reply!r}: that is not an answer to it."
        if isinstance(reply, Nack):
            return self._judge_refusal(request, reply)
        if reply.ballot < self.highest:
            return (
                f"{self.name} has promised ballot {self.highest}, and then answers "
                f"{request} with {reply}. A second value could be chosen.{self._forgotten()}"
            )
        wrong = (
            self._judge_report(reply)
            if isinstance(reply, Promise)
            else self._judge_acceptance(request, reply)
        )
        self.highest, self.promised_at = reply.ballot, self.now
        return wrong

    def _forgotten(self) -> str:
        between = any(self.promised_at < restart < self.now for restart in self.restarts)
        return " A crash lies between: it was not on disk when it was sent." if between else ""

    def _judge_refusal(self, request: Any, nack: Nack) -> str | None:
        if request.ballot >= self.asked:
            return (
                f"{self.name} refuses {request}, though it has heard of no higher ballot: with such acceptors "
                "nothing is ever chosen."
            )
        if (
            nack.promised <= request.ballot
            or nack.promised > self.asked
            or nack.promised < self.highest
        ):
            return (
                f"{self.name} refuses {request}, and names {nack.promised} as what it has promised: it must be the "
                f"highest ballot that it has promised or accepted, here {self.highest}, or the proposer does not "
                "learn how high to go."
            )
        return None

    def _judge_report(self, promise: Promise) -> str | None:
        if promise.accepted < self.reported:
            reported = promise.accepted if promise.accepted.round else "nothing"
            return (
                f"{self.name} has accepted in ballot {self.reported}, and its promise of {promise.ballot} "
                f"reports {reported}: the proposer could choose another value.{self._forgotten()}"
            )
        if promise.accepted == Ballot():
            return None if promise.value is None else f"{promise!r} has a value without a ballot."
        if (promise.accepted, token(promise.value)) not in self.offered:
            return (
                f"{self.name} reports {promise.value!r} as accepted in {promise.accepted}: it was never asked to "
                "accept that."
            )
        return None

    def _judge_acceptance(self, request: Any, reply: Accepted) -> str | None:
        if token(reply.value) != token(request.value):
            return f"{self.name} answers {request} with {reply!r}: another value."
        self.reported = max(self.reported, reply.ballot)
        return None
