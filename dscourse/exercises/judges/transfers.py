"""Every schedule of one transfer by two-phase commit, with the learner's coordinator and participants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.verdict import Verdict
from dscourse.exercises.judges.schedules import draw_schedule
from dscourse.exercises.tasks import Wrong
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node
from dscourse.protocols.atomicity import Outcome, commit_needs_every_yes, same_outcome
from dscourse.protocols.transaction_client import TransactionClient

__all__ = ["BOTH", "judge_schedules"]

BOTH = ("p1", "p2")
_WORK = {"u": [("transfer", None, {name: {"x": n} for n, name in enumerate(BOTH)})]}


def _all_end_alike(view: View) -> Verdict:
    return same_outcome(view.logs)


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


_REASONS = {
    "all end alike": "One participant commits, the other aborts.",
    "a commit needs every yes": "One participant commits, though the other has no promise in its log.",
    "the client was told the truth": "The client was told one outcome, and a participant has the other.",
    "no participant waits in vain": "A participant waits for ever, though a node that is up could tell it how "
    "the transfer ends.",
}  # fmt: skip


def judge_schedules(
    coordinator: type[Node],
    participant: type[Node],
    bounds: Bounds,
    within_reach: Sequence[Any] = (),
) -> Wrong | None:
    """Return None if every schedule of one transfer is right; otherwise the shortest wrong one, with a picture."""

    def nodes() -> list[Node]:
        participants = [participant(p, ["c", *(n for n in BOTH if n != p)]) for p in BOTH]
        return [TransactionClient("u", "c"), coordinator("c", BOTH), *participants]

    result = explore(
        nodes(), operations=_WORK, within_reach=within_reach, bounds=bounds,
        always=[_all_end_alike, _a_commit_needs_every_yes, _the_client_was_told_the_truth],
    )  # fmt: skip
    if result.ok:
        return None
    return Wrong(
        f"{_REASONS.get(result.violated, result.reason)} The shortest schedule that shows it has "
        f"{len(result.steps)} steps.", draw_schedule(nodes(), result.steps, _WORK)
    )  # fmt: skip
