"""Tests that every chapter's diagram must pass, from the touches that do its deeds and those that miss the point."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dscourse.touch import Diagram
from tests.touch.single_touches import Try, diagram_of, done_by

__all__ = ["Case", "DeedTests"]

Case = tuple[int, tuple[Try, ...]]  # the position of a deed, and the touches


class DeedTests:
    """The deeds of one diagram: a subclass names its chapter and cells, the pars, and the touches to try."""

    chapter: str
    cells: Sequence[str] = ("touch-run",)
    pars: Sequence[int]
    right: Sequence[Case]
    wrong: Sequence[Case]

    @pytest.fixture
    def diagram(self) -> Diagram:
        return diagram_of(self.chapter, *self.cells)

    def test_untouched_it_is_right_and_nothing_is_done(self, diagram: Diagram) -> None:
        assert diagram.run.verdict is not None
        assert diagram.run.verdict.ok is True
        assert not any(deed.is_done(diagram.run) for deed in diagram.deeds)
        assert [deed.par for deed in diagram.deeds] == list(self.pars)

    def test_the_touches_that_do_a_deed(self, diagram: Diagram) -> None:
        assert {deed for deed, _ in self.right} == set(range(len(diagram.deeds)))
        for deed, gestures in self.right:
            assert len(gestures) == diagram.deeds[deed].par, gestures
            assert done_by(diagram.deeds[deed], diagram.run, *gestures), gestures

    def test_the_touches_that_miss_the_point(self, diagram: Diagram) -> None:
        for deed, gestures in self.wrong:
            assert not done_by(diagram.deeds[deed], diagram.run, *gestures), gestures
