"""Live source: a notebook shows the code that the package runs, so it can never go stale."""

from __future__ import annotations

import html
import inspect
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from dscourse.core.paper import CLASS, STYLE

__all__ = ["Source", "source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Python code and its location; a notebook shows it highlighted."""

    code: str
    origin: str
    first_line: int = 1

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.code}

    def __str__(self) -> str:
        return self.code

    @property
    def html(self) -> str:
        """The code with colours of its own, on its own paper, below a line that names the file."""
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer

        formatter = HtmlFormatter(
            noclasses=True, style="default", nobackground=True,
            prestyles="margin:0;padding:8px 12px;line-height:1.35;white-space:pre;overflow-x:auto;"
            "color:#1f2430;background:#f7f8fa",
        )  # fmt: skip
        body = highlight(self.code, PythonLexer(), formatter)
        return (
            f'<div class="{CLASS}" style="background:#f7f8fa;color:#1f2430;'
            'border:1px solid #d5d9e0;font-size:12.5px">'
            '<div style="padding:3px 12px;border-bottom:1px solid #d5d9e0;color:#5b6472;'
            f'font-family:sans-serif;font-size:12px">{html.escape(self.origin)}</div>{body}</div>{STYLE}'
        )


def source(obj: Any, part: str | None = None) -> Source:
    """Return the source of a class, function or module as it is installed; ``part`` picks one method or
    property of a class, or one function or class of a module.

    LookupError if there is no such part, TypeError for something that has no source.

    >>> from dscourse.node import Node
    >>> print(source(Node, "broadcast").code.splitlines()[0])
    def broadcast(self, message: Message) -> None:
    """
    if part is not None:
        obj = _part(obj, part)
    try:
        lines, first = inspect.getsourcelines(obj)
        path = Path(inspect.getsourcefile(obj) or "")
    except (TypeError, OSError) as error:
        raise TypeError(
            f"{obj!r} has no source to show: give a class, a function or a module"
        ) from error
    name = "" if isinstance(obj, ModuleType) else f", {getattr(obj, '__qualname__', '')}"
    return Source(
        textwrap.dedent("".join(lines)).rstrip() + "\n", f"{_shown(path)}{name}", max(first, 1)
    )


def _part(obj: Any, name: str) -> Any:
    """Return the method, property or function of this name."""
    if not isinstance(obj, type | ModuleType):
        raise TypeError(f"{obj!r} has no parts: give a class or a module")
    part = getattr(obj, name, None)
    if part is None:
        names = [one for one in vars(obj) if callable(getattr(obj, one)) and one[0] != "_"]
        raise LookupError(f"{obj.__name__} has no {name!r}: it has {', '.join(names)}")
    return part.fget if isinstance(part, property) else part


def _shown(path: Path) -> str:
    """Return the path from the package on: never a folder of this machine."""
    parts = path.parts
    if "dscourse" in parts:
        at = len(parts) - 1 - parts[::-1].index("dscourse")
        return "/".join(parts[at:])
    return "this notebook" if "ipykernel" in str(path) else path.name
