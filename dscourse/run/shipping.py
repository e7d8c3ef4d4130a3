"""The file by which new processes get nodes and their classes, those of a notebook or a script included.

It is read by its owner's processes alone, from a folder that nobody else can read: pickles travel over no socket.
"""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.node import Node
from dscourse.run.by_value import by_value
from dscourse.run.value_types import value_types

__all__ = ["pickled"]


def pickled(nodes: Mapping[str, Node], types: list[type]) -> tuple[bytes, tuple[type, ...]]:
    """Return the file, and the classes of the nodes' values: for each node its pickle, with that of the classes.

    TypeError if something cannot be pickled.
    """
    kinds = value_types([*nodes.values(), *types])
    try:
        each = {name: by_value((node, kinds)) for name, node in nodes.items()}
        return by_value(each), kinds
    except Exception as error:  # whatever the learner's own classes raise
        raise TypeError(
            f"the nodes cannot be given to other processes ({type(error).__name__}: {error}): they and their classes "
            "must hold plain data, and no open file, lock or thread"
        ) from error
