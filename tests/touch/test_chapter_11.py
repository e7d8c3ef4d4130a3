"""The deeds of chapter 11: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

import pytest

from dscourse.touch import Diagram
from tests.touch.chapter_deeds import Case, DeedTests
from tests.touch.trials import Search, Touching, touched

DRAFT = "Ann's 1st Request to n1"
COPY = "repeat", DRAFT, 330.0
AGAIN = "invoke", "Ann", 400.0, "write", "page", "draft"


class TestDeeds(DeedTests):
    chapter, cell = "11", "page-touch"
    pars = (1, 2, 1)
    stride = 3
    delays_ms = (20.0, 40.0)
    right: tuple[Case, ...] = (
        (0, (("skew", "n1", 0.0, 250.0),)),
        (0, (("skew", "n2", 250.0, -250.0),)),
        (0, (("skew", "n1", 0.0, 0.0, 2_500_000),)),
        (1, (("skew", "n1", 0.0, 125.0), ("skew", "n2", 0.0, -125.0))),
        (1, (("skew", "n1", 61.3, 149.8), ("skew", "n2", 287.7, -51.0))),
        (2, (COPY,)),
    )
    wrong: tuple[Case, ...] = (
        (0, (AGAIN,)),  # the draft is what was written last
        (0, (("invoke", "Bob", 400.0, "write", "page", "draft"),)),
        (0, (("move", DRAFT, 330.0),)),  # Bob has not read it
        (0, (("cut", "n1", "n2", 250.0, 700.0),)),
        (1, (("skew", "n1", 0.0, 250.0),)),
        (1, (("skew", "n1", 0.0, 1.0), COPY)),  # not by clocks
        (1, (("skew", "n1", 0.0, 1.0, 3_000_000),)),  # wrong by 1.8 s in the end
        (1, (("skew", "n1", 0.0, 200.0), ("skew", "n1", 250.0, 0.0), ("skew", "n2", 0.0, -50.0))),
        (1, (COPY,)),
        (2, (("skew", "n1", 0.0, 250.0),)),
        (2, (AGAIN,)),
        (2, (("skew", "n2", 310.0, 0.0, 1.0), COPY)),  # a clock is wrong, though by little
    )

    def test_without_a_clock_only_a_late_copy_of_the_draft_does_it(self, diagram: Diagram) -> None:
        search = Search(diagram.run, diagram.deeds[:1], delays_ms=self.delays_ms)
        search.on_messages()
        search.on_nodes()
        (done,) = search.found.values()
        assert {(gesture, str(name)) for gesture, name, *_ in done} == {("repeat", DRAFT)}
        assert min(ms for *_, ms in done) > 300

    @pytest.mark.parametrize(
        ("touching", "ok", "part"),
        [
            (("skew", "n1", 0.0, 250.0), False, "the draft bears the time 350"),
            (COPY, False, "the final version 300"),
            (("lose", "Bob's 2nd Request to n2"), None, "not acknowledged"),
            (
                ("cut", "n1", "n2", 250.0, 700.0),
                False,
                "n1 ends with 'draft', n2 ends with 'final'",
            ),
        ],
    )
    def test_the_card_says_why(
        self, diagram: Diagram, touching: Touching, ok: bool | None, part: str
    ) -> None:
        assert diagram.run.judge is not None
        verdict = diagram.run.judge.judge(touched(diagram.run, touching).world)
        assert verdict.ok is ok
        assert part in verdict.reason
