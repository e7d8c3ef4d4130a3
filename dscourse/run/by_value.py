"""Pickles for other processes: functions and classes of a notebook or a script travel with their values."""

from __future__ import annotations

import io
from typing import Any

import cloudpickle

__all__ = ["by_value"]


def by_value(value: object) -> bytes:
    """Return the pickle of a value, with the functions and classes that no other process can import.

    >>> import pickle
    >>> pickle.loads(by_value(lambda number: number + 1))(2)
    3
    """
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
