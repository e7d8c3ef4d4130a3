"""Checks of the nodes given to a placement, shared by all placements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

__all__ = ["checked_name", "checked_weight", "listed_names", "weights_of"]


def listed_names(nodes: Iterable[str], what: str = "nodes") -> list[str]:
    """Return the names in their order; the names of a set, which has no order, are sorted.

    Raises TypeError for a single string, which would become one node per letter, for anything not iterable, and for a
    name that is not a string; ValueError for an empty name. ``what`` names the argument in the error.

    >>> listed_names("n1")
    Traceback (most recent call last):
        ...
    TypeError: nodes='n1': a list of names is required, not one string; write ['n1']
    """
    if isinstance(nodes, str | bytes | bytearray):
        raise TypeError(
            f"{what}={nodes!r}: a list of names is required, not one string; write [{nodes!r}]"
        )
    if not isinstance(nodes, Iterable):
        raise TypeError(f"{what}={nodes!r}: a list of names is required")
    names = [checked_name(name, what) for name in nodes]
    return sorted(names) if isinstance(nodes, set | frozenset) else names


def weights_of(nodes: Iterable[str] | Mapping[str, float], what: str = "nodes") -> dict[str, float]:
    """Return the weight of each node, in their order; weights are 1 unless ``nodes`` is a mapping.

    Raises as `listed_names` and `checked_weight` do, and ValueError for a duplicate name.

    >>> weights_of(["a", "b"]), weights_of({"a": 2})
    ({'a': 1.0, 'b': 1.0}, {'a': 2.0})
    """
    given = nodes if isinstance(nodes, Mapping) else {}
    weights: dict[str, float] = {}
    for name in listed_names(nodes, what):
        if name in weights:
            raise ValueError(f"node {name!r} is there already: each node is given once")
        weights[name] = checked_weight(name, given.get(name, 1.0))
    return weights


def checked_name(name: str, what: str = "node") -> str:
    """Return the name. Raise TypeError unless it is a string, ValueError if it is empty."""
    if not isinstance(name, str):
        raise TypeError(f"{what}: {name!r}: a node's name must be a string")
    if not name:
        raise ValueError(f"{what}: {name!r}: a node's name must not be empty")
    return name


def checked_weight(name: str, weight: float) -> float:
    """Return the weight of the node of this name. Raise ValueError unless it is a finite number above 0."""
    try:
        number = float(weight) if not isinstance(weight, str | bytes) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"node {name!r}: weight={weight!r}: it must be a finite number above 0")
    return number
