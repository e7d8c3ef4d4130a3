"""The page about clusters: its tables come from the recorded times, and its code from the course."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dscourse.experiments.tombstones import Speed, recorded_speeds
from website import costs

PAGE = Path(costs.__file__).with_name("pages") / "clusters.md"


def test_the_cost_follows_from_the_seconds_per_world(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = {
        "one process": [Speed(100.0, 0.0036), Speed(80.0, 0.0036), Speed(90.0, 0.01)],
        "two": [Speed(150.0, 0.0072), Speed(160.0, 0.0036), Speed(90.0, 0.01)],
    }
    monkeypatch.setattr(costs, "recorded_speeds", lambda: rounds)
    text = costs.with_costs("<!-- scaling -->\n<!-- seconds -->\n<!-- cost -->")
    assert "| two | 150 (90 to 160) | 7.2 (3.6 to 10.0) | 1.00 (1.00 to 2.00) |" in text
    assert "\n0.0036\n" in text
    assert "| 100,000,000 | 100 | 50 | 1.6 | 0.098 | 100 *p* |" in text


def test_the_page_has_all_its_tables() -> None:
    text = costs.with_costs(PAGE.read_text("utf-8"))
    assert "<!--" not in text
    assert all(f"| {how} |" in text for how in recorded_speeds())


def test_the_code_of_the_page_compiles() -> None:
    cells = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(cells) >= 5
    for cell in cells:
        compile(cell, "clusters.md", "exec")
