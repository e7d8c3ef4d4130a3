"""Three-phase commit: events one by one, every schedule with and without synchrony, the partition that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse import sim
from dscourse.dispatch import handle_message, handle_timer
from dscourse.explore import Exploration
from dscourse.node import CancelTimer, Node, Send, SetTimer, Write, take_effects
from dscourse.protocols.three_phase_commit import (
    AskState,
    NonblockingCoordinator,
    NonblockingParticipant,
    PreCommit,
    PreCommitted,
    Ready,
    State,
    StateIs,
    Stuck,
    Termination,
)  # fmt: skip
from dscourse.protocols.two_phase_commit import (
    Decision,
    Outcome,
    Prepare,
    Prepared,
    TransactionClient,
    Vote,
    VotesDue,
)  # fmt: skip
from tests.protocols import commits
from tests.protocols.commits import all_commit, nobody_waits
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

BOTH = ("p1", "p2")
WRITES = (("x", 1),)


def prepared(name: str = "p1") -> NonblockingParticipant:
    participant = NonblockingParticipant(name, ["c", *(other for other in BOTH if other != name)])
    handle_message(participant, "c", Prepare(7, WRITES, BOTH))
    return participant


# --- step ----------------------------------------------------------------------------------------


def test_a_participant_promises_and_waits() -> None:
    assert take_effects(prepared()) == [
        Write(Prepared(7, WRITES, "c", BOTH)), SetTimer(Stuck(7), 100, 100), Send("c", Vote(7, True)),
    ]  # fmt: skip


def test_it_hears_of_the_commit_before_it_commits() -> None:
    participant = prepared()
    announced = effects(participant, "c", PreCommit(7))
    assert announced == [Write(PreCommitted(7)), SetTimer(Stuck(7), 100, 100), Send("c", Ready(7))]
    assert effects(participant, "c", Decision(7, True)) == [
        Write(Outcome(7, True)),
        CancelTimer(Stuck(7)),
    ]


def test_the_coordinator_commits_once_all_are_ready() -> None:
    coordinator = NonblockingCoordinator("c", BOTH)
    from dscourse.protocols.two_phase_commit import Submit

    handle_message(coordinator, "u", Submit(7, (("p1", WRITES), ("p2", WRITES))))
    handle_message(coordinator, "p1", Vote(7, True))
    announced = effects(coordinator, "p2", Vote(7, True))
    assert announced == [
        Send("p1", PreCommit(7)),
        Send("p2", PreCommit(7)),
        SetTimer(VotesDue(7), 60, 60),
    ]
    assert effects(coordinator, "p1", Ready(7)) == []
    assert Send("p1", Decision(7, True)) in effects(coordinator, "p2", Ready(7))


@pytest.mark.parametrize(
    ("other", "ending"),
    [
        (State.PREPARED, False),
        (State.ABORTED, False),
        (State.COMMITTED, True),
        (State.PRECOMMITTED, None),
    ],
)
def test_who_leads_decides_by_what_the_others_know(other: State, ending: bool | None) -> None:
    leader = prepared()
    handle_timer(leader, Stuck(7))
    assert Send("p2", AskState(7)) in take_effects(leader)
    handle_message(leader, "p2", StateIs(7, other))
    handle_timer(leader, Termination(7))
    asked = take_effects(leader)
    if ending is None:
        assert Send("p2", PreCommit(7)) in asked
        handle_timer(leader, Termination(7))
        asked = take_effects(leader)
    assert Send("p2", Decision(7, ending is not False)) in asked


def test_who_is_not_next_in_line_waits_on() -> None:
    second = prepared("p2")
    take_effects(second)
    handle_timer(second, Stuck(7))
    assert take_effects(second) == [SetTimer(Stuck(7), 100, 100)]
    handle_timer(second, Stuck(7))
    assert Send("p1", AskState(7)) in take_effects(second)


def test_who_is_asked_before_it_has_voted_never_votes_yes() -> None:
    participant = NonblockingParticipant("p1", ["c", "p2"])
    assert effects(participant, "p2", AskState(7)) == [
        Write(Outcome(7, False)), CancelTimer(Stuck(7)), Send("p2", StateIs(7, State.ABORTED)),
    ]  # fmt: skip
    assert effects(participant, "c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, False))]


# --- explore -------------------------------------------------------------------------------------


def every_schedule(
    participant: type[Node] = NonblockingParticipant,
    coordinator: type[Node] = NonblockingCoordinator,
    participants: int = 2,
    **settings: Any,
) -> Exploration:
    return commits.every_schedule(participants, coordinator, participant, **settings)


@pytest.mark.parametrize("crashes", [0, 1, 2])
def test_nobody_waits_whoever_crashes_as_long_as_messages_are_in_time(crashes: int) -> None:
    """Skeen 1981: non-blocking. Two-phase commit blocks with one crash (see its tests)."""
    found = every_schedule(
        crashes=crashes, timing="synchronous", within_reach=[nobody_waits], sometimes=[all_commit]
    )
    assert found.ok, found
    assert found.complete
    assert found.reached["all commit"] == 16


def test_three_participants_agree_whichever_single_node_crashes() -> None:
    found = every_schedule(
        participants=3, crashes=1, timing="synchronous", within_reach=[nobody_waits]
    )
    assert found.ok, found
    assert (found.complete, found.states) == (True, 195_123)


def test_without_synchrony_it_is_wrong() -> None:
    """A time-out says that somebody is down; without synchrony that may not be true."""
    found = every_schedule(timeouts=3)
    assert found.reason == "ac1 does not hold"
    assert len(found.steps) == 13


# --- the partition -------------------------------------------------------------------------------


def parted(at_ms: float) -> sim.World:
    """One transaction, and p1 cut off from the others from a moment on."""
    nodes = [TransactionClient("u", "c"), NonblockingCoordinator("c", BOTH)]
    nodes += [NonblockingParticipant(name, ["c", *(n for n in BOTH if n != name)]) for name in BOTH]
    plan = [sim.At(at_ms, sim.Partition({"p1"}, {"c", "p2"}))]
    world = sim.World(nodes, network=sim.Network(sim.Constant(5)), plan=plan)
    return world.submit(
        "u", [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})], start_ms=1
    ).run(until_ms=2_000)


def outcomes_of(world: sim.World) -> list[list[bool]]:
    return [[r.commit for r in world.log(name) if isinstance(r, Outcome)] for name in BOTH]


def test_a_partition_makes_the_two_sides_decide_differently() -> None:
    """p1 has promised and not heard of the commit: it takes the others for dead and aborts. They commit."""
    assert outcomes_of(parted(at_ms=1_000)) == [[True], [True]]
    assert outcomes_of(parted(at_ms=12)) == [[False], [True]]


# --- mutants -------------------------------------------------------------------------------------


class CommitsWithoutAnnouncing(NonblockingParticipant):
    """A leader that finds one pre-committed participant commits at once, without telling the others first."""

    def on_termination(self, timer: Termination) -> None:
        leading = self.leading[timer.tx]
        if not leading.ready and State.PRECOMMITTED in {*leading.answers, self.state_now(timer.tx)}:
            self.leading[timer.tx] = type(leading)(
                leading.participants, leading.answers, ready=True
            )
        super().on_termination(timer)


class AbortsWithoutAsking(NonblockingParticipant):
    """Takes silence for an abort."""

    def on_stuck(self, timer: Stuck) -> None:
        self._conclude(timer.tx, False)


class TellsOneAfterTheOther(NonblockingCoordinator):
    """Commits at one participant before the next one has heard that all voted yes."""

    def on_vote(self, sender: str, vote: Vote) -> None:
        transaction = self.undecided.get(vote.tx)
        if transaction and vote.yes and transaction.yes | {sender} == {*transaction.participants}:
            del self.undecided[vote.tx]
            for name in transaction.participants:
                self.send(name, PreCommit(vote.tx))
                self.send(name, Decision(vote.tx, True))
        else:
            super().on_vote(sender, vote)


@pytest.mark.parametrize(
    ("settings", "crashes"),
    [
        ({"participant": AbortsWithoutAsking}, 1),
        ({"participant": CommitsWithoutAnnouncing, "participants": 3}, 2),
        ({"coordinator": TellsOneAfterTheOther}, 2),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(settings: dict[str, Any], crashes: int) -> None:
    found = every_schedule(**settings, crashes=crashes, timing="synchronous", budget=400_000)
    assert found.ok is False, found
    assert found.reason == "ac1 does not hold"


def test_the_golden_trace_of_a_partition_that_makes_two_sides_decide_differently() -> None:
    assert_golden("three_phase_commit", f"{parted(at_ms=12).trace}\n")
