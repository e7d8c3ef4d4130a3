"""Judge of 13.6: the cheaper of a local and a global index."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]


def judge(cheaper: Any) -> Wrong | None:
    for writes, queries, nodes, fields in product(
        (0, 1, 10, 100, 10_000), (0, 1, 10, 100, 9_999), (1, 2, 5, 20, 300), (1, 2, 3, 8)
    ):
        local = writes + queries * nodes
        everywhere = writes * (1 + fields) + queries
        choice = cheaper(writes, queries, nodes, fields)
        if choice not in ("local", "global"):
            return Wrong(
                f"cheaper({writes}, {queries}, {nodes}, {fields}) gives {choice!r}: it must be 'local' or 'global'."
            )
        if (choice == "local" and local > everywhere) or (
            choice == "global" and everywhere > local
        ):
            return Wrong(
                f"cheaper({writes}, {queries}, {nodes}, {fields}) gives {choice!r}: {writes} writes and "
                f"{queries} queries touch {local:,} nodes with a local index, and at most {everywhere:,} "
                "with a global one."
            )
    return None
