"""A replicated store as an answer: read and written registers in clusters of several sizes, under chosen faults.

A `Scene` is one run with the faults at which a classic mistake shows. `play` judges it for answers and for
linearizability; `hunt_plans` does the same under random fault plans, and then asks every node for progress.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dscourse import checkers
from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.tasks import Wrong
from dscourse.history import Op
from dscourse.node import Node, cluster
from dscourse.protocols.stores import StoreClient
from dscourse.show import intervals, spacetime
from dscourse.sim import (
    At,
    Budget,
    Crash,
    CrashDuring,
    Cut,
    Exponential,
    Heal,
    Hold,
    Latency,
    Link,
    Network,
    Partition,
    Release,
    Restart,
    Uniform,
    World,
)

__all__ = [
    "Scene", "calm", "costs", "crashing", "cut_off", "hunt_plans", "inverted", "minority_down", "missed", "overtaken",
    "play", "split", "ties",
]  # fmt: skip

Store = type[Node]
Turn = tuple[
    int, list[tuple[Any, ...]], float
]  # the client's node, its operations, and their start in ms

_STEADY = Uniform(4.5, 5.5)
_CITIES = ("oslo", "bonn", "rome", "kyiv", "lima", "cork", "nice")
_MANY_EVENTS = 60_000


@dataclass(frozen=True, slots=True)
class Scene:
    """One run: the cluster, the faults, and the clients' turns; ``account`` says in words what happens in it.

    Client ``c1`` asks the first node, and so on. With ``all_answered`` every operation must be answered.
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


def world_of(store: Store, scene: Scene, **settings: Any) -> World:
    """Run the scene. A turn of client 0 is that of a second client at the first node."""
    clients = [
        StoreClient(_client(number), scene.nodes[max(0, number - 1)], scene.patience_ms)
        for number in range(len(scene.nodes) + 1)
    ]
    network = Network(scene.latency, client=Link(Uniform(0.5, 1)))
    nodes = [*clients, *cluster(store, scene.nodes, **settings)]
    world = World(nodes, 1, network, list(scene.plan))
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


