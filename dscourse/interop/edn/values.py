"""EDN values without a Python type, and values as errors name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.core.equality import token

__all__ = [
    "CHARACTERS",
    "NAMED_CHARACTERS",
    "NESTED_AT_MOST",
    "Char",
    "Keyword",
    "Symbol",
    "Tagged",
    "short",
]

NESTED_AT_MOST = 100  # nested collections
NAMED_CHARACTERS = {
    "newline": "\n",
    "return": "\r",
    "space": " ",
    "tab": "\t",
    "formfeed": "\f",
    "backspace": "\b",
}
CHARACTERS = {value: name for name, value in NAMED_CHARACTERS.items()}


@dataclass(frozen=True, slots=True, repr=False)
class Keyword:
    """A keyword, as in ``:write``."""

    name: str

    def __repr__(self) -> str:
        return f":{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Symbol:
    """A symbol, as in ``start``."""

    name: str

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, repr=False)
class Char:
    """A single character, as in ``\\a``."""

    value: str

    def __repr__(self) -> str:
        return f"\\{CHARACTERS.get(self.value, self.value)}"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Tagged:
    """A value with a tag, as in ``#inst "2021-02-26"``."""

    tag: str
    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tagged) and self._token() == other._token()

    def __hash__(self) -> int:
        return hash(self._token())

    def _token(self) -> tuple[object, ...]:
        return (self.tag, token(self.value))

    def __repr__(self) -> str:
        return f"#{self.tag} {self.value!r}"


def short(value: object) -> str:
    """Return any value in the form used in errors, in at most 200 characters."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or a number of too many digits
        return f"a long {type(value).__name__}"
    return text if len(text) <= 200 else f"{text[:197]}…"
