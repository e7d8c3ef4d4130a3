"""Every schedule of one transfer by two-phase commit, with the learner's coordinator and participants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.core.verdict import Verdict
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.atomic_commit import fates, unwilling
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node
from dscourse.protocols.atomicity import (
    Decided,
    Outcome,
    Prepared,
    commit_needs_every_yes,
    same_outcome,
)
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.show import Look, Picture, spacetime
from dscourse.sim import follow

__all__ = ["BOTH", "a_participant_that_waits_has_reason_to", "in_doubt", "judge_schedules"]

BOTH = ("p1", "p2")
_VALUES = {"p1": 0, "p2": 1}


def _all_end_alike(view: View) -> Verdict:
    return same_outcome(view.logs)


def _the_decision_is_obeyed(view: View) -> bool:
    decided = any(isinstance(record, Decided) for record in view.logs["c"])
    return not (decided and any(Outcome(0, False) in view.logs[name] for name in BOTH))


def _a_commit_needs_every_yes(view: View) -> Verdict:
    return commit_needs_every_yes(view.logs)


def _the_client_was_told_the_truth(view: View) -> bool:
    reported = {
        result == "committed"
        for results in view.results.values()
        for _, status, result in results
        if status == "ok"
    }
    ended = {
        record.commit for log in view.logs.values() for record in log if isinstance(record, Outcome)
    }
    return len(reported | ended) < 2


def in_doubt(log: Sequence[object], tx: int = 0) -> bool:
    """Return whether a participant with this log has promised and knows no outcome."""
    return any(isinstance(record, Prepared) and record.tx == tx for record in log) and not any(
        isinstance(record, Outcome) and record.tx == tx for record in log
    )


def a_participant_that_waits_has_reason_to(view: View) -> bool:
    """Return True unless a participant that is up is in doubt although c is up, or another one is not."""
    up = [name for name in BOTH if name in view.nodes]
    waiting = [in_doubt(view.logs[name]) for name in up]
    return not any(waiting) or ("c" not in view.nodes and all(waiting))


_REASONS = {
    "all end alike": "One participant commits, the other aborts.",
    "the decision is obeyed": "The coordinator has decided to commit, and a participant aborts.",
    "a commit needs every yes": "One participant commits, though the other has no promise in its log.",
    "the client was told the truth": "The client was told one outcome, and a participant has the other.",
    "a participant that waits has reason to":
        "A participant waits for ever, though a node that is up could tell it how the transfer ends.",
}  # fmt: skip


def judge_schedules(
    coordinator: type[Node],
    participant: type[Node],
    bounds: Bounds,
    within_reach: Sequence[Any] = (),
    refuses: str = "",
    values: Mapping[str, int] = _VALUES,
) -> Wrong | None:
    """Return None if no schedule of one transfer within the bounds is wrong; else the shortest one, with a picture.

    ``values`` has the new value of x at each participant; ``refuses`` names a participant that cannot commit.
    """
    work = {"u": [("transfer", None, {name: {"x": n} for name, n in values.items()})]}

    def nodes() -> list[Node]:
        kinds = {name: unwilling(participant) if name == refuses else participant for name in BOTH}
        participants = [kinds[p](p, ["c", *(n for n in BOTH if n != p)]) for p in BOTH]
        return [TransactionClient("u", "c"), coordinator("c", BOTH), *participants]

    result = explore(
        nodes(), operations=work, within_reach=within_reach, bounds=bounds,
        always=[
            _all_end_alike, _the_decision_is_obeyed, _a_commit_needs_every_yes, _the_client_was_told_the_truth,
        ],
    )  # fmt: skip
    if result.ok is not False:  # an exploration that ends at its budget has found nothing wrong
        return None
    reason = _REASONS.get(result.violated, result.reason)
    refusal = f" ({refuses} votes no.)" if refuses else ""
    return Wrong(
        f"{reason}{refusal} The shortest schedule that shows it has {len(result.steps)} steps.",
        _draw(nodes(), result.steps, work),
    )


def _draw(nodes: list[Node], steps: Any, work: Mapping[str, Any]) -> Picture:
    world = follow(nodes, steps, work)
    return spacetime(world.trace, look=Look(scale="order"), spells=fates(world), timers=False)
