"""A space-time diagram with little room: stretches of time, crowds, and labels that must be short."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from dscourse.experiments import three_bullies
from dscourse.node import Message, Node, cluster
from dscourse.protocols.paxos import Paxos
from dscourse.show import Look, around, spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Hold,
    Network,
    Partition,
    Pause,
    Restart,
    Resume,
    SetClock,
    SetLink,
    World,
)
from tests.show.drawing import elements, is_halo, titles, tree
from tests.show.drawing import faults as text_faults
from tests.show.drawing import words as texts
from tests.sim.worlds import Store, Writer, gossip_world, pipe


def test_a_stretch_of_time_shows_that_stretch() -> None:
    trace = pipe(count=10, every_ms=10).run().trace
    picture = spacetime(trace, start_ms=35, end_ms=65.5)
    assert picture.sentence == "From 35 to 65.5 ms: 2 nodes, 3 messages."
    ticks = [int(text) for text in texts(picture) if text.isdigit()]
    assert ticks
    assert 35 <= min(ticks) <= max(ticks) <= 65


def test_what_crosses_the_edge_of_a_stretch_is_cut_there() -> None:
    trace = pipe(count=1, network=Network(Constant(100))).run().trace
    wide = float(tree(spacetime(trace)).get("width", 0))
    for start, end in ((25, 75), (0, 50), (50, 100)):
        picture = spacetime(trace, start_ms=start, end_ms=end)
        (arrow,) = [
            one
            for one in elements(picture, "path")
            if re.fullmatch(r"M[^A-Z]+L[^A-Z]+", one.get("d", ""))
        ]
        x1, y1, x2, y2 = (float(n) for n in re.findall(r"[-\d.]+", arrow.get("d", "")))
        assert 0 < x1 < x2 < wide
        whole = 58.0
        assert y2 - y1 == pytest.approx(whole * (end - start) / 100, abs=0.2)


def test_around_an_event_it_shows_that_event() -> None:
    trace = pipe(count=10, every_ms=10).run().trace
    event = trace.kinds("deliver")[5]
    stretch = around(trace, event, ms=12)
    assert stretch == {"start_ms": event.time_ms - 12, "end_ms": event.time_ms + 12}
    assert around(trace, event.index, ms=12) == stretch
    assert around(trace, 0, ms=5) == {"start_ms": 0.0, "end_ms": 5.0}
    assert str(event.what.n) in " ".join(texts(spacetime(trace, **stretch)))


def test_around_an_unknown_event_is_refused() -> None:
    with pytest.raises(LookupError, match="index 9999"):
        around(pipe().run().trace, 9999)


def test_a_crowded_run_is_drawn_as_columns_that_count() -> None:
    trace = gossip_world(5, [At(500, Crash("b")), At(900, Restart("b"))]).run(2500).trace
    picture = spacetime(trace)
    assert "Columns count the messages" in picture.sentence
    assert not any("sent at" in title for title in titles(picture))
    for node in "abcd":
        arrived = len([e for e in trace.kinds("deliver") if e.node == node])
        lost = len([e for e in trace.kinds("drop") if e.node == node])
        assert f"{arrived:,} messages arrived at {node}" in titles(picture)
        assert f"{lost:,} messages were lost on their way to {node}" in titles(picture)
    assert {"crash", "restart", "down"} <= set(texts(picture))
    assert text_faults(picture) == []


def test_arrows_end_where_columns_begin() -> None:
    trace = gossip_world(5).run(900).trace
    assert 300 < len(trace.kinds("send")) < 400
    assert "Columns" not in spacetime(trace).sentence
    assert len((spacetime(trace).svg or "").encode()) < 100_000


def test_of_many_operations_only_those_that_matter_are_drawn() -> None:
    world = World([Store("s"), Writer("c", ["s"])])
    trace = world.submit("c", [("put", None, n) for n in range(210)], think_ms=1).run().trace
    picture = spacetime(trace, highlight=[5])
    assert "Only the 1 that are marked or not ok are drawn." in picture.sentence
    assert len([title for title in titles(picture) if title.startswith("operation")]) == 1


def test_a_label_that_finds_no_room_in_one_line_stands_in_two_and_its_tooltip_says_all() -> None:
    paxos = [Paxos("a", ["b", "c"], "x", 30.0), Paxos("b", ["a", "c"], "y", 30.0)]
    late = [At(20, Pause("b")), At(45, Resume("b"))]
    world = World([*paxos, Paxos("c", ["a", "b"])], 1, Network(Constant(10)), late)
    trace = world.run(until_ms=75).trace
    narrow, narrower = (spacetime(trace, start_ms=25, look=Look(width=px)) for px in (330, 260))
    groups = [
        [one.text or "" for one in group if not is_halo(one)] for group in elements(narrow, "g")
    ]
    rows = [group for group in groups if group[1:] == ["accept", "x in 1b"]]
    assert rows
    assert all("accept x in 1b" in title for title, *_ in rows)
    assert "accept x …" not in texts(narrow)
    assert "accept x …" in texts(narrower)
    assert "Accept" not in texts(narrow)
    assert text_faults(narrow) == text_faults(narrower) == []


@dataclass(frozen=True, slots=True)
class Append(Message):
    key: str

    def __str__(self) -> str:
        return f"append {self.key} (term 2, after 1:1, visible to 1)"


class Sender(Node):
    def on_start(self, log: Sequence[object]) -> None:
        if self.id == "a":
            self.broadcast(Append("x"))

    def on_append(self, sender: str, message: Append) -> None:
        """Take it, and do nothing."""


def test_a_label_leaves_out_details_where_they_would_cross_other_arrows() -> None:
    trace = World(cluster(Sender, ["a", "b", "c"]), 1, Network(Constant(10))).run(until_ms=15).trace
    wide, narrow = (spacetime(trace, look=Look(width=px)) for px in (900, 300))
    whole = "append x (term 2, after 1:1, visible to 1)"
    assert texts(wide).count(whole) == 2
    assert whole not in texts(narrow)
    assert len([text for text in texts(narrow) if text.startswith("append x")]) == 2
    assert not [text for text in texts(narrow) if text.endswith("…")]


def test_a_long_run_by_order_has_a_bounded_width() -> None:
    trace = gossip_world(5).run(900).trace
    picture = spacetime(trace, look=Look(scale="order"))
    assert 2000 < float(tree(picture).get("width", 0)) < 2800


def test_a_long_result_is_cut_short_on_its_bar() -> None:
    trace = (
        World([Store("s"), Writer("c", ["s"])]).submit("c", [("put", None, "x" * 99)]).run().trace
    )
    assert max(map(len, texts(spacetime(trace)))) <= 40


def test_late_faults_all_have_their_headers_on_the_paper() -> None:
    names = ["coordinator", "participant-1", "participant-2"]
    plan = [
        At(70, SetLink(loss=0.5)), At(71, SetClock("participant-2", skew_ms=5)),
        At(72, Cut(names[1], names[0])), At(73, Hold(names[1], names[2])),
        At(74, Partition(names[:1], names[1:])),
    ]  # fmt: skip
    picture = spacetime(World(cluster(Store, names), plan=plan).run().trace)
    bands = ["cut: participant-1 → coordinator", "held: participant-1 → participant-2"]
    bands += ["partition: coordinator | participant-1, participant-2"]
    assert {*bands, "every link: loss=0.5", "clock of participant-2: +5 ms"} <= set(texts(picture))
    assert text_faults(picture) == []


def test_a_look_sets_the_width() -> None:
    narrow = spacetime(pipe().run().trace, look=Look(width=500))
    assert float(tree(narrow).attrib["width"]) == 500


def test_a_message_under_way_at_the_right_edge_has_its_label_beside_it() -> None:
    """On its arrow, half of the label would be outside of the picture."""
    trace = three_bullies.three_bullies().run(400).trace
    picture = spacetime(trace, start_ms=45)
    sent = len([event for event in trace.kinds("send") if event.time_ms > 45])
    assert f"{sent} messages, 2 under way at the end." in picture.sentence
    assert texts(picture).count("heartbeat") == sent
    assert text_faults(picture) == []


def test_the_sentence_says_how_many_messages_have_no_label() -> None:
    trace = pipe(count=10, every_ms=0.5, network=Network(Constant(10))).run(40).trace
    picture = spacetime(trace, end_ms=40)
    found = len([text for text in texts(picture) if text.startswith("Number")])
    assert 1 < found < 9
    assert picture.sentence.endswith(f" {10 - found} messages have no room for a label.")
    assert "label" not in spacetime(trace, look=Look(labels=False)).sentence
    assert text_faults(picture) == []
