"""Properties: one form, names of their own, and an error for whatever is no judgement."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from dscourse.core.properties import Property, PropertyError, View, of_history, properties, unless
from dscourse.core.verdict import Verdict
from dscourse.history import History, Op


def never_both(subject: Any) -> bool:
    return subject != "both"


class Fine:
    def __call__(self, subject: Any) -> bool:
        return True


def test_a_bare_function_is_wrapped_under_its_name_in_words() -> None:
    claims = [never_both, Property("mine", never_both)]
    assert [one.name for one in properties(claims, "always")] == ["never both", "mine"]
    assert [one.name for one in properties([partial(never_both)], "always")] == ["never both"]
    assert [one.name for one in properties([Fine()], "always")] == ["Fine"]
    assert [one.name for one in properties((f for f in [never_both]), "always")] == ["never both"]


@pytest.mark.parametrize(
    "claims",
    [
        [lambda subject: True, lambda subject: False],
        [never_both, partial(never_both)],
        [Property("one", never_both), Property("one", bool)],
        [never_both, never_both],
        [Fine(), Fine()],
    ],
)
def test_two_of_one_name_are_an_error(claims: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"always: two properties are called .*; give each a name"):
        properties(claims, "always")


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        (never_both, r"always=never_both: a list is required; write always=\[never_both\]"),
        (Property("one", never_both), r"always=one: a list is required"),
        ("never_both", "always='never_both': a list of properties is required"),
        ({"one": never_both}, "a list of properties is required"),
        ({never_both}, "a list of properties is required"),
        (None, "always=None: a list of properties is required"),
        (["never_both"], "always: 'never_both' is no property: write a function"),
        ([True], "always: True is no property"),
    ],
)
def test_anything_but_a_list_of_properties_is_an_error(claims: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        properties(claims, "always")


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (
            (never_both, "x"),
            TypeError,
            r"the name comes first; write Property\('one leader', holds\)",
        ),
        (("", never_both), ValueError, "a property needs a name"),
        (("one", True), TypeError, "holds must be a function"),
        (("one", never_both, 3), TypeError, "message=3 must be a text or a function"),
        (("one", never_both, "", 1), TypeError, "history=1 must be a bool"),
    ],
)
def test_a_property_of_another_form_is_an_error(
    arguments: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Property(*arguments)


def test_a_violated_property_says_why() -> None:
    text = Property("few", lambda subject: subject < 3, "there are too many")
    words = Property("few", lambda subject: subject < 3, lambda subject: f"there are {subject}")
    assert text.judge(5) == Verdict("few", False, "there are too many")
    assert words.judge(5) == Verdict("few", False, "there are 5")
    assert words.judge(2) == Verdict("few", True)
    assert words.judge(2).reason == ""


def test_a_verdict_is_taken_as_it_is_and_none_is_not_known() -> None:
    verdict = Verdict("linearizable", False, "r1", refuting=(1,))
    assert Property("one", lambda subject: verdict).judge(0) is verdict
    assert Property("one", lambda subject: verdict, "no").judge(0).reason == "no"
    assert Property("one", lambda subject: None).judge(0).ok is None


class Truthy:
    ok = True


async def waits(subject: Any) -> bool:
    return True


@pytest.mark.parametrize(
    ("ruling", "text"),
    [
        ("a reason", "the reason is the property's message"),
        ("", "the reason is the property's message"),
        (0, r"write bool\(…\)"),
        ([], r"write bool\(…\)"),
        (Truthy(), "return its .ok"),
    ],
)
def test_anything_but_a_judgement_is_an_error(ruling: Any, text: str) -> None:
    with pytest.raises(TypeError, match=f"the property 'one' returned .*{text}"):
        Property("one", lambda subject: ruling).judge(0)


def test_a_message_must_be_a_text() -> None:
    with pytest.raises(TypeError, match="the message of the property 'one' is 3"):
        Property("one", lambda subject: False, lambda subject: 3).judge(0)  # type: ignore[arg-type, return-value]


def test_what_a_property_raises_names_it() -> None:
    for one in (
        Property("one leader", lambda subject: subject["x"]),
        Property("one leader", lambda subject: False, lambda subject: subject["x"]),
    ):
        with pytest.raises(PropertyError, match="'one leader' raised KeyError: 'x'") as caught:
            one.judge({})
        assert (caught.value.property, caught.value.schedule) == ("one leader", ())
        assert isinstance(caught.value.__cause__, KeyError)


def test_a_judge_of_histories_is_asked_for_the_history() -> None:
    history = History([Op(0, "c", "write", "x", 1, "ok", None, 0, 1)])
    judged: list[History] = []

    def short(operations: History) -> bool:
        judged.append(operations)
        return len(operations) < 2

    asked = of_history(short)
    assert (asked.name, asked.history) == ("short", True)
    assert asked.judge(View(past=history)).ok
    assert asked.judge(View(past=History(history))).ok
    assert judged == [history], "the same history is judged once"
    with pytest.raises(PropertyError, match="the history is not part of this state"):
        asked.judge(View())


def test_a_vacuous_verdict_allows_and_says_that_it_is_vacuous() -> None:
    vacuous = of_history(lambda history: Verdict("m", None, "empty", vacuous=True), "m")
    unknown = of_history(lambda history: Verdict("m", None, "gave up"), "m")
    assert vacuous.judge(View(past=History())).ok is True
    assert vacuous.judge(View(past=History())).vacuous
    assert unknown.judge(View(past=History())).ok is None


def test_nothing_wrong_holds() -> None:
    assert unless("right", None) == Verdict("right", True)
    assert unless("right", "wrong") == Verdict("right", False, "wrong")
