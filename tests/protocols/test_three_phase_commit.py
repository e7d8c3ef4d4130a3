"""Three-phase commit: one event at a time, every schedule with and without synchrony, restarts, and the partition
that breaks it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.explore import Exploration
from dscourse.node import CancelTimer, Node, Reply, Send, SetTimer, Write, take_effects
from dscourse.protocols.atomicity import (
    Outcome,
    Prepared,
    commit_needs_every_yes,
    decided_once,
    same_outcome,
)
from dscourse.protocols.three_phase_commit import (
    NonblockingCoordinator,
    ParticipantState,
    PreCommit,
    PreCommitAck,
    StateReport,
    StateRequest,
)
from dscourse.protocols.three_phase_participant import (
    InquiryDue,
    LeaderDue,
    NonblockingParticipant,
    PreCommitted,
    ReportsDue,
)
from dscourse.protocols.transaction_client import Submit, TransactionClient
from dscourse.protocols.two_phase_messages import (
    Decision,
    Inquire,
    Prepare,
    Vote,
    VotesDue,
)
from tests.effort import chosen_seeds, soak
from tests.protocols import commits
from tests.protocols.commits import all_commit, all_decided
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
        Write(Prepared(7, WRITES, "c", BOTH)), SetTimer(LeaderDue(7), 100, 100), Send("c", Vote(7, True)),
    ]  # fmt: skip


def test_it_hears_of_the_commit_before_it_commits() -> None:
    participant = prepared()
    precommitted = effects(participant, "c", PreCommit(7))
    assert precommitted == [
        Write(PreCommitted(7)),
        SetTimer(LeaderDue(7), 100, 100),
        Send("c", PreCommitAck(7)),
    ]
    assert effects(participant, "c", Decision(7, True)) == [
        Write(Outcome(7, True)),
        CancelTimer(LeaderDue(7)),
    ]


def test_the_coordinator_commits_once_all_are_ready() -> None:
    coordinator = NonblockingCoordinator("c", BOTH)
    handle_message(coordinator, "u", Submit(7, (("p1", WRITES), ("p2", WRITES))))
    handle_message(coordinator, "p1", Vote(7, True))
    precommitted = effects(coordinator, "p2", Vote(7, True))
    assert precommitted == [
        Send("p1", PreCommit(7)),
        Send("p2", PreCommit(7)),
        SetTimer(VotesDue(7), 60, 60),
    ]
    assert effects(coordinator, "p1", PreCommitAck(7)) == []
    assert Send("p1", Decision(7, True)) in effects(coordinator, "p2", PreCommitAck(7))


@pytest.mark.parametrize(
    ("other", "ending"),
    [
        (ParticipantState.PREPARED, False),
        (ParticipantState.ABORTED, False),
        (ParticipantState.COMMITTED, True),
        (ParticipantState.PRECOMMITTED, None),
    ],
)
def test_who_leads_decides_by_what_the_others_know(
    other: ParticipantState, ending: bool | None
) -> None:
    leader = prepared()
    handle_timer(leader, LeaderDue(7))
    assert Send("p2", StateRequest(7)) in take_effects(leader)
    handle_message(leader, "p2", StateReport(7, other))
    handle_timer(leader, ReportsDue(7))
    asked = take_effects(leader)
    if ending is None:
        assert Send("p2", PreCommit(7)) in asked
        handle_timer(leader, ReportsDue(7))
        asked = take_effects(leader)
    assert Send("p2", Decision(7, ending is not False)) in asked


def test_who_is_not_next_in_line_waits_on() -> None:
    second = prepared("p2")
    take_effects(second)
    handle_timer(second, LeaderDue(7))
    assert take_effects(second) == [SetTimer(LeaderDue(7), 100, 100)]
    handle_timer(second, LeaderDue(7))
    assert Send("p1", StateRequest(7)) in take_effects(second)


def test_who_is_asked_before_it_has_voted_never_votes_yes() -> None:
    participant = NonblockingParticipant("p1", ["c", "p2"])
    assert effects(participant, "p2", StateRequest(7)) == [
        Write(Outcome(7, False)), CancelTimer(LeaderDue(7)), Send("p2", StateReport(7, ParticipantState.ABORTED)),
    ]  # fmt: skip
    assert effects(participant, "c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, False))]


# --- step: recovery ------------------------------------------------------------------------------

PROMISE = Prepared(7, WRITES, "c", BOTH)


def restarted(*log: object) -> NonblockingParticipant:
    participant = NonblockingParticipant("p1", ["c", "p2"])
    participant.on_start(log)
    return participant


def test_a_participant_that_restarts_asks_the_others_and_does_not_lead() -> None:
    participant = restarted(PROMISE)
    asks = [Send("p2", Inquire(7)), Send("c", Inquire(7)), SetTimer(InquiryDue(7), 100, 100)]
    assert take_effects(participant) == asks
    handle_timer(participant, InquiryDue(7))
    assert take_effects(participant) == asks


@pytest.mark.parametrize("commit", [True, False])
def test_it_follows_the_outcome_that_it_is_told(commit: bool) -> None:
    emitted = effects(restarted(PROMISE, PreCommitted(7)), "p2", Decision(7, commit))
    assert emitted == [Write(Outcome(7, commit)), CancelTimer(InquiryDue(7))]


@pytest.mark.parametrize("state", [ParticipantState.PREPARED, ParticipantState.PRECOMMITTED])
def test_it_does_not_decide_while_another_participant_is_operational(
    state: ParticipantState,
) -> None:
    assert effects(restarted(PROMISE), "p2", StateReport(7, state)) == []


@pytest.mark.parametrize(
    ("own", "other", "commit"),
    [
        ((PROMISE,), ParticipantState.PREPARED, False),
        ((PROMISE,), ParticipantState.PRECOMMITTED, True),
        ((PROMISE, PreCommitted(7)), ParticipantState.PREPARED, True),
    ],
)
def test_after_a_total_failure_all_of_them_together_decide(
    own: tuple[object, ...], other: ParticipantState, commit: bool
) -> None:
    emitted = effects(restarted(*own), "p2", StateReport(7, other, recovering=True))
    assert emitted == [
        Write(Outcome(7, commit)), CancelTimer(InquiryDue(7)), Send("p2", Decision(7, commit)),
    ]  # fmt: skip


def test_a_recovering_participant_says_so_and_confirms_no_announcement() -> None:
    participant = restarted(PROMISE)
    assert effects(participant, "p2", StateRequest(7)) == [
        Send("p2", StateReport(7, ParticipantState.PREPARED, True))
    ]
    assert effects(participant, "p2", PreCommit(7)) == []
    assert effects(participant, "p2", Inquire(7)) == [
        Send("p2", StateReport(7, ParticipantState.PREPARED, True))
    ]


def test_a_leader_does_not_count_the_state_of_a_recovering_participant() -> None:
    leader = prepared()
    handle_timer(leader, LeaderDue(7))
    handle_message(leader, "p2", StateReport(7, ParticipantState.PRECOMMITTED, recovering=True))
    take_effects(leader)
    handle_timer(leader, ReportsDue(7))
    assert Send("p2", Decision(7, False)) in take_effects(leader)


def test_who_asks_is_told_the_outcome_and_an_unvoted_participant_aborts() -> None:
    unvoted = NonblockingParticipant("p1", ["c", "p2"])
    assert Send("p2", Decision(7, False)) in effects(unvoted, "p2", Inquire(7))
    done = restarted(PROMISE, PreCommitted(7), Outcome(7, True))
    assert take_effects(done) == []
    assert effects(done, "p2", Inquire(7)) == [Send("p2", Decision(7, True))]
    assert effects(done, "c", PreCommit(7)) == [Send("c", Decision(7, True))]


def submitted() -> NonblockingCoordinator:
    coordinator = NonblockingCoordinator("c", BOTH)
    handle_message(coordinator, "u", Submit(7, (("p1", WRITES), ("p2", WRITES))))
    return coordinator


def precommitted() -> NonblockingCoordinator:
    coordinator = submitted()
    for name in BOTH:
        handle_message(coordinator, name, Vote(7, True))
    take_effects(coordinator)
    return coordinator


def test_the_coordinator_commits_for_nobody_if_all_participants_are_down() -> None:
    coordinator = precommitted()
    handle_timer(coordinator, VotesDue(7))
    assert take_effects(coordinator) == [
        Send("p1", PreCommit(7)), Send("p2", PreCommit(7)), SetTimer(VotesDue(7), 60, 60),
    ]  # fmt: skip
    assert Write(Outcome(7, False)) in effects(coordinator, "p1", Decision(7, False))
    assert effects(coordinator, "p2", Decision(7, False)) == []


def test_the_coordinator_does_not_go_on_alone_once_a_participant_leads() -> None:
    coordinator = submitted()
    asked = effects(coordinator, "p1", StateRequest(7))
    assert Write(Outcome(7, False)) in asked
    assert asked[-1] == Send("p1", Decision(7, False))
    emitted = effects(precommitted(), "p1", StateRequest(7))
    assert emitted == [Send("p1", StateReport(7, ParticipantState.PRECOMMITTED))]


def test_a_coordinator_that_restarts_tells_what_it_has_decided_and_nothing_else() -> None:
    coordinator = NonblockingCoordinator("c", BOTH)
    coordinator.on_start([Outcome(7, True)])
    assert effects(coordinator, "p1", Inquire(7)) == [Send("p1", Decision(7, True))]
    assert effects(coordinator, "p1", Inquire(8)) == []
    assert effects(coordinator, "p1", Vote(8, True)) == []
    again = Submit(7, (("p1", WRITES), ("p2", WRITES)))
    assert effects(coordinator, "u", again) == [Send("u", Reply(7, "committed"))]


def test_a_transaction_that_comes_again_is_not_begun_again() -> None:
    coordinator = submitted()
    assert effects(coordinator, "u", Submit(7, (("p1", WRITES), ("p2", WRITES)))) == []
    assert effects(precommitted(), "u", Submit(7, (("p1", WRITES), ("p2", WRITES)))) == []


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
        crashes=crashes, timing="synchronous", within_reach=[all_decided], sometimes=[all_commit]
    )
    assert found.ok, found
    assert found.complete
    assert found.reached["all commit"] == 16


@pytest.mark.parametrize("crashes", [1, 2])
def test_one_participant_recovers_by_what_it_finds_in_its_log(crashes: int) -> None:
    found = every_schedule(
        participants=1, crashes=crashes, restarts=crashes, timing="synchronous",
        within_reach=[all_decided],
    )  # fmt: skip
    assert found.ok, found
    assert found.complete


@pytest.mark.parametrize("down_ms", [4, 10_000])
def test_one_participant_ends_what_it_has_precommitted_without_the_coordinator(
    down_ms: float,
) -> None:
    """Its turn to lead comes again at the moment at which it has led for long enough."""
    client = TransactionClient("u", "c")
    nodes = [client, NonblockingCoordinator("c", ["p1"]), NonblockingParticipant("p1", ["c"])]
    plan = [sim.At(4, sim.Crash("c")), sim.At(4 + down_ms, sim.Restart("c"))]
    world = sim.World(nodes, network=sim.Network(sim.Constant(1.5)), plan=plan)
    world.submit("u", [("transfer", None, {"p1": {"x": 1}})]).run(until_ms=500)
    assert world.log("p1")[1:] == (PreCommitted(0), Outcome(0, True))


@soak
def test_two_participants_agree_whoever_crashes_and_comes_back() -> None:
    """The coordinator or a participant, between two events or in the middle of one."""
    found = every_schedule(crashes=1, restarts=1, timing="synchronous", within_reach=[all_decided])
    assert found.ok, found
    assert found.complete


@pytest.mark.parametrize(("crashes", "states"), [(0, 101), pytest.param(1, 194_535, marks=soak)])
def test_three_participants_agree_whichever_single_node_crashes(crashes: int, states: int) -> None:
    found = every_schedule(
        participants=3, crashes=crashes, timing="synchronous", within_reach=[all_decided]
    )
    assert found.ok, found
    assert (found.complete, found.states) == (True, states)


def test_without_synchrony_it_is_wrong() -> None:
    """A time-out says that a node is down; without synchrony that may not be true."""
    found = every_schedule(timeouts=3)
    assert found.violated == "ac1"
    assert len(found.steps) == 15


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
    """p1 is prepared and has not learnt of the commit: it takes the others for dead and aborts. They commit."""
    assert outcomes_of(parted(at_ms=1_000)) == [[True], [True]]
    assert outcomes_of(parted(at_ms=12)) == [[False], [True]]


# --- seeds ---------------------------------------------------------------------------------------

SEEDS = chosen_seeds(200)
NAMES = ("p1", "p2", "p3")
HORIZON_MS = 1_500
CRASHES = sim.Budget(  # no message is late or lost, so silence means a crash
    horizon_ms=HORIZON_MS, faults=6, timeout_ms=100, menu=("crash", "crash_during", "restarts")
)
BOUND_MS = 1_000  # all participants take their turn to lead, and then announce and end


def transfers(
    seed: int,
    coordinator: type[Node] = NonblockingCoordinator,
    participant: type[Node] = NonblockingParticipant,
) -> sim.World:
    """Thirty transactions of three participants while any node crashes and restarts, until HORIZON_MS."""
    nodes = [TransactionClient("u", "c"), coordinator("c", NAMES)]
    nodes += [participant(name, ["c", *(n for n in NAMES if n != name)]) for name in NAMES]
    plan = sim.random_plan(seed, ("u", "c", *NAMES), CRASHES)
    network = sim.Network(sim.Uniform(1, 9), client=sim.Link(sim.Uniform(1, 9)))
    work = [("transfer", None, {name: {"x": n} for name in NAMES}) for n in range(30)]
    world = sim.World(nodes, seed, network, plan).submit("u", work, start_ms=5, think_ms=20)
    return world.run(until_ms=HORIZON_MS + BOUND_MS)


def wrong(world: sim.World) -> str | None:
    """Return the fault of the run, or None: safety, then an outcome for every promise within BOUND_MS."""
    logs = {name: world.log(name) for name in world.nodes}
    for holds in (same_outcome, decided_once, commit_needs_every_yes):
        if not holds(logs):
            return holds.__name__
    written = [e for e in world.trace.kinds("write") if e.time_ms < HORIZON_MS]
    promises = {(str(e.node), e.what.tx) for e in written if isinstance(e.what, Prepared)}
    ended = {(name, r.tx) for name, log in logs.items() for r in log if isinstance(r, Outcome)}
    return None if promises <= ended else "all_decided"


def test_seeds_restart_every_role() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        world = transfers(seed)
        assert wrong(world) is None, seed
        again = {str(event.node) for event in world.trace.kinds("restart")}
        recovering = {e.node for e in world.trace.kinds("timer") if isinstance(e.what, InquiryDue)}
        led = {e.node for e in world.trace.kinds("timer") if isinstance(e.what, ReportsDue)}
        seen.update({f"{name} restarts" for name in again})
        seen.update({"recovery outlasts a question"} if recovering else ())
        seen.update({"participants lead"} if led else ())
        ends = [e.what for e in world.trace.kinds("write") if isinstance(e.what, Outcome)]
        seen.update({f"commit={end.commit}" for end in ends})
    assert min(seen[f"{name} restarts"] for name in ("u", "c", *NAMES)) > len(SEEDS) / 10
    for trouble in (
        "recovery outlasts a question",
        "participants lead",
        "commit=True",
        "commit=False",
    ):
        assert seen[trouble] > len(SEEDS) / 100, seen


class DecidesAlone(NonblockingParticipant):
    """Mutant: a participant that restarts aborts the open transactions, and asks no node."""

    def on_inquiry_due(self, timer: InquiryDue) -> None:
        self._record_outcome(timer.tx, False)


class TakesPartAgain(NonblockingParticipant):
    """Mutant: a participant that restarts goes on as if it had never crashed."""

    def on_start(self, log: Any) -> None:
        super().on_start(log)
        for tx in list(self.recovering):
            del self.recovering[tx]
            self.set_timer(LeaderDue(tx), self.wait_ms)


class PromisesUnlogged(NonblockingParticipant):
    """Mutant: votes before the promise is on disk, as if it always were."""

    def write(self, record: object) -> None:
        if not isinstance(record, Prepared):
            super().write(record)


class CommitsForNobody(NonblockingCoordinator):
    """Mutant: commits although no participant has confirmed the announcement."""

    def on_votes_due(self, timer: VotesDue) -> None:
        self._decide(timer.tx, timer.tx in self.precommitted)


@pytest.mark.parametrize(
    "mutant",
    [
        {"participant": DecidesAlone},
        {"participant": TakesPartAgain},
        {"participant": PromisesUnlogged},
        {"coordinator": CommitsForNobody},
    ],
)
def test_every_mutant_of_recovery_is_refuted_by_a_schedule(mutant: dict[str, Any]) -> None:
    found = every_schedule(**mutant, crashes=2, restarts=2, timing="synchronous", budget=100_000)
    assert found.ok is False, found
    if mutant.get("participant") is DecidesAlone:
        assert found.violated != "no handler raises", found


# --- mutants -------------------------------------------------------------------------------------


class CommitsWithoutAnnouncing(NonblockingParticipant):
    """A leader that finds one pre-committed participant commits at once, without telling the others first."""

    def on_reports_due(self, timer: ReportsDue) -> None:
        terminating = self.terminating[timer.tx]
        if not terminating.precommitted and ParticipantState.PRECOMMITTED in {
            *terminating.states,
            self.state_now(timer.tx),
        }:
            self.terminating[timer.tx] = type(terminating)(
                terminating.participants, terminating.states, precommitted=True
            )
        super().on_reports_due(timer)


class AbortsWithoutAsking(NonblockingParticipant):
    """Takes silence for an abort."""

    def on_leader_due(self, timer: LeaderDue) -> None:
        self._record_outcome(timer.tx, False)


class TellsOneAfterTheOther(NonblockingCoordinator):
    """Commits at one participant before the next one has heard that all voted yes."""

    def on_vote(self, sender: str, vote: Vote) -> None:
        transaction = self.undecided.get(vote.tx)
        if transaction and vote.yes and transaction.yes | {sender} == {*transaction.participants}:
            del self.undecided[vote.tx]
            self.cancel_timer(VotesDue(vote.tx))
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
    assert found.violated == "ac1"


def test_the_golden_trace_of_a_partition_that_makes_two_sides_decide_differently() -> None:
    assert_golden("three_phase_commit", f"{parted(at_ms=12).trace}\n")
