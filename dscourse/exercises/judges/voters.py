"""A voter as an answer, step by step: requests in several epochs, with crashes after any effect of any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from random import Random

from dscourse.core.dispatch import handle_message
from dscourse.node import Effect, Node, Send, Write, take_effects
from dscourse.protocols.failover import Granted, RequestVote, Voted

__all__ = ["MakeVoter", "granted", "voting_mistake"]

_REQUESTS = (*product(("a", "b"), (1, 2, 3)), ("a", 10))
_MOST_EFFECTS = 5  # of one request, at which a crash is tried
_LONG_SCRIPTS = 150  # longer scripts, with other names and epochs
_LONG = 60  # requests of the longest one
_NAMES = ("a", "b", "c", "k", "n1", "n2", "n10", "zoe", "Zed")
_DISK = "what another node relies on must be on the disk before it is told"
Script = Sequence[tuple[str, int]]
Crashes = Mapping[int, int]  # the index of a request → how many of its effects happen
MakeVoter = Callable[[str, list[str]], Node]


def voting_mistake(make: MakeVoter) -> str | None:
    """Return the first mistake of a voter, built by ``make``, when other nodes ask for its vote; None if none.

    It gets every three requests of two nodes, and a crash at any of them but the last; then longer scripts of more
    nodes, whose names come before and after its own, with epochs of all magnitudes and several crashes. It must give
    its vote in an epoch to one candidate, give it if the epoch is later than all that it has heard of, and record it
    as `Voted`.
    """
    short = (_Voter(make, "c", ["a", "b"]).follow(*script) for script in _short_scripts())
    long = (_follow_long_script(make, Random(seed)) for seed in range(_LONG_SCRIPTS))
    steady = [(f"n{1 + epoch % 2}", epoch) for epoch in range(1, _LONG)]
    crash = {_LONG - 2: _MOST_EFFECTS}
    last = _Voter(make, "v", ["n1", "n2"]).follow([*steady, ("n1", _LONG - 1)], crash)
    return next(filter(None, short), None) or next(filter(None, long), None) or last


def _short_scripts() -> Iterator[tuple[Script, Crashes]]:
    for script in product(_REQUESTS, repeat=3):
        yield script, {}
        for crash, kept in product(range(len(script) - 1), range(_MOST_EFFECTS)):
            yield script, {crash: kept}


def _follow_long_script(make: MakeVoter, random: Random) -> str | None:
    voter, *peers = random.sample(_NAMES, random.choice((3, 4, 5, 7)))
    epoch, script = 0, []
    for _ in range(random.randint(4, 10)):
        epoch += random.choice((0, 0, 1, 1, 2, 90, 10**6))
        stale = max(1, epoch - random.choice((0, 0, 0, 1)))
        script.append((random.choice(peers), stale))
    crashes = {index: random.randint(1, 4) for index in random.sample(range(len(script) - 1), 3)}
    return _Voter(make, voter, peers).follow(script, crashes)


def granted(effects: Sequence[Effect]) -> Iterator[tuple[str, int]]:
    """Return the votes among these effects: to whom, and in which epoch."""
    for effect in effects:
        if isinstance(effect, Send) and isinstance(effect.message, Granted):
            yield effect.to, effect.message.epoch


class _Voter:
    """The node, its disk, and the votes that the other nodes have got from it."""

    def __init__(self, make: MakeVoter, name: str, peers: list[str]) -> None:
        self.make, self.name, self.peers = make, name, peers
        self.disk: list[object] = []
        self.votes: dict[int, str] = {}
        self.latest = 0
        self.story: list[str] = []
        self.node = self._started()

    def _started(self) -> Node:
        node = self.make(self.name, list(self.peers))
        node.on_start(tuple(self.disk))
        take_effects(node)
        return node

    def follow(self, script: Script, crashes: Crashes) -> str | None:
        """Deliver the requests; at one with its index in ``crashes`` only the first effects happen."""
        for index, (candidate, epoch) in enumerate(script):
            wrong = self._ask(candidate, epoch, crashes.get(index))
            if wrong is not None:
                skipped = "… " if len(self.story) > 8 else ""
                return f"{skipped}{'; '.join(self.story[-8:])}: {wrong}."
        return None

    def _ask(self, candidate: str, epoch: int, kept: int | None) -> str | None:
        handle_message(self.node, candidate, RequestVote(epoch))
        effects = take_effects(self.node)
        self.story.append(f"{candidate} asks in epoch {epoch}")
        done = effects if kept is None else effects[:kept]
        wrong = self._record_mistake(done, candidate) or self._vote_mistake(done)
        given = self.votes.get(epoch)
        if wrong is None and kept is None and epoch > self.latest and given != candidate:
            wrong = f"{self.name} gives no vote, though it has given none in epoch {epoch} and knows of no later one"
        self.latest = max(self.latest, epoch)
        if kept is not None:
            self.story.append(f"{self.name} crashes after {kept} of its effects and restarts")
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
                return f"{first} and {to} have both got the vote of {self.name} in epoch {epoch}: {_DISK}"
        return None
