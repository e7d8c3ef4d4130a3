"""The space-time diagram: its sentence against the trace, everything drawn, wrong settings refused."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from dscourse.show import Focus, Look, spacetime
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
    Trace,
    World,
    random_plan,
)
from tests.show.drawing import counts, elements, titles, tree
from tests.show.drawing import faults as text_faults
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


@pytest.mark.parametrize(("faults", "text"), FAULTS)
@pytest.mark.parametrize("scale", ["time", "order"])
def test_every_fault_is_drawn_and_named(faults: Sequence[Fault], text: str, scale: str) -> None:
    plan = [At(12.0 + 10 * index, fault) for index, fault in enumerate(faults)]
    healthy = pipe(every_ms=5, count=8).run().trace
    faulty = pipe(every_ms=5, count=8, plan=plan).run().trace
    assert text in texts(spacetime(faulty, look=Look(scale=scale)))
    assert text not in texts(spacetime(healthy, look=Look(scale=scale)))
    assert text_faults(spacetime(faulty, look=Look(scale=scale))) == []


def test_a_handler_that_raises_is_drawn_and_told() -> None:
    class Broken(Sink):
        def on_number(self, sender: str, number: Number) -> None:
            raise RuntimeError("no")

    with pytest.raises(HandlerError) as caught:
        World([Source("a", ["b"]), Broken("b")]).run()
    picture = spacetime(caught.value.trace)
    assert "1 handler error" in picture.sentence
    assert "handler raises" in texts(picture)


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
    assert counts(chosen)["messages"] == len(sent)


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
