"""Runs of a replicated store in which a classic mistake shows: sizes, cuts, crashes, and much at once.

Client ``c1`` asks the first node, and so on; client 0 is a second one at the first node. Further clients are
shared out among the nodes in turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.registers import Scene, Turn
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Heal,
    Partition,
    Restart,
    Uniform,
)

__all__ = [
    "calm", "cities", "crashing", "crowd", "cut_off", "falling", "many_keys", "minority_down", "split", "ties",
    "update_cut_off", "writes",
]  # fmt: skip

_CITIES = ("oslo", "bonn", "rome", "kyiv", "lima", "cork", "nice")
_KEYS = (("x", "X"), (1, "1"))


def cities(count: int) -> tuple[str, ...]:
    """Return the names of ``count`` nodes; those of large clusters look alike."""
    return _CITIES[:count] if count <= len(_CITIES) else AWKWARD[:count]


def _listing(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


def _turns(count: int, start_ms: float = 10.0) -> tuple[Turn, ...]:
    """Return turns in which all nodes are busy, the first of them with two clients, on two keys that look alike."""
    turns: list[Turn] = []
    for number in range(count + 1):
        keys = _KEYS[number % 4 // 2][:: 1 if number % 2 else -1]
        ops = [op for key in keys for op in (("write", key, f"{key}{number}"), ("read", key))]
        turns.append((number, ops, start_ms + 3 * number))
    return tuple(turns)


def calm(count: int) -> Scene:
    account = f"{count} {'nodes' if count > 1 else 'node'} and no fault"
    return Scene(account, cities(count), _turns(count), all_answered=True)


def writes(count: int) -> Scene:
    """Return the scene without a fault in which there are writes alone: their cost is not hidden by that of reads."""
    turns: tuple[Turn, ...] = tuple(
        (n, [("write", "x", n)] * 3, 10.0 + 4 * n) for n in range(1, count + 1)
    )
    return Scene(
        f"{count} nodes, writes alone and no fault", cities(count), turns, all_answered=True
    )


def minority_down(count: int) -> Scene:
    """Return the scene in which as many nodes are down as a majority can spare: the last ones."""
    names = cities(count)
    down = names[count - (count - 1) // 2 :]
    turns = _turns(count - len(down), 20)
    account = f"{_listing(down)} of {count} nodes {'are' if len(down) > 1 else 'is'} down, and a majority is up"
    plan = tuple(At(5, Crash(name)) for name in down)
    return Scene(account, names, turns, plan, all_answered=True, patience_ms=400)


def cut_off(ms: float, count: int = 3) -> Scene:
    """Return the scene in which the first node is cut off for ``ms``, and its client waits for longer than that."""
    names = cities(count)
    account = f"{names[0]} is cut off for {ms:g} ms, and then it is not"
    plan = (At(5, Partition({names[0]}, set(names[1:]))), At(5 + ms, Heal()))
    turns: tuple[Turn, ...] = ((1, [("write", "x", 1), ("read", "x")], 10),)
    return Scene(
        account, names, turns, plan, all_answered=True, patience_ms=ms + 400, until_ms=ms + 1_000
    )


def update_cut_off(ms: float, count: int, down: int = 0) -> Scene:
    """Return the scene in which the first node's Updates are lost for ``ms``; ``down`` of the others are down."""
    names = cities(count)
    lost = (
        f"{_listing(names[1 : 1 + down])} {'are' if down > 1 else 'is'} down, and " if down else ""
    )
    account = f"{lost}the Updates of {names[0]} are lost for {ms:g} ms, and then they are not"
    cuts = [At(17.5, Cut(names[0], name)) for name in names[1:]]
    plan = (*(At(5, Crash(name)) for name in names[1 : 1 + down]), *cuts, At(17.5 + ms, Heal()))
    turns: tuple[Turn, ...] = ((1, [("write", "x", 1), ("read", "x")], 10),)
    return Scene(
        account, names, turns, plan, all_answered=True, patience_ms=ms + 400, until_ms=ms + 1_000
    )


