"""The score card of a replicated store: six metrics and their goals; lower is better.

>>> card = Score(200, unanswered=0.02, stale=0.0, lost=0, converged_ms=120, p99_ms=71, messages=11.2)
>>> print(card)
2.0 % not answered, 0.0 % stale reads, 0 writes lost, equal after 120 ms, p99 71 ms, 11.2 messages per operation
>>> missed(card, Goals())
['messages']
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dscourse.core.wording import count

__all__ = ["MEASURES", "NEVER", "Goals", "Score", "combine", "compare", "missed", "verdict"]

NEVER = math.inf  # the time of convergence of replicas that have not become equal
MEASURES = {
    "unanswered": "not answered",
    "stale": "stale reads",
    "lost": "lost writes",
    "converged_ms": "equal after",
    "p99_ms": "p99 of latency",
    "messages": "messages",
}


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a run; in all metrics but ``operations`` lower is better.

    ``unanswered`` is the share of operations that were not acknowledged, and ``stale`` the share of acknowledged
    reads that are `stale_reads`, both from 0 to 1. ``lost`` counts the writes that are `lost`. ``converged_ms`` is
    the time from the end of the last fault until the homes of every key were equal, or `NEVER`. ``p99_ms`` is the p99
    of acknowledged operations' latencies. ``messages`` is the number of messages per operation. ``p85_all_ms`` has no
    goal: it is the p85 of the latencies of all operations, in which one without an acknowledgement is `NEVER` over.
    """

    operations: int
    unanswered: float
    stale: float
    lost: float
    converged_ms: float
    p99_ms: float
    messages: float
    p85_all_ms: float = NEVER

    def describe(self, measure: str, digits: int = 1) -> str:
        """Return one metric as text with its unit, shares and messages with so many decimal digits.

        LookupError for an unknown metric.
        """
        value = getattr(self, measure) if measure in (*MEASURES, "p85_all_ms") else None
        if value is None:
            raise LookupError(f"{measure!r} is no measure: they are {', '.join(MEASURES)}")
        if measure in ("unanswered", "stale"):
            return f"{100 * value:.{digits}f} %"
        if measure == "messages":
            return f"{value:.{digits}f}"
        if measure == "lost":
            return f"{value:g}"
        return "never" if value == NEVER else f"{value:.{digits - 1}f} ms"

    def beside(self, goals: Goals) -> dict[str, str]:
        """Return each metric as text: one that exceeds its goal never reads like the goal.

        >>> Score(200, 0.02, 0, 0, 120, 71, 10.04).beside(Goals())["messages"]
        '10.04'
        """
        limits = goals.as_score()
        return {name: self.describe(name, self._digits(name, limits)) for name in MEASURES}

    def _digits(self, measure: str, limits: Score) -> int:
        """Return the number of digits, at most 4, by which the metric reads unlike a limit that it exceeds."""
        exceeded = getattr(self, measure) > getattr(limits, measure)
        alike = (self.describe(measure, n) == limits.describe(measure, n) for n in range(1, 4))
        return 1 + sum(alike) if exceeded else 1

    def __str__(self) -> str:
        return self.in_words({name: self.describe(name) for name in MEASURES})

    def in_words(self, metrics: Mapping[str, str]) -> str:
        """Return the score as a text; ``metrics`` holds each metric as text."""
        writes = "write" if self.lost == 1 else "writes"
        never = self.converged_ms == NEVER
        return (
            f"{metrics['unanswered']} not answered, {metrics['stale']} stale reads, {metrics['lost']} {writes} lost, "
            f"{'never equal' if never else 'equal after ' + metrics['converged_ms']}, "
            f"p99 {metrics['p99_ms']}, {metrics['messages']} messages per operation"
        )


@dataclass(frozen=True, slots=True)
class Goals:
    """The limits that a `Score` must not exceed."""

    unanswered: float = 0.03
    stale: float = 0.0
    lost: float = 0
    converged_ms: float = 300
    p99_ms: float = 100
    messages: float = 10

    def as_score(self) -> Score:
        """Return a score that meets each goal just so."""
        return Score(0, **{name: getattr(self, name) for name in MEASURES})


def missed(card: Score, goals: Goals) -> list[str]:
    """Return the metrics, in words, in which the score exceeds the goals."""
    return [words for name, words in MEASURES.items() if getattr(card, name) > getattr(goals, name)]


def compare(card: Score, goals: Goals) -> dict[str, tuple[float, float, str, str]]:
    """Return for each metric, in words, its value, its goal, and both as text.

    >>> compare(Score(200, 0.02, 0, 0, NEVER, 71, 8), Goals())["equal after"]
    (inf, 300, 'never', '300 ms')
    """
    limits, texts = goals.as_score(), card.beside(goals)
    return {
        words: (
            getattr(card, name),
            getattr(goals, name),
            texts[name],
            limits.describe(name),
        )
        for name, words in MEASURES.items()
    }


def verdict(card: Score, goals: Goals) -> str:
    """Return in words the score and the goals that it misses."""
    over = missed(card, goals)
    judged = f"Missed: {', '.join(over)}." if over else "All goals are met."
    return f"{count(card.operations, 'operation')}: {card.in_words(card.beside(goals))}. {judged}"


def combine(cards: Iterable[Score]) -> Score:
    """Combine the scores of many runs.

    Shares and messages are means weighted by operations, losses are added, and times are the longest. ValueError
    without scores.
    """
    scores = list(cards)
    if not scores:
        raise ValueError("no scores: at least 1 run is needed")
    operations = sum(card.operations for card in scores)

    def mean(name: str) -> float:
        return math.fsum(getattr(card, name) * card.operations for card in scores) / operations

    return Score(
        operations, mean("unanswered"), mean("stale"), sum(card.lost for card in scores),
        max(card.converged_ms for card in scores), max(card.p99_ms for card in scores), mean("messages"),
        max(card.p85_all_ms for card in scores),
    )  # fmt: skip
