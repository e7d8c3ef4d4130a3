"""Two-phase commit: one event at a time, the sentences of its sources, every schedule, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from dscourse import sim, sweep
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.schedule import Crash, CrashDuringStep, Deliver
from dscourse.core.verdict import Verdict
from dscourse.explore import Exploration, View
from dscourse.node import CancelTimer, Node, Reply, Send, SetTimer, Write, take_effects
from dscourse.protocols import atomicity
from dscourse.protocols.atomicity import (
    Decided,
    Ended,
    Outcome,
    Prepared,
    commit_needs_every_yes,
    coordinator_agrees,
    decided_once,
    same_outcome,
)
from dscourse.protocols.textbook.two_phase_commit import (
    ForgetfulCoordinator,
    ForgetfulParticipant,
    ImpatientParticipant,
)  # fmt: skip
from dscourse.protocols.transaction_client import Submit, TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import (
    Ack,
    AcksDue,
    Decision,
    DecisionDue,
    Inquire,
    Prepare,
    Vote,
    VotesDue,
)
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds
from tests.protocols import commits
from tests.protocols.commits import all_abort, all_commit, all_decided
from tests.protocols.golden import assert_golden
from tests.protocols.plans import faults_everywhere
from tests.protocols.steps import effects

SEEDS = chosen_seeds(150)
SOME = a_part(SEEDS)
BUDGET = sim.Budget(horizon_ms=1_000, timeout_ms=80)
WRITES = (("x", 1),)
BOTH = ("p1", "p2")


# --- step ----------------------------------------------------------------------------------------


def submitted() -> Coordinator:
    coordinator = Coordinator("c", BOTH)
    handle_message(coordinator, "u", Submit(7, (("p1", WRITES), ("p2", WRITES))))
    return coordinator


def test_the_coordinator_asks_every_participant() -> None:
    prepare = Prepare(7, WRITES, BOTH)
    assert take_effects(submitted()) == [
        Send("p1", prepare), Send("p2", prepare), SetTimer(VotesDue(7), 60, 60),
    ]  # fmt: skip


def test_it_logs_a_commit_before_it_tells_anybody() -> None:
    coordinator = submitted()
    assert effects(coordinator, "p1", Vote(7, True)) == []
    assert effects(coordinator, "p2", Vote(7, True)) == [
        CancelTimer(VotesDue(7)), Write(Decided(7, BOTH)), Send("p1", Decision(7, True)),
        Send("p2", Decision(7, True)), SetTimer(AcksDue(7), 40, 40), Send("u", Reply(7, "committed")),
    ]  # fmt: skip


def test_one_no_aborts_and_an_abort_is_not_logged() -> None:
    coordinator = submitted()
    assert effects(coordinator, "p2", Vote(7, False)) == [
        CancelTimer(VotesDue(7)), Send("p1", Decision(7, False)), Send("p2", Decision(7, False)),
        Send("u", Reply(7, "aborted")),
    ]  # fmt: skip
    assert effects(coordinator, "p1", Vote(7, True)) == []


def test_a_vote_that_does_not_come_in_time_counts_as_no() -> None:
    coordinator = submitted()
    effects(coordinator, "p1", Vote(7, True))
    handle_timer(coordinator, VotesDue(7))
    assert take_effects(coordinator)[-1] == Send("u", Reply(7, "aborted"))


def test_a_commit_is_told_until_everybody_has_confirmed_it_and_then_forgotten() -> None:
    coordinator = submitted()
    effects(coordinator, "p1", Vote(7, True))
    effects(coordinator, "p2", Vote(7, True), Ack(7))
    handle_timer(coordinator, AcksDue(7))
    assert take_effects(coordinator) == [
        Send("p1", Decision(7, True)),
        SetTimer(AcksDue(7), 40, 40),
    ]
    assert effects(coordinator, "p1", Ack(7)) == [CancelTimer(AcksDue(7)), Write(Ended(7))]
    assert effects(coordinator, "p1", Ack(7)) == []


def test_what_the_coordinator_does_not_know_is_aborted_and_what_is_open_is_not_told() -> None:
    coordinator = submitted()
    assert effects(coordinator, "p1", Inquire(7)) == []
    assert effects(coordinator, "p1", Inquire(99)) == [Send("p1", Decision(99, False))]


def test_a_coordinator_that_starts_again_tells_the_commits_that_have_not_ended() -> None:
    coordinator = Coordinator("c", BOTH)
    coordinator.on_start([Decided(7, BOTH), Ended(7), Decided(8, ("p2",))])
    assert take_effects(coordinator) == [
        Send("p2", Decision(8, True)),
        SetTimer(AcksDue(8), 40, 40),
    ]


def test_a_participant_promises_durably_before_it_votes_yes_and_locks_its_keys() -> None:
    p1 = Participant("p1", ["c", "p2"])
    assert effects(p1, "c", Prepare(7, WRITES, BOTH)) == [
        Write(Prepared(7, WRITES, "c", BOTH)), SetTimer(DecisionDue(7), 80, 80), Send("c", Vote(7, True)),
    ]  # fmt: skip
    assert p1.locked == {"x"}
    assert effects(p1, "c", Prepare(8, WRITES, BOTH)) == [
        Write(Outcome(8, False)),
        Send("c", Vote(8, False)),
    ]
    assert effects(p1, "c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, True))]


def test_one_locked_key_of_several_is_enough_for_a_no() -> None:
    p1 = Participant("p1", ["c", "p2"])
    effects(p1, "c", Prepare(7, WRITES, BOTH))
    writes = (("x", 2), ("y", 2))
    assert effects(p1, "c", Prepare(8, writes, BOTH))[-1] == Send("c", Vote(8, False))


def test_a_commit_is_applied_once_and_confirmed_each_time() -> None:
    p1 = Participant("p1", ["c", "p2"])
    done = effects(p1, "c", Prepare(7, WRITES, BOTH), Decision(7, True))
    assert done == [CancelTimer(DecisionDue(7)), Write(Outcome(7, True)), Send("c", Ack(7))]
    assert effects(p1, "p2", Decision(7, True)) == [Send("c", Ack(7))]
    assert (p1.data, p1.locked) == ({"x": 1}, frozenset())


def test_who_waits_asks_everybody_and_who_has_not_voted_may_abort() -> None:
    p1, p2 = Participant("p1", ["c", "p2"]), Participant("p2", ["c", "p1"])
    effects(p1, "c", Prepare(7, WRITES, BOTH))
    handle_timer(p1, DecisionDue(7))
    assert take_effects(p1) == [
        Send("c", Inquire(7)),
        Send("p2", Inquire(7)),
        SetTimer(DecisionDue(7), 80, 80),
    ]
    assert effects(p1, "p2", Inquire(7)) == []
    assert effects(p2, "p1", Inquire(7)) == [
        Write(Outcome(7, False)),
        Send("p1", Decision(7, False)),
    ]
    assert effects(p2, "c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, False))]


def test_a_participant_that_starts_again_still_waits_for_what_it_has_promised() -> None:
    p1 = Participant("p1", ["c", "p2"])
    p1.on_start(
        [Prepared(7, WRITES, "c", BOTH), Outcome(7, True), Prepared(8, (("y", 2),), "c", BOTH)]
    )
    assert take_effects(p1) == [SetTimer(DecisionDue(8), 80, 80)]
    assert (p1.data, p1.locked) == ({"x": 1}, {"y"})


def test_a_transaction_that_comes_again_is_ignored() -> None:
    coordinator = submitted()
    take_effects(coordinator)
    again = Submit(7, (("p1", WRITES), ("p2", WRITES)))
    assert effects(coordinator, "u", again) == []


@pytest.mark.parametrize(("yes", "answer"), [(True, "committed"), (False, "aborted")])
def test_a_client_whose_answer_was_lost_is_answered_again(yes: bool, answer: str) -> None:
    coordinator = submitted()
    handle_message(coordinator, "p1", Vote(7, True))
    handle_message(coordinator, "p2", Vote(7, yes))
    again = Submit(7, (("p1", WRITES), ("p2", WRITES)))
    take_effects(coordinator)
    assert effects(coordinator, "u", again) == [Send("u", Reply(7, answer))]
    handle_message(coordinator, "p1", Ack(7))
    handle_message(coordinator, "p2", Ack(7))
    assert effects(coordinator, "u", again) == [Send("u", Reply(7, answer))]


def test_a_number_that_is_used_for_another_transaction_is_refused() -> None:
    with pytest.raises(ValueError, match="transaction 7 was submitted before with other writes"):
        effects(submitted(), "u", Submit(7, (("p1", WRITES),)))


def test_a_submission_that_comes_again_after_a_crash_breaks_what_is_assumed() -> None:
    """The coordinator presumes an abort, tells p1 so, and then begins the same transaction again."""
    submit = Submit(7, (("p1", WRITES), ("p2", WRITES)))
    logs: dict[str, list[object]] = {}
    banks = {name: Participant(name, ["c"]) for name in BOTH}
    for bank in banks.values():
        handle_message(bank, "c", Prepare(7, WRITES, BOTH))
    coordinator = Coordinator("c", BOTH)
    coordinator.on_start([])
    assert effects(coordinator, "p1", Inquire(7)) == [Send("p1", Decision(7, False))]
    handle_message(coordinator, "u", submit)
    for bank in banks.values():
        assert effects(bank, "c", Prepare(7, WRITES, BOTH)) == [Send("c", Vote(7, True))]
    handle_message(coordinator, "p1", Vote(7, True))
    decided = effects(coordinator, "p2", Vote(7, True))
    assert Write(Decided(7, BOTH)) in decided
    for name, decision in (("p1", Decision(7, False)), ("p2", Decision(7, True))):
        written = effects(banks[name], "c", decision)
        logs[name] = [one.record for one in written if isinstance(one, Write)]
    assert not same_outcome(logs)


def test_a_transaction_without_participants_is_refused() -> None:
    world = sim.World([TransactionClient("u", "c"), Coordinator("c")]).submit(
        "u", [("transfer", None, {})]
    )
    with pytest.raises(sim.HandlerError, match="has no participants: name at least one"):
        world.run()


# --- explore -------------------------------------------------------------------------------------

Kinds = Mapping[str, type[Node]]
REPAIRED: Kinds = {"coordinator": Coordinator, "participant": Participant}


def every_schedule(participants: int, kinds: Kinds = REPAIRED, **settings: Any) -> Exploration:
    return commits.every_schedule(
        participants, kinds["coordinator"], kinds["participant"], **settings
    )


@pytest.mark.parametrize(
    ("participants", "settings", "states"),
    [
        (2, {"crashes": 1}, 8_643),
        (3, {"crashes": 1, "timeouts": 1}, 12_016),
        (2, {"crashes": 1, "restarts": 1, "timing": "synchronous"}, None),
        (3, {"crashes": 1, "timing": "synchronous"}, None),
        (2, {"drops": 2, "timing": "synchronous"}, None),
        (2, {"duplicates": 1, "timeouts": 1, "copies": 2}, None),
    ],
)
def test_every_schedule_keeps_the_properties(
    participants: int, settings: dict[str, Any], states: int | None
) -> None:
    found = every_schedule(participants, sometimes=[all_commit], **settings)
    assert found.ok, found
    assert found.complete
    if states is not None:
        assert found.states == states
    print(found)


def test_a_commit_and_an_abort_are_both_reached() -> None:
    found = every_schedule(2, sometimes=[all_commit, all_abort], timeouts=1)
    assert found.ok
    assert found.reached["all commit"] == 12


def test_nobody_waits_for_ever_if_whoever_crashes_comes_back() -> None:
    assert every_schedule(2, within_reach=[all_decided], drops=1, timing="synchronous").ok
    found = every_schedule(
        2, within_reach=[all_decided], crashes=1, restarts=1, timing="synchronous"
    )
    assert found.ok


def test_who_has_voted_yes_is_blocked_while_the_coordinator_is_down() -> None:
    """Skeen 1981: two-phase commit is a blocking protocol. The shortest way there."""
    found = every_schedule(2, within_reach=[all_decided], crashes=1, timing="synchronous")
    assert found.reason == "“all decided” is out of reach"
    assert Crash("c") in found.steps or any(
        isinstance(step, CrashDuringStep) for step in found.steps
    )
    world = sim.follow(
        [TransactionClient("u", "c"), Coordinator("c", BOTH),
         Participant("p1", ["c", "p2"]), Participant("p2", ["c", "p1"])],
        found.steps, {"u": [("transfer", None, {"p1": {"x": 0}, "p2": {"x": 1}})]},
    )  # fmt: skip
    assert not world.alive("c")
    assert {"x"} in [world.nodes[name].locked for name in BOTH]  # type: ignore[attr-defined]


def test_the_textbook_version_blocks_when_one_message_is_lost() -> None:
    textbook = {"coordinator": ForgetfulCoordinator, "participant": ForgetfulParticipant}
    assert every_schedule(2, textbook, within_reach=[all_decided]).ok
    found = every_schedule(2, textbook, within_reach=[all_decided], drops=1)
    assert found.reason == "“all decided” is out of reach"


def test_the_textbook_coordinator_takes_one_vote_that_arrives_twice_for_two() -> None:
    """The repaired one counts voters, not votes."""
    for kind, votes in ((ForgetfulCoordinator, 2), (Coordinator, 1)):
        coordinator: Any = kind("c", BOTH)
        handle_message(coordinator, "u", Submit(7, (("p1", WRITES), ("p2", WRITES))))
        sent = [
            *effects(coordinator, "p1", Vote(7, True)),
            *effects(coordinator, "p1", Vote(7, True)),
        ]
        assert (Send("p1", Decision(7, True)) in sent) is (votes == 2)


def test_an_impatient_participant_aborts_what_the_other_commits() -> None:
    found = every_schedule(2, {**REPAIRED, "participant": ImpatientParticipant})
    assert found.reason.startswith(
        "“ac1” does not hold: transaction 0 commits at p1 and aborts at p2"
    )
    assert sum(isinstance(step, Deliver) for step in found.steps) <= 6


# --- properties ----------------------------------------------------------------------------------

PROMISE = Prepared(1, WRITES, "c", BOTH)


@pytest.mark.parametrize(
    ("logs", "reason"),
    [
        ({"p1": [Outcome(1, True)], "p2": []}, "at p1 without a yes vote of any participant"),
        ({"c": [Decided(1, BOTH)], "p1": [PROMISE], "p2": []}, "at c without a yes vote of p2"),
        ({"p1": [Outcome(1, True)], "p2": [PROMISE]}, "at p1 without a yes vote of p1"),
    ],
)
def test_a_commit_without_a_promise_is_noticed_wherever_it_is_written(
    logs: dict[str, list[object]], reason: str
) -> None:
    assert commit_needs_every_yes(logs).reason == f"transaction 1 commits {reason}"


def test_reasons_name_the_nodes_and_the_transaction() -> None:
    logs: dict[str, list[object]] = {"p1": [PROMISE, Outcome(1, True)], "p2": [PROMISE]}
    in_doubt = "p2 has voted yes on transaction 1 and "
    assert atomicity.all_decided(logs).reason == in_doubt + "knows no outcome"
    assert atomicity.all_committed(logs).reason == in_doubt + "not committed it"
    assert not atomicity.all_committed({})
    twice = {"p1": [PROMISE, Outcome(1, True), Outcome(1, True)]}
    assert decided_once(twice).reason == "p1 has ended transaction 1 twice or more"


# --- mutants -------------------------------------------------------------------------------------


class TellsAnAbort(Coordinator):
    """Commits and tells the client so, and tells all participants that it has aborted."""

    def _send_commit(self, tx: int) -> None:
        for name in self.unacknowledged[tx]:
            self.send(name, Decision(tx, False))


class TakesATransactionTwice(Coordinator):
    def on_submit(self, sender: str, submit: Submit) -> None:
        self.submitted.pop(submit.tx, None)
        super().on_submit(sender, submit)


class TellsBeforeItLogs(Coordinator):
    def _decide(self, tx: int, commit: bool) -> None:
        participants = self.undecided[tx].participants
        if commit:
            for name in participants:
                self.send(name, Decision(tx, True))
        super()._decide(tx, commit)


class LogsNoDecision(Coordinator):
    def write(self, record: object) -> None:
        pass


class EndsAfterOneAck(Coordinator):
    def on_ack(self, sender: str, ack: Ack) -> None:
        self.unacknowledged[ack.tx] = (sender,)
        super().on_ack(sender, ack)


class CountsVotesTwice(Coordinator):
    def on_vote(self, sender: str, vote: Vote) -> None:
        transaction = self.undecided.get(vote.tx)
        if transaction is not None and sender in transaction.yes:
            self._decide(vote.tx, True)
        else:
            super().on_vote(sender, vote)


class AnswersWhatIsOpen(Coordinator):
    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        self.send(sender, Decision(inquire.tx, inquire.tx in self.unacknowledged))


class AbortsWithoutNeed(Coordinator):
    def _decide(self, tx: int, commit: bool) -> None:
        super()._decide(tx, False)


@pytest.mark.parametrize(("coordinator", "ok"), [(Coordinator, True), (AbortsWithoutNeed, False)])
def test_a_commit_stays_within_reach_unless_the_coordinator_aborts_without_need(
    coordinator: type[Coordinator], ok: bool
) -> None:
    kinds = {**REPAIRED, "coordinator": coordinator}
    assert every_schedule(2, kinds, within_reach=[all_commit], timeouts=0).ok is ok


class PresumesCommit(Coordinator):
    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        if inquire.tx not in self.undecided:
            self.send(sender, Decision(inquire.tx, True))


class VotesBeforeItPromises(Participant):
    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        self.send(sender, Vote(prepare.tx, True))
        super().on_prepare(sender, prepare)


class ForgetsItsPromise(Participant):
    def on_start(self, log: Any) -> None:
        super().on_start(
            [record for record in log if isinstance(record, Outcome) and not record.commit]
        )


class AbortsWhenAsked(Participant):
    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        if inquire.tx not in self.outcomes:
            self._record_outcome(Outcome(inquire.tx, False))
        super().on_inquire(sender, inquire)


class DecidesAgain(Participant):
    def on_decision(self, sender: str, decision: Decision) -> None:
        self._record_outcome(Outcome(decision.tx, decision.commit))
        super().on_decision(sender, decision)


@pytest.mark.parametrize(
    ("mutant", "reason", "settings"),
    [
        (TellsBeforeItLogs, "ac1", {"crashes": 1, "restarts": 1}),
        (LogsNoDecision, "ac1", {"crashes": 1, "restarts": 1}),
        (EndsAfterOneAck, "ac1", {"drops": 1}),
        (TakesATransactionTwice, "ac1", {"duplicates": 1, "copies": 2}),
        (CountsVotesTwice, "ac3", {"duplicates": 1, "copies": 2}),
        (AnswersWhatIsOpen, "ac1", {}),
        (PresumesCommit, "ac3", {}),
        (VotesBeforeItPromises, "ac3", {"crashes": 1}),
        (ForgetsItsPromise, "ac1", {"crashes": 1, "restarts": 1}),
        (AbortsWhenAsked, "ac1", {}),
        (DecidesAgain, "ac2", {}),
        (ImpatientParticipant, "ac1", {}),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(
    mutant: type[Node], reason: str, settings: dict[str, Any]
) -> None:
    role = "coordinator" if issubclass(mutant, Coordinator) else "participant"
    found = every_schedule(2, {**REPAIRED, role: mutant}, timeouts=2, **settings)
    assert found.ok is False
    assert found.reason.startswith(f"“{reason}”") or "raised" in found.reason, found
    print(mutant.__name__, found)


def test_a_coordinator_that_tells_the_client_otherwise_is_refuted() -> None:
    def the_coordinator_agrees(view: View) -> Verdict:
        return coordinator_agrees(view.logs)

    also = [the_coordinator_agrees]
    assert every_schedule(2, also=also, timeouts=1).ok
    found = every_schedule(2, {**REPAIRED, "coordinator": TellsAnAbort}, also=also)
    assert found.violated == "the coordinator agrees"
    assert "c commits transaction 0, and p" in found.reason


# --- seeds ---------------------------------------------------------------------------------------

NAMES = ("p1", "p2", "p3")


def transfers(plan: list[sim.At], seed: int = 1, kinds: Kinds = REPAIRED) -> sim.World:
    """Two clients with ten transactions each over two of three participants, under the plan; then all recovers."""
    nodes = [
        *(TransactionClient(name, "c") for name in ("u", "v")),
        kinds["coordinator"]("c", NAMES),
    ]
    nodes += [kinds["participant"](name, ["c", *(n for n in NAMES if n != name)]) for name in NAMES]
    world = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 12)), plan)
    for index, client in enumerate(("u", "v")):
        draws = stream(seed, "work", client)
        work = [
            ("transfer", None, _writes(draws.random(), draws.random(), 100 * index + n))
            for n in range(10)
        ]
        world.submit(client, work, start_ms=10 + 15 * index, think_ms=50)
    world.run(until_ms=1_500).apply(sim.Recover("c", *NAMES))
    return world.run(until_ms=3_000)


def _writes(left_out_draw: float, key: float, value: int) -> dict[str, dict[str, int]]:
    left_out = NAMES[int(3 * left_out_draw)]
    return {name: {"xy"[key < 0.5]: value} for name in NAMES if name != left_out}


def wrong(world: sim.World) -> str | None:
    """Return how the run breaks the promises, or None."""
    logs = {name: world.log(name) for name in ("c", *NAMES)}
    for holds in (same_outcome, decided_once, commit_needs_every_yes):
        if not holds(logs):
            return f"{holds.__name__} does not hold"
    if any(world.nodes[name].locked for name in NAMES):  # type: ignore[attr-defined]
        return "a key is locked for ever"
    reported = {op.id: op.result for op in world.history.ok}
    done = {
        record.tx: record.commit
        for log in logs.values()
        for record in log
        if isinstance(record, Outcome)
    }
    lied = any(
        done.get(tx, False) is not (result == "committed") for tx, result in reported.items()
    )
    return "a client was told something else" if lied else None


def _plan(seed: int) -> list[sim.At]:
    return faults_everywhere(seed, ("c", *NAMES), ("u", "v"), BUDGET)


def test_seeds_refute_the_textbook_version_and_not_the_repaired_one() -> None:
    textbook = {"coordinator": ForgetfulCoordinator, "participant": ForgetfulParticipant}
    assert Counter(wrong(transfers(_plan(seed), seed)) for seed in SEEDS) == {None: len(SEEDS)}
    reasons = Counter(wrong(transfers(_plan(seed), seed, textbook)) for seed in SOME)
    print(
        f"the same plans refute the textbook version in {1 - reasons[None] / len(SOME):.1%} of {len(SOME)} seeds"
    )
    assert reasons["a key is locked for ever"] > len(SOME) / 8


def test_one_fault_is_enough_for_the_textbook_version() -> None:
    textbook = {"coordinator": ForgetfulCoordinator, "participant": ForgetfulParticipant}
    found = sweep.search(
        lambda plan: wrong(transfers(plan, 1, textbook)) is None, ("c", *NAMES), BUDGET, range(60)
    )
    assert found.failed > 5
    assert len(found.plan) == 1


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = transfers(_plan(seed), seed)
        records = [record for name in ("c", *NAMES) for record in world.log(name)]
        sent = [event.what for event in world.trace.kinds("send")]
        seen["commit"] += Outcome(0, True) in records
        seen["abort"] += any(
            isinstance(record, Outcome) and not record.commit for record in records
        )
        seen["vote of no"] += any(isinstance(message, Vote) and not message.yes for message in sent)
        seen["inquiry"] += any(isinstance(message, Inquire) for message in sent)
        seen["unknown to its client"] += len(world.history.unknown) > 0
        seen["crash with records"] += any(event.id for event in world.trace.kinds("restart"))
        seen["coordinator crashed"] += any(
            event.node == "c" for event in world.trace.kinds("crash")
        )
    assert len(seen) == 7
    assert min(seen.values()) > 0, seen


def test_the_golden_trace_of_a_coordinator_that_is_away() -> None:
    """It crashes once it has logged its decision, and tells it when it is back."""
    plan = [sim.At(15, sim.CrashDuring("c", after=2)), sim.At(260, sim.Restart("c"))]
    nodes = [TransactionClient("u", "c"), Coordinator("c", BOTH)]
    nodes += [Participant(name, ["c", *(n for n in BOTH if n != name)]) for name in BOTH]
    world = sim.World(nodes, network=sim.Network(sim.Constant(10)), plan=plan)
    world.submit("u", [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})], start_ms=1)
    world.run(until_ms=400)
    assert world.log("c") == (Decided(0, BOTH), Ended(0))
    assert_golden("two_phase_commit", f"{world.trace}\n\n{world.history}\n")
