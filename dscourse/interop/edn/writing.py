"""Values to EDN text that reads back as the same values."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dscourse.interop.edn.reading import read_edn
from dscourse.interop.edn.values import NESTED_AT_MOST, Char, Keyword, Symbol, Tagged, short

__all__ = ["keyword", "write_edn"]

_LEGAL = re.compile(r"(?:[A-Za-z0-9.*+!\-_?$%&=<>']+/)?[A-Za-z0-9.*+!\-_?$%&=<>'#:]+|/")


def keyword(name: str) -> str:
    """Return the name as a keyword. Raise ValueError if no keyword can have that name.

    >>> keyword("read"), keyword("compare-and-set!")
    (':read', ':compare-and-set!')
    """
    if not _LEGAL.fullmatch(name) or name.endswith(":"):
        raise ValueError(
            f"{name!r} cannot be a keyword: it may have letters, digits and .*+!-_?$%&=<> alone"
        )
    return f":{name}"


def write_edn(value: Any, depth: int = 0) -> str:
    """Return the value in EDN. Raise ValueError for a value that EDN lacks, or that is nested too deeply.

    >>> write_edn(["x", (1, None), {"a": True}, float("inf"), Keyword("a")])
    '["x" [1 nil] {"a" true} ##Inf :a]'
    """
    if depth > NESTED_AT_MOST:
        raise ValueError(f"a value is nested more than {NESTED_AT_MOST} deep, or contains itself")
    if isinstance(value, Mapping):
        items = (
            f"{write_edn(key, depth + 1)} {write_edn(item, depth + 1)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + " ".join(write_edn(item, depth + 1) for item in value) + "]"
    if isinstance(value, Set):
        return "#{" + " ".join(sorted(write_edn(item, depth + 1) for item in value)) + "}"
    if isinstance(value, Tagged) and value.tag != "re":
        _check_read(f"#{value.tag} 0", Tagged(value.tag, 0))
        return f"#{value.tag} {write_edn(value.value, depth + 1)}"
    return _write_atom(value)


def _write_atom(value: Any) -> str:
    """Return a value other than a collection in EDN."""
    if value is None or isinstance(value, bool):
        return {None: "nil", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        names = {math.inf: "##Inf", -math.inf: "##-Inf"}
        return "##NaN" if math.isnan(value) else names.get(value) or repr(float(value))
    if isinstance(value, Fraction):
        return (
            f"{value.numerator}/{value.denominator}"
            if value.denominator > 1
            else f"{value.numerator}"
        )
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value}M"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Keyword):
        return keyword(value.name)
    if isinstance(value, Symbol | Char):
        return _check_read(repr(value), value)
    if isinstance(value, Tagged) and isinstance(value.value, str):
        return _check_read(f'#"{value.value}"', value)
    raise ValueError(f"a {type(value).__name__} cannot be written in EDN")


def _check_read(text: str, value: Any) -> str:
    """Return the text if it reads back as the value and nothing else. Raise ValueError for an invalid name."""
    with contextlib.suppress(ValueError):
        if [form for form, _ in read_edn(f"[{text}]")] == [value]:
            return text
    raise ValueError(f"{short(value)} cannot be written in EDN")
