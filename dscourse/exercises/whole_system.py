"""The predictions of chapter 15, and its exercises: racks, quorums that miss each other, and a score card to meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.scores import Score, compared, missed, stale_reads, verdict
from dscourse.experiments.whole_system import (
    GOALS,
    RACKS,
    RINGS,
    anomalies,
    conversation,
    rated,
    two_clients,
)
from dscourse.placement.racks import over_racks
from dscourse.show import Picture, spacetime
from dscourse.show.against import Against, against
from dscourse.sim import At, Crash, Cut, Heal, Partition, Pause, Recover, Restart, Resume

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS = (
    Prediction(
        "15.1",
        "Each key has N = 3 homes on the ring; a write waits for W = 2 of them, a read asks R = 2, and of different values the one with "
        "the highest time stamp wins. Nodes crash, pause and are cut off for 1.2 s; then all is well. What does the score card say?",
        {
            "A": ("some operations had no answer, and nothing else: R + W > N",
                  "R + W > N makes quorums meet. It says nothing of the home that was not asked, and nothing of whose clock is ahead."),
            "B": ("acknowledged writes are gone, reads were stale, and homes of a key differ for good",
                  "This is so: a time stamp may favour the older of two writes, and nobody tells a home what it has missed."),
            "C": ("homes differ during the storm, and are equal again soon after it",
                  "Nobody compares them, and nobody remembers who missed what."),
            "D": ("reads were stale, but no write is lost: W = 2 homes have it",
                  "Both may replace it by an older write whose node had a fast clock."),
        },
        "B",
    ),
    Prediction(
        "15.2",
        "The full store has three ways to repair a home that has missed a write: hints, read repair, and anti-entropy. One of them is "
        "taken out. What becomes worst on the card?",
        {
            "A": ("writes are lost",
                  "They are on W nodes; what is missing is a third copy."),
            "B": ("the homes never become equal",
                  "That takes all three. The two that are left find what is missing, sooner or later."),
            "C": ("nothing much: the other two do its work",
                  "This is so, in a storm as short as this. They differ in what they cost, and in what they find when the outage is long."),
            "D": ("reads are stale",
                  "A read asks two homes and takes the newest that it finds there."),
        },
        "C",
    ),
)  # fmt: skip


# --- 15.3: racks ---------------------------------------------------------------------------------

_CASES: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("a", "b", "c", "d"), {"a": "north", "b": "north", "c": "south", "d": "south"}),
    (("a", "c", "b", "d"), {"a": "north", "b": "north", "c": "south", "d": "south"}),
    (("a", "b", "c"), {"a": "north", "b": "north", "c": "north"}),
    (("a", "b", "c", "d", "e"), {"a": "r1", "b": "r1", "c": "r1", "d": "r2", "e": "r3"}),
    (("n2", "n1", "n4", "n3", "n6", "n5"), {n: rack for rack, names in RACKS.items() for n in names}),
    (("a",), {"a": "r1"}),
)  # fmt: skip


def _judge_spread(spread: Any) -> Wrong | None:
    for order, rack_of in _CASES:
        got = spread(order, dict(rack_of))
        call = f"spread({order}, {rack_of})"
        if not isinstance(got, list | tuple):
            return Wrong(f"{call} gives {got!r}: it must be a list of all nodes.")
        if sorted(map(str, got)) != sorted(order):
            return Wrong(f"{call} gives {got!r}: each node must be there once.")
        wrong = _order_reason(tuple(got), order, rack_of)
        if wrong:
            return Wrong(f"{call} gives {got!r}: {wrong}")
    return None


def _order_reason(
    got: tuple[str, ...], order: tuple[str, ...], rack_of: Mapping[str, str]
) -> str | None:
    """What is wrong with the new order, in words."""
    right = over_racks(order, rack_of)
    racks = len(set(rack_of.values()))
    if got[0] != order[0]:
        return f"the first is {order[0]} still: all who ask for the key start there."
    first = [rack_of[name] for name in got[:racks]]
    if len(set(first)) < racks:
        return f"the first {racks} must stand in {racks} racks, and stand in {', '.join(first)}."
    if got[:racks] != right[:racks]:
        return f"of each rack the first clockwise comes first: {', '.join(right[:racks])}."
    return None


# --- 15.4: a stale read --------------------------------------------------------------------------

_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover, Pause, Resume)


def _judge_plan(plan: Any) -> Wrong | None:
    names = ("n1", "n2", "n3", "n4")
    wrong = plans.check(plan, _FAULTS, names, "[At(300, Crash('n1'))]", most=4)
    if wrong is not None:
        return wrong
    world = two_clients(plan)
    picture = spacetime(
        conversation(world), timers=False, start_ms=490, end_ms=800, highlight=anomalies(world)
    )
    wrote, *_ = world.history
    if wrote.status != "ok":
        return Wrong("The write is not acknowledged: a read need not see it.", picture)
    if not stale_reads(world.history, {name: world.log(name) for name in names}):
        return Wrong("No read that is answered misses the write.", picture)
    return None


# --- 15.5: the score card ------------------------------------------------------------------------

_LIMITS: dict[str, tuple[float, float]] = {
    "replicas": (1, 6), "read_quorum": (1, 6), "write_quorum": (1, 6), "attempts": (1, 6), "timeout_ms": (5, 500),
    "patience_ms": (5, 500), "gossip_ms": (20, 1_000), "interval_ms": (20, 5_000), "threshold": (0.5, 32),
}  # fmt: skip
_WHOLE = ("replicas", "read_quorum", "write_quorum", "attempts")
STORM: dict[str, Any] = {"faults": 6, "outage_ms": 400, "ring": RINGS["ring over racks"]}


def _judge_settings(settings: Any) -> Wrong | None:
    wrong = _not_settings(settings)
    if wrong:
        return Wrong(wrong)
    found = rated(**STORM, **settings)
    over = missed(found, GOALS)
    if not over:
        return None
    told = ", ".join(f"{words}" for words in over)
    return Wrong(f"Missed: {told}. The card: {found}.", _drawn(found))


def _drawn(found: Score) -> Picture:
    rows = {words: Against(*row) for words, row in compared(found, GOALS).items()}
    return against(rows, sentence=verdict(found, GOALS))


def _not_settings(settings: Any) -> str | None:
    """Why these are no settings of the store, if they are none."""
    if not isinstance(settings, dict):
        return 'It must be a dict, as in {"attempts": 2}.'
    for name, value in settings.items():
        if name not in _LIMITS:
            return f"{name!r} is no setting: they are {', '.join(_LIMITS)}."
        low, high = _LIMITS[name]
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            return f"{name}={value!r}: it must be a number from {low:g} to {high:g}."
        if name in _WHOLE and not isinstance(value, int):
            return f"{name}={value!r}: it must be a whole number."
    homes = settings.get("replicas", 3)
    for name in ("read_quorum", "write_quorum"):
        if settings.get(name, 2) > homes:
            return f"{name} is {settings.get(name, 2)}, and a key has only {count(homes, 'home')}."
    return None


EXERCISES = (
    Exercise(
        id="15.3",
        title="Replace a part: homes in different racks",
        name="spread",
        stub="def spread(order, rack_of):\n    return order\n",
        solution="def spread(order, rack_of):\n"
        "    first, rest, racks = [], [], set()\n"
        "    for node in order:\n"
        "        (rest if rack_of[node] in racks else first).append(node)\n"
        "        racks.add(rack_of[node])\n"
        "    return first + rest\n",
        reasoning="Walk clockwise, as before, and put off every node whose rack has been met. The first homes then stand in as many racks "
        "as there are, so one rack takes at most one of them along. The first node stays, so what was cached or asked there stays too.",
        hints=(
            "Walk through order once. Which racks have you met?",
            "A node whose rack has been met comes after all that stand in a new one.",
        ),
        judge=_judge_spread,
        praise="One rack without power takes one home of a key at most. The next cell puts your rule into the store.",
        lines=100_000,
    ),
    Exercise(
        id="15.4",
        title="Break: quorums that overlap, and miss each other",
        name="plan",
        stub="plan = []\n",
        solution='plan = [At(300, Crash("n1")), At(300, Crash("n2")), At(695, Recover())]\n',
        reasoning="While n1 and n2 are down, n3 and the stand-in n4 take the write, so W = 2 nodes have it. n1 and n2 come back just before "
        "the read, and before a hint has reached them. n1 asks n2 and n3 and answers after R = 2, itself and n2: neither has it. "
        "R + W > N promises that two sets of homes overlap; n4 is no home.",
        hints=(
            "If two homes are down for long enough to be suspected, who takes the write?",
            "Two homes that were down for the write are enough to answer a read, if they are back before their hints come.",
        ),
        judge=_judge_plan,
        praise="R + W > N, and the read misses the write: a sloppy quorum is no quorum of the homes.",
        names={"At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Pause": Pause,
               "Recover": Recover, "Restart": Restart, "Resume": Resume},
        lines=3_000_000,
    ),
    Exercise(
        id="15.5",
        title="Design: meet every goal",
        name="settings",
        stub="settings = {}\n",
        solution='settings = {"attempts": 3, "timeout_ms": 40, "threshold": 16, "interval_ms": 150}\n',
        reasoning="Most operations without an answer were sent to two nodes in vain: a third attempt answers half of them. But three attempts "
        "of 60 ms take longer than 100, so each must be shorter, and 40 ms is still several round trips. Comparing less often saves the "
        "messages that the attempts cost. A higher threshold of φ calls in stand-ins less often: a quorum with stand-ins can miss a write, "
        "and one read was stale. Quorums of one would answer more and read more stale values.",
        hints=(
            "Which of the goals does the card miss at first, and what do the clients do about it?",
            "A further attempt costs time at the slowest hundredth: what may each attempt take then?",
        ),
        judge=_judge_settings,
        praise="All six goals at once.",
        lines=30_000_000,
    ),
)  # fmt: skip
