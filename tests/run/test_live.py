"""A live cell: its result, and the sentence that stands in its place where no processes can run."""

from __future__ import annotations

import pytest

from dscourse.run.live import Live, live


def run() -> tuple[str, bool, list[str]]:
    return "Nothing is lost.", True, ["0.1 ms"]


def test_the_verdict_is_the_first_line_and_the_rest_is_measured() -> None:
    result = live(1, run)
    assert result == Live("Nothing is lost.", True, ("0.1 ms",))
    assert repr(result).splitlines()[0] == "Nothing is lost."
    assert "✓ Nothing is lost." in result._repr_html_()
    assert "0.1 ms" in result._repr_html_()


@pytest.mark.parametrize(
    ("allowed", "processes", "words"),
    [
        ("0", 1, "Left out: real processes are switched off here (DSCOURSE_PROCESSES=0)."),
        ("4", 6, "Left out: 6 nodes: a run has at most 4 processes."),
    ],
)
def test_where_it_cannot_run_it_says_so_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, allowed: str, processes: int, words: str
) -> None:
    monkeypatch.setenv("DSCOURSE_PROCESSES", allowed)
    assert str(live(processes, lambda: pytest.fail("it ran"))) == words
