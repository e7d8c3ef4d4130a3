"""The owner of running code: the learner, or the course and installed libraries.

A frame belongs to the namespace in which its code was defined (``f_globals``), wherever the file is. The learner's
namespaces are those in which the answer was defined, the notebook's (``__main__``), and those of modules in the
folder in which the notebook or script runs. Every other module is a library, whether it comes from the standard
library, a site folder, the path, a zip file or a frozen image. Code without a module, as ``exec`` and ``namedtuple``
create it, belongs to its caller. Finding the owner runs none of the learner's code.
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
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: created by a class statement
_PLAIN = frozenset({bool, int, float, complex, str, bytes, type(None)})
_DEPTH = 6  # the depth to which an answer is searched: containers, partials, closures and classes
_WIDTH = 200  # the most members searched per container

_FRAMES: dict[type, str] = {
    GeneratorType: "gi_frame", CoroutineType: "cr_frame", AsyncGeneratorType: "ag_frame",
}  # fmt: skip

Line = tuple[str, int, str]  # file, line number, name of the function


class Learner:
    """The learner's side of a check: the namespaces that are theirs.

    The namespace of ``judge`` is not theirs, unless the answer was defined in it. ``foreign`` has the ids of the
    namespaces that were found to be another module's.
    """

    def __init__(self, answer: Any, judge: Any = None) -> None:
        self._known: dict[int, tuple[dict[str, Any], bool | None]] = {}
        self.foreign: set[int] = set()
        for namespace in _namespaces(answer):
            if not _is_package(namespace):
                self._known.setdefault(id(namespace), (namespace, True))
        judges = getattr(judge, "__globals__", {})
        self._known.setdefault(id(judges), (judges, False))

    def has(self, frame: FrameType) -> bool:
        """Return True if the frame's code is the learner's."""
        caller: FrameType | None = frame
        while caller is not None:
            mine = self.owns(caller.f_globals)
            if mine is not None:
                return mine
            caller = caller.f_back
        return False

    def owns(self, namespace: dict[str, Any]) -> bool | None:
        """Return True for a namespace of the learner's, False for another module's, None if it is no module's."""
        known = self._known.get(id(namespace))
        if known is None:
            known = self._known[id(namespace)] = (
                namespace,
                _owned(namespace),
            )  # keep the namespace, so that its id stays unique
        if known[1] is False:
            self.foreign.add(id(namespace))
        return known[1]

    def last_line(self, trace: TracebackType | None) -> Line | None:
        """Return the learner's innermost line in a traceback."""
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
        """Return the first of these lines, innermost first, that is not in a file of another module."""
        files = {
            file: self.owns(vars(module))
            for module in list(sys.modules.values())
            if isinstance(file := getattr(module, "__file__", None), str)
        }
        mine = (line for line in lines if files.get(line[0], not line[0].startswith("<frozen")))
        return next(mine, None)


def _owned(namespace: dict[str, Any]) -> bool | None:
    """Return True if a module's namespace is the learner's, False if not, None if it is no module's."""
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
    """Return True if the module was imported from the folder of the notebook or script."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return False
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    stem = Path(*module.__name__.split("."))
    try:
        homes = [os.getcwd(), *([os.path.dirname(main)] if isinstance(main, str) else [])]
        stems = {os.path.realpath(Path(home, stem)) for home in homes}
        path = os.path.realpath(file)
    except OSError:  # the folder is gone
        return False
    return os.path.splitext(path)[0] in stems or os.path.dirname(path) in stems


def _namespaces(answer: Any) -> Iterator[dict[str, Any]]:
    """Yield the namespaces in which an answer's code was defined, as far as they can be found without running it.

    A library's namespace counts only if the answer itself was defined there: bases, decorators and members may come
    from anywhere.
    """
    seen: dict[int, Any] = {}
    level = [answer]
    for depth in range(_DEPTH):
        fresh = [one for one in level if id(one) not in seen]
        seen.update((id(one), one) for one in fresh)
        for one in fresh:
            namespace = _namespace(one)
            if isinstance(namespace, dict) and (
                _owned(namespace) is not False or _is_direct(one, depth)
            ):
                yield namespace
        level = [part for one in fresh for part in _parts(one) if not _is_built_in(part)]


def _is_built_in(value: Any) -> bool:
    """Return True for types not defined by Python code, and for plain values of such types."""
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
    """Return the parts of a value, read without calling any of its code."""
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
