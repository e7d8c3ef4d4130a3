"""Winners of numbered elections, from the votes that were cast: the shared part of the election properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

__all__ = ["clash", "together", "winners"]


def winners(votes: Mapping[str, Iterable[tuple[int, str]]]) -> dict[int, set[str]]:
    """Return the candidates for which a majority of these voters ever voted, by the number of the election.

    ``votes`` has each voter's votes, as (number of the election, candidate).

    >>> winners({"a": [(1, "a")], "b": [(1, "b")], "c": [(1, "a"), (1, "b")]}) == {1: {"a", "b"}}
    True
    """
    counts = Counter(vote for cast in votes.values() for vote in dict.fromkeys(cast))
    elected: dict[int, set[str]] = {}
    for (number, candidate), count in counts.items():
        if 2 * count > len(votes):
            elected.setdefault(number, set()).add(candidate)
    return elected


def clash(names: Mapping[int, Collection[str]], verb: str) -> str:
    """Return a sentence about the first number that has two or more names; "" if none has.

    >>> clash({1: ["a"], 2: ["b", "a"]}, "lead epoch")
    'a and b both lead epoch 2'
    """
    for number, several in names.items():
        if len(several) > 1:
            return f"{together(several)} {verb} {number}"
    return ""


def together(names: Collection[str]) -> str:
    """Return two or more names as the subject of a clause.

    >>> together(["b", "a"]), together(["a", "b", "c"])
    ('a and b both', 'a, b and c all')
    """
    *others, last = sorted(names)
    return f"{', '.join(others)} and {last} {'both' if len(others) == 1 else 'all'}"
