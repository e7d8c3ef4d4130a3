"""Refuted histories of recorded runs, reproduced in the simulator and shrunk there."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dscourse.checkers import linearizable
from dscourse.core.thinning import thinned
from dscourse.core.verdict import Verdict
from dscourse.experiments.real_processes import recorded as published
from dscourse.history import History
from dscourse.node import Node, cluster
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.quorum_store import MajorityWriteStore, TrustingClient
from dscourse.reproduction import _first_difference, reproduce
from dscourse.run import Recording, as_plan, replay, world
from dscourse.sim import At, Budget, Crash, Network, Submit, Uniform, World, random_plan
from tests.effort import chosen_seeds
from tests.run.simulated import recording_of

SERVERS = ("n1", "n2", "n3")
FAULTS = Budget(faults=3, horizon_ms=600, timeout_ms=120, menu=("crash", "pause", "crash_during"))


def store(kind: type[Node], client: type[StoreClient] = StoreClient) -> list[Node]:
    clients = (client(f"c{n}", f"n{n}", 1_000.0) for n in (1, 2, 3))
    return [*cluster(kind, SERVERS), *clients]


STORES: dict[str, Callable[[], list[Node]]] = {
    "textbook": lambda: store(MajorityWriteStore, TrustingClient),
    "any node": lambda: store(AnyNodeStore),
    "quorum": lambda: store(QuorumStore),
}


def recorded(name: str, seed: int, operations: int = 10) -> Recording:
    """A run of a store with three busy clients, which the judge may refute."""
    nodes = STORES[name]()
    running = World(nodes, seed, Network(Uniform(0.5, 10)), random_plan(seed, SERVERS, FAULTS))
    for number, client in enumerate(("c1", "c2", "c3")):
        work = [
            ("write", "x", f"{client}-{turn}") if (turn + number) % 3 == 0 else ("read", "x")
            for turn in range(operations)
        ]
        running.submit(client, work, start_ms=number, think_ms=7)
    return recording_of(running.run(900), nodes)


@pytest.mark.parametrize("name", ["textbook", "any node"])
def test_a_refuted_history_is_reproduced_and_shrinks_to_a_few_operations_seeds(name: str) -> None:
    refuted = 0
    for seed in chosen_seeds(3):
        recording = recorded(name, seed)
        found = reproduce(recording, linearizable)
        assert found.difference == ""
        assert found.verdict.ok == linearizable(recording.history).ok
        if not found:
            continue
        refuted += 1
        small = found.shrink()
        assert small
        assert small.verdict.model == found.verdict.model
        assert linearizable(small.build().history).ok is False
        assert small.rule(small.world).ok is False
        assert len(small.world.history) <= 6 < len(found.world.history)
        for at in range(len(small.plan)):  # nothing can be left out
            rest = [*small.plan[:at], *small.plan[at + 1 :]]
            again = replace(small, plan=rest).build()
            assert linearizable(again.history).ok is not False, (seed, small.plan[at])
    assert refuted > 0


def test_it_says_how_far_it_shrank() -> None:
    found = reproduce(recorded("textbook", 0), linearizable)
    assert repr(found).startswith("25 operations and ")
    assert "the clients see the same, in the same order; not linearizable: " in repr(found)
    small = found.shrink()
    assert repr(small).startswith(f"{found.shrunk or repr(found).split(' in the ')[0]} shrunk to ")
    assert small.build([At(0, Crash(name)) for name in SERVERS]).trace.kinds("crash")


def test_a_history_that_is_not_refuted_is_not_shrunk() -> None:
    found = reproduce(recorded("quorum", 0), linearizable)
    assert found.verdict.ok is True
    with pytest.raises(ValueError, match="refutation is not reproduced, so that it cannot be shr"):
        found.shrink()


def test_a_run_is_shrunk_to_one_that_is_refuted_by_the_same_claim() -> None:
    def judge(history: History) -> Verdict:
        verdict = linearizable(history)
        return verdict if len(history) > 6 else replace(verdict, model="another")

    small = reproduce(recorded("textbook", 0), judge).shrink()
    assert len(small.world.history) == 7
    assert small.verdict.model == "linearizable"


def test_what_clients_saw_otherwise_is_told_in_words() -> None:
    one, other = recorded("textbook", 0).history, recorded("quorum", 0).history
    assert _first_difference(one, one) == ""
    assert _first_difference(one, other) == (
        "first difference: c2 read x ends with ok, None in the recorded run, c3 read x begins in the simulator"
    )
    assert _first_difference(one, type(one)()).endswith("nothing more in the simulator")


def test_what_is_needed_is_found_among_many() -> None:
    asked = []

    def fails(rest: list[int]) -> bool:
        asked.append(rest)
        return {3, 500, 501} <= set(rest)

    assert thinned(range(1_000), fails) == [3, 500, 501]
    assert len(asked) < 120
    assert thinned([1], lambda rest: True) == []
    assert thinned([], lambda rest: True) == []


def test_operations_that_the_verdict_does_not_name_are_left_out() -> None:
    small = reproduce(recorded("any node", 1), linearizable).shrink()
    asked = [entry.fault for entry in small.plan if isinstance(entry.fault, Submit)]
    assert len(asked) == len(small.world.history)


def test_nodes_of_a_class_with_other_messages_are_refused_in_words() -> None:
    recording = published("missed")
    others = {node.id: node for node in cluster(QuorumStore, ["n1", "n2", "n3"])}
    changed = replace(recording, nodes={**(recording.nodes or {}), **others})
    assert "it asks for send n2 query x, and asked for" in str(replay(changed))
    for use in (world, as_plan, lambda one: reproduce(one, linearizable)):
        with pytest.raises(ValueError, match="do not do again what they did"):
            use(changed)


@pytest.mark.parametrize("wrong", [None, "missed.jsonl", 3])
def test_anything_but_a_recording_is_refused(wrong: Any) -> None:
    for use in (world, as_plan, replay, lambda one: reproduce(one, linearizable)):
        with pytest.raises(
            TypeError, match=f"^recording={wrong!r}: a Recording is required; write"
        ):
            use(wrong)


def test_operations_left_out_of_a_plan_are_those_of_the_recording() -> None:
    recording = published("missed")
    known = ", ".join(str(op.id) for op in recording.history)
    with pytest.raises(LookupError, match=f"^'?without names 99: .*; the recording holds {known}"):
        as_plan(recording, without=[99])
    for wrong in (99, "0", None):
        with pytest.raises(TypeError, match=f"^without={wrong!r}: the numbers of operations are"):
            as_plan(recording, without=wrong)  # type: ignore[arg-type]
    assert as_plan(recording, without=()) == as_plan(recording)


def test_a_recording_can_be_pickled_before_and_after_it_was_looked_at() -> None:
    recording = published("missed")
    assert pickle.loads(pickle.dumps(recording)).history == recording.history
    assert pickle.loads(pickle.dumps(recording)).history == recording.history


def test_a_judge_returns_a_verdict() -> None:
    with pytest.raises(TypeError, match="the judge returned False: a Verdict is required"):
        reproduce(published("missed"), lambda history: False)  # type: ignore[arg-type, return-value]
