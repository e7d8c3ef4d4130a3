"""Chapter 06: two-phase commit without one of its repairs at a time, questions about its end, and logs on disk."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.explore import View
from dscourse.node import Node
from dscourse.protocols.atomicity import Decided, Ended, all_decided
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import Decision
from dscourse.run.on_disk import OnDisk

__all__ = ["ONE_REPAIR_LESS", "all_ended", "in_words", "log_rows", "no_needless_wait"]

_BOTH = ("p1", "p2")


def all_ended(view: View) -> bool:
    """Return whether each participant knows the outcome, and the coordinator may forget each commit."""
    log = view.logs["c"]
    ended = all(Ended(record.tx) in log for record in log if isinstance(record, Decided))
    return ended and bool(all_decided({name: view.logs[name] for name in view.nodes}))


def no_needless_wait(view: View) -> bool:
    """Return True unless a participant that is up is in doubt while c is up, or another participant is not."""
    doubts = [view.nodes[name].in_doubt(0) for name in _BOTH if name in view.nodes]
    return not any(doubts) or ("c" not in view.nodes and all(doubts))


def _without(handler: str, kind: type[Node]) -> type[Node]:
    """Return a subclass in which this handler does nothing."""

    def do_nothing(self: Node, *event: object) -> None:
        pass

    return type(f"{kind.__name__}_without_{handler}", (kind,), {handler: do_nothing})


class _ConfirmsOnce(Participant):
    """A participant that does not confirm a decision that it has heard before."""

    def on_decision(self, sender: str, decision: Decision) -> None:
        if decision.tx not in self.outcomes:
            super().on_decision(sender, decision)


ONE_REPAIR_LESS: dict[str, tuple[type[Node], type[Node]]] = {
    "repaired": (Coordinator, Participant),
    "confirms once": (Coordinator, _ConfirmsOnce),
    **{
        f"c without {handler}": (_without(handler, Coordinator), Participant)
        for handler in ("on_start", "on_acks_due", "on_inquire")
    },
    **{
        f"p1, p2 without {handler}": (Coordinator, _without(handler, Participant))
        for handler in ("on_decision_due", "on_inquire")
    },
}


def log_rows(**nodes: OnDisk) -> dict[str, list[str]]:
    """Return the rows of the nodes' log files: kind and content, by node and position."""
    return {
        f"{name}'s log, record {number}": [kind, _content(kind, *literal_eval(fields))]
        for name, node in nodes.items()
        for number, kind, fields in node.log.rows()
    }


def _content(kind: str, tx: int, *others: Any) -> str:
    """Return the fields of a record in words."""
    match kind, others:
        case "Prepared", (writes, coordinator, participants):
            values = ", ".join(f"{key}={value}" for key, value in writes)
            return f"transaction {tx}: {values}; {coordinator} asked {' and '.join(participants)}"
        case "Decided", (participants,):
            return f"transaction {tx}: commit; participants {' and '.join(participants)}"
        case "Outcome", (commit,):
            return f"transaction {tx}: {'commit' if commit else 'abort'}"
    return f"transaction {tx}"


def in_words(rows: Mapping[str, Sequence[str]]) -> str:
    """Return the rows of a table as one sentence.

    >>> in_words({"a": ["holds", "refuted"], "b": ["holds", ""]})
    'a: holds, refuted; b: holds.'
    """
    return "; ".join(f"{name}: {', '.join(filter(None, row))}" for name, row in rows.items()) + "."
