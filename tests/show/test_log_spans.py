"""Long logs side by side: bars in proportion, and a divergent tail that stands out."""

from __future__ import annotations

import pytest

from dscourse.show import palette
from dscourse.show.log_spans import LogSpan, log_spans
from tests.show.drawing import faults, tag, titles, tree, words

ROWS = {
    "n1": [LogSpan(1, 60, 1), LogSpan(61, 100, 1, divergent=True)],
    "n2": [LogSpan(1, 60, 1), LogSpan(61, 80, 2)],
}


def test_bars_have_the_length_of_their_logs_and_a_tail_is_framed_in_red() -> None:
    picture = log_spans(ROWS, sentence="Two logs.")
    bars = [one for one in tree(picture).iter() if tag(one) == "rect" and one.get("stroke")]
    widths = [float(str(bar.get("width"))) for bar in bars]
    assert widths[0] / widths[1] == pytest.approx(60 / 40, rel=0.01)
    assert [bar.get("stroke") == palette.RED for bar in bars] == [False, True, False, False]
    assert {"n1", "n2", "epoch 1", "epoch 1: divergent tail", "epoch 2"} <= set(words(picture))
    assert "epoch 1, entries 61 to 100: divergent tail" in titles(picture)
    assert not faults(picture)


def test_no_log_is_an_error() -> None:
    with pytest.raises(ValueError, match="no log to draw"):
        log_spans({"n1": []}, sentence="Nothing.")
