"""The deeds of chapter 10: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest

from dscourse.experiments.one_ack import NODES, longest_cut_ms
from dscourse.touch import Deed, Diagram
from tests.effort import SOAK
from tests.touch.chapter_deeds import Case, DeedTests
from tests.touch.trials import Search, Touching, done_by, touched


def divided(side: Sequence[str], start_ms: float, length_ms: float) -> Touching:
    """Return a partition of these nodes from all others."""
    others = [name for name in ("c", *NODES) if name not in side]
    return "partition", [list(side), others], start_ms, start_ms + length_ms


SHORT = divided(("c", "n1", "n2"), 332, 48), ("crash", "n2", 378.0)
THREE_LINKS = tuple(("cut", "n2", name, 332.0, 380.0) for name in ("n3", "n4", "n5"))


class TestDeeds(DeedTests):
    chapter, cell = "10", "ack-touch"
    pars = (1, 1, 2)
    stride = 5
    right: tuple[Case, ...] = (
        (0, (("crash", "n2", 380.0),)),
        (0, (("pause", "n2", 366.6, 500.0),)),
        (1, (divided(("c", "n1", "n2"), 300, 200),)),
        (1, (("partition", [["n2", "n5"], ["n1", "n3", "n4"]], 322.2, 509.3),)),  # c reaches all
        (2, SHORT),
        (2, (*THREE_LINKS, ("crash", "n2", 378.0))),
        # other links are cut at other times, none of them for long
        (2, (("cut", "c", "n4", 252.0, 290.0), *SHORT)),
    )
    wrong: tuple[Case, ...] = (
        (0, (("crash", "c", 100.0), ("crash", "n2", 100.0))),  # no write is acknowledged
        (0, (("pause", "n3", 300.0, 500.0),)),
        (0, (("pause", "n2", 300.0, 500.0),)),  # the second write is not acknowledged
        (1, (("crash", "n2", 380.0),)),
        (1, (("invoke", "c", 400.0, "write", "k1", 7),)),  # a value is replaced
        (2, (divided(("c", "n1", "n2"), 300, 200),)),
        (2, (*THREE_LINKS, ("cut", "n2", "n3", 380.0, 400.0), ("crash", "n2", 378.0))),
        (2, SHORT[:1]),
        (2, SHORT[1:]),
    )

    def test_the_picture_shows_all_nodes_and_at_most_30_messages(self, diagram: Diagram) -> None:
        assert len(diagram.part(diagram.run.world.trace).kinds("send")) <= 30
        assert [lane["node"] for lane in diagram.layout_data["lanes"]] == ["c", *NODES]

    @pytest.mark.parametrize("replica", ["n1", "n3", "n4", "n5"])
    @pytest.mark.parametrize("start_ms", [325, 332, 339])
    def test_a_short_cut_and_a_crash_lose_a_write_with_any_replica_on_the_side_of_the_client(
        self, diagram: Diagram, replica: str, start_ms: float
    ) -> None:
        cut = divided(("c", "n2", replica), start_ms, 48)
        run = touched(diagram.run, cut, ("crash", "n2", start_ms + 47))
        assert diagram.deeds[2].is_done(run)
        assert longest_cut_ms(run.world) == 48

    def test_a_short_cut_alone_loses_nothing(self, diagram: Diagram) -> None:
        for ms in range(260, 381, 20):
            for size in range(3):
                for others in combinations(("n1", "n3", "n4", "n5"), size):
                    cut = divided(("c", "n2", *others), ms, 50)
                    assert not done_by(diagram.deeds[2], diagram.run, cut)

    def search(self, diagram: Diagram, deeds: Sequence[Deed]) -> Search:
        """Return the search of touches on what is drawn."""
        trace = diagram.part(diagram.run.world.trace)
        pictured = [diagram.run.messages[event.id] for event in trace.kinds("send")]
        return Search(diagram.run, deeds, messages=pictured, stride=1 if SOAK else self.stride)

    @pytest.mark.once
    def test_no_single_touch_does_what_has_a_higher_par(self, diagram: Diagram) -> None:
        """Cuts are left to the test above: hundreds of events make the pairs of times too many."""
        search = self.search(diagram, diagram.deeds[2:])
        search.on_messages()
        assert search.found == {}
        assert search.runs > self.least_runs

    def test_a_repeat_that_brings_a_missed_entry_is_drawn_and_a_heartbeat_is_not(
        self, diagram: Diagram
    ) -> None:
        cut = touched(diagram.run, ("cut", "n2", "n3", 330.0, 400.0))
        pictured = diagram.part(cut.world.trace).kinds("send", "drop")
        to_n3 = [
            event
            for event in pictured
            if {event.node, event.peer} == {"n2", "n3"} and event.time_ms > 330
        ]
        appends = [event.kind for event in to_n3 if getattr(event.what, "entries", ())]
        assert appends == ["send", "drop", "send"]
        assert not any(str(event.what).startswith("heartbeat") for event in pictured)

    def test_the_card_names_the_lost_write_and_the_new_primary(self, diagram: Diagram) -> None:
        diagram.touch(*divided(("c", "n1", "n2"), 300, 200))
        assert "leads epoch 2 in the end, without k2=2" in diagram.verdict_card
        diagram.touch("reset")

    def test_the_card_does_not_call_a_replaced_value_lost(self, diagram: Diagram) -> None:
        diagram.touch("invoke", "c", 400.0, "write", "k1", 7)
        assert "k1 was written twice" in diagram.verdict_card
        diagram.touch("reset")
