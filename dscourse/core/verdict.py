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
    _explain: Callable[[], Any] | None = field(default=None, repr=False, compare=False)
    _count: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def explained(
        cls,
        model: str,
        explain: Callable[[], Explanation],
        judged: Callable[[], str] | str = "",
        states: int = 0,
    ) -> Verdict:
        """Return a verdict of False whose ``reason`` and ``refuting`` are computed on first use.

        So is ``judged`` if it is a function, here and in `witnessed`.

        >>> from types import SimpleNamespace
        >>> late = Verdict.explained("shared", lambda: SimpleNamespace(reason="r1 says no", refuting=(1,)))
        >>> late.ok, late.refuting, late
        (False, (1,), violated: shared; r1 says no)
        """
        return cls._without(("reason", "refuting"), model, False, explain, judged, states)

    @classmethod
    def witnessed(
        cls,
        model: str,
        order: Callable[[], tuple[int, ...]],
        judged: Callable[[], str] | str = "",
        states: int = 0,
    ) -> Verdict:
        """Return a verdict of True whose ``witness`` is computed on first use.

        >>> Verdict.witnessed("shared", lambda: (1, 0), lambda: "2 reads").witness
        (1, 0)
        """
        return cls._without(("witness",), model, True, order, judged, states)

    @classmethod
    def _without(
        cls,
        fields: tuple[str, ...],
        model: str,
        ok: bool,
        explain: Callable[[], Any],
        judged: Callable[[], str] | str,
        states: int,
    ) -> Verdict:
        """Return a verdict that lacks these fields, and ``judged`` if that is a function, until they are read."""
        if isinstance(judged, str):
            verdict = cls(model, ok, judged=judged, states=states, _explain=explain)
        else:
            verdict = cls(model, ok, states=states, _explain=explain, _count=judged)
            fields = (*fields, "judged")
        for name in fields:
            object.__delattr__(verdict, name)
        return verdict

    def __getattr__(self, name: str) -> Any:
        """Compute a field that has no value yet, when it is first read.

        Two threads may both compute it, and get the same: what computes it is dropped when the fields are there.
        """
        if name not in ("reason", "refuting", "witness", "judged"):
            raise AttributeError(f"a Verdict has no {name!r}")
        explain, number = self._explain, self._count
        with rare_collections():
            if name == "judged" and number is not None:
                values = {"judged": _counted(number), "_count": None}
            elif name == "witness" and explain is not None:
                values = {"witness": explain(), "_explain": None}
            elif name in ("reason", "refuting") and explain is not None:
                values = {**_explained(explain), "_explain": None}
            else:  # another thread was first
                return object.__getattribute__(self, name)
        for field_name, value in values.items():
            object.__setattr__(self, field_name, value)
        return values[name]

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


def _explained(explain: Callable[[], Explanation]) -> dict[str, Any]:
    """Return the reason, and the operations on which it rests."""
    try:
        explanation = explain()
        return {"reason": explanation.reason, "refuting": explanation.refuting}
    except Exception as error:
        reason = f"it could not be explained: {type(error).__name__}: {error}"
        return {"reason": reason, "refuting": ()}


def _counted(number: Callable[[], str]) -> str:
    """Return on how much a verdict rests."""
    try:
        return number()
    except Exception as error:
        return f"what could not be counted: {type(error).__name__}: {error}"
