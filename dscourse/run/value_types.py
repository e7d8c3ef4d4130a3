"""The classes of values that nodes may exchange or store: found in the code of the nodes.

A process decodes what it receives with a list of types that was made here, before it started. The search begins with
the nodes, what they are made of, `Invocation` and `Reply`; it follows every name that a method refers to, and the
annotations of every dataclass.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any

from dscourse.core.attributes import attributes
from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.values import Value, is_frozen
from dscourse.node import Client, Component, Context, Invocation, Message, Node, Reply, Timer

__all__ = ["is_value_type", "value_types"]

_OWN = (Node, Client, Component, Message, Timer, Context, object, Value, FrozenDict)


def value_types(roots: Iterable[object]) -> tuple[type, ...]:
    """Return the classes of values to which these objects refer, sorted by name, without Python's own.

    >>> from dscourse.protocols.textbook.quorum_store import MajorityWriteStore
    >>> [kind.__name__ for kind in value_types([MajorityWriteStore("n1")])]
    ['Invocation', 'Reply', 'Request', 'MajorityDue', 'NoMajority', 'Put', 'PutAck']
    """
    found: dict[int, object] = {}
    todo: list[object] = [Invocation, Reply, *roots]
    while todo:
        one = todo.pop()
        if id(one) not in found:
            found[id(one)] = one
            todo += _referred(one)
    kinds = {one for one in found.values() if isinstance(one, type) and is_value_type(one)}
    slotted = {(kind.__module__, kind.__qualname__) for kind in kinds if "__slots__" in vars(kind)}
    kinds = {  # without the classes of which @dataclass(slots=True) made others: methods still refer to them
        kind
        for kind in kinds
        if "__slots__" in vars(kind) or (kind.__module__, kind.__qualname__) not in slotted
    }
    return tuple(sorted(kinds, key=lambda kind: (kind.__module__, kind.__qualname__, id(kind))))


def is_value_type(kind: type) -> bool:
    """Return True for a class that `Codec` can be given, other than a base of the protocols' form."""
    if kind in _OWN:
        return False
    named_tuple = issubclass(kind, tuple) and hasattr(kind, "_fields")
    mapping = issubclass(kind, Mapping) and issubclass(kind, Value)
    return (
        is_frozen(kind)
        or named_tuple
        or mapping
        or (issubclass(kind, Enum) and kind.__module__ != "enum")
    )


def _referred(one: Any) -> Iterator[object]:
    """Yield the objects to which an object, class or function refers, and that may lead to classes of values."""
    if isinstance(one, type):
        if one not in _OWN and not _is_foreign(one.__module__):
            yield from one.__bases__
            yield from vars(one).values()
            yield from _annotated(one)
    elif isinstance(one, FunctionType):
        if not _is_foreign(one.__module__):
            yield from _named(one)
    elif isinstance(one, property):
        yield from (part for part in (one.fget, one.fset) if part is not None)
    elif isinstance(one, staticmethod | classmethod):
        yield one.__func__
    elif isinstance(one, tuple | list | set | frozenset):
        yield from one
    elif isinstance(one, Mapping):
        yield from one.keys()
        yield from one.values()
    elif typing.get_args(one):
        yield from typing.get_args(one)
    elif isinstance(one, Node) or is_dataclass(one) or isinstance(one, Enum):
        yield type(one)
        yield from attributes(one).values()
    elif not isinstance(one, ModuleType):
        yield type(one)


def _is_foreign(module: str | None) -> bool:
    """Return True for a module whose classes lead to no value of a protocol: of Python itself, or of the form."""
    top = (module or "").partition(".")[0]
    return (
        top in _STANDARD or module == "dscourse.node" or (module or "").startswith("dscourse.core.")
    )


_STANDARD = frozenset(sys.stdlib_module_names) - {"__main__"}


def _annotated(kind: type) -> Iterator[object]:
    try:
        yield from typing.get_type_hints(kind).values()
    except (NameError, TypeError, AttributeError):  # a class defined inside a function
        return


def _named(function: FunctionType) -> Iterator[object]:
    """Yield the objects that a function names: globals, attributes of modules, closures, defaults, annotations."""
    names = set(_names(function.__code__))
    known = [function.__globals__[name] for name in names if name in function.__globals__]
    for one in known:
        if isinstance(one, ModuleType) and not _is_foreign(one.__name__):
            yield from (vars(one)[name] for name in names if name in vars(one))
        yield one
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not yet bound
            continue
    yield from function.__defaults__ or ()
    try:
        yield from typing.get_type_hints(function).values()
    except (NameError, TypeError, AttributeError):
        return


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
