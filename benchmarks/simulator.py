"""The simulated world against SimPy on the same job.

Two jobs, for 5 and for 100 nodes: in *ping-pong* every delivery is answered to its sender; in *gossip* every delivery
makes the receiver send one message to a random other node. Each node begins with one message; a message takes 1 to 10
ms. Our world runs for some time and keeps its full trace; SimPy makes as many deliveries and records nothing:

store       the usual idiom: a `Store` per node, a process per node taking from it, a process per message in flight
callbacks   nothing but `timeout(…).callbacks`: the least that SimPy can be asked to do
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import simpy

from benchmarks.paired import ratios
from dscourse import sim
from dscourse.node import Message, Node, cluster

__all__ = ["JOBS", "run"]

LOW_MS, HIGH_MS = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Ball(Message):
    """The message that is passed on."""

    hops: int


def next_draw(state: int) -> int:
    """A linear congruential generator: every contestant picks its peers with it."""
    return (state * 1_103_515_245 + 12_345) & 0x7FFFFFFF


class PingPong(Node):
    """Answers every message."""

    def on_start(self, log: object) -> None:
        self.send(self.peers[0], Ball(0))

    def on_ball(self, sender: str, ball: Ball) -> None:
        self.send(sender, Ball(ball.hops + 1))


class Gossip(Node):
    """Passes every message on to a random peer."""

    def __init__(self, id: str, peers: tuple[str, ...] = ()) -> None:
        super().__init__(id, peers)
        self.draw = sum(id.encode())

    def on_start(self, log: object) -> None:
        self.send(self.peers[0], Ball(0))

    def on_ball(self, sender: str, ball: Ball) -> None:
        self.draw = draw = next_draw(self.draw)
        self.send(self.peers[(draw >> 8) % len(self.peers)], Ball(ball.hops + 1))


JOBS: dict[str, type[Node]] = {"ping-pong": PingPong, "gossip": Gossip}


def ours(job: str, nodes: int, until_ms: float) -> sim.World:
    """The job in our world, from its making to ``until_ms``."""
    network = sim.Network(latency=sim.Uniform(LOW_MS, HIGH_MS))
    return sim.World(cluster(JOBS[job], nodes), seed=1, network=network).run(until_ms)


class _Peer:
    """The base of both SimPy versions: the peer that a node sends to, and the delay of a message."""

    def __init__(self, job: str, nodes: int) -> None:
        self.gossip, self.nodes = job == "gossip", nodes
        self.env = simpy.Environment()
        self.random = random.Random(1).random
        self.draws = list(range(nodes))
        self.delivered = 0

    def delay(self) -> float:
        return LOW_MS + (HIGH_MS - LOW_MS) * self.random()

    def target(self, node: int, sender: int) -> int:
        if not self.gossip:
            return sender
        self.draws[node] = draw = next_draw(self.draws[node])
        return (node + 1 + (draw >> 8) % (self.nodes - 1)) % self.nodes


def simpy_callbacks(job: str, nodes: int, deliveries: int) -> int:
    """The job as callbacks of time-outs; the number of deliveries."""
    peer = _Peer(job, nodes)
    done = peer.env.event()

    def send(node: int, to: int, ball: Ball) -> None:
        timeout = peer.env.timeout(peer.delay(), (node, to, ball))
        timeout.callbacks.append(arrive)

    def arrive(event: Any) -> None:
        sender, node, ball = event.value
        peer.delivered += 1
        if peer.delivered == deliveries:
            done.succeed()
        send(node, peer.target(node, sender), Ball(ball.hops + 1))

    for node in range(nodes):
        send(node, (node + 1) % nodes, Ball(0))
    peer.env.run(until=done)
    return peer.delivered


def simpy_store(job: str, nodes: int, deliveries: int) -> int:
    """Run the job with a store and a process per node; return the number of deliveries."""
    peer = _Peer(job, nodes)
    done = peer.env.event()
    stores = [simpy.Store(peer.env) for _ in range(nodes)]

    def carry(node: int, to: int, ball: Ball) -> Generator[Any, Any, None]:
        yield peer.env.timeout(peer.delay())
        yield stores[to].put((node, ball))

    def serve(node: int) -> Generator[Any, Any, None]:
        while True:
            sender, ball = yield stores[node].get()
            peer.delivered += 1
            if peer.delivered == deliveries:
                done.succeed()
            peer.env.process(carry(node, peer.target(node, sender), Ball(ball.hops + 1)))

    for node in range(nodes):
        peer.env.process(serve(node))
        peer.env.process(carry(node, (node + 1) % nodes, Ball(0)))
    peer.env.run(until=done)
    return peer.delivered


PEERS: dict[str, Callable[[str, int, int], int]] = {
    "store": simpy_store,
    "callbacks": simpy_callbacks,
}


def run(deliveries: int = 100_000, rounds: int = 9) -> str:
    """A table: our time a delivery, and each peer's time divided by ours, for about so many deliveries."""
    rows = ["job        nodes  ns a delivery  SimPy store / ours    SimPy callbacks / ours"]
    for job in JOBS:
        for nodes in (5, 100):
            until_ms = deliveries / nodes * (LOW_MS + HIGH_MS) / 2
            done = len(ours(job, nodes, until_ms).trace.kinds("deliver"))
            contest = {name: partial(peer, job, nodes, done) for name, peer in PEERS.items()}
            seconds, found = ratios(partial(ours, job, nodes, until_ms), contest, rounds)
            rows.append(
                f"{job:<9}  {nodes:>5}  {seconds / done * 1e9:>13.0f}  "
                f"{found['store']!s:<20}  {found['callbacks']}"
            )
    return "\n".join(rows)
