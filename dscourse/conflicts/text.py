"""A text that several people edit at once: each letter stays after the letter it was written behind.

Source: Roh, Jeon, Kim and Lee, "Replicated abstract data types: building blocks for collaborative applications",
Journal of Parallel and Distributed Computing 71(3), 2011 (RGA), in the form of a tree that Attiya et al.,
"Specification and complexity of collaborative text editing", PODC 2016, section 5, give it. What it does not keep
together: Kleppmann, Gomes, Mulligan and Beresford, "Interleaving anomalies in collaborative text editors", PaPoC
2019; Weidner and Kleppmann, "The Art of the Fugue: minimizing interleaving in collaborative text editing", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dscourse.conflicts.dots import checked_name

__all__ = ["Letter", "Name", "SharedText"]

Name = tuple[int, str]  # a Lamport timestamp: (count, replica); later letters have larger ones


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, with its own name and that of the letter behind which it was written (None: at the start)."""

    name: Name
    behind: Name | None
    char: str


@dataclass(frozen=True)
class SharedText:
    """All letters ever written, and the names of those that were deleted; the join is the union of both.

    Of letters behind the same one the later comes first, and each is followed by all that was written behind it. So
    what one person types *forwards*, each letter behind the one before, stays together, whatever others type in the
    same place without having seen it. What is typed backwards does not: if the cursor stays where it was after each
    letter, line or word, all of these stand behind the same letter, and alternate with those of others. This is an
    interleaving anomaly (Kleppmann et al. 2019); the algorithm is RGA, and Fugue (Weidner and Kleppmann 2023) is made
    to keep both together.

    >>> text = SharedText() | SharedText().insert("a", 0, "cat")
    >>> ann, bob = text | text.insert("a", 3, "s"), text | text.insert("b", 0, "the ")
    >>> str(ann | bob), str(bob | ann)
    ('the cats', 'the cats')
    """

    letters: frozenset[Letter] = frozenset()
    deleted: frozenset[Name] = frozenset()

    def insert(self, replica: str, place: int, chars: str) -> SharedText:
        """The delta that writes ``chars`` before the letter at ``place``. IndexError for a place beyond the end."""
        if not isinstance(chars, str):
            raise TypeError(f"chars={chars!r}: it must be a text")
        checked_name(replica)
        if not 0 <= place <= len(self.shown):
            raise IndexError(f"place={place}: it must be from 0 to {len(self.shown)}")
        behind = self.shown[place - 1].name if place else None
        count = max((letter.name[0] for letter in self.letters), default=0)
        new = []
        for char in chars:
            count += 1
            new.append(Letter((count, replica), behind, char))
            behind = (count, replica)
        return SharedText(frozenset(new))

    def delete(self, place: int, count: int = 1) -> SharedText:
        """The delta that deletes ``count`` letters from ``place`` on. IndexError if there are not as many."""
        if place < 0 or count < 0 or place + count > len(self.shown):
            raise IndexError(
                f"place={place}, count={count}: the text has {len(self.shown)} letters"
            )
        gone = self.shown[place : place + count]
        return SharedText(deleted=frozenset(letter.name for letter in gone))

    def __or__(self, other: SharedText) -> SharedText:
        return SharedText(self.letters | other.letters, self.deleted | other.deleted)

    def __str__(self) -> str:
        return "".join(letter.char for letter in self.shown)

    @cached_property
    def shown(self) -> tuple[Letter, ...]:
        """The letters of the text in order, without those that were deleted."""
        return tuple(letter for letter in self.in_order() if letter.name not in self.deleted)

    def in_order(self) -> Iterator[Letter]:
        """All letters that can be placed, deleted ones too.

        Depth first; a letter whose place has not arrived yet waits, with all that is behind it.
        """
        behind: dict[Name | None, list[Letter]] = {}
        for letter in sorted(self.letters, key=lambda letter: letter.name):
            behind.setdefault(letter.behind, []).append(letter)
        waiting = behind.pop(None, [])
        while waiting:
            letter = waiting.pop()  # of those behind the same letter, the latest
            yield letter
            waiting += behind.get(letter.name, [])
