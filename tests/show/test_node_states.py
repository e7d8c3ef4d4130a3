"""The states of nodes in words: no learner reads a `repr`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dscourse.breaker import CircuitBreaker
from dscourse.detectors import PhiAccrual
from dscourse.node import Component, Node
from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.two_phase_messages import Transaction
from dscourse.replication import binary_log, raft_log
from dscourse.show.node_states import in_words, own_fields, state_in_words
from dscourse.touch.display.moments import moments
from tests.touch.discovered import CELLS, diagrams_of

RAW = re.compile(r"[A-Z]\w+\(|<[A-Z]|\b\w+=\w+\(|\binf\b|\w_\w|\(\)")
"""Marks of a `repr`: a call, an enumeration's angle bracket, infinity, a name with an underscore, an empty tuple."""


@dataclass(frozen=True, slots=True)
class Window:
    size: int = 3
    wait_ms: float = 5.0
    seen: tuple[str, ...] = ()
    note: str = ""


class Pulse(Component):
    def __init__(self, id: str, peers: Iterable[str] = (), every_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        self.every_ms = every_ms
        self.heard: dict[str, int] = {"b": 2}


class Server(Node):
    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.values = {"every_ms": 3}
        self.pulse = self.component(Pulse(id, peers))


def test_an_empty_text_is_none() -> None:
    assert in_words("") == "none"


def test_a_time_has_its_unit_and_none_has_not() -> None:
    state = {"timeout_ms": 60.0, "slow_ms": None, "attempts": float("inf"), "on_ms": True}
    text = {"timeout": "60 ms", "slow": "none", "attempts": "no limit", "on": "yes"}
    assert state_in_words(state) == text


def test_the_fields_of_a_value_have_names_and_defaults_are_left_out() -> None:
    assert in_words(Window(wait_ms=7.0, seen=("a", "b"))) == "window (wait 7 ms, seen (a, b))"
    assert in_words(Window()) == "window"


def test_a_transaction_says_which_names_are_which() -> None:
    text = in_words({0: Transaction("u", ("p1", "p2"), frozenset({"p1"}))})
    assert text == "0 → transaction (client u, participants (p1, p2), yes p1)"


def test_an_outcome_is_no_yes_or_no() -> None:
    assert in_words({0: Outcome(0, True), 1: Outcome(1, False)}) == "0 → committed, 1 → aborted"


def test_logs_list_their_entries() -> None:
    position = binary_log.Position(1, 1)
    log = binary_log.BinaryLog().extended([binary_log.Entry(position, "write", "x", 5)])
    assert (in_words(log), in_words(binary_log.BinaryLog())) == ("1:1 x=5", "empty")
    compacted = raft_log.ReplicatedLog(raft_log.Position(2, 7))
    assert in_words(compacted) == "a snapshot up to index 7 of term 2"


def test_breaker_and_detector_say_their_state() -> None:
    assert in_words({"n1": CircuitBreaker()}) == "n1 → closed"
    text = in_words({"n1": PhiAccrual(), "n2": PhiAccrual(start_ms=5)})
    assert text.startswith("n1 → (heard at 0 ms, deadline ")
    assert ", n2 → (heard at 5 ms, deadline " in text


def test_a_long_value_ends_between_two_parts() -> None:
    text = in_words([f"entry {number}" for number in range(100)])
    assert text.endswith(", …")
    assert re.fullmatch(r"(entry \d+, )+…", text)
    assert len(in_words("x" * 500)) == 120
    windows = [Window(wait_ms=float(ms), seen=("a", "b")) for ms in range(7, 40)]
    text = in_words(windows)
    assert text.endswith(")), …")
    assert text.count("(") == text.count(")") > 4


def test_a_queue_and_a_tuple_with_names_are_no_repr() -> None:
    assert in_words(deque([1, 2], maxlen=3)) == "1, 2"
    assert in_words(CircuitBreaker().allow(150)) == "stay 0, began 150 ms"


def test_the_fields_of_a_component_stand_beside_the_others() -> None:
    server = Server("a", ["b"])
    text = state_in_words(own_fields(server, server.state()))
    assert text == {
        "values": "every_ms → 3", "pulse every": "20 ms", "pulse heard": "b → 2",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "at"), CELLS, ids=lambda one: getattr(one, "stem", str(one)))
def test_no_diagram_of_the_course_shows_a_repr(path: Path, at: int) -> None:
    for diagram in diagrams_of(path, at):
        known = moments(diagram.run.world)
        nodes = [*known["base"].values(), *(new for _, _, new in known["changes"])]
        texts = {
            f"{name}: {text}"
            for node in nodes
            for name, text in node.get("fields", {}).items()
            if text is not None
        }
        assert texts
        assert [text for text in texts if RAW.search(text) or text.endswith(": ")] == []
