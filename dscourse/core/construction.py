"""The construction of nodes: the check that ``super().__init__`` has run, and the arguments copied for restarts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, MappingView
from functools import wraps
from typing import Any

from dscourse.core.copying import copy_state

__all__ = ["calling_super", "copy_arguments", "copy_error"]


def calling_super(init: Callable[..., None]) -> Callable[..., None]:
    """Return the ``__init__`` of a node class with a check that it has called that of `Node`."""

    @wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
        except AttributeError as error:
            if "_context" in vars(self):
                raise
            raise _super_error(self) from error
        if "_context" not in vars(self):
            raise _super_error(self)

    return checked


def _super_error(node: object) -> TypeError:
    return TypeError(
        f"{type(node).__name__}.__init__ must begin with super().__init__(id, peers): "
        "without it a node has no name, no peers, and nothing to send with"
    )


def copy_error(name: str, error: Exception) -> TypeError:
    """Return the error for an argument or attribute that cannot be copied."""
    return TypeError(
        f"{name} cannot be copied ({error}): it must be plain data, such as numbers, strings, lists, sets and dicts"
    )


def copy_arguments(
    kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a private copy of a node's constructor arguments, for its restarts."""
    arguments: list[tuple[str | int, Any]] = [*enumerate(args, 1), *kwargs.items()]
    for name, value in arguments:
        if isinstance(value, Iterator | MappingView):
            raise TypeError(
                f"{_argument(kind, name)}={value!r}: {_argument(kind, name)} must be a list or a tuple: "
                "a restart reads it again"
            )
    memo: dict[int, Any] = {}
    copied = {}
    for name, value in arguments:
        try:
            copied[name] = copy_state(value, memo)
        except (TypeError, RecursionError) as error:
            raise copy_error(f"{_argument(kind, name)} of {kind.__name__}", error) from error
    return tuple(copied[index] for index, _ in enumerate(args, 1)), {
        name: copied[name] for name in kwargs
    }


def _argument(kind: Any, name: str | int) -> str:
    """Return the name of an argument of ``__init__`` given by position or by name."""
    if isinstance(name, str):
        return name
    names = list(inspect.signature(kind.__init__).parameters)
    return names[name] if name < len(names) else f"argument {name}"
