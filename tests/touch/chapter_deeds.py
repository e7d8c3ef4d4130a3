"""Tests that every chapter's diagram must pass, from the touches that do its deeds and those that miss the point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest

from dscourse.touch import Deed, Diagram
from tests.effort import SOAK
from tests.touch.discovered import diagram_of
from tests.touch.trials import Search, Touching, done_by

__all__ = ["Case", "DeedTests"]

Case = tuple[int, tuple[Touching, ...]]  # the position of a deed, and the touches


class DeedTests:
    """The deeds of one diagram: a subclass names its chapter and cell, the pars, and the touches to try.

    No single touch does a deed of par 2 or more: ``until_ms`` is the latest end of a fault that is tried, 0 for the
    end of the untouched run; ``delays_ms`` are those of `Search`.
    """

    chapter: str
    cell: str = "touch-run"
    pars: Sequence[int]
    right: Sequence[Case]
    wrong: Sequence[Case]
    until_ms: float = 0.0
    delays_ms: Sequence[float] = ()
    stride: ClassVar[int] = 1  # of the search every day; in a soak every touch is tried
    least_runs: ClassVar[int] = 200  # of the search; fewer would mean that it tried next to nothing

    @pytest.fixture
    def diagram(self) -> Diagram:
        return diagram_of(self.chapter, self.cell)

    def test_untouched_it_is_right_and_nothing_is_done(self, diagram: Diagram) -> None:
        assert diagram.run.verdict is not None
        assert diagram.run.verdict.ok is True
        assert not any(deed.is_done(diagram.run) for deed in diagram.deeds)
        assert [deed.par for deed in diagram.deeds] == list(self.pars)

    def test_the_touches_that_do_a_deed(self, diagram: Diagram) -> None:
        fewest = dict.fromkeys(range(len(diagram.deeds)), 99)
        for deed, gestures in self.right:
            assert done_by(diagram.deeds[deed], diagram.run, *gestures), gestures
            fewest[deed] = min(fewest[deed], len(gestures))
        assert list(fewest.values()) == list(self.pars)

    def test_the_touches_that_miss_the_point(self, diagram: Diagram) -> None:
        for deed, gestures in self.wrong:
            assert not done_by(diagram.deeds[deed], diagram.run, *gestures), gestures

    def test_with_an_operation_of_ones_own_nothing_is_done(self, diagram: Diagram) -> None:
        asked = [event for event in diagram.run.world.trace.kinds("invoke") if event.what.f]
        for deed, gestures in self.right if asked else ():
            op = asked[-1].what
            more = ("invoke", asked[-1].node, diagram.run.world.now_ms, op.f, op.key, op.value)
            assert not done_by(diagram.deeds[deed], diagram.run, *gestures, more)

    @pytest.mark.once
    def test_no_single_touch_does_what_has_a_higher_par(self, diagram: Diagram) -> None:
        deeds = [deed for deed in diagram.deeds if deed.par > 1]
        if deeds:
            search = self.search(diagram, deeds)
            assert search.everything() == {}
            assert search.runs > self.least_runs

    def search(self, diagram: Diagram, deeds: Sequence[Deed]) -> Search:
        """Return the search of single touches that do these deeds."""
        stride = 1 if SOAK else self.stride
        return Search(diagram.run, deeds, self.until_ms, self.delays_ms, stride=stride)
