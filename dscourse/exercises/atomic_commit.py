"""The predictions of chapter 06, and two exercises that are simulated: a time-out for votes, and a plan that blocks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from dscourse import sim
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.atomic_commit import locks
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Link,
    LogNormal,
    Network,
    Partition,
    Recover,
    Restart,
    World,
)

__all__ = ["EXERCISES", "PREDICTIONS", "busy_world", "transfer_world"]

PREDICTIONS = (
    Prediction(
        "06.1",
        "Both participants of a transfer have voted yes. The coordinator tells p1 to commit, and crashes before it tells p2. "
        "A moment later it starts again. How does the transfer end at p2?",
        {
            "A": ("it commits: the coordinator finishes what it has begun",
                  "The coordinator had the decision in its memory alone. It starts again and knows nothing of the transfer."),
            "B": ("it aborts: p2 gives up after a while",
                  "Nothing tells p2 to give up. And p1 has committed, so an abort would be wrong."),
            "C": ("it does not end: p2 waits for ever, with its keys locked",
                  "This is so. The decision was sent once, nobody remembers it, and p2 may do nothing by itself."),
            "D": ("it commits: p1 has, and passes it on",
                  "p1 does not know that p2 has heard nothing, and nobody asks it."),
        },
        "C",
    ),
    Prediction(
        "06.2",
        "Now the coordinator logs its decision before it tells anybody, and participants ask each other. Both have voted yes, "
        "neither has heard a decision, and the coordinator is down. They reach each other. What can they do?",
        {
            "A": ("commit: they find out that all have voted yes",
                  "The coordinator may have aborted all the same, because a vote came too late, and may have told its client so."),
            "B": ("abort: nobody has been told to commit",
                  "The coordinator may have logged a commit, told its client, and crashed before it told anybody else."),
            "C": ("choose a new coordinator among them, which decides",
                  "Whatever it decides, the old one may have decided otherwise. Nobody who is up knows."),
            "D": ("nothing but wait until the coordinator is back",
                  "This is so: a commit and an abort are both still possible, and only its log knows which it was."),
        },
        "D",
    ),
)  # fmt: skip

_BOTH = ("p1", "p2")
_NETWORK = Network(Constant(10), client=Link(Constant(10)))


def transfer_world(plan: list[At]) -> World:
    """One transfer between p1 and p2 with two-phase commit, under the plan; messages take 10 ms, and u begins at 0 ms.

    >>> transfer_world([]).history[0].result
    'committed'
    """
    nodes = [TransactionClient("u", "c"), Coordinator("c", _BOTH)]
    nodes += [Participant(name, ["c", *(n for n in _BOTH if n != name)]) for name in _BOTH]
    world = World(nodes, network=_NETWORK, plan=plan)
    work = [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})]
    return world.submit("u", work).run(until_ms=2_000)


@cache
def busy_world(votes_ms: float, plan: tuple[At, ...] = ()) -> World:
    """200 transfers over p1, p2 and p3, one after the other, with this time-out for votes.

    Messages take 10 ms or less half of the time, and 1 in 100 takes more than 40 ms.
    """
    names = ("p1", "p2", "p3")
    nodes = [
        TransactionClient("u", "c", timeout_ms=5_000),
        Coordinator("c", names, votes_ms=votes_ms),
    ]
    nodes += [Participant(name, ["c", *(n for n in names if n != name)]) for name in names]
    world = World(nodes, 1, Network(LogNormal(10, 0.6)), plan)
    world.submit("u", [("transfer", None, {name: {"x": 0} for name in names})] * 200, think_ms=300)
    return world.run()


# --- 06.3: a time-out for votes ------------------------------------------------------------------

_MOST_ABORTED, _MOST_LOCKED_MS = 0.02, 100.0


def _judge_votes(votes_ms: Any) -> Wrong | None:
    number = isinstance(votes_ms, int | float) and not isinstance(votes_ms, bool)
    if not number or not math.isfinite(votes_ms) or not 1 <= votes_ms <= 5_000:
        return Wrong(f"`votes_ms` must be a number of ms from 1 to 5000, not {votes_ms!r}.")
    history = busy_world(votes_ms).history
    aborted = sum(op.result == "aborted" for op in history) / len(history)
    if aborted > _MOST_ABORTED:
        return Wrong(
            f"With {votes_ms:g} ms, {aborted:.1%} of the transfers abort although nothing has failed: their votes come late."
        )
    locked = _locked_ms(votes_ms)
    if locked > _MOST_LOCKED_MS:
        return Wrong(
            f"With {votes_ms:g} ms only {aborted:.1%} abort. But while p1 is down, p2 holds its keys for {locked:.0f} ms on average."
        )
    return None


def _locked_ms(votes_ms: float) -> float:
    """For how long p2 holds its keys on average, in ms, if p1 is down."""
    world = busy_world(votes_ms, (At(0, Crash("p1")),))
    held = [
        spell.end.time_ms - spell.start.time_ms
        for spell in locks(world)
        if spell.node == "p2" and spell.end
    ]
    return sum(held) / len(held)


# --- 06.6: a plan that blocks both participants --------------------------------------------------

_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover)
_BLOCKED_MS = 500.0


def _judge_plan(plan: Any) -> Wrong | None:
    wrong = plans.check(plan, _FAULTS, ("u", "c", *_BOTH), "[sim.At(20, sim.Crash('c'))]")
    if wrong is not None:
        return wrong
    if any(getattr(one.fault, "node", "") in _BOTH for one in plan):
        return Wrong("p1 and p2 must stay up: they shall wait although they both work.")
    return _judge_blocking(transfer_world(plan))


def _judge_blocking(world: World) -> Wrong | None:
    spells = sorted(locks(world), key=lambda spell: spell.node)
    picture = spacetime(world.trace, spells=spells, timers=False, end_ms=700)
    held = {
        spell.node: (spell.end.time_ms if spell.end else world.now_ms) - spell.start.time_ms
        for spell in spells
    }
    if any(spell.end is None for spell in spells):
        return Wrong("Somebody still waits at 2,000 ms. Let the coordinator come back.", picture)
    for name in _BOTH:
        if name not in held:
            return Wrong(f"{name} has not voted yes, so it waits for nobody.", picture)
        if held[name] < _BLOCKED_MS:
            return Wrong(f"{name} holds its key for {held[name]:g} ms only.", picture)
    return None


_NAMES_TO_USE: Mapping[str, Any] = {
    "sim": sim, "At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Recover": Recover, "Restart": Restart,
}  # fmt: skip

EXERCISES = (
    Exercise(
        id="06.3",
        title="Tweak: how long to wait for votes",
        name="votes_ms",
        stub="votes_ms = None\n",
        solution="votes_ms = 85\n",
        reasoning="A vote comes after two messages, and the last of three votes counts: half of the time that takes 30 ms or less, "
        "but 2 in 100 times more than 65 ms. While p1 is down, its vote never comes, and p2 holds its keys for as long as the "
        "coordinator waits. A time-out is always a bet between these two, and no value wins it both ways.",
        hints=(
            "Messages take 10 ms half of the time; a vote needs two of them, and the coordinator waits for the slowest of three.",
            "Try 40 and 200, and read what each is refused for.",
        ),
        judge=_judge_votes,
        praise="Hardly any healthy transfer is aborted, and a participant that is down does not hold up the others for long.",
        lines=1_000_000,
    ),
    Exercise(
        id="06.6",
        title="Break: make both wait",
        name="plan",
        stub="plan = []\n",
        solution='plan = [sim.At(25, sim.Crash("c")), sim.At(800, sim.Restart("c"))]\n',
        reasoning="The participants vote at 20 ms, and the votes arrive at 30 ms. A coordinator that is gone in between has their "
        "promises, and nobody has its decision. Earlier, nobody has promised; later, the decision is on its way. The same plan "
        "with a partition between c and the others does it too: to them, a coordinator that cannot be reached is one that is down.",
        hints=(
            "Both participants must have voted yes, and no decision may have been sent. When is that?",
            "The votes are under way from 20 to 30 ms.",
        ),
        judge=_judge_plan,
        praise="Both work, both reach each other, and both could do nothing but wait.",
        names=_NAMES_TO_USE,
        lines=1_000_000,
    ),
)
