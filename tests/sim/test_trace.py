"""A trace prints as a person would write it, slices, and goes to files that other tools read."""

from __future__ import annotations

import copy
import json
import pickle
import re

import pytest

from dscourse.interop import json_traces, shiviz
from dscourse.node import Client, Invocation
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Link,
    Network,
    Pause,
    Restart,
    Resume,
    SetLink,
    Trace,
    World,
)
from dscourse.sim.events import KINDS

from .worlds import Sink, Source, Store, Writer, gossip_world, planned_worlds

PLAN = [
    At(6.5, Crash("s", lose=1)), At(6.6, Restart("s")), At(11, SetLink("c", "s", loss=1.0)),
    At(12.5, Pause("c")), At(14, Resume("c")), At(17, Cut("s", "c")),
]  # fmt: skip

GOLDEN = """\
   0.000 ms  c        starts
   0.000 ms  s        starts
   0.000 ms  c        invokes #0 put x = 1
   0.000 ms  c → s    Put(op=0, value=1)
   0.000 ms  c        sets timer GiveUp(op=0) for 3.000 ms
   1.000 ms  s ← c    Put(op=0, value=1)
   1.000 ms  s        writes 1
   1.000 ms  s → c    Reply(op=0, result=1)
   2.000 ms  c ← s    Reply(op=0, result=1)
   2.000 ms  c        cancels timer GiveUp(op=0)
   2.000 ms  c        #0 ok: 1
   6.000 ms  c        invokes #1 put
   6.000 ms  c → s    Put(op=1, value=None)
   6.000 ms  c        sets timer GiveUp(op=1) for 9.000 ms
   6.500 ms  *        Crash('s', lose=1)
   6.500 ms  s        crashes and loses its last 1 record
   6.600 ms  *        Restart('s')
   6.600 ms  s        restarts with 0 records
   7.000 ms  s ← c    Put(op=1, value=None)
   7.000 ms  s        writes None
   7.000 ms  s → c    Reply(op=1, result=1)
   8.000 ms  c ← s    Reply(op=1, result=1)
   8.000 ms  c        cancels timer GiveUp(op=1)
   8.000 ms  c        #1 ok: 1
  11.000 ms  *        SetLink('c', 's', loss=1.0)
  12.000 ms  c        invokes #2 put 3
  12.000 ms  c → s    Put(op=2, value=3)
  12.000 ms  s ← c    Put(op=2, value=3)  lost
  12.000 ms  c        sets timer GiveUp(op=2) for 15.000 ms
  12.500 ms  *        Pause('c')
  12.500 ms  c        stands still
  14.000 ms  *        Resume('c')
  14.000 ms  c        goes on
  15.000 ms  c        timer GiveUp(op=2)
  15.000 ms  c        #2 unknown: no answer
  17.000 ms  *        Cut('s', 'c')"""


def story() -> World:
    nodes = [Writer("c", ["s"], patience_ms=3), Store("s")]
    world = World(nodes, 0, Network(client=Link(Constant(1))), PLAN)
    return world.submit("c", [("put", "x", 1), ("put",), ("put", None, 3)], think_ms=4)


def test_it_prints_as_a_person_would_write_it() -> None:
    assert str(story().run().trace) == GOLDEN
    assert repr(story().run().trace) == "Trace(36 events, 0 to 17 ms, nodes c, s)"
    assert repr(Trace()) == "Trace(no events)"


def test_the_other_kinds_of_event_have_words_too() -> None:
    class Ending(Client):
        def on_invoke(self, op: Invocation) -> None:
            self.fail(op.id, "full")

    world = World([Ending("c"), Sink("b")], plan=[At(0, Crash("b"))], record_state=True)
    text = str(world.submit("c", [("put",)]).run().trace)
    assert "0.000 ms  c        #0 failed: full" in text
    assert "0.000 ms  b        received = [], at_ms = []" in text
    runs = [run.run(300) for run in [*planned_worlds(4), story(), world]]
    kinds = {event.kind for run in runs for event in run.trace if len(str(event)) > 22}
    assert kinds | {"error"} == set(KINDS)


def test_slices_keep_the_place_in_the_whole_trace() -> None:
    trace = story().run().trace
    assert [event.index for event in trace] == list(range(36))
    assert [event.index for event in trace.of("s").kinds("write", "crash")] == [6, 15, 19]
    assert [event.index for event in trace.between(6.5, 6.6)] == [14, 15, 16, 17]
    assert trace[14:18] == trace.between(6.5, 6.6)
    assert trace[-1].index == 35
    assert trace[5:8][1] == trace[6]
    assert (trace.nodes, trace.of("s").nodes) == (("c", "s"), ("s",))
    assert trace.where(lambda event: event.id == 2 and event.kind == "ok")[:5].nodes == ()
    with pytest.raises(IndexError):
        trace[36]


def test_a_trace_that_is_read_while_it_grows_has_every_event_once() -> None:
    world = gossip_world(1)
    world.run(until_ms=20)
    early = list(world.trace)
    world.run(until_ms=60)
    assert len(early) < len(world.trace)
    assert list(world.trace) == list(Trace(world.trace.cells))
    assert list(world.trace)[: len(early)] == early
    sends = world.trace.kinds("send")
    assert list(sends) == [event for event in world.trace if event.kind == "send"]


