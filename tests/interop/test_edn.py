"""EDN: reading, writing, and the line of a fault."""

from __future__ import annotations

import math
import random
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dscourse.core.equality import same
from dscourse.interop.edn import Char, Keyword, Symbol, Tagged, read_edn, write_edn
from tests.effort import samples

A, B, C = map(Keyword, "abc")


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("nil true false", [None, True, False]),
        ("1 -2 +3 4N 1.5 2e3 1.50M", [1, -2, 3, 4, 1.5, 2000.0, Decimal("1.50")]),
        (
            ":a :a/b sym + \\c \\newline \\u00e9 \\o101",
            [Keyword("a"), Keyword("a/b"), Symbol("sym"), Symbol("+"), *map(Char, "c\néA")],
        ),
        ('"a \\"b\\" \\u00e9\\n" "two\nlines"', ['a "b" é\n', "two\nlines"]),
        ("{:a 1, :b {:c [1 (2 3) #{4}]}}", [{A: 1, B: {C: (1, (2, 3), frozenset({4}))}}]),
        ("[1 2]", [1, 2]),
        ("([1] 2)", [(1,), 2]),
        ("[1] [2]", [(1,), (2,)]),
        ("#_[1] 5", [5]),
        ("[2] #_[1]", [2]),
        ("[1 #_ 2 3 #_4]", [1, 3]),
        ('#inst "2021" #a.b.C{:a 1}', [Tagged("inst", "2021"), Tagged("a.b.C", {A: 1})]),
        ("#_ #tag 1 #_ #_ 2 3 4", [4]),
        ("^{:doc 1} [1] ^:a ^:b 2 #t ^:a 3", [(1,), 2, Tagged("t", 3)]),
        ("#:n{:a 1, :m/b 2, c 3}", [{Keyword("n/a"): 1, Keyword("m/b"): 2, Symbol("n/c"): 3}]),
        ('#"a\\.b" 1/2 -3/6', [Tagged("re", "a\\.b"), Fraction(1, 2), Fraction(-1, 2)]),
        ("##Inf ##-Inf", [math.inf, -math.inf]),
        ("\ufeff1\r\n2", [1, 2]),
        ('"\\101 \\t"', ["A \t"]),
        ("1 ; 2 \n 3", [1, 3]),
        ("", []),
    ],
)
def test_what_is_read(text: str, forms: list[Any]) -> None:
    assert [form for form, _ in read_edn(text)] == forms


def test_each_form_has_the_line_on_which_it_begins() -> None:
    assert read_edn('[{:a\n1}\n\n"x\ny" [\n]\n9]') == [({A: 1}, 1), ("x\ny", 4), ((), 5), (9, 7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n]", "line 2: expected a value, found ]"),
        ("[1\n(2\n}", "line 3: expected ) to close the ( of line 2, found }"),
        ("[1\n", "line 2: expected ] to close the [ of line 1"),
        ("{:a}", "line 1: expected a value for each key of the map"),
        ("{{} 1}", "line 1: expected no map as a key or in a set"),
        ("1\n#{{:a 1}}", "line 2: expected no map as a key or in a set"),
        ('\n"abc', 'line 2: expected a second " to end the text'),
        ('"\\q"', "line 1: expected a known escape in the text, found \\q"),
        ("\n{:a 1 :a 2}", "line 2: expected different keys, found :a twice"),
        ("{1 2 true 3}", "line 1: expected keys that Python can tell apart"),
        ("#{1 true}", "line 1: expected elements that differ, also to Python"),
        ("1e999", "line 1: expected a number that fits a float, found 1e999"),
        ("1e-999", "line 1: expected a number that fits a float, found 1e-999"),
        ("1e999999999M", "line 1: expected a number that fits a float, found 1e999999999M"),
        ("9" * 5_000, "line 1: expected a number of at most 4,000 digits"),
        ("1/0", "line 1: expected a number, found 1/0"),
        ("12ab", "line 1: expected a number, found 12ab"),
        ("\n#_", "line 2: expected a value after a tag, #_ or ^"),
        ("[1 #tag]", "line 1: expected a value after a tag, #_ or ^"),
        ("#(inc %)", "line 1: expected a value, found the function #("),
        ("[" * 5_000, "line 1: expected at most 100 collections inside of each other"),
        ("#_" * 5_000, "line 1: expected at most 100 tags, #_ or ^ in a row"),
        (":", "line 1: expected the name of a keyword after :"),
        ("##Huge", "line 1: expected ##Inf, ##-Inf or ##NaN, found ##Huge"),
        ("\\nope", "line 1: expected a character, found \\nope"),
    ],
)
def test_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_edn(text)


