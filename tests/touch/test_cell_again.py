"""A cell that runs again: redo brings back the touches of its last diagram."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dscourse.touch import Compare, Diagram
from dscourse.touch.run import cell_again
from tests.touch.test_diagram import counters


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The id of the cell that runs, in a notebook whose front end tells it."""
    running = SimpleNamespace(id="first")
    shell = SimpleNamespace(get_parent=lambda: {"metadata": {"cellId": running.id}})
    monkeypatch.setitem(
        cell_again.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell)
    )
    monkeypatch.setattr(cell_again, "_known", {})
    return running


def test_redo_brings_back_the_touches_of_the_same_cell(cell: SimpleNamespace) -> None:
    before = Diagram(counters)
    assert (before.news, before.can_redo) == ("", False)
    before.touch("crash", "a", 10)
    before.touch("restart", "a", 20)
    again = Diagram(counters)
    assert again.news == "This cell has run again: redo brings back your 2 touches."
    assert (again.touches, again.can_redo) == ([], True)
    again.touch("redo")
    assert [one["text"] for one in again.touches] == ["crash a at 10 ms", "restart a at 20 ms"]
    assert again.run.world.trace.hash() == before.run.world.trace.hash()
    again.touch("undo")
    assert again.touches == []


def test_another_cell_title_or_front_end_brings_back_nothing(cell: SimpleNamespace) -> None:
    Diagram(counters).touch("crash", "a", 10)
    assert not Diagram(counters, title="another").can_redo
    cell.id = "second"
    assert not Diagram(counters).can_redo
    cell.id = ""
    assert not Diagram(counters).can_redo
    cell.id = "first"
    assert Diagram(counters).can_redo
    assert not Diagram(counters).can_redo  # the last one was not touched


def test_redo_brings_back_the_touches_of_a_comparison(cell: SimpleNamespace) -> None:
    builds = {"one": counters, "other": counters}
    before = Compare(builds)
    before.touch("other", "crash", "a", 10)
    before.touch("one", "restart", "a", 20)
    again = Compare(builds)
    news = [getattr(again, f"{side}_news") for side in (0, 1)]
    assert news == ["This cell has run again: redo brings back your 2 touches.", ""]
    assert [getattr(again, f"{side}_can_redo") for side in (0, 1)] == [True, True]
    assert again.plan == []
    again.touch("one", "redo")
    assert again.plan == before.plan != []
    assert [face.plan for face in again.faces] == [before.plan] * 2
    assert not Compare({"another": counters, "other": counters}).faces[0].can_redo
