"""The predictions of chapter 11, and two exercises: the version vector of a merge, and a clock that loses a write."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from dscourse import sim
from dscourse.clocks import VersionVector
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.node import Node, cluster
from dscourse.protocols.conflict_rules import LastWriterWins
from dscourse.protocols.multi_primary import contents
from dscourse.protocols.stores import StoreClient
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Heal,
    Network,
    Partition,
    Recover,
    SetClock,
    Uniform,
    World,
)

__all__ = ["EXERCISES", "PREDICTIONS", "cart_world", "notes_world", "page_world"]

PREDICTIONS = (
    Prediction(
        "11.1",
        "Two primaries keep the later of two writes, by the time at which each was written. Milk is written at n1 and eggs at n2, "
        "both at 12:00:00.000 exactly. No message is lost. What do they hold in the end?",
        {
            "A": ("both milk: it was written at the first primary",
                  "Nothing in the rule says which primary is the first. That would be a tie-break, and the rule has none."),
            "B": ("n1 milk, n2 eggs, for ever",
                  "This is so. Neither write is later, so each primary keeps the one that it has, and both messages have been delivered."),
            "C": ("n1 eggs, n2 milk: each takes what it hears last",
                  "It takes what is later, and what it hears is not. Taking it all the same would swap the two, for ever as well."),
            "D": ("the same, one way or the other, as soon as both messages have arrived",
                  "Both have arrived. What each keeps depends on which was there first, and that differs."),
        },
        "B",
    ),
    Prediction(
        "11.2",
        "A cart holds a book. While n1 and n2 cannot reach each other, one customer takes the book out at n1, and the other puts a pen in "
        "at n2. The two carts are then merged into one that holds what either holds. What is in it?",
        {
            "A": ("the pen alone: the book was taken out",
                  "The cart at n2 still holds the book, and nothing in it says that it was taken out elsewhere."),
            "B": ("the book and the pen",
                  "This is so: no item that was put in is lost, and one that was taken out is back."),
            "C": ("the book alone: it was there first",
                  "The pen is in one of the carts, so it is in the union."),
            "D": ("nothing: the two changes contradict each other",
                  "They do not. They concern different items, and a union never empties a cart."),
        },
        "B",
    ),
)  # fmt: skip


def cart_world(rule: type[Node]) -> World:
    """Two primaries that cannot reach each other from 100 to 300 ms, and one cart.

    Ann puts a book in at n1 at 10 ms and takes it out at 150 ms; Bob puts a pen in at n2 at 150 ms; both read at
    500 ms. Messages take 5 ms.

    >>> from dscourse.protocols.conflict_rules import UnionCart
    >>> [op.result for op in cart_world(UnionCart).history if op.f == "read"]
    [('book', 'pen'), ('book', 'pen')]
    """
    plan = [At(100, Partition({"n1"}, {"n2"})), At(300, Heal())]
    users = [StoreClient("Ann", "n1"), StoreClient("Bob", "n2")]
    world = World([*users, *cluster(rule, 2)], network=Network(Constant(5)), plan=plan)
    for start_ms, user, f, item in (
        (10, "Ann", "add", "book"), (150, "Ann", "remove", "book"), (150, "Bob", "add", "pen"),
    ):  # fmt: skip
        world.submit(user, [(f, "cart", item)], start_ms=start_ms)
    for user in ("Ann", "Bob"):
        world.submit(user, [("read", "cart")], start_ms=500)
    return world.run(until_ms=600)


def page_world(plan: list[At], rule: type[Node] = LastWriterWins) -> World:
    """Ann writes "draft" at n1 at 100 ms; Bob reads it at n2 at 200 ms and writes "final" there at 300 ms.

    Both read at 500 ms. Messages take 20 ms.

    >>> [op.result for op in page_world([]).history if op.f == "read"]
    ['draft', 'final', 'final']
    """
    users = [StoreClient("Ann", "n1"), StoreClient("Bob", "n2")]
    world = World([*users, *cluster(rule, 2)], network=Network(Constant(20)), plan=plan)
    world.submit("Ann", [("write", "page", "draft")], start_ms=100)
    world.submit("Ann", [("read", "page")], start_ms=500)
    world.submit("Bob", [("read", "page")], start_ms=200)
    world.submit("Bob", [("write", "page", "final")], start_ms=300)
    world.submit("Bob", [("read", "page")], start_ms=500)
    return world.run(until_ms=600)


def notes_world(rule: type[Node], plan: list[At]) -> World:
    """Three primaries under the plan and a user at each, with eight writes to two pages; at 600 ms all recovers.

    >>> len(notes_world(LastWriterWins, []).history.ok)
    24
    """
    names = ("n1", "n2", "n3")
    users = [
        StoreClient(user, name) for user, name in zip(("Ann", "Bob", "Cleo"), names, strict=True)
    ]
    world = World([*users, *cluster(rule, names)], 1, Network(Uniform(2, 12)), plan)
    for place, user in enumerate(users):
        work = [("write", "xy"[n % 2], f"{user.id} {n}") for n in range(1, 9)]
        world.submit(user.id, work, start_ms=10 + 7 * place, think_ms=25)
    world.run(until_ms=600).apply(Recover(*names))
    return world.run(until_ms=1_200)


# --- 11.3: the version vector of a merge ---------------------------------------------------------

_COUNTS = (0, 1, 2)


def _judge_vector(vector_of: Any) -> Wrong | None:
    pairs = product(product(_COUNTS, repeat=2), repeat=2)
    for one, other in sorted(pairs, key=lambda pair: sum(map(sum, pair))):
        given = [_vector(one), _vector(other)]
        wrong = _judge_one(vector_of, given)
        if wrong is not None:
            return wrong
    return None


def _vector(counts: tuple[int, ...]) -> dict[str, int]:
    return {f"n{place}": count for place, count in enumerate(counts, start=1) if count}


def _judge_one(vector_of: Any, given: list[dict[str, int]]) -> Wrong | None:
    got = vector_of("n1", [dict(vector) for vector in given])
    call = f'vector_of("n1", {given})'
    whole = isinstance(got, dict) and all(type(count) is int for count in got.values())
    if not whole or any(count < 0 for count in got.values()):
        return Wrong(f"{call} must give a dictionary of counts, not {got!r:.80}.")
    mine, seen = VersionVector(got), VersionVector()
    for vector in given:
        seen = seen.join(VersionVector(vector))
        if not mine >= VersionVector(vector):
            return Wrong(
                f"{call} gives {got}, which does not cover {vector}: the two stand side by side again, and the conflict that was "
                "resolved comes back."
            )
    if mine["n1"] <= seen["n1"]:
        return Wrong(
            f"{call} gives {got}: n1 has made a new version, and its count must say so. Else a second merge, with another result, "
            "would have the same vector."
        )
    if mine != seen.increment("n1"):
        return Wrong(f"{call} gives {got}: that claims updates that nobody has made.")
    return None


# --- 11.4: a clock that loses a write ------------------------------------------------------------

_MOST_MS = 250


def _judge_plan(plan: Any) -> Wrong | None:
    wrong = plans.check(
        plan, (SetClock,), ("n1", "n2"), '[sim.At(0, sim.SetClock("n1", skew_ms=10))]'
    )
    if wrong is not None:
        return wrong
    for entry in plan:
        if abs(entry.fault.skew_ms) > _MOST_MS or entry.fault.drift_ppm:
            return Wrong(f"{entry!r}: skews up to {_MOST_MS} ms, and no drift, are allowed.")
    world = page_world(plan)
    left = contents(world.nodes)["n1"]["page"]
    if left != "draft":
        return Wrong(
            f"Both primaries end with {left!r}, which is what Bob wrote last.",
            spacetime(world.trace, timers=False, end_ms=420),
        )
    return None


_NAMES_TO_USE: Mapping[str, Any] = {"sim": sim, "At": At, "SetClock": SetClock}

EXERCISES = (
    Exercise(
        id="11.3",
        title="Fill in: the version vector of a merge",
        name="vector_of",
        stub="def vector_of(replica, vectors):\n    return {}\n",
        solution="def vector_of(replica, vectors):\n"
        "    seen = {}\n"
        "    for vector in vectors:\n"
        "        for name, count in vector.items():\n"
        "            seen[name] = max(count, seen.get(name, 0))\n"
        "    return {**seen, replica: seen.get(replica, 0) + 1}\n",
        reasoning="The maximum of each entry is the join: it covers all versions that were merged, so none of them is concurrent to "
        "the result. One more at the replica itself says that this is a version of its own: somebody else may merge the same two "
        "with another result, and the two results must not have the same vector.",
        hints=(
            "A vector covers another if none of its counts is smaller; a name that is missing counts 0.",
            "Take the largest count of each name over all vectors; then raise the count of replica by one.",
        ),
        judge=_judge_vector,
        praise="It covers all that was merged, is a version of its own, and claims nothing else.",
    ),
    Exercise(
        id="11.4",
        title="Break: last-writer-wins, with a clock",
        name="plan",
        stub="plan = []\n",
        solution='plan = [sim.At(0, sim.SetClock("n1", skew_ms=250))]\n',
        reasoning="Ann writes at 100 ms, and her primary stamps 350. Bob has read her draft and writes at 300 ms: his primary stamps "
        "300, which is earlier. So his write, which was acknowledged, does not even show on his own primary. A clock that is slow at "
        "n2 does the same. Time servers keep clocks together to within some milliseconds, until one of them fails.",
        hints=(
            "Bob writes 200 ms after Ann. Which write has the larger timestamp is a matter of both clocks.",
            "Put the clock of n1 ahead by more than 200 ms before Ann writes, or that of n2 back before Bob writes.",
        ),
        judge=_judge_plan,
        praise="Bob saw the draft, replaced it, was told that this worked, and his write is gone everywhere.",
        names=_NAMES_TO_USE,
    ),
)
