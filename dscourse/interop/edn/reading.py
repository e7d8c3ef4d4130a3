"""EDN text to values, in linear time: any text gives its forms, or a ValueError with the line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dscourse.core.equality import token
from dscourse.interop.edn.values import (
    NAMED_CHARACTERS,
    NESTED_AT_MOST,
    Char,
    Keyword,
    Symbol,
    Tagged,
)

__all__ = ["read_edn"]

_TOKEN = re.compile(
    r"""(?P<space>[\s,]+|;[^\n]*)
      | (?P<text>\#?"(?:\\.|[^"\\])*+")
      | (?P<open>\#\{|\#:[^\s,;"()\[\]{}]+\s*\{|\#\(|[\[({])
      | (?P<close>[\])}])
      | (?P<skip>\#_)
      | (?P<meta>\^)
      | (?P<number>\#\#-?\w+)
      | (?P<tag>\#[A-Za-z][^\s,;"()\[\]{}]*)
      | (?P<atom>\\[^\s][^\s,;"()\[\]{}\\]*|[^\s,;"()\[\]{}]+)""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"[+-]?\d+N?", re.ASCII)
_RATIO = re.compile(r"[+-]?\d+/\d+", re.ASCII)
_FLOAT = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?", re.ASCII)
_CODE = re.compile(r"u[0-9a-fA-F]{4}|o[0-3]?[0-7]{1,2}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|[0-7]{1,2}|.)", re.DOTALL)
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
_CLOSING = {"[": "]", "(": ")", "{": "}", "#{": "}"}
_NAMED = {"nil": None, "true": True, "false": False}
_SPECIAL = {"##Inf": math.inf, "##-Inf": -math.inf, "##NaN": math.nan}
_DIGITS = 4_000  # per number: Python reads longer ones in quadratic time, or not at all


@dataclass(slots=True)
class _Open:
    """An unfinished collection: its bracket, line and forms so far; ``waiting`` lists the marks before a form."""

    bracket: str
    line: int
    namespace: str = ""
    forms: list[tuple[Any, int]] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)

    def add(self, form: Any, line: int) -> None:
        """Add a form with the tags before it, unless it is metadata or is to be skipped."""
        while self.waiting:
            mark, begun = self.waiting.pop()
            if not mark:
                return
            form, line = Tagged(mark, form), begun
        self.forms.append((form, line))

    def closed(self) -> Any:
        """Return the collection as a value."""
        self.settled()
        forms = [form for form, _ in self.forms]
        if self.bracket in "[(":
            return tuple(forms)
        if self.bracket == "{":
            return self._map(forms)
        found = frozenset(map(self._key, forms))
        if len(found) < len(forms):
            raise ValueError(f"line {self.line}: expected elements that differ, also to Python")
        return found

    def settled(self) -> None:
        """Raise ValueError if a mark is not followed by a form."""
        if self.waiting:
            raise ValueError(f"line {self.waiting[-1][1]}: expected a value after a tag, #_ or ^")

    def _map(self, forms: list[Any]) -> dict[Any, Any]:
        if len(forms) % 2:
            raise ValueError(f"line {self.line}: expected a value for each key of the map")
        found: dict[Any, Any] = {}
        seen = set()
        for key, value in zip(map(self._key, forms[::2]), forms[1::2], strict=True):
            if self.namespace and isinstance(key, Keyword | Symbol) and "/" not in key.name:
                key = type(key)(f"{self.namespace}/{key.name}")
            if token(key) in seen:
                raise ValueError(
                    f"line {self.line}: expected different keys, found {_short(key)} twice"
                )
            if key in found:  # 1 and true, for example, are equal in Python
                raise ValueError(f"line {self.line}: expected keys that Python can tell apart")
            seen.add(token(key))
            found[key] = value
        return found

    def _key(self, form: Any) -> Any:
        """Return the form. Raise ValueError unless it is hashable."""
        try:
            hash(form)
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {self.line}: expected no map as a key or in a set") from error
        return form


def read_edn(text: str) -> list[tuple[Any, int]]:
    """Return each form of the text with its line number; for a single vector or list, return its elements.

    Raises ValueError with the line and what was expected there.

    >>> read_edn('{:f :read, :value [1 nil "a" :a]} ; a comment')
    [({:f: :read, :value: (1, None, 'a', :a)}, 1)]
    """
    around = [_Open("", 1)]
    whole = around[0]  # the last collection closed at the top level
    line = 1
    for piece, what, line in _tokens(text.removeprefix("\ufeff")):
        if what == "open":
            around.append(_opened(piece, line, len(around)))
        elif what == "close":
            inner = _close(around, piece, line)
            form, outer = inner.closed(), around[-1]
            outer.add(form, inner.line)
            whole = inner if outer.forms and outer.forms[-1][0] is form else whole
        elif what in ("skip", "meta", "tag"):
            if sum(len(one.waiting) for one in around) >= NESTED_AT_MOST:
                raise ValueError(
                    f"line {line}: expected at most {NESTED_AT_MOST} tags, #_ or ^ in a row"
                )
            around[-1].waiting.append((piece[1:] if what == "tag" else "", line))
        else:
            around[-1].add(_atom(piece, line), line)
    if len(around) > 1:
        opened = around[-1]
        end = f"line {text.count(chr(10)) + 1}: expected {_CLOSING[opened.bracket]}"
        raise ValueError(f"{end} to close the {opened.bracket} of line {opened.line}")
    around[0].settled()
    forms = around[0].forms
    return whole.forms if len(forms) == 1 and whole.bracket in ("[", "(") else forms


def _opened(piece: str, line: int, depth: int) -> _Open:
    """Return the collection that begins with this bracket."""
    if depth > NESTED_AT_MOST:
        raise ValueError(
            f"line {line}: expected at most {NESTED_AT_MOST} collections inside of each other"
        )
    if piece.startswith("#:"):
        return _Open("{", line, piece[2:-1].strip().lstrip(":"))
    if piece == "#(":
        raise ValueError(f"line {line}: expected a value, found the function #(")
    return _Open(piece, line)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield each token with its kind and its line."""
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            what = 'a second " to end the text' if '"' in text[at : at + 2] else "a value"
            raise ValueError(f"line {line}: expected {what}")
        piece, what = found.group(), found.lastgroup or ""
        if what != "space":
            yield piece, what, line
        line += piece.count("\n")
        at = found.end()


def _close(around: list[_Open], bracket: str, line: int) -> _Open:
    """Return the innermost collection, if this bracket closes it. Raise ValueError if not."""
    if len(around) == 1:
        raise ValueError(f"line {line}: expected a value, found {bracket}")
    opened = around.pop()
    expected = _CLOSING[opened.bracket]
    if bracket != expected:
        where = f"to close the {opened.bracket} of line {opened.line}"
        raise ValueError(f"line {line}: expected {expected} {where}, found {bracket}")
    return opened


def _atom(piece: str, line: int) -> Any:
    """Return a number, string, keyword, symbol or character."""
    if piece.startswith('"'):
        return _ESCAPE.sub(lambda found: _escaped(found[1], line), piece[1:-1])
    if piece.startswith('#"'):
        return Tagged("re", piece[2:-1])
    if piece.startswith("##"):
        if piece not in _SPECIAL:
            raise ValueError(f"line {line}: expected ##Inf, ##-Inf or ##NaN, found {_short(piece)}")
        return _SPECIAL[piece]
    if piece in _NAMED:
        return _NAMED[piece]
    if piece[0] == "\\":
        return _character(piece[1:], line)
    if piece[0].isdigit() or (piece[0] in "+-" and piece[1:2].isdigit()):
        return _number(piece, line)
    if piece[0] == ":":
        if not piece.strip(":"):
            raise ValueError(f"line {line}: expected the name of a keyword after :")
        return Keyword(piece[1:])
    if piece[0] in "#@`~'":
        raise ValueError(f"line {line}: expected a value, found {_short(piece)}")
    return Symbol(piece)


def _escaped(escape: str, line: int) -> str:
    """Return the character that an escape in a string stands for."""
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape[0] == "u" and len(escape) == 5:
        return chr(int(escape[1:], 16))
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    raise ValueError(f"line {line}: expected a known escape in the text, found \\{escape}")


def _character(name: str, line: int) -> Char:
    if len(name) == 1:
        return Char(name)
    if name in NAMED_CHARACTERS:
        return Char(NAMED_CHARACTERS[name])
    if _CODE.fullmatch(name):
        return Char(chr(int(name[1:], 16 if name[0] == "u" else 8)))
    raise ValueError(f"line {line}: expected a character, found \\{_short(name)}")


def _number(piece: str, line: int) -> int | float | Fraction | Decimal:
    """Return the number. Raise ValueError if it is too long or larger than any float; it is never rounded."""
    if len(piece) > _DIGITS:
        raise ValueError(f"line {line}: expected a number of at most {_DIGITS:,} digits")
    if _INTEGER.fullmatch(piece):
        return int(piece.removesuffix("N"))
    if _RATIO.fullmatch(piece):
        above, below = map(int, piece.split("/"))
        if not below:
            raise ValueError(f"line {line}: expected a number, found {piece}")
        return Fraction(above, below)
    if _FLOAT.fullmatch(piece):
        return _real(piece, line)
    raise ValueError(f"line {line}: expected a number, found {_short(piece)}")


def _real(piece: str, line: int) -> float | Decimal:
    digits, _, exponent = piece.removesuffix("M").lower().partition("e")
    number = float(digits + (f"e{exponent}" if exponent else ""))
    vanished = not number and digits.strip("+-0.")
    if math.isinf(number) or vanished or len(exponent) > 5:
        raise ValueError(f"line {line}: expected a number that fits a float, found {_short(piece)}")
    return Decimal(piece[:-1]) if piece.endswith("M") else number


def _short(value: object) -> str:
    """Return the value as an error names it."""
    try:
        text = str(value)
    except ValueError:  # a number of too many digits
        return "a long number"
    return text if len(text) <= 60 else f"{text[:57]}…"
