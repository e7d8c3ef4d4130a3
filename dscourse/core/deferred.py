"""Stand-ins for modules that are imported when they are first used, as those that only a picture needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["deferred"]


class _Deferred:
    """A stand-in for a module, whose names it takes over one by one as they are used."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._module), name)
        setattr(self, name, value)  # so that it is an attribute like any other from then on
        return value


def deferred(module: str) -> Any:
    """Return a stand-in for the module of this name, which is imported when one of its names is first used.

    It stands in the ``else`` of ``if TYPE_CHECKING``, where the same name is imported for types. An import that fails
    raises its error at the first use; AttributeError for a name that the module does not have.

    >>> text = deferred("textwrap")
    >>> text.shorten("one two three", 10)
    'one [...]'
    """
    return _Deferred(module)
