"""The deeds of chapter 03: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

import pytest

from dscourse.touch import Compare, Diagram
from tests.touch.chapter_deeds import Case, DeedTests
from tests.touch.discovered import diagram_of, sources_of
from tests.touch.trials import Touching

TO_N2, TO_N3 = "n1's 1st Update to n2", "n1's 1st Update to n3"
ENTRIES = "n1's {} Entries to n3"
WRITE, READ = "c1's 1st Request to n1", "c2's 1st Request to n2"


class TestReads(DeedTests):
    chapter = "03"
    pars = (1, 2, 2)
    delays_ms = (2.0, 8.0, 10.0, 20.0)
    stride = 5
    right = (
        (0, (("pause", "n1", 10, 40),)),
        (0, (("move", WRITE, 33.4),)),
        (1, (("lose", TO_N2), ("lose", TO_N3))),
        (1, (("move", TO_N2, 74.4), ("move", TO_N3, 119))),
        (2, (("move", TO_N2, 80), ("move", TO_N3, 80))),
    )
    wrong = (
        (0, (("crash", "n1", 5),)),  # c3 finds nothing either
        (0, (("invoke", "c2", 0, "read", "x"),)),
        (1, (("invoke", "c3", 0, "read", "x"),)),  # before the write
        (1, (("crash", "n1", 5), ("crash", "n2", 5))),
        (1, (("lose", TO_N2),)),
        (1, (("isolate", "n1", 21, 120),)),
        (1, (("move", WRITE, 75), ("move", READ, 90))),  # c2 reads after c3
        (2, (("move", WRITE, 75), ("move", READ, 90))),
        (2, (("lose", TO_N2), ("lose", TO_N3))),
        (2, (("move", TO_N2, 5_000), ("move", TO_N3, 5_000))),  # they do not arrive in this run
        (2, (("move", TO_N2, 80), ("move", TO_N3, 80), ("repeat", READ, 110))),
    )

    def test_the_inversion_is_what_the_checker_refutes(self, diagram: Diagram) -> None:
        for name in (TO_N2, TO_N3):
            (message,) = (key for key, one in diagram.run.messages.items() if str(one) == name)
            diagram.touch("lose", message)
        assert "r2 returned nothing although r1 had returned 1" in diagram.verdict_card
        shown = [op["text"] for op in diagram.evidence]
        assert shown == ["r1, c2: read x → 1", "r2, c3: read x → nothing"]
        assert "marked: r1: c2 read x → 1, r2: c3 read x → nothing" in diagram.sentence
        allowed = diagram_of("03", self.cell)
        allowed.touch("pause", "n1", 10, 40)
        assert "✓ linearizable" in allowed.verdict_card


class TestWrite(DeedTests):
    chapter, cell = "03", "touch-write"
    pars = (1,)
    right: tuple[Case, ...] = (
        (0, (("move", "c1's 2nd Request to n1", 79),)),
        (0, (("crash", "n3", 5), ("restart", "n3", 75))),
        (0, (("cut", "n1", "n3", 5, 100), ("cut", "n2", "n3", 5, 100))),
        (0, (("partition", [["n1"], ["n2", "n3"]], 27.7, 320.1),)),
    )
    wrong: tuple[Case, ...] = (
        (0, tuple(("crash", name, 5) for name in ("n1", "n2", "n3"))),
        (0, (("isolate", "n3", 5, 100),)),  # from its client too
        (
            0,
            tuple(("lose", ENTRIES.format(nth)) for nth in ("1st", "2nd", "3rd")),
        ),  # n2 tells n3
        (0, (("invoke", "c3", 79, "write", "x", 9),)),
        (0, (("partition", [["n1"], ["n2", "n3"]], 66.6, 120.1),)),  # n3 has heard of 3
    )


@pytest.fixture
def compared() -> Compare:
    """The two stores under one plan, as the notebook shows them."""
    space: dict[str, object] = {}
    for code in sources_of("03", "imports", "touch-both"):
        exec(code, space)
    both = space["compared"]
    assert isinstance(both, Compare)
    return both


def is_done(compared: Compare, *gestures: Touching) -> bool:
    compared.touch("one round", "reset")
    for gesture in gestures:
        compared.touch("two rounds", *gesture)
        assert not any(face.refusal for face in compared.faces), gesture
    return bool(compared.tasks[0]["done"])


def test_of_two_stores_one_touch_lets_the_first_answer_alone(compared: Compare) -> None:
    assert not compared.tasks[0]["done"]
    assert compared.tasks[0]["par"] == 1
    assert ["✗" in face.verdict_card for face in compared.faces] == [True, False]
    compared.touch("one round", "crash", "n2", 45)
    assert (compared.tasks[0]["done"], compared.tasks[0]["fewest"]) == (True, 3)
    sides = [["n2", "c2"], ["n1", "n3", "c1", "c3"]]
    for right in (("crash", "n2", 45), ("pause", "n2", 44.5, 119), ("partition", sides, 44.5, 120)):
        assert is_done(compared, right), right
    assert compared.tasks[0]["fewest"] == 1
    for wrong in (
        ("crash", "n2", 30),  # neither is answered
        ("isolate", "n2", 44.5, 120),  # its answer is lost too
        ("crash", "n1", 45),  # n3 is enough
        ("crash", "n3", 45),
        ("invoke", "c2", 40, "read", "x", None),
    ):
        assert not is_done(compared, wrong), wrong
    assert not is_done(compared)
