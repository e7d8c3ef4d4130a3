"""Chapter 05: how fast a rumour spreads, how long reads stay stale, and replicated carts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dscourse import checkers
from dscourse.node import Node, cluster
from dscourse.protocols.anti_entropy import contents, lost_writes, monotonic
from dscourse.protocols.eventual_store import ContextClient
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.eventual_store import TellsOnceStore
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Heal,
    Network,
    Partition,
    Recover,
    Uniform,
    World,
    random_plan,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "DELAYS",
    "RUNS",
    "Rumour",
    "breaches",
    "carts_world",
    "missed_by",
    "rounds_in_theory",
    "rumour_runs",
    "share_stale",
    "shopping_world",
    "spread",
]

RUNS = 20
_SAMPLES = 20_000
_MOST_ROUNDS = 400
DELAYS = ("exponential", "log-normal")


def spread(
    nodes: int, fan_out: int, loss: float, runs: int = RUNS, seed: int = 1
) -> NDArray[np.int64]:
    """Return the number of nodes that know a rumour after each round, with one row per run and one column per round.

    One node knows the rumour at first. In each round every node that knows it sends it to ``fan_out`` other nodes,
    drawn at random with replacement; each message is lost with probability ``loss``. The runs end once all nodes know
    the rumour in every run, and after 400 rounds at the latest.

    >>> spread(8, 7, 0.0, runs=2)[:, 0].tolist()
    [1, 1]
    """
    import numpy as np

    draws = np.random.Generator(np.random.PCG64(seed))
    knows = np.zeros((runs, nodes), dtype=bool)
    knows[:, 0] = True
    flat = knows.reshape(-1)  # the same nodes: those of the first run, then those of the second
    counts = [knows.sum(axis=1)]
    while counts[-1].min() < nodes and len(counts) <= _MOST_ROUNDS:
        steps = draws.integers(1, nodes, size=(runs, nodes, fan_out))  # from the sender onwards
        arrives = knows[:, :, None] & (draws.random((runs, nodes, fan_out)) >= loss)
        message = np.flatnonzero(arrives)
        first, sender = np.divmod(message // fan_out, nodes)
        flat[first * nodes + (sender + steps.reshape(-1)[message]) % nodes] = True
        counts.append(knows.sum(axis=1))
    return np.stack(counts, axis=1)


@dataclass(frozen=True, slots=True)
class Rumour:
    """The spread of a rumour over several runs."""

    rounds: tuple[int, int, int]  # until all nodes know it: the fewest, the median, the most
    half_rounds: int  # until half of the nodes know it, in the median
    messages: int  # per run, in the median
    known: dict[str, Floats]  # nodes that know it after each round, in percent


def rumour_runs(nodes: int, fan_out: int, loss: float, seed: int = 1) -> Rumour:
    """Summarise 20 runs of `spread`; ``loss`` is a probability per message.

    >>> rumour_runs(64, 1, 0.0).rounds
    (9, 11, 14)
    """
    import numpy as np

    counts = spread(nodes, fan_out, loss, seed=seed)
    rounds = (counts < nodes).sum(axis=1)
    shares = 100 * counts / nodes
    return Rumour(
        rounds=(int(rounds.min()), int(np.median(rounds)), int(rounds.max())),
        half_rounds=int((np.median(counts, axis=0) < nodes / 2).sum()),
        messages=int(fan_out * np.median(counts[:, :-1].sum(axis=1))),
        known={
            "last to finish": shares[rounds.argmax()],
            "median": np.median(shares, axis=0),
            "first to finish": shares[rounds.argmin()],
        },
    )


def rounds_in_theory(nodes: int, fan_out: int, loss: float) -> float:
    """Estimate the rounds that a rumour takes to reach all n nodes: log n to the base 1 + f, plus ln n / f.

    f is the mean number of messages per node and round that arrive, ``fan_out`` (1 - ``loss``).

    Pittel, "On spreading a rumor", SIAM J. Appl. Math. 47(1), 1987, proves log2 n + ln n + O(1) for f = 1. At first
    the number of nodes that know it grows by the factor 1 + f per round; in the end all messages of a round miss a
    remaining node with probability exp(-f).

    >>> round(rounds_in_theory(1024, 1, 0.0), 1)
    16.9
    """
    arriving = fan_out * (1 - loss)
    return math.log(nodes) / math.log1p(arriving) + math.log(nodes) / arriving


def missed_by(
    replicas: int, read_quorum: int, write_quorum: int, mean_ms: float, delay: str, seed: int = 1
) -> tuple[Floats, Floats, Floats]:
    """Sample 20,000 writes, each with a read at another node; return three arrays of times in ms.

    The first is the shortest delay after the end of the write at which a read sees it; the others are the latencies
    of the write and of the read. A coordinator holds a replica and reaches it at once; all other messages have random
    delays of mean ``mean_ms``. A write ends once ``write_quorum`` replicas have acknowledged it, a read once
    ``read_quorum`` have answered. Reader and writer share a replica only if there is just one.

    Source: Bailis, Venkataraman, Franklin, Hellerstein and Stoica, "Probabilistically bounded staleness for practical
    partial quorums", VLDB 2012, section 5.1 (the model WARS).
    """
    import numpy as np

    write, ask, written, answered = _trips(replicas, mean_ms, delay, seed)
    write_took = np.sort(written, axis=1)[:, write_quorum - 1]
    order = np.argsort(answered, axis=1)[:, :read_quorum]
    read_took = np.take_along_axis(answered, order[:, -1:], axis=1)[:, 0]
    late = np.take_along_axis(write - ask, order, axis=1).min(axis=1) - write_took
    return late, write_took, read_took


@lru_cache(maxsize=1)
def _trips(
    replicas: int, mean_ms: float, delay: str, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the delays of writes and of requests to read, and of both with their answers, in ms."""
    import numpy as np

    draws = np.random.Generator(np.random.PCG64(seed))
    write, ack, ask, answer = (_delays(draws, replicas, mean_ms, delay) for _ in range(4))
    write[:, 0] = ack[:, 0] = 0.0
    ask[:, -1] = answer[:, -1] = 0.0
    return write, ask, write + ack, ask + answer


