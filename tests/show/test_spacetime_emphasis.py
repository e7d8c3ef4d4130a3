"""The emphasis of a space-time diagram: past and future of events, marked operations, clocks and spells."""

from __future__ import annotations

from dscourse.show import Focus, Picture, palette, spacetime
from dscourse.sim import (
    Spell,
)
from tests.show.drawing import elements, tag, titles
from tests.show.drawing import words as texts
from tests.sim.worlds import gossip_world, pipe, store_world


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
