"""The judges of isolation: one per level, all of them together, and the anomalies by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dscourse.checkers.classification import Classification
from dscourse.checkers.evidence import guarded
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.transactions.anomaly import Anomaly
from dscourse.checkers.transactions.examples import examples
from dscourse.checkers.transactions.judgement import Case
from dscourse.checkers.transactions.levels import LEVEL_IMPLIES, LEVELS, weaker_levels
from dscourse.checkers.transactions.recording import recorded
from dscourse.checkers.verdict import Verdict
from dscourse.history import History

__all__ = [
    "BY_LEVEL", "anomalies", "isolation", "monotonic_atomic_view", "parallel_snapshot_isolation", "read_committed",
    "read_uncommitted", "repeatable_read", "serializable", "snapshot_isolation", "strict_serializable",
    "strong_session_serializable",
]  # fmt: skip


def isolation(history: History) -> Classification:
    """Return the verdict of every isolation level on a history of transactions.

    The time is linear in the length of the history while no level is refuted; a refuting cycle is searched for when
    its verdict's reason is first asked for. TypeError if it is no History.

    >>> from dscourse.history import Op
    >>> skew = [(("r", "x", None), ("append", "y", 1)), (("r", "y", None), ("append", "x", 2))]
    >>> history = History(Op(n, "ab"[n], "txn", None, steps, "ok", steps, n, 2 + n) for n, steps in enumerate(skew))
    >>> print(isolation(history).sentence())
    strongest that holds: snapshot isolation
    >>> print(isolation(history).verdicts["serializable"].reason)
    G2-item (write skew): T0 read x before T1 appended 2 to it, and T1 read y before T0 appended 1 to it, so each must come before the other
    """  # noqa: E501
    cases: list[Case] = []
    first = guarded("", history, lambda kept: _opened(kept, cases))
    found: dict[str, Verdict] = {}
    for name, level in LEVELS.items():
        if not cases:
            found[name] = replace(first, model=level.title)
        elif name not in found:
            found[name] = cases[0].verdict(name)
            if found[name].ok:
                found |= {weaker: _follows(weaker, name) for weaker in weaker_levels(name)}
    undecided = [name for name, verdict in found.items() if verdict.ok is None]
    found |= {name: late for name in undecided if (late := _not_even(name, found)) is not None}
    return Classification({name: found[name] for name in LEVELS}, LEVEL_IMPLIES)


def _opened(history: History, cases: list[Case]) -> Verdict:
    """Read the history into a case, if it can be judged."""
    cases.append(Case.of(recorded(history)))
    return Verdict("", None)


def _follows(name: str, stronger: str) -> Verdict:
    """Return the verdict that the level holds because a stronger one does."""
    return Verdict(LEVELS[name].title, True, judged=f"follows from {LEVELS[stronger].title}")


def _not_even(name: str, found: dict[str, Verdict]) -> Verdict | None:
    """Return the verdict that the level fails because a weaker one does; None if none does."""
    for weaker in reversed(weaker_levels(name)):
        verdict = found[weaker]
        if verdict.ok is False:
            return Verdict.explained(
                LEVELS[name].title, partial(_explained, verdict), verdict.judged
            )
    return None


def _explained(verdict: Verdict) -> Refutation:
    return Refutation(f"not even {verdict.model}: {verdict.reason}", verdict.refuting)


def anomalies(history: History) -> tuple[Anomaly, ...]:
    """Return a smallest example of each anomaly in the history: first those of the weakest level.

    A history that cannot be judged has none: `isolation` says why.

    >>> from dscourse.history import Op
    >>> one, other = (("append", "x", 1), ("append", "y", 2)), (("r", "y", (2,)), ("r", "x", None))
    >>> history = History([Op(0, "a", "txn", None, one, "ok", one, 0, 2), Op(1, "b", "txn", None, other, "ok", other, 1, 3)])
    >>> [found.title for found in anomalies(history)]
    ['OTV', 'G-single (read skew)']
    """  # noqa: E501
    found: list[Anomaly] = []

    def judge(kept: History) -> Verdict:
        found.extend(examples(Case.of(recorded(kept))))
        return Verdict("anomalies", not found)

    guarded("anomalies", history, judge)
    return tuple(found)


def _judge(name: str, history: History) -> Verdict:
    return isolation(history).verdicts[name]


def strict_serializable(history: History) -> Verdict:
    """Judge whether one order of the transactions explains their reads, and keeps real time: Adya's PL-SS."""
    return _judge("strict_serializable", history)


def strong_session_serializable(history: History) -> Verdict:
    """Judge whether one order of the transactions explains their reads, and keeps each client's own order."""
    return _judge("strong_session_serializable", history)


def serializable(history: History) -> Verdict:
    """Judge whether one order of the transactions explains their reads: Adya's PL-3."""
    return _judge("serializable", history)


def repeatable_read(history: History) -> Verdict:
    """Judge whether there is no G1 and no G2-item: Adya's PL-2.99, which differs from PL-3 by predicates alone."""
    return _judge("repeatable_read", history)


def snapshot_isolation(history: History) -> Verdict:
    """Judge whether each transaction read a snapshot, and none overwrote what was committed since its own."""
    return _judge("snapshot_isolation", history)


def parallel_snapshot_isolation(history: History) -> Verdict:
    """Judge whether each transaction read a causal snapshot; two may see two writes in opposite orders."""
    return _judge("parallel_snapshot_isolation", history)


def monotonic_atomic_view(history: History) -> Verdict:
    """Judge whether a transaction that saw one write of another misses none of the others from then on."""
    return _judge("monotonic_atomic_view", history)


def read_committed(history: History) -> Verdict:
    """Judge whether there is no aborted read, no intermediate read and no circular information flow: Adya's PL-2."""
    return _judge("read_committed", history)


def read_uncommitted(history: History) -> Verdict:
    """Judge whether the writes of any two transactions are ordered alike on all keys: Adya's PL-1."""
    return _judge("read_uncommitted", history)


# The judges by the names of their functions, from the strongest level to the weakest.
BY_LEVEL: dict[str, Callable[[History], Verdict]] = {
    "strict_serializable": strict_serializable,
    "strong_session_serializable": strong_session_serializable,
    "serializable": serializable,
    "repeatable_read": repeatable_read,
    "snapshot_isolation": snapshot_isolation,
    "parallel_snapshot_isolation": parallel_snapshot_isolation,
    "monotonic_atomic_view": monotonic_atomic_view,
    "read_committed": read_committed,
    "read_uncommitted": read_uncommitted,
}
