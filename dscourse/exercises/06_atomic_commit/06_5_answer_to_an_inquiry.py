"""Judge of 06.5: the answer of a participant to another's inquiry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.exercises.judges.transfers import BOTH, judge_schedules
from dscourse.exercises.tasks import Wrong
from dscourse.explore import Bounds, View
from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import Decision, Inquire

__all__ = ["LINES", "judge"]

LINES = 100_000


def _no_participant_waits_in_vain(view: View) -> bool:
    """Return True unless a participant waits although c is up, or although another live one does not wait."""
    waiting = [view.nodes[name].in_doubt(0) for name in BOTH if name in view.nodes]
    return not any(waiting) or ("c" not in view.nodes and all(waiting))


_ANSWERS = {"commit": True, "abort": False, None: None}
_CASES = ((None, None), ("yes", None), ("yes", "commit"), ("yes", "abort"), ("no", "abort"))


def _answering_by(table: Mapping[tuple[str | None, str | None], bool | None]) -> type[Participant]:
    """Return a participant that answers inquiries by this table."""

    class Answering(Participant):
        def on_inquire(self, sender: str, inquire: Inquire) -> None:
            tx = inquire.tx
            ended = {True: "commit", False: "abort", None: None}[self.outcomes.get(tx)]
            voted = "yes" if tx in self.prepared else "no" if ended else None
            commit = table[voted, ended]
            if commit is None:
                return
            if not self.in_doubt(tx) and tx not in self.outcomes:
                self._record_outcome(Outcome(tx, False))
            self.send(sender, Decision(tx, commit))

    return Answering


def judge(answer: Any) -> Wrong | None:
    table: dict[tuple[str | None, str | None], bool | None] = {}
    for voted, outcome in _CASES:
        reply = answer(voted, outcome)
        if reply not in ("commit", "abort", None):
            return Wrong(
                f"answer({voted!r}, {outcome!r}) gives {reply!r}: it must be 'commit', 'abort' or None."
            )
        table[voted, outcome] = _ANSWERS[reply]
    kind = _answering_by(table)
    crash = Bounds(crashes=1, timing="synchronous", copies=1)
    return judge_schedules(
        Coordinator, kind, crash, within_reach=[_no_participant_waits_in_vain]
    ) or judge_schedules(Coordinator, kind, Bounds(timeouts=2, copies=1))
