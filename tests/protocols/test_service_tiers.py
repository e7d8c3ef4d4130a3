"""The service in tiers: one event at a time, the sentences of its sources, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dscourse import sim
from dscourse.breaker import (
    Backoff,
    CircuitBreaker,
    CircuitState,
    ConsecutiveFailures,
    FailureRate,
    RetryAtOnce,
    RetryBudget,
    RetryLater,
    RetryWithin,
    TextbookBreaker,
    amplification,
)
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import CancelTimer, Node, Send, SetTimer, Time, Write, take_effects
from dscourse.protocols.service_tiers import (
    BreakerTier,
    BulkheadTier,
    CarefulTier,
    DeadlineBack,
    DeadlineTier,
    SheddingBack,
    load,
)
from dscourse.protocols.textbook.service_tiers import (
    Back,
    Tier,
    Users,
    answered_once,
)
from dscourse.protocols.tier_messages import (
    Answer,
    ArrivalDue,
    Call,
    CallTimeout,
    Job,
    RetryDue,
    ServiceDone,
    Started,
)
from tests.effort import a_part, chosen_seeds, once
from tests.protocols.golden import assert_golden

SEEDS = chosen_seeds(100)
SOME = a_part(SEEDS)


# --- step ----------------------------------------------------------------------------------------


def at(node: Node, ms: float) -> Any:
    """The node, whose clock shows ``ms``."""
    node._context.time = Time(round(ms * 1000))
    return node


def got(node: Node, sender: str, message: Any, ms: float = 0.0) -> list[object]:
    """Return the node's effects at this message."""
    handle_message(at(node, ms), sender, message)
    return list(take_effects(node))


def fired(node: Node, timer: Any, ms: float) -> list[object]:
    """Return the node's effects at this timer."""
    handle_timer(at(node, ms), timer)
    return list(take_effects(node))


def test_a_tier_asks_the_next_and_watches_the_time() -> None:
    tier = Tier("front", "back", timeout_ms=500)
    assert got(tier, "users", Call(9, 1, 1_000)) == [
        Send("back", Call(1, 1, 500)), SetTimer(CallTimeout(1, 1), 500, 500),
    ]  # fmt: skip
    assert got(tier, "back", Answer(1, 1, True)) == [
        CancelTimer(CallTimeout(1, 1)), Send("users", Answer(9, 1, True)),
    ]  # fmt: skip
    assert tier.jobs == {}


def test_an_attempt_that_takes_too_long_is_made_again_and_then_given_up() -> None:
    tier = Tier("front", "back", RetryAtOnce(2), timeout_ms=500)
    got(tier, "users", Call(9, 1, 1_000))
    assert fired(tier, CallTimeout(1, 1), 500) == [SetTimer(RetryDue(1), 0, 0)]
    assert got(tier, "back", Answer(1, 1, True), 500) == []  # late: no call waits for it
    assert fired(tier, RetryDue(1), 500) == [
        Send("back", Call(1, 2, 500)), SetTimer(CallTimeout(1, 2), 500, 500),
    ]  # fmt: skip
    assert got(tier, "back", Answer(1, 1, True), 501) == []
    assert fired(tier, CallTimeout(1, 2), 1_000) == [Send("users", Answer(9, 1, False))]


def test_an_answer_that_comes_twice_is_passed_on_once() -> None:
    tier = Tier("front", "back")
    got(tier, "users", Call(9, 1, 1_000))
    got(tier, "back", Answer(1, 1, True))
    assert got(tier, "back", Answer(1, 1, True)) == []


def test_users_come_however_the_others_fare() -> None:
    users = Users("users", "front", every_ms=(40, 60), until_ms=100)
    users.on_start([])
    assert take_effects(users) == [Write(Started()), SetTimer(ArrivalDue(), 40, 60)]
    assert fired(users, ArrivalDue(), 50)[-1] == SetTimer(ArrivalDue(), 40, 60)
    assert len(users.jobs) == 1
    assert fired(users, ArrivalDue(), 100) == []
    got(users, "front", Answer(1, 1, True), 99)
    assert [(end.began_ms, end.ended_ms, end.ok) for end in users.ended] == [(50, 99, True)]


