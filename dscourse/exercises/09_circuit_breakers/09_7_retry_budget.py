"""Judge of 09.7: retries within a budget, whatever came before."""

from __future__ import annotations

import random
from typing import Any

from dscourse import sim
from dscourse.core.wording import count
from dscourse.exercises.judges.retry_policies import Watched
from dscourse.exercises.tasks import Wrong, plain
from dscourse.experiments.circuit_breakers import rates, report
from dscourse.protocols.service_tiers import Back, Tier, Users
from dscourse.show import Picture, Span, traffic

__all__ = ["LINES", "judge", "storm_world"]

LINES = 5_000_000

_UNTIL_MS, _STALL_MS, _RESUME_MS, _BACK_MS = 40_000, 10_000, 13_000, 30_000
_STALL = Span(_STALL_MS, _RESUME_MS, "back end stands still")
_QUIET_JOBS = 3_000
_GOOD_JOBS = 200
_MOST, _SHARE = 10, 0.1
_ENOUGH = 30  # attempts of one job


def storm_world(front: Any, middle: Any, loss: float = 0.0) -> sim.World:
    """Run users and two tiers that retry by ``front`` and ``middle``, before a back end that stalls for 3 s.

    With a ``loss`` the back end does not stall, but this share of the calls to it is lost.

    >>> from dscourse.breaker import RetryAtOnce
    >>> storm_world(RetryAtOnce(1), RetryAtOnce(1)).nodes["middle"].begun
    798
    """
    users = Users("users", "front", until_ms=_UNTIL_MS)
    tiers = [Tier("front", "middle", front, 400), Tier("middle", "back", middle, 400)]
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
    return (
        _judge_own(policy)
        or _judge_storm(policy, 0)
        or _judge_losses(policy)
        or _judge_recovery(policy)
        or _judge_bursts(policy)
        or _judge_steady(policy)
        or _judge_storm(policy, _QUIET_JOBS)
    )


def _judge_storm(policy: Any, quiet: int) -> Wrong | None:
    """Judge a stall, after ``quiet`` jobs without a failure."""
    budgets = {"front": Watched(policy()), "middle": Watched(policy())}
    for _ in range(quiet):
        for budget in budgets.values():
            budget.first()
    world = storm_world(budgets["front"], budgets["middle"])
    before = f"After {quiet:,} jobs without a failure, " if quiet else ""
    for name, budget in budgets.items():
        if budget.fault:
            return Wrong(budget.fault)
        window = _too_many(budget.retries)
        if window is not None:
            jobs, retries = window
            text = (
                f"{before}{name} made {count(retries, 'retry')} in a stretch of {count(jobs, 'job')}: "
                f"{int(_MOST + _SHARE * jobs):,} are allowed."
            )
            if len(budget.retries) <= _MOST + _SHARE * budget.jobs:
                text += " Over all jobs the budget is kept, but savings need a bound: quiet times pay for a storm."
            return Wrong(text[0].upper() + text[1:], _picture(world))
    users = world.nodes["users"]
    assert isinstance(users, Users)
    late = [end.ok for end in users.ended if end.began_ms >= _BACK_MS]
    if sum(late) < 0.99 * len(late):
        text = f"{before}from 30 s on only {sum(late)} of {len(late)} requests are answered."
        return Wrong(text[0].upper() + text[1:], _picture(world))
    return None


def _too_many(retries: list[int]) -> tuple[int, int] | None:
    """Return the jobs and retries of the stretch that exceeds its allowance the most, if one does by a whole retry.

    ``retries`` lists the number of jobs begun at each retry, in order.
    """
    worst, found = 1.0 - 1e-6, None
    best, start = float("inf"), 0
    for index, jobs in enumerate(retries):
        if index - _SHARE * jobs < best:
            best, start = index - _SHARE * jobs, index
        spent = index + 1 - start
        span = jobs - retries[start] + 1
        if spent - (_MOST + _SHARE * span) >= worst:
            worst, found = spent - (_MOST + _SHARE * span), (span, spent)
    return found


