"""A verdict: yes, no or unknown, with the evidence. Checkers and properties give it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Verdict"]


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """Whether ``model`` allows what was judged: True, False, or None where that could not be decided.

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

    def __bool__(self) -> bool:
        return self.ok is True

    def __repr__(self) -> str:
        head = {True: self.model, False: f"not {self.model}", None: f"{self.model}?"}[self.ok]
        if self.ok is None:
            head += " unknown"
        parts = [f"{head}: {self.reason}" if self.reason else head]
        if self.judged:
            parts.append(f"judged {self.judged}")
        text = "; ".join(parts)
        return f"{text} ({self.states:,} states)" if self.states else text