def test_an_answer_to_a_call_before_a_restart_is_not_taken_for_one_after_it() -> None:
    tier = Tier("front", "back", timeout_ms=500)
    tier.on_start([Started(), Started()])
    assert take_effects(tier) == [Write(Started())]
    sent = got(tier, "users", Call(9, 1, 1_000, start=2))
    assert sent[0] == Send("back", Call(1, 1, 500, start=3))
    assert got(tier, "back", Answer(1, 1, True, start=2)) == []
    assert got(tier, "back", Answer(1, 1, True, start=3))[-1] == Send(
        "users", Answer(9, 1, True, start=2)
    )


def test_the_back_end_serves_in_order_as_many_as_it_has_servers() -> None:
    back = Back("back", servers=1, service_ms=(100, 140))
    first, second = Call(1, 1, 500), Call(2, 1, 500)
    assert got(back, "front", first) == [SetTimer(ServiceDone(1, "front", first), 100, 140)]
    assert got(back, "front", second) == []
    assert fired(back, ServiceDone(1, "front", first), 120) == [
        Send("front", Answer(1, 1, True)), SetTimer(ServiceDone(2, "front", second), 100, 140),
    ]  # fmt: skip


def test_it_serves_even_those_that_waited_too_long_and_a_deadline_back_end_does_not() -> None:
    for kind, begun, wasted in ((Back, 3, 1), (DeadlineBack, 2, 0)):
        back = kind("back", servers=1)
        for job, left in ((1, 500), (2, 100), (3, 500)):
            got(back, "front", Call(job, 1, left))
        fired(back, ServiceDone(1, "front", Call(1, 1, 500)), 120)
        if kind is Back:
            fired(back, ServiceDone(2, "front", Call(2, 1, 100)), 240)
        assert (back.begun, back.wasted, len(back.queue)) == (begun, wasted, 0)


def test_a_shedding_back_end_refuses_when_its_queue_is_full() -> None:
    back = SheddingBack("back", room=1, servers=1)
    asks = [Call(job, 1, 500) for job in (1, 2, 3)]
    found = [got(back, "front", call) for call in asks]
    assert [len(effects) for effects in found] == [1, 0, 1]
    assert found[2] == [Send("front", Answer(3, 1, False))]
    assert back.shed == 1


def test_a_tier_whose_circuit_is_open_answers_at_once() -> None:
    tier = BreakerTier("front", "back", CircuitBreaker(ConsecutiveFailures(1), open_ms=1_000))
    got(tier, "users", Call(1, 1, 900))
    got(tier, "back", Answer(1, 1, False), 10)
    assert got(tier, "users", Call(2, 1, 900), 20) == [Send("users", Answer(2, 1, False))]
    assert (tier.refused, tier.changes, tier.jobs.keys()) == (1, [(10.0, CircuitState.OPEN)], {1})
    assert fired(tier, RetryDue(1), 20) == [Send("users", Answer(1, 1, False))]


def test_a_bulkhead_has_room_again_when_a_job_has_ended() -> None:
    tier = BulkheadTier("front", "back", size=1)
    got(tier, "users", Call(1, 1, 900))
    assert got(tier, "users", Call(2, 1, 900)) == [Send("users", Answer(2, 1, False))]
    got(tier, "back", Answer(1, 1, True))
    assert got(tier, "users", Call(3, 1, 900))[0] == Send("back", Call(2, 1, 1_000))
    assert (tier.refused, tier.bulkhead.inside) == (1, 1)


def test_a_deadline_tier_waits_no_longer_than_its_caller() -> None:
    tier = DeadlineTier("front", "back", timeout_ms=500)
    got(tier, "users", Call(1, 1, 700))
    fired(tier, CallTimeout(1, 1), 500)
    assert fired(tier, RetryDue(1), 500)[0] == Send("back", Call(1, 2, 200))
    fired(tier, CallTimeout(1, 2), 700)
    assert fired(tier, RetryDue(1), 700) == [Send("users", Answer(1, 1, False))]


def test_a_policy_is_not_shared_by_two_tiers() -> None:
    policy = RetryWithin(RetryBudget(0.1, most=1))
    one, other = (Tier(name, "back", policy) for name in ("a", "b"))
    assert one.retries is not other.retries is not policy


