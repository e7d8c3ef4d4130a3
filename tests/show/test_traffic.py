"""Calls a second over time: lines at the right heights, rows of states, no text that overlaps."""

from __future__ import annotations

import pytest

from dscourse.breaker import CircuitState
from dscourse.show.traffic import Span, spans, traffic
from tests.show.drawing import faults, titles, tree, words

RATES = {"goodput": [10, 0, 20], "load": [10, 40, 20]}
ROWS = {
    "front": spans([(1_000, CircuitState.OPEN), (2_500, CircuitState.HALF_OPEN)], 3_000, "closed")
}
SHADED = [Span(900, 1_500, "back end stands still")]


def heights(path: str) -> list[float]:
    """The y coordinates of a line of steps."""
    return [float(part.split("H")[0]) for part in path.split("V")[1:]]


def lines(name: str) -> list[float]:
    picture = traffic(RATES, step_ms=1_000, sentence="Three seconds.")
    [path] = [e for e in tree(picture).iter() if e.get("d") and "".join(e.itertext()) == name]
    return heights(str(path.get("d")))


def test_equal_rates_stand_at_equal_heights_and_larger_ones_higher() -> None:
    goodput, load = lines("goodput"), lines("load")
    assert (goodput[0], goodput[2]) == (load[0], load[2])
    zero, ten, twenty, forty = goodput[1], load[0], load[2], load[1]
    assert zero - ten == pytest.approx(ten - twenty, abs=0.2)
    assert zero - forty == pytest.approx(4 * (zero - ten), abs=0.5)


def test_the_axes_have_names_and_marks_at_the_heights_of_the_rates() -> None:
    picture = traffic(RATES, step_ms=1_000, sentence="Three seconds.", ylabel="requests per second")
    assert {"time (s)", "requests per second", "0", "1", "2", "3", "10", "20", "40"} <= set(
        words(picture)
    )


def test_rows_and_shaded_stretches_are_named() -> None:
    picture = traffic(RATES, step_ms=1_000, sentence="Three.", rows=ROWS, shaded=SHADED)
    assert {"front", "closed", "open", "back end stands still", "goodput"} <= set(words(picture))
    assert "half-open from 2.5 to 3.0 s" in titles(picture)
    assert faults(picture) == []


@pytest.mark.parametrize("start", [0, 1_400, 2_900])
def test_the_name_of_a_shaded_stretch_stays_inside(start: float) -> None:
    span = Span(start, start + 100, "a rather long name of a stretch that is short")
    assert faults(traffic(RATES, step_ms=1_000, sentence="Three.", shaded=[span])) == []


def test_changes_become_stretches_without_gaps() -> None:
    assert [(span.start_ms, span.end_ms, span.name) for span in ROWS["front"]] == [
        (0, 1_000, "closed"), (1_000, 2_500, "open"), (2_500, 3_000, "half-open"),
    ]  # fmt: skip


BAD: list[dict[str, list[float]]] = [
    {},
    {"a": [1], "b": [1, 2]},
    {"a": []},
    {name: [1] for name in "abcde"},
]


@pytest.mark.parametrize("rates", BAD)
def test_rates_that_cannot_be_drawn_are_refused(rates: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="rates"):
        traffic(rates, step_ms=1_000, sentence="Nothing.")


def test_nothing_but_zeros_can_be_drawn() -> None:
    assert faults(traffic({"goodput": [0, 0]}, step_ms=500, sentence="Nothing at all.")) == []
