"""Checks of the arguments of a world, made before anything happens: one clear error per mistake."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, MappingView, Set
from itertools import islice
from numbers import Integral, Real
from typing import Any

from dscourse.core.frozen_dict import freeze
from dscourse.node import Clock, Node
from dscourse.sim.faults import At, Fault
from dscourse.sim.network import Link, Network

__all__ = [
    "as_clocks", "as_list", "as_network", "as_nodes", "as_operations", "as_plan", "as_seed", "as_switch", "as_us",
    "check_count",
]  # fmt: skip

MOST_OPERATIONS = 1_000_000
Operation = tuple[str, Any, Any]


def as_list(given: Any, name: str, single: Any, example: str) -> list[Any]:
    """Return the argument as a list. Raise TypeError for a ``single`` item, a string, or anything else not a list."""
    if isinstance(given, (single, str, bytes, Mapping)):
        raise TypeError(f"{name}={given!r}: a list is required; write {example}")
    _need_order(given, name)
    if not isinstance(given, Iterable):
        raise TypeError(f"{name}={given!r}: a list is required, such as {example}")
    return list(given)


def _need_order(given: object, name: str) -> None:
    """Raise TypeError for a set: its iteration order differs between processes."""
    if isinstance(given, Set) and not isinstance(given, MappingView):
        raise TypeError(
            f"{name}={given!r}: a set has no order, and the run depends on it; write a list"
        )


def as_switch(given: object, name: str) -> bool:
    """Return True or False. Raise TypeError for anything else."""
    if given not in (True, False):
        raise TypeError(f"{name}={given!r}: True or False is required")
    return bool(given)


def as_nodes(given: Iterable[Node]) -> list[Node]:
    """Return the nodes of a world: instances of subclasses of `Node` without pending effects."""
    nodes = as_list(given, "nodes", Node, "[Node('a'), Node('b')]")
    if not nodes:
        raise ValueError("a world needs at least 1 node")
    for node in nodes:
        if isinstance(node, type) and issubclass(node, Node):
            raise TypeError(
                f"{node.__name__} is a class: a world is made of nodes; write {node.__name__}('a')"
            )
        if not isinstance(node, Node):
            raise TypeError(
                f"{node!r}: a world is made of nodes, each an object of a class derived from Node"
            )
        if node._context.effects:
            raise ValueError(
                f"{node.id!r} has asked for effects that nobody has carried out, first for "
                f"{node._context.effects[0][0]}: a node asks in its handlers, begin with on_start"
            )
    return nodes


def as_seed(given: Any) -> int:
    """Return the seed as an int. Raise TypeError unless it is a whole number."""
    if not hasattr(given, "__index__"):
        raise TypeError(
            f"seed={given!r}: a whole number is required; write World(nodes, seed=1, network=…, plan=…)"
        )
    return int(given.__index__())


def as_network(given: Any) -> Network:
    """Return the network of a world; by default every message takes 1 ms."""
    if given is None:
        return Network()
    if isinstance(given, Network):
        return given
    if isinstance(given, Link):
        advice = "write Network(latency=…, loss=…) with the settings of the link"
    elif callable(getattr(given, "quantile", None)) and not isinstance(given, type):
        advice = f"write Network(latency={given!r})"
    else:
        advice = "write Network(latency=Constant(1))"
    raise TypeError(f"network={given!r}: a Network is required; {advice}")


def as_clocks(given: Any) -> dict[str, Clock]:
    """Return the clocks by node name; nodes may be left out."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"clocks={given!r}: a dict is required, such as {{'a': Clock(skew_ms=5)}}")
    for name, clock in given.items():
        if not isinstance(clock, Clock):
            raise TypeError(
                f"clocks[{name!r}] is {clock!r}: a Clock is required, such as Clock(skew_ms=5)"
            )
    return dict(given)


def as_plan(given: Iterable[At]) -> list[At]:
    """Return a fault plan as a list; `check_plan` checks its entries."""
    return as_list(given, "plan", At | Fault, "[At(100, Crash('a'))]")


def as_operations(given: Iterable[tuple[object, ...]]) -> list[Operation]:
    """Return a client's operations as values (f, key, value). Raise ValueError for more than a million."""
    example = "[('write', 'x', 1), ('read', 'x')]"
    if isinstance(given, tuple) and given and isinstance(given[0], str):
        raise TypeError(f"ops={given!r}: a list of operations is required; write [{given!r}]")
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise TypeError(f"ops={given!r}: a list of operations is required, such as {example}")
    _need_order(given, "ops")
    ops = [_operation(op) for op in islice(given, MOST_OPERATIONS + 1)]
    if len(ops) > MOST_OPERATIONS:
        raise ValueError(f"ops has more than {MOST_OPERATIONS:,} operations: give them in parts")
    return ops


def _operation(op: Any) -> Operation:
    if not isinstance(op, tuple | list) or not 1 <= len(op) <= 3 or not isinstance(op[0], str):
        raise TypeError(f"{op!r}: an operation is a tuple (f, key, value), f a string")
    f, key, value = (*op, None, None)[:3]
    return str(f), freeze(key, f"the key of {f!r}"), freeze(value, f"the value of {f!r}")


def as_us(ms: float, name: str) -> int:
    """Return ``ms`` in whole µs. Raise ValueError for a time that is negative, infinite or not a number."""
    if not isinstance(ms, Real) or not 0 <= ms < math.inf:
        raise ValueError(f"{name}={ms!r}: a time must be a finite number of ms, 0 or more")
    return round(float(ms) * 1000)


def check_count(count: int, name: str) -> None:
    """Raise ValueError unless ``count`` is a whole number, 1 or more."""
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{name}={count!r}: a whole number of events is required, 1 or more")
