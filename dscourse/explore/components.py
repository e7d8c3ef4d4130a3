"""Strongly connected components of a directed graph.

Source: Sharir, "A strong-connectivity algorithm and its applications in data flow analysis", Computers & Mathematics
with Applications 7(1), 1981: two depth-first passes, as Kosaraju has it. Time and memory are linear in the edges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["components"]


def components(graph: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return for each node a number, the same for two nodes that can be reached from each other, and for no others.

    ``graph`` gives the successors of each node, which are nodes of it too.

    >>> components({1: [2], 2: [1, 3], 3: []})
    {1: 0, 2: 0, 3: 1}
    """
    reverse: dict[int, list[int]] = {node: [] for node in graph}
    for node, successors in graph.items():
        for successor in successors:
            reverse[successor].append(node)
    number: dict[int, int] = {}
    count = 0
    for node in reversed(_finished(graph)):
        if node not in number:
            number[node] = count
            waiting = [node]
            while waiting:
                for other in reverse[waiting.pop()]:
                    if other not in number:
                        number[other] = count
                        waiting.append(other)
            count += 1
    return number


def _finished(graph: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the nodes in the order in which a depth-first pass leaves them."""
    finished: list[int] = []
    seen: set[int] = set()
    for root in graph:
        if root in seen:
            continue
        seen.add(root)
        path = [(root, iter(graph[root]))]
        while path:
            node, successors = path[-1]
            following = next((one for one in successors if one not in seen), None)
            if following is None:
                path.pop()
                finished.append(node)
            else:
                seen.add(following)
                path.append((following, iter(graph[following])))
    return finished
