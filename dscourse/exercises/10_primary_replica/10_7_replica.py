"""Judge of 10.7: a replica of a shipped log, step by step and under random fault plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse import checkers
from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.judges.replica_runs import long_run_mistake
from dscourse.exercises.judges.replicas import step_mistake, trace_mistake
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Message, Node, Timer
from dscourse.protocols.log_shipping import Have, Lacking, Ship, ShippingPrimary
from dscourse.protocols.replica_clients import Answer, Get, SessionClient
from dscourse.protocols.textbook.primary_replica import Logged
from dscourse.replication.binary_log import Position
from dscourse.sim import At, Budget, Crash, Network, Restart, Uniform, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
NAMES = by_name(Answer, Get, Have, Lacking, Logged, Message, Node, Position, Ship, Timer, dataclass)

_RECOVER_MS, _END_MS = 600, 1_600
_MOST_EVENTS = 10_000
_MENU = ("loss", "duplicate", "cut", "cut_both", "hold", "pause", "crash", "crash_during")
_GROUPS = (
    (("r1", "r2"), 1, 30),
    (("east",), 1, 8),
    (("x", "a", "m"), 2, 10),
)  # replicas, acks, plans


def judge(replica: Any) -> Wrong | None:
    if not (isinstance(replica, type) and issubclass(replica, Node)):
        return Wrong("`LogReplica` must be a class derived from Node.")
    mistake = step_mistake(lambda: replica("r", ["p"])) or long_run_mistake(
        lambda name, peers: replica(name, peers)
    )
    if mistake is not None:
        return Wrong(mistake)
    for names, acks, count in _GROUPS:
        wrong = _hunted(replica, names, acks, count)
        if wrong is not None:
            return wrong
    return None


def _hunted(replica: Any, names: Sequence[str], acks: int, count: int) -> Wrong | None:
    def run(plan: list[At]) -> World:
        nodes = [ShippingPrimary("p", names, acks), *(replica(name, ["p"]) for name in names)]
        clients = [SessionClient(name, ["p"], names, timeout_ms=150) for name in ("ann", "bob")]
        world = World([*nodes, *clients], 5, Network(Uniform(2, 30)), plan)
        for client in ("ann", "bob"):
            world.submit(client, _operations(client), start_ms=10, think_ms=15)
        return world.run(until_ms=_END_MS, max_events=_MOST_EVENTS)

    def complain(world: World) -> str | None:
        return (
            trace_mistake(world, "p", names)
            or _history_mistake(world)
            or _progress_mistake(world, names)
        )

    budget = Budget(_RECOVER_MS, faults=5, timeout_ms=100, menu=_MENU)
    plans = [
        *random_plans(["p", *names], budget, count),
        [At(60, Crash(names[0])), At(400, Restart(names[0]))],
    ]
    return hunt(run, complain, plans, _RECOVER_MS)


def _operations(client: str) -> list[tuple[Any, ...]]:
    """Return writes of two keys of its own, each followed by a read, and more than one value per key."""
    keys = (f"{client}.x", f"{client}.y")
    turns = [[("write", keys[n % 2], n), ("read", keys[n % 2])] for n in range(9)]
    return [operation for turn in turns for operation in turn]


def _history_mistake(world: World) -> str | None:
    for check in (checkers.read_your_writes, checkers.monotonic_reads):
        verdict = check(world.history)
        if verdict.ok is False:
            return f"A session is broken: {verdict}."
    return None


def _progress_mistake(world: World, names: Sequence[str]) -> str | None:
    logged = [record for record in world.log("p") if isinstance(record, Logged)]
    for name in names:
        stored = [record for record in world.log(name) if isinstance(record, Logged)]
        if len(stored) < len(logged):
            return (
                f"At {_END_MS:,} ms, long after everything works again, {name} has {len(stored)} of "
                f"{len(logged)} entries."
            )
    late = [op for op in world.history if op.invoked_ms > _RECOVER_MS + 200 and op.status != "ok"]
    if late:
        return f"Everything works, and {late[0].f} {late[0].id} of {late[0].process} ends as {late[0].status}."
    return None
