"""Bold type is for definitions: a chapter's phrases in bold are its glossary terms, and vice versa."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dscourse.course.generate import Term
from dscourse.course.reading import Notebook, prose

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_LABEL = re.compile(r".*[.:?!]$|^(?:Exercise|Hint|Step)?\s*\d|^[A-F]$", re.DOTALL)


def bold(notebook: Notebook) -> list[str]:
    """Return the phrases in bold, without labels such as those that end in punctuation or begin with a number."""
    text = "\n\n".join(prose(cell) for cell in notebook["cells"])
    found = (" ".join(phrase.split()).strip("“”\"'") for phrase in _BOLD.findall(text))
    return [phrase for phrase in found if not _LABEL.match(phrase)]


def complaints(notebook: Notebook, number: int, glossary: Iterable[Term]) -> list[str]:
    """Return the differences between the terms that chapter ``number`` defines and its terms in the glossary."""
    here = {_key(term.name): term.name for term in glossary if term.chapter == number}
    terms = [_key(phrase) for phrase in bold(notebook)]
    return [
        *(f"{key!r} is in bold but not a term of this chapter" for key in terms if key not in here),
        *(f"{name!r} is nowhere defined in bold" for key, name in here.items() if key not in terms),
        *(f"{key!r} is defined twice" for key in sorted(here) if terms.count(key) > 1),
    ]


def _key(phrase: str) -> str:
    """Return the phrase in the form in which it is compared: lower case, without a plural s."""
    text = phrase.lower()
    return text[:-1] if text.endswith("s") and not text.endswith(("ss", "us", "is")) else text