def _delays(draws: np.random.Generator, replicas: int, mean_ms: float, delay: str) -> Floats:
    """Return random delays of this mean in ms, with one row per sample and one column per replica."""
    if delay == "exponential":
        return draws.exponential(mean_ms, (_SAMPLES, replicas))
    return draws.lognormal(math.log(mean_ms) - 0.5, 1.0, (_SAMPLES, replicas))


def share_stale(late_ms: Floats, after_ms: float) -> float:
    """Return the percentage of stale reads among those that begin ``after_ms`` after the end of the write.

    ``late_ms`` is the first array of `missed_by`.
    """
    return 100 * float((late_ms > after_ms).mean())


_NAMES = ("n1", "n2", "n3")


def carts_world(
    store: type[Node], plan: list[At] | None = None, eggs_ms: float = 60, **settings: Any
) -> World:
    """Run three replicas: milk is written at n1 at 50 ms, eggs at n2 at 60 ms; both clients read 200 ms later.

    By default n1 is cut off from 20 to 200 ms. Messages take 5 ms.

    >>> [op.result for op in carts_world(TellsOnceStore).history.ok if op.f == "read"]
    ['milk', 'eggs']
    """
    apart = [At(20, Partition({"n1"}, {"n2", "n3"})), At(200, Heal())]
    client = StoreClient if issubclass(store, TellsOnceStore) else ContextClient
    nodes = [client("c1", "n1"), client("c2", "n2"), *cluster(store, _NAMES, **settings)]
    world = World(nodes, network=Network(Constant(5)), plan=apart if plan is None else plan)
    world.submit("c1", [("write", "cart", "milk"), ("read", "cart")], start_ms=50, think_ms=200)
    world.submit(
        "c2", [("write", "cart", "eggs"), ("read", "cart")], start_ms=eggs_ms, think_ms=200
    )
    return world.run(until_ms=600)


def shopping_world(store: type[Node], plan: list[At]) -> World:
    """Run three replicas under the plan; each of four clients makes eight operations on two keys.

    All nodes and links recover at 600 ms.

    >>> from dscourse.protocols.eventual_store import EventualStore
    >>> len(shopping_world(EventualStore, []).history.ok)
    32
    """
    clients = [ContextClient(f"c{n}", f"n{min(n, 3)}") for n in (1, 2, 3, 4)]
    world = World([*clients, *cluster(store, _NAMES)], 1, Network(Uniform(2, 12)), plan)
    for n, client in enumerate(clients):
        work = [("write", "xy"[i % 2], 10 * n + i) if i % 3 else ("read", "x") for i in range(8)]
        world.submit(client.id, work, start_ms=10 + 7 * n, think_ms=20)
    world.run(until_ms=600).apply(Recover(*_NAMES))
    return world.run(until_ms=1_200)


def breaches(store: type[Node], plans: int = 30) -> tuple[int, int, int]:
    """Count the random fault plans after which replicas differ, a write is lost, or a version has vanished.

    The replicas are compared after everything has recovered. A version has vanished if a replica held it, and then
    neither it nor a version that supersedes it.

    >>> from dscourse.protocols.eventual_store import EventualStore
    >>> breaches(EventualStore, plans=2)
    (0, 0, 0)
    """
    budget = Budget(horizon_ms=400, timeout_ms=100)
    differ = lost = vanished = 0
    for seed in range(plans):
        world = shopping_world(store, random_plan(seed, _NAMES, budget))
        logs = {name: world.log(name) for name in _NAMES}
        differ += not checkers.convergent(contents(world.nodes))
        lost += bool(lost_writes(world.history, logs))
        vanished += not monotonic(logs)
    return differ, lost, vanished
