"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from dscourse.core.verdict import Verdict
from dscourse.core.wording import count, plural
from dscourse.explore import explore_model
from dscourse.history import History, Op


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (0, "key", "0 keys"),
        (1, "key", "1 key"),
        (2, "copy of a message", "2 copies of a message"),
        (1_200, "delay", "1,200 delays"),
        (3, "crash", "3 crashes"),
        (4, "loss", "4 losses"),
        (2, "box", "2 boxes"),
        (2, "query", "2 queries"),
        (1, "pair of operations", "1 pair of operations"),
    ],
)
def test_a_number_of_things(number: int, noun: str, expected: str) -> None:
    assert count(number, noun) == expected


def test_of_one_thing_every_sentence_speaks_in_the_singular() -> None:
    assert str(Verdict("linearizable", True, states=1)) == "linearizable (1 state)"
    assert repr(History([Op(0, "c", "read")])) == "History(1 operation: 1 pending)"
    assert repr(explore_model(_Once(), sometimes=[_is_one])) == (
        "holds (2 states, 1 step, depth 1, all of them; is one after 1 step)"
    )


class _Once:
    def initial(self) -> list[int]:
        return [0]

    def next(self, state: int) -> list[tuple[str, int]]:
        return [("add 1", 1)] if state == 0 else []


def _is_one(state: int) -> bool:
    return state == 1


def test_the_plural_of_a_head_noun() -> None:
    assert plural("key of a store") == "keys of a store"
