"""Chapter 03: the directions in which a partition cuts the links of a cluster, and the sides that it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from dscourse.node import Node, cluster
from dscourse.sim import Cut, World

__all__ = ["CUTS", "Directions", "cut_cluster", "directions", "sides"]

Directions = frozenset[tuple[str, str]]  # links that deliver nothing, each as (source, to)
CUTS = ("none", "majority and minority", "split in three", "one way", "isolated node")


def directions(preset: str, names: Sequence[str]) -> Directions:
    """Return the directions that a preset of `CUTS` cuts among these nodes.

    >>> sorted(directions("isolated node", ["n1", "n2", "n3"]))
    [('n1', 'n2'), ('n1', 'n3'), ('n2', 'n1'), ('n3', 'n1')]
    """
    few = (len(names) - 1) // 2
    third = -(-len(names) // 3)
    groups = {
        "none": [names],
        "majority and minority": [names[:few], names[few:]],
        "one way": [names[:few], names[few:]],
        "split in three": [names[:third], names[third : 2 * third], names[2 * third :]],
        "isolated node": [names[:1], names[1:]],
    }[preset]
    home = {name: index for index, group in enumerate(groups) for name in group}
    crossing = [(a, b) for a in names for b in names if home[a] != home[b]]
    if preset == "one way":  # the minority hears nothing, but is heard
        return frozenset((a, b) for a, b in crossing if home[b] == 0)
    return frozenset(crossing)


def sides(names: Sequence[str], cut: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of nodes connected in both directions during the cut, the largest first.

    >>> sides(["n1", "n2", "n3"], directions("isolated node", ["n1", "n2", "n3"]))
    [['n2', 'n3'], ['n1']]
    """
    world = cut_cluster(names, cut)
    groups: list[list[str]] = []
    for name in names:
        linked = [group for group in groups if any(_linked(world, name, other) for other in group)]
        merged = sorted([name, *chain(*linked)], key=names.index)
        groups = [group for group in groups if group not in linked] + [merged]
    return sorted(groups, key=lambda group: (-len(group), names.index(group[0])))


def _linked(world: World, a: str, b: str) -> bool:
    return not (world.link(a, b).cut or world.link(b, a).cut)


def cut_cluster(names: Sequence[str], cut: Iterable[tuple[str, str]]) -> World:
    """Return a cluster of these nodes, not yet run, in which the directions of ``cut`` are cut."""
    world = World(cluster(Node, names))
    for source, to in sorted(cut):
        world.apply(Cut(source, to))
    return world
