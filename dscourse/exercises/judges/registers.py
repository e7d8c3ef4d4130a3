"""A replicated store as an answer: read and written registers in clusters of several sizes, under chosen faults.

A `Scene` is one run, with the faults under which a classic mistake shows; `register_scenes` has them. `play` judges
it for answers and for linearizability; `hunt_plans` does the same under random fault plans, and then asks every node
for progress.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dscourse import checkers
from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.tasks import Wrong
from dscourse.history import Op
from dscourse.node import Invocation, Node, Reply, cluster
from dscourse.protocols.stores import Request, StoreClient
from dscourse.show import intervals, spacetime
from dscourse.sim import At, Budget, Exponential, Latency, Link, Network, Uniform, World

__all__ = ["Scene", "Turn", "costs", "hunt_plans", "play"]

Store = type[Node]
Turn = tuple[
    int, list[tuple[Any, ...]], float
]  # the client's node, its operations, and their start in ms

_STEADY = Uniform(4.5, 5.5)
_MANY_EVENTS = 60_000
_LAST = 100_000  # the number of the first operation, where numbers fall
_DESK = "desk"


@dataclass(frozen=True, slots=True)
class Scene:
    """One run: the cluster, the faults, and the clients' turns; ``account`` says in words what happens in it.

    Client ``c1`` asks the first node, and so on. With ``all_answered`` every operation must be answered. With
    ``falling``, a later operation has a smaller number. With ``one_desk``, the first node gets the requests of all
    clients from one sender.
    """

    account: str
    nodes: tuple[str, ...]
    turns: tuple[Turn, ...]
    plan: tuple[At, ...] = ()
    all_answered: bool = False
    patience_ms: float = 100.0
    think_ms: float = 4.0
    until_ms: float = 1_000.0
    latency: Latency = field(default=_STEADY)
    falling: bool = False
    one_desk: bool = False


class _Falling(StoreClient):
    """A client whose operations have the smaller a number the later they begin, over all clients of a run."""

    def __init__(self, id: str, server: str, timeout_ms: float) -> None:
        super().__init__(id, server, timeout_ms)
        self.numbers: dict[int, int] = {}

    def on_invoke(self, op: Invocation) -> None:
        number = _LAST - 10 * round(self.now) - int(self.id[1])  # clients are c1 to c9
        self.numbers[number] = op.id
        self.ask(op.id, self.server, Request(number, op.f, op.key, op.value))

    def on_reply(self, sender: str, reply: Reply) -> None:
        super().on_reply(sender, replace(reply, op=self.numbers.get(reply.op, -1)))


class _Desk(Node):
    """A sender of many clients' requests to one server, which passes the replies on."""

    def __init__(self, id: str, server: str) -> None:
        super().__init__(id)
        self.server = server
        self.clients: dict[int, str] = {}

    def on_request(self, sender: str, request: Request) -> None:
        self.clients[request.op] = sender
        self.send(self.server, request)

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.send(self.clients[reply.op], reply)


def world_of(store: Store, scene: Scene, **settings: Any) -> World:
    """Run the scene. A turn of client 0 is that of a second client at the first node."""
    names = scene.nodes
    kind = _Falling if scene.falling else StoreClient
    clients = [
        kind(
            _client(number),
            _DESK if scene.one_desk else names[max(0, number - 1) % len(names)],
            scene.patience_ms,
        )
        for number in sorted({number for number, _, _ in scene.turns})
    ]
    near = Link(Uniform(0.5, 1))
    desks = [_Desk(_DESK, names[0])] if scene.one_desk else []
    links = {way: near for way in ((_DESK, names[0]), (names[0], _DESK)) if desks}
    network = Network(scene.latency, client=near, links=links)
    world = World(
        [*clients, *desks, *cluster(store, names, **settings)], 1, network, list(scene.plan)
    )
    for number, ops, start_ms in scene.turns:
        world.submit(_client(number), ops, start_ms=start_ms, think_ms=scene.think_ms)
    return world.run(until_ms=scene.until_ms, max_events=_MANY_EVENTS)


def _client(number: int) -> str:
    return f"c{number}" if number else "c1b"


def play(store: Store, scene: Scene, **settings: Any) -> Wrong | None:
    """Judge one scene: its answers, if all are due, and that its history is linearizable."""
    world = world_of(store, scene, **settings)
    stuck = next((op for op in world.history if op.status != "ok"), None)
    if scene.all_answered and stuck is not None:
        return Wrong(f"{scene.account}: {_described(stuck)} is not answered.", _diagram(world))
    verdict = checkers.linearizable(world.history)
    if verdict.ok is False:
        return Wrong(
            f"Not linearizable. {scene.account}: {verdict.reason}.",
            _diagram(world, verdict.refuting),
        )
    return _judge_replies(world, scene)


