"""Leaders by majority, with epochs and fencing, judged by the trace of a run: their votes, writes and messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dscourse.exercises.judges.paces import Pace
from dscourse.protocols.failover import Beat, Granted, RequestVote, Voted
from dscourse.protocols.fencing import Accepted, Append, Refused
from dscourse.show.picture import Picture
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.sim import World
from dscourse.sim.events import Event

__all__ = ["draw_leaders", "leadership_mistake"]

_CARRYING_EPOCHS = (Beat, Refused, RequestVote)


def leadership_mistake(
    world: World, names: Sequence[str], watched: Sequence[str] | None = None
) -> str | None:
    """Return the first breach of the rules of votes, epochs, fencing and pace by these nodes, or those ``watched``.

    The world has run; all nodes in ``names`` vote.
    """
    watch = _Watch(tuple(names))
    paces = {name: Pace(name, len(names)) for name in (names if watched is None else watched)}
    for event in world.trace:
        if event.node in paces:
            wrong = watch.look(event) or paces[event.node].look(event)
            if wrong is not None:
                return f"At {event.time_ms:,.0f} ms {wrong}."
    late = next(filter(None, (pace.overdue(world.now_ms) for pace in paces.values())), None)
    return f"At {world.now_ms:,.0f} ms {late}." if late else None


@dataclass(slots=True)
class _Watch:
    """The votes, leaders and epochs of a trace up to a moment."""

    names: tuple[str, ...]
    recorded: set[tuple[str, int, str]] = field(default_factory=set)  # voter, epoch, candidate
    votes: dict[tuple[str, int], str] = field(default_factory=dict)  # of a voter in an epoch
    granted: defaultdict[tuple[str, int], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    leaders: dict[int, str] = field(default_factory=dict)  # by epoch
    known: defaultdict[str, int] = field(
        default_factory=lambda: defaultdict(int)
    )  # epoch, since the start
    news: dict[str, object] = field(default_factory=dict)  # the message that carried it
    numbers: defaultdict[int, int] = field(
        default_factory=lambda: defaultdict(int)
    )  # of writes, by epoch
    restarted: dict[str, set[int]] = field(default_factory=dict)  # the epochs led before a restart

    def look(self, event: Event) -> str | None:
        """Return the mistake that this event shows, or None."""
        name, what = str(event.node), event.what
        if event.kind in ("start", "restart"):
            self._note_start(name)
        elif event.kind == "write":
            return self._record_mistake(name, what)
        elif event.kind == "deliver" and isinstance(what, Granted):
            self.granted[name, what.epoch].add(str(event.peer))
        elif event.kind == "deliver" and isinstance(what, _CARRYING_EPOCHS):
            self._note_delivery(name, what)
        elif event.kind == "send":
            return self._sending_mistake(name, str(event.peer), what)
        return None

    def _note_start(self, name: str) -> None:
        self.known[name] = 0  # what it has only heard of is lost
        self.restarted[name] = {epoch for epoch, leader in self.leaders.items() if leader == name}

    def _note_delivery(self, name: str, what: Beat | Refused | RequestVote) -> None:
        if what.epoch > self.known[name]:
            self.known[name], self.news[name] = what.epoch, what

    def _record_mistake(self, name: str, what: object) -> str | None:
        if not isinstance(what, Voted):
            return f"{name} writes {what!r:.60}: its votes are all that it has to record"
        vote = name, what.epoch, what.candidate
        if vote in self.recorded:
            return f"{name} writes {what!r} a second time: one write per vote is enough"
        self.recorded.add(vote)
        return None

    def _sending_mistake(self, name: str, to: str, what: object) -> str | None:
        if isinstance(what, Granted):
            return self._vote_mistake(name, what.epoch, to)
        if isinstance(what, RequestVote):
            return self._vote_mistake(name, what.epoch, name)
        if isinstance(what, Beat):
            return self._leader_mistake(name, what.epoch, f"sends {what}")
        if isinstance(what, Append):
            return self._leader_mistake(name, what.epoch, f"sends {what}") or self._number_mistake(
                name, what
            )
        return f"{name} sends “{what}” to {to}: it sends no other message than those of the task"

    def _vote_mistake(self, name: str, epoch: int, candidate: str) -> str | None:
        first = self.votes.setdefault((name, epoch), candidate)
        if first != candidate:
            return f"{name} votes for {_self(candidate, name)} in epoch {epoch}, after one for {_self(first, name)}"
        if (name, epoch, candidate) not in self.recorded:
            return (
                f"{name} votes for {_self(candidate, name)} in epoch {epoch}, and {Voted(epoch, candidate)!r} is not "
                "on its disk yet: a crash would let it vote again"
            )
        return None

    def _leader_mistake(self, name: str, epoch: int, act: str) -> str | None:
        known, majority = self.known[name], len(self.names) // 2 + 1
        if known > epoch:
            news = self.news[name]
            return f"{name} {act}, although “{news}” has told it of epoch {known}: it must not lead any more"
        votes = self.granted[name, epoch] | {name}
        if len(votes) < majority:
            return (
                f"{name} {act} as a leader with {len(votes)} of {len(self.names)} votes in epoch {epoch} (its own "
                f"included): a majority is {majority}"
            )
        if epoch in self.restarted.get(name, ()):
            return f"{name} {act}, an epoch that it led before it crashed: after a restart it needs a new election"
        other = self.leaders.setdefault(epoch, name)
        return None if other == name else f"{name} {act}, and {other} has led this epoch"

    def _number_mistake(self, name: str, append: Append) -> str | None:
        wanted = self.numbers[append.epoch] + 1
        self.numbers[append.epoch] = append.number
        if append.number == wanted:
            return None
        return f"{name} sends {append}: the writes of an epoch are numbered 1, 2, 3, …, so this is number {wanted}"


def _self(candidate: str, name: str) -> str:
    return "itself" if candidate == name else candidate


# --- a picture -----------------------------------------------------------------------------------


def draw_leaders(
    world: World, names: Iterable[str], storage: str, sentence: str, until_ms: float, shaded: Sequence[Span] = ()
) -> Picture:  # fmt: skip
    """Draw a row per node with the epochs in which it wrote, and the writes that the storage accepted and refused."""
    rows = {name: list(_epochs_of(world, name)) for name in names}
    return timeline(
        {**rows, storage: []}, until_ms=until_ms, sentence=sentence, shaded=shaded,
        marks={storage: list(_marks(world, storage))},
        meanings={"good": "write accepted, in its writer's colour", "refused": "refused"},
    )  # fmt: skip


def _epochs_of(world: World, name: str) -> Iterator[Span]:
    times: dict[int, list[float]] = {}
    for event in world.trace.kinds("send"):
        if event.node == name and isinstance(event.what, Append):
            times.setdefault(event.what.epoch, []).append(event.time_ms)
    for epoch, sent in times.items():
        yield Span(sent[0], sent[-1], f"writes in epoch {epoch}")


def _marks(world: World, storage: str) -> Iterator[Mark]:
    for event in world.trace.of(storage):
        if event.kind == "write" and isinstance(event.what, Accepted):
            yield Mark(event.time_ms, "good", str(event.what), of=event.what.writer)
        elif event.kind == "send" and event.node == storage and isinstance(event.what, Refused):
            yield Mark(event.time_ms, "refused", f"{event.peer} is refused")
