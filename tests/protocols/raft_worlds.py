"""Raft stores under fault plans that crash every role and outlast every time-out, and checks of their runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dscourse import checkers, sim
from dscourse.node import Node, cluster
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_properties import log_matching, state_machine_safety
from dscourse.protocols.raft_snapshots import InstallSnapshot
from dscourse.protocols.raft_store import RaftStore
from dscourse.sim.budget import MENU

NAMES = ("n1", "n2", "n3")
CLIENTS = ("c1", "c2", "c3")
HORIZON_MS, END_MS = 2_400, 5_500
TIMES = {"heartbeat_ms": 30.0, "election_ms": 100.0}
TIMEOUT_MS = 200.0  # the longest election time-out
NEVER_HALTED = tuple(kind for kind in MENU if kind != "pause")  # what leases assume


def plan_of(
    seed: int, servers: Sequence[str] = NAMES, menu: tuple[str, ...] = MENU
) -> list[sim.At]:
    """Return the random faults of this seed at servers and clients; they are over from 2,400 ms on."""
    budget = sim.Budget(horizon_ms=HORIZON_MS, faults=9, timeout_ms=TIMEOUT_MS, menu=menu)
    return sim.random_plan(seed, (*servers, *CLIENTS), budget)


def work(index: int) -> Iterator[tuple[Any, ...]]:
    """Yield writes, compare-and-sets and reads of two registers with three values."""
    for turn in range(40):
        kind, key = (turn + index) % 3, "xy"[turn // 2 % 2]
        if kind == 0:
            yield "write", key, (turn * 7 + index) % 3
        elif kind == 1:
            yield "cas", key, (turn % 3, (turn + 1 + index % 2) % 3)
        else:
            yield "read", key


def run(
    seed: int,
    kind: type[RaftStore] = RaftStore,
    servers: Sequence[str] = NAMES,
    extra: Sequence[Node] = (),
    client: type[RaftClient] = RaftClient,
    look: Callable[[sim.World], None] | None = None,
    menu: tuple[str, ...] = MENU,
    **settings: Any,
) -> sim.World:
    """Run three clients on two registers under the seed's plan; client links lose and repeat messages."""
    nodes: list[Node] = [*cluster(kind, servers, **{"keep": 9, **TIMES, **settings}), *extra]
    nodes += [client(name, servers, patience_ms=400.0) for name in CLIENTS]
    bad = sim.Link(sim.Uniform(1, 9), loss=0.05, duplicate=0.05)
    network = sim.Network(sim.Uniform(2, 12), client=bad)
    world = sim.World(nodes, seed, network, plan_of(seed, servers, menu))
    for index, name in enumerate(CLIENTS):
        world.submit(name, list(work(index)), start_ms=200, think_ms=12)
    for until in range(100, END_MS + 1, 100):
        world.run(until_ms=until)
        if until == HORIZON_MS:
            world.apply(sim.Recover())
        if look:
            look(world)
    return world


def complaint(world: sim.World, servers: Sequence[str] = NAMES) -> str | None:
    """Return the fault in a run's history, logs, states or late operations, or None."""
    nodes: Any = {name: world.nodes[name] for name in servers}
    if checkers.linearizable(world.history, checkers.CasRegister()).ok is not True:
        return "not linearizable"
    if not (log_matching(nodes) and state_machine_safety(nodes)):
        return "logs differ"
    if len({repr(one.machine_state()) for one in nodes.values()}) > 1:
        return "the nodes differ in the end"
    if world.history.pending or any(
        op.status != "ok" for op in world.history if op.invoked_ms > HORIZON_MS + 1_000
    ):
        return "a client is not answered"
    return None


def coverage(world: sim.World, seed: int, servers: Sequence[str] = NAMES) -> Counter[str]:
    """Count the conditions that the promises are about and that this run has met."""
    trace, history = world.trace, world.history
    restarted = {event.node for event in trace.kinds("restart")}
    got = [event.what for event in trace.kinds("deliver")]
    terms = [one.term for name in servers if isinstance(one := world.nodes[name], Raft)]
    return Counter({
        "a fault outlasts the time-outs": bool(sim.lasting(plan_of(seed, servers), 2 * TIMEOUT_MS)),
        "a server restarts": bool(restarted & set(servers)),
        "a client restarts": bool(restarted & set(CLIENTS)),
        "a client is cut short": any(op.result == "crashed" for op in history.unknown),
        "a snapshot is sent": any(isinstance(message, InstallSnapshot) for message in got),
        "several terms": max(terms) > 2,
    })  # fmt: skip
