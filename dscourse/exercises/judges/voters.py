"""A voter as an answer, step by step: requests in several epochs, with a crash after any effect of any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from dscourse.core.dispatch import handle_message
from dscourse.node import Effect, Node, Send, Write, take_effects
from dscourse.protocols.failover import Granted, RequestVote, Voted

__all__ = ["granted", "voting_mistake"]

_REQUESTS = (*product(("a", "b"), (1, 2, 3)), ("a", 10))
_MOST_EFFECTS = 5  # of one request, at which a crash is tried
_DISK = "what another node relies on must be on the disk before it is told"


def voting_mistake(start: Callable[[], Node]) -> str | None:
    """Return the first mistake of node c, built by ``start``, when a and b ask for its vote; None if there is none.

    It gets every three requests, and a crash at any of them but the last. It must give its vote in an epoch to one
    candidate, give it if the epoch is later than all that it has heard of, and record it as `Voted`.
    """
    for script in product(_REQUESTS, repeat=3):
        for crash in (None, *range(len(script) - 1)):
            for kept in range(_MOST_EFFECTS if crash is not None else 1):
                wrong = _Voter(start).follow(script, crash, kept)
                if wrong is not None:
                    return wrong
    return None


def granted(effects: Sequence[Effect]) -> Iterator[tuple[str, int]]:
    """Return the votes among these effects: to whom, and in which epoch."""
    for effect in effects:
        if isinstance(effect, Send) and isinstance(effect.message, Granted):
            yield effect.to, effect.message.epoch


class _Voter:
    """The node c, its disk, and the votes that the other nodes have got from it."""

    def __init__(self, start: Callable[[], Node]) -> None:
        self.start = start
        self.disk: list[object] = []
        self.votes: dict[int, str] = {}
        self.latest = 0
        self.story: list[str] = []
        self.node = self._started()

    def _started(self) -> Node:
        node = self.start()
        node.on_start(tuple(self.disk))
        take_effects(node)
        return node

    def follow(self, script: Sequence[tuple[str, int]], crash: int | None, kept: int) -> str | None:
        """Deliver the requests; at the one with the index ``crash`` only the first ``kept`` effects happen."""
        for index, (candidate, epoch) in enumerate(script):
            wrong = self._ask(candidate, epoch, kept if index == crash else None)
            if wrong is not None:
                return f"{'; '.join(self.story)}: {wrong}."
        return None

    def _ask(self, candidate: str, epoch: int, kept: int | None) -> str | None:
        handle_message(self.node, candidate, RequestVote(epoch))
        effects = take_effects(self.node)
        self.story.append(f"{candidate} asks in epoch {epoch}")
        done = effects if kept is None else effects[:kept]
        wrong = self._record_mistake(done, candidate) or self._vote_mistake(done)
        if wrong is None and kept is None and epoch > self.latest and epoch not in self.votes:
            wrong = f"c gives no vote, though it has given none in epoch {epoch} and knows of no later one"
        self.latest = max(self.latest, epoch)
        if kept is not None:
            self.story.append(f"c crashes after {kept} of its effects and restarts")
            self.node = self._started()
        return wrong

    def _record_mistake(self, effects: Sequence[Effect], candidate: str) -> str | None:
        records = [effect.record for effect in effects if isinstance(effect, Write)]
        self.disk += records
        for record in records:
            if isinstance(record, Voted) and record.candidate != candidate:
                return f"the record says {record}, but {candidate} has asked for the vote"
        return None

    def _vote_mistake(self, effects: Sequence[Effect]) -> str | None:
        for to, epoch in granted(effects):
            first = self.votes.setdefault(epoch, to)
            if first != to:
                return f"{first} and {to} have both got the vote of c in epoch {epoch}: {_DISK}"
        return None
