"""The picture of an anomaly: all transactions and reasons are there, arrows lead around, and nothing overlaps."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from dscourse.checkers.transactions import Anomaly, anomalies
from dscourse.history import History
from dscourse.show import Picture, anomaly

from .drawing import faults, tag, titles, tree, words
from .transactions import fork, of, ring, skew

ABORTED = of([("w", "x", 1)], [("r", "x", 1)], ends={0: "fail"})
LOST = of(
    [("r", "x", None), ("append", "x", 1)], [("r", "x", None), ("append", "x", 2)],
    [("r", "x", (1, 2))],
)  # fmt: skip
LONG = of(
    [("r", "x", None), *(("append", f"key{n}", "a value of many letters") for n in range(9))],
    [("r", "key0", None), ("append", "x", 2)],
)
HISTORIES = {
    "write skew": skew(), "long fork": fork(), "aborted": ABORTED, "lost": LOST, "long": LONG,
    **{f"ring of {n}": ring(n) for n in (3, 4, 5, 6, 9)},
}  # fmt: skip


def arrows(picture: Picture) -> list[ET.Element]:
    """The arrows between boxes, which have a reason; those of the legend have none."""
    return [e for e in tree(picture).iter() if tag(e) == "line" and len(e)]


def found_in(history: History) -> list[Anomaly]:
    return list(anomalies(history))


@pytest.mark.parametrize("name", HISTORIES)
def test_the_sentence_is_the_anomaly_and_nothing_overlaps_within_900_px(name: str) -> None:
    found = found_in(HISTORIES[name])
    assert found
    for one in found:
        picture = anomaly(one, HISTORIES[name])
        assert picture.sentence == str(one)
        assert faults(picture) == []
        assert float(tree(picture).attrib["width"]) <= 900


@pytest.mark.parametrize("name", ["write skew", "long fork", "lost", "ring of 3", "ring of 6"])
def test_each_transaction_is_a_box_and_each_dependency_an_arrow_with_its_reason(name: str) -> None:
    history = HISTORIES[name]
    for one in (found for found in found_in(history) if found.path):
        picture = anomaly(one, history)
        written = words(picture)
        for number, kind, reason in one.path:
            assert any(word.startswith(f"T{number} of ") for word in written)
            assert kind in written
            assert reason in titles(picture)
            assert set(reason.split()) <= set(" ".join(written).split())
        assert len(arrows(picture)) == len(one.path)


def boxes(picture: Picture) -> list[tuple[float, float, float, float]]:
    found = [e for e in tree(picture).iter() if tag(e) == "rect" and e.get("rx")]
    sides = [[float(e.attrib[name]) for name in ("x", "y", "width", "height")] for e in found]
    return [(x, y, x + wide, y + high) for x, y, wide, high in sides]


@pytest.mark.parametrize("name", ["write skew", "long fork", "ring of 3", "ring of 5", "ring of 6"])
def test_each_arrow_leads_from_a_box_to_the_next_and_through_no_other(name: str) -> None:
    picture = anomaly(found_in(HISTORIES[name])[-1], HISTORIES[name])
    around = boxes(picture)
    for number, arrow in enumerate(arrows(picture)):
        ends = [float(arrow.attrib[side]) for side in ("x1", "y1", "x2", "y2")]
        near = [_nearest(around, ends[0], ends[1]), _nearest(around, ends[2], ends[3])]
        assert near == [number, (number + 1) % len(around)]
        middle = (ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2
        assert not any(x1 < middle[0] < x2 and y1 < middle[1] < y2 for x1, y1, x2, y2 in around)


def _nearest(around: list[tuple[float, float, float, float]], x: float, y: float) -> int:
    far = [
        max(x1 - x, x - x2, 0) + max(y1 - y, y - y2, 0) for x1, y1, x2, y2 in around
    ]  # fmt: skip
    return far.index(min(far))


def test_a_longer_cycle_says_how_many_transactions_one_box_stands_for() -> None:
    [one] = found_in(ring(9))
    picture = anomaly(one, ring(9))
    assert "4 more" in words(picture)
    assert len(boxes(picture)) == 6


def test_many_steps_are_cut_and_counted() -> None:
    [one] = found_in(LONG)
    written = words(anomaly(one, LONG))
    assert "… 5 more steps" in written
    assert max(map(len, (word for word in written if word.startswith("append")))) <= 26


def test_an_aborted_transaction_is_told_by_word_and_line_and_a_pair_without_cycle_has_no_arrow() -> (
    None
):
    [one] = found_in(ABORTED)
    picture = anomaly(one, ABORTED)
    assert "T0 of c0, aborted" in words(picture)
    assert "T1 of c1" in words(picture)
    dashes = [e.get("stroke-dasharray") for e in tree(picture).iter() if e.get("rx")]
    assert dashes == ["5 3", None]
    assert arrows(picture) == []
    assert "T1 read 1 in x, which T0 wrote, and that aborted" in words(picture)


def test_an_anomaly_of_another_history_is_an_error() -> None:
    [one] = found_in(ring(9))
    with pytest.raises(LookupError, match="the history has no transaction T8: give the history"):
        anomaly(one, skew())
