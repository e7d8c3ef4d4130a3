"""A verdict of a checker or property: yes, no or unknown, with the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from dscourse.core.cards import card
from dscourse.core.garbage import rare_collections
from dscourse.core.wording import count, denied

__all__ = ["Verdict"]


class Explanation(Protocol):
    """A sentence that says why a history is not allowed, and the ids of the operations that show it."""

    @property
    def reason(self) -> str: ...

    @property
    def refuting(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The answer to whether ``model`` allows the history or state judged: True, False, or None if undecided.

    ``reason`` says in a sentence why not, or why it is not known. ``witness`` are the ids of the operations in an
    order that explains the history; ``refuting`` those that no order explains, few enough to be drawn. ``judged``
    says on how much the verdict rests and ``states`` how much was searched. A verdict is ``vacuous`` if nothing has
    happened that the model could forbid. Only a True verdict counts as true.
    """

    model: str
    ok: bool | None
    reason: str = ""
    witness: tuple[int, ...] = ()
    refuting: tuple[int, ...] = ()
    judged: str = ""
    states: int = 0
    vacuous: bool = False
    _explain: Callable[[], Explanation] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def explained(
        cls, model: str, explain: Callable[[], Explanation], judged: str = "", states: int = 0
    ) -> Verdict:
        """Return a verdict of False whose ``reason`` and ``refuting`` are computed on first use.

        >>> from types import SimpleNamespace
        >>> late = Verdict.explained("shared", lambda: SimpleNamespace(reason="r1 says no", refuting=(1,)))
        >>> late.ok, late.refuting, late
        (False, (1,), violated: shared; r1 says no)
        """
        verdict = cls(model, False, judged=judged, states=states, _explain=explain)
        object.__delattr__(verdict, "reason")
        object.__delattr__(verdict, "refuting")
        return verdict

    def __getattr__(self, name: str) -> Any:
        """Compute the explanation when a field without a value is first read."""
        explain = self._explain
        if name not in ("reason", "refuting"):
            raise AttributeError(f"a Verdict has no {name!r}")
        if explain is None:  # another thread has been first, and set the fields before this one
            return object.__getattribute__(self, name)
        try:
            with rare_collections():
                explained = explain()
            reason, refuting = explained.reason, explained.refuting
        except Exception as error:
            reason, refuting = f"it could not be explained: {type(error).__name__}: {error}", ()
        object.__setattr__(self, "reason", reason)
        object.__setattr__(self, "refuting", refuting)
        object.__setattr__(self, "_explain", None)
        return reason if name == "reason" else refuting

    def __bool__(self) -> bool:
        return self.ok is True

    def __repr__(self) -> str:
        parts = [self.brief]
        if self.judged:
            parts.append(f"judged {self.judged}")
        text = "; ".join(parts)
        return f"{text} ({count(self.states, 'state')})" if self.states else text

    def _repr_html_(self) -> str:
        judged = f"judged {self.judged}" if self.judged else ""
        searched = f"{count(self.states, 'state')} searched" if self.states else ""
        return card(self.ok, self.head, [self.reason, "; ".join(filter(None, [judged, searched]))])

    @property
    def brief(self) -> str:
        """The answer in words and its reason, without what was judged."""
        link = "; " if ":" in self.head else ": "
        return f"{self.head}{link}{self.reason}" if self.reason else self.head

    @property
    def head(self) -> str:
        """The answer in words without its evidence, such as "linearizable" or "violated: one leader"."""
        return {
            True: self.model, False: denied(self.model), None: f"{self.model}? unknown",
        }[self.ok]  # fmt: skip
