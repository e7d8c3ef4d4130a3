"""The space-time diagram: its sentence against the trace, everything drawn, nothing overlapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import pytest

from dscourse.node import Message, Node, cluster
from dscourse.protocols.paxos import Paxos
from dscourse.show import Focus, Look, Picture, around, palette, spacetime
from dscourse.show.words import short
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    HandlerError,
    Heal,
    Hold,
    Link,
    Network,
    Partition,
    Pause,
    Release,
    Restart,
    Resume,
    SetClock,
    SetLink,
    Spell,
    Trace,
    World,
    random_plan,
)
from tests.show.drawing import faults as text_faults
from tests.show.drawing import is_halo, tag, titles, tree
from tests.show.drawing import words as texts
from tests.sim.worlds import Number, Sink, Source, Store, Writer, gossip_world, pipe, store_world

FAULTS: list[tuple[Sequence[Fault], str]] = [
    ((Crash("b"),), "down"),
    ((Crash("b"), Restart("b")), "restart"),
    ((CrashDuring("a"),), "crash"),
    ((Pause("b"), Resume("b")), "paused"),
    ((Partition({"a"}, {"b"}), Heal()), "partition: a | b"),
    ((Cut("a", "b"), Heal()), "cut: a → b"),
    ((Hold("a", "b"), Release("a", "b")), "held: a → b"),
    ((SetLink("a", "b", loss=1.0),), "a → b: loss=1.0"),
    ((SetClock("b", skew_ms=20),), "clock of b: +20 ms"),
]


def elements(picture: Picture, kind: str) -> list[Element]:
    """All elements of this kind, those that only define a marker left out."""
    whole = tree(picture)
    defined = {one for group in whole.iter() if tag(group) == "defs" for one in group.iter()}
    return [one for one in whole.iter() if tag(one) == kind and one not in defined]


def numbers(picture: Picture) -> dict[str, int]:
    """The counts in a sentence by what is counted."""
    return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", picture.sentence)}


@pytest.mark.parametrize(("faults", "text"), FAULTS)
@pytest.mark.parametrize("scale", ["time", "order"])
def test_every_fault_is_drawn_and_named(faults: Sequence[Fault], text: str, scale: str) -> None:
    plan = [At(12.0 + 10 * index, fault) for index, fault in enumerate(faults)]
    healthy = pipe(every_ms=5, count=8).run().trace
    faulty = pipe(every_ms=5, count=8, plan=plan).run().trace
    assert text in texts(spacetime(faulty, look=Look(scale=scale)))
    assert text not in texts(spacetime(healthy, look=Look(scale=scale)))
    assert text_faults(spacetime(faulty, look=Look(scale=scale))) == []


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


def test_a_handler_that_raises_is_drawn_and_told() -> None:
    class Broken(Sink):
        def on_number(self, sender: str, number: Number) -> None:
            raise RuntimeError("no")

    with pytest.raises(HandlerError) as caught:
        World([Source("a", ["b"]), Broken("b")]).run()
    picture = spacetime(caught.value.trace)
    assert "1 handler error" in picture.sentence
    assert "handler raises" in texts(picture)


def test_a_long_run_by_order_has_a_bounded_width() -> None:
    trace = gossip_world(5).run(900).trace
    picture = spacetime(trace, look=Look(scale="order"))
    assert 2000 < float(tree(picture).get("width", 0)) < 2800


def test_a_long_result_is_cut_short_on_its_bar() -> None:
    trace = (
        World([Store("s"), Writer("c", ["s"])]).submit("c", [("put", None, "x" * 99)]).run().trace
    )
    assert max(map(len, texts(spacetime(trace)))) <= 40


def test_each_message_has_an_arrow_that_says_what_it_is() -> None:
    trace = store_world(2).run().trace
    tooltips = [
        title for title in titles(spacetime(trace)) if " → " in title and "sent at" in title
    ]
    for event in trace.kinds("deliver", "drop"):
        word = "lost" if event.kind == "drop" else "delivered"
        assert any(
            title.startswith(f"{event.peer} → {event.node}: ") and word in title
            and title.endswith(f"at {event.time_ms:g} ms")
            for title in tooltips
        ), event  # fmt: skip


def test_each_mark_and_operation_has_a_tooltip() -> None:
    trace = store_world(2, [At(20, Crash("s")), At(30, Restart("s"))]).run().trace
    tooltips = titles(spacetime(trace))
    for event in trace.kinds("crash", "restart"):
        assert " ".join(str(event).split()) in tooltips
    for event in trace.kinds("write"):
        assert f"{event.node} writes {short(event.what)} at {event.time_ms:g} ms" in tooltips
    for event in trace.kinds("timer"):
        words = f"timer of {event.node}: {short(event.what)}, at {event.time_ms:g} ms"
        assert words in tooltips
    for op in trace.history():
        assert f"operation {op.id} by {op.process}: {op.describe()}: {op.outcome()}" in tooltips


def test_short_runs_write_operations_and_messages_on_the_paper() -> None:
    world = World([Store("s"), Writer("c", ["s"])], network=Network(client=Link(Constant(20))))
    picture = spacetime(world.submit("c", [("put", "x", 7)]).run().trace)
    assert {"put x = 7 → 1", "Put 0 7", "reply 1"} <= set(texts(picture))
    silent = spacetime(world.trace, look=Look(labels=False))
    assert not {"put x = 7 → 1", "Put 0 7"} & set(texts(silent))
    assert len(elements(silent, "path")) == len(elements(picture, "path"))


def test_question_and_answer_that_take_no_time_are_two_bent_arrows() -> None:
    trace = World([Store("s"), Writer("c", ["s"])]).submit("c", [("put", None, 1)]).run().trace
    picture = spacetime(trace)
    bent = {one.get("d") for one in elements(picture, "path") if "Q" in one.get("d", "")}
    assert len(bent) == 2
    assert {"Put", "reply 1"} <= set(texts(picture))
    assert text_faults(picture) == []


def test_a_message_that_its_receiver_turns_down_has_a_bar_with_the_reason() -> None:
    trace = pipe().run(until_ms=50).trace
    arrived = trace.kinds("deliver")[0]
    picture = spacetime(trace, refused={arrived.index: "too old"})
    assert "refused: too old" in titles(picture)
    assert {"too old", "refused by the receiver"} <= set(texts(picture))
    assert "refused by the receiver" not in texts(spacetime(trace))


def test_clients_stand_first_unless_nodes_are_chosen() -> None:
    trace = store_world(1).run().trace
    assert [text for text in texts(spacetime(trace)) if text in ("c1", "c2", "s")] == [
        "c1",
        "c2",
        "s",
    ]
    chosen = spacetime(trace, nodes=["s", "c2"])
    assert [text for text in texts(chosen) if text in ("c1", "c2", "s")] == ["s", "c2"]
    assert chosen.sentence.startswith("2 of 3 nodes, ")
    sent = [e for e in trace.kinds("send") if {e.node, e.peer} == {"s", "c2"}]
    assert numbers(chosen)["messages"] == len(sent)


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


def test_causal_past_and_future_fade_the_rest() -> None:
    trace = gossip_world(3).run(20).trace
    event = trace.kinds("deliver")[6]
    past = spacetime(trace, focus=Focus(past_of=event))
    future = spacetime(trace, focus=Focus(future_of=event.index))
    both = spacetime(trace, focus=Focus(past_of=event, future_of=event))
    vivid = [_vivid_arrows(picture) for picture in (past, future, both, spacetime(trace))]
    in_past = {e.id for e in trace.past(event).kinds("deliver")}
    in_future = {e.id for e in trace.future(event).kinds("deliver")}
    assert vivid[0] >= len(in_past) >= 1
    assert vivid[2] < vivid[3]
    assert vivid[0] + vivid[1] > vivid[2] >= max(vivid[0], vivid[1])
    assert len(in_future) <= vivid[1]
    assert " ".join(str(event).split()) in titles(past)


def test_a_sending_in_the_past_is_not_faded_with_its_message() -> None:
    trace = gossip_world(3).run(20).trace
    event = trace.kinds("deliver")[6]
    past = trace.past(event)
    received = {e.id for e in past.kinds("deliver")}
    alone = [e for e in past.kinds("send") if e.id not in received]
    picture = spacetime(trace, focus=Focus(past_of=event))
    dots = [one for one in elements(picture, "circle") if one.get("r") == "2.2"]
    assert 1 <= len(dots) <= len(alone)


def _vivid_arrows(picture: Picture) -> int:
    """Return the number of arrows outside of faded groups."""
    groups = elements(picture, "g")
    vivid = [one for group in groups if group.get("opacity") is None for one in group]
    return len([one for one in vivid if tag(one) == "path"])


def test_marked_operations_and_events_stand_out() -> None:
    trace = store_world(2).run().trace
    plain = spacetime(trace)
    marked = spacetime(trace, highlight=[0, 3], focus=Focus(mark=trace[-1]))
    assert _red_bars(plain) == 0
    assert _red_bars(marked) == 2
    assert "; marked: " in marked.sentence
    rings = [one for one in elements(marked, "circle") if one.get("stroke") == palette.RED]
    assert len(rings) == 1
    assert [one for one in elements(plain, "circle") if one.get("stroke") == palette.RED] == []


def _red_bars(picture: Picture) -> int:
    return sum(
        one.get("stroke") == palette.RED and one.get("stroke-width") == "2.6"
        for one in elements(picture, "path")
    )


def test_clock_labels_are_the_clocks_after_the_step() -> None:
    trace = pipe(count=1).run().trace
    shown = texts(spacetime(trace, clocks="vector"))
    for node in ("a", "b"):
        *_, clock = [c for e, c in zip(trace, trace.vector_clocks(), strict=True) if e.node == node]
        assert clock is not None
        assert f"[{clock['a']} {clock.get('b', 0)}]" in shown
    assert "vector clock [a b] after the step" in shown
    highest = max(clock for clock in trace.lamport_clocks() if clock is not None)
    assert str(highest) in texts(spacetime(trace, clocks="lamport"))


def test_clock_labels_of_ones_own_stand_at_their_events() -> None:
    trace = pipe().run().trace
    sent = trace.kinds("send")[0]
    shown = texts(spacetime(trace, clocks={sent.index: "half past two"}))
    assert "half past two" in shown
    assert "clock after the step" in shown


def test_a_stretch_of_a_line_can_be_drawn_thick_and_is_told() -> None:
    trace = gossip_world(1).run(until_ms=50).trace
    start, *_, end = [
        event for event in trace.of("a") if event.node == "a" and event.kind in ("send", "deliver")
    ]
    picture = spacetime(trace, spells=[Spell("a", "locked", start, end)])
    thick = [line for line in elements(picture, "line") if line.get("stroke-width") == "7"]
    assert len(thick) == 2  # the stretch, and the key
    assert thick[0].get("x1") != thick[0].get("x2")
    assert "locked" in texts(picture)
    assert f"a locked from {start.time_ms:g} to {end.time_ms:g} ms" in picture.sentence
    assert "pause" not in picture.sentence


def test_timers_can_be_left_out() -> None:
    trace = pipe().run().trace
    assert "timer" in texts(spacetime(trace))
    assert "timer" not in texts(spacetime(trace, timers=False))


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


def test_a_message_to_oneself_and_any_text_can_be_drawn() -> None:
    events = [
        (0, "send", "a", "a", Number(1), 1, None),
        (5000, "deliver", "a", "a", Number(1), 1, None),
        (5000, "write", "a", None, "<&>\x00\"'", 0, None),
    ]
    picture = spacetime(Trace([cell for event in events for cell in event]))
    assert picture.sentence == "1 node, 1 message in 5 ms."
    assert any("<&>" in title for title in titles(picture))
    assert "Number 1" in texts(picture)


@pytest.mark.parametrize("trace", [Trace(), Trace([0, "start", "a", None, None, 0, None])])
@pytest.mark.parametrize("scale", ["time", "order"])
def test_next_to_nothing_can_be_drawn(trace: Trace, scale: str) -> None:
    assert spacetime(trace, look=Look(scale=scale)).sentence.endswith(
        "0 messages in 0 ms." if trace else "0 messages."
    )


def test_the_same_trace_gives_the_same_picture() -> None:
    plan = random_plan(4, [*"abcd"], Budget(horizon_ms=60, faults=5, longest_ms=30))
    one, two = (spacetime(gossip_world(4, plan).run(60).trace) for _ in range(2))
    assert one == two


def test_a_sentence_that_is_given_is_used() -> None:
    picture = spacetime(pipe().run().trace, sentence="Five numbers.")
    assert picture.sentence == "Five numbers."
    assert tree(picture).get("aria-label") == "Five numbers."


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"nodes": ["a", "z"]}, LookupError, "'z': the nodes are a, b"),
        ({"clocks": "wall"}, ValueError, "clocks='wall'"),
        ({"start_ms": 5, "end_ms": 4}, ValueError, "start must be before the end"),
        ({"start_ms": 5, "end_ms": 5}, ValueError, "start must be before the end"),
        ({"start_ms": float("nan")}, ValueError, "start_ms=nan"),
        ({"highlight": [99]}, LookupError, "highlight=99"),
        ({"focus": Focus(mark=9999)}, LookupError, "index 9999"),
        ({"focus": 3}, TypeError, "focus=3: a Focus is required; write focus=Focus(mark=3)"),
        ({"focus": Focus(past_of=9999)}, LookupError, "index 9999"),
        ({"focus": Focus(future_of=-1)}, LookupError, "index -1"),
    ],
)
def test_wrong_settings_are_refused_with_what_was_seen(
    settings: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=re.escape(words)):
        spacetime(pipe().run().trace, **settings)  # type: ignore[arg-type]


def test_an_unknown_scale_is_refused_before_anything_is_drawn() -> None:
    with pytest.raises(ValueError, match="scale='log': it must be 'time' or 'order'"):
        Look(scale="log")


def test_a_look_sets_the_width() -> None:
    narrow = spacetime(pipe().run().trace, look=Look(width=500))
    assert float(tree(narrow).attrib["width"]) == 500


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


def test_around_an_unknown_event_is_refused() -> None:
    with pytest.raises(LookupError, match="index 9999"):
        around(pipe().run().trace, 9999)
