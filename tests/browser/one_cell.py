"""A notebook of one cell, which shows a picture that can be touched."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["COUNTERS", "RECORDED", "one_cell"]

COUNTERS = """
from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Network, Uniform, World
from dscourse.touch import Diagram

def counters(plan):
    world = World(cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=70)

def all_agree(world):
    return all(node.value == 3 for node in world.nodes.values())

Diagram(counters, all_agree)
"""

RECORDED = """
from dscourse.checkers import linearizable
from dscourse.node import cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.run import Cluster
from dscourse.sim import Network, Uniform
from dscourse.touch import Diagram

nodes = [*cluster(QuorumStore, 3), StoreClient("c", "n1", timeout_ms=5_000)]
with Cluster(nodes, network=Network(Uniform(20, 40))) as store:
    store.submit("c", [("write", "x", 1), ("read", "x")]).run(seconds=10)
Diagram(store, lambda world: linearizable(world.history))
"""


def one_cell(folder: Path, code: str) -> Path:
    """Write the notebook ``touch.ipynb`` with this code into ``folder``, not run, and return its path."""
    cell = {
        "cell_type": "code", "id": "touch", "metadata": {}, "source": code.strip(), "outputs": [],
        "execution_count": None,
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "touch.ipynb"
    path.write_text(
        json.dumps(
            {
                "cells": [cell],
                "metadata": {"kernelspec": kernel},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        ),
        "utf-8",
    )
    return path
