"""One history on the ladder of consistency models: the models that allow it, and the refutations of the others.

The models are only partly ordered, so several may be the strongest that hold. `IMPLIES` has the arrows between them:
a model that holds makes everything below it hold, and one that fails makes everything above it fail.

Sources: Viotti and Vukolić, "Consistency in non-transactional distributed storage systems", ACM Computing Surveys
49(1), 2016; for the three forms of causal consistency Bouajjani et al., POPL 2017. Weak causal consistency (CC) does
not imply monotonic reads: it lets each read order concurrent writes in its own way. PRAM is below causal memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from dscourse.checkers.causal import causal_convergence, causal_memory, weak_causal
from dscourse.checkers.linearizability import linearizable
from dscourse.checkers.pram import pram
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.sequential import sequential
from dscourse.checkers.sessions import (
    monotonic_reads,
    monotonic_writes,
    read_your_writes,
    writes_follow_reads,
)
from dscourse.checkers.verdict import Verdict
from dscourse.history import History

__all__ = ["BY_NAME", "IMPLIES", "Classification", "below", "classify", "weaker_than"]

# The judges by the names of their functions, from the strongest model to the weakest.
BY_NAME: dict[str, Callable[[History], Verdict]] = {
    "linearizable": linearizable,
    "sequential": sequential,
    "causal_memory": causal_memory,
    "causal_convergence": causal_convergence,
    "weak_causal": weak_causal,
    "pram": pram,
    "read_your_writes": read_your_writes,
    "monotonic_reads": monotonic_reads,
    "monotonic_writes": monotonic_writes,
    "writes_follow_reads": writes_follow_reads,
}

# (stronger, weaker): only the direct arrows.
IMPLIES: tuple[tuple[str, str], ...] = (
    ("linearizable", "sequential"),
    ("sequential", "causal_memory"),
    ("sequential", "causal_convergence"),
    ("causal_memory", "weak_causal"),
    ("causal_memory", "pram"),
    ("causal_convergence", "weak_causal"),
    ("causal_convergence", "monotonic_reads"),
    ("weak_causal", "read_your_writes"),
    ("weak_causal", "monotonic_writes"),
    ("weak_causal", "writes_follow_reads"),
    ("pram", "read_your_writes"),
    ("pram", "monotonic_reads"),
    ("pram", "monotonic_writes"),
)
_HARD = ("sequential",)  # judged last: what is already known of the others may decide it


@dataclass(frozen=True, slots=True)
class Classification:
    """The verdict of each model by name, the strongest model first.

    ``implies`` has the direct arrows between the models, each from the stronger to the weaker.
    """

    verdicts: Mapping[str, Verdict]
    implies: tuple[tuple[str, str], ...] = IMPLIES

    @property
    def maximal(self) -> tuple[str, ...]:
        """The names of the models that hold and that no other one that holds implies."""
        holding = {name for name, verdict in self.verdicts.items() if verdict.ok}
        implied = {name for one in holding for name in below(one, self.implies)}
        return tuple(name for name in self.verdicts if name in holding - implied)

    def __str__(self) -> str:
        width = max(len(verdict.model) for verdict in self.verdicts.values())
        rows = [
            f"{verdict.model:{width}}  {_WORDS[verdict.ok]:7}  {_why(name, self)}".rstrip()
            for name, verdict in self.verdicts.items()
        ]
        return "\n".join([*rows, self.sentence()])

    @property
    def undecided(self) -> tuple[str, ...]:
        """The titles of the models that are neither known to hold nor refuted."""
        return tuple(verdict.model for verdict in self.verdicts.values() if verdict.ok is None)

    def strongest(self) -> str:
        """Return the strongest models that hold, in words."""
        *most, last = [self.verdicts[name].model for name in self.maximal] or [""]
        if most:
            return f"strongest that hold: {', '.join(most)} and {last}"
        if last:
            return f"strongest that holds: {last}"
        nothing_known = len(self.undecided) == len(self.verdicts)
        return "none could be judged" if nothing_known else "none of these models holds"

    def sentence(self) -> str:
        """Return the strongest models that hold, in words, and those that are unknown if only some are."""
        some = 0 < len(self.undecided) < len(self.verdicts)
        unknown = f"; unknown: {', '.join(self.undecided)}" if some else ""
        return f"{self.strongest()}{unknown}"


_WORDS = {True: "holds", False: "fails", None: "unknown"}


def _why(name: str, classification: Classification) -> str:
    """Return the reason; for a model that holds, the evidence on which that rests."""
    verdict = classification.verdicts[name]
    return verdict.judged if verdict.ok else verdict.reason


def weaker_than(name: str) -> tuple[str, ...]:
    """Return all models that the model called ``name`` implies; KeyError if there is none of this name.

    >>> weaker_than("pram")
    ('read_your_writes', 'monotonic_reads', 'monotonic_writes')
    """
    if name not in BY_NAME:
        raise KeyError(f"no model is called {name!r}: the models are {', '.join(BY_NAME)}")
    found = below(name, IMPLIES)
    return tuple(one for one in BY_NAME if one in found)


def below(name: str, implies: Iterable[tuple[str, str]]) -> set[str]:
    """Return all models that the model called ``name`` implies, over any number of these arrows."""
    arrows = tuple(implies)
    found = {weak for strong, weak in arrows if strong == name}
    return found.union(*(below(weak, arrows) for weak in found))


def classify(history: History) -> Classification:
    """Return the verdict of every model; one that a stronger or weaker one has settled is not judged again.

    >>> from dscourse.history import Op
    >>> write = Op(0, "a", "write", "x", 1, "ok", None, 0, 1, 0.0, 5.0)
    >>> late = Op(1, "b", "read", "x", None, "ok", None, 2, 3, 6.0, 7.0)
    >>> print(classify(History([write, late])).sentence())
    strongest that holds: sequential
    """
    found: dict[str, Verdict] = {}
    for name in sorted(BY_NAME, key=_HARD.__contains__):
        if name not in found:
            settled = _refuted(name, found)
            found[name] = BY_NAME[name](history) if settled is None else settled
        if found[name].ok:
            found |= {weaker: _follows(weaker, name) for weaker in weaker_than(name)}
    undecided = [name for name, verdict in found.items() if verdict.ok is None]
    found |= {name: late for name in undecided if (late := _refuted(name, found)) is not None}
    return Classification({name: found[name] for name in BY_NAME})


def _follows(name: str, stronger: str) -> Verdict:
    """Return the verdict that the model holds because a stronger one does."""
    return Verdict(_title(name), True, judged=f"follows from {_title(stronger)}")


def _refuted(name: str, found: Mapping[str, Verdict]) -> Verdict | None:
    """Return the verdict that the model fails because a weaker one does, with the weakest one's reason; else None."""
    for weaker in reversed(weaker_than(name)):
        verdict = found.get(weaker)
        if verdict is not None and verdict.ok is False:
            explain = partial(_not_even, verdict)
            return Verdict.explained(_title(name), explain, verdict.judged, verdict.states)
    return None


def _not_even(verdict: Verdict) -> Refutation:
    return Refutation(f"not even {verdict.model}: {verdict.reason}", verdict.refuting)


def _title(name: str) -> str:
    """Return the model's name as a verdict shows it."""
    return "PRAM" if name == "pram" else name.replace("_", " ")
