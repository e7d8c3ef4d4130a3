"""EDN: what is read, what is written, and the line of what is wrong."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from dscourse.edn import read_edn, write_edn


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("nil true false", [None, True, False]),
        ("1 -2 +3 4N 1.5 2e3 1.0M", [1, -2, 3, 4, 1.5, 2000.0, 1.0]),
        (":a :a/b sym + \\c \\newline :", ["a", "a/b", "sym", "+", "c", "newline", ":"]),
        ('"a \\"b\\" \\u00e9\\n" "two\nlines"', ['a "b" é\n', "two\nlines"]),
        ("{:a 1, :b {:c [1 (2 3) #{4}]}}", [{"a": 1, "b": {"c": (1, (2, 3), frozenset({4}))}}]),
        ("[1 2]", [1, 2]),
        ("([1] 2)", [(1,), 2]),
        ("[1] [2]", [(1,), (2,)]),
        ("#_[1] 5", [5]),
        ("[2] #_[1]", [2]),
        ("[1 #_ 2 3 #_4]", [1, 3]),
        ('#inst "2021" #a.b.C{:x 1}', ["2021", {"x": 1}]),
        ("1 ; 2 \n 3", [1, 3]),
        ("", []),
    ],
)
def test_what_is_read(text: str, forms: list[Any]) -> None:
    assert [form for form, _ in read_edn(text)] == forms


def test_each_form_has_the_line_on_which_it_begins() -> None:
    assert read_edn('[{:a\n1}\n\n"x\ny" [\n]\n9]') == [({"a": 1}, 1), ("x\ny", 4), ((), 5), (9, 7)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\n]", "line 2: expected a value, found ]"),
        ("[1\n(2\n}", "line 3: expected ) to close the ( of line 2, found }"),
        ("[1\n", "line 2: expected ] to close the [ of line 1"),
        ("{:a}", "line 1: expected a value for each key of the map"),
        ("{{} 1}", "line 1: expected no map as a key or in a set"),
        ("1\n#{{:a 1}}", "line 2: expected no map as a key or in a set"),
        ('\n"abc', 'line 2: expected a second " to end the text'),
        ('"\\q"', 'line 1: expected text with known escapes, found "\\q"'),
    ],
)
def test_what_is_wrong_and_where(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        read_edn(text)


def test_what_is_written_is_read_again() -> None:
    rng = random.Random(6)
    values = [_value(rng, 3) for _ in range(2_000)]
    for value in values:
        ((form, _),) = read_edn(f"{{:v {write_edn(value)}}}")
        assert form["v"] == value
    assert {type(value) for value in values} >= {
        int,
        float,
        str,
        tuple,
        dict,
        frozenset,
        bool,
        type(None),
    }


def _value(rng: random.Random, depth: int) -> Any:
    plain = (
        None,
        True,
        False,
        rng.randint(-9, 9),
        rng.randint(-9, 9) / 4,
        rng.choice(('a "b"', "", "\n\\", "é:[")),
    )
    kind = rng.randrange(4 if depth else 1)
    if kind == 0:
        return rng.choice(plain)
    if kind == 1:
        return tuple(_value(rng, depth - 1) for _ in range(rng.randint(0, 3)))
    if kind == 2:
        return frozenset(rng.sample(range(9), rng.randint(0, 3)))
    return {f"k{n}": _value(rng, depth - 1) for n in range(rng.randint(0, 3))}
