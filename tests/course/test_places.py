"""Programs that no test can open, simulated: the outputs that VS Code and Colab get, for each kind of widget.

Both choose among the forms of one output: the widget, or HTML or text where they cannot draw it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from dscourse import exercises
from dscourse.course.pictures import compared
from dscourse.panels import atomic_commit, cap, hash_partitioning, start_here
from dscourse.show.stills import Still
from tests.touch.discovered import diagram_of

WIDGET = "application/vnd.jupyter.widget-view+json"
KINDS: dict[str, Callable[[], Any]] = {
    "diagram": lambda: diagram_of("00", "touch-run"),
    "panel": start_here.broken_counter,
    "panel with a map": cap.consistency_or_availability,
    "board": hash_partitioning.ring_to_touch,
    "explorer": atomic_commit.hasty_participants,
    "question": lambda: exercises.predict("00.1"),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither VS Code nor Colab."""
    monkeypatch.delenv("VSCODE_PID", raising=False)
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)


def in_vs_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSCODE_PID", "17")


def in_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))


every_program = pytest.mark.parametrize("program", [in_vs_code, in_colab])


def outputs(kind: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The outputs of a cell that ends with a widget of this kind."""
    found: list[dict[str, Any]] = []

    def display(
        data: dict[str, Any], metadata: dict[str, Any] | None = None, raw: bool = False
    ) -> None:
        assert raw
        found.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    monkeypatch.setattr("IPython.display.display", display)
    assert isinstance(widget(kind), Still)
    widget(kind)._ipython_display_()
    return found


@cache
def widget(kind: str) -> Any:
    return KINDS[kind]()


def in_one_form(shown: list[dict[str, Any]]) -> list[str]:
    """The pictures and the words of outputs, as live and stored ones are compared."""
    data = [one["data"] for output in shown for one in compared(output)]
    return [one.get("picture") or one["text/plain"] for one in data if one.keys() != {WIDGET}]


@every_kind
@every_program
def test_a_widget_is_one_output_with_a_form_for_readers_without_widgets(
    kind: str, program: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch)
    [shown] = outputs(kind, monkeypatch)
    assert shown["data"].keys() == {WIDGET, "text/html", "text/plain"}
    assert re.search(r'<img alt="[^"]{20}', shown["data"]["text/html"]) or kind == "question"
    assert "display: none" not in shown["data"]["text/html"]
    assert len(shown["data"]["text/plain"].split()) > 4


@every_kind
@every_program
def test_a_notebook_saved_there_holds_the_pictures_and_words_of_one_saved_in_jupyterlab(
    kind: str, program: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    alive, still = outputs(kind, monkeypatch)
    assert alive["data"].keys() == {WIDGET}
    program(monkeypatch)
    assert in_one_form(outputs(kind, monkeypatch)) == in_one_form([alive, still])
