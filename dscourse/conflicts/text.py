"""A text for concurrent editing: each letter stays after the letter behind which it was written.

Source: Roh, Jeon, Kim and Lee, "Replicated abstract data types: building blocks for collaborative applications",
Journal of Parallel and Distributed Computing 71(3), 2011 (RGA), in the form of a tree that Attiya et al.,
"Specification and complexity of collaborative text editing", PODC 2016, section 5, give it. Its limits: Kleppmann,
Gomes, Mulligan and Beresford, "Interleaving anomalies in collaborative text editors", PaPoC 2019; Weidner and
Kleppmann, "The Art of the Fugue: minimizing interleaving in collaborative text editing", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dscourse.conflicts.dots import checked_name

__all__ = ["Letter", "Name", "SharedText"]

Name = tuple[int, str]  # a Lamport timestamp (count, replica); later letters have larger ones


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, with its own name and the name of the letter it was written behind (None: the start)."""

    name: Name
    behind: Name | None
    char: str


@dataclass(frozen=True)
class SharedText:
    """All letters ever written and the names of the deleted ones; the join is the union of both.

    Of letters behind the same letter the latest comes first, and each is followed by everything written behind it.
    Text typed *forwards*, each letter behind the previous one, therefore stays together, whatever others type
    concurrently in the same place. Text typed backwards may not: if the cursor stays in place after each letter, word
    or line, all of these stand behind the same letter and may alternate with those of others. This is an interleaving
    anomaly (Kleppmann et al. 2019) of RGA, the algorithm used here; Fugue (Weidner and Kleppmann 2023) is designed to
    avoid both kinds.

    >>> text = SharedText() | SharedText().insert("a", 0, "cat")
    >>> ann, bob = text | text.insert("a", 3, "s"), text | text.insert("b", 0, "the ")
    >>> str(ann | bob), str(bob | ann)
    ('the cats', 'the cats')
    """

    letters: frozenset[Letter] = frozenset()
    deleted: frozenset[Name] = frozenset()

    def insert(self, replica: str, position: int, chars: str) -> SharedText:
        """Return the delta that inserts ``chars`` at ``position``. Raise IndexError for a position beyond the end."""
        if not isinstance(chars, str):
            raise TypeError(f"chars={chars!r}: it must be a text")
        checked_name(replica)
        if not 0 <= position <= len(self.shown):
            raise IndexError(f"position={position}: it must be from 0 to {len(self.shown)}")
        behind = self.shown[position - 1].name if position else None
        count = max((letter.name[0] for letter in self.letters), default=0)
        new = []
        for char in chars:
            count += 1
            new.append(Letter((count, replica), behind, char))
            behind = (count, replica)
        return SharedText(frozenset(new))

    def delete(self, position: int, count: int = 1) -> SharedText:
        """Return the delta that deletes ``count`` letters from ``position``. Raise IndexError if there are fewer."""
        if position < 0 or count < 0 or position + count > len(self.shown):
            raise IndexError(
                f"position={position}, count={count}: the text has {len(self.shown)} letters"
            )
        gone = self.shown[position : position + count]
        return SharedText(deleted=frozenset(letter.name for letter in gone))

    def __or__(self, other: SharedText) -> SharedText:
        return SharedText(self.letters | other.letters, self.deleted | other.deleted)

    def __str__(self) -> str:
        return "".join(letter.char for letter in self.shown)

    @cached_property
    def shown(self) -> tuple[Letter, ...]:
        """The letters of the text in order, without the deleted ones."""
        return tuple(letter for letter in self.in_order() if letter.name not in self.deleted)

    def in_order(self) -> Iterator[Letter]:
        """Yield all letters that can be placed, deleted ones included.

        The order is depth first. A letter waits, with all letters behind it, until the one it follows has arrived.
        """
        behind: dict[Name | None, list[Letter]] = {}
        for letter in sorted(self.letters, key=lambda letter: letter.name):
            behind.setdefault(letter.behind, []).append(letter)
        waiting = behind.pop(None, [])
        while waiting:
            letter = waiting.pop()  # of those behind the same letter, the latest
            yield letter
            waiting += behind.get(letter.name, [])
