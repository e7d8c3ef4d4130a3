"""The deeds of chapter 00: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from itertools import combinations

from dscourse.protocols.replicated_counter import counts
from dscourse.touch import Diagram, TouchedRun
from tests.touch.chapter_deeds import Case, DeedTests
from tests.touch.trials import Search, Touching, done_by, touched


def lost(name: str) -> Touching:
    return "lose", name


def copied(name: str, ms: float) -> Touching:
    return "repeat", name, ms


def says(run: TouchedRun) -> str:
    return "".join(map(str, counts(run.world.nodes).values()))


LINKS = ("b's 1st Add to a", "c's 1st Add to b", "a's 2nd Add to c")


class TestDeeds(DeedTests):
    chapter = "00"
    pars = (1, 2, 1)
    stride = 3
    right: tuple[Case, ...] = (
        (0, (lost("b's 1st Add to c"),)),
        (0, (copied("b's 1st Add to c", 63.7),)),
        (0, (("crash", "a", 50.0), ("restart", "a", 60.0))),
        (0, (("isolate", "c", 75.5, 119.9),)),
        (1, (lost("a's 1st Add to b"), copied("c's 1st Add to b", 70))),
        (1, (lost("a's 1st Add to b"), copied("a's 1st Add to b", 99.9))),
        (2, (("isolate", "b", 15.0, 40.0),)),
        (2, (("isolate", "c", 61.3, 83.3),)),
        (2, (("isolate", "c", 70.0, 500.0),)),  # it ends after the run
        (2, tuple(lost(name) for name in LINKS)),
        (2, tuple(copied(name, 100) for name in LINKS)),
    )
    wrong: tuple[Case, ...] = (
        (0, (("move", "c's 2nd Add to b", 119.9),)),
        (0, (("move", "c's 2nd Add to b", 300),)),  # it still comes
        (0, (("pause", "c", 70, 500),)),  # it will go on
        (0, (("crash", "b", 40),)),
        (1, (lost("a's 1st Add to b"),)),
        (1, (copied("a's 1st Add to b", 70),)),
        (1, (("isolate", "c", 110, 500),)),  # nothing is lost
        (1, (("invoke", "a", 2, "add", None, 0), lost("a's 1st Add to b"))),
        (2, (("invoke", "a", 2, "add", None, 1),)),  # seven visitors, and all say 7
        (2, (("invoke", "a", 2, "add", None, -3),)),
        (2, (("pause", "c", 5, 119.5),)),
    )

    def test_every_lost_message_makes_one_node_wrong(self, diagram: Diagram) -> None:
        for name in diagram.run.messages.values():
            run = touched(diagram.run, lost(str(name)))
            assert diagram.deeds[0].is_done(run)
            assert sorted(says(run)) == ["5", "6", "6"]

    def test_no_message_that_is_only_late_and_no_crash_does_a_deed(self, diagram: Diagram) -> None:
        search = Search(diagram.run, diagram.deeds, until_ms=119)
        search.on_nodes()
        assert search.found == {}
        assert search.runs > 700
        search.on_messages()
        gestures = {one[0] for found in search.found.values() for one in found}
        assert gestures == {"lose", "repeat"}

    def test_the_same_wrong_number_is_too_small_by_losses_and_too_large_by_copies(
        self, diagram: Diagram
    ) -> None:
        losses = touched(diagram.run, *map(lost, LINKS))
        copies = touched(diagram.run, *(copied(name, 100) for name in LINKS))
        assert (says(losses), says(copies)) == ("555", "777")

    def test_a_crash_before_the_first_effect_takes_the_restart_as_well(
        self, diagram: Diagram
    ) -> None:
        first = diagram.run.world.trace.kinds("invoke")[0].index
        crash: Touching = ("crash_during", first, 0)
        assert not done_by(diagram.deeds[2], diagram.run, crash)
        assert done_by(diagram.deeds[2], diagram.run, crash, ("restart", "a", 10.0))
        assert says(touched(diagram.run, crash, ("restart", "a", 10.0))) == "555"

    def test_no_two_losses_or_copies_make_all_say_the_same_wrong_number(
        self, diagram: Diagram
    ) -> None:
        names = [str(name) for name in diagram.run.messages.values()]
        for pair in combinations([*map(lost, names), *(copied(name, 100) for name in names)], 2):
            assert not done_by(diagram.deeds[2], diagram.run, *pair)
