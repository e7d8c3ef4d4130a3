"""Rebalancing: one event at a time, every schedule of a move, mutants, and hundreds of faulted runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dscourse import checkers, sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import (
    CancelTimer,
    Invocation,
    Node,
    Reply,
    Send,
    SetTimer,
    Write,
    cluster,
    take_effects,
)
from dscourse.placement import Modulo, Ring
from dscourse.protocols.rebalancing import Shard, StopAndCopy, one_owner
from dscourse.protocols.rebalancing_messages import (
    Chunk,
    ChunkAck,
    ChunkStored,
    Handover,
    HandoverAck,
    HandoverDone,
    HandoverStarted,
    KeysDropped,
    MoveStarted,
    RetryDue,
)
from dscourse.protocols.shard_clients import Director, MovesDue, ResendDue, ShardClient
from dscourse.protocols.slots import Move, Moved, OwnerReport, Ownership, slot_of
from dscourse.protocols.stores import Request, Written
from dscourse.protocols.textbook.rebalancing import (
    Announcer,
    Keys,
    NaiveShard,
    NewTable,
    TableClient,
)
from tests.effort import a_part, chosen_seeds, once
from tests.protocols.golden import assert_golden
from tests.protocols.plans import faults_everywhere
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
SOME = a_part(SEEDS)
NAMES = ("a", "b", "c")
RETRY = SetTimer(RetryDue(0), 30, 30)


def shard(name: str = "a", kind: type[Shard] = Shard, **settings: Any) -> Any:
    given = {"table": ["a"], "chunk": 2, **settings}
    return kind(name, [other for other in NAMES if other != name], **given)


def holding(*keys: str, **settings: Any) -> Any:
    """Node a, which serves the only slot and holds these keys."""
    one = shard(**settings)
    for number, key in enumerate(keys):
        handle_message(one, "c", Request(number, "write", key, key.upper()))
    take_effects(one)
    return one


# --- step ----------------------------------------------------------------------------------------


def test_a_slot_is_copied_chunk_by_chunk_and_then_handed_over_with_what_has_changed() -> None:
    one = holding("x", "y", "z")
    first = Chunk(0, 1, 0, (("x", "X"), ("y", "Y")))
    assert effects(one, "d", Move(0, "b")) == [Write(MoveStarted(0, 1)), Send("b", first), RETRY]
    handle_message(one, "c", Request(9, "write", "x", "new"))
    assert effects(one, "b", ChunkAck(0, 1, 0)) == [Send("b", Chunk(0, 1, 1, (("z", "Z"),))), RETRY]
    assert effects(one, "b", ChunkAck(0, 1, 1)) == [
        Write(HandoverStarted(0, Ownership("b", 1))), Send("b", Handover(0, 1, 2, (("x", "new"),))), RETRY,
    ]  # fmt: skip
    assert effects(one, "c", Request(10, "read", "x")) == [
        Send("c", Moved(10, 0, Ownership("b", 1)))
    ]


def test_the_new_node_serves_the_slot_once_it_is_on_disk() -> None:
    node, handover = shard("b"), Handover(0, 1, 1, (("x", "new"),))
    chunk = Chunk(0, 1, 0, (("x", "X"), ("y", "Y")))
    assert effects(node, "a", chunk) == [Write(ChunkStored(chunk)), Send("a", ChunkAck(0, 1, 0))]
    assert not node.serves(0)
    assert effects(node, "a", handover) == [
        Write(HandoverDone(handover)),
        Send("a", HandoverAck(0, 1)),
    ]
    assert node.serves(0)
    assert node.values == {"x": "new", "y": "Y"}


def test_repeated_messages_are_acknowledged_and_applied_once() -> None:
    node, chunk, handover = shard("b"), Chunk(0, 1, 0, (("x", "X"),)), Handover(0, 1, 1, ())
    assert effects(node, "a", chunk, chunk) == [Send("a", ChunkAck(0, 1, 0))]
    handle_message(node, "a", handover)
    handle_message(node, "c", Request(3, "write", "x", "newer"))
    assert effects(node, "a", handover) == [Send("a", HandoverAck(0, 1))]
    assert effects(node, "a", chunk) == []
    assert node.values == {"x": "newer"}


def test_chunks_of_a_later_attempt_replace_all_before() -> None:
    node = shard("b")
    old, new = Chunk(0, 1, 0, (("x", "old"),)), Chunk(0, 2, 0, (("x", "new"),))
    handle_message(node, "a", old)
    assert effects(node, "a", new) == [Write(ChunkStored(new)), Send("a", ChunkAck(0, 2, 0))]
    assert effects(node, "a", old) == []
    assert effects(node, "a", Chunk(0, 2, 2, ())) == []
    handle_message(node, "a", Handover(0, 2, 1, ()))
    assert node.values == {"x": "new"}


def test_the_old_node_forgets_the_keys_once_they_are_on_the_new_ones_disk() -> None:
    one = holding()
    handle_message(one, "d", Move(0, "b"))
    one.values["x"] = 1
    assert effects(one, "b", HandoverAck(0, 1)) == [Write(KeysDropped(0)), CancelTimer(RetryDue(0))]
    assert one.values == {}
    assert effects(one, "d", Move(0, "b")) == [Send("d", OwnerReport(0, Ownership("b", 1)))]


def test_a_slot_that_comes_back_is_handed_over_no_more() -> None:
    """The answer to its last move may be lost: a node that gives the slot back has had it."""
    one = holding("x")
    records = [
        effect.record for effect in effects(one, "d", Move(0, "b")) if isinstance(effect, Write)
    ]
    handle_message(one, "b", ChunkAck(0, 1, 0))
    records += [effect.record for effect in take_effects(one) if isinstance(effect, Write)]
    back = Handover(0, 2, 0, (("x", "new"),))
    assert effects(one, "b", back) == [
        Write(HandoverDone(back)), CancelTimer(RetryDue(0)), Send("b", HandoverAck(0, 2)),
    ]  # fmt: skip
    assert one.handovers == {}
    again = shard()
    again.on_start([Written("x", "X"), *records, HandoverDone(Handover(0, 2, 0, (("x", "new"),)))])
    assert take_effects(again) == []
    assert again.serves(0)
    assert again.values == {"x": "new"}


@pytest.mark.parametrize("table", ["ab", ["a", ""], ["a", 5], []])
def test_a_table_names_an_owner_for_each_slot(table: Any) -> None:
    for make in (lambda: shard(table=table), lambda: ShardClient("c", table)):
        with pytest.raises((TypeError, ValueError), match="table"):
            make()
    with pytest.raises((TypeError, ValueError), match=r"table|target"):
        Director("d", table, ["a"])
    with pytest.raises((TypeError, ValueError), match="target"):
        Director("d", ["a"], table)


def test_after_a_restart_a_slot_that_was_given_is_handed_over_whole() -> None:
    one = shard()
    one.on_start([Written("x", 1), MoveStarted(0, 1), HandoverStarted(0, Ownership("b", 1))])
    assert take_effects(one) == [Send("b", Handover(0, 1, 0, (("x", 1),))), RETRY]


def test_after_a_restart_an_attempt_has_another_number() -> None:
    one = shard()
    one.on_start([Written("x", 1), MoveStarted(0, 1)])
    assert effects(one, "d", Move(0, "b"))[:2] == [
        Write(MoveStarted(0, 2)), Send("b", Chunk(0, 2, 0, (("x", 1),))),
    ]  # fmt: skip


def test_without_an_answer_the_last_message_is_sent_again() -> None:
    one = holding("x")
    handle_message(one, "d", Move(0, "b"))
    take_effects(one)
    handle_timer(one, RetryDue(0))
    assert take_effects(one) == [Send("b", Chunk(0, 1, 0, (("x", "X"),))), RETRY]


def test_stop_and_copy_answers_nothing_meanwhile() -> None:
    one = holding("x", kind=StopAndCopy)
    handle_message(one, "d", Move(0, "b"))
    assert effects(one, "c", Request(5, "read", "x")) == [Send("c", Moved(5, 0, Ownership("a", 0)))]


def test_the_director_asks_for_a_few_moves_at_a_time_until_they_are_done() -> None:
    one = Director("d", ["a", "a", "b"], ["b", "c", "b"])
    handle_timer(one, MovesDue())
    assert take_effects(one) == [Send("a", Move(0, "b")), SetTimer(MovesDue(), 20, 20)]
    handle_message(one, "a", OwnerReport(0, Ownership("b", 1)))
    handle_timer(one, MovesDue())
    assert take_effects(one)[0] == Send("a", Move(1, "c"))
    handle_message(one, "a", OwnerReport(1, Ownership("c", 1)))
    handle_timer(one, MovesDue())
    assert take_effects(one) == []


def test_a_client_follows_a_redirection_and_retries_later_if_it_names_no_newer_owner() -> None:
    client = ShardClient("c", ["a"])
    client.on_invoke(Invocation(1, "read", "x"))
    asked = Request(1, "read", "x", None)
    assert take_effects(client)[0] == Send("a", asked)
    assert effects(client, "a", Moved(1, 0, Ownership("b", 1))) == [Send("b", asked)]
    assert effects(client, "b", Moved(1, 0, Ownership("a", 0))) == [SetTimer(ResendDue(1), 5, 5)]
    handle_timer(client, ResendDue(1))
    assert take_effects(client) == [Send("b", asked)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shard("a"), "table is empty"),
        (lambda: Shard("a", table=["a"], chunk=0), "chunk=0"),
        (lambda: ShardClient("c", []), "table is empty"),
        (lambda: Director("d", ["a"], ["a", "b"]), "the table has 1 slots"),
        (lambda: Director("d", ["a"], ["b"], at_once=0), "at_once=0"),
        (lambda: NaiveShard("a"), "table is empty"),
    ],
)
def test_settings_that_cannot_be_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# --- explore -------------------------------------------------------------------------------------


def never_two_owners(view: View) -> Verdict:
    return one_owner(view.nodes)


def acknowledged_writes_are_read(view: View) -> bool:
    """One client writes 1, writes 2 and reads: it reads 2, or 1 if a write may not have happened in time."""
    results = list(view.results["w"])
    if len(results) < 3 or results[2][1] != "ok":
        return True
    (_, first, _), (_, second, _), (_, _, seen) = results[:3]
    if first == second == "ok":
        return seen == 2
    return seen in (1, 2) or "ok" not in (first, second)


def it_is_read_at_the_new_owner(view: View) -> bool:
    read = [status for _, status, _ in view.results["w"]] == ["ok"] * 3
    return read and "b" in view.nodes and view.nodes["b"].serves(0)


def every_schedule(
    kind: type[Shard] = Shard, sometimes: Sequence[Any] = (), **limits: Any
) -> Exploration:
    """A slot with one key moves from a to b while a client writes twice and reads."""
    nodes: list[Node] = [
        *cluster(kind, ["a", "b"], table=["a"], chunk=1), Director("d", ["a"], ["b"]), ShardClient("w", ["a"]),
    ]  # fmt: skip
    bounds = Bounds(**{"copies": 1, "timeouts": 2, "budget": 300_000, **limits})
    return explore(
        nodes, operations={"w": [("write", "x", 1), ("write", "x", 2), ("read", "x")]},
        always=[never_two_owners, acknowledged_writes_are_read], sometimes=sometimes, bounds=bounds,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [Shard, StopAndCopy])
def test_no_schedule_of_a_move_loses_a_write_or_has_two_owners(kind: type[Shard]) -> None:
    found = every_schedule(kind, timeouts=3, sometimes=[it_is_read_at_the_new_owner])
    assert found.ok, found
    assert found.complete


@once
def test_nor_does_one_with_a_crash_and_a_restart() -> None:
    found = every_schedule(crashes=1, restarts=1)
    assert found.ok, found
    assert found.complete


# --- mutants -------------------------------------------------------------------------------------


class ForgetsWhatChanges(Shard):
    """Hands over the copy, and not what was written since."""

    def _hand_over(self, slot: int) -> None:
        self.migrating[slot] = replace(self.migrating[slot], changed=frozenset())
        super()._hand_over(slot)


class GoesOnServing(Shard):
    """Gives the slot away and answers for it still."""

    def serves(self, slot: int) -> bool:
        return super().serves(slot) or slot in self.handovers


class ForgetsTheHandover(Shard):
    """Does not write down that it gave the slot."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([record for record in log if not isinstance(record, HandoverStarted)])


