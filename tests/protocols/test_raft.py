"""Raft: the rules of figure 2 one by one, every schedule of small clusters, mutants, and faulted runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import CancelTimer, Node, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import (
    AppendEntries,
    AppendEntriesReply,
    ElectionTimeout,
    HeartbeatDue,
    RequestVote,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.protocols.raft_properties import (
    election_safety,
    leader_completeness,
    log_matching,
    one_winner_per_term,
    state_machine_safety,
)
from dscourse.replication.raft_log import START, Entry, Position, ReplicatedLog
from tests.effort import chosen_seeds, first_trying, once
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(200)
NAMES = ("n1", "n2", "n3")
WAIT = SetTimer(ElectionTimeout(), 150, 300)


def entry(term: int, index: int, f: str = "command") -> Entry:
    return Entry(Position(term, index), f)


BEGIN = entry(1, 1, "no-op")


def node(
    name: str = "n1",
    kind: type[Raft] = Raft,
    log: Sequence[object] = (),
    names: Sequence[str] = NAMES,
) -> Any:
    one = kind(name, [other for other in names if other != name])
    one.on_start(log)
    take_effects(one)
    return one


def leader(
    log: Sequence[object] = (), names: Sequence[str] = NAMES, kind: type[Raft] = Raft
) -> Any:
    """Node n1, which all others have just elected for the next term."""
    one = node(log=log, names=names, kind=kind)
    handle_timer(one, ElectionTimeout())
    for name in names[1:]:
        handle_message(one, name, RequestVoteReply(one.term, True))
    take_effects(one)
    return one


# --- figure 2: followers -------------------------------------------------------------------------


def test_if_election_timeout_elapses_without_hearing_a_leader_convert_to_candidate() -> None:
    one = node()
    handle_timer(one, ElectionTimeout())
    ask = RequestVote(1, START)
    assert take_effects(one) == [
        Write(TermAndVote(1, "n1")),
        WAIT,
        Send("n2", ask),
        Send("n3", ask),
    ]
    assert one.role == "candidate"


def test_reply_false_to_a_vote_if_its_term_is_old() -> None:
    one = node(log=[TermAndVote(3, "")])
    assert effects(one, "n2", RequestVote(2, START)) == [Send("n2", RequestVoteReply(3, False))]


def test_one_vote_a_term_on_disk_before_it_is_given() -> None:
    one = node()
    assert effects(one, "n2", RequestVote(1, START)) == [
        Write(TermAndVote(1, "")), Write(TermAndVote(1, "n2")), WAIT, Send("n2", RequestVoteReply(1, True)),
    ]  # fmt: skip
    assert effects(one, "n3", RequestVote(1, START)) == [Send("n3", RequestVoteReply(1, False))]
    assert effects(one, "n2", RequestVote(1, START)) == [
        WAIT,
        Send("n2", RequestVoteReply(1, True)),
    ]


@pytest.mark.parametrize(
    ("last", "granted"),
    [
        ((2, 2), True),
        ((2, 3), True),
        ((3, 1), True),
        ((1, 9), False),
        ((2, 1), False),
        ((0, 0), False),
    ],
)
def test_grant_a_vote_only_to_a_log_that_is_at_least_as_up_to_date(
    last: tuple[int, int], granted: bool
) -> None:
    """Section 5.4.1: the later term of the last entry, then the longer log."""
    one = node(log=[BEGIN, entry(2, 2)])
    assert effects(one, "n2", RequestVote(4, Position(*last)))[-1] == Send(
        "n2", RequestVoteReply(4, granted)
    )


def test_reply_false_to_entries_of_an_old_leader() -> None:
    one = node(log=[TermAndVote(3, ""), BEGIN])
    assert effects(one, "n2", AppendEntries(2, START, (), 0)) == [
        Send("n2", AppendEntriesReply(3, False, Position(1, 1)))
    ]


def test_reply_false_if_the_log_does_not_hold_the_previous_entry() -> None:
    one = node(log=[TermAndVote(2, ""), BEGIN])
    emitted = effects(one, "n2", AppendEntries(2, Position(2, 4), (entry(2, 5),), 0))
    assert emitted == [WAIT, Send("n2", AppendEntriesReply(2, False, Position(1, 1)))]


def test_a_conflicting_entry_and_all_that_follow_it_are_replaced() -> None:
    one = node(log=[TermAndVote(2, ""), BEGIN, entry(1, 2), entry(1, 3)])
    new = entry(2, 2, "no-op")
    assert effects(one, "n2", AppendEntries(2, BEGIN.position, (new,), 0)) == [
        WAIT, Write(new), Send("n2", AppendEntriesReply(2, True, Position(2, 2))),
    ]  # fmt: skip
    assert one.log.entries == (BEGIN, new)


def test_entries_that_are_there_already_are_kept_with_what_follows_them() -> None:
    one = node(log=[TermAndVote(1, ""), BEGIN, entry(1, 2)])
    emitted = effects(one, "n2", AppendEntries(1, START, (BEGIN,), 0))
    assert emitted == [WAIT, Send("n2", AppendEntriesReply(1, True, Position(1, 1)))]
    assert one.log.last == Position(1, 2)


def test_commit_what_the_leader_has_committed_but_not_beyond_what_it_has_checked() -> None:
    one = node(log=[TermAndVote(1, ""), BEGIN, entry(1, 2), entry(1, 3)])
    handle_message(one, "n2", AppendEntries(1, BEGIN.position, (entry(1, 2),), 9))
    assert one.commit_index == 2


# --- figure 2: candidates and leaders ------------------------------------------------------------


def test_with_votes_from_a_majority_become_leader_and_say_so() -> None:
    one = node()
    handle_timer(one, ElectionTimeout())
    hello = AppendEntries(1, START, (BEGIN,), 0)
    assert effects(one, "n3", RequestVoteReply(1, True)) == [
        CancelTimer(ElectionTimeout()),
        Write(BEGIN),
        Send("n2", hello),
        Send("n3", hello),
        SetTimer(HeartbeatDue(), 50, 50),
    ]


def test_votes_of_another_term_and_refusals_do_not_count() -> None:
    one = node()
    for _ in range(2):
        handle_timer(one, ElectionTimeout())
    for vote in (RequestVoteReply(1, True), RequestVoteReply(2, False)):
        handle_message(one, "n2", vote)
    assert one.role == "candidate"


def test_a_candidate_that_hears_a_leader_of_its_term_follows_it() -> None:
    one = node()
    handle_timer(one, ElectionTimeout())
    handle_message(one, "n2", AppendEntries(1, START, (), 0))
    assert (one.role, one.leader) == ("follower", "n2")


@pytest.mark.parametrize(
    "message",
    [
        RequestVote(7, START),
        RequestVoteReply(7, False),
        AppendEntries(7, START, (), 0),
        AppendEntriesReply(7, False, START),
    ],
)
def test_whoever_hears_of_a_later_term_becomes_a_follower_in_it(message: Any) -> None:
    one = leader()
    handle_message(one, "n2", message)
    assert (one.role, one.term) == ("follower", 7)


def test_an_entry_is_committed_once_it_is_on_a_majority() -> None:
    one = leader(names=("n1", "n2", "n3", "n4", "n5"))
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    assert one.commit_index == 0
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    assert one.commit_index == 0
    handle_message(one, "n3", AppendEntriesReply(1, True, Position(1, 1)))
    assert one.commit_index == 1


def test_figure_8_an_entry_of_an_earlier_term_is_not_committed_by_counting_replicas() -> None:
    one = leader(log=[TermAndVote(3, ""), BEGIN, entry(2, 2)], names=("n1", "n2", "n3", "n4", "n5"))
    for name in ("n2", "n3"):
        handle_message(one, name, AppendEntriesReply(4, True, Position(2, 2)))
    assert one.commit_index == 0
    for name in ("n2", "n3"):
        handle_message(one, name, AppendEntriesReply(4, True, Position(4, 3)))
    assert one.commit_index == 3


def test_if_logs_differ_step_back_and_send_again() -> None:
    one = leader(log=[TermAndVote(3, ""), BEGIN, entry(3, 2)])
    again = AppendEntries(4, BEGIN.position, (entry(3, 2), entry(4, 3, "no-op")), 0)
    assert effects(one, "n2", AppendEntriesReply(4, False, Position(1, 2))) == [Send("n2", again)]


def test_a_refusal_that_comes_late_does_not_undo_what_has_been_confirmed() -> None:
    one = leader(log=[TermAndVote(3, ""), BEGIN])
    handle_message(one, "n2", AppendEntriesReply(4, True, Position(4, 2)))
    take_effects(one)
    late = effects(one, "n2", AppendEntriesReply(4, False, START))
    assert late == [Send("n2", AppendEntries(4, Position(4, 2), (), 2))]


def test_heartbeats_bring_what_was_not_confirmed() -> None:
    one = leader()
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    take_effects(one)
    handle_timer(one, HeartbeatDue())
    assert take_effects(one) == [
        Send("n2", AppendEntries(1, BEGIN.position, (), 1)), Send("n3", AppendEntries(1, START, (BEGIN,), 1)),
        SetTimer(HeartbeatDue(), 50, 50),
    ]  # fmt: skip


def test_one_node_alone_is_its_own_majority() -> None:
    one = node(names=("n1",))
    handle_timer(one, ElectionTimeout())
    assert (one.role, one.commit_index) == ("leader", 1)


def test_of_four_nodes_three_are_a_majority() -> None:
    one = node(names=("n1", "n2", "n3", "n4"))
    assert not one.is_majority({"n1", "n2"})
    assert one.is_majority({"n1", "n2", "n4"})


def test_term_vote_and_log_survive_a_crash() -> None:
    one = node(log=[TermAndVote(1, "n1"), BEGIN, TermAndVote(4, "n3"), entry(4, 2)])
    assert (one.term, one.voted_for, one.log.last) == (4, "n3", Position(4, 2))
    assert (one.role, one.commit_index) == ("follower", 0)


def test_a_name_that_is_there_twice_is_refused() -> None:
    for name, peers in (("a", ["a", "b"]), ("a", ["b", "b"])):
        with pytest.raises(ValueError, match=r"the node itself|names .b. twice"):
            Raft(name, peers)


def test_times_that_cannot_work_are_refused() -> None:
    for heartbeat, election in ((0, 150), (150, 150), (50, 20)):
        with pytest.raises(ValueError, match="less than an election time-out"):
            Raft("a", [], heartbeat_ms=heartbeat, election_ms=election)


# --- explore -------------------------------------------------------------------------------------


def at_most_one_leader_a_term(view: View) -> bool:
    return election_safety(view.nodes)


def logs_match(view: View) -> bool:
    return log_matching(view.nodes)


def state_machines_agree(view: View) -> bool:
    return state_machine_safety(view.nodes)


def an_entry_of_term_two_is_committed(view: View) -> bool:
    last = [one.log.term_at(one.commit_index) for one in view.nodes.values()]
    return max(last, default=0) >= 2


def leaders_have_what_is_committed(view: View) -> bool:
    return leader_completeness(view.nodes)


def one_winner_in_the_whole_run(view: View) -> bool:
    return one_winner_per_term(view.logs)


SAFE = [
    at_most_one_leader_a_term, one_winner_in_the_whole_run, logs_match,
    leaders_have_what_is_committed, state_machines_agree,
]  # fmt: skip


def test_two_leaders_of_one_term_are_seen_though_they_never_lead_at_once() -> None:
    """Figure 3 speaks of the whole run: the first leader has crashed before the second one is elected."""

    def both_at_once(view: View) -> bool:
        return len([one for one in view.nodes.values() if one.role == "leader"]) < 2

    found = explore(
        cluster(VotesTwice, list("abc")),
        always=[one_winner_in_the_whole_run],
        bounds=Bounds(crashes=1, timeouts=2, copies=1),
    )
    assert found.ok is False
    assert both_at_once(found.state)
    assert election_safety(found.state.nodes)


def test_logs_of_others_than_voters_hide_no_second_winner() -> None:
    a, b = [TermAndVote(1, "a")], [TermAndVote(1, "b")]
    logs = {"a": a, "b": b, "c": a + b, "client": []}
    assert one_winner_per_term(logs)
    reason = "a and b both have a majority in term 1"
    assert one_winner_per_term(logs, voters="abc").reason == reason
    with pytest.raises(KeyError):
        one_winner_per_term({"a": a}, voters="ab")


def test_messages_are_labelled_for_learners() -> None:
    two, last = (entry(2, 2, "no-op"), entry(2, 3)), Position(1, 1)
    assert str(AppendEntries(2, last, two, 0)) == "append no-op, command (term 2, after 1)"
    assert str(AppendEntries(2, last, (), 0)) == "heartbeat (term 2, after 1)"
    assert str(AppendEntriesReply(2, True, last)) == "matches up to 1 (term 2)"
    assert str(AppendEntriesReply(2, False, last)) == "rejected (term 2)"
    assert str(RequestVote(2, last)) == "vote for me? (term 2, log ends at index 1 of term 1)"
    votes = [str(RequestVoteReply(2, granted)) for granted in (True, False)]
    assert votes == ["vote (term 2)", "no vote (term 2)"]


def every_schedule(
    nodes: Sequence[Node], sometimes: Sequence[Any] = (), alike: Sequence[str] = (), **limits: Any
) -> Exploration:
    bounds = Bounds(copies=1, budget=300_000, **limits)
    return explore(nodes, always=SAFE, sometimes=sometimes, bounds=bounds, alike=alike)


def test_three_nodes_two_timeouts_every_schedule() -> None:
    found = every_schedule(
        list(cluster(Raft, list("abc"))), timeouts=2, alike=list("abc"),
        sometimes=[an_entry_of_term_two_is_committed],
    )  # fmt: skip
    assert found.ok, found
    assert (found.complete, found.states) == (True, 6_518)


@once
def test_two_nodes_three_timeouts_a_crash_and_a_restart() -> None:
    found = every_schedule(
        list(cluster(Raft, list("ab"))), timeouts=3, crashes=1, restarts=1, alike=list("ab")
    )
    assert found.ok, found
    assert (found.complete, found.states) == (True, 5_209)


def test_three_nodes_a_crash_a_restart_and_a_lost_message() -> None:
    found = every_schedule(
        list(cluster(Raft, list("abc"))),
        timeouts=1,
        crashes=1,
        restarts=1,
        drops=1,
        alike=list("abc"),
    )
    assert found.ok, found
    assert found.complete


# --- mutants -------------------------------------------------------------------------------------


class VotesTwice(Raft):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term == self.term and self.role == "follower":
            self.voted_for = ""
        super().on_request_vote(sender, request)


class ForgetsItsVote(Raft):
    def recover(self, record: object) -> None:
        super().recover(TermAndVote(record.term, "") if isinstance(record, TermAndVote) else record)


class ForgetsItsTerm(Raft):
    def recover(self, record: object) -> None:
        if not isinstance(record, TermAndVote):
            super().recover(record)


class ForgetsItsLog(Raft):
    def recover(self, record: object) -> None:
        if isinstance(record, TermAndVote):
            super().recover(record)


class TellsBeforeItWrites(Raft):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term and request.last_log >= self.log.last:
            self.send(sender, RequestVoteReply(request.term, True))
        super().on_request_vote(sender, request)


class AcksBeforeItWrites(Raft):
    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        if append.term >= self.term and self.log.lacking(append.prev_log, append.entries):
            self.send(sender, AppendEntriesReply(append.term, True, append.entries[-1].position))
        super().on_append_entries(sender, append)


class VotesForAnyLog(Raft):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        super().on_request_vote(
            sender, RequestVote(request.term, max(request.last_log, self.log.last))
        )


class VotesForLongerLogs(Raft):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        longer = request.last_log.index >= self.log.last_index
        last = max(request.last_log, self.log.last) if longer else START
        super().on_request_vote(sender, RequestVote(request.term, last))


class NeedsHalf(Raft):
    def is_majority(self, names: Any) -> bool:
        return 2 * len(frozenset(names)) >= len(self.peers)


class CountsOldVotes(Raft):
    def on_request_vote_reply(self, sender: str, vote: RequestVoteReply) -> None:
        super().on_request_vote_reply(sender, RequestVoteReply(self.term, vote.vote_granted))


class CommitsUnchecked(Raft):
    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        super().on_append_entries(sender, append)
        if append.term == self.term:
            self.commit_to(min(append.leader_commit, self.log.last_index))


class CommitsOldTerms(Raft):
    """Begins with no entry of its own, and counts the copies of any entry."""

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        return self.log.last if f == "no-op" else super().append(f, key, value)

    def advance_commit(self) -> None:
        reached = sorted(
            [self.log.last_index, *(self.match_index.get(one, 0) for one in self.others)],
            reverse=True,
        )
        self.commit_to(max(self.commit_index, reached[len(reached) // 2]))


class KeepsWhatConflicts(Raft):
    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        new = self.log.lacking(append.prev_log, append.entries)
        if new and new[0].index <= self.log.last_index:
            self.observe_term(append.term)
            self.send(sender, AppendEntriesReply(self.term, True, new[-1].position))
            return
        super().on_append_entries(sender, append)


def born(kind: type[Raft], logs: Mapping[str, Sequence[object]]) -> list[Node]:
    """Nodes that have been through something already: these are the records in their logs at first."""

    class Born(kind):  # type: ignore[misc, valid-type]
        def on_start(self, log: Sequence[object]) -> None:
            if not log:
                for record in logs[self.id]:
                    self.write(record)
            super().on_start(log or logs[self.id])

    return list(cluster(Born, logs))


ELECTED: dict[str, Sequence[object]] = {
    "a": [TermAndVote(1, "a"), BEGIN],
    "b": [TermAndVote(1, "a"), BEGIN],
    "c": [TermAndVote(1, "a")],
}
FIGURE_8: dict[str, Sequence[object]] = {
    "a": [TermAndVote(3, ""), BEGIN, entry(2, 2)],
    "b": [TermAndVote(3, ""), BEGIN],
    "c": [TermAndVote(3, "c"), BEGIN, entry(3, 2)],
}


@pytest.mark.parametrize(
    ("mutant", "logs", "settings"),
    [
        (VotesTwice, None, {}),
        (ForgetsItsVote, None, {"crashes": 1, "restarts": 1}),
        (ForgetsItsTerm, None, {"crashes": 1, "restarts": 1}),
        (TellsBeforeItWrites, None, {"crashes": 1, "restarts": 1}),
        (VotesForAnyLog, None, {}),
        (NeedsHalf, None, {}),
        (CountsOldVotes, None, {"timeouts": 3}),
        (CommitsOldTerms, FIGURE_8, {}),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(
    mutant: type[Raft], logs: dict[str, Sequence[object]] | None, settings: dict[str, Any]
) -> None:
    nodes = born(mutant, logs) if logs else list(cluster(mutant, list("abc")))
    alike = [] if logs else list("abc")
    found = every_schedule(nodes, alike=alike, **{"timeouts": 2, **settings})
    print(mutant.__name__, found)
    assert found.ok is False, found
    assert "raised" not in found.reason


def test_what_those_begin_with_is_safe_without_a_mutant() -> None:
    for logs in (ELECTED, FIGURE_8):
        found = every_schedule(born(Raft, logs), timeouts=1)
        assert found.ok, found


# --- seeds ---------------------------------------------------------------------------------------

BUDGET = sim.Budget(horizon_ms=2_000, faults=9, timeout_ms=200)


class Busy(Raft):
    """Appends a command with each heartbeat, so that there is something to agree on."""

    def __init__(self, id: str, peers: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.applied: list[Entry] = []

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        if self.role == "leader":
            self.append("command", self.id, self.log.last_index)
        super().on_heartbeat_due(timer)

    def apply(self, entry: Entry) -> None:
        self.applied.append(entry)


def run(seed: int, kind: type[Raft] = Busy, names: Sequence[str] = NAMES) -> sim.World:
    plan = sim.random_plan(seed, names, BUDGET)
    world = sim.World(
        cluster(kind, names, heartbeat_ms=30, election_ms=100),
        seed,
        sim.Network(sim.Uniform(2, 12)),
        plan,
    )
    world.run(until_ms=2_000).apply(sim.Recover(*names))
    return world.run(until_ms=3_500)


def complaint(world: sim.World) -> str | None:
    nodes: Any = world.nodes
    if not (log_matching(nodes) and leader_completeness(nodes) and state_machine_safety(nodes)):
        return "logs differ"
    carried_out = [one.applied for one in nodes.values()]
    if any(len(set(entries)) > 1 for entries in zip(*carried_out, strict=False)):
        return "nodes have carried out different entries"
    leaders = [one for one in nodes.values() if one.role == "leader"]
    if len(leaders) != 1:
        return f"{len(leaders)} leaders in the end"
    if any(one.commit_index < leaders[0].commit_index - 3 for one in nodes.values()):
        return "a follower is behind in the end"
    return None


@pytest.mark.parametrize("names", [NAMES, ("n1", "n2", "n3", "n4", "n5")])
def test_seeds_find_nothing_and_all_end_well(names: Sequence[str]) -> None:
    seeds = SEEDS if len(names) == 3 else SEEDS[:60]
    assert Counter(complaint(run(seed, names=names)) for seed in seeds) == {None: len(seeds)}


@pytest.mark.parametrize(
    ("mutant", "likely"),
    [
        (ForgetsItsLog, 5), (AcksBeforeItWrites, 19), (VotesForLongerLogs, 242), (CommitsUnchecked, 38),
        (KeepsWhatConflicts, 1),
    ],
)  # fmt: skip
def test_seeds_refute_mutants(mutant: type[Raft], likely: int) -> None:
    class Both(mutant, Busy):  # type: ignore[misc, valid-type]
        pass

    seeds = first_trying(likely, range(600))
    wrong = next((seed for seed in seeds if complaint(run(seed, Both))), None)
    print(mutant.__name__, wrong)
    assert wrong is not None


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:60]:
        world = run(seed)
        got = [event.what for event in world.trace.kinds("deliver")]
        logs = [[r for r in world.log(name) if isinstance(r, Entry)] for name in NAMES]
        seen["refused entries"] += any(
            isinstance(m, AppendEntriesReply) and not m.success for m in got
        )
        seen["refused votes"] += any(
            isinstance(m, RequestVoteReply) and not m.vote_granted for m in got
        )
        seen["several terms"] += max(one.term for one in world.nodes.values()) > 1  # type: ignore[attr-defined]
        seen["an entry replaced"] += any(len(log) > len({e.index for e in log}) for log in logs)
        seen["restarts"] += bool(world.trace.kinds("restart"))
    assert len(seen) == 5
    assert min(seen.values()) > 0, seen


def test_a_majority_that_is_healed_elects_and_commits() -> None:
    for seed in SEEDS[:40]:
        names = ("n1", "n2", "n3", "n4", "n5")
        plan = sim.random_plan(seed, names, sim.Budget(horizon_ms=1_000, faults=8, recover=False))
        nodes = cluster(Busy, names, heartbeat_ms=30, election_ms=100)
        world = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 12)), plan).run(until_ms=1_000)
        healed = world.heal_majority()
        before = max(world.nodes[name].commit_index for name in names)  # type: ignore[attr-defined]

        def goes_on(world: sim.World, healed: Sequence[str] = healed, before: int = before) -> bool:
            return sum(world.nodes[name].commit_index > before + 3 for name in healed) == len(
                healed
            )  # type: ignore[attr-defined]

        assert world.expect(goes_on, within_ms=4_000), seed


def test_golden_trace() -> None:
    plan = [sim.At(400, sim.Crash("n2")), sim.At(900, sim.Restart("n2"))]
    world = sim.World(cluster(Busy, NAMES, heartbeat_ms=40), 5, sim.Network(sim.Constant(5)), plan)
    world.run(until_ms=1_100)
    lines = [str(event) for event in world.trace if event.kind in ("write", "crash", "restart")]
    assert_golden("raft", "\n".join(lines) + "\n")


def test_an_empty_log_ends_at_the_start() -> None:
    assert ReplicatedLog().last == START
