"""The predictions of chapter 14, and its exercises: a vote, a plan, a commit rule, time-outs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from statistics import median
from typing import Any

from dscourse import sim
from dscourse.core.dispatch import handle_message
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong, plain
from dscourse.experiments.consensus import leads, stop_leader
from dscourse.experiments.statistics import percentile
from dscourse.node import cluster, take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import (
    AppendEntriesReply,
    ElectionTimeout,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.protocols.raft_properties import election_safety
from dscourse.replication.raft_log import Entry, Position
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Pause,
    Recover,
    Restart,
    Resume,
    Uniform,
    World,
)

__all__ = ["EXERCISES", "PREDICTIONS", "Forgetful", "forgetful_world"]

PREDICTIONS = (
    Prediction(
        "14.1",
        "Two nodes want different values. Each asks a majority for a promise, in a ballot higher than all it has seen, and then to "
        "accept its value; if that fails it tries again after 30 ms. No message is lost, and nobody crashes. When is a value chosen?",
        {
            "A": ("after three rounds at most: the higher ballot wins",
                  "The higher ballot wins a promise. But before it is accepted, a still higher one may have been promised."),
            "B": ("as soon as a majority has promised",
                  "A promise is not a vote: it says what will not be accepted any more."),
            "C": ("perhaps never",
                  "This is so. Each can undo the other's promise just before it would count, for ever."),
            "D": ("when one of them gives up; and both may not, so two values are chosen",
                  "Never two: that is what ballots and majorities are for. What they do not give is an end."),
        },
        "C",
    ),
    Prediction(
        "14.2",
        "A new leader finds an entry of an earlier term in its log, and sees that it is on three of five nodes. May it count the entry "
        "as committed?",
        {
            "A": ("yes: it is on a majority, and a majority elects",
                  "A majority elects whoever has the later last term, and that may be somebody who lacks this entry."),
            "B": ("no: a node whose last entry is of a later term could still be elected, and replace it",
                  "This is so. Only an entry of its own term on a majority keeps such a node from winning."),
            "C": ("yes, if it was the leader of that term itself",
                  "Who sent it then does not change who can be elected now."),
            "D": ("only once it is on all five",
                  "Then one slow node would stop everything."),
        },
        "B",
    ),
)  # fmt: skip


# --- 14.3: the vote ------------------------------------------------------------------------------


def _judge_grant(grant: Any) -> Wrong | None:
    places = [Position(0, 0), Position(1, 1), Position(1, 2), Position(2, 2)]
    for term, asked, voted, mine, theirs in product(
        (2, 3), (1, 2, 3), ("", "b", "c"), places, places
    ):
        known = max(term, asked)
        vote = "" if asked > term else voted
        right = asked == known and vote in ("", "b") and theirs >= mine
        got = plain(grant(term, voted, mine, asked, "b", theirs))
        call = f"grant(term={term}, voted={voted!r}, mine={mine}, asked={asked}, candidate='b', theirs={theirs})"
        if not isinstance(got, bool):
            return Wrong(f"{call} gives {got!r}: it must be True or False.")
        if got and not right:
            return Wrong(f"{call} gives True: {_grant_reason(term, asked, vote, mine, theirs)}")
        if right and not got:
            return Wrong(f"{call} gives False: {_grant_missing(term, asked, vote)}")
    return None


def _grant_missing(term: int, asked: int, vote: str) -> str:
    if asked > term:
        return "in a later term, no vote has been given yet, and b's log lacks nothing."
    if vote == "b":
        return "b has this vote already; it asks again because the answer may be lost."
    return "no vote has been given in this term, and b's log lacks nothing."


def _grant_reason(term: int, asked: int, vote: str, mine: Position, theirs: Position) -> str:
    if asked < term:
        return "that term is over."
    if vote not in ("", "b"):
        return f"the vote of this term is {vote}'s already."
    return f"my log ends at {mine}, b's at {theirs}, and mine may hold what is committed."


# --- 14.4: a Raft that forgets its vote ----------------------------------------------------------


class Forgetful(Raft):
    """Knows its term after a crash, and not its vote; waits for as long as its name says: 100, 105 or 400 ms."""

    def reset_election_timeout(self) -> None:
        self.set_timer(ElectionTimeout(), {"n1": 100.0, "n2": 105.0}.get(self.id, 400.0))

    def recover(self, record: object) -> None:
        super().recover(TermAndVote(record.term, "") if isinstance(record, TermAndVote) else record)


def forgetful_world(plan: list[At]) -> World:
    """Three such nodes under the plan; messages take 10 ms."""
    return World(cluster(Forgetful, ("n1", "n2", "n3")), network=Network(Constant(10)), plan=plan)


_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover, Pause, Resume)


def _judge_plan(plan: Any) -> Wrong | None:
    wrong = plans.check(plan, _FAULTS, ("n1", "n2", "n3"), "[sim.At(50, sim.Crash('n2'))]", most=2)
    if wrong is not None:
        return wrong
    world = forgetful_world(plan)
    for step in range(1, 601):
        world.run(until_ms=float(step))
        if not election_safety(
            {name: one for name, one in world.nodes.items() if world.alive(name)}
        ):
            return None
    picture = spacetime(world.trace, timers=False, end_ms=220)
    return Wrong("In 600 ms no term has two leaders.", picture)


# --- 14.5: the commit rule -----------------------------------------------------------------------


def _leader(kind: Any, terms: Sequence[int]) -> Any:
    """Node n1 of five, elected for the term after the last of its log's."""
    names = [f"n{n}" for n in range(1, 6)]
    one = kind("n1", names[1:])
    log = [Entry(Position(term, index), "command", index) for index, term in enumerate(terms, 1)]
    one.on_start([TermAndVote(max(terms), ""), *log])
    one.start_election()
    for name in names[1:3]:
        handle_message(one, name, RequestVoteReply(one.term, True))
    take_effects(one)
    return one


