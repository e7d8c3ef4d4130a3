"""The inside of a node's process, without the process: frames in, effects and events out, in order."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.node import Client, Invocation, Message, Node, Reply, Timer
from dscourse.run.codec import Codec
from dscourse.run.disk import FileLog, read_log
from dscourse.run.frames import Frames, frame
from dscourse.run.node_host import NodeHost
from dscourse.run.value_types import value_types

NAMES = ["a", "b", "c"]


@dataclass(frozen=True, slots=True)
class Order(Message):
    """Ask for these effects, in this order."""

    effects: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Alarm(Timer):
    number: int = 0


class Obedient(Node):
    """Asks for the effects that a message lists."""

    def on_start(self, log: Sequence[Any]) -> None:
        self.log = tuple(log)

    def on_order(self, sender: str, order: Order) -> None:
        for method, *arguments in order.effects:
            getattr(self, method)(*arguments)

    def on_alarm(self, timer: Alarm) -> None:
        self.send("b", Order((("alarm", timer.number),)))

    def fall(self) -> None:
        raise ValueError("over")


class Asking(Client):
    def on_invoke(self, op: Invocation) -> None:
        self.complete(op.id, op.value)

    def on_reply(self, sender: str, reply: Reply) -> None:
        pass


class Watched(NodeHost):
    """A host whose events are kept; ``order`` has each flush and each write to the disk."""

    def __init__(self, folder: Path, node: Node) -> None:
        self.events: list[Any] = []
        self.order: list[str] = []
        host = self

        class Log(FileLog):
            def append(self, records: Any) -> None:
                host.order.append(f"disk {len(records)}")
                super().append(records)

        super().__init__(
            node, NAMES, Codec(value_types([Obedient, Asking])), Log(folder / "a.log"), self.record
        )
        self.handle("start", "start", 0, 0, [0, 0, 0], 0, "seed", None)
        self.events.clear(), self.order.clear()

    def record(self, events: list[Any]) -> None:
        self.events += events
        self.order.append(f"{len(events)} events")

    def order_of(self, *effects: Any, vector: Sequence[int] = (0, 1, 0)) -> list[Any]:
        """Deliver an order, and return its events."""
        self.events.clear(), self.order.clear()
        self.handle("deliver", 5, "b", self.codec.encode(Order(effects)), list(vector))
        return list(self.events)

    def kinds(self) -> list[str]:
        return [event[0] for event in self.events]


@pytest.fixture
def host(tmp_path: Path) -> Watched:
    return Watched(tmp_path, Obedient("a", ["b", "c"]))


def test_effects_are_carried_out_and_recorded_in_their_order(host: Watched) -> None:
    host.order_of(
        ("send", "b", Reply(1)), ("write", 1), ("write", 2), ("send", "c", Reply(2)), ("write", 3)
    )
    assert host.kinds() == ["deliver", "send", "write", "write", "send", "write"]
    assert host.order == ["2 events", "disk 2", "3 events", "disk 1", "1 events"]
    assert [event[3] for event in host.events if event[0] == "write"] == [1, 2, 3]
    assert [host.codec.decode(data) for data in read_log(host.log.path)[0]] == [1, 2, 3]
    times = [event[1] for event in host.events]
    assert times == sorted(times)


def test_the_vector_clock_takes_over_what_the_sender_knew(host: Watched) -> None:
    events = host.order_of(("send", "b", Reply(1)), vector=(0, 4, 2))
    assert [event[2] for event in events] == [[2, 4, 2], [3, 4, 2]]
    events = host.order_of(vector=(9, 1, 3))
    assert events[0][2] == [10, 4, 3]


def test_no_message_and_no_timer_shares_its_number(host: Watched) -> None:
    events = host.order_of(
        ("send", "b", Reply(1)), ("set_timer", Alarm(), 5), ("send", "b", Reply(1))
    )
    numbers = [event[3] for event in events if event[0] != "deliver"]
    assert len(set(numbers)) == 3
    assert {number % 3 for number in numbers} == {0}  # other nodes have other remainders


def test_timers_fire_when_due_and_not_when_cancelled_or_replaced(host: Watched) -> None:
    events = host.order_of(
        ("set_timer", Alarm(1), 0), ("set_timer", Alarm(2), 0), ("cancel_timer", Alarm(1)),
        ("cancel_timer", Alarm(3)), ("set_timer", Alarm(2), 0), ("set_timer", Alarm(4), (10_000, 20_000)),
    )  # fmt: skip
    assert [event[3] for event in events if event[0] == "cancel_timer"] == [events[1][3], 0]
    replaced = events[5][3]
    host.events.clear()
    while host.wait_s() == 0.0:
        host.fire_due()
    assert [(event[0], event[3]) for event in host.events if event[0] == "timer"] == [
        ("timer", replaced)
    ]
    low, due = events[0][1] + 10_000e6, events[-1][7]
    assert low < due <= events[-1][1] + 20_000e6
    assert 9 < (host.wait_s() or 0) <= 20
    host.fire_due()
    assert host.kinds() == ["timer", "send"]


def test_a_node_without_timers_waits_for_ever(host: Watched) -> None:
    assert host.wait_s() is None
    host.fire_due()
    assert host.events == []


def test_a_start_gets_the_whole_log_and_reports_its_unseen_records(tmp_path: Path) -> None:
    first = Watched(tmp_path, Obedient("a"))
    first.order_of(("write", "x"), ("write", "y"))
    first.log.close()
    again = Watched(tmp_path, Obedient("a"))
    again.handle("start", "restart", 0, 1, [7, 0, 0], 50, "seed", [5.0, 0.0])
    clock, event = again.events
    assert (clock[0], clock[3:]) == ("clock", (5.0, 0.0))
    assert (event[0], event[2], event[3]) == ("restart", [8, 0, 0], 2)
    assert [again.codec.decode(data) for data in event[4]] == ["y"]
    assert again.node.log == ("x", "y")
    assert again.order_of(("send", "b", Reply(1)))[1][3] > 50 * 3


def test_the_clock_can_be_set(host: Watched) -> None:
    host.handle("clock", 1_000.0, 0.0)
    events = host.order_of(("reply", "b", 1, 2))
    assert events[0][0] == "clock"
    assert host.node.now == pytest.approx(events[1][1] / 1e6 + 1_000, abs=0.01)


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (("fall",), "ValueError: over"),
        (("send", "z", Reply(1)), "LookupError: no node is called 'z'"),
        (("write", range), "EncodingError: the class range cannot be sent or stored"),
    ],
)
def test_an_error_in_a_handler_or_an_effect_is_recorded_and_ends_the_process(
    host: Watched, effect: Any, error: str
) -> None:
    if effect[0] == "write":
        host.node.on_start = lambda log: host.node.write(range)  # type: ignore[method-assign]
        start = ("start", 0, 0, [0, 0, 0], 0, "seed", None)
        with pytest.raises(SystemExit):
            host.handle("start", *start)
    else:
        with pytest.raises(SystemExit):
            host.order_of(effect)
    assert host.events[-1][0] == "error"
    assert host.events[-1][3].startswith(error)
    assert "Traceback" in host.events[-1][4]


def test_a_planned_crash_comes_after_so_many_effects(
    host: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *arguments: killed.append(arguments))
    host.handle("crash_during", 1)
    assert [event[0] for event in host.order_of(("write", 1))] == ["deliver", "write"]
    assert killed == []
    events = host.order_of(("write", 1), ("send", "b", Reply(1)))
    assert [event[0] for event in events] == ["deliver", "write", "crashing"]
    assert killed == [(os.getpid(), signal.SIGKILL)]


def test_a_client_is_given_its_operation(tmp_path: Path) -> None:
    client = Watched(tmp_path, Asking("a"))
    client.handle("invoke", 4, client.codec.encode(Invocation(4, "read", "x", (1,))))
    assert client.kinds() == ["invoke", "ok"]
    assert client.codec.decode(client.events[1][4]) == (1,)


@given(
    st.lists(st.lists(st.binary() | st.integers(-9, 9), max_size=4), max_size=6), st.integers(1, 9)
)
def test_frames_come_whole_out_of_any_pieces(contents: list[list[Any]], size: int) -> None:
    stream = b"".join(map(frame, contents))
    frames, found = Frames(), []
    for begin in range(0, len(stream), size):
        found += frames.feed(stream[begin : begin + size])
    assert found == contents
