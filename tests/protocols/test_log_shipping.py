"""Log shipping: the primary's steps, and the replica of the exercise under faults of every role."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse import exercises
from dscourse.exercises.tasks import make
from dscourse.node import Reply, Send, Write, take_effects
from dscourse.protocols.log_shipping import BATCH, Have, Lacking, Ship, ShipDue, ShippingPrimary
from dscourse.protocols.replica_clients import Answer, Put, ReplicaClient
from dscourse.protocols.textbook.primary_replica import Logged
from dscourse.replication.binary_log import Position
from dscourse.sim import Budget, Network, Recover, Uniform, World, random_plan
from tests.protocols.steps import effects


def started(*log: object, acks: int = 1) -> ShippingPrimary:
    primary = ShippingPrimary("p", ["r", "q"], acks)
    primary.on_start(log)
    take_effects(primary)
    return primary


def entry(number: int) -> Logged:
    return Logged(number, "x", number)


def test_a_write_is_on_disk_then_shipped_and_answered_once_enough_have_it() -> None:
    primary = started(acks=2)
    shipped = effects(primary, "c", Put(7, "write", "x", 1))
    first = Ship(0, (entry(1),))
    assert shipped == [Write(entry(1)), Send("q", first), Send("r", first)]
    assert effects(primary, "r", Have(1)) == []
    assert effects(primary, "r", Have(1)) == []
    answer = Send("c", Reply(7, Answer(None, Position(0, 1))))
    assert effects(primary, "q", Have(1)) == [answer]
    assert effects(primary, "q", Have(1)) == []


def test_without_acks_a_write_is_answered_at_once() -> None:
    primary = started(acks=0)
    sent = effects(primary, "c", Put(7, "write", "x", 1))
    assert sent[-1] == Send("c", Reply(7, Answer(None, Position(0, 1))))


@pytest.mark.parametrize(("peers", "acks"), [((), 1), (("q",), 2), (("q",), -1)])
def test_more_acks_than_replicas_are_refused(peers: tuple[str, ...], acks: int) -> None:
    with pytest.raises(ValueError, match=f"acks={acks}: it must be from 0 to {len(peers)}"):
        ShippingPrimary("p", peers, acks)


def test_a_replica_that_lacks_something_is_sent_what_follows_its_log() -> None:
    primary = started(*(entry(n) for n in range(1, BATCH + 4)))
    [batch] = effects(primary, "r", Lacking(2))
    assert batch == Send("r", Ship(2, tuple(entry(n) for n in range(3, BATCH + 3))))


def test_what_is_not_confirmed_is_sent_again_and_what_is_confirmed_is_not() -> None:
    primary = started(entry(1), entry(2))
    effects(primary, "r", Have(2))
    primary.on_ship_due(ShipDue())
    sent = [effect for effect in take_effects(primary) if isinstance(effect, Send)]
    assert sent == [Send("q", Ship(0, (entry(1), entry(2))))]
    effects(primary, "q", Have(2))
    primary.on_ship_due(ShipDue())
    assert not any(isinstance(effect, Send) for effect in take_effects(primary))


@pytest.mark.parametrize("seed", range(15))
def test_every_replica_gets_the_log_whatever_goes_wrong_before(seed: int) -> None:
    replica: Any = make(
        exercises.all_exercises()["10.7"], exercises.all_exercises()["10.7"].solution
    )
    nodes = [ShippingPrimary("p", ["q", "r"]), replica("q", ["p"]), replica("r", ["p"])]
    plan = random_plan(seed, ["p", "q", "r"], Budget(600, faults=6, timeout_ms=100))
    world = World([*nodes, ReplicaClient("c", ["p"])], seed, Network(Uniform(2, 20)), plan)
    world.submit("c", [("write", "x", n) for n in range(12)], start_ms=10, think_ms=20)
    world.run(until_ms=2_000).apply(Recover())
    world.run(until_ms=2_600)
    logs = [[one for one in world.log(name) if isinstance(one, Logged)] for name in "pqr"]
    assert logs[0] == logs[1] == logs[2]
    assert [one.lsn for one in logs[0]] == list(range(1, len(logs[0]) + 1))
    answered = [op for op in world.history if op.status == "ok"]
    assert len(answered) <= len(logs[0])
