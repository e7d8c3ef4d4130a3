"""The check that a group of nodes is the same after every permutation of those that are said to be alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dscourse.core.frozen import frozen, inside, renamed
from dscourse.explore.local_states import LocalState
from dscourse.node import Client, Node

__all__ = ["NotAlikeError", "check"]


class NotAlikeError(ValueError):
    """Nodes were said to be alike, and are not."""


def check(
    born: Mapping[str, Node],
    renamings: Sequence[Mapping[str, str]],
    operations: Mapping[str, Sequence[Any]],
) -> None:
    """Raise NotAlikeError unless the group of nodes is the same after every permutation."""
    for names in renamings[1:]:
        for name, node in born.items():
            other = born[names.get(name, name)]
            _check_pair(node, other, names)
        for name, todo in operations.items():
            if [renamed(tuple(op), names) for op in todo] != [tuple(op) for op in todo]:
                raise NotAlikeError(f"alike: the operations of {name!r} name an alike node")


def _check_pair(node: Node, other: Node, names: Mapping[str, str]) -> None:
    if isinstance(node, Client) and node.id in names:
        raise NotAlikeError(
            f"alike: {node.id!r} is a client, whose operations are its own; "
            "only servers can be alike"
        )
    if type(node) is not type(other):
        raise NotAlikeError(
            f"alike: {node.id} is a {type(node).__name__}, {other.id} a {type(other).__name__}"
        )
    for one, twin in ((node, other), (node.fresh(), other.fresh())):
        peers = {names.get(peer, peer) for peer in one.peers}
        if peers != set(twin.peers):
            raise NotAlikeError(
                f"alike: {one.id} has the peers {', '.join(one.peers) or 'nobody'}, "
                f"{twin.id} has {', '.join(twin.peers) or 'nobody'}"
            )
        _check_inside(one, twin, names)


def _check_inside(node: Node, other: Node, names: Mapping[str, str]) -> None:
    mine = LocalState(node.id, node).rebuilt(partial(renamed, names=names)).node
    assert mine is not None
    theirs = inside(other)
    for name, value in inside(mine).items():
        if frozen(value, False) != frozen(theirs.get(name), False):
            raise NotAlikeError(
                f"alike: {other.id}.{name} is {theirs.get(name)!r}; for nodes that are alike "
                f"it must be {value!r}, as {node.id} has {inside(node).get(name)!r}"
            )
