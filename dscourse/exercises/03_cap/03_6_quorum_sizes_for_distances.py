"""Judge of 03.6: quorum sizes that suit the distances between nodes."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import listed, whole
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.cap import distant_world
from dscourse.protocols.quorum_store import QuorumStore

__all__ = ["judge", "mean_ms"]

DISTANCES_MS = (0, 1, 40, 42, 45)


def mean_ms(read_quorum: int, write_quorum: int) -> float:
    """Return the mean duration (ms) of the operations at n1 with these quorums; nodes are at `DISTANCES_MS`."""
    quorums = {"read_quorum": read_quorum, "write_quorum": write_quorum}
    world = distant_world(QuorumStore, DISTANCES_MS, **quorums)
    waits = world.history.by_process("c1").latencies_ms()
    return sum(waits) / len(waits)


def judge(sizes: Any) -> Wrong | None:
    given = listed(sizes)
    pair = [size for size in map(whole, given or ()) if size is not None]
    if given is None or len(pair) != 2 or len(given) != 2:
        return Wrong(f"`sizes` must be a pair of whole numbers (R, W), not {given or sizes!r}.")
    r, w = pair
    nodes = len(DISTANCES_MS)
    if not all(1 <= size <= nodes for size in pair):
        return Wrong(f"R = {r}, W = {w}: each must be from 1 to {nodes}.")
    if r + w <= nodes:
        return Wrong(
            f"R + W = {r + w}: a read quorum and a write quorum need not meet, so this is not linearizable."
        )
    if max(r, w) == nodes:
        return Wrong(f"R = {r}, W = {w}: as soon as one node is down, nothing is answered.")
    mean, best = mean_ms(r, w), mean_ms(2, 4)
    if mean > 1.05 * best:
        return Wrong(
            f"R = {r}, W = {w} is correct and takes {mean:.0f} ms on average. "
            f"There are sizes that take {best:.0f} ms."
        )
    return None
