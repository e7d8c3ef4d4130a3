"""The deeds of chapter 03: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

import pytest

from dscourse.touch import Diagram
from tests.touch.single_touches import Grid, Try, diagram_of, done_by, every_touch, successes

READS, WRITE = "touch-run", "touch-write"
GRID = Grid(starts_ms=[0, 18, 21, 24, 29, 35, 50, 70], lengths_ms=[13, 30])
TO_N2, TO_N3 = "n1's 1st Update to n2", "n1's 1st Update to n3"
ENTRIES = "n1's {} Entries to n3"

RIGHT: list[tuple[str, int, tuple[Try, ...]]] = [
    (READS, 0, (("pause", "n1", 10, 40),)),
    (READS, 1, (("lose", TO_N2), ("lose", TO_N3))),
    (READS, 2, (("move", TO_N2, 80), ("move", TO_N3, 80))),
    (WRITE, 0, (("move", "c1's 2nd Request to n1", 79),)),
    (WRITE, 0, (("crash", "n3", 5), ("restart", "n3", 75))),
    (WRITE, 0, (("cut", "n1", "n3", 5, 100), ("cut", "n2", "n3", 5, 100))),
]
WRONG: list[tuple[str, int, tuple[Try, ...]]] = [
    (READS, 0, (("crash", "n1", 5),)),  # c3 finds nothing either
    (READS, 0, (("invoke", "c2", 0, "read", "x"),)),
    (READS, 1, (("invoke", "c3", 0, "read", "x"),)),  # before the write
    (READS, 1, (("crash", "n1", 5), ("crash", "n2", 5))),
    (READS, 1, (("lose", TO_N2),)),
    (READS, 1, (("isolate", "n1", 21, 120),)),
    (READS, 2, (("lose", TO_N2), ("lose", TO_N3))),
    (WRITE, 0, tuple(("crash", name, 5) for name in ("n1", "n2", "n3"))),
    (WRITE, 0, (("isolate", "n3", 5, 100),)),  # from its client too
    (
        WRITE,
        0,
        tuple(("lose", ENTRIES.format(nth)) for nth in ("1st", "2nd", "3rd")),
    ),  # n2 tells n3
    (WRITE, 0, (("invoke", "c3", 79, "write", "x", 9),)),
]


@pytest.fixture(scope="module")
def diagrams() -> dict[str, Diagram]:
    return {cell: diagram_of("03", cell) for cell in (READS, WRITE)}


@pytest.mark.parametrize("cell", [READS, WRITE])
def test_untouched_it_is_right_and_nothing_is_done(diagrams: dict[str, Diagram], cell: str) -> None:
    run = diagrams[cell].run
    assert run.verdict is not None
    assert run.verdict.ok is True
    assert not any(deed.is_done(run) for deed in diagrams[cell].deeds)


@pytest.mark.parametrize(("cell", "deed", "gestures"), RIGHT)
def test_this_does_it(
    diagrams: dict[str, Diagram], cell: str, deed: int, gestures: tuple[Try, ...]
) -> None:
    asked = diagrams[cell].deeds[deed]
    assert len(gestures) >= asked.par
    assert done_by(asked, diagrams[cell].run, *gestures)


@pytest.mark.parametrize(("cell", "deed", "gestures"), WRONG)
def test_this_misses_the_point(
    diagrams: dict[str, Diagram], cell: str, deed: int, gestures: tuple[Try, ...]
) -> None:
    assert not done_by(diagrams[cell].deeds[deed], diagrams[cell].run, *gestures)


@pytest.mark.once
def test_no_single_touch_lets_c3_find_nothing_after_c2_has_read_the_value() -> None:
    diagram = diagram_of("03", READS)
    assert successes(diagram.deeds[1], diagram.run, every_touch(diagram.run, GRID)) == []


def test_the_inversion_is_what_the_checker_refutes() -> None:
    diagram = diagram_of("03", READS)
    for name in (TO_N2, TO_N3):
        (message,) = (key for key, value in diagram.run.messages.items() if str(value) == name)
        diagram.touch("lose", message)
    assert "r2 returned nothing although r1 had returned 1" in diagram.verdict_card
    assert "marked: c2 read x → 1, c3 read x → nothing" in diagram.sentence
    allowed = diagram_of("03", READS)
    allowed.touch("pause", "n1", 10, 40)
    assert "✓ linearizable" in allowed.verdict_card
