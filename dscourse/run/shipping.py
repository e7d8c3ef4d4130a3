"""The file by which new processes get nodes and their classes, those of a notebook or a script included.

It is read by its owner's processes alone, from a folder that nobody else can read: pickles travel over no socket.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from dscourse.node import Node
from dscourse.run.value_types import value_types

__all__ = ["pickled"]


def pickled(nodes: Mapping[str, Node], types: list[type]) -> tuple[bytes, tuple[type, ...]]:
    """Return the file, and the classes of the nodes' values: for each node its pickle, with that of the classes.

    TypeError if something cannot be pickled.
    """
    kinds = value_types([*nodes.values(), *types])
    try:
        each = {name: _dumps((node, kinds)) for name, node in nodes.items()}
        return _dumps(each), kinds
    except Exception as error:  # whatever the learner's own classes raise
        raise TypeError(
            f"the nodes cannot be given to other processes ({type(error).__name__}: {error}): they and their classes "
            "must hold plain data, and no open file, lock or thread"
        ) from error


def _dumps(value: object) -> bytes:
    file = io.BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """cloudpickle, which makes classes with slots again as classes without: messages must have slots."""

    def reducer_override(self, obj: Any) -> Any:
        reduced = super().reducer_override(obj)
        slots = isinstance(obj, type) and "__slots__" in vars(obj) and not issubclass(obj, tuple)
        if slots and isinstance(reduced, tuple):
            function, (kind, name, bases, options, *rest), *others = reduced
            if isinstance(options, dict):
                return (
                    function,
                    (kind, name, bases, {**options, "__slots__": vars(obj)["__slots__"]}, *rest),
                    *others,
                )
        return reduced
