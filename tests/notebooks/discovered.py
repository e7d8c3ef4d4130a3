"""The course's current notebooks, chapters and panels; new ones are discovered automatically."""

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
from dscourse.panels import PictureView
from dscourse.touch import Explorer

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))
WRITTEN = written(FOLDER)
EXPECTED = {chapter.file for chapter in CHAPTERS} | {"glossary.ipynb"}

_KIT = frozenset({"controls", "panel"})
PanelMaker = Callable[[], PictureView | Explorer]


def path_of(chapter: Chapter) -> Path:
    """Return the path of a chapter's notebook."""
    return FOLDER / chapter.file


def panel_makers() -> dict[str, PanelMaker]:
    """Return the functions of the chapters' modules that build a panel, by ``module.function``."""
    names = (module.name for module in pkgutil.iter_modules(panels.__path__))
    found: dict[str, PanelMaker] = {}
    for name in sorted(set(names) - _KIT):
        module = importlib.import_module(f"dscourse.panels.{name}")
        found |= {f"{name}.{maker}": function for maker, function in makers_in(module).items()}
    return found


def makers_in(module: ModuleType) -> dict[str, PanelMaker]:
    """Return the public functions of one module that are annotated to return a panel, by name."""
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name[0] != "_" and function.__module__ == module.__name__ and _returns_panel(function)
    }


def _returns_panel(function: Callable[..., object]) -> bool:
    kind = get_type_hints(function).get("return")
    return isinstance(kind, type) and issubclass(kind, PictureView | Explorer)
