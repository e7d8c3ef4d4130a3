"""Histories in the explorer: linearizability of every schedule, and as few states as the real-time order allows."""

from __future__ import annotations

from functools import partial

import pytest

from dscourse import checkers, sim
from dscourse.core.properties import Property, PropertyError, View, of_history
from dscourse.core.schedule import Deliver
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, explore
from dscourse.explore.past import NOT_BEGUN, Past
from dscourse.history import History, Op
from dscourse.node import Client, Invocation, Node, cluster
from dscourse.protocols.quorum_store import OneRoundReadStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.single_copy_store import LockedMap
from tests.effort import once
from tests.explore.atomic_register import Copy, HastyReader, LostWriter, Reader
from tests.explore.idle_messages import Busy, Eager, explored
from tests.explore.paxos_register import RegisterClient, Server

LINEARIZABLE = of_history(partial(checkers.linearizable, spec=checkers.Register()))
WRITE_AND_READ = {"w": [("write", "x", 1)], "r": [("read", "x")]}
WRITE_AND_READ_TWICE = {"w": [("write", "x", 1)], "r": [("read", "x"), ("read", "x")]}
ABC = ["a", "b", "c"]


def copies(*servers: str) -> list[Node]:
    return [
        *map(LockedMap, sorted(set(servers))),
        StoreClient("w", "a"),
        StoreClient("r", servers[-1]),
    ]


def test_two_copies_of_a_register_are_refuted_by_four_deliveries() -> None:
    """A write that has ended at one copy is not seen at the other."""
    found = explore(
        copies("a", "b"),
        operations=WRITE_AND_READ,
        always=[LINEARIZABLE],
        bounds=Bounds(timeouts=0),
    )
    assert found.ok is False
    assert found.violated == "linearizable"
    assert found.reason.endswith("r1 returned nothing although w0 had finished before r1 began")
    assert len([step for step in found.steps if isinstance(step, Deliver)]) == 4
    world = sim.follow(copies("a", "b"), found.steps, WRITE_AND_READ)
    assert checkers.linearizable(world.history).ok is False


def test_one_copy_is_linearizable_in_every_schedule() -> None:
    found = explore(
        copies("a"), operations=WRITE_AND_READ, always=[LINEARIZABLE], bounds=Bounds(timeouts=0)
    )
    assert found.ok, found
    assert found.complete


def test_a_judge_is_asked_again_about_a_history_of_equal_values_of_another_type() -> None:
    """1 == True, but a register that returns True has not been written 1."""
    one = View(past=History([Op(0, "c", "read", "x", None, "ok", 1, 0, 1)]))
    true = View(past=History([Op(0, "c", "read", "x", None, "ok", True, 0, 1)]))
    number = of_history(lambda history: type(history[0].result) is int, "a number")
    assert number.judge(one).ok is True
    assert number.judge(true).ok is False


def test_the_history_is_in_the_state_only_if_a_property_asks_for_it() -> None:
    """Without it, states count as one that differ in what had ended before what began."""
    with_it = explore(
        copies("a"), operations=WRITE_AND_READ, always=[LINEARIZABLE], bounds=Bounds(timeouts=0)
    )
    without = explore(copies("a"), operations=WRITE_AND_READ, bounds=Bounds(timeouts=0))
    assert without.states < with_it.states < 1.5 * without.states


def test_a_property_that_reads_the_history_must_ask_for_it() -> None:
    def nothing_read(view: View) -> bool:
        return not view.history.ok

    with pytest.raises(PropertyError, match=r"write Property\(name, holds, history=True\)"):
        explore(copies("a"), operations=WRITE_AND_READ, always=[nothing_read])
    asked = Property("nothing read", nothing_read, history=True)
    assert explore(copies("a"), operations=WRITE_AND_READ, always=[asked]).ok is False


def test_a_read_of_one_round_is_refuted() -> None:
    """Attiya, Bar-Noy and Dolev 1995: a reader stores what it returns, or a later read may return something older."""
    nodes: list[Node] = [
        *cluster(OneRoundReadStore, 3), StoreClient("w", "n1"), StoreClient("r", "n2"),
    ]  # fmt: skip
    found = explore(
        nodes, operations=WRITE_AND_READ_TWICE, always=[LINEARIZABLE], bounds=Bounds(timeouts=0)
    )
    assert found.ok is False
    assert "r2 returned nothing although r1 had returned 1" in found.reason