BAD = [
    (lambda: Tier("a", "b", timeout_ms=0), "timeout_ms=0"),
    (lambda: Back("b", servers=0), "servers=0"),
    (lambda: SheddingBack("b", room=-1), "room=-1"),
    (lambda: RetryAtOnce(0), "attempts=0"),
    (lambda: RetryLater(0), "attempts=0"),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_settings_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# --- sentence ------------------------------------------------------------------------------------

PAUSE = (sim.At(10_000, sim.Pause("back")), sim.At(13_000, sim.Resume("back")))


def service(
    tier: type[Tier] = Tier, back: Node | None = None, plan: Any = PAUSE, seed: int = 1,
    until_ms: float = 40_000, users: Any = None, **settings: Any,
) -> sim.World:  # fmt: skip
    """20 requests a second through two tiers to a back end that can serve 33; it has all its answers by the end."""
    nodes = [
        Users("users", "front", until_ms=until_ms, retries=users),
        tier("front", "middle", **settings), tier("middle", "back", **settings), back or Back("back"),
    ]  # fmt: skip
    return sim.World(nodes, seed, plan=plan).run(until_ms + 5_000)


def part(world: sim.World, name: str) -> Any:
    return world.nodes[name]


def answered(world: sim.World, after_ms: float = 0.0) -> float:
    """The share of the requests from then on that were answered."""
    ended = [end.ok for end in part(world, "users").ended if end.began_ms >= after_ms]
    return sum(ended) / len(ended)


def test_attempts_of_all_tiers_multiply() -> None:
    """Beyer et al. 2016, chapter 22: "a single user action may create 64 attempts (4^3) on the database"."""
    for attempts in (1, 2, 3, 4):
        policy = RetryAtOnce(attempts)
        world = service(
            back=SheddingBack("back", room=0, servers=1, service_ms=(1e6, 1e6)), plan=(),
            users=policy, retries=policy, until_ms=2_000,
        )  # fmt: skip
        begun = part(world, "users").begun - 1  # the first one takes the only server
        calls = part(world, "back").arrived
        assert calls >= begun * amplification([attempts] * 3)
        assert calls < (begun + 1) * amplification([attempts] * 3) + 27


def test_the_overload_stays_when_its_trigger_is_gone() -> None:
    """Bronson et al. 2021: a metastable failure is one that "a sustaining effect" keeps up after the trigger."""
    calm, once, thrice = service(plan=()), service(retries=RetryAtOnce(1)), service()
    assert answered(calm) == 1
    assert answered(once, 20_000) == 1
    assert answered(thrice, 14_000) == 0
    assert sum(load(part(thrice, "middle"), 40_000)[20:]) > 8 * sum(
        load(part(calm, "middle"), 40_000)[20:]
    )


def test_backoff_alone_does_not_end_it() -> None:
    """A wait before a retry puts it off; as long as new requests come, there are as many of them a second."""
    assert answered(service(retries=RetryLater(3, Backoff(1_000, 10_000))), 20_000) == 0


REMEDIES: dict[str, dict[str, Any]] = {
    "budget": {"retries": RetryWithin(RetryBudget(0.1, 10), RetryAtOnce(3))},
    "breaker": {"tier": BreakerTier, "breaker": CircuitBreaker(ConsecutiveFailures(5), 5_000)},
    "shedding": {"back": SheddingBack("back")},
    "deadline": {"tier": DeadlineTier},
    "bulkhead": {"tier": BulkheadTier},
    "all": {
        "tier": CarefulTier, "back": DeadlineBack("back"), "retries": RetryWithin(),
        "breaker": CircuitBreaker(FailureRate(20, 0.5, 20), 5_000, probes=3),
    },
}  # fmt: skip


@pytest.mark.parametrize("remedy", REMEDIES)
def test_every_remedy_brings_the_service_back(remedy: str) -> None:
    world = service(**REMEDIES[remedy])
    assert answered(world, 22_000) > 0.99
    assert answered_once(part(world, "users"))


def test_a_budget_bounds_the_retries_of_each_tier() -> None:
    """Beyer et al. 2016, chapter 21: with a ratio of 10 %, growth is "just 1.1x" a tier."""
    world = service(**REMEDIES["budget"])
    begun = part(world, "users").begun
    assert part(world, "back").arrived <= 1.1 * (1.1 * begun + 10) + 10


def calls_into_an_outage(breaker: Any) -> int:
    outage = (sim.At(5_000, sim.Pause("back")),)
    world = service(
        BreakerTier, plan=outage, until_ms=30_000, retries=RetryAtOnce(1), breaker=breaker
    )
    asked = world.trace.where(
        lambda e: e.kind == "send" and e.peer == "back" and 7_000 <= e.time_ms < 30_000
    )
    return len(asked)


def test_the_textbook_breaker_sends_a_crowd_into_an_outage_and_the_repaired_one_its_probes() -> (
    None
):
    textbook = calls_into_an_outage(TextbookBreaker(5, 2_000))
    repaired = calls_into_an_outage(CircuitBreaker(ConsecutiveFailures(5), 2_000))
    assert 0 < repaired <= 23_000 / 2_000
    assert textbook > 10 * repaired


# --- seeds ---------------------------------------------------------------------------------------

NAMES = ("front", "middle", "back")
BUDGET = sim.Budget(
    horizon_ms=4_000, faults=4, longest_ms=2_000, timeout_ms=450,
    menu=("loss", "duplicate", "cut", "partition", "hold", "pause", "skew"),
)  # fmt: skip
STOPS = sim.Budget(  # also of callers: they lose their jobs
    horizon_ms=4_000, faults=2, longest_ms=2_000, timeout_ms=450, menu=("crash", "crash_during", "restarts")
)  # fmt: skip
AFTER_MS, UNTIL_MS = 12_000, 14_000  # 8 s after the last fault, for 2 s


def plan_of(seed: int) -> list[sim.At]:
    """Faults of links and of nodes in the first 4 s; for some seeds the back end, or any node, crashes as well."""
    plan = sim.random_plan(seed, NAMES, BUDGET)
    if seed % 3 == 1:
        plan += sim.random_plan(1_000_000 + seed, ("users", *NAMES), STOPS)
    if seed % 3 == 0:
        plan += [
            sim.At(1_000 + 5 * (seed % 300), sim.Crash("back")),
            sim.At(3_500, sim.Restart("back")),
        ]
    return sorted(plan, key=lambda entry: entry.ms)


def run(seed: int, **settings: Any) -> sim.World:
    return service(plan=plan_of(seed), seed=seed, until_ms=UNTIL_MS, **settings)


def wrong(world: sim.World) -> str | None:
    """Return how the run breaks the promises, or None."""
    users = part(world, "users")
    if not answered_once(users) or users.jobs:
        return "a request did not end once"
    if any(end.ended_ms - end.began_ms > users.timeout_ms + 100 for end in users.ended):
        return "a user waited for longer than the time-out"
    return None if answered(world, AFTER_MS) > 0.95 else "the service did not come back"


def careful() -> dict[str, Any]:
    return {
        "tier": CarefulTier, "back": DeadlineBack("back"), "retries": RetryWithin(RetryBudget(0.1, 5)),
        "timeout_ms": 450, "breaker": CircuitBreaker(FailureRate(20, 0.5, 10), 2_000, probes=2),
    }  # fmt: skip


def test_seeds_refute_the_textbook_service_and_not_the_repaired_one() -> None:
    repaired = Counter(wrong(run(seed, **careful())) for seed in SEEDS)
    assert repaired == {None: len(SEEDS)}
    textbook = Counter(wrong(run(seed)) for seed in SOME)
    share = textbook["the service did not come back"] / len(SOME)
    print(f"the same plans keep the textbook service down in {share:.1%} of {len(SOME)} seeds")
    assert share > 0.2
    assert set(textbook) <= {None, "the service did not come back"}


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = run(seed, **careful())
        front, middle, back = (part(world, name) for name in NAMES)
        sent = [e.what for e in world.trace.kinds("send") if isinstance(e.what, Call)]
        seen["retries"] += any(call.attempt > 1 for call in sent)
        seen["refused"] += front.refused + middle.refused > 0
        seen["half-open"] += CircuitState.HALF_OPEN in [state for _, state in middle.changes]
        seen["closed again"] += CircuitState.CLOSED in [state for _, state in middle.changes]
        seen["shorter patience"] += any(call.left_ms < 450 for call in sent)
        seen["late answers"] += any(not end.ok for end in part(world, "users").ended)
        seen["crash of the back end"] += bool(world.trace.kinds("crash"))
        seen["back end at work"] += back.begun > 0
    print(dict(seen))
    assert len(seen) == 8
    assert min(seen.values()) > 0, seen


def outlasts(world: sim.World) -> bool:
    """True if a tier made an attempt for longer than its own caller waits for."""
    until: dict[tuple[str | None, int], float] = {}
    jobs: Counter[str | None] = Counter()
    for event in world.trace.of("front", "middle"):
        if event.kind == "restart":
            jobs[event.node] = 0
        if isinstance(event.what, Call) and event.kind == "deliver":
            jobs[event.node] += 1
            until[event.node, jobs[event.node]] = event.time_ms + event.what.left_ms
        if isinstance(event.what, Call) and event.kind == "send":
            ends_ms = event.time_ms + event.what.left_ms
            if ends_ms > until[event.node, event.what.job] + 1:
                return True
    return False


@once
def test_no_attempt_of_a_deadline_tier_outlasts_what_its_caller_waits_for() -> None:
    for seed in SEEDS[:30]:
        plan = [entry for entry in plan_of(seed) if not isinstance(entry.fault, sim.SetClock)]
        assert not outlasts(service(plan=plan, seed=seed, until_ms=UNTIL_MS, **careful())), seed


def test_a_shedding_back_end_holds_no_more_than_its_room() -> None:
    for seed in SEEDS[:20]:
        stops = sim.Crash | sim.CrashDuring  # a crash empties the room unseen
        plan = [entry for entry in plan_of(seed) if not isinstance(entry.fault, stops)]
        world = service(back=SheddingBack("back", room=3), plan=plan, seed=seed, until_ms=6_000)
        inside = most = 0
        for event in world.trace.of("back"):
            inside += isinstance(event.what, Call) and event.kind == "deliver"
            inside -= isinstance(event.what, Answer) and event.kind == "send"
            most = max(most, inside)
        assert most <= 4 + 3 + 1  # the last one is the call that is being refused


@once
def test_a_bulkhead_holds_no_more_jobs_than_its_size() -> None:
    for seed in SEEDS[:20]:
        nodes = [Users("users", "front", until_ms=6_000), BulkheadTier("front", "middle", size=5)]
        nodes += [Tier("middle", "back"), Back("back")]
        world = sim.World(nodes, seed, plan=plan_of(seed))
        while world.now_ms < 7_000 and world.step():
            front = part(world, "front")
            assert len(front.jobs) == front.bulkhead.inside <= 5


# --- mutants -------------------------------------------------------------------------------------


class AnswersTwice(Users):
    """Ends a request at its time-out, and again when the answer comes."""

    def _close(self, job: Job, ok: bool) -> None:
        self._end(job, ok)


class ForgetsTheDeadline(CarefulTier):
    """Passes on its own time-out instead of the time that is left."""

    def _patience_ms(self, job: Job) -> float:
        return self.timeout_ms


def test_a_request_that_ends_twice_is_found() -> None:
    users = AnswersTwice("users", "front", until_ms=100)
    users.on_start([])
    fired(users, ArrivalDue(), 50)
    got(users, "front", Answer(1, 1, True), 60)
    assert answered_once(users).ok is False


def test_a_tier_that_forgets_the_deadline_is_found() -> None:
    assert outlasts(run(1, **{**careful(), "tier": ForgetsTheDeadline, "timeout_ms": 700}))
    assert not outlasts(run(1, **{**careful(), "timeout_ms": 700}))


# --- a run to read -------------------------------------------------------------------------------


def test_the_golden_trace_of_requests_that_are_retried_refused_and_answered() -> None:
    breaker = CircuitBreaker(ConsecutiveFailures(2), open_ms=500)
    nodes = [
        Users("users", "front", every_ms=(300, 400), until_ms=2_000, timeout_ms=250),
        CarefulTier("front", "back", breaker=breaker, retries=RetryLater(2, Backoff(20, 40)), timeout_ms=100),
        Back("back", servers=1, service_ms=(30, 50)),
    ]  # fmt: skip
    plan = [sim.At(500, sim.Pause("back")), sim.At(1_000, sim.Resume("back"))]
    world = sim.World(nodes, 1, plan=plan).run(2_500)
    assert_golden("service_tiers", f"{world.trace}\n")


def test_a_deadline_does_not_run_while_the_back_end_stands_still() -> None:
    """Chapter 09's stall: calls that came meanwhile are served although their callers have given up."""
    nodes = [
        Users("users", "front", until_ms=16_000),
        DeadlineTier("front", "middle"),
        DeadlineTier("middle", "back"),
        DeadlineBack("back"),
    ]
    plan = [sim.At(10_000, sim.Pause("back")), sim.At(13_000, sim.Resume("back"))]
    world = sim.World(nodes, 1, plan=plan)
    trace = world.run(16_000).trace
    calls = {e.what.job: e for e in trace.kinds("send") if e.node == "middle" and e.peer == "back"}
    begun = [e for e in trace.kinds("set_timer") if isinstance(e.what, ServiceDone)]
    late = [
        e
        for e in begun
        if e.time_ms - calls[e.what.call.job].time_ms >= calls[e.what.call.job].what.left_ms
    ]
    assert len(late) == 35
    assert all(e.time_ms >= 13_000 for e in late)
