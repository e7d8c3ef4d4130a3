"""Judge of 11.7: a replica that keeps concurrent writes as siblings, with several clients at one replica."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.exercises.judges import hunt as hunting
from dscourse.exercises.judges.siblings import User, complaint
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Message, Node, Timer, cluster
from dscourse.protocols.context_client import VersionedRequest, VersionedResult
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Heal,
    Link,
    Network,
    Partition,
    Restart,
    SetClock,
    SetLink,
    Uniform,
    World,
)
from dscourse.sim.streams import stream

__all__ = ["LINES", "NAMES", "judge", "pages_world"]

NAMES = by_name(Message, Node, Timer, VersionVector, VersionedRequest, VersionedResult, dataclass)
LINES = 6_000_000

_HORIZON_MS, _READ_AFTER_MS, _END_AFTER_MS = 250, 330, 420
_MENU = ("loss", "duplicate", "cut", "partition", "hold", "pause", "crash", "crash_during", "skew")
_BUDGET = Budget(_HORIZON_MS, faults=3, menu=_MENU, timeout_ms=50)


@dataclass(frozen=True, slots=True)
class _Setting:
    """The replicas, the keys, the first values of the first user, and the work of each user."""

    names: tuple[str, ...]
    keys: tuple[Any, ...] = ("page", "list")
    values: tuple[Any, ...] = ()
    recover_ms: float = _HORIZON_MS
    operations: int = 9
    think_ms: float = 25

    @property
    def end_ms(self) -> float:
        return self.recover_ms + _END_AFTER_MS


_THREE = ("n1", "n2", "n3")
_SETTINGS = (
    (_Setting(_THREE), True, 5),
    (_Setting(("oslo", "n10"), (0, "0", ""), (0, "", ())), True, 5),
    (_Setting(("x", "n2", "n10", "rome")), False, 4),
)
_WIDE = _Setting(
    ("n1", "n10", "n2", "N1", "ab", "zoë"), (*range(11), ("page", 1)), operations=12, think_ms=12
)
_BUSY = _Setting(("n1", "n2"), ("page",), operations=40, think_ms=2)


def judge(store: Any) -> Wrong | None:
    for setting, noted, random in _SETTINGS:
        plans = hunting.random_plans(setting.names, _BUDGET, random)
        wrong = _hunt(store, setting, [*plans, *(_plans_of_note(setting.names) if noted else ())])
        if wrong is not None:
            return wrong
    halves = Partition(set(_WIDE.names[::2]), set(_WIDE.names[1::2]))
    wide: list[list[At]] = [
        [At(30, halves)],
        [At(60, Crash(_WIDE.names[-1]))],
    ]
    wrong = _hunt(store, _WIDE, wide) or _hunt(store, _BUSY, [[]]) or _judge_equal_values(store)
    return wrong or _judge_outages(store)


def _hunt(store: Any, setting: _Setting, plans: list[list[At]]) -> Wrong | None:
    run = partial(pages_world, store, setting)
    complain = partial(complaint, end_ms=setting.end_ms)
    return hunting.hunt(run, complain, plans, setting.recover_ms, setting.end_ms)


def _judge_outages(store: Any) -> Wrong | None:
    """Judge a partition and a crash of 2 s, and a partition of 20 s, after which nobody writes any more."""
    for recover_ms, replicas in ((2_250, ("n1", "n2", "n3")), (20_000, ("n1", "n2"))):
        setting = _Setting(replicas, recover_ms=recover_ms)
        first, rest = replicas[0], set(replicas[1:])
        plans = [[At(40, Partition({first}, rest))], [At(120, Crash(replicas[-1]))]]
        wrong = _hunt(store, setting, plans if len(replicas) > 2 else plans[:1])
        if wrong is not None:
            return wrong
    return None


def _plans_of_note(names: Sequence[str]) -> list[list[At]]:
    """Return partitions, crashes within and after writes, a clock set back, and restarts one after the other."""
    first, middle = names[0], names[len(names) // 2]
    times = zip(range(50, 240, 20), itertools.cycle(names), strict=False)
    restarts = [(At(ms, Crash(name)), At(ms + 1, Restart(name))) for ms, name in times]
    alone = Partition({middle}, set(names) - {middle})
    deaf: list[At] = [At(15, Cut(name, first)) for name in names[1:]]
    for ms in range(20, 200, 30):
        deaf += [At(ms, CrashDuring(first, after=1)), At(ms + 12, Restart(first))]
    late = [
        (At(ms, CrashDuring(names[-1], after=1)), At(ms + 9, Restart(names[-1])))
        for ms in range(130, 240, 15)
    ]
    return [
        [At(20, Partition({first}, set(names[1:])))],
        [At(5, CrashDuring(first, after=1)), At(60, Restart(first))],
        [At(120, alone), At(121, Crash(middle)), At(125, Restart(middle))],
        [At(60, SetClock(first, skew_ms=-40)), At(90, SetLink(loss=0.7))],
        [fault for pair in restarts for fault in pair],
        [*deaf, At(205, Heal())],
        [fault for pair in late for fault in pair],
    ]


def pages_world(store: type[Node], setting: _Setting, plan: list[At]) -> World:
    """Run users of some pages: two at one replica, one at another, one at each in turn, and one who only reads.

    A third of a second after everything works again, a reader at each replica reads all pages.
    """
    names = setting.names
    users = {"Ann": names[:1], "Bob": names[:1], "Cleo": names[-1:], "Dan": names}
    users["Eve"] = (names[len(names) // 2],)
    readers = {f"reader of {name}": (name,) for name in names}
    clients = [User(name, servers) for name, servers in (users | readers).items()]
    network = Network(Uniform(2, 12), client=Link(Uniform(1, 3)))
    world = World([*clients, *cluster(store, names)], 3, network, plan)
    for name in users:
        work, start_ms = _work(name, setting)
        world.submit(name, work, start_ms=start_ms, think_ms=setting.think_ms)
    for name in readers:
        reads = [("read", key) for key in setting.keys]
        world.submit(name, reads, start_ms=setting.recover_ms + _READ_AFTER_MS, think_ms=1)
    return world.run(until_ms=setting.end_ms, max_events=60_000)


def _work(user: str, setting: _Setting) -> tuple[list[tuple[Any, ...]], float]:
    """Return the operations of a user, and when the first begins."""
    draws, work, first = stream(3, "work", user), list[tuple[Any, ...]](), list(setting.values)
    for number in range(1, 1 + setting.operations):
        key = setting.keys[int(1.3 * len(setting.keys) * draws.random()) % len(setting.keys)]
        if user == "Eve" or draws.random() >= 0.6:
            work.append(("read", key))
        else:
            value = first.pop(0) if user == "Ann" and first else f"{user} {number}"
            work.append(("write", key, value))
    return work, 10 + 9 * draws.random()


# --- equal values ----------------------------------------------------------------------------------


def _judge_equal_values(store: type[Node]) -> Wrong | None:
    """Judge two equal values, of which a client has read and replaced one alone."""
    for server in ("n1", "n2"):
        servers = {
            "Ann": "n1",
            "Bob": "n1",
            "Cleo": server,
            "reader of n1": "n1",
            "reader of n2": "n2",
        }
        clients = [User(name, (server,)) for name, server in servers.items()]
        network = Network(Constant(3), client=Link(Constant(1)))
        world = World([*clients, *cluster(store, 2)], network=network)
        for start_ms, user, *op in (
            (10, "Ann", "write", "page", "milk"), (40, "Bob", "read", "page"), (50, "Cleo", "write", "page", "milk"),
            (150, "Bob", "write", "page", "eggs"),
            (480, "reader of n1", "read", "page"), (480, "reader of n2", "read", "page"),
        ):  # fmt: skip
            world.submit(user, [tuple(op)], start_ms=start_ms)
        for read in world.run(until_ms=520).history:
            values = set(read.result) if isinstance(read.result, tuple) else set()
            if read.f == "read" and read.process != "Bob" and values != {"milk", "eggs"}:
                return Wrong(
                    f"Ann and Cleo have each written 'milk'. Bob had read Ann's, and has replaced it by 'eggs'. "
                    f"Nobody has replaced Cleo's, so {servers[str(read.process)]} must show milk and eggs; it shows "
                    f"{', '.join(sorted(map(str, values))) or 'nothing'}.",
                    spacetime(world.trace, timers=False, end_ms=200),
                )
    return None
