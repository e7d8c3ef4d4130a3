"""Chapter 11: users who write one page at several primaries, and the fate of each write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dscourse.conflicts import LWWRegister
from dscourse.node import Clock, Node, cluster
from dscourse.protocols.conflict_rules import HybridLast, LastWriterWins, Siblings, lost_writes
from dscourse.protocols.multi_primary import MultiPrimary, contents
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.multi_primary import LaterOrMine, Versioned
from dscourse.sim import At, Constant, Heal, Network, Partition, Recover, Uniform, World
from dscourse.sim.streams import stream

__all__ = [
    "RULES",
    "UNTIL_MS",
    "ResentAlone",
    "TieBreakAlone",
    "at_one_moment",
    "cart_world",
    "fates",
    "lost_by",
    "lost_share",
    "notes_world",
    "shared_primary",
    "values_at_end",
    "writers_world",
]


RULES: dict[str, type[MultiPrimary]] = {
    "last writer wins": LastWriterWins,
    "hybrid clocks": HybridLast,
    "siblings": Siblings,
}
UNTIL_MS = 1_000
_USERS = ("Ann", "Bob", "Cleo", "Dan")
_KEY = "page"


def writers_world(
    rule: type[MultiPrimary],
    writers: int = 2,
    skew_ms: float = 0.0,
    delay_ms: float = 20.0,
    interval_ms: float = 100.0,
    seed: int = 1,
) -> World:
    """Run users who write one page, each at a primary of their own, about every ``interval_ms`` for 1 s.

    The first primary's clock is ``skew_ms`` ahead; messages between primaries take ``delay_ms``.

    >>> len(writers_world(LastWriterWins).history.ok)
    20
    """
    names = [f"n{n}" for n in range(1, writers + 1)]
    users = [StoreClient(user, name) for user, name in zip(_USERS, names, strict=False)]
    primaries = cluster(rule, names, resend_ms=4 * delay_ms + 10)
    clocks = {"n1": Clock(skew_ms=skew_ms)}
    world = World([*users, *primaries], seed, Network(Constant(delay_ms)), clocks=clocks)
    for user in users:
        draws = stream(seed, "writes", user.id)
        times = sorted(UNTIL_MS * draws.random() for _ in range(round(UNTIL_MS / interval_ms)))
        for number, start_ms in enumerate(times, start=1):
            world.submit(user.id, [("write", _KEY, f"{user.id} {number}")], start_ms=start_ms)
    return world.run(until_ms=UNTIL_MS + 20 * delay_ms + 100)


def fates(world: World) -> dict[str, str]:
    """Classify each acknowledged write: "kept", "replaced" by a write whose primary held it, or "lost".

    >>> set(fates(writers_world(Siblings)).values()) == {"kept", "replaced"}
    True
    """
    primaries = {name: node for name, node in world.nodes.items() if isinstance(node, MultiPrimary)}
    lost = set()
    if all(isinstance(node, LastWriterWins) for node in primaries.values()):
        lost = set(lost_writes(world.history, {name: world.log(name) for name in primaries}))
    remaining = {
        value for data in contents(primaries).values() for value in _listed(data.get(_KEY))
    }
    return {
        str(op.value): "lost" if op.id in lost else "kept" if op.value in remaining else "replaced"
        for op in world.history.ok
    }


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


def lost_share(
    rule: type[MultiPrimary], skew_ms: float, interval_ms: float = 100.0, runs: int = 20
) -> float:
    """Return the share of two users' acknowledged writes that are lost, over ``runs`` seeds; messages take 20 ms.

    >>> lost_share(Siblings, 500, runs=2)
    0.0
    """
    worlds = (writers_world(rule, 2, skew_ms, 20, interval_ms, seed) for seed in range(runs))
    classified = [fate for world in worlds for fate in fates(world).values()]
    return classified.count("lost") / len(classified)


def lost_by(user: str, fate_of: Mapping[str, str]) -> int:
    """Count this user's writes that are lost; ``fate_of`` is the result of `fates`."""
    return sum(fate == "lost" for write, fate in fate_of.items() if write.startswith(f"{user} "))


