"""The diagram of a state machine: every transition of the table, its words, nothing that overlaps."""

from __future__ import annotations

from enum import Enum

import pytest

from dscourse.breaker import TRANSITIONS
from dscourse.show.states import states
from tests.show.drawing import faults, titles, words


class Light(Enum):
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"


class Turn(Enum):
    GO = "go"
    SOON = "soon"
    STOP = "stop"


def test_every_state_and_every_event_of_the_breaker_stands_in_it() -> None:
    picture = states(TRANSITIONS)
    assert {"closed", "open", "half-open"} <= set(words(picture))
    assert {event.value for _, event in TRANSITIONS} <= set(words(picture))
    assert set(titles(picture)) == {event.value for _, event in TRANSITIONS}
    assert faults(picture) == []


def test_another_table_has_another_picture() -> None:
    table = {
        (Light.RED, Turn.GO): Light.GREEN,
        (Light.GREEN, Turn.SOON): Light.YELLOW,
        (Light.YELLOW, Turn.STOP): Light.RED,
    }
    picture = states(table)
    assert picture.sentence == "red → green: go; green → yellow: soon; yellow → red: stop."
    assert faults(picture) == []
    assert states(table, sentence="Lights.").sentence == "Lights."


def test_a_table_without_a_transition_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 transition"):
        states({})
