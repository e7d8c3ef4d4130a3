"""What the course holds now: its notebooks, chapters and panels. A new one is found here by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

from dscourse import panels
from dscourse.course.chapters import CHAPTERS, Chapter, written
from dscourse.panels import View

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))
WRITTEN = written(FOLDER)
EXPECTED = {chapter.file for chapter in CHAPTERS} | {"glossary.ipynb"}

_KIT = frozenset({"controls", "panel", "player"})
PanelMaker = Callable[[], View]


def path_of(chapter: Chapter) -> Path:
    """The notebook of a chapter."""
    return FOLDER / chapter.file


def panel_makers() -> dict[str, PanelMaker]:
    """Every function of a chapter's module that makes a panel, as ``module.function``."""
    names = (module.name for module in pkgutil.iter_modules(panels.__path__))
    found: dict[str, PanelMaker] = {}
    for name in sorted(set(names) - _KIT):
        module = importlib.import_module(f"dscourse.panels.{name}")
        found |= {f"{name}.{maker}": function for maker, function in makers_in(module).items()}
    return found


def makers_in(module: ModuleType) -> dict[str, PanelMaker]:
    """The public functions of one module that are annotated to return a panel."""
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name[0] != "_" and function.__module__ == module.__name__ and _returns_panel(function)
    }


def _returns_panel(function: Callable[..., object]) -> bool:
    kind = get_type_hints(function).get("return")
    return isinstance(kind, type) and issubclass(kind, View)
