"""The wordings of a label, for as much room as there is: in full, in two lines, with fewer details, cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

__all__ = ["cut_wordings", "wordings"]

_COMMAS = re.compile(r", (?![^{\[(]*[}\])])")  # not those within further brackets


def wordings(text: str, end: str = "") -> Iterator[tuple[str, ...]]:
    """Yield the lines of a label, best first: the text, the text in two lines, the text with fewer details.

    Details stand in brackets at the end of the text, apart by commas; the last is left out first. ``end`` stands at
    the end of each label.

    >>> list(wordings("append x=1 (term 2, after 1)"))[1:]
    [('append x=1', '(term 2, after 1)'), ('append x=1 (term 2)',), ('append x=1',)]
    >>> list(wordings("put x=1 (at {n1: 1, n2: 1}, repair)"))[2:]
    [('put x=1 (at {n1: 1, n2: 1})',), ('put x=1',)]
    >>> list(wordings("accept x in 1a"))[1:]
    [('accept', 'x in 1a')]
    """
    core, details = _details(text)
    yield (text + end,)
    yield from _halves(core, details, end)
    for most in range(len(details) - 1, -1, -1):
        yield (_with_details(core, details[:most]) + end,)


def cut_wordings(text: str, name: str, end: str = "") -> Iterator[tuple[str, ...]]:
    """Yield labels for which a whole text has no room: its first words, and at last ``name`` alone.

    >>> list(cut_wordings("accept x in 1a (late)", "Accept"))
    [('accept x in …',), ('accept x …',), ('Accept',)]
    """
    words = _details(text)[0].split()
    for most in range(len(words) - 1, 1, -1):
        yield (" ".join(words[:most]) + " …" + end,)
    yield (name + end,)


def _details(text: str) -> tuple[str, list[str]]:
    """Return a text without the brackets at its end, and the details in them."""
    core, bracket, rest = text.partition(" (")
    return (core, _COMMAS.split(rest[:-1])) if bracket and rest.endswith(")") else (text, [])


def _with_details(core: str, details: Sequence[str]) -> str:
    return f"{core} ({', '.join(details)})" if details else core


def _halves(core: str, details: Sequence[str], end: str) -> Iterator[tuple[str, str]]:
    """Yield a label in two lines: the second holds the details, or else the lines are about equal."""
    words = core.split()
    if details:
        yield core, f"({', '.join(details)}){end}"
    elif len(words) > 1:
        pairs = [(" ".join(words[:n]), " ".join(words[n:]) + end) for n in range(1, len(words))]
        yield min(pairs, key=lambda pair: max(map(len, pair)))