def values_at_end(world: World) -> tuple[Any, ...]:
    """Return the values of the page that the first primary shows at the end of the run."""
    return tuple(_listed(contents(world.nodes)["n1"][_KEY]))


def cart_world(rule: type[Node], added: str = "pen") -> World:
    """Run one cart on two primaries that cannot reach each other from 100 to 300 ms.

    Ann adds a book at n1 at 10 ms and removes it at 150 ms; Bob adds a pen, or whatever
    is ``added``, at n2 at 150 ms; both read at 500 ms.
    Messages take 5 ms.

    >>> from dscourse.protocols.conflict_rules import UnionCart
    >>> [op.result for op in cart_world(UnionCart).history if op.f == "read"]
    [('book', 'pen'), ('book', 'pen')]
    """
    plan = [At(100, Partition({"n1"}, {"n2"})), At(300, Heal())]
    users = [StoreClient("Ann", "n1"), StoreClient("Bob", "n2")]
    world = World([*users, *cluster(rule, 2)], network=Network(Constant(5)), plan=plan)
    for start_ms, user, f, item in (
        (10, "Ann", "add", "book"), (150, "Ann", "remove", "book"), (150, "Bob", "add", added),
    ):  # fmt: skip
        world.submit(user, [(f, "cart", item)], start_ms=start_ms)
    for user in ("Ann", "Bob"):
        world.submit(user, [("read", "cart")], start_ms=500)
    return world.run(until_ms=600)


def shared_primary(client: type[StoreClient], store: type[Node]) -> tuple[Any, ...]:
    """Return the values that a reader finds after Ann and Bob each wrote at one replica without reading before.

    >>> shared_primary(StoreClient, Siblings)
    ('eggs',)
    """
    users = [client(name, "n1") for name in ("Ann", "Bob", "reader")]
    world = World([*users, *cluster(store, 2)], network=Network(Constant(5)))
    world.submit("Ann", [("write", "list", "milk")], start_ms=10)
    world.submit("Bob", [("write", "list", "eggs")], start_ms=30)
    world.submit("reader", [("read", "list")], start_ms=100)
    read = next(op for op in world.run(until_ms=200).history if op.f == "read")
    values: Any = read.result
    return tuple(sorted(values))


@dataclass(frozen=True, slots=True)
class _LaterOrMine(LWWRegister):
    """A last-writer-wins register without a tie-break: of equal times, the left side stays."""

    def write(self, replica: str, time: float, value: Any) -> _LaterOrMine:
        return _LaterOrMine(time, replica, value)

    def __or__(self, other: LWWRegister) -> LWWRegister:
        return other if other.time > self.time else self


class ResentAlone(LastWriterWins):
    """Half of the repair: deltas are resent until acknowledged, and of equal times each primary keeps its own."""

    empty = _LaterOrMine()


class TieBreakAlone(LaterOrMine):
    """The other half: of equal times all keep the same value, and each write is sent once."""

    def resolved(self, mine: Versioned, other: Versioned) -> Versioned:
        return max(mine, other, key=lambda one: (one.time_ms, str(one.value)))


def at_one_moment(rule: type[Node]) -> type[Node]:
    """Return this rule for primaries whose clocks always show 0.

    >>> at_one_moment(LastWriterWins)("n1").time_ms()
    0
    """
    return type(rule.__name__, (rule,), {"time_ms": lambda self: 0})


def notes_world(rule: type[Node], plan: list[At]) -> World:
    """Run three primaries under the plan; the user of each makes eight writes to two pages. Faults end at 600 ms.

    >>> len(notes_world(LastWriterWins, []).history.ok)
    24
    """
    names = ("n1", "n2", "n3")
    users = [
        StoreClient(user, name) for user, name in zip(("Ann", "Bob", "Cleo"), names, strict=True)
    ]
    world = World([*users, *cluster(rule, names)], 1, Network(Uniform(2, 12)), plan)
    for index, user in enumerate(users):
        work = [("write", "xy"[n % 2], f"{user.id} {n}") for n in range(1, 9)]
        world.submit(user.id, work, start_ms=10 + 7 * index, think_ms=25)
    world.run(until_ms=600).apply(Recover(*names))
    return world.run(until_ms=1_200)
