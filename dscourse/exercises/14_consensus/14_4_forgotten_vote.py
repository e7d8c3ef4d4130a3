"""Judge of 14.4: a fault plan under which a forgotten vote makes two leaders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.node import cluster
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import ElectionTimeout, TermAndVote
from dscourse.protocols.raft_properties import election_safety
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Network, World

__all__ = ["LINES", "NAMES", "Forgetful", "forgetful_world", "judge"]

LINES = 500_000
_FAULTS = fault_plans.CUTS_CRASHES_AND_PAUSES
NAMES = fault_plans.names(_FAULTS)


class Forgetful(Raft):
    """A node that loses its vote, but not its term, in a crash; its time-out is 100, 105 or 400 ms, by name."""

    def reset_election_timeout(self) -> None:
        self.set_timer(ElectionTimeout(), {"n1": 100.0, "n2": 105.0}.get(self.id, 400.0))

    def recover(self, record: object) -> None:
        super().recover(TermAndVote(record.term, "") if isinstance(record, TermAndVote) else record)


def forgetful_world(plan: list[At]) -> World:
    """Return a world of three such nodes under the plan; messages take 10 ms."""
    return World(cluster(Forgetful, ("n1", "n2", "n3")), network=Network(Constant(10)), plan=plan)


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) if isinstance(plan, tuple | Iterator) else plan
    wrong = fault_plans.check(
        plan, _FAULTS, ("n1", "n2", "n3"), "[sim.At(50, sim.Crash('n2'))]", most=2
    )
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
