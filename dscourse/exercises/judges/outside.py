"""The memory of an answer's nodes outside of the nodes, which all nodes of a run share, and which no crash loses."""

from __future__ import annotations

import builtins
import io
import pickle
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from dscourse.exercises.sandbox.code import CODE, MISSING, code_of, value_of, variables_of
from dscourse.node import Node

__all__ = ["Outside"]

_OURS = ("_handlers",)  # what a run itself notes at a class


class Outside:
    """The variables of an answer's classes of nodes that outlive a call, as they were before they ran.

    These are those of `variables_of`, and the attributes of classes and modules that the code names.

    >>> seen = {}
    >>> class Reader(Node):
    ...     def on_start(self, log):
    ...         seen[self.id] = log
    >>> outside = Outside(Reader)
    >>> Reader("n1").on_start(())
    >>> outside.mistake()[:40]
    '`seen` has changed while the nodes ran: '
    >>> Outside(Reader).mistake(), Outside(print).mistake()
    ('', '')
    """

    def __init__(self, *answers: Any) -> None:
        kinds = [one for one in answers if isinstance(one, type) and issubclass(one, Node)]
        code = [one for kind in kinds for one in code_of(kind)]
        self._variables = [variable for one in code for variable in variables_of(one)]
        owners = [*(base for kind in kinds for base in kind.__mro__), builtins, *_named(code)]
        self._owners = list({id(one): one for one in owners}.values()) if kinds else []
        self._before = self._contents(), self._attributes()

    def mistake(self) -> str:
        """Return a sentence about a variable that has changed since; "" if none has."""
        contents, attributes = self._before
        found = [
            name
            for (_, name), now, before in zip(
                self._variables, self._contents(), contents, strict=True
            )
            if now != before
        ]
        found += [name for name, _ in sorted(self._attributes() - attributes)]
        if not found:
            return ""
        return (
            f"`{found[0]}` has changed while the nodes ran: it is no node's own. A node is a process, which shares "
            "nothing with others but messages, and in a crash loses everything but its log. Keep it in `self`."
        )

    def _contents(self) -> list[bytes]:
        return [_content(value_of(*variable)) for variable in self._variables]

    def _attributes(self) -> set[tuple[str, int]]:
        """Return the names of all data among the attributes, with the identity of each."""
        return {
            (name, id(value))
            for owner in self._owners
            for name, value in list(vars(owner).items())
            if not (isinstance(value, CODE) or hasattr(type(value), "__get__") or name in _OURS)
            and not name.startswith("__")
        }


def _named(code: list[Any]) -> Iterator[Any]:
    """Yield the modules and classes that this code names."""
    for one in code:
        space = getattr(one, "__globals__", {})
        names = getattr(getattr(one, "__code__", None), "co_names", ())
        yield from (space[name] for name in names if isinstance(space.get(name), ModuleType | type))


class _Contents(pickle.Pickler):
    """Code stands for itself, and so does what has no contents that can be read."""

    def persistent_id(self, value: Any) -> int | None:
        return id(value) if value is MISSING or isinstance(value, CODE) else None

    def reducer_override(self, value: Any) -> Any:
        try:
            value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        except Exception:
            shown = repr(value) if type(value).__module__ == "itertools" else ""  # as count(3)
            return id, (id(value), shown)
        return NotImplemented


def _content(value: Any) -> bytes:
    """Return the contents of a value at every depth, as bytes to be compared."""
    file = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # itertools, before Python 3.14
            _Contents(file, pickle.HIGHEST_PROTOCOL).dump(value)
    except Exception:
        return b""
    return file.getvalue()
