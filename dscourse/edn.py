"""EDN, Clojure's data notation: what Jepsen writes its histories in.

Vectors and lists are read as tuples, sets as frozensets, maps as dicts, keywords, symbols and characters as strings
(``:write`` as ``"write"``), tags are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["read_edn", "write_edn"]

_TOKEN = re.compile(
    r"""(?P<space>[\s,]+|;[^\n]*)
      | (?P<text>"(?:\\.|[^"\\])*")
      | (?P<open>\#\{|[\[({])
      | (?P<close>[\])}])
      | (?P<skip>\#_)
      | (?P<tag>\#[A-Za-z][^\s,;"()\[\]{}]*)
      | (?P<atom>\\.[A-Za-z0-9]*|[^\s,;"()\[\]{}]+)""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"[+-]?\d+N?")
_FLOAT = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?")
_CLOSING = {"[": "]", "(": ")", "{": "}", "#{": "}"}
_NAMED = {"nil": None, "true": True, "false": False}
_SKIP: Any = object()  # stands before a form that is to be left out


@dataclass(slots=True)
class _Open:
    """A collection that has begun: its opening bracket, where that stands, and the forms so far with their lines."""

    bracket: str
    line: int
    forms: list[tuple[Any, int]] = field(default_factory=list)

    def add(self, form: Any, line: int) -> None:
        """One form more, unless it is to be left out."""
        if self.forms and self.forms[-1][0] is _SKIP and form is not _SKIP:
            self.forms.pop()
        else:
            self.forms.append((form, line))

    def closed(self) -> Any:
        """The collection as a value."""
        forms = [form for form, _ in self.forms if form is not _SKIP]
        if self.bracket in "[(":
            return tuple(forms)
        if self.bracket == "{" and len(forms) % 2:
            raise ValueError(f"line {self.line}: expected a value for each key of the map")
        try:
            return (
                frozenset(forms)
                if self.bracket == "#{"
                else dict(zip(forms[::2], forms[1::2], strict=True))
            )
        except TypeError as error:
            raise ValueError(f"line {self.line}: expected no map as a key or in a set") from error


def read_edn(text: str) -> list[tuple[Any, int]]:
    """Each form of the text with the number of its line; of a single vector or list, its elements.

    ValueError names the line, and what was expected there.

    >>> read_edn('{:f :read, :value [1 nil]} ; a comment')
    [({'f': 'read', 'value': (1, None)}, 1)]
    """
    around = [_Open("", 1)]
    whole = around[0]  # the collection that has been closed last and stands in no other one
    for token, what, line in _tokens(text):
        if what == "open":
            around.append(_Open(token, line))
        elif what == "close":
            inner = _close(around, token, line)
            form, outer = inner.closed(), around[-1]
            outer.add(form, inner.line)
            whole = inner if outer.forms and outer.forms[-1][0] is form else whole
        elif what != "tag":
            around[-1].add(_SKIP if what == "skip" else _atom(token, line), line)
    if len(around) > 1:
        opened = around[-1]
        end = f"line {text.count(chr(10)) + 1}: expected {_CLOSING[opened.bracket]}"
        raise ValueError(f"{end} to close the {opened.bracket} of line {opened.line}")
    forms = around[0].forms
    return whole.forms if len(forms) == 1 and whole.bracket in ("[", "(") else forms


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Each token, what it is, and its line."""
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f'line {line}: expected a second " to end the text')
        token, what = found.group(), found.lastgroup or ""
        if what != "space":
            yield token, what, line
        line += token.count("\n")
        at = found.end()


def _close(around: list[_Open], bracket: str, line: int) -> _Open:
    """The innermost collection, if it is this bracket that closes it."""
    if len(around) == 1:
        raise ValueError(f"line {line}: expected a value, found {bracket}")
    opened = around.pop()
    expected = _CLOSING[opened.bracket]
    if bracket != expected:
        where = f"to close the {opened.bracket} of line {opened.line}"
        raise ValueError(f"line {line}: expected {expected} {where}, found {bracket}")
    return opened


def _atom(token: str, line: int) -> Any:
    """A number, text, keyword, symbol or character."""
    if token.startswith('"'):
        try:
            return json.loads(token, strict=False)
        except ValueError as error:
            raise ValueError(
                f"line {line}: expected text with known escapes, found {token}"
            ) from error
    if token in _NAMED:
        return _NAMED[token]
    if _INTEGER.fullmatch(token):
        return int(token.removesuffix("N"))
    if _FLOAT.fullmatch(token):
        return float(token.removesuffix("M"))
    return token[1:] if token[0] in ":\\" and len(token) > 1 else token


def write_edn(value: Any) -> str:
    """The value in EDN; text stands for every value that EDN does not have.

    >>> write_edn(["x", (1, None), {"a": True}])
    '["x" [1 nil] {"a" true}]'
    """
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        items = (f"{write_edn(key)} {write_edn(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + " ".join(map(write_edn, value)) + "]"
    if isinstance(value, set | frozenset):
        return "#{" + " ".join(sorted(map(write_edn, value))) + "}"
    return json.dumps(str(value), ensure_ascii=False)
