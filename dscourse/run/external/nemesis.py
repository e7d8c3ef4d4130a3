"""Fault plans by the names that Maelstrom's option ``--nemesis`` gives them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from dscourse.core.faults import Fault
from dscourse.sim.faults import At, Crash, Heal, Partition, Pause, Restart, Resume, SetLink
from dscourse.sim.streams import stream

__all__ = ["NEMESES", "nemesis"]


def _some(draws: Random, nodes: Sequence[str], most: int) -> list[str]:
    """Return 1 to ``most`` of the nodes, drawn at random, in their order."""
    number = 1 + int(draws.random() * most)
    ranked = sorted(nodes, key=lambda node: draws.random())
    return [node for node in nodes if node in ranked[:number]]


def _partition(draws: Random, nodes: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
    if len(nodes) < 2:
        return [], []
    one = _some(draws, nodes, len(nodes) // 2)
    return [Partition(one, [node for node in nodes if node not in one])], [Heal()]


def _kill(draws: Random, nodes: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
    chosen = _some(draws, nodes, len(nodes))
    return [Crash(node) for node in chosen], [Restart(node) for node in chosen]


def _pause(draws: Random, nodes: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
    chosen = _some(draws, nodes, len(nodes))
    return [Pause(node) for node in chosen], [Resume(node) for node in chosen]


def _links(
    setting: str, share: float
) -> Callable[[Random, Sequence[str]], tuple[list[Fault], list[Fault]]]:
    faulty: dict[str, Any] = {setting: share}
    sound: dict[str, Any] = {setting: 0.0}
    return lambda draws, nodes: ([SetLink(**faulty)], [SetLink(**sound)])


NEMESES: Mapping[str, Callable[[Random, Sequence[str]], tuple[list[Fault], list[Fault]]]] = {
    "partition": _partition,
    "kill": _kill,
    "pause": _pause,
    "loss": _links("loss", 0.3),
    "duplicate": _links("duplicate", 0.3),
}


def nemesis(
    kinds: str | Iterable[str],
    nodes: Sequence[str],
    seconds: float,
    interval: float = 10.0,
    seed: int = 0,
) -> list[At]:
    """Return a fault plan in which each kind of fault begins and ends in turn, every ``interval`` seconds.

    The kinds are partition, kill (with a restart), pause, loss and duplicate; Maelstrom has the first three.
    ValueError for another one.

    >>> nemesis("partition", ["n0", "n1"], seconds=3, interval=1)
    [At(1000, Partition({'n0'}, {'n1'})), At(2000, Heal())]
    """
    plan: list[At] = []
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in NEMESES:
            raise ValueError(f"nemesis {kind!r}: the kinds of fault are {', '.join(NEMESES)}")
        draws = stream(seed, "nemesis", kind)
        ending: list[Fault] = []
        for number in range(1, math.ceil(seconds / interval)):
            faults, ending = NEMESES[kind](draws, nodes) if number % 2 else (ending, [])
            plan += [At(1000 * number * interval, fault) for fault in faults]
    return sorted(plan, key=lambda entry: entry.ms)
