"""The predictions of chapter 03, and its exercises that have a number, a pair or a fault plan for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.cap import distant_world
from dscourse.node import cluster
from dscourse.protocols.any_node_store import AnyNodeStore, contents, overruled_writes
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Heal,
    Hold,
    Network,
    Partition,
    Pause,
    Recover,
    Release,
    Restart,
    Resume,
    SetLink,
    World,
)  # fmt: skip
from dscourse.sim.faults import check_plan

__all__ = ["DISTANCES_MS", "EXERCISES", "PREDICTIONS", "any_node_world", "mean_ms"]

PREDICTIONS = (
    Prediction(
        "03.1",
        "Replicas n1 and n2 are cut off from n3, n4 and n5. A client asks n1 to write x = 1, n1 finds no majority and returns "
        "an error. Then the network heals. What do later reads of x return?",
        {
            "A": ("nothing: the write has failed",
                  "n1 and n2 took the value before anybody knew that there would be no majority, and nobody takes it back."),
            "B": ("1 at n1 and n2, nothing at the others, and it stays so",
                  "This is so. The failed write stays where it arrived, and nobody sends it again."),
            "C": ("1 everywhere: n3, n4 and n5 get it when the network heals",
                  "Their messages were lost, and this store does not send them again."),
            "D": ("an error, until somebody writes x anew",
                  "A replica does not know that the write was reported as failed."),
        },
        "B",
    ),
    Prediction(
        "03.2",
        "Now the repaired store, with the same cut. A client asks n1 to write x = 1 and hears nothing for 100 ms. What may it "
        "conclude?",
        {
            "A": ("the write has failed: there was no majority",
                  "The coordinator may yet reach a majority: it sends again, and the network may heal."),
            "B": ("the write has happened, since n1 has it",
                  "If n1 has not heard from a majority, it has not even chosen a tag for the value."),
            "C": ("nothing: the write may have happened, may happen later, or never",
                  "This is so, and so the operation ends as unknown. The checker lets it happen at any later time, or never."),
            "D": ("it should write again at once: a write that is made twice does no harm",
                  "It does if somebody else has written in between: the second attempt would undo that."),
        },
        "C",
    ),
)  # fmt: skip


# --- 03.3: quorums that meet ---------------------------------------------------------------------

_Guess = Callable[[int, int, int], int]
_SLIPS: tuple[tuple[int, _Guess, str], ...] = (
    (0, lambda n, r, w: r + w - n, "It cannot be below 0"),
    (0, lambda n, r, w: min(r, w), "That is how many they can have in common at most"),
    (0, lambda n, r, w: max(0, r + w - n - 1), "That is one too few: count the nodes in both"),
    (1, lambda n, r, w: n - min(r, w), "The larger quorum needs its nodes too"),
    (1, lambda n, r, w: (n - 1) // 2, "That holds for majorities alone"),
    (1, lambda n, r, w: n - r - w, "The same nodes may be in both quorums"),
)


def _judge_quorums(quorums: Any) -> Wrong | None:
    for n in range(1, 8):
        for r in range(1, n + 1):
            for w in range(1, n + 1):
                wrong = _wrong_pair(quorums(n, r, w), (n, r, w))
                if wrong:
                    return Wrong(f"quorums({n}, {r}, {w}): {wrong}")
    return None


def _wrong_pair(got: Any, sizes: tuple[int, int, int]) -> str | None:
    if not (isinstance(got, tuple) and len(got) == 2):
        return f"it must return a pair (common, down), not {got!r}."
    n, r, w = sizes
    wanted = (max(0, r + w - n), n - max(r, w))
    for place, name in enumerate(("common", "down")):
        if got[place] != wanted[place]:
            why = [
                f" {why}."
                for at, rule, why in _SLIPS
                if at == place and rule(n, r, w) == got[place]
            ]
            return f"{name} is {wanted[place]}, not {got[place]!r}.{why[0] if why else ''}"
    return None


# --- 03.5: a plan that makes the any-node store lose a write --------------------------------------

_NODES = ("n1", "n2", "n3")
_FAULTS = (
    Crash, CrashDuring, Cut, Heal, Hold, Partition, Pause, Recover, Release, Restart, Resume, SetLink,
)  # fmt: skip
_CALM_MS = 150


def any_node_world(plan: list[At]) -> World:
    """Three replicas: c1 writes 1, 2 and 3 at n1, then c3 writes 9 at n3. From 150 ms on everything works."""
    clients = [StoreClient("c1", "n1"), StoreClient("c3", "n3")]
    plan = [*plan, At(_CALM_MS, Recover())]
    world = World([*clients, *cluster(AnyNodeStore, _NODES)], 1, Network(Constant(5)), plan)
    for place, value in enumerate((1, 2, 3)):
        world.submit("c1", [("write", "x", value)], start_ms=10 + 20 * place)
    world.submit("c3", [("write", "x", 9)], start_ms=80)
    return world.run(until_ms=400)


def _judge_plan(plan: Any) -> Wrong | None:
    if not isinstance(plan, list) or not all(isinstance(entry, At) for entry in plan):
        return Wrong("`plan` must be a list of At(ms, fault).")
    try:
        check_plan(plan, ["c1", "c3", *_NODES])
    except LookupError as error:
        return Wrong(f"{error}.")
    if len(plan) > 4:
        return Wrong(f"Your plan has {len(plan)} entries; it can be done with 4 or fewer.")
    world = any_node_world(plan)
    final = contents(world.nodes)["n1"]
    if overruled_writes(world.history, final):
        return None
    (last,) = world.history.by_process("c3")
    why = "no acknowledged write is gone that began after the one that stayed had ended."
    if last.status != "ok":
        why = "but the write of 9 was not acknowledged: nobody was told that it is stored."
    return Wrong(f"In the end x is {final.get('x')}: {why}", spacetime(world.trace, end_ms=200))


# --- 03.6: quorums for a place ---------------------------------------------------------------------

DISTANCES_MS = (0, 1, 40, 42, 45)


def mean_ms(read_quorum: int, write_quorum: int) -> float:
    """How long an operation of the client at n1 takes on average, with these quorums of nodes at `DISTANCES_MS`."""
    quorums = {"read_quorum": read_quorum, "write_quorum": write_quorum}
    world = distant_world(QuorumStore, DISTANCES_MS, **quorums)
    waits = world.history.by_process("c1").latencies_ms()
    return sum(waits) / len(waits)


def _judge_sizes(sizes: Any) -> Wrong | None:
    if not (isinstance(sizes, tuple) and len(sizes) == 2 and all(type(n) is int for n in sizes)):
        return Wrong(f"`sizes` must be a pair of whole numbers (R, W), not {sizes!r}.")
    r, w = sizes
    nodes = len(DISTANCES_MS)
    if not all(1 <= size <= nodes for size in sizes):
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


EXERCISES = (
    Exercise(
        id="03.3",
        title="Quorums that meet",
        name="quorums",
        stub="def quorums(n, r, w):\n    return 0, 0\n",
        solution="def quorums(n, r, w):\n    return max(0, r + w - n), n - max(r, w)\n",
        reasoning="A read quorum and a write quorum have r + w members together, and only n different nodes to take them from, so "
        "at least r + w - n nodes are in both, and never fewer than none. An operation needs a quorum of each size; the "
        "smaller can be part of the larger, so it is enough that max(r, w) nodes are up.",
        hints=(
            "Choose the two quorums as far apart as you can. When must they have a node in common?",
            "A read asks r nodes and stores at w; a write too. How many must be up for that?",
        ),
        judge=_judge_quorums,
        praise="The first number is safety, the second availability: larger quorums buy the one with the other.",
    ),
    Exercise(
        id="03.5",
        title="Break: an acknowledged write disappears",
        name="plan",
        stub="plan = []\n",
        solution='plan = [At(5, Partition({"n1"}, {"n2", "n3"})), At(100, Heal())]\n',
        reasoning="Cut off from n1, the node n3 has seen no write when 9 is written there, so 9 gets the count 1. Meanwhile n1 has "
        "counted to 3. When the network heals, the value with the larger count stays: 3, which had been written 30 ms "
        "before 9. Nobody is told. No crash is needed, and no clock is wrong.",
        hints=(
            "The value with the larger count stays. What count does 9 get if n3 has not heard of the writes at n1?",
            "Keep n3 from hearing of them until after 80 ms: by a partition, by held messages, or by lost ones. "
            "Mind that n3 also asks n2, and n2 may have heard.",
        ),
        judge=_judge_plan,
        praise="The client that wrote 9 was told that it is stored, and it is gone.",
        names={kind.__name__: kind for kind in (At, *_FAULTS)},
    ),
    Exercise(
        id="03.6",
        title="Design: quorums for a place",
        name="sizes",
        stub="sizes = None\n",
        solution="sizes = (2, 4)\n",
        reasoning="Each operation waits for the R-th nearest node and then for the W-th nearest, itself counted first. They are 0, "
        "2, 80, 84 and 90 ms away, there and back. Majorities wait twice for the third: 160 ms. Sizes 2 and 4 wait 2 + 84 "
        "ms, and still meet. 1 and 5 would take about as long, but one node down would stop everything. (4, 2) is as good "
        "as (2, 4), because in this store reads and writes both need both quorums.",
        hints=(
            "An operation from n1 has two rounds. How long is a round that waits for k nodes, n1 itself included?",
            "The third node is about as far away as the fourth. Can one of the two rounds stay within the city?",
        ),
        judge=_judge_sizes,
        praise="Majorities are a good choice if you know nothing about distances. You did.",
    ),
)  # fmt: skip
