"""Judge of 14.4: a fault plan under which a forgotten vote makes two leaders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.forgotten_vote import forgetful_world, one_leader_per_term
from dscourse.protocols.raft_messages import TermAndVote
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
    return Wrong(f"In 600 ms no term has two leaders. {_votes(world)}", picture)


def _votes(world: World) -> str:
    """Return the votes of the first two terms in words."""
    votes: dict[int, dict[str, list[str]]] = {}
    for event in world.trace.kinds("write"):
        vote = event.what
        if isinstance(vote, TermAndVote) and vote.voted_for and vote.term <= 2:
            voters = votes.setdefault(vote.term, {}).setdefault(vote.voted_for, [])
            voters += [str(event.node)] if event.node not in voters else []
    sentences = [
        f"In term {term}, "
        + "; ".join(
            f"{chosen} has the votes of {', '.join(voters)}" for chosen, voters in by.items()
        )
        for term, by in sorted(votes.items())
    ]
    need = "Two leaders need a node that votes for both in one term."
    return " ".join([*(f"{sentence}." for sentence in sentences), need])
