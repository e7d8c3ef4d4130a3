"""Stretches of time that overlap: a link is cut, or a node paused, as long as any gesture says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dscourse.sim import At, Fault, Heal, Resume

__all__ = ["without_covered_ends"]

Entries = Sequence[At]
Stretch = tuple[float, float]


def without_covered_ends(gestures: Sequence[Entries]) -> list[list[At]]:
    """Return the entries of each gesture without those ends at which another gesture goes on.

    >>> from dscourse.sim import Cut
    >>> long, short = ([At(ms, Cut("a", "b")), At(end, Heal("a", "b"))] for ms, end in [(10, 80), (20, 30)])
    >>> without_covered_ends([long, short])[1]
    [At(20, Cut('a', 'b'))]
    """
    stretches: dict[Fault, list[Stretch]] = {}
    for entries in gestures:
        for end in _ends(entries):
            stretches.setdefault(end.fault, []).append((entries[0].ms, end.ms))
    return [
        [entry for entry in entries if not _is_covered(entry, stretches)] for entries in gestures
    ]


def _ends(entries: Entries) -> Iterator[At]:
    """Yield the entries that end what the first entry of the same gesture begins."""
    yield from (entry for entry in entries if isinstance(entry.fault, Heal | Resume))


def _is_covered(entry: At, stretches: dict[Fault, list[Stretch]]) -> bool:
    """Return True for an end that lies within another stretch of the same link or node."""
    same = stretches.get(entry.fault, ()) if isinstance(entry.fault, Heal | Resume) else ()
    return any(start <= entry.ms < end for start, end in same)
