"""Chain replication: one event at a time, every schedule with a crash, mutants, and runs in which nodes stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
)  # fmt: skip
from dscourse.protocols.chain_master import (
    Chain,
    Master,
    Probe,
    ProbeAck,
    ProbeDue,
    ProbeTimeout,
)
from dscourse.protocols.chain_replication import (
    Ack,
    ChainClient,
    ChainNode,
    Started,
    Update,
    updates_nested,
)
from dscourse.protocols.stores import Request
from tests.effort import a_part, chosen_seeds
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
SOME = a_part(SEEDS)
NAMES = ("n1", "n2", "n3")
CLIENTS = ("c1", "c2", "c3")


def node(name: str, kind: type[ChainNode] = ChainNode) -> Any:
    return kind(name, [other for other in NAMES if other != name])


WRITE = Request(7, "write", "x", 5)
UPDATE = Update(1, "x", 5, "c", 7)


# --- step ----------------------------------------------------------------------------------------


def test_a_write_goes_down_the_chain_and_is_answered_at_its_end() -> None:
    head, middle, tail = map(node, NAMES)
    assert effects(head, "c", WRITE) == [Send("n2", UPDATE)]
    assert effects(middle, "n1", UPDATE) == [Send("n3", UPDATE)]
    assert effects(tail, "n2", UPDATE) == [Send("c", Reply(7, None)), Send("n2", Ack(1))]
    assert effects(middle, "n3", Ack(1)) == [Send("n1", Ack(1))]
    assert (middle.sent, tail.sent) == ({}, {})


def test_reads_are_for_the_tail_and_writes_for_the_head() -> None:
    read = Request(8, "read", "x")
    assert effects(node("n3"), "c", read) == [Send("c", Reply(8, None))]
    named = [Send("c", Chain(0, NAMES))]
    assert effects(node("n1"), "c", read) == named
    assert effects(node("n2"), "c", read) == named
    assert effects(node("n2"), "c", WRITE) == named
    assert effects(node("n3"), "c", WRITE) == named


def test_a_client_goes_to_the_nodes_that_it_is_told() -> None:
    client = ChainClient("c", NAMES)
    handle_message(client, "n2", Chain(2, ("n2", "n3")))
    handle_message(client, "m", Chain(1, ("n1", "n2")))
    client.on_invoke(Invocation(9, "write", "x", 5))
    assert take_effects(client)[0] == Send("n2", Request(9, "write", "x", 5))


def test_updates_that_overtake_wait_for_their_turn() -> None:
    tail, second = node("n3"), Update(2, "x", 6, "c", 8)
    assert effects(tail, "n2", second) == []
    emitted = effects(tail, "n2", UPDATE)
    assert [effect.to for effect in emitted if isinstance(effect, Send)] == ["c", "n2", "c", "n2"]
    assert tail.values == {"x": 6}


def test_repeated_updates_are_applied_once() -> None:
    tail = node("n3")
    assert effects(tail, "n2", UPDATE, UPDATE) == []
    assert tail.out_of_order == {}  # and the second one is not kept


def test_without_its_successor_a_node_passes_on_again_what_may_be_lost() -> None:
    head = node("n1")
    handle_message(head, "c", WRITE)
    assert effects(head, "m", Chain(1, ("n1", "n3"))) == [Send("n3", UPDATE)]


def test_a_new_tail_answers_what_the_old_one_may_not_have() -> None:
    middle = node("n2")
    handle_message(middle, "n1", UPDATE)
    assert effects(middle, "m", Chain(1, ("n1", "n2"))) == [
        Send("c", Reply(7, None)),
        Send("n1", Ack(1)),
    ]


def test_who_comes_back_stays_out() -> None:
    tail = node("n3")
    tail.on_start([Started()])
    assert effects(tail, "m", Probe()) == []
    assert effects(tail, "c", Request(8, "read", "x")) == []
    assert effects(tail, "n2", UPDATE) == []
    assert effects(tail, "m", Chain(4, NAMES)) == []


def test_the_master_removes_a_node_that_does_not_answer() -> None:
    master = Master("m", NAMES, ["c"])
    handle_timer(master, ProbeDue())
    emitted = take_effects(master)
    assert emitted[:2] == [Send("n1", Probe()), SetTimer(ProbeTimeout("n1"), 40, 40)]
    assert effects(master, "n1", ProbeAck()) == [CancelTimer(ProbeTimeout("n1"))]
    handle_timer(master, ProbeTimeout("n2"))
    emitted = [Send(name, Chain(1, ("n1", "n3"))) for name in (*NAMES, "c")]
    assert take_effects(master) == [Write(Chain(1, ("n1", "n3"))), *emitted]
    handle_timer(master, ProbeDue())
    assert take_effects(master)[: len(emitted)] == emitted


@pytest.mark.parametrize(("every_ms", "timeout_ms"), [(50, 40), (40, 40), (20, 40), (5, 40)])
def test_probes_that_follow_each_other_fast_put_no_suspicion_off(
    every_ms: float, timeout_ms: float
) -> None:
    nodes = [
        *cluster(ChainNode, ["a", "b", "c"]),
        Master("m", ["a", "b", "c"], (), every_ms, timeout_ms),
    ]
    network = sim.Network(sim.Constant(1))
    world = sim.World(nodes, network=network, plan=[sim.At(100, sim.Crash("b"))])
    world.run(until_ms=100 + every_ms + timeout_ms + 2)
    assert all(world.nodes[name].chain == ("a", "c") for name in ("m", "a", "c"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("after_ms", "removed"), [(5 + 40, False), (5 + 40 + 19, True)])
def test_a_last_answer_on_its_way_puts_a_suspicion_off_by_its_delay(
    after_ms: float, removed: bool
) -> None:
    """The node crashes once it has answered its first probe; by then the master has sent others."""
    nodes = [
        *cluster(ChainNode, ["a", "b"]),
        Master("m", ["a", "b"], (), every_ms=5, timeout_ms=40),
    ]
    plan = [sim.At(19.5, sim.Crash("b"))]
    world = sim.World(nodes, network=sim.Network(sim.Constant(19)), plan=plan)
    chain: Any = world.run(until_ms=19.5 + after_ms).nodes["m"]
    assert ("b" not in chain.chain) is removed


@pytest.mark.parametrize(
    ("nodes", "clients"), [("ab", ()), (["a", "a"], ()), (["a"], "cd"), (["a"], ["a"])]
)
def test_a_master_is_given_different_names(nodes: Sequence[str], clients: Sequence[str]) -> None:
    with pytest.raises((TypeError, ValueError), match=r"nodes|clients"):
        Master("m", nodes, clients)


def test_a_master_that_restarts_knows_which_nodes_it_has_removed() -> None:
    master = Master("m", NAMES, ["c"])
    master.on_start([Chain(1, ("n1", "n3")), Chain(2, ("n3",))])
    assert take_effects(master)[:4] == [Send(name, Chain(2, ("n3",))) for name in (*NAMES, "c")]


def test_the_last_node_stays() -> None:
    master = Master("m", ["n1"])
    handle_timer(master, ProbeTimeout("n1"))
    assert take_effects(master) == []


def test_a_chain_has_a_node() -> None:
    with pytest.raises(ValueError, match="at least 1 node"):
        Master("m", [])
    with pytest.raises(ValueError, match="at least 1 node"):
        ChainClient("c", [])


# --- explore -------------------------------------------------------------------------------------


def each_node_has_its_successors_updates(view: View) -> Verdict:
    return updates_nested(view.nodes)


def reads_see_what_was_acknowledged(view: View) -> bool:
    """The client writes once and then reads twice, so that a read after an acknowledged write returns it."""
    write, *reads = [*view.results["c"], *[(0, "", None)] * 3][:3]
    seen = [value for _, status, value in reads if status == "ok"]
    if write[1] == "ok" and None in seen:
        return False
    return not (1 in seen and None in seen[seen.index(1) :])


def both_reads_are_answered_after_a_crash(view: View) -> bool:
    answered = [status for _, status, _ in view.results["c"]]
    return answered == ["ok"] * 3 and any(
        isinstance(one, Master) and one.version for one in view.nodes.values()
    )


def every_schedule(
    kind: type[ChainNode] = ChainNode, sometimes: Sequence[Any] = (), **limits: Any
) -> Exploration:
    nodes = [
        *cluster(kind, ["a", "b"]),
        ChainClient("c", ["a", "b"]),
        Master("m", ["a", "b"], ["c"]),
    ]
    limits = {"crashes": 1, "timeouts": 4, "copies": 1, "timing": "synchronous", **limits}
    return explore(
        nodes, operations={"c": [("write", "x", 1), ("read", "x"), ("read", "x")]},
        always=[each_node_has_its_successors_updates, reads_see_what_was_acknowledged],
        sometimes=sometimes, bounds=Bounds(**limits),
    )  # fmt: skip


def test_whoever_stops_nothing_acknowledged_is_missed() -> None:
    found = every_schedule(sometimes=[both_reads_are_answered_after_a_crash])
    assert found.ok, found
    assert found.complete


def test_a_request_that_arrives_twice_breaks_it() -> None:
    """The copy of the first write is a write of its own, after the second."""
    again = [sim.At(0, sim.Repeat("c1", "n1", "Request", 1, 30.0))]
    for plan, ok in (([], True), (again, False)):
        nodes: list[Node] = [*cluster(ChainNode, NAMES), ChainClient("c1", NAMES)]
        world = sim.World(nodes, 1, sim.Network(sim.Constant(2)), plan)
        world.submit("c1", [("write", "x", 1), ("write", "x", 2), ("read", "x")], think_ms=20)
        assert checkers.linearizable(world.run(until_ms=100).history).ok is ok


def test_a_master_that_suspects_wrongly_breaks_it() -> None:
    found = every_schedule(timing="asynchronous", crashes=0)
    assert found.ok is False


# --- mutants -------------------------------------------------------------------------------------


class AnswersAtTheHead(ChainNode):
    """Answers a write when it enters."""

    def on_request(self, sender: str, request: Request) -> None:
        super().on_request(sender, request)
        if request.f == "write" and self.chain[:1] == (self.id,):
            self.reply(sender, request.op)


class ReadsAnywhere(ChainNode):
    """The head answers reads as well: an update that has not reached the tail may yet be lost."""

    def on_request(self, sender: str, request: Request) -> None:
        self.reply(sender, request.op, self.values.get(request.key))


class ForwardsNothingAgain(ChainNode):
    """A new chain, and nothing else."""

    def on_chain(self, sender: str, chain: Chain) -> None:
        self.sent = {}
        super().on_chain(sender, chain)


class ComesBackEmpty(ChainNode):
    """Rejoins the chain at its old position after a crash."""

    def on_start(self, log: Any) -> None:
        super().on_start([])


@pytest.mark.parametrize(
    ("mutant", "settings"),
    [
        (AnswersAtTheHead, {}),
        (ComesBackEmpty, {"restarts": 1}),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(
    mutant: type[ChainNode], settings: dict[str, Any]
) -> None:
    assert every_schedule(mutant, **settings).ok is False


# --- seeds ---------------------------------------------------------------------------------------


BUDGET = sim.Budget(  # no message is lost or late, so a silent node is down
    horizon_ms=900, faults=3, timeout_ms=90, menu=("crash", "crash_during", "restarts")
)


def run(seed: int, kind: type[ChainNode] = ChainNode) -> sim.World:
    """Three clients on two keys; up to two of the three nodes stop, and some come back; all others restart."""
    mortal = [name for index, name in enumerate(NAMES) if index != seed % 3]
    plan = sim.random_plan(seed, mortal, BUDGET)
    if seed % 2:  # these nodes do not come back
        plan = [at for at in plan if not isinstance(at.fault, sim.Restart)]
    plan += sim.random_plan(1_000_000 + seed, ("m", *CLIENTS), BUDGET)
    plan = [at for at in plan if not isinstance(at.fault, sim.Recover)]
    plan.append(sim.At(BUDGET.horizon_ms, sim.Recover("m", *CLIENTS)))
    plan.sort(key=lambda at: at.ms)
    clients = [ChainClient(name, NAMES, timeout_ms=60.0) for name in CLIENTS]
    nodes: list[Node] = [*cluster(kind, NAMES), Master("m", NAMES, CLIENTS), *clients]
    network = sim.Network(sim.Uniform(1, 9), duplicate=0.2, client=sim.Link(sim.Uniform(1, 9)))
    world = sim.World(nodes, seed, network, plan)
    for index, name in enumerate(CLIENTS):
        ops = [
            (("write", "read")[(turn + index) % 2], "xy"[turn // 2 % 2], (name, turn))
            for turn in range(24)
        ]
        world.submit(name, ops, start_ms=10, think_ms=4)
    world.run(until_ms=2_500)
    last = [
        ("write", "w", 1),
        ("write", "z", 1),
        ("read", "z"),
    ]  # the first may meet a crash that was due
    return world.submit("c1", last, think_ms=200).run(until_ms=3_300)


def complaint(world: sim.World) -> str | None:
    if checkers.linearizable(world.history).ok is not True:
        return "not linearizable"
    last = world.history.by_key("z")
    return None if [op.status for op in last] == ["ok", "ok"] else "no answers in the end"


def test_seeds_refute_the_mutants_and_not_the_protocol() -> None:
    assert Counter(complaint(run(seed)) for seed in SEEDS) == {None: len(SEEDS)}
    for mutant, reason in (
        (AnswersAtTheHead, "not linearizable"),
        (ReadsAnywhere, "not linearizable"),
        (ForwardsNothingAgain, "no answers in the end"),
    ):
        wrong = Counter(complaint(run(seed, mutant)) for seed in SOME)
        print(f"{mutant.__name__}: {wrong}")
        assert wrong[reason] > len(SOME) / 20


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = run(seed)
        down = [name for name in NAMES if not world.alive(name)]
        seen["head stops"] += "n1" in down
        seen["tail stops"] += "n3" in down
        seen["two stop"] += len(down) == 2
        seen["without an answer"] += any(op.status == "unknown" for op in world.history)
        seen["mended"] += any(
            isinstance(event.what, Chain) for event in world.trace.kinds("deliver")
        )
    assert len(seen) == 5
    assert min(seen.values()) > 0, seen


def test_golden_trace() -> None:
    nodes: list[Node] = [
        *cluster(ChainNode, NAMES),
        Master("m", NAMES, ["c1"]),
        ChainClient("c1", NAMES),
    ]
    world = sim.World(nodes, 1, sim.Network(sim.Constant(5)), [sim.At(52, sim.Crash("n2"))])
    world.submit(
        "c1", [("write", "x", 1), ("write", "x", 2), ("read", "x")], start_ms=40, think_ms=2
    )
    world.run(until_ms=200)
    calm = [
        str(e)
        for e in world.trace
        if not isinstance(e.what, Probe | ProbeAck | ProbeDue | ProbeTimeout)
    ]
    assert_golden("chain_replication", "\n".join(calm) + "\n")
