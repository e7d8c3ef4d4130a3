"""Runs of a replicated store in which operations, messages and cuts meet within a few milliseconds, at one key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dscourse.exercises.judges.register_scenes import cities
from dscourse.exercises.judges.registers import Scene, Turn
from dscourse.sim import At, Crash, Cut, Heal, Hold, Partition, Release, Restart, Uniform

__all__ = [
    "inverted",
    "missed",
    "overtaken",
    "repeated_value",
    "same_moment",
    "two_readers",
    "within_a_read",
]


def same_moment() -> Scene:
    """Return the scene in which two clients of one node write at the same moment; then all nodes read in turn."""
    names = cities(3)
    account = f"Two clients of {names[0]} write at the same moment, then the nodes read in turn"
    turns: list[Turn] = []
    for number in range(10):
        key, start_ms = f"k{number}", 10.0 + 400 * number
        turns += [(client, [("write", key, 2 * number + client)], start_ms) for client in (0, 1)]
        turns += [(1 + n % 3, [("read", key)], start_ms + 100 + 50 * n) for n in range(1, 6)]
    return Scene(
        account, names, tuple(turns), patience_ms=90, until_ms=4_500, latency=Uniform(1, 12)
    )


def repeated_value() -> Scene:
    """Return the scene in which a replica holds a value, misses the next one, and is sent the first one again."""
    a, b, c = names = cities(3)
    plan = (
        At(40, Cut(a, c)), At(40, Cut(b, c)), At(95, Heal()), At(95, Cut(a, b)), At(150, Crash(a)), At(160, Heal()),
        At(400, Restart(a)),
    )  # fmt: skip
    turns: tuple[Turn, ...] = (
        (1, [("write", "x", 0)], 10), (1, [("write", "x", 5)], 50), (1, [("write", "x", 0)], 100),
        (2, [("read", "x")] * 2, 180),
    )  # fmt: skip
    account = f"The value 0 is written, then 5, which {c} misses, then 0 again, which {b} misses"
    return Scene(account, names, turns, plan)


def within_a_read() -> Scene:
    """Return the scene in which a newer write reaches a reader's node alone, while the read is under way."""
    a, b, c, d, e = names = cities(5)
    plan = (
        *(At(67.5, Cut(a, name)) for name in (c, d, e)), *(At(82.5, Cut(b, name)) for name in (c, d, e)),
        At(300, Heal()),
    )  # fmt: skip
    turns: tuple[Turn, ...] = (
        (1, [("write", "x", 1)], 10), (1, [("write", "x", 2)], 60), (2, [("read", "x")], 61),
        *((n, [("read", "x")], 90) for n in (3, 4, 5)),
    )  # fmt: skip
    account = f"While {b} reads, a newer write reaches {a} and {b} alone"
    return Scene(account, names, turns, plan)


def two_readers() -> Scene:
    """Return the scene in which two clients read at one node in turn, and the first's Updates are lost."""
    a, b, c, d, e = names = cities(5)
    plan = (
        *(At(17.5, Cut(b, name)) for name in (a, c, d, e)), At(40, Heal()), At(40, Crash(b)), At(45, Restart(b)),
        At(50, Cut(d, a)), At(50, Cut(e, a)), *(At(62.5, Cut(a, name)) for name in (b, c, d, e)), At(75, Heal()),
        At(96, Crash(a)), At(96, Crash(b)), At(300, Restart(a)), At(300, Restart(b)),
    )  # fmt: skip
    turns: tuple[Turn, ...] = (
        (2, [("write", "x", 1)], 10), (1, [("read", "x")], 55), (0, [("read", "x")], 76),
        *((n, [("read", "x")], 105) for n in (3, 4, 5)),
    )  # fmt: skip
    account = f"Two clients of {a} read in turn; the first one's Updates are lost"
    return Scene(account, names, turns, plan)


def overtaken() -> Scene:
    """Return the scene in which an old Update arrives after a newer one, at a node that the next quorum needs."""
    a, b, c = names = cities(3)
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
    names = cities(count)
    plan = (At(0, Partition({names[0]}, set(names[1:]))), At(100, Heal()))
    turns: tuple[Turn, ...] = (
        (3, [("write", "x", 1), ("write", "x", 2)], 5), (1, [("write", "x", 3)], 120), (2, [("read", "x")], 160),
    )  # fmt: skip
    return Scene(f"{names[0]} has missed two writes when it is asked to write", names, turns, plan)


def inverted(names: Sequence[str], value: object = 1, key: object = "x") -> Iterator[Scene]:
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
                for second in (name for name in (far[0], far[-1]) if name != first):
                    yield _inversion(
                        tuple(names), blocked, cut_ms, first, second, reached, (key, value)
                    )


def _inversion(
    names: tuple[str, ...], blocked: Iterable[str], cut_ms: float, first: str, second: str, reached: Iterable[str],
    written: tuple[object, object],
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
        (1, [("write", *written)], 4.0),
        (names.index(first) + 1, [("read", written[0])], 30.0),
        (names.index(second) + 1, [("read", written[0])] * 3, 62.0),
        (names.index(second) + 1, [("read", written[0])], 450.0),
    )
    if first == writer:  # its own client waits for the write: a second one reads
        turns = (turns[0], (0, [("read", written[0])], 30.0), *turns[2:])
    account = f"A write at {writer} reaches too few nodes; {first} reads, then {second}"
    return Scene(account, names, turns, tuple(plan), think_ms=1, until_ms=700)
