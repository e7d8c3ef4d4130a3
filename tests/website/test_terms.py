"""Terms of the glossary in the text of a page."""

from __future__ import annotations

from dscourse.course.generate import Term, terms
from website.terms import anchor, glossary_page, linked

QUORUM = Term("quorum", 3, "Enough nodes.")
WRITE_QUORUM = Term("write quorum", 3, "Enough nodes for a write.")


def words(text: str, *table: Term) -> list[str]:
    """Return the words that are linked."""
    pieces = linked(text, {term.name.lower(): term for term in table})
    assert "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces) == text
    return [piece[0] for piece in pieces if not isinstance(piece, str)]


def test_the_longest_term_is_linked_once() -> None:
    assert words("A write quorum and two write quorums.", QUORUM, WRITE_QUORUM) == [
        "write quorum",
        "quorums",
    ]


def test_parts_of_other_words_are_no_terms() -> None:
    assert words("Quorumless, non-quorum, quorum-based.", QUORUM) == []


def test_a_term_begins_a_sentence_too() -> None:
    assert words("Quorums meet.", QUORUM) == ["Quorums"]


def test_every_term_has_a_place_of_its_own() -> None:
    table = terms()
    page = glossary_page(table)
    assert len({anchor(term) for term in table}) == len(table)
    for term in table:
        assert f"({anchor(term)})=\n\n**{term.name}**" in page
