"""The rules that proposers of a Paxos for one decision must keep, judged by the trace of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dscourse.core.equality import token
from dscourse.protocols.paxos import Accept, Accepted, Ballot, Prepare, Promise
from dscourse.sim import Event, World

__all__ = ["complain"]


def complain(world: World) -> str | None:
    """Return the first rule that a proposer of this world has broken, in words; None if there is none."""
    seen = _Seen(world)
    for event in world.trace:
        found = seen.judge(event)
        if found is not None:
            return found
    return _disagreement(world)


def _disagreement(world: World) -> str | None:
    ended = {token(op.result): op for op in world.history if op.status == "ok"}
    if len(ended) > 1:
        one, other = list(ended.values())[:2]
        return (
            f"{one.process} ends with {one.result!r} as the chosen value, and {other.process} with "
            f"{other.result!r}: two values."
        )
    return None


class _Seen:
    """The proposals, promises and acceptances of a run so far."""

    def __init__(self, world: World) -> None:
        self.acceptors = {name for name in world.nodes if name not in _clients(world)}
        self.lives: dict[str, int] = {}
        self.wanted: dict[str, list[Any]] = {}
        self.begun: dict[Ballot, tuple[str, int]] = {}  # its proposer, and in which of its lives
        self.offered: dict[Ballot, Any] = {}
        self.promises: dict[tuple[str, Ballot], dict[str, Promise]] = {}
        self.accepted: dict[tuple[str, Ballot], dict[str, Accepted]] = {}

    def judge(self, event: Event) -> str | None:
        name = str(event.node)
        if event.kind == "restart":
            self.lives[name] = self.lives.get(name, 0) + 1
        elif event.kind == "invoke":
            self.wanted.setdefault(name, []).append(event.what.value)
        elif event.kind == "deliver":
            self._hear(name, event)
        elif event.kind == "ok":
            return self._judge_end(name, event.what)
        elif event.kind == "send" and isinstance(event.what, Prepare):
            return self._judge_prepare(name, event.what.ballot)
        elif event.kind == "send" and isinstance(event.what, Accept):
            return self._judge_accept(name, event.what)
        return None

    def _hear(self, name: str, event: Event) -> None:
        heard: Any = {Promise: self.promises, Accepted: self.accepted}.get(type(event.what))
        if heard is not None:
            heard.setdefault((name, event.what.ballot), {}).setdefault(str(event.peer), event.what)

    def _is_majority(self, names: Iterable[str]) -> bool:
        return 2 * len(set(names)) > len(self.acceptors)

    def _judge_prepare(self, name: str, ballot: Any) -> str | None:
        if not isinstance(ballot, Ballot) or not isinstance(ballot.round, int) or ballot.round < 1:
            return f"{name} asks for {ballot!r}: a ballot is Ballot(round, name), from round 1 on."
        life = (name, self.lives.get(name, 0))
        before = self.begun.setdefault(ballot, life)
        if before[0] != name:
            return f"{before[0]} and {name} both use ballot {ballot}: it must carry the proposer's own name."
        if before != life:
            return (
                f"{name} used ballot {ballot} before its crash, and uses it again after its restart: with another "
                "value, two could be chosen in one ballot. What is on disk survives."
            )
        return None

    def _judge_accept(self, name: str, accept: Accept) -> str | None:
        heard = list(self.promises.get((name, accept.ballot), {}).values())
        if not self._is_majority(self.promises.get((name, accept.ballot), {})):
            return (
                f"{name} asks to {accept}, with the promises of {len(heard)} of {len(self.acceptors)} acceptors "
                "in that ballot: a majority is required, and a promise that comes twice counts once."
            )
        first = self.offered.setdefault(accept.ballot, accept.value)
        if token(first) != token(accept.value):
            return f"{name} proposes two values in ballot {accept.ballot}: {first!r} and {accept.value!r}."
        return self._judge_value(name, accept, heard)

    def _judge_value(self, name: str, accept: Accept, heard: list[Promise]) -> str | None:
        """Judge the value by all promises heard, or by the first majority of them."""
        least = len(self.acceptors) // 2 + 1
        allowed = [
            token(v) for n in range(least, len(heard) + 1) for v in self._values(name, heard[:n])
        ]
        if token(accept.value) in allowed:
            return None
        reports = ", ".join(
            f"{one.value!r} in {one.accepted}" if one.accepted.round else "nothing" for one in heard
        )
        highest = max(heard, key=lambda promise: promise.accepted)
        wants = (
            f"it must propose {highest.value!r}, which was accepted in the highest ballot"
            if highest.accepted.round
            else "nothing was accepted, so it must propose what its operation asks for"
        )
        return f"The promises of ballot {accept.ballot} report {reports}; {name} asks to {accept}: {wants}."

    def _values(self, name: str, heard: list[Promise]) -> Iterator[Any]:
        highest = max(heard, key=lambda promise: promise.accepted)
        yield from [highest.value] if highest.accepted.round else self.wanted.get(name, [])[-1:]

    def _judge_end(self, name: str, result: Any) -> str | None:
        votes = [by for (owner, _), by in self.accepted.items() if owner == name]
        agreed = any(
            self._is_majority(
                voter for voter, one in by.items() if token(one.value) == token(result)
            )
            for by in votes
        )
        if agreed:
            return None
        return (
            f"{name} ends with {result!r}, which no majority has told it to have accepted in one ballot: it is not "
            "known to be chosen."
        )


def _clients(world: World) -> set[str]:
    from dscourse.node import Client

    return {name for name, node in world.nodes.items() if isinstance(node, Client)}