class CountsNoAttempts(Shard):
    """A second attempt has the number of the first."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([record for record in log if not isinstance(record, MoveStarted)])


class FreesTooEarly(Shard):
    """Forgets the keys when they are sent."""

    def _send_handover(self, slot: int) -> None:
        super()._send_handover(slot)
        for key in self._keys(slot):
            del self.values[key]
            self.write(KeysDropped(slot))


@pytest.mark.parametrize(
    ("mutant", "settings"),
    [
        (ForgetsWhatChanges, {}),
        (GoesOnServing, {}),
        (ForgetsTheHandover, {"crashes": 1, "restarts": 1}),
        (CountsNoAttempts, {"crashes": 1, "restarts": 1, "timeouts": 3}),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(
    mutant: type[Shard], settings: dict[str, Any]
) -> None:
    found = every_schedule(mutant, **settings)
    assert found.ok is False, found


# --- seeds ---------------------------------------------------------------------------------------

SLOTS, KEYS = 24, 48
CLIENTS = ("c1", "c2", "c3")
BUDGET = sim.Budget(horizon_ms=900, faults=8, timeout_ms=80)


def tables(kind: type = Modulo) -> tuple[list[str], list[str]]:
    """Return the owner of each slot before node c joins, and after."""
    before, after = kind(["a", "b"]), kind(["a", "b", "c"])
    return [before.node_of(slot) for slot in range(SLOTS)], [
        after.node_of(slot) for slot in range(SLOTS)
    ]


def run(
    seed: int, kind: type[Shard] | None = Shard, faults: bool = True, placement: type = Modulo
) -> sim.World:
    """Three clients on 48 keys while a third node joins; at 900 ms all recovers, and c1 reads every key at last."""
    plan = faults_everywhere(seed, NAMES, ("d", *CLIENTS), BUDGET) if faults else []
    return run_plan(plan, seed, kind, placement)


def run_plan(
    plan: list[sim.At], seed: int, kind: type[Shard] | None = Shard, placement: type = Modulo
) -> sim.World:
    """The same under a plan of one's own."""
    table, target = tables(placement)
    if kind is None:
        servers: list[Node] = [*cluster(NaiveShard, NAMES, table=table)]
        servers += [Announcer("d", target, (*NAMES, *CLIENTS))]
        clients: list[Node] = [TableClient(name, table, timeout_ms=80) for name in CLIENTS]
    else:
        servers = [*cluster(kind, NAMES, table=table, chunk=1), Director("d", table, target)]
        clients = [ShardClient(name, table, timeout_ms=80) for name in CLIENTS]
    world = sim.World([*servers, *clients], seed, sim.Network(sim.Uniform(2, 12)), plan)
    for index, name in enumerate(CLIENTS):
        ops = [
            (
                ("write", "read")[(turn // 3 + index) % 2],
                f"k{(turn * 5 + index) % KEYS}",
                (name, turn),
            )
            for turn in range(90)
        ]
        world.submit(name, ops, start_ms=5, think_ms=6)
    world.run(until_ms=900).apply(sim.Recover(*NAMES))
    world.run(until_ms=2_000)
    return world.submit("c1", [("read", f"k{key}") for key in range(KEYS)]).run(until_ms=4_000)


def complaint(world: sim.World) -> str | None:
    if not one_owner(world.nodes):
        return "two owners"
    if checkers.linearizable(world.history).ok is not True:
        return "not linearizable"
    target = dict(enumerate(tables()[1]))
    for node in world.nodes.values():
        if isinstance(node, Shard) and any(
            node.serves(slot) != (target[slot] == node.id) for slot in target
        ):
            return "not at home"
    return None


def test_seeds_refute_the_textbook_version_and_not_the_repaired_ones() -> None:
    assert Counter(complaint(run(seed)) for seed in SEEDS) == {None: len(SEEDS)}
    some = SEEDS[: len(SEEDS) // 4]
    assert Counter(complaint(run(seed, StopAndCopy)) for seed in some) == {None: len(some)}
    wrong = Counter(complaint(run(seed, None)) for seed in SOME)
    print(f"the same plans refute the textbook version in {1 - wrong[None] / len(SOME):.1%}")
    assert wrong["not linearizable"] > len(SOME) / 2


@once
def test_the_textbook_version_loses_writes_without_any_fault() -> None:
    wrong = Counter(complaint(run(seed, None, faults=False)) for seed in SEEDS[:60])
    assert wrong["not linearizable"] > 0


@pytest.mark.parametrize("mutant", [ForgetsWhatChanges, FreesTooEarly])
def test_seeds_refute_mutants(mutant: type[Shard]) -> None:
    """Shards that crash, again and again, while they hand slots over."""
    crashes = sim.Budget(
        horizon_ms=900, faults=8, timeout_ms=80, menu=("crash", "crash_during", "restarts")
    )
    plans = ((sim.random_plan(seed, NAMES, crashes), seed) for seed in range(len(SEEDS)))
    assert any(complaint(run_plan(plan, seed, mutant)) for plan, seed in plans)


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = run(seed)
        got = [event.what for event in world.trace.kinds("deliver")]
        records = [record for name in NAMES for record in world.log(name)]
        for kind in (Chunk, Moved, Handover, OwnerReport):
            seen[kind.__name__] += any(isinstance(message, kind) for message in got)
        seen["changed meanwhile"] += any(
            isinstance(m, Handover) and m.chunks and m.pairs for m in got
        )
        seen["handed over whole"] += any(
            isinstance(m, Handover) and not m.chunks and m.pairs for m in got
        )
        seen["a second attempt"] += any(
            isinstance(r, MoveStarted) and r.version > 1 for r in records
        )
    assert len(seen) == 7
    assert min(seen.values()) > 0, seen


def test_a_ring_moves_fewer_keys_than_a_remainder() -> None:
    moves = {kind: sum(map(str.__ne__, *tables(kind))) for kind in (Ring, Modulo)}
    assert moves[Ring] < SLOTS / 2 < moves[Modulo]
    for kind in (Ring, Modulo):
        copies = sum(
            isinstance(e.what, Chunk)
            for e in run(1, faults=False, placement=kind).trace.kinds("send")
        )
        assert copies > 0


def test_the_textbook_shard_sends_what_is_not_its_own() -> None:
    one = NaiveShard("a", ["b"], table=["a"])
    handle_message(one, "c", Request(1, "write", "x", 5))
    assert effects(one, "d", NewTable(("b",))) == [Send("b", Keys((("x", 5),)))]
    assert effects(one, "c", Request(2, "read", "x")) == [Send("c", Reply(2, None))]


def test_the_textbook_client_asks_whom_the_new_table_names() -> None:
    client = TableClient("c", ["a"])
    assert effects(client, "d", NewTable(("b",))) == []
    client.on_invoke(Invocation(1, "read", "x"))
    assert take_effects(client)[0] == Send("b", Request(1, "read", "x"))


def test_slots_of_keys_are_the_same_everywhere() -> None:
    assert [slot_of(f"k{n}", 8) for n in range(6)] == [
        slot_of(f"k{n}".encode(), 8) for n in range(6)
    ]


def test_golden_trace() -> None:
    pair = cluster(Shard, ["a", "b"], table=["a"], chunk=1)
    nodes = [*pair, Director("d", ["a"], ["b"], begin_ms=20), ShardClient("w", ["a"])]
    world = sim.World(nodes, 1, sim.Network(sim.Constant(5)))
    world.submit(
        "w", [("write", "x", 1), ("write", "y", 2), ("write", "x", 3), ("read", "x")], think_ms=14
    )
    assert_golden("rebalancing", str(world.run(until_ms=90).trace) + "\n")