def _listing(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


# --- scenes --------------------------------------------------------------------------------------


def _cities(count: int) -> tuple[str, ...]:
    return _CITIES[:count]


def _turns(count: int, start_ms: float = 10.0) -> tuple[Turn, ...]:
    """Return turns in which all nodes are busy, the first of them with two clients, on two keys."""
    turns: list[Turn] = []
    for number in range(count + 1):
        keys = ("x", "y") if number % 2 else ("y", "x")
        ops = [op for key in keys for op in (("write", key, f"{key}{number}"), ("read", key))]
        turns.append((number, ops, start_ms + 3 * number))
    return tuple(turns)


def calm(count: int) -> Scene:
    account = f"{count} {'nodes' if count > 1 else 'node'} and no fault"
    return Scene(account, _cities(count), _turns(count), all_answered=True)


def minority_down(count: int) -> Scene:
    """Return the scene in which as many nodes are down as a majority can spare: the last ones."""
    names = _cities(count)
    down = names[count - (count - 1) // 2 :]
    turns = _turns(count - len(down), 20)
    account = f"{_listing(down)} of {count} nodes {'are' if len(down) > 1 else 'is'} down, and a majority is up"
    plan = tuple(At(5, Crash(name)) for name in down)
    return Scene(account, names, turns, plan, all_answered=True, patience_ms=400)


def cut_off(ms: float, count: int = 3) -> Scene:
    """Return the scene in which the first node is cut off for ``ms``, and its client waits for longer than that."""
    names = _cities(count)
    account = f"{names[0]} is cut off for {ms:g} ms, and then it is not"
    plan = (At(5, Partition({names[0]}, set(names[1:]))), At(5 + ms, Heal()))
    turns: tuple[Turn, ...] = ((1, [("write", "x", 1), ("read", "x")], 10),)
    return Scene(account, names, turns, plan, all_answered=True, patience_ms=ms + 400)


def split(few: int, count: int) -> Scene:
    """Return the scene in which the first ``few`` of the nodes are cut off from the others, and both sides work."""
    names = _cities(count)
    account = f"{_listing(names[:few])} | {_listing(names[few:])} are cut from each other"
    plan = (At(50, Partition(set(names[:few]), set(names[few:]))), At(250, Heal()))
    turns: tuple[Turn, ...] = (
        (few + 1, [("write", "x", 1)], 5),
        (1, [("write", "x", 2), ("read", "x")], 60),
        (count, [("read", "x"), ("write", "x", 3), ("read", "x")], 170),
        (1, [("read", "x")], 180),
        (2, [("read", "x")] * 3, 260),
    )
    return Scene(account, names, turns, plan, think_ms=1)


def ties(count: int) -> Scene:
    names = _cities(count)
    account = "All nodes are asked to write at the same moment, three times, and then to read"
    turns = tuple(
        (n, [op for k in range(3) for op in (("write", "x", 10 * n + k), ("read", "x"))], 10.0)
        for n in range(1, count + 1)
    )
    return Scene(account, names, turns, all_answered=True, think_ms=0.1, latency=Uniform(1, 14))


def crashing() -> tuple[Scene, ...]:
    """Return scenes about memory: a power cut at all nodes, and a crash between an acknowledgement and the disk."""
    a, b, c = names = _cities(3)
    power = (*(At(60, Crash(n)) for n in names), *(At(70, Restart(n)) for n in names))
    written: Turn = (1, [("write", "x", 1)], 10)
    early = (
        At(0, Cut(a, c)), At(18, CrashDuring(b, after=1)), At(60, Crash(a)),
        At(70, Restart(b)), At(70, Heal()), At(300, Restart(a)),
    )  # fmt: skip
    return (
        Scene("All nodes lose power and come back", names, (written, (2, [("read", "x")], 90)), power),
        Scene(
            f"{b} crashes while it handles an Update, and restarts",
            names, (written, (3, [("read", "x")], 90), (2, [("read", "x")], 130)), early,
        ),
    )  # fmt: skip


def overtaken() -> Scene:
    """Return the scene in which an old Update arrives after a newer one, at a node that the next quorum needs."""
    a, b, c = names = _cities(3)
    plan = (
        At(17, Hold(a, c)), At(50, Cut(c, b)), At(100, Release(a, c)), At(120, Crash(a)), At(130, Heal(c, b)),
        At(300, Restart(a)),
    )  # fmt: skip
    turns: tuple[Turn, ...] = (
        (1, [("write", "x", 1)], 10), (3, [("write", "x", 2)], 58), (2, [("read", "x")] * 2, 140),
    )  # fmt: skip
    account = f"An old Update from {a} reaches {c} after a newer write"
    return Scene(account, names, turns, plan)


def missed(count: int) -> Scene:
    """Return the scene in which the first node misses two writes, and then has one of its own to make."""
    names = _cities(count)
    plan = (At(0, Partition({names[0]}, set(names[1:]))), At(100, Heal()))
    turns: tuple[Turn, ...] = (
        (3, [("write", "x", 1), ("write", "x", 2)], 5), (1, [("write", "x", 3)], 120), (2, [("read", "x")], 160),
    )  # fmt: skip
    return Scene(f"{names[0]} has missed two writes when it is asked to write", names, turns, plan)


def inverted(names: Sequence[str]) -> Iterator[Scene]:
    """Yield scenes in which a write reaches too few replicas, and nodes with different quorums read in turn.

    The first node's write gets through to the second alone, or to no other; a node that may see it reads again and
    again, then one that is cut off from where the value is.
    """
    writer, near, *far = names
    spare = (
        len(names) - 1
    ) // 2 - 1  # replicas beside the writer that may have the value without a write quorum
    for reached in ([near][:spare], [near, *far][:spare]):
        blocked = [name for name in (near, *far) if name not in reached]
        for cut_ms in (14.0, 19.0):
            for first in (writer, near, far[0]):
                for second in {far[-1], far[0]} - {first}:
                    yield _inversion(tuple(names), blocked, cut_ms, first, second, reached)


def _inversion(
    names: tuple[str, ...], blocked: Iterable[str], cut_ms: float, first: str, second: str, reached: Iterable[str]
) -> Scene:  # fmt: skip
    writer = names[0]
    holders = {writer, *reached} - {second}
    plan = [
        *(At(cut_ms, Cut(writer, name)) for name in blocked if name != first),
        *(At(58, Cut(name, second)) for name in sorted(holders)),
        *((At(24, Heal(writer, first)),) if first in blocked else ()),
        At(400, Heal()),
    ]
    turns = (
        (1, [("write", "x", 1)], 4.0),
        (names.index(first) + 1, [("read", "x")], 30.0),
        (names.index(second) + 1, [("read", "x")] * 3, 62.0),
        (names.index(second) + 1, [("read", "x")], 450.0),
    )
    if first == writer:  # its own client waits for the write: a second one reads
        turns = (turns[0], (0, [("read", "x")], 30.0), *turns[2:])
    account = f"A write at {writer} reaches too few nodes; {first} reads, then {second}"
    return Scene(account, names, turns, tuple(plan), think_ms=1, until_ms=700)


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