def _judge_advance(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Raft)):
        return Wrong("`CarefulLeader` must be a class derived from Raft.")
    for acks in (
        [(1, 1)],
        [(2, 2), (2, 2)],
        [(3, 3)],
        [(3, 3), (3, 3)],
        [(2, 2), (3, 3), (3, 3)],
        [(3, 3)] * 4,
    ):
        one = _leader(kind, [1, 2])
        right = 0
        for peer, (term, index) in zip(("n2", "n3", "n4", "n5"), acks, strict=False):
            handle_message(one, peer, AppendEntriesReply(one.term, True, Position(term, index)))
        if sum(index == 3 for _, index in acks) >= 2:
            right = 3
        if one.commit_index != right:
            held = ", ".join(str(index) for _, index in acks)
            return Wrong(
                f"A leader of term 3 has entries of the terms 1, 2 and 3. Its peers have confirmed up to {held} (the others nothing). "
                f"It counts {one.commit_index} as committed, not {right}."
                + (
                    " An entry of an earlier term can still be replaced."
                    if one.commit_index == 2
                    else ""
                )
            )
    return None


# --- 14.6: time-outs -----------------------------------------------------------------------------


def _judge_times(times: Any) -> Wrong | None:
    if not (
        isinstance(times, tuple)
        and len(times) == 3
        and all(isinstance(t, int | float) for t in times)
    ):
        return Wrong(
            "`times` must be three numbers of ms: (heartbeat, shortest time-out, longest time-out)."
        )
    heartbeat, low, high = times
    if not 0 < heartbeat < low <= high:
        return Wrong(
            "A heartbeat must be shorter than the shortest time-out, and that no longer than the longest."
        )
    took = sorted(_outage(heartbeat, low, high, seed) for seed in range(20))
    if median(took) > 700 or percentile(took, 0.9) > 1_400:
        return Wrong(
            f"After a crash half of the elections are over after {median(took):,.0f} ms, and nine in ten after "
            f"{percentile(took, 0.9):,.0f} ms; 700 and 1,400 are allowed. "
            + (
                "The time-out is long."
                if low > 700
                else "Votes are split: look at the time-outs and their spread."
            )
        )
    needless = sum(_changes(heartbeat, low, high, seed) > 0 for seed in range(10))
    if needless > 1:
        return Wrong(
            f"In {needless} of 10 runs of 5 s a leader that was well was replaced: of messages that take 20 to 60 ms, one in ten is "
            "lost, and a time-out must outlast a lost heartbeat or two."
        )
    return None


def _timed(heartbeat: float, low: float, high: float, seed: int) -> World:
    class Timed(Raft):
        def reset_election_timeout(self) -> None:
            self.set_timer(ElectionTimeout(), (low, high))

    names = [f"n{n}" for n in range(1, 6)]
    group = cluster(Timed, names, heartbeat_ms=heartbeat, election_ms=max(low, heartbeat * 1.001))
    return World(group, seed, Network(Uniform(20, 60), loss=0.1)).run(until_ms=2_500)


def _changes(heartbeat: float, low: float, high: float, seed: int) -> int:
    """By how many terms a cluster without a crash goes on in 5 s."""
    world = _timed(heartbeat, low, high, seed)
    before = max(node.term for node in world.nodes.values())  # type: ignore[attr-defined]
    world.run(until_ms=7_500)
    return max(node.term for node in world.nodes.values()) - before  # type: ignore[attr-defined, no-any-return]


