"""Chapter 03: one write and two reads on three replicas, small enough to be touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dscourse import checkers
from dscourse.checkers import Verdict
from dscourse.core.properties import unless
from dscourse.experiments.what_was_done import not_all_arrived
from dscourse.node import Node, cluster
from dscourse.protocols.any_node_store import Digest, DigestDue, contents, overruled_writes
from dscourse.protocols.quorum_store import OneRoundReadStore
from dscourse.protocols.stores import StoreClient
from dscourse.sim import At, Constant, Link, Network, Trace, World

__all__ = [
    "answers_first_alone", "inverted", "inverted_by_delay", "keeps_acknowledged", "linearizable", "loses_nine",
    "race", "values_read", "without_digests",
]  # fmt: skip


class WithWorld(Protocol):
    """A run, of which the world is judged."""

    @property
    def world(self) -> World: ...


_NAMES = ("n1", "n2", "n3")
_DISTANCES_MS = {("n1", "n2"): 8, ("n2", "n3"): 10, ("n1", "n3"): 20}


def race(plan: Sequence[At] = (), store: type[Node] = OneRoundReadStore) -> World:
    """Run three replicas: c1 writes 1 at n1; c2 reads at n2 meanwhile, and c3 at n3 once that read has ended.

    n2 is nearer to n1 than to n3, and n3 is nearer to n2 than to n1, so both reads hear from their left neighbour
    first.

    >>> values_read(race())
    (1, 1)
    """
    links = {
        way: Link(Constant(ms)) for (a, b), ms in _DISTANCES_MS.items() for way in ((a, b), (b, a))
    }
    nodes = [
        *(StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)),
        *cluster(store, _NAMES, resend_ms=60),
    ]
    world = World(nodes, network=Network(client=Link(Constant(2)), links=links), plan=plan)
    world.submit("c1", [("write", "x", 1)], start_ms=2)
    world.submit("c2", [("read", "x")], start_ms=26)
    return world.submit("c3", [("read", "x")], start_ms=52).run(until_ms=120)


def linearizable(world: World) -> Verdict:
    """Return the checker's verdict on the clients' history."""
    return checkers.linearizable(world.history)


def values_read(world: World) -> tuple[object, object]:
    """Return the values that c2 and c3 have read, None for nothing and ``"no answer"`` without one."""
    ends = {op.process: op.result if op.status == "ok" else "no answer" for op in world.history}
    return ends.get("c2", "no answer"), ends.get("c3", "no answer")


def answers_first_alone(runs: Mapping[str, WithWorld]) -> bool:
    """Return True if c2's read has an answer in the first of two runs, and none in the second."""
    first, second = (values_read(run.world)[0] for run in runs.values())
    return first != "no answer" and second == "no answer"


def inverted(world: World) -> bool:
    """Return True if c2 has read 1, and c3, which began after c2 had ended, has found nothing."""
    if values_read(world) != (1, None):
        return False
    first, second = (world.history.by_process(name) for name in ("c2", "c3"))
    return first[0].before(second[0])


def inverted_by_delay(world: World) -> bool | Verdict:
    """Return True if the reads are `inverted`, unless a message has not arrived once or a node has crashed."""
    return inverted(world) and unless("by delay", not_all_arrived(world))


def keeps_acknowledged(world: World) -> Verdict:
    """Judge a run of `cap.any_node_world`: each acknowledged write stays, unless a concurrent or later one won.

    While a replica is down or has another value, no write is gone yet.

    >>> from dscourse.experiments.cap import any_node_world
    >>> keeps_acknowledged(any_node_world([]))
    no acknowledged write is lost
    """
    gone, stayed = _gone(world)
    lost = ", ".join(map(str, gone))
    why = f"x is {stayed} in the end, and {lost}, which was written later, is gone"
    return unless("no acknowledged write is lost", why if gone else None)


def loses_nine(world: World) -> bool:
    """Return True if the acknowledged write of 9 is gone, although the surviving one had ended before it began."""
    return 9 in _gone(world)[0]


def _gone(world: World) -> tuple[list[object], object]:
    """Return the values of the acknowledged writes that are gone, and the value that all replicas hold."""
    replicas = list(contents(world.nodes).values())
    agreed = len(replicas) == len(_NAMES) and all(values == replicas[0] for values in replicas)
    final = replicas[0] if agreed else {}
    gone = overruled_writes(world.history, final)
    return [op.value for op in world.history if op.id in gone], final.get("x")


def without_digests(trace: Trace) -> Trace:
    """Return the first 200 ms without the digests of anti-entropy, which would fill the picture."""
    return trace.between(0, 200).where(lambda one: not isinstance(one.what, Digest | DigestDue))
