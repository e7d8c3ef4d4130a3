"""Judge of 14.4: a fault plan under which a forgotten vote makes two leaders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.forgotten_vote import forgetful_world, one_leader_per_term
from dscourse.protocols.raft_messages import RequestVoteReply, TermAndVote
from dscourse.show import spacetime
from dscourse.sim import World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) if isinstance(plan, tuple | Iterator) else plan
    wrong = fault_plans.check(
        plan, _FAULTS, ("n1", "n2", "n3"), "[sim.At(5, sim.Crash('n2'))]", most=2
    )
    if wrong is not None:
        return wrong
    world = forgetful_world(plan, until_ms=600)
    if not one_leader_per_term(world):
        return None
    picture = spacetime(world.trace, timers=False, end_ms=140)
    return refused(f"In 600 ms no term has two leaders. {_elections(world)}", plan, world, picture)


def _elections(world: World) -> str:
    """Return the votes of the first two terms in words, and the condition for two leaders."""
    given = _given(world)
    sentences = [
        f"In term {term}, "
        + "; ".join(f"{name} has the votes of {', '.join(voters)}" for name, voters in by.items())
        + "."
        for term, by in sorted(_arrived(given, world).items())
    ]
    need = "Two leaders need a node that votes for both in one term"
    return " ".join([*sentences, f"{need}{_twice(given)}."])


def _given(world: World) -> dict[int, dict[str, list[str]]]:
    """Return the nodes that have written down a vote, by term and candidate, for the first two terms."""
    votes: dict[int, dict[str, list[str]]] = {}
    for event in world.trace.kinds("write"):
        vote = event.what
        if isinstance(vote, TermAndVote) and vote.voted_for and vote.term <= 2:
            voters = votes.setdefault(vote.term, {}).setdefault(vote.voted_for, [])
            voters += [str(event.node)] if event.node not in voters else []
    return votes


def _arrived(
    given: dict[int, dict[str, list[str]]], world: World
) -> dict[int, dict[str, list[str]]]:
    """Return those of the votes that reached their candidates, a candidate's own included."""
    replies = {
        (event.what.term, event.node, event.peer)
        for event in world.trace.kinds("deliver")
        if isinstance(event.what, RequestVoteReply) and event.what.vote_granted
    }
    return {
        term: {
            name: [one for one in voters if one == name or (term, name, one) in replies]
            for name, voters in by.items()
        }
        for term, by in given.items()
    }


def _twice(given: dict[int, dict[str, list[str]]]) -> str:
    """Return in words that a node has voted twice in a term, in vain; "" if none has."""
    for by in given.values():
        voters = [voter for voters in by.values() for voter in voters]
        for voter in voters:
            if voters.count(voter) > 1:
                return f"; {voter} does, but not both of its votes arrive"
    return ""