def _outage(heartbeat: float, low: float, high: float, seed: int) -> float:
    world = _timed(heartbeat, low, high, seed)
    names = list(world.nodes)
    return 1_500.0 if leads(world, names) is None else stop_leader(world, names)


EXERCISES = (
    Exercise(
        id="14.3",
        title="Fill in: whom to vote for",
        name="grant",
        stub="def grant(term, voted, mine, asked, candidate, theirs):\n    return False\n",
        solution="def grant(term, voted, mine, asked, candidate, theirs):\n"
        "    if asked < term:\n"
        "        return False\n"
        '    given = voted if asked == term else ""\n'
        '    return given in ("", candidate) and theirs >= mine\n',
        reasoning="Three rules in one: a term that is over has no votes left; in a term there is one vote, which may be repeated to the "
        "same candidate, since its first answer may be lost; and the candidate's log must not lack what mine has. A later term starts "
        "without a vote.",
        hints=(
            "If asked is larger than term, the voter enters that term first: whose vote has it given there?",
            "Positions compare as pairs, the term first: theirs >= mine.",
        ),
        judge=_judge_grant,
        praise="One vote a term, none for a log that lacks something.",
        names={"Position": Position},
        lines=500_000,
    ),
    Exercise(
        id="14.4",
        title="Break: a vote that is forgotten",
        name="plan",
        stub="plan = []\n",
        solution='plan = [sim.At(111, sim.Crash("n3")), sim.At(112, sim.Restart("n3"))]\n',
        reasoning="n1 asks at 100 ms, n2 at 105. n3 hears n1 first, at 110, and votes for it. If it then forgets that before n2's request "
        "arrives at 115, it votes for n2 as well, in the same term. n1 and n3, n2 and n3: two majorities, two leaders.",
        hints=(
            "Who asks for votes when? n1 after 100 ms, n2 after 105; a message takes 10.",
            "n3 must vote for n1, forget it, and be there again before n2's request arrives.",
        ),
        judge=_judge_plan,
        praise="Two leaders in one term, because one vote was given twice.",
        names={"sim": sim, "At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Pause": Pause,
               "Recover": Recover, "Restart": Restart, "Resume": Resume},
        lines=500_000,
    ),
    Exercise(
        id="14.5",
        title="Repair: what is committed",
        name="CarefulLeader",
        stub="class CarefulLeader(Raft):\n"
        "    def advance_commit(self):\n"
        "        reached = sorted([self.log.last_index, *self.match_index.values()], reverse=True)\n"
        "        reached += [0] * (len(self.others) - len(self.match_index))\n"
        "        index = reached[len(self.voters) // 2]\n"
        "        if index > self.commit_index:\n"
        "            self.commit_to(index)\n",
        solution="class CarefulLeader(Raft):\n"
        "    def advance_commit(self):\n"
        "        reached = sorted([self.log.last_index, *self.match_index.values()], reverse=True)\n"
        "        reached += [0] * (len(self.others) - len(self.match_index))\n"
        "        index = reached[len(self.voters) // 2]\n"
        "        if index > self.commit_index and self.log.term_at(index) == self.term:\n"
        "            self.commit_to(index)\n",
        reasoning="An entry of an earlier term on a majority can still be replaced, by a node whose last entry is of a term in between. "
        "Once an entry of the leader's own term is on a majority, no such node can win a vote of it, and all that stands before the "
        "entry is safe with it.",
        hints=(
            "self.log.term_at(index) is the term of the entry at an index.",
            "Whose entries may a leader count: those of any term, or those of its own?",
        ),
        judge=_judge_advance,
        praise="Only entries of the own term are counted, and those before come along.",
        names={"Raft": Raft},
        lines=500_000,
    ),
    Exercise(
        id="14.6",
        title="Design: time-outs for a network",
        name="times",
        stub="times = None\n",
        solution="times = (60, 250, 500)\n",
        reasoning="A message takes up to 60 ms and one in ten is lost, so a follower may miss two heartbeats in a row in one of a hundred "
        "cases: with four of them in each time-out that hardly ever matters. An election takes the shortest of the time-outs that are "
        "left plus a round trip, and the spread must be several times a message, or votes are split.",
        hints=(
            "How many heartbeats may be lost in a row before a follower stands?",
            "The spread must be several times as long as a message takes, or two stand at the same time.",
        ),
        judge=_judge_times,
        praise="Leaders that are well stay, and those that are gone are soon replaced.",
        lines=500_000,
    ),
)  # fmt: skip
