"""Judge of 13.6: the cheaper of a local and a global index, with no more nodes touched than there are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong, plain

__all__ = ["judge"]

Case = tuple[int, int, int, int]


def judge(cheaper: Any) -> Wrong | None:
    for case in sorted(_cases(), key=sum):
        choice = plain(cheaper(*case))
        local, everywhere = _touched(*case)
        call = f"cheaper({', '.join(map(str, case))}) gives {choice!r:.40}"
        if not isinstance(choice, str) or choice.strip().lower() not in ("local", "global"):
            return Wrong(f"{call}: it must be 'local' or 'global'.")
        is_local = choice.strip().lower() == "local"
        if local > everywhere if is_local else everywhere > local:
            return Wrong(f"{call}: {_why(*case, is_local)}")
    return None


def _cases() -> Iterator[Case]:
    """A grid, and draws of all magnitudes, half of them close to the point where both cost the same."""
    yield from product(
        (0, 1, 10, 100, 10_000), (0, 1, 2, 10, 100, 9_999), (1, 2, 5, 20, 300), (1, 2, 3, 8)
    )
    draws = random.Random(13)
    for number in range(600):
        nodes, fields = round(10 ** draws.uniform(0, 3)), draws.randint(1, 30)
        writes = round(10 ** draws.uniform(0, 7))
        queries = round(10 ** draws.uniform(0, 7))
        if number % 2 and nodes > 1:
            queries = writes * min(fields, nodes - 1) // (nodes - 1) + draws.choice((-1, 0, 1, 2))
        yield writes, max(queries, 0), nodes, fields


def _touched(writes: int, queries: int, nodes: int, fields: int) -> tuple[int, int]:
    return writes + queries * nodes, writes * min(1 + fields, nodes) + queries


def _why(writes: int, queries: int, nodes: int, fields: int, is_local: bool) -> str:
    local, everywhere = _touched(writes, queries, nodes, fields)
    each = min(1 + fields, nodes)
    text = (
        f"a local index touches {writes:,} × 1 + {queries:,} × {nodes:,} = {local:,} nodes, and a global one "
        f"{writes:,} × {each:,} + {queries:,} × 1 = {everywhere:,}."
    )
    if is_local and writes * (1 + fields) + queries >= local:
        return f"{text} A write touches no more than the {nodes:,} nodes that there are, however many its fields."
    return text
