"""Helpers for the tests of transactions over shards: worlds with two coordinators and two shards, and faults."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

from dscourse.core.verdict import Verdict
from dscourse.node import Clock, Node
from dscourse.protocols.atomicity import (
    all_decided,
    commit_needs_every_yes,
    coordinator_agrees,
    decided_once,
    same_outcome,
)
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.messages import Step
from dscourse.sim import At, Budget, Crash, Exponential, Link, Network, Restart, World, random_plan
from dscourse.sim.streams import stream

__all__ = ["CLIENTS", "COORDINATORS", "SHARDS", "atomic", "judged", "live"]

CLIENTS, COORDINATORS, SHARDS = ("c1", "c2", "c3", "c4"), ("m1", "m2"), ("s1", "s2")
KEYS = "wxyz"  # w and x are at s2, y and z at s1
LINKS = Budget(
    horizon_ms=700, timeout_ms=80, menu=("loss", "duplicate", "cut", "hold", "partition")
)
SERVERS = Budget(
    horizon_ms=700, timeout_ms=80, menu=("crash", "crash_during", "pause", "restarts"), faults=5
)
NEAR = Network(Exponential(1, 0.5), loss=0.01, duplicate=0.1,
               client=Link(Exponential(2, 1), loss=0.03, duplicate=0.1))  # fmt: skip


def plan_of(seed: int) -> list[At]:
    """Random faults of all links, coordinators and shards; of four seeds one has none, and one short crashes."""
    if seed % 4 == 0:
        return []
    if seed % 4 == 1:
        return crashes_of(stream(seed, "crashes", ""))
    plan = random_plan(seed, [*COORDINATORS, *SHARDS, *CLIENTS], LINKS)
    plan += random_plan(1_000_000 + seed, [*COORDINATORS, *SHARDS], SERVERS)
    return sorted(plan, key=lambda entry: entry.ms)


def crashes_of(draws: Random) -> list[At]:
    """Return a crash of one server after the other, each shorter than most transactions."""
    plan, ms = [], 20.0
    while ms < 700:
        name = (*COORDINATORS, *SHARDS, *SHARDS)[int(6 * draws.random())]
        back = ms + 2 + 8 * draws.random()
        plan += [At(ms, Crash(name)), At(back, Restart(name))]
        ms = back + 30 * draws.random()
    return plan


def steps_of(draws: Random, first: int) -> tuple[Step, ...]:
    """Two to four steps; of three transactions one only reads."""
    reads = draws.random() < 1 / 3
    found: list[Step] = []
    for number in range(2 + int(3 * draws.random())):
        key = KEYS[int(len(KEYS) * draws.random())]
        read = ("r", key, None)
        found.append(read if reads or draws.random() < 0.4 else ("append", key, first + number))
    return tuple(found)


def nodes_of(store: type[Node], shard: type[Node], **settings: Any) -> list[Node]:
    """Return two coordinators and two shards."""
    return [
        *(store(name, SHARDS, **settings) for name in COORDINATORS),
        *(shard(name, [other for other in SHARDS if other != name], **settings) for name in SHARDS),
    ]  # fmt: skip


def judged(
    store: type[Node], shard: type[Node], seed: int, client: type[StepwiseClient] = StepwiseClient,
    clocks: dict[str, Clock] | None = None, plan: list[At] | None = None, **settings: Any,
) -> World:  # fmt: skip
    """Run four clients, who make ten transactions each, two of them through each coordinator."""
    clients = [client(name, COORDINATORS[index % 2]) for index, name in enumerate(CLIENTS)]
    nodes = [*clients, *nodes_of(store, shard, **settings)]
    world = World(nodes, seed, NEAR, plan_of(seed) if plan is None else plan, clocks=clocks or {})
    for index, name in enumerate(CLIENTS):
        draws = stream(seed, "work", name)
        work = [("txn", None, steps_of(draws, 1000 * index + 10 * n)) for n in range(10)]
        world.submit(name, work, start_ms=5 + 3 * index, think_ms=2)
    return world.run(until_ms=4_000)


def atomic(world: World) -> Verdict:
    """Judge the commits of a run by the logs of its servers: the first violated property, or the last one."""
    logs = {name: world.log(name) for name in (*COORDINATORS, *SHARDS)}
    verdicts: Iterable[Verdict] = [
        judge(logs)
        for judge in (decided_once, coordinator_agrees, commit_needs_every_yes, same_outcome)
    ]
    return next((verdict for verdict in verdicts if not verdict.ok), same_outcome(logs))


def live(world: World) -> bool:
    """Return whether every vote has found its decision, and no lock is left."""
    logs = {name: world.log(name) for name in SHARDS}
    shards: list[Any] = [world.nodes[name] for name in SHARDS]
    return bool(all_decided(logs)) and not any(shard.locks.holders for shard in shards)