@pytest.mark.parametrize("reader", [HastyReader, Reader])
@once
def test_a_reader_that_stores_what_it_returns_is_not_refuted_in_the_same_bounds(
    reader: type[Reader],
) -> None:
    """The write stays open: its writer is lost after its first message."""
    nodes: list[Node] = [*map(Copy, ABC), LostWriter("w", ABC), reader("r", ABC)]
    found = explored(Busy, nodes, WRITE_AND_READ_TWICE, [LINEARIZABLE], alike=["b", "c"])
    assert found.ok is (reader is Reader), found
    assert found.complete is (reader is Reader)


@once
def test_paxos_has_the_states_of_the_published_model() -> None:
    """Stateright's Paxos example with 2 clients and 3 servers has 16,668 states, and so has `Eager`.

    There, a message that would change nothing stays in flight, and a client sends its next request in the step in
    which it is answered. With the beginning of an operation as a step of its own, and nodes that start in any order,
    it is 25,028 states (`Busy`). `explore` itself lets every message arrive, also where it changes nothing, and has
    more than 200,000: it does not know whether a property looks at the messages in flight.
    """
    nodes: list[Node] = [
        *cluster(Server, ABC), RegisterClient("x", ABC, 0), RegisterClient("y", ABC, 1),
    ]  # fmt: skip
    work = {"x": [("write", "r", "A"), ("read", "r")], "y": [("write", "r", "B"), ("read", "r")]}
    found = explored(Eager, nodes, work, [LINEARIZABLE])
    assert found.ok, found
    assert (found.states, found.complete) == (16_668, True)
    assert explored(Busy, nodes, work, [LINEARIZABLE]).states == 25_028


@once
def test_paxos_that_ignores_what_was_voted_for_is_refuted() -> None:
    class Forgetful(Server):
        def propose(self) -> None:
            self.promises = dict.fromkeys(self.promises)
            super().propose()

    nodes: list[Node] = [
        *cluster(Forgetful, ABC), RegisterClient("x", ABC, 0), RegisterClient("y", ABC, 1),
    ]  # fmt: skip
    work = {"x": [("write", "r", "A"), ("read", "r")], "y": [("write", "r", "B"), ("read", "r")]}
    assert explored(Eager, nodes, work, [LINEARIZABLE]).ok is False


def test_a_judge_that_never_has_anything_to_judge_shows_nothing() -> None:
    """Writes alone tell nothing: the checker could not have refuted any state."""
    work = {"w": [("write", "x", 1)]}
    found = explore(copies("a"), operations=work, always=[LINEARIZABLE], bounds=Bounds(timeouts=0))
    assert (found.ok, found.reason) == (None, "linearizable had nothing to judge in any state")


def test_a_history_that_the_checker_gives_up_on_decides_nothing() -> None:
    def gives_up(history: History) -> Verdict:
        return Verdict("hard", None if history.ok else True, "gave up")

    found = explore(
        copies("a"),
        operations=WRITE_AND_READ,
        always=[of_history(gives_up)],
        bounds=Bounds(timeouts=0),
    )
    assert found.ok is None
    assert found.reason.startswith("gives up could not be judged in ")
    assert found.unjudged["gives up"] > 0


class Unsure(Client):
    """Ends its operations at once: the first one without knowing how."""

    def on_invoke(self, op: Invocation) -> None:
        (self.unknown if op.f == "try" else self.complete)(op.id, op.f)


def test_an_operation_of_unknown_outcome_stays_open() -> None:
    seen: dict[str, History] = {}

    def note(view: View) -> bool:
        seen[str(view.results)] = view.history
        return True

    work = {"u": [("try",), ("read",)], "v": [("read",)]}
    note_it = Property("note", note, history=True)
    assert explore([Unsure("u"), Unsure("v")], operations=work, always=[note_it]).ok
    last = max(seen.values(), key=lambda history: len(history.ok))
    first, second = last.by_process("u")
    assert (first.status, second.status) == ("unknown", "ok")
    assert not first.before(second)
    assert first.returned is not None
    assert first.returned < second.invoked


def test_the_order_in_real_time_is_what_is_kept() -> None:
    """Whichever of two operations began first makes no difference while both are open; which had ended does."""
    past = Past({"u": [("a",), ("b",)], "v": [("c",)]})
    nothing = {"u": (), "v": ()}
    both = past.begun(past.begun(past.initial(), "u", nothing), "v", nothing)
    assert both == past.begun(past.begun(past.initial(), "v", nothing), "u", nothing)
    assert both == (0, NOT_BEGUN, 0)
    ended = {"u": ((0, "ok", 7),), "v": ()}
    after = past.begun(past.begun(past.initial(), "u", nothing), "v", ended)
    assert after == (0, NOT_BEGUN, 1)
    first, last = past.history(after, ended)
    assert (first.id, first.result, last.id) == (0, 7, 2)
    assert first.before(last)
    overlapping = past.history(both, ended)
    assert overlapping[0].concurrent(overlapping[1])
