"""Checks of the explorer's arguments: a caller's mistake is one error that says what to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import factorial
from typing import Any

from dscourse.core.dispatch import check_nodes
from dscourse.core.frozen_dict import freeze
from dscourse.node import Client, Node

__all__ = ["check_number", "checked_nodes", "checked_operations", "names_of"]

MOST_ALIKE = 6  # 720 permutations
MOST_OPERATIONS = 1_000  # per client
Operations = Mapping[str, Sequence[tuple[Any, ...]]]


def check_number(name: str, value: object, least: int, why: str = "") -> None:
    """Raise ValueError unless a bound is a whole number, ``least`` or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name}={value!r}: {why or f'it must be {least} or more'}")


def checked_nodes(nodes: object) -> list[Node]:
    """Return the nodes as a list; an error unless they are nodes with names of their own and peers among them."""
    if isinstance(nodes, Node | type | str | Mapping) or not isinstance(nodes, Iterable):
        raise TypeError(f"nodes={nodes!r}: a list of nodes is required, such as cluster(Kind, 3)")
    group = list(nodes)
    for node in group:
        if not isinstance(node, Node):
            raise TypeError(f"{node!r} is no node: an object of a class derived from Node is")
        if node._context.effects:
            raise ValueError(
                f"{node.id!r} has asked for effects that nobody has carried out: a node asks in its "
                "handlers, begin with on_start"
            )
    names = [node.id for node in group]
    if len(set(names)) < len(names) or not names:
        raise ValueError(f"nodes {names}: at least one node is needed, each with a name of its own")
    check_nodes(group)
    for node in group:
        for peer in node.peers:
            if peer not in names:
                raise LookupError(
                    f"{node.id} has the peer {peer!r}: the nodes are {', '.join(names)}"
                )
    return group


def checked_operations(nodes: Sequence[Node], operations: object) -> Operations:
    """Return the operations by client; an error unless they are lists of tuples (f, key, value) of clients."""
    if operations is None:
        return {}
    if not isinstance(operations, Mapping):
        raise TypeError(
            f"operations={operations!r}: a dict is required, as in "
            "{'client': [('write', 'x', 1)]}"
        )
    clients = {node.id: node for node in nodes}
    for name, todo in operations.items():
        if name not in clients:
            raise LookupError(f"operations of {name!r}: the nodes are {', '.join(clients)}")
        if not isinstance(clients[name], Client):
            raise TypeError(f"operations of {name!r}: only a Client carries out operations")
        if isinstance(todo, str | Mapping) or not isinstance(todo, Sequence):
            raise TypeError(f"operations of {name!r}: a list of tuples is required, not {todo!r}")
        if len(todo) > MOST_OPERATIONS:
            raise ValueError(f"operations of {name!r}: there are more than {MOST_OPERATIONS:,}")
        for op in todo:
            if (
                not isinstance(op, tuple | list)
                or not 1 <= len(op) <= 3
                or not isinstance(op[0], str)
            ):
                raise TypeError(
                    f"operations of {name!r}: {op!r}: an operation is a tuple (f, key, value), f a string; "
                    f"write {{{name!r}: [('write', 'x', 1)]}}"
                )
    return {
        name: [tuple(freeze(part, f"operation {op!r}") for part in op) for op in todo]
        for name, todo in operations.items()
    }


def names_of(nodes: Sequence[Node], alike: object) -> list[str]:
    """Return the names of nodes that are alike; an error unless they are different names of these nodes."""
    if isinstance(alike, str | Mapping) or not isinstance(alike, Iterable):
        raise TypeError(f"alike={alike!r}: a list of names is required, as in alike=['a', 'b']")
    chosen, names = list(alike), [node.id for node in nodes]
    for name in chosen:
        if name not in names:
            raise LookupError(
                f"alike: no node is called {name!r}: the nodes are {', '.join(names)}"
            )
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"alike={chosen!r}: a name is given twice")
    if len(chosen) > MOST_ALIKE:
        raise ValueError(
            f"alike: {len(chosen)} names have {factorial(len(chosen)):,} permutations, each of which is tried: "
            f"give {MOST_ALIKE} names at most"
        )
    return chosen