def test_a_copy_that_has_been_read_grows_independently() -> None:
    world = gossip_world(1)
    world.run(until_ms=20)
    before = list(world.trace)
    other = world.clone()
    list(other.run(until_ms=60).trace)
    assert list(world.trace) == before


def test_a_trace_is_the_same_after_it_is_sent_to_another_process() -> None:
    part = gossip_world(1).run(until_ms=60).trace.kinds("send")
    unread = pickle.dumps(part)
    read = list(part)
    assert pickle.dumps(part) == unread
    for other in (pickle.loads(unread), copy.deepcopy(part)):
        assert list(other) == read


def test_past_and_future_of_an_event() -> None:
    trace = story().run().trace
    reply = trace[8]
    assert [event.index for event in trace.past(reply)] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert [event.index for event in trace.past(6)] == [0, 1, 2, 3, 5, 6]
    assert 15 in [event.index for event in trace.future(6)]
    assert 12 not in [event.index for event in trace.past(15)]
    later = trace.future(19)
    assert [event.index for event in later][:5] == [19, 20, 21, 22, 23]
    assert [event.index for event in trace.past(14)] == [14]  # a fault is no event of a node
    part = trace.of("c")
    assert [event.index for event in part.past(8)] == [0, 2, 3, 4, 8]


def test_an_equal_trace_has_an_equal_hash_and_another_has_another() -> None:
    one, two = story().run().trace, story().run().trace
    assert one == two
    assert (one.hash(), hash(one)) == (two.hash(), hash(two))
    hashes = {run.run(200).trace.hash() for seed in range(5) for run in planned_worlds(seed)}
    assert len(hashes) == 15
    assert one != one[:-1]
    assert one.copy() == one
    assert one[:-1].hash() != one.hash()


def test_json_holds_every_event() -> None:
    trace = gossip_world(1).run(30).trace
    rows = json.loads(json_traces.write(trace))
    assert [row["index"] for row in rows] == list(range(len(trace)))
    assert [(row["time_ms"], row["kind"], row["node"], row["peer"], row["id"]) for row in rows] == [
        (e.time_ms, e.kind, e.node, e.peer, e.id) for e in trace
    ]
    message = next(row for row in rows if row["kind"] == "send")["what"]
    assert message == {"type": "Rumour", "fields": {"names": ["a"]}}
    texts = [json_traces.write(world.run(300).trace) for world in planned_worlds(4)]
    assert all(json.loads(text) for text in texts)


def parse_shiviz(text: str) -> list[tuple[str, dict[str, int], str]]:
    """The events of a ShiViz log, read by the regular expression in its own first line."""
    pattern, empty, body = text.split("\n", 2)
    assert (pattern, empty) == (shiviz.PARSER, "")
    python = re.sub(r"\(\?<(\w+)>", r"(?P<\1>", pattern)  # as JavaScript writes named groups
    matches = list(re.finditer(python, body))
    assert "".join(match[0] + "\n" for match in matches) == body  # nothing is left over
    return [(m["host"], json.loads(m["clock"]), m["event"]) for m in matches]


@pytest.mark.parametrize("seed", range(4))
def test_shiviz_reads_its_text_and_every_clock_grows(seed: int) -> None:
    for world in planned_worlds(seed):
        trace = world.run(150).trace
        events = parse_shiviz(shiviz.write(trace))
        clocks: dict[str, dict[str, int]] = {}
        for host, clock, text in events:
            before = clocks.get(host, {})
            assert clock[host] == before.get(host, 0) + 1
            assert all(clock.get(name, 0) >= count for name, count in before.items())
            assert text
            clocks[host] = clock
        assert clocks.keys() == {e.node for e in trace if e.node is not None}
        assert len(events) == sum(clock is not None for clock in trace.vector_clocks())


def test_shiviz_text_of_awkward_values_stays_on_one_line() -> None:
    world = World([Writer("c", ["s"]), Store("s"), Source("a", count=0)])
    world.submit("c", [("put", "x", "two\nlines  {and} (?<host>x)")]).run()
    hosts = {host for host, _, _ in parse_shiviz(shiviz.write(world.trace))}
    assert hosts == {"a", "c", "s"}


def test_history_of_a_trace_with_open_operations() -> None:
    history = story().run(13).history
    assert [op.status for op in history] == ["ok", "ok", "pending"]
    assert [(op.invoked, op.returned) for op in history] == [(2, 10), (11, 23), (25, None)]
    assert history[0].key == "x"
    assert story().run(13).trace.of("c").history() == history


def test_a_history_is_made_once_for_each_length_of_a_trace() -> None:
    world = story().run(13)
    early, twin = world.history, world.clone()
    assert world.history is early
    world.run()
    assert [op.status for op in early] == ["ok", "ok", "pending"]
    assert world.history != early == twin.history
    assert world.history == story().run().history
