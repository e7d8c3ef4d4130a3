"""Waiting for processes: time in which the machine stood still does not count."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from typing import Any

import pytest

from dscourse.run.external import reactor
from dscourse.run.external.reactor import READ, Reactor


class Clock:
    """A clock that jumps by ``jump_s`` at the first wait, in which an answer comes."""

    def __init__(self, jump_s: float) -> None:
        self.ns, self.jump_ns = 0, round(jump_s * 1e9)

    def monotonic_ns(self) -> int:
        return self.ns

    def select(self, write: Callable[[], object]) -> Callable[[Any, float], list[Any]]:
        def select(selector: Any, wait_s: float) -> list[Any]:
            jump, self.jump_ns = self.jump_ns, 0
            self.ns += round(wait_s * 1e9) + jump
            if jump:
                write()
                return []
            return selectors.SelectSelector.select(selector, 0)

        return select


@pytest.mark.parametrize(("jump_s", "found"), [(100.0, True), (0.1, False)])
def test_an_answer_that_came_while_the_machine_stood_still_is_taken(
    monkeypatch: pytest.MonkeyPatch, jump_s: float, found: bool
) -> None:
    clock, (out, into) = Clock(jump_s), os.pipe()
    kind = type(
        "Jumping",
        (selectors.SelectSelector,),
        {"select": clock.select(lambda: os.write(into, b"x"))},
    )
    monkeypatch.setattr(reactor.selectors, "DefaultSelector", kind)
    monkeypatch.setattr(reactor, "time", clock)
    loop, seen = Reactor(), []
    loop.watch(out, READ, lambda: seen.append(os.read(out, 1)))
    try:
        assert loop.run(lambda: bool(seen), round(1.05e9)) is found
    finally:
        loop.close()
        os.close(out)
        os.close(into)
