"""Whose code is running: the learner's, or that of the course and of installed libraries.

A frame belongs to the namespace that its code was defined in (``f_globals``), wherever files happen to stand. The
learner's namespaces are those that the answer was defined in, the notebook's (``__main__``), and those of modules in
the folder that the notebook or script runs in. Every other module is a library, whether it comes from the standard
library, a site folder, the path, a zip file or a frozen image. Code of no module, as ``exec`` and ``namedtuple`` make
it, belongs to its caller. No code of the learner's runs to find this out.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import (
    AsyncGeneratorType,
    CellType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any

__all__ = ["Learner", "Line"]

_PACKAGE = __name__.partition(".")[0]
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement
_PLAIN = frozenset({bool, int, float, complex, str, bytes, type(None)})
_DEPTH = 6  # how far to look into an answer made of containers, partials, closures and classes
_WIDTH = 200  # members looked at per container

_FRAMES: dict[type, str] = {
    GeneratorType: "gi_frame", CoroutineType: "cr_frame", AsyncGeneratorType: "ag_frame",
}  # fmt: skip

Line = tuple[str, int, str]  # file, line number, name of the function


class Learner:
    """The learner's side of a check: which namespaces are theirs.

    That of ``judge`` is never theirs unless the answer was defined in it.
    """

    def __init__(self, answer: Any, judge: Any = None) -> None:
        self._seen: dict[int, tuple[dict[str, Any], bool | None]] = {}
        for namespace in _namespaces(answer):
            if not _is_package(namespace):
                self._seen.setdefault(id(namespace), (namespace, True))
        judges = getattr(judge, "__globals__", {})
        self._seen.setdefault(id(judges), (judges, False))

    def has(self, frame: FrameType) -> bool:
        """True if the code that this frame runs is the learner's."""
        found: FrameType | None = frame
        while found is not None:
            mine = self.owns(found.f_globals)
            if mine is not None:
                return mine
            found = found.f_back
        return False

    def owns(self, namespace: dict[str, Any]) -> bool | None:
        """True for a namespace of the learner's, False for another module's, None for one of no module."""
        known = self._seen.get(id(namespace))
        if known is None:
            known = self._seen[id(namespace)] = (
                namespace,
                _owned(namespace),
            )  # kept: ids stay unique
        return known[1]

    def last_line(self, trace: TracebackType | None) -> Line | None:
        """The innermost line of the learner's in a traceback."""
        last, mine = None, False
        while trace is not None:
            owned = self.owns(trace.tb_frame.f_globals)
            mine = mine if owned is None else owned
            if mine:
                code = trace.tb_frame.f_code
                last = code.co_filename, trace.tb_lineno, code.co_name
            trace = trace.tb_next
        return last

    def first_line(self, lines: list[Line]) -> Line | None:
        """The first of these lines, innermost first, that stands in no file of another module's."""
        files = {
            file: self.owns(vars(module))
            for module in list(sys.modules.values())
            if isinstance(file := getattr(module, "__file__", None), str)
        }
        mine = (line for line in lines if files.get(line[0], not line[0].startswith("<frozen")))
        return next(mine, None)


def _owned(namespace: dict[str, Any]) -> bool | None:
    """Whether a module's namespace is the learner's; None if it is no module's."""
    name = namespace.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or getattr(module, "__dict__", None) is not namespace:
        return None
    if _is_package(namespace):
        return False
    return name == "__main__" or _stands_beside(module)


def _is_package(namespace: dict[str, Any]) -> bool:
    name = namespace.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] == _PACKAGE


def _stands_beside(module: ModuleType) -> bool:
    """True if the module was imported from the folder that the notebook or script runs in."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return False
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    stem = Path(*module.__name__.split("."))
    try:
        homes = [os.getcwd(), *([os.path.dirname(main)] if isinstance(main, str) else [])]
        places = {os.path.realpath(Path(home, stem)) for home in homes}
        path = os.path.realpath(file)
    except OSError:  # the folder is gone
        return False
    return os.path.splitext(path)[0] in places or os.path.dirname(path) in places


def _namespaces(answer: Any) -> Iterator[dict[str, Any]]:
    """The namespaces that the code of an answer was defined in, as far as it can be reached without running any.

    A library's counts only where the answer itself was defined there: bases, decorators and members may be anybody's.
    """
    seen: dict[int, Any] = {}
    level = [answer]
    for depth in range(_DEPTH):
        fresh = [one for one in level if id(one) not in seen]
        seen.update((id(one), one) for one in fresh)
        for one in fresh:
            found = _namespace(one)
            if isinstance(found, dict) and (_owned(found) is not False or _is_direct(one, depth)):
                yield found
        level = [part for one in fresh for part in _parts(one) if not _is_built_in(part)]


def _is_built_in(value: Any) -> bool:
    """True for types that no Python code defines, and for values of theirs that hold nothing."""
    kind = type(value)
    if issubclass(kind, type):
        return not type.__dict__["__flags__"].__get__(value) & _HEAP_TYPE
    return kind in _PLAIN


def _is_direct(value: Any, depth: int) -> bool:
    return depth == 0 and "__wrapped__" not in getattr(value, "__dict__", {})


def _namespace(value: Any) -> Any:
    kind = type(value)
    if kind is FunctionType:
        return value.__globals__
    if issubclass(kind, type):
        name = type.__dict__["__dict__"].__get__(value).get("__module__")
        return getattr(sys.modules.get(name), "__dict__", None) if type(name) is str else None
    if kind in _FRAMES:
        return getattr(getattr(value, _FRAMES[kind]), "f_globals", None)
    return None


def _parts(value: Any) -> list[Any]:
    """What a value is made of, read without asking the value itself."""
    kind = type(value)
    if kind is FunctionType:
        return [*(value.__closure__ or ()), *vars(value).values()][:_WIDTH]
    if kind is CellType:
        return _contents(value)
    if kind is MethodType:
        return [value.__func__, value.__self__]
    if kind in (list, tuple, set, frozenset):
        return [item for item, _ in zip(value, range(_WIDTH), strict=False)]
    if kind is dict:
        return [part for pair in _parts(list(value.items())) for part in pair]
    if kind in (staticmethod, classmethod):
        return [value.__func__]
    if kind is property:
        return [value.fget, value.fset, value.fdel]
    if issubclass(kind, functools.partial):
        return [functools.partial.func.__get__(value), functools.partial.args.__get__(value)]
    if issubclass(kind, type):
        own = type.__dict__["__dict__"].__get__(value).values()
        return [*list(own)[:_WIDTH], *type.__dict__["__bases__"].__get__(value)]
    return [kind, *_attributes(value)]


def _contents(cell: CellType) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:  # not bound yet
        return []


def _attributes(value: Any) -> list[Any]:
    try:
        own = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return []
    return list(own.values())[:_WIDTH] if type(own) is dict else []