def _judge_replies(world: World, scene: Scene) -> Wrong | None:
    """Judge that no operation is answered twice."""
    replies = Counter(
        event.what.op
        for event in world.trace.kinds("send")
        if event.node in scene.nodes and isinstance(event.what, Reply)
    )
    op, count = max(replies.items(), key=lambda item: item[1], default=(0, 0))
    if count > 1:
        return Wrong(f"{scene.account}: operation {op} is answered {count} times.", _diagram(world))
    return None


def costs(store: Store, scene: Scene, resend_ms: float) -> Wrong | None:
    """Judge the messages between the nodes of a scene in which all is answered.

    At most two rounds of messages and answers per operation, one more per ``resend_ms`` of a fault; none once all
    operations have ended and what was under way has arrived.
    """
    world = world_of(store, scene)
    sends = [
        event for event in world.trace.kinds("send")
        if event.node in scene.nodes and event.peer in scene.nodes and event.node != event.peer
    ]  # fmt: skip
    others = len(scene.nodes) - 1
    ended = max(op.returned_ms or op.invoked_ms for op in world.history)
    late = [event for event in sends if event.time_ms > ended + resend_ms]
    if late:
        return Wrong(
            f"{scene.account}: all operations have ended at {ended:.0f} ms, and at {late[-1].time_ms:.0f} ms "
            f"{late[-1].node} still sends {type(late[-1].what).__name__}."
        )
    faulty = max((entry.ms for entry in scene.plan), default=0.0)
    most = 4 * others * len(world.history) + round(2 * others * (faulty / resend_ms + 1)) * bool(
        faulty
    )
    if len(sends) > most:
        return Wrong(
            f"{scene.account}: {len(sends)} messages between the nodes for {len(world.history)} operations; "
            f"{most} are enough."
        )
    return None


def _described(op: Op) -> str:
    return f"the operation of {op.process} at {op.invoked_ms:.0f} ms ({op.describe()})"


def _diagram(world: World, marked: Sequence[int] = ()) -> Any:
    """Draw the run up to its last marked operation: the messages if it is short, otherwise the operations alone."""
    shown = [op for op in world.history if not marked or op.id in marked]
    ends = [op.returned_ms or op.invoked_ms for op in shown]
    end_ms = max(ends, default=100.0) + 20
    sends = len(world.trace.kinds("send").between(0, end_ms))
    if sends > 120:
        return intervals(world.history, highlight=marked)
    return spacetime(world.trace, highlight=marked, timers=False, end_ms=end_ms)


# --- random plans --------------------------------------------------------------------------------

_HORIZON_MS = 300


def hunt_plans(store: Store, names: Sequence[str], count: int) -> Wrong | None:
    """Judge the store under ``count`` random fault plans: every client is busy, and afterwards all are answered."""
    plans = random_plans(names, Budget(_HORIZON_MS, timeout_ms=60), count)
    return hunt(lambda plan: _busy(store, names, plan), _complaint, plans, _HORIZON_MS)


def _busy(store: Store, names: Sequence[str], plan: Sequence[At]) -> World:
    busy = [StoreClient(f"c{n}", name) for n, name in enumerate(names, start=1)]
    late = [StoreClient(f"late {n}", name, timeout_ms=600) for n, name in enumerate(names, start=1)]
    nodes = [*busy, *late, *cluster(store, names)]
    world = World(nodes, 7, Network(Exponential(6, 1), client=Link(Uniform(0.5, 1))), list(plan))
    for number, client in enumerate(busy):
        ops: list[tuple[Any, ...]] = []
        for turn in range(3):
            ops += [("write", "x", 100 * number + turn), ("read", "x")][:: 1 if number % 2 else -1]
        world.submit(client.id, ops, start_ms=10 + 7 * number, think_ms=9)
        world.submit(late[number].id, [("read", "x")], start_ms=900)
    return world.run(until_ms=1_500, max_events=_MANY_EVENTS)


def _complaint(world: World) -> str | None:
    verdict = checkers.linearizable(world.history)
    if verdict.ok is False:
        return f"Not linearizable: {verdict.reason}."
    stuck = [op for op in world.history if op.process.startswith("late") and op.status != "ok"]
    if stuck:
        return f"All nodes are up and linked again, and the read of {stuck[0].process} is not answered."
    return None
