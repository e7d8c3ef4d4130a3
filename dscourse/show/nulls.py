"""None in the messages of widgets, where Python runs in the browser.

A kernel sends JSON, in which None is null. Pyodide hands objects over, and None becomes ``undefined``, which is not
null: a value that is not there yet looks like one that is.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

__all__ = ["keep_none"]


def keep_none() -> None:
    """Let None reach widgets as null; without effect elsewhere than in a browser, and the second time."""
    comm: Any = importlib.import_module("comm") if sys.platform == "emscripten" else None
    if comm is None or getattr(comm.create_comm, "keeps_none", False):
        return
    null = importlib.import_module("pyodide.ffi").jsnull

    class Comm(comm.create_comm):  # type: ignore[misc]
        keeps_none = True

        def publish_msg(self, msg_type: str, data: Any = None, *rest: Any, **more: Any) -> None:
            super().publish_msg(msg_type, data and _with(null, data), *rest, **more)

    comm.create_comm = Comm


def _with(null: object, value: Any) -> Any:
    """Return the value with this object in place of each None within it."""
    if value is None:
        return null
    if isinstance(value, dict):
        return {key: _with(null, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with(null, item) for item in value]
    return value
