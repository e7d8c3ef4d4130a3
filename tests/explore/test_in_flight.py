"""Messages in flight as bits: whatever is done to them, they are the same multisets; sets are found among others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest

from dscourse.core.properties import Property, View
from dscourse.explore import Bounds, explore
from dscourse.explore.in_flight import InFlight
from dscourse.explore.unread import Family
from dscourse.node import Client, Invocation, Timer, cluster
from tests.explore.test_unread import ONE, Ticker


@pytest.mark.parametrize("copies", [1, 2, 3, None])
def test_bits_are_multisets_of_messages(copies: int | None) -> None:
    draws, flight = Random(1), InFlight(copies)
    network, messages = 0, Counter[int]()
    seen: dict[int, Counter[int]] = {}
    for _ in range(600):
        number = draws.randrange(8)
        if messages[number] and draws.random() < 0.5:
            network = flight.without(network, flight.bit(number))
            messages[number] -= 1
        else:
            network = flight.plus(network, (flight.bit(number),))
            if copies is None or messages[number] < copies:
                messages[number] += 1
        messages = +messages
        assert flight.numbers(network) == sorted(messages.elements())
        assert [flight.number(bit) for bit in flight.distinct(network)] == sorted(messages)
        assert seen.setdefault(network, messages.copy()) == messages
    most = max(max(one.values(), default=0) for one in seen.values())
    assert most == copies if copies else most > 3


def test_a_set_with_all_messages_is_found_if_there_is_one() -> None:
    draws, found = Random(2), 0
    for size in (3, 8, 9, 40):
        family, sets = Family(), dict[int, int]()
        for number in range(size):
            asked = draws.randrange(1 << 9) & draws.randrange(1 << 9)
            able = {one for messages, one in sets.items() if messages & asked == asked}
            answer = family.with_all(asked)
            assert answer in able if able else answer == -1
            found += bool(able)
            more = asked | draws.randrange(1 << 9) & draws.randrange(1 << 9)
            sets[more] = number
            family.add(more, number)
    assert 10 < found < 50


def test_what_a_property_has_seen_it_is_not_asked_again() -> None:
    asked = []

    def counts(view: View) -> bool:
        asked.append(view.nodes["a"].at if "a" in view.nodes else None)
        return True

    found = explore(cluster(Ticker, ["a", "b"]), always=[counts], bounds=Bounds(copies=1))
    assert found.ok
    assert 0 < len(asked) <= found.states


def test_each_state_that_could_not_be_judged_is_counted() -> None:
    def cannot_tell(view: View) -> bool | None:
        return None if len(view.nodes) == 2 else True

    nodes = cluster(Ticker, ["a", "b"])
    few = explore(nodes, always=[cannot_tell], bounds=ONE)
    assert few.ok is None
    assert few.unjudged == {
        "cannot tell": few.states - 3
    }  # all but those in which a node has not started


@dataclass(frozen=True, slots=True)
class Done(Timer):
    op: int


class Slow(Client):
    """A client whose operations end at a time-out."""

    def on_invoke(self, operation: Invocation) -> None:
        self.set_timer(Done(operation.id), 10)

    def on_done(self, timer: Done) -> None:
        self.complete(timer.op, "ok")


@pytest.mark.parametrize("order", ["u v", "v u", "at once"])
def test_a_property_of_the_history_is_asked_for_each_history_of_the_same_nodes(order: str) -> None:
    def never_in_this_order(view: View) -> bool:
        ops = list(view.history)
        if len(ops) < 2 or any(op.status == "pending" for op in ops):
            return True
        first, second = sorted(ops, key=lambda op: op.invoked)
        apart = first.returned is not None and first.returned < second.invoked
        return order != (("u v" if first.value == 1 else "v u") if apart else "at once")

    operations = {"u": [("write", "x", 1)], "v": [("write", "x", 2)]}
    claim = Property("never in this order", never_in_this_order, history=True)
    assert explore([Slow("u"), Slow("v")], operations=operations, always=[claim]).ok is False
