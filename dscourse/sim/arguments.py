"""Checks of the arguments of a world, made before anything happens: one clear error per mistake."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, MappingView, Set
from itertools import islice
from numbers import Integral, Real
from typing import Any

from dscourse.core.frozen_dict import freeze
from dscourse.node import Clock, Node, context_of
from dscourse.sim.faults import At, Fault
from dscourse.sim.network import Link, Network

__all__ = [
    "as_clocks", "as_list", "as_network", "as_nodes", "as_operations", "as_plan", "as_seed", "as_switch", "as_us",
    "check_count",
]  # fmt: skip

MOST_OPERATIONS = 1_000_000
Operation = tuple[str, Any, Any]


def as_list(argument: Any, name: str, single: Any, example: str) -> list[Any]:
    """Return the argument as a list. Raise TypeError for a ``single`` item, a string, or anything else not a list."""
    if isinstance(argument, (single, str, bytes, Mapping)):
        raise TypeError(f"{name}={argument!r}: a list is required; write {example}")
    _need_order(argument, name)
    if not isinstance(argument, Iterable):
        raise TypeError(f"{name}={argument!r}: a list is required, such as {example}")
    return list(argument)


def _need_order(argument: object, name: str) -> None:
    """Raise TypeError for a set: its iteration order differs between processes."""
    if isinstance(argument, Set) and not isinstance(argument, MappingView):
        raise TypeError(
            f"{name}={argument!r}: a set has no order, and the run depends on it; write a list"
        )


def as_switch(switch: object, name: str) -> bool:
    """Return True or False. Raise TypeError for anything else."""
    if switch not in (True, False):
        raise TypeError(f"{name}={switch!r}: True or False is required")
    return bool(switch)


def as_nodes(nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes of a world: instances of subclasses of `Node` without pending effects."""
    nodes = as_list(nodes, "nodes", Node, "[Node('a'), Node('b')]")
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
        effects = context_of(node).effects
        if effects:
            raise ValueError(
                f"{node.id!r} has pending effects, the first a {effects[0][0]}: "
                "a node asks for effects in its handlers, from on_start on"
            )
    return nodes


def as_seed(seed: Any) -> int:
    """Return the seed as an int. Raise TypeError unless it is a whole number."""
    if not hasattr(seed, "__index__"):
        raise TypeError(
            f"seed={seed!r}: a whole number is required; write World(nodes, seed=1, network=…, plan=…)"
        )
    return int(seed.__index__())


def as_network(network: Any) -> Network:
    """Return the network of a world; by default every message takes 1 ms."""
    if network is None:
        return Network()
    if isinstance(network, Network):
        return network
    if isinstance(network, Link):
        advice = "write Network(latency=…, loss=…) with the settings of the link"
    elif callable(getattr(network, "quantile", None)) and not isinstance(network, type):
        advice = f"write Network(latency={network!r})"
    else:
        advice = "write Network(latency=Constant(1))"
    raise TypeError(f"network={network!r}: a Network is required; {advice}")


def as_clocks(clocks: Any) -> dict[str, Clock]:
    """Return the clocks by node name; nodes may be left out."""
    if clocks is None:
        return {}
    if not isinstance(clocks, Mapping):
        raise TypeError(f"clocks={clocks!r}: a dict is required, such as {{'a': Clock(skew_ms=5)}}")
    for name, clock in clocks.items():
        if not isinstance(clock, Clock):
            raise TypeError(
                f"clocks[{name!r}] is {clock!r}: a Clock is required, such as Clock(skew_ms=5)"
            )
    return dict(clocks)


def as_plan(plan: Iterable[At]) -> list[At]:
    """Return a fault plan as a list; `check_plan` checks its entries."""
    return as_list(plan, "plan", At | Fault, "[At(100, Crash('a'))]")


def as_operations(ops: Iterable[tuple[object, ...]]) -> list[Operation]:
    """Return a client's operations as values (f, key, value). Raise ValueError for more than a million."""
    example = "[('write', 'x', 1), ('read', 'x')]"
    if isinstance(ops, tuple) and ops and isinstance(ops[0], str):
        raise TypeError(f"ops={ops!r}: a list of operations is required; write [{ops!r}]")
    if not isinstance(ops, Iterable) or isinstance(ops, str | bytes | Mapping):
        raise TypeError(f"ops={ops!r}: a list of operations is required, such as {example}")
    _need_order(ops, "ops")
    values = [_operation(op) for op in islice(ops, MOST_OPERATIONS + 1)]
    if len(values) > MOST_OPERATIONS:
        raise ValueError(f"ops has more than {MOST_OPERATIONS:,} operations: give them in parts")
    return values


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
