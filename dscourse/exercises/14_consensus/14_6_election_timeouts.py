"""Judge of 14.6: heartbeat and election time-outs for a network."""

from __future__ import annotations

from statistics import median
from typing import Any

from dscourse.exercises.judges.values import listed, number
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.consensus import leads, stop_leader
from dscourse.experiments.statistics import percentile
from dscourse.node import cluster
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import ElectionTimeout
from dscourse.sim import Network, Uniform, World

__all__ = ["LINES", "judge"]

LINES = 500_000
_NODES, _MOST_MESSAGES = 5, 200


def judge(times: Any) -> Wrong | None:
    numbers = [number(one) for one in listed(times) or []]
    if len(numbers) != 3 or None in numbers:
        return Wrong(
            "`times` must be three numbers of ms: (heartbeat, shortest time-out, longest time-out)."
        )
    heartbeat, low, high = (float(one or 0) for one in numbers)
    if not 0 < heartbeat < low <= high:
        return Wrong(
            "A heartbeat must be shorter than the shortest time-out, and that no longer than the longest."
        )
    return (
        _judge_cost(heartbeat)
        or _judge_outages(heartbeat, low, high)
        or _judge_calm(heartbeat, low, high)
    )


def _judge_cost(heartbeat: float) -> Wrong | None:
    """Judge the messages of a cluster in which nothing happens: a heartbeat to each follower, and its reply."""
    per_second = 2 * (_NODES - 1) * 1_000 / heartbeat
    if per_second > _MOST_MESSAGES:
        return Wrong(
            f"A heartbeat every {heartbeat:g} ms is {per_second:,.0f} messages per second, for nothing but a leader "
            f"that is well: {_MOST_MESSAGES} are allowed."
        )
    return None


def _judge_outages(heartbeat: float, low: float, high: float) -> Wrong | None:
    """Judge how soon there is a leader again after a crash."""
    outages = sorted(_outage(heartbeat, low, high, seed) for seed in range(20))
    if median(outages) <= 700 and percentile(outages, 0.9) <= 1_400:
        return None
    split = "Votes are split: nodes stand at the same time, because the spread is small beside a message's delay."
    why = split if high - low < 4 * 60 else "Nodes wait too long before they stand."
    return Wrong(
        f"After a crash half of the elections are over after {median(outages):,.0f} ms, and nine in ten after "
        f"{percentile(outages, 0.9):,.0f} ms; 700 and 1,400 are allowed. "
        f"{'The time-out is long.' if low > 700 else why}"
    )


def _judge_calm(heartbeat: float, low: float, high: float) -> Wrong | None:
    """Judge how often a healthy leader is replaced."""
    needless = sum(_changes(heartbeat, low, high, seed) > 0 for seed in range(10))
    if needless > 1:
        return Wrong(
            f"In {needless} of 10 runs of 5 s a leader that was well was replaced: of messages that take 20 "
            "to 60 ms, one in ten is lost, and a time-out must outlast a lost heartbeat or two; one run in ten may."
        )
    return None


def _timed(heartbeat: float, low: float, high: float, seed: int) -> World:
    class Timed(Raft):
        def reset_election_timeout(self) -> None:
            self.set_timer(ElectionTimeout(), (low, high))

    names = [f"n{n}" for n in range(1, _NODES + 1)]
    group = cluster(Timed, names, heartbeat_ms=heartbeat, election_ms=max(low, heartbeat * 1.001))
    return World(group, seed, Network(Uniform(20, 60), loss=0.1)).run(until_ms=2_500)


def _changes(heartbeat: float, low: float, high: float, seed: int) -> int:
    """Return by how many terms a cluster without a crash advances in 5 s."""
    world = _timed(heartbeat, low, high, seed)
    before = max(node.term for node in world.nodes.values())  # type: ignore[attr-defined]
    world.run(until_ms=7_500)
    return max(node.term for node in world.nodes.values()) - before  # type: ignore[attr-defined, no-any-return]


def _outage(heartbeat: float, low: float, high: float, seed: int) -> float:
    world = _timed(heartbeat, low, high, seed)
    names = list(world.nodes)
    return 1_500.0 if leads(world, names) is None else stop_leader(world, names)
