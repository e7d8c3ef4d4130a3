"""A leader as an answer among scripted peers: news that is late, old or repeated, a restart, and a long silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dscourse.exercises.judges.leaders import leadership_mistake
from dscourse.node import Message, Node, Timer
from dscourse.protocols.failover import Beat, Granted, RequestVote
from dscourse.protocols.fencing import FencedStorage, Refused, accepted
from dscourse.sim import At, Crash, Network, Restart, Uniform, World

__all__ = ["STORAGE", "drill_mistake"]

STORAGE = "disk-7"
_MOST_EVENTS = 100_000
_SILENCE_MS = 400_000  # of peers that give no vote: more than a thousand elections
_Line = tuple[float, Message | type[Granted] | type[Refused]]
MakeNode = Callable[[str, list[str], str], Node]


@dataclass(frozen=True, slots=True)
class Say(Timer):
    """The line with this index is due."""

    index: int


class _Peer(Node):
    """A node that gives its vote to every candidate from ``grants_ms`` on, and sends node a its lines.

    A line that is a type of message is sent with the latest epoch that a has asked for.
    """

    def __init__(
        self, id: str, peers: Sequence[str], lines: Sequence[_Line], grants_ms: float
    ) -> None:
        super().__init__(id, peers)
        self.lines, self.grants_ms = tuple(lines), grants_ms
        self.latest = 0

    def on_start(self, log: Sequence[object]) -> None:
        for index, (due_ms, _) in enumerate(self.lines):
            self.set_timer(Say(index), due_ms)

    def on_say(self, timer: Say) -> None:
        what = self.lines[timer.index][1]
        self.send("a", what(self.latest) if isinstance(what, type) else what)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        self.latest = max(self.latest, request.epoch)
        if self.now >= self.grants_ms:
            self.send(sender, Granted(request.epoch))

    def on_granted(self, sender: str, granted: Granted) -> None: ...

    def on_beat(self, sender: str, beat: Beat) -> None: ...


@dataclass(frozen=True, slots=True)
class _Drill:
    """A story about node a that ends with its writes in at least ``epochs`` epochs, the last above ``above``."""

    story: str
    until_ms: float
    lines: tuple[_Line, ...] = ()
    faults: tuple[At, ...] = ()
    grants_ms: float = 0.0
    size: int = 3
    epochs: int = 2
    above: int = 0


def _news(message: Beat | RequestVote | Refused) -> _Drill:
    return _Drill(
        f"a leads, and at 800 ms b sends it “{message}”.",
        1_800,
        ((800, message),),
        above=message.epoch,
    )


_STALE: tuple[_Line, ...] = (
    (800, Refused(50)),
    (1_600, Beat(50, 90)),
    (1_650, RequestVote(50)),
    (1_700, Granted(50)),
    (1_750, Refused(50)),
    (1_800, Refused),
    (1_850, Granted),
)
_OLD: tuple[_Line, ...] = (
    (100, Beat(50, 1)),
    *((100.0 * step, RequestVote(40 + step)) for step in range(2, 9)),
    *((100.0 * step + 50, Beat(1, step)) for step in range(2, 9)),
)
_DRILLS = (
    *(_news(message) for message in (Beat(50, 1), RequestVote(50), Refused(50), RequestVote(1_000))),
    _Drill(
        "a leads an epoch above 50; then copies of earlier messages arrive, of epoch 50 and of its own.",
        3_000, _STALE, above=50,
    ),
    _Drill(
        "a leads, crashes at 800 ms and restarts at 850; then the votes of before arrive once more.",
        2_000, ((900, Granted), (920, Granted)), (At(800, Crash("a")), At(850, Restart("a"))),
    ),
    _Drill(
        "At 100 ms a hears a Beat of epoch 50, and then only messages of earlier epochs.",
        1_600, _OLD, epochs=1, above=50, size=5,
    ),
    _Drill(
        f"For {_SILENCE_MS // 1000} s no other node gives a vote; then all do. a crashes once more, 30 s later.",
        _SILENCE_MS + 32_000, (), (At(_SILENCE_MS + 30_000, Crash("a")), At(_SILENCE_MS + 30_100, Restart("a"))),
        grants_ms=_SILENCE_MS, above=900,
    ),
)  # fmt: skip


def drill_mistake(make: MakeNode) -> tuple[str, World] | None:
    """Return the first mistake of node a, built by ``make``, in these stories, and the world; None without one."""
    for drill in _DRILLS:
        names = "abcdefg"[: drill.size]
        world = _world(make, drill, names)
        wrong = leadership_mistake(world, names, watched="a") or _missing(world, drill)
        if wrong is not None:
            return f"{drill.story} {wrong}", world
    return None


def _world(make: MakeNode, drill: _Drill, names: str) -> World:
    peers = [
        _Peer(name, ["a"], drill.lines if name in "bc" else (), drill.grants_ms)
        for name in names[1:]
    ]
    nodes = [FencedStorage(STORAGE), make("a", list(names[1:]), STORAGE), *peers]
    world = World(nodes, 3, Network(Uniform(2, 12)), list(drill.faults))
    return world.run(until_ms=drill.until_ms, max_events=_MOST_EVENTS)


def _missing(world: World, drill: _Drill) -> str | None:
    epochs = {write.epoch for write in accepted(world.log(STORAGE))}
    if len(epochs) >= drill.epochs and max(epochs) > drill.above:
        return None
    again = f"lead an epoch above {drill.above}" if drill.above and epochs else "lead once more"
    return (
        "The other nodes vote for a whenever it asks, and yet it does not "
        f"{again if epochs else 'lead'}."
    )
