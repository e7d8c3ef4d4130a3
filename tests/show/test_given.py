"""A world where its trace or history is expected, one string for a list: one clear error that says what to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dscourse.show import around, cluster_map, intervals, spacetime
from tests.sim.worlds import store_world

WORLD: Any = store_world(1).run(100)
CASES: list[tuple[Callable[[], object], str]] = [
    (lambda: spacetime(WORLD), "a Trace is required, not a World: write world.trace"),
    (lambda: spacetime(WORLD.history), "a Trace is required, not a History: such as world.trace"),
    (lambda: spacetime([*WORLD.trace]), "a Trace is required, not a list: such as world.trace"),  # type: ignore[arg-type]
    (lambda: spacetime(WORLD.trace, nodes="s"), "nodes='s': a list of names is required, such as ['s']"),
    (lambda: around(WORLD, 3), "a Trace is required, not a World: write world.trace"),
    (lambda: around(WORLD.trace, None), "event=None: an event of the trace is required"),  # type: ignore[arg-type]
    (lambda: intervals(WORLD), "a History is required, not a World: write world.history"),
    (lambda: intervals(WORLD.trace), "a History is required, not a Trace: write trace.history()"),
    (lambda: intervals([*WORLD.history]), "a History is required, not a list: such as world.history"),  # type: ignore[arg-type]
    (lambda: cluster_map("abc"), "str: a world is required, or a list of names such as ['a', 'b']"),
    (lambda: cluster_map(WORLD.trace), "Trace: a world is required, or a list of names"),
    (lambda: cluster_map(5), "int: a world is required, or a list of names"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "text"), CASES, ids=[text for _, text in CASES])
def test_one_clear_error(mistake: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError) as caught:
        mistake()
    assert str(caught.value).startswith(text)
