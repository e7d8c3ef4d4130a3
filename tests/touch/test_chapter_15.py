"""The deeds of chapter 15: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product

import pytest

from dscourse.experiments.missed_quorum import NODES, cart_world, crashes_alone, missed_reads
from dscourse.sim import At, Crash, Restart
from dscourse.touch import Diagram
from tests.effort import SOAK
from tests.touch.chapter_deeds import Case, DeedTests
from tests.touch.trials import Touching, done_by, middles

APART: Touching = ("partition", [["n1", "n2"], ["n3", "n4", "c1", "c2"]], 60.0, 297.0)
CRASHES: list[Touching] = [
    ("crash", "n1", 60.0),
    ("crash", "n2", 60.0),
    ("restart", "n1", 295.0),
    ("restart", "n2", 295.0),
]


def three_crashes_and_restarts(times_ms: Sequence[float]) -> Iterator[list[At]]:
    """Yield the plans of two crashes and a restart after one of them, at these times.

    Three crashes leave a single home or none, which cannot answer a read of two.
    """
    for back, gone in product(NODES, repeat=2):
        for crash, restart in combinations(times_ms, 2):
            for other in times_ms if back != gone else ():
                yield [At(crash, Crash(back)), At(restart, Restart(back)), At(other, Crash(gone))]


class TestDeeds(DeedTests):
    chapter, cell = "15", "quorum-touch"
    stride = 20
    pars = (1, 1, 4)
    right: tuple[Case, ...] = (
        (0, (("crash", "n1", 60.0),)),
        (0, (("isolate", "n1", 60.0, 297.0),)),
        (1, (APART,)),
        (1, (("isolate", "n1", 60.4, 296.7), ("isolate", "n2", 61.3, 297.9))),
        (2, tuple(CRASHES)),
    )
    wrong: tuple[Case, ...] = (
        (0, (("crash", "n4", 60.0),)),
        (0, (("crash", "c1", 60.0),)),
        (0, (("crash", "c1", 60.0), ("crash", "c2", 60.0))),  # no operation at all
        (1, (("crash", "c1", 60.0), ("crash", "c2", 60.0))),
        (1, (("crash", "c1", 60.0),)),
        (1, (("invoke", "c2", 200.0, "read", "x", None),)),
        (2, (APART,)),
        (2, (*CRASHES, ("pause", "n3", 10.0, 11.0))),
    )

    def test_the_picture_shows_all_nodes_and_at_most_30_messages(self, diagram: Diagram) -> None:
        assert len(diagram.part(diagram.run.world.trace).kinds("send")) <= 30
        assert [lane["node"] for lane in diagram.layout_data["lanes"]] == ["c1", "c2", *NODES]

    @pytest.mark.parametrize("start_ms", [60, 100, 140])
    @pytest.mark.parametrize("node", ["n1", "n2", "n3"])
    def test_a_crash_or_a_cut_of_one_node_makes_no_read_miss_the_write(
        self, diagram: Diagram, node: str, start_ms: float
    ) -> None:
        for gesture, *ends in (("crash",), ("isolate", 297.0), ("pause", 297.0)):
            assert not done_by(diagram.deeds[1], diagram.run, (gesture, node, start_ms, *ends))

    def test_each_crash_and_each_restart_is_needed(self, diagram: Diagram) -> None:
        for fewer in combinations(CRASHES, 3):
            assert not done_by(diagram.deeds[2], diagram.run, *fewer)

    @pytest.mark.once
    def test_no_three_crashes_and_restarts_make_a_read_miss_the_write(self) -> None:
        times = middles([60, 120, 150, 156, 164, 170, 290, 300, 308], 30, 320)
        tried = 0
        plans = three_crashes_and_restarts(times)
        for plan in islice(plans, 0, None, 1 if SOAK else 41):  # of about 5,000, each takes 20 ms
            world = cart_world(plan)
            tried += 1
            assert crashes_alone(world)
            assert not missed_reads(world), plan
        assert tried > 100

    def test_a_crash_in_a_handler_is_a_crash(self, diagram: Diagram) -> None:
        handled = [
            next(event for event in diagram.run.world.trace.of(node).kinds("timer") if event.time_ms > 55)
            for node in ("n1", "n2")
        ]  # fmt: skip
        halfway = [("crash_during", event.index, 0) for event in handled]
        assert done_by(diagram.deeds[2], diagram.run, *halfway, *CRASHES[2:])

    def test_the_card_names_the_nodes_that_acknowledged_the_write(self, diagram: Diagram) -> None:
        diagram.touch(*APART)
        assert "n3 and n4 had the write when it was acknowledged" in diagram.verdict_card
        diagram.touch("reset")