def _judge_losses(policy: Any) -> Wrong | None:
    front, middle = Watched(policy()), Watched(policy())
    users = storm_world(front, middle, loss=0.03).nodes["users"]
    if front.fault or middle.fault:
        return Wrong(front.fault or middle.fault)
    assert isinstance(users, Users)
    answered = sum(end.ok for end in users.ended) / len(users.ended)
    if answered < 0.99:
        return Wrong(
            "In another run nothing stands still, but 3 of 100 calls to the back end are lost. Only "
            f"{answered:.1%} of the requests are answered: retries are for this."
        )
    return None


def _spend(policy: Any) -> int:
    """Let new jobs fail until one is not retried, and return the number of retries before that, 20 at most."""
    for retries in range(20):
        policy.first()
        if plain(policy.wait_ms(1)) is None:
            return retries
    return 20


def _judge_bursts(policy: Any) -> Wrong | None:
    """Judge bursts of jobs that all fail, one by one or many at once, between quiet times of many lengths."""
    for seed in range(12):
        draws = random.Random(seed)
        budget = Watched(policy())
        for _ in range(8):
            for _ in range(draws.choice((1, 7, 60, 95, 150, 400, 1_500))):
                budget.first()
            at_once = draws.choice((1, 1, 10, 40))
            for _ in range(draws.choice((3, 12, 30))):
                _fail(budget, at_once)
        if budget.fault:
            return Wrong(budget.fault)
        window = _too_many(budget.retries)
        if window is not None:
            jobs, retries = window
            return Wrong(
                f"In bursts of failures with quiet times between them, {count(retries, 'retry')} are made in a "
                f"stretch of {count(jobs, 'job')}: {int(_MOST + _SHARE * jobs):,} are allowed. Does it forget at a "
                "certain moment what it has spent?"
            )
    return None


def _fail(budget: Watched, jobs: int) -> None:
    """Let so many jobs begin, and then fail at every attempt."""
    for _ in range(jobs):
        budget.first()
    for _ in range(jobs):
        attempt = 1
        while attempt < _ENOUGH and budget.wait_ms(attempt) is not None:
            attempt += 1


def _judge_steady(policy: Any) -> Wrong | None:
    """Judge that single losses are retried for long: after a burst of 40 jobs at once, and after many jobs."""
    budget = policy()
    watched = Watched(budget)
    _fail(watched, 40)
    for _ in range(200):
        watched.first()
    lost = retried = 0
    for number in range(1, 8_001):
        watched.first()
        if number % 33 == 0:
            lost += 1
            retried += watched.wait_ms(1) is not None
    if watched.fault:
        return Wrong(watched.fault)
    if retried < 0.95 * lost:
        return Wrong(
            f"A burst of failures is over; then 8,000 jobs begin, and one attempt in 33 is lost. Only {retried} of "
            f"{lost} are retried, though ten jobs pay for a retry: jobs must fill the budget again, at any time."
        )
    return None


def _judge_own(policy: Any) -> Wrong | None:
    """Judge that a budget that is used up leaves the other tier's as it was."""
    one, other, alone = policy(), policy(), policy()
    alone.first()
    retried = plain(alone.wait_ms(1)) is not None
    for _ in range(3):
        _spend(one)
    other.first()
    if retried and plain(other.wait_ms(1)) is None:
        return Wrong(
            "One tier has used up its budget, and the other tier, in which nothing has failed, may not retry either: "
            "each object needs savings of its own, not the class."
        )
    return None


def _judge_recovery(policy: Any) -> Wrong | None:
    """Judge that a budget that is used up fills again."""
    budget = policy()
    for _ in range(10):
        _spend(budget)
    for _ in range(_GOOD_JOBS):
        budget.first()
    if not _spend(budget):
        return Wrong(
            f"The budget is used up; then {_GOOD_JOBS} jobs begin and none fails. The next job fails and is not "
            "retried: good jobs must fill the budget again."
        )
    return None
