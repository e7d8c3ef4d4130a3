"""Numbers with their nouns, in the singular and the plural, for sentences that a program makes."""

from __future__ import annotations

__all__ = ["count", "plural"]

_HISSING = ("s", "x", "z", "ch", "sh")


def count(number: int, noun: str) -> str:
    """Return the number with its noun, which is given in the singular.

    >>> count(1, "step"), count(1200, "copy of a message"), count(2, "crash"), count(0, "key")
    ('1 step', '1,200 copies of a message', '2 crashes', '0 keys')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a regular noun; what follows the first ``of`` stays as it is.

    >>> [plural(noun) for noun in ["state", "loss", "box", "branch", "entry", "delay", "pair of operations"]]
    ['states', 'losses', 'boxes', 'branches', 'entries', 'delays', 'pairs of operations']
    """
    head, of, rest = noun.partition(" of ")
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        head = f"{head[:-1]}ies"
    else:
        head += "es" if head.endswith(_HISSING) else "s"
    return head + of + rest
