"""Judge of 14.8: a proposer of Paxos, with rivals, crashes, a lost majority, and acceptors with a past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.judges.paxos import NAMES, RightAcceptor, pasts
from dscourse.exercises.judges.processes import Process
from dscourse.exercises.judges.proposals import complain
from dscourse.exercises.tasks import Wrong
from dscourse.node import Client, Node
from dscourse.protocols.paxos import Ballot, Prepare
from dscourse.protocols.paxos_nacks import Nack
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Budget,
    Crash,
    CrashDuring,
    Link,
    Network,
    Recover,
    Restart,
    SetClock,
    Uniform,
    World,
)

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
_BOUND_MS = 400  # from an operation's start, or the recovery, to its end
_TRIES_PER_S = 50
_RECOVER_MS = 700
_GROUPS = (("a", "b", "c"), ("n1", "n2", "n3", "n4"), ("u1", "v1", "w1", "x1", "y1"))
_LINK = Link(Uniform(2, 12))
_FAULTS = ("loss", "duplicate", "cut_both", "hold", "pause", "crash", "crash_during", "restarts")


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Client)):
        return Wrong("`Proposer` must be a class derived from Client.")
    for attempt in (
        _alone,
        _a_majority,
        _with_a_past,
        _restarted,
        _patient,
        _very_patient,
        _repeated_and_late,
        _under_faults,
        _with_rivals,
    ):
        wrong = attempt(kind)
        if wrong is not None:
            return wrong
    return None


def _world(
    kind: Any, group: Sequence[str], proposers: Sequence[str] = ("p",), seed: int = 1,
    plan: Sequence[At] = (), past: Callable[[int], tuple[Any, ...]] = lambda position: (),
    link: Link = _LINK,
) -> World:  # fmt: skip
    nodes: list[Node] = [
        RightAcceptor(name, past=past(position)) for position, name in enumerate(group)
    ]
    nodes += [kind(name, list(group)) for name in proposers]
    return World(nodes, seed, Network(client=link), plan)


def _wrong(complaint: str | None, case: str, world: World, end_ms: float = 260) -> Wrong | None:
    if complaint is None:
        return None
    return Wrong(f"{case} {complaint}", spacetime(world.trace, end_ms=min(world.now_ms, end_ms)))


def _unended(world: World, why: str) -> str | None:
    """Complain of an operation that has not ended well: a majority was up, and there was no rival."""
    for op in world.history:
        if op.status != "ok":
            again = _asked_again(world)
            more = f" It asks for ballot {again} again, which was refused." if again else ""
            return f"{op.process} does not end its operation within {_BOUND_MS} ms, though {why}.{more}"
    return None


def _asked_again(world: World) -> Ballot | None:
    """Return a ballot for which a proposer asked once more after it had heard a refusal."""
    refused: set[Ballot] = set()
    for event in world.trace:
        if event.kind == "deliver" and isinstance(event.what, Nack):
            refused.add(event.what.ballot)
        elif (
            event.kind == "send"
            and isinstance(event.what, Prepare)
            and event.what.ballot in refused
        ):
            return event.what.ballot
    return None


# --- one proposer --------------------------------------------------------------------------------


def _alone(kind: Any) -> Wrong | None:
    """Judge results and costs without faults, for several sizes and values, and a second operation."""
    for number, group in enumerate((("a",), *_GROUPS, "abcdefghi")):
        value = ("x", 0, "", (1, 2), False)[number]
        world = _world(kind, group, ("p", "q"))
        world.submit("p", [("propose", None, value)], start_ms=10).run(10 + _BOUND_MS, 5_000)
        sent = sum(event.node == "p" for event in world.trace.kinds("send"))
        complaint = complain(world) or _unended(world, "nothing fails")
        if complaint is None and sent > 2 * len(group):
            complaint = f"p sends {sent} messages for one decision: {2 * len(group)} are enough."
        world.submit("q", [("propose", None, "late")], start_ms=world.now_ms)
        world.run(world.now_ms + _BOUND_MS, 5_000)
        complaint = complaint or complain(world) or _unended(world, "nothing fails")
        if complaint:
            return _wrong(complaint, f"{len(group)} acceptors, no fault.", world)
    return None


def _a_majority(kind: Any) -> Wrong | None:
    """Judge progress with as many acceptors down as may be, and none with one more."""
    for group in _GROUPS:
        most = (len(group) - 1) // 2
        for down in (group[:most], group[len(group) - most :]):
            world = _world(kind, group, plan=[At(1, Crash(name)) for name in down])
            world.submit("p", [("propose", None, "x")], start_ms=10).run(10 + _BOUND_MS, 5_000)
            complaint = complain(world) or _unended(world, "a majority is up")
            if complaint:
                case = f"{len(down)} of {len(group)} acceptors are down."
                return _wrong(complaint, case, world)
    return None


def _with_a_past(kind: Any) -> Wrong | None:
    """Judge the value proposed, and the ballot after a refusal, for acceptors that others have used before."""
    for group in _GROUPS[::2]:
        for value in ("old", 0, None):
            for number, records in enumerate(pasts(value, len(group))):
                world = _world(kind, group, seed=number, past=records.__getitem__)
                world.submit("p", [("propose", None, "new")], start_ms=10)
                world.run(10 + _BOUND_MS, 5_000)
                complaint = complain(world) or _unended(world, "a majority is up and has no rival")
                if complaint:
                    return _wrong(complaint, "Others have used these acceptors before.", world)
    return None


def _restarted(kind: Any) -> Wrong | None:
    """Judge the ballots of three lives: crashes after each of the first effects, in a process of its own each."""
    process = Process(kind)
    for number, group in enumerate(_GROUPS):
        for effects in range(6):
            # each life has its operation 100 ms after the last one, by a clock that is set back by as much
            plan = [
                fault
                for start in (100, 200)
                for fault in (
                    At(start - 1, CrashDuring("p", effects)), At(start + 30, Crash("p")),
                    At(start + 40, SetClock("p", skew_ms=-start)), At(start + 50, Restart("p")),
                )
            ]  # fmt: skip
            world = _world(kind, group, seed=number, plan=plan)
            for start in (100, 200, 300):
                world.submit("p", [("propose", None, f"x{start}")], start_ms=start)
                world.run(start + 45, 5_000)
                process.start_again()
            complaint = complain(world.run(300 + _BOUND_MS, 5_000))
            if complaint:
                case = "p crashes, its clock is set back, and it starts again, twice."
                return _wrong(complaint, case, world, 360)
    return None


def _patient(kind: Any) -> Wrong | None:
    """Judge the tries of a second without a majority, and the end once it is back."""
    group = _GROUPS[0]
    plan = [At(1, Crash("a")), At(1, Crash("b")), At(1_010, Recover())]
    world = _world(kind, group, plan=plan)
    world.submit("p", [("propose", None, "x")], start_ms=10).run(1_009, 20_000)
    asked = {
        event.what.ballot for event in world.trace.kinds("send") if isinstance(event.what, Prepare)
    }
    complaint = complain(world)
    sends = sum(event.node == "p" for event in world.trace.kinds("send"))
    if complaint is None and max(len(asked), sends // len(group)) > _TRIES_PER_S:
        complaint = f"p tries {max(len(asked), sends // len(group))} times in a second: {_TRIES_PER_S} are allowed."
    world.run(1_010 + _BOUND_MS, 20_000)
    complaint = complaint or complain(world) or _unended(world, "all acceptors are back")
    return _wrong(complaint, "Two of three acceptors are down for a second.", world)


def _very_patient(kind: Any) -> Wrong | None:
    """Judge the end of an operation after an outage of a minute."""
    plan = [At(1, Crash(name)) for name in _GROUPS[0]] + [At(60_000, Recover())]
    world = _world(kind, _GROUPS[0], plan=plan)
    world.submit("p", [("propose", None, "x")], start_ms=10).run(60_000, 60_000)
    tries = {event.time_ms for event in world.trace.kinds("send") if event.node == "p"}
    world.run(60_000 + _BOUND_MS, 5_000)
    complaint = complain(world) or _unended(world, "all acceptors are back")
    if complaint is None:
        return None
    picture = spacetime(world.trace, start_ms=59_900, end_ms=world.now_ms)
    return Wrong(
        f"All acceptors are down for a minute, and p tries {count(len(tries), 'time')}, for the last time after "
        f"{max(tries, default=0) / 1_000:,.1f} s. {complaint}",
        picture,
    )


def _repeated_and_late(kind: Any) -> Wrong | None:
    """Judge safety where answers come twice, and later than the time-outs, while acceptors are lost one by one."""
    group = _GROUPS[2]
    for seed in range(21):
        late = (12, 60, 150)[seed % 3]
        down = [At(1, Crash("u1")), At(1, Crash("v1")), At(24 + seed, Crash("w1"))]
        plan = down if late == 12 else []
        link = Link(Uniform(4, late), duplicate=0.7)
        world = _world(kind, group, ("p", "q"), seed, plan, link=link)
        world.submit("p", [("propose", None, "x")], start_ms=10)
        world.submit("q", [("propose", None, "y")], start_ms=10 if late > 12 else 400)
        complaint = complain(world.run(500, 20_000))
        if complaint:
            return _wrong(complaint, f"Answers come twice, after 4 to {late} ms.", world)
    return None


# --- under fault plans ---------------------------------------------------------------------------


def _budget(horizon_ms: int) -> Budget:
    return Budget(horizon_ms, faults=6, timeout_ms=60, menu=_FAULTS)


def _under_faults(kind: Any) -> Wrong | None:
    """Judge safety under faults of acceptors, network and proposer, and then the end of a last operation."""
    for seed, group in enumerate(_GROUPS[:2]):

        def run(plan: list[At], seed: int = seed, group: Sequence[str] = group) -> World:
            world = _world(kind, group, seed=seed, plan=plan)
            world.submit(
                "p", [("propose", None, f"x{n}") for n in range(3)], start_ms=10, think_ms=60
            )
            world.run(_RECOVER_MS, 20_000)
            world.submit("p", [("propose", None, "last")], start_ms=_RECOVER_MS)
            return world.run(_RECOVER_MS + 2 * _BOUND_MS, 20_000)

        plans = random_plans([*group, "p"], _budget(_RECOVER_MS), 24)
        wrong = hunt(run, _judge_recovered, plans, _RECOVER_MS)
        if wrong is not None:
            return wrong
    return None


def _judge_recovered(world: World) -> str | None:
    late = [op for op in world.history if op.returned_ms is None or op.status != "ok"]
    waiting = [op for op in late if op.returned_ms is None]
    hung = waiting and f"p does not end its operation within {_BOUND_MS} ms after all works again."
    return complain(world) or hung or None


def _with_rivals(kind: Any) -> Wrong | None:
    """Judge the safety of three proposers in each other's way, which crash and restart."""
    rivals = ("p", "q", "ann")
    for seed, group in enumerate(_GROUPS[::2]):

        def run(plan: list[At], seed: int = seed, group: Sequence[str] = group) -> World:
            world = _world(kind, group, rivals, seed, plan)
            for position, name in enumerate(rivals):
                wanted = [("propose", None, f"{name}{n}") for n in range(2)]
                world.submit(name, wanted, start_ms=10 + 9 * position, think_ms=30)
            return world.run(_RECOVER_MS, 20_000)

        plans = random_plans([*group, *rivals], _budget(_RECOVER_MS - 50), 24)
        wrong = hunt(run, complain, plans, _RECOVER_MS - 50)
        if wrong is not None:
            return wrong
    return None
