"""None in the messages of widgets, in a simulated browser."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from dscourse.show.nulls import keep_none

NULL = object()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A simulated Pyodide; the data of the messages that its comms publish."""
    messages: list[Any] = []

    class Comm:
        def publish_msg(self, kind: str, data: Any = None, metadata: Any = None) -> None:
            messages.append(data)

    comm, ffi = ModuleType("comm"), ModuleType("pyodide.ffi")
    comm.create_comm = Comm  # type: ignore[attr-defined]
    ffi.jsnull = NULL  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "comm", comm)
    monkeypatch.setitem(sys.modules, "pyodide", ModuleType("pyodide"))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    return messages


def test_none_is_null_in_a_browser_at_every_depth(
    sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    keep_none()
    keep_none()
    comm: Any = sys.modules["comm"]
    comm.create_comm().publish_msg("a", {"x": None, "y": [1, ("b", None)], "z": b"0"}, None)
    comm.create_comm().publish_msg("b")
    assert sent == [{"x": NULL, "y": [1, ["b", NULL]], "z": b"0"}, None]


def test_elsewhere_nothing_is_changed(sent: list[Any]) -> None:
    keep_none()
    comm: Any = sys.modules["comm"]
    comm.create_comm().publish_msg("a", {"x": None})
    assert sent == [{"x": None}]
