"""The memory of a class and its module outside of its objects, which a new process does not have."""

from __future__ import annotations

from inspect import unwrap
from types import FunctionType
from typing import Any

__all__ = ["Process"]


class Process:
    """The attributes of a class, and the names of its module, at the moment at which its process starts.

    >>> class Counted:
    ...     last = 0
    >>> process = Process(Counted)
    >>> Counted.last = 7
    >>> process.start_again()
    >>> Counted.last
    0
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.attributes = dict(vars(kind))
        functions = [unwrap(one) for one in vars(kind).values() if isinstance(one, FunctionType)]
        self.module: dict[str, Any] = functions[0].__globals__ if functions else {}
        self.names = {name: one for name, one in self.module.items() if name[:1] != "_"}
        values = [*self.attributes.values(), *self.names.values()]
        self.contents = [(one, one.copy()) for one in values if type(one) in (list, dict, set)]

    def start_again(self) -> None:
        """Give class and module the attributes, names and contents that they had."""
        for name in [name for name in vars(self.kind) if name not in self.attributes]:
            delattr(self.kind, name)
        for name, value in self.attributes.items():
            if vars(self.kind).get(name) is not value:
                setattr(self.kind, name, value)
        for name in [name for name in self.module if name[:1] != "_" and name not in self.names]:
            del self.module[name]
        self.module.update(self.names)
        for one, before in self.contents:
            if one != before:
                one.clear()
                one.extend(before) if isinstance(one, list) else one.update(before)