def test_what_is_written_is_read_again() -> None:
    rng = random.Random(6)
    values = [_value(rng, 3) for _ in range(2_000)]
    for value in values:
        ((form, _),) = read_edn(f"{{:a {write_edn(value)}}}")
        assert same(form[A], value)
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
        rng.choice(('a "b"', "", "\n\\", "é:[", "a", "\u2028\x7f", ":a")),
        rng.choice((A, Keyword("a/b-c!"), Symbol("a"), Char("a"), Char(" "), Char("é"))),
        rng.choice((math.inf, -math.inf, math.nan, Fraction(1, 3), Decimal("1.50"), 1e300)),
        Tagged("inst", "2021"),
        Tagged("re", "a+"),
    )
    kind = rng.randrange(4 if depth else 1)
    if kind == 0:
        return rng.choice(plain)
    if kind == 1:
        return tuple(_value(rng, depth - 1) for _ in range(rng.randint(0, 3)))
    if kind == 2:
        return frozenset(rng.sample(range(9), rng.randint(0, 3)))
    return {f"k{n}": _value(rng, depth - 1) for n in range(rng.randint(0, 3))}


def test_values_of_different_types_stay_different() -> None:
    values = [
        1,
        True,
        "a",
        A,
        Symbol("a"),
        Char("a"),
        Tagged("a", "a"),
        ":a",
        None,
        "nil",
        (),
        frozenset(),
        {},
    ]
    again = [form for form, _ in read_edn(" ".join(map(write_edn, values)))]
    for n, one in enumerate(values):
        assert [same(one, other) for other in again] == [n == m for m in range(len(again))]


@pytest.mark.parametrize(
    "value", [object(), [object()], Keyword("a b"), Keyword(""), Decimal("NaN")]
)
def test_what_edn_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        write_edn(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match="contains itself"):
        write_edn(value)


PIECES = ["[", "]", "{", "}", "(", ")", "#{", "#_", "^", "#t", ":a", '"', "\\", "1", "1/2", "1e9", "##NaN", " ", "\n", ";",  # noqa: E501
          "nil", "#:n{", '#"', "\ufeff", "é", ",", "#", "9M", "1 true", "\\u00", "@"]  # fmt: skip


@settings(max_examples=samples(1_500), deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join))
def test_any_text_gives_forms_or_a_value_error_that_names_the_line(text: str) -> None:
    message = ""
    try:
        for form, line in read_edn(text):
            assert 1 <= line <= text.count("\n") + 1
            write_edn(form)
    except ValueError as error:
        message = str(error)
    assert not message or re.match(r"line \d+: expected|.* cannot be a keyword", message)


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "1 ",
        "[] ",
        "#_ 1 ",
        ":a",
        "#:a ",
        "\\n ",
        "^a 1 ",
        "; \n",
        "#",
        "1/",
        "\\",
        '#"',
        '"',
        "[",
        "{:a",
    ],
)
def test_a_long_text_is_read_in_linear_time(piece: str) -> None:
    """With a step that is quadratic each of these would take minutes."""
    message = ""
    try:
        assert isinstance(read_edn(piece * 100_000), list)
    except ValueError as error:
        message = str(error)
    assert not message or re.match("line [0-9]+: expected", message)


@pytest.mark.parametrize(
    "value",
    [
        Symbol("a b"), Symbol("nil"), Symbol("5"), Symbol(":a"), Symbol(""), Char(""), Char("ab"), Char("\u00a0"),
        Tagged("a b", 1), Tagged("_", 1), Tagged("1", 1), Tagged("re", 'a"b'), Tagged("re", 5), [Symbol("a] [b")],
    ],
    ids=repr,
)  # fmt: skip
def test_what_would_be_read_as_another_value_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be written in EDN"):
        write_edn(value)
