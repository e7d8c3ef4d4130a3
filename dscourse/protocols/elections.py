"""Winners of numbered elections, from the votes that were cast: the shared part of the election properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

__all__ = ["clash", "winners"]


def winners(votes: Mapping[str, Iterable[tuple[int, str]]]) -> dict[int, set[str]]:
    """Return, by the number of the election, the candidates for which a majority of these voters ever voted.

    ``votes`` has each voter's votes, as (number of the election, candidate).

    >>> winners({"a": [(1, "a")], "b": [(1, "b")], "c": [(1, "a"), (1, "b")]}) == {1: {"a", "b"}}
    True
    """
    counts = Counter(vote for cast in votes.values() for vote in dict.fromkeys(cast))
    found: dict[int, set[str]] = {}
    for (number, candidate), count in counts.items():
        if 2 * count > len(votes):
            found.setdefault(number, set()).add(candidate)
    return found


def clash(names: Mapping[int, Collection[str]], verb: str) -> str:
    """Return a sentence about the first number that has two names or more; "" if none has.

    >>> clash({1: ["a"], 2: ["b", "a"]}, "lead epoch")
    'a and b both lead epoch 2'
    """
    for number, several in names.items():
        if len(several) > 1:
            first, second = sorted(several)[:2]
            return f"{first} and {second} both {verb} {number}"
    return ""
