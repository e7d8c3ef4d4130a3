"""The safety properties of Paxos, judged by the nodes' durable logs: records stay, so they judge the whole run.

Source: Lamport, "Paxos made simple", ACM SIGACT News 32(4), 2001, section 2.1.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from dscourse.core.equality import token
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.protocols.paxos import Accepted, Ballot, Chosen

__all__ = ["agreement", "chosen", "learned", "learned_is_chosen", "validity"]

Logs = Mapping[str, Sequence[object]]


def chosen(logs: Logs) -> dict[Hashable, str]:
    """Return the values that a majority of these nodes has accepted in one ballot, each with a sentence on it.

    Values are told apart as `dscourse.core.equality` does: the keys are their tokens.

    >>> ballot = Ballot(1, "a")
    >>> chosen({"a": [Accepted(ballot, "x")], "b": [Accepted(ballot, "x")], "c": []})
    {'x': "'x' is accepted by a, b in ballot 1a"}
    """
    acceptors: dict[tuple[Ballot, Hashable], list[str]] = {}
    values: dict[Hashable, object] = {}
    for name, log in sorted(logs.items()):
        accepted = [record for record in log if isinstance(record, Accepted)]
        values |= {token(record.value): record.value for record in accepted}
        for proposal in dict.fromkeys((record.ballot, token(record.value)) for record in accepted):
            acceptors.setdefault(proposal, []).append(name)
    return {
        value: f"{values[value]!r} is accepted by {', '.join(names)} in ballot {ballot}"
        for (ballot, value), names in acceptors.items()
        if 2 * len(names) > len(logs)
    }


def learned(logs: Logs) -> dict[Hashable, str]:
    """Return the values that nodes have learned, by their tokens, each with a sentence on it."""
    learners: dict[Hashable, list[str]] = {}
    values: dict[Hashable, object] = {}
    for name, log in sorted(logs.items()):
        for record in log:
            if isinstance(record, Chosen):
                values[token(record.value)] = record.value
                learners.setdefault(token(record.value), []).append(name)
    return {
        value: f"{values[value]!r} is learned by {', '.join(names)}"
        for value, names in learners.items()
    }


def agreement(logs: Logs) -> Verdict:
    """Only a single value is ever chosen or learned, including by nodes that have crashed since.

    >>> agreement({"a": [Chosen("x")], "b": [Chosen("y")], "c": []})
    violated: agreement; 'x' is learned by a, and 'y' is learned by b
    >>> agreement({"a": [Chosen(1)], "b": [Chosen(True)], "c": []})
    violated: agreement; 1 is learned by a, and True is learned by b
    """
    values = {
        token(record.value)
        for log in logs.values()
        for record in log
        if isinstance(record, Accepted | Chosen)
    }
    sentences = {**chosen(logs), **learned(logs)} if len(values) > 1 else {}
    return unless("agreement", ", and ".join(sentences.values()) if len(sentences) > 1 else "")


def learned_is_chosen(logs: Logs) -> Verdict:
    """No node learns that a value is chosen unless it is; ``logs`` has those of all nodes.

    >>> learned_is_chosen({"a": [Accepted(Ballot(1, "a"), "x"), Chosen("x")], "b": [], "c": []})
    violated: learned is chosen; 'x' is learned by a, and no majority has accepted it
    """
    known = learned(logs)
    accepted = chosen(logs) if known else {}
    early = [text for value, text in known.items() if value not in accepted]
    return unless(
        "learned is chosen", f"{early[0]}, and no majority has accepted it" if early else ""
    )


def validity(logs: Logs, proposed: Iterable[Any]) -> Verdict:
    """Only a value that was proposed is learned; ``proposed`` has those of all nodes, up or not.

    >>> validity({"b": [Chosen("y")]}, proposed=["x"])
    violated: validity; 'y' is learned by b, and no node has proposed it
    """
    known = set(map(token, proposed))
    odd = [text for value, text in learned(logs).items() if value not in known]
    return unless("validity", f"{odd[0]}, and no node has proposed it" if odd else "")