def split(few: int, count: int) -> Scene:
    """Return the scene in which the first ``few`` of the nodes are cut off from the others, and both sides work."""
    names = cities(count)
    account = f"{_listing(names[:few])} | {_listing(names[few:])} are cut from each other"
    plan = (At(50, Partition(set(names[:few]), set(names[few:]))), At(250, Heal()))
    turns: tuple[Turn, ...] = (
        (few + 1, [("write", "x", 1)], 5),
        (1, [("write", "x", 2), ("read", "x")], 60),
        (count, [("read", "x"), ("write", "x", 3), ("read", "x")], 170),
        (1, [("read", "x")], 180),
        (2, [("read", "x")] * 3, 260),
    )
    return Scene(account, names, turns, plan, think_ms=1)


def ties(count: int) -> Scene:
    names = cities(count)
    account = "All nodes are asked to write at the same moment, three times, and then to read"
    turns = tuple(
        (n, [op for k in range(3) for op in (("write", "x", 10 * n + k), ("read", "x"))], 10.0)
        for n in range(1, count + 1)
    )
    return Scene(account, names, turns, all_answered=True, think_ms=0.1, latency=Uniform(1, 14))


def crashing() -> tuple[Scene, ...]:
    """Return scenes about memory: a power cut at all nodes, and a crash between an acknowledgement and the disk."""
    a, b, c = names = cities(3)
    power = (*(At(60, Crash(n)) for n in names), *(At(70, Restart(n)) for n in names))
    written: Turn = (1, [("write", "x", 1)], 10)
    early = (
        At(0, Cut(a, c)), At(18, CrashDuring(b, after=1)), At(60, Crash(a)),
        At(70, Restart(b)), At(70, Heal()), At(300, Restart(a)),
    )  # fmt: skip
    own = (
        At(0, Cut(a, c)), At(60, Crash(a)), At(60, Crash(b)), At(70, Restart(a)), At(70, Heal()), At(300, Restart(b)),
    )  # fmt: skip
    return (
        Scene("All nodes lose power and come back", names, (written, (2, [("read", "x")], 90)), power),
        Scene(
            f"{b} crashes while it handles an Update, and restarts",
            names, (written, (3, [("read", "x")], 90), (2, [("read", "x")], 130)), early,
        ),
        Scene(
            f"{a} and {b} alone hold a write, and {a} restarts",
            names, (written, (3, [("read", "x")], 90)), own,
        ),
    )  # fmt: skip


def falling() -> Scene:
    """Return the scene in which the operations of three nodes in turn have falling numbers; a tag counts above 64."""
    names = cities(3)
    ops = [("write", "x", number) for number in range(70)]
    turns: list[Turn] = [
        (1 + number // 8 % 3, [op], 10.0 + 30 * number) for number, op in enumerate(ops)
    ]
    turns += [(n, [("read", "x")], 2_200.0) for n in (1, 2, 3)]
    account = (
        "70 writes one after the other, each operation with a smaller number than the one before"
    )
    return Scene(account, names, tuple(turns), falling=True, all_answered=True, until_ms=3_000)


def many_keys() -> Scene:
    """Return the scene in which 24 keys are written twice, and read before and after a power cut."""
    names = cities(3)
    keys = [*range(12), *map(str, range(12))]
    turns: list[Turn] = []
    for time, start_ms in enumerate((10.0, 410.0, 810.0, 1_310.0)):
        for number, key in enumerate(keys):
            op = ("write", key, f"{key!r} {time}") if time < 2 else ("read", key)
            turns.append((1 + (time + number) % 3, [op], start_ms + 15 * number))
    plan = (*(At(1_210, Crash(n)) for n in names), *(At(1_220, Restart(n)) for n in names))
    account = "24 keys are written twice and read; then all nodes lose power, come back, and are asked again"
    return Scene(account, names, tuple(turns), plan, all_answered=True, until_ms=2_000)


def crowd(count: int) -> Scene:
    """Return the scene in which many clients' operations reach a node that is cut off from one sender."""
    names = cities(3)
    account = f"{count} operations arrive from one sender at {names[0]}, which is cut off at first"
    plan = (At(5, Partition({names[0]}, set(names[1:]))), At(200, Heal()))
    ops = [
        ("write" if n % 3 else "read", f"k{n % 5}", *([n] if n % 3 else [])) for n in range(count)
    ]
    turns: tuple[Turn, ...] = tuple((n, [op], 10.0 + n) for n, op in enumerate(ops, start=1))
    return Scene(account, names, turns, plan, all_answered=True, patience_ms=600, one_desk=True)
