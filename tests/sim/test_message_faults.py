"""A single message is lost, repeated or delayed by its name, and the rest of the run stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from dscourse.node import Message, Node, Timer, cluster
from dscourse.sim import (
    At,
    Constant,
    Cut,
    Delay,
    Fault,
    Lose,
    Network,
    Repeat,
    Trace,
    Uniform,
    World,
)


@dataclass(frozen=True, slots=True)
class Note(Message):
    n: int


@dataclass(frozen=True, slots=True)
class Ack(Message):
    n: int


@dataclass(frozen=True, slots=True)
class Soon(Timer):
    pass


class Talker(Node):
    """Sends a note to each peer at its start and every 10 ms, five in all, and acknowledges what it receives."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.sent = 0

    def on_start(self, log: object) -> None:
        self.on_soon(Soon())

    def on_soon(self, timer: Soon) -> None:
        self.sent += 1
        self.broadcast(Note(self.sent))
        if self.sent < 5:
            self.set_timer(timer, 10)

    def on_note(self, sender: str, note: Note) -> None:
        self.send(sender, Ack(note.n))

    def on_ack(self, sender: str, ack: Ack) -> None: ...


def world(*faults: Fault, network: Network | None = None, at: float = 0, seed: int = 7) -> World:
    network = network or Network(latency=Uniform(1, 30))
    return World(
        cluster(Talker, ["a", "b", "c"]), seed, network, [At(at, fault) for fault in faults]
    ).run()


def events(
    trace: Trace, kind: str, source: str, to: str, message: type = Note
) -> list[tuple[float, int]]:
    """The times and numbers of messages of one type that were delivered, lost or repeated on a link."""
    return [
        (event.time_ms, event.what.n)
        for event in trace.kinds(kind)
        if (event.peer, event.node) == (source, to) and type(event.what) is message
    ]


def test_the_message_is_lost_and_nothing_else() -> None:
    usual, changed = world().trace, world(Lose("a", "b", "Note", 3)).trace
    assert [n for _, n in events(changed, "drop", "a", "b")] == [3]
    assert events(changed, "deliver", "a", "b") == [
        e for e in events(usual, "deliver", "a", "b") if e[1] != 3
    ]
    for link in (("b", "a"), ("a", "c"), ("c", "a"), ("b", "c"), ("c", "b")):
        assert events(changed, "deliver", *link) == events(usual, "deliver", *link)
    assert "lost: it was dropped" in str(changed)


def test_a_message_sent_at_the_start_can_be_lost() -> None:
    assert [n for _, n in events(world(Lose("a", "b", "Note", 1)).trace, "drop", "a", "b")] == [1]


def test_messages_of_another_type_are_not_counted() -> None:
    changed = world(Lose("a", "b", "Ack", 2)).trace
    assert events(changed, "drop", "a", "b") == []
    [(_, n)] = events(changed, "drop", "a", "b", Ack)
    acked = [
        e.what.n for e in changed.kinds("send") if (e.node, e.peer, type(e.what)) == ("a", "b", Ack)
    ]
    assert n == acked[1]


def test_a_delayed_message_takes_as_long_as_it_is_told() -> None:
    changed = world(Delay("a", "b", "Note", 2, latency_ms=77.5)).trace
    assert (87.5, 2) in events(changed, "deliver", "a", "b")
    earlier = world(Delay("a", "b", "Note", 2, latency_ms=0)).trace
    assert (10.0, 2) in events(earlier, "deliver", "a", "b")


def test_a_link_in_order_keeps_its_order() -> None:
    network = Network(Constant(5), fifo=True)
    late = world(Delay("a", "b", "Note", 2, latency_ms=25), network=network).trace
    assert events(late, "deliver", "a", "b") == [(5, 1), (35, 2), (35, 3), (35, 4), (45, 5)]
    early = world(
        Delay("a", "b", "Note", 1, 30), Delay("a", "b", "Note", 2, 0), network=network
    ).trace
    assert [n for _, n in events(early, "deliver", "a", "b")] == [1, 2, 3, 4, 5]


def test_copies_arrive_beside_the_original_or_alone() -> None:
    twice = world(Repeat("a", "b", "Note", 1, 100), Repeat("a", "b", "Note", 1, 200)).trace
    usual = world().trace
    assert events(twice, "deliver", "a", "b") == [
        *events(usual, "deliver", "a", "b"),
        (100, 1),
        (200, 1),
    ]
    alone = world(Repeat("a", "b", "Note", 1, 100), Lose("a", "b", "Note", 1)).trace
    assert [e for e in events(alone, "deliver", "a", "b") if e[1] == 1] == [(100, 1)]


def test_a_cut_link_carries_neither_message_nor_copy() -> None:
    cut = World(
        cluster(Talker, ["a", "b"]),
        plan=[At(0, Cut("a", "b")), At(0, Repeat("a", "b", "Note", 2, 1))],
    ).run()
    assert events(cut.trace, "deliver", "a", "b") == []
    assert len(events(cut.trace, "drop", "a", "b")) == 5


def test_lossy_links_draw_the_same_losses() -> None:
    network = Network(Uniform(1, 30), loss=0.4, duplicate=0.3)
    usual, changed = (
        world(network=network).trace,
        world(Lose("a", "b", "Note", 99), network=network).trace,
    )
    assert usual.cells
    assert changed.cells[7:] == usual.cells


@pytest.mark.parametrize("at", [0, 15])
def test_messages_are_counted_from_the_start_of_the_run(at: float) -> None:
    assert [
        n for _, n in events(world(Lose("a", "b", "Note", 4), at=at).trace, "drop", "a", "b")
    ] == [4]


def test_a_message_already_sent_is_not_affected() -> None:
    usual, changed = world().trace, world(Lose("a", "b", "Note", 1), at=15).trace
    assert events(changed, "deliver", "a", "b") == events(usual, "deliver", "a", "b")


def test_a_clone_has_the_same_fates_and_forgets_them_apart() -> None:
    one = World(cluster(Talker, ["a", "b"]), plan=[At(0, Lose("a", "b", "Note", 3))])
    one.run(until_ms=15)
    other = one.clone()
    assert str(one.run().trace) == str(other.run().trace)
    assert [n for _, n in events(other.trace, "drop", "a", "b")] == [3]


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda: Lose("a", "b", "Reply", 0),
            ValueError,
            "Lose: nth=0: the number of a message is whole, 1 for",
        ),
        (lambda: Lose("a", "b", "Reply", True), ValueError, "nth=True"),
        (
            lambda: Lose("a", "b", Note, 1),
            TypeError,
            "the name of a message's type is required, such as 'Reply'",
        ),
        (lambda: Lose("", "b", "Reply", 1), TypeError, "a node's name is required"),
        (
            lambda: Delay("a", "b", "Reply", 1, -1),
            ValueError,
            "Delay: latency_ms=-1: it must be a finite number",
        ),
        (lambda: Repeat("a", "b", "Reply", 1, float("inf")), ValueError, "Repeat: latency_ms=inf"),
        (
            lambda: world(Lose("a", "z", "Reply", 1)),
            LookupError,
            "names 'z': the nodes are a, b, c",
        ),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    make: Callable[[], object], error: type, text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        make()
