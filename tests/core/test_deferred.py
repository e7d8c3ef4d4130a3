"""Deferred modules: nothing is imported before a name is used, and each name is looked up once."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from dscourse.core.deferred import deferred


def test_the_module_is_imported_when_a_name_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this_is_no_module", raising=False)
    stand_in = deferred("this_is_no_module")
    with pytest.raises(ModuleNotFoundError, match="this_is_no_module"):
        stand_in.anything  # noqa: B018
    module = ModuleType("this_is_no_module")
    module.anything = object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "this_is_no_module", module)
    assert stand_in.anything is module.anything
    with pytest.raises(AttributeError, match="this_is_no_module"):
        stand_in.other  # noqa: B018


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Counting(ModuleType):
        def __getattr__(self, name: str) -> str:
            asked.append(name)
            return name

    monkeypatch.setitem(sys.modules, "counting", Counting("counting"))
    stand_in = deferred("counting")
    assert [stand_in.a, stand_in.a, stand_in.b] == ["a", "a", "b"]
    assert [name for name in asked if not name.startswith("__")] == ["a", "b"]
