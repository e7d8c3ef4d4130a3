"""Judge of 09.7: retries within a budget."""

from __future__ import annotations

from typing import Any

from dscourse import sim
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.circuit_breakers import rates, report
from dscourse.protocols.service_tiers import Back, Tier, Users
from dscourse.show import Picture, Span, traffic

__all__ = ["LINES", "judge", "storm_world"]

LINES = 5_000_000

_UNTIL_MS, _STALL_MS, _RESUME_MS, _BACK_MS = 40_000, 10_000, 13_000, 30_000
_STALL = Span(_STALL_MS, _RESUME_MS, "back end stands still")


def storm_world(policy: Any, loss: float = 0.0) -> sim.World:
    """Run users, two tiers that retry by ``policy``, and a back end that stalls from 10 to 13 s, or loses messages.

    >>> from dscourse.breaker import RetryAtOnce
    >>> storm_world(RetryAtOnce(1)).nodes["middle"].begun
    798
    """
    users = Users("users", "front", until_ms=_UNTIL_MS)
    tiers = [Tier("front", "middle", policy, 400), Tier("middle", "back", policy, 400)]
    plan = [sim.At(_STALL_MS, sim.Pause("back")), sim.At(_RESUME_MS, sim.Resume("back"))]
    if loss:
        plan = [sim.At(0, sim.SetLink("middle", "back", loss=loss))]
    return sim.World([users, *tiers, Back("back")], 1, plan=plan).run(_UNTIL_MS + 2_000)


def _picture(world: sim.World) -> Picture:
    """Return a picture of what users got and the back end received, second by second."""
    nodes = world.nodes
    return traffic(
        rates(nodes, _UNTIL_MS), step_ms=1_000, shaded=[_STALL], sentence=report(nodes, _UNTIL_MS)
    )


def judge(policy: Any) -> Wrong | None:
    if not isinstance(policy, type):
        return Wrong("`Budget` must be a class.")
    world = storm_world(policy())
    users, front, middle = (world.nodes[name] for name in ("users", "front", "middle"))
    assert isinstance(users, Users)
    assert isinstance(front, Tier)
    assert isinstance(middle, Tier)
    for tier in (front, middle):
        retries, most = len(tier.calls_ms) - tier.begun, 10 + tier.begun // 10
        if retries > most:
            return Wrong(
                f"{tier.id} began {tier.begun:,} jobs and made {retries:,} retries: {most:,} are allowed.",
                _picture(world),
            )
    late = [end.ok for end in users.ended if end.began_ms >= _BACK_MS]
    if sum(late) < 0.99 * len(late):
        return Wrong(
            f"From 30 s on only {sum(late)} of {len(late)} requests are answered.",
            _picture(world),
        )
    return _judge_single_losses(policy)


def _judge_single_losses(policy: Any) -> Wrong | None:
    users = storm_world(policy(), loss=0.03).nodes["users"]
    assert isinstance(users, Users)
    answered = sum(end.ok for end in users.ended) / len(users.ended)
    if answered < 0.99:
        return Wrong(
            "In another run nothing stands still, but 3 of 100 calls to the back end are lost. Only "
            f"{answered:.1%} of the requests are answered: retries are for this."
        )
    return None
