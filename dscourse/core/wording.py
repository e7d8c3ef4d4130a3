"""The wording of messages and labels: numbers with their nouns, values and requests."""

from __future__ import annotations

import math
import re

__all__ = ["action", "count", "denied", "ordinal", "plural", "spaced", "text_of"]

_HISSING = ("s", "x", "z", "ch", "sh")
_ADJECTIVES = frozenset({"causal", "convergent", "linearizable", "sequential", "serializable"})


def count(number: int, noun: str) -> str:
    """Return the number with its noun; ``noun`` is the singular.

    >>> count(1, "step"), count(1200, "copy of a message"), count(2, "crash"), count(0, "key")
    ('1 step', '1,200 copies of a message', '2 crashes', '0 keys')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def denied(claim: str) -> str:
    """Return in words that a claim does not hold: "not" before an adjective, "violated" before any other claim.

    >>> denied("linearizable"), denied("all nodes say 6"), denied("no acknowledged write is lost")
    ('not linearizable', 'violated: all nodes say 6', 'violated: no acknowledged write is lost')
    """
    return f"not {claim}" if claim in _ADJECTIVES else f"violated: {claim}"


def ordinal(number: int) -> str:
    """Return the ordinal number in digits.

    >>> [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '111th']
    """
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def plural(noun: str) -> str:
    """Return the plural of a regular noun; the words from the first ``of`` on stay as they are.

    >>> [plural(noun) for noun in ["state", "loss", "box", "branch", "entry", "delay", "pair of operations"]]
    ['states', 'losses', 'boxes', 'branches', 'entries', 'delays', 'pairs of operations']
    """
    head, of, rest = noun.partition(" of ")
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        head = f"{head[:-1]}ies"
    else:
        head += "es" if head.endswith(_HISSING) else "s"
    return head + of + rest


def text_of(value: object) -> str:
    """Return a value as a label shows it.

    >>> text_of(None), text_of(0.1 + 0.2), text_of(("milk", "eggs")), text_of((("a", 1), ("b", None)))
    ('nothing', '0.3', 'milk, eggs', 'a=1, b=nothing')
    >>> text_of({"p1": {"x": 0}, "p2": frozenset("ba")})
    '{p1: {x: 0}, p2: {a, b}}'
    """
    if isinstance(value, tuple | list) and type(value).__str__ is object.__str__:
        return ", ".join(map(_item_text, value)) if value else "nothing"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{text_of(key)}: {text_of(own)}" for key, own in value.items()) + "}"
        )
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(text_of, value))) + "}"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    return "nothing" if value is None else str(value)


def _item_text(item: object) -> str:
    """Return a member of a tuple; one that is a pair is a key and its value."""
    if isinstance(item, tuple) and len(item) == 2:
        return f"{text_of(item[0])}={text_of(item[1])}"
    return text_of(item)


def action(f: str, key: object = None, value: object = None) -> str:
    """Return a request in words: operation ``f`` on a key, with a value.

    >>> action("write", "x", 5), action("read", "x"), action("add", None, 1)
    ('write x=5', 'read x', 'add 1')
    """
    if value is None:
        return f if key is None else f"{f} {text_of(key)}"
    return f"{f} {text_of(value)}" if key is None else f"{f} {text_of(key)}={text_of(value)}"


def spaced(name: str) -> str:
    """Return the words of a name such as that of a class, in lower case.

    >>> spaced("RetryDue"), spaced("Tick")
    ('retry due', 'tick')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
