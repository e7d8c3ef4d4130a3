"""Judge of 06.7: a whole participant of two-phase commit, in schedules, on its bench and under random plans."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.judges.participant_scripts import bench_complaint
from dscourse.exercises.judges.transfers import (
    a_participant_that_waits_has_reason_to,
    in_doubt,
    judge_schedules,
)
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.explore import Bounds
from dscourse.node import Node
from dscourse.protocols.atomicity import (
    Outcome,
    Prepared,
    commit_needs_every_yes,
    coordinator_agrees,
    decided_once,
    same_outcome,
)
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator
from dscourse.protocols.two_phase_messages import (
    Ack,
    Decision,
    DecisionDue,
    Inquire,
    Prepare,
    Vote,
)
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    Event,
    HandlerError,
    Link,
    Network,
    Restart,
    Uniform,
    World,
)

__all__ = ["LINES", "NAMES", "judge", "plans", "transfers_world"]

LINES = 3_000_000
NAMES = by_name(Ack, Decision, DecisionDue, Inquire, Node, Outcome, Prepare, Prepared, Vote)
INQUIRY_MS = 80
_BANKS = ("p1", "p2", "p3")
_HORIZON_MS = 600
_LAST_MS = 1_500.0  # everything works again, and locks are free
_PLANS = 12
_STATES = 2_000  # an answer with more states is judged by those, and by the bench

_Work = list[tuple[str, None, dict[str, dict[str, int]]]]


def _work(first: int) -> _Work:
    """Transfers between changing banks and accounts; the third of each round would make an account negative."""
    rounds: _Work = []
    for n in range(first, first + 4):
        a, b, c = _BANKS[n % 3], _BANKS[(n + 1) % 3], _BANKS[(n + 2) % 3]
        rounds.append(("transfer", None, {a: {"x": n}, b: {"x": n + 2, f"only {n}": 1}}))
        rounds.append(
            ("transfer", None, {a: {"y": n}, b: {"x": n}, c: {"y": n + 3, f"once {n}": 2}})
        )
        rounds.append(("transfer", None, {b: {"x": n + 1}, c: {"y": -n}}))
    return rounds


def transfers_world(kind: type[Node], plan: list[At]) -> World:
    """Run transfers of two clients at once between three banks under the plan, and one more at the end."""
    clients = [TransactionClient(name, "c") for name in ("u", "v", "w")]
    banks = [kind(name, ["c", *(n for n in _BANKS if n != name)]) for name in _BANKS]
    link = Link(Uniform(3, 12))
    world = World(
        [*clients, Coordinator("c", _BANKS), *banks], 3, Network(link.latency, client=link), plan
    )
    for client, start_ms, first, think_ms in (("u", 5, 1, 70), ("v", 17, 2, 64)):
        world.submit(client, _work(first)[:5], start_ms=start_ms, think_ms=think_ms)
    everywhere = {name: {"x": 7, "y": 8} for name in _BANKS}
    world.submit("w", [("transfer", None, everywhere)], start_ms=_LAST_MS)
    return _run(world, _LAST_MS + 500)


def _run(world: World, until_ms: float) -> World:
    """Run the world. An error of a handler is raised, unless the logs show what is wrong before."""
    try:
        return world.run(until_ms=until_ms, max_events=20_000)
    except HandlerError:
        if _complaint_on_logs(world) is None:
            raise
        return world


def plans() -> list[list[At]]:
    """Return the plans under which an answer runs: none, a restart of each bank, and random ones."""
    menu = (
        "loss",
        "duplicate",
        "cut",
        "cut_both",
        "partition",
        "hold",
        "pause",
        "crash",
        "crash_during",
    )
    budget = Budget(_HORIZON_MS, timeout_ms=INQUIRY_MS, menu=menu)  # fmt: skip
    restarts = [[At(450, Crash(name)), At(470, Restart(name))] for name in _BANKS]
    return [*restarts, *random_plans(["c", *_BANKS, "u", "v"], budget, _PLANS, spared=("u", "v"))]


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Node)):
        return Wrong("`MyParticipant` must be a class derived from Node.")
    try:
        return _judge_in_company(kind)
    except HandlerError:  # such as a message to a node that does not expect it
        wrong = _judge_on_the_bench(kind)
        if wrong is None:
            raise
        return wrong


def _judge_in_company(kind: type[Node]) -> Wrong | None:
    quiet: list[list[At]] = [[]]
    away = [At(13, Crash("c")), At(_HORIZON_MS - 1, Restart("c"))]
    return (
        hunt(lambda plan: transfers_world(kind, plan), _complaint, quiet, _HORIZON_MS)
        or hunt(lambda plan: _alone(kind, [*plan, *away]), _complaint_alone, quiet, _HORIZON_MS)
        or _judge_schedules(kind)
        or _judge_on_the_bench(kind)
        or hunt(lambda plan: transfers_world(kind, plan), _complaint, plans(), _HORIZON_MS, 900)
    )


def _judge_on_the_bench(kind: type[Node]) -> Wrong | None:
    complaint = bench_complaint(kind)
    return None if complaint is None else Wrong(complaint)


def _judge_schedules(kind: type[Node]) -> Wrong | None:
    """Search every schedule of one transfer with a crash; the bench judges what does not depend on other nodes."""
    waits = [a_participant_that_waits_has_reason_to]
    crash = Bounds(crashes=1, timing="synchronous", copies=1, budget=_STATES)
    return judge_schedules(Coordinator, kind, crash, waits) or judge_schedules(
        Coordinator, kind, crash, waits, values={"p1": 1, "p2": -1}
    )


# --- one transfer while the coordinator is away --------------------------------------------------


def _alone(kind: type[Node], plan: list[At]) -> World:
    """Run one transfer of p1 and p2, whose coordinator is down from before the votes arrive to the horizon."""
    banks = [kind(name, ["c", *(n for n in _BANKS if n != name)]) for name in _BANKS]
    link = Link(Constant(6))
    nodes = [TransactionClient("u", "c"), Coordinator("c", _BANKS), *banks]
    world = World(nodes, network=Network(link.latency, client=link), plan=plan)
    world.submit("u", [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})])
    return _run(world, _LAST_MS)


def _complaint_alone(world: World) -> str | None:
    """Complain of an outcome that nobody may know, and of missing or needless inquiries."""
    return _strange(world) or _asked_badly(world) or _complaint_on_logs(world)


def _strange(world: World) -> str | None:
    stranger = next(
        (
            e for e in world.trace.kinds("send")
            if isinstance(e.what, Inquire) and e.peer not in ("c", "p1", "p2")
        ),
        None,
    )  # fmt: skip
    if stranger:
        return f"{stranger.node} asks {stranger.peer}, which takes no part in the transaction."
    alone = [
        e
        for e in world.trace.kinds("write")
        if e.time_ms < _HORIZON_MS and e.node in ("p1", "p2") and isinstance(e.what, Outcome)
    ]
    if alone:
        end = "commits" if alone[0].what.commit else "aborts"
        return (
            f"{alone[0].node} {end} on its own while the coordinator is down and both participants are in doubt: the "
            "coordinator may have decided otherwise."
        )
    return None


def _asked_badly(world: World) -> str | None:
    for name, other in (("p1", "p2"), ("p2", "p1")):
        asked = [
            e for e in world.trace.kinds("send") if e.node == name and isinstance(e.what, Inquire)
        ]
        for peer in ("c", other):
            times = [0.0, *(e.time_ms for e in asked if e.peer == peer and e.time_ms < _HORIZON_MS)]
            waits = [b - a for a, b in pairwise([*times, float(_HORIZON_MS)])]
            if max(waits) > 2 * INQUIRY_MS:
                return (
                    f"The coordinator is down for {_HORIZON_MS} ms, and {name} does not ask {peer} every "
                    f"{INQUIRY_MS} ms."
                )
            if min(waits[:-1]) < INQUIRY_MS / 2:
                return f"{name} asks {peer} twice within {min(waits[:-1]):.3g} ms: every {INQUIRY_MS} ms is enough."
        if any(event.time_ms > _HORIZON_MS + 2 * INQUIRY_MS for event in asked):
            return f"{name} still asks when it is no longer in doubt."
    return None


# --- complaints ----------------------------------------------------------------------------------


def _complaint(world: World) -> str | None:
    return (
        _complaint_on_logs(world)
        or _complaint_on_quiet_run(world)
        or _complaint_on_end(world)
    )  # fmt: skip


def _complaint_on_logs(world: World) -> str | None:
    logs = {name: world.log(name) for name in ("c", *_BANKS)}
    for name in _BANKS:
        complaint = _told_too_early(world, name) or _lock_broken(name, logs[name])
        if complaint:
            return complaint
    for holds in (same_outcome, coordinator_agrees, decided_once, commit_needs_every_yes):
        verdict = holds({n: logs[n] for n in _BANKS} if holds is same_outcome else logs)
        if not verdict:
            return f"By the logs, {verdict.reason}."
    for op in world.history:
        ended = {
            Outcome(op.id, commit) in log
            for log in logs.values()
            for commit in (op.result != "committed",)
        }
        if op.status == "ok" and True in ended:
            return (
                f"The client was told that transaction {op.id} is {op.result}, and a participant has "
                "the other outcome."
            )
    return None


_RELIES_ON = {
    "vote yes": ("Prepared", "its vote of yes"),
    "vote no": ("Outcome(…, False)", "its vote of no"),
    "ack": ("Outcome(…, True)", "its Ack"),
    "commit": ("Outcome(…, True)", "telling another participant of a commit"),
    "abort": ("Outcome(…, False)", "telling another participant of an abort"),
}


def _told_too_early(world: World, name: str) -> str | None:
    """Complain of a message that says what is not in its sender's log yet, and of a yes that it must not say."""
    log: list[Any] = []
    for event in world.trace:
        if event.node != name:
            continue
        if event.kind == "write":
            log.append(event.what)
        elif event.kind == "send" and isinstance(event.what, Vote | Ack | Decision):
            kind, holds = _claim(event.what, log)
            if not holds:
                record, claim = _RELIES_ON[kind]
                return f"{name} has no {record} of transaction {event.what.tx} in its log before {claim}."
    negative = [
        record.tx for record in log
        if isinstance(record, Prepared) and any(value < 0 for _, value in record.writes)
    ]  # fmt: skip
    return f"{name} votes yes on a value below 0 (transaction {negative[0]})." if negative else None


def _claim(message: Vote | Ack | Decision, log: list[Any]) -> tuple[str, bool]:
    """Return the kind of claim that a message makes, and whether its sender's log carries it."""
    ended = [r.commit for r in log if isinstance(r, Outcome) and r.tx == message.tx]
    if isinstance(message, Vote) and message.yes:
        promised = any(isinstance(r, Prepared) and r.tx == message.tx for r in log)
        return "vote yes", promised and False not in ended
    if isinstance(message, Vote):
        return "vote no", False in ended
    if isinstance(message, Ack):
        return "ack", True in ended
    return ("commit" if message.commit else "abort"), message.commit in ended


def _lock_broken(name: str, log: Any) -> str | None:
    open_keys: dict[int, set[str]] = {}
    for record in log:
        if isinstance(record, Outcome):
            open_keys.pop(record.tx, None)
        elif isinstance(record, Prepared):
            keys = {key for key, _ in record.writes}
            for tx, locked in open_keys.items():
                if tx != record.tx and keys & locked:
                    return (
                        f"{name} promises to write {min(keys & locked)} in transaction {record.tx} while "
                        f"transaction {tx}, "
                        "which is in doubt, has it locked."
                    )
            open_keys[record.tx] = keys
    return None


def _complaint_on_end(world: World) -> str | None:
    """Complain of a participant that is not as its log says, is still in doubt, or never commits again."""
    for name in _BANKS:
        log = world.log(name)
        waiting = [r.tx for r in log if isinstance(r, Prepared) and in_doubt(log, r.tx)]
        if waiting:
            return f"Everything works again, and {name} is still in doubt about transaction {waiting[0]}."
        data, wanted = getattr(world.nodes[name], "data", None), _replayed(log)
        if data != wanted:
            return f"At the end {name}.data is {data!r}; by its log it is {wanted!r}."
    last = next(op for op in world.history if op.process == "w")
    if last.result != "committed":
        return (
            "Everything works again and no transaction is open, but one more transfer of all keys "
            "is not committed: it "
            f"ends as {last.result or last.status}. Are all locks free?"
        )
    return None


def _replayed(log: Any) -> dict[str, Any]:
    promised = {record.tx: record for record in log if isinstance(record, Prepared)}
    data: dict[str, Any] = {}
    for record in log:
        if isinstance(record, Outcome) and record.commit and record.tx in promised:
            data.update(promised[record.tx].writes)
    return data


def _complaint_on_quiet_run(world: World) -> str | None:
    """Without any fault: complain of a needless no, and of more than two messages per participant and transaction."""
    faults = [e for e in world.trace.kinds("fault", "crash", "pause") if e.time_ms < _HORIZON_MS]
    if faults:
        return None
    for name in _BANKS:
        refused = next((e for e in world.trace.kinds("send") if _needless_no(world, name, e)), None)
        if refused:
            return (
                f"{name} votes no on transaction {refused.what.tx}, though no key is locked and no "
                "value is below 0."
            )
        for kind in (Vote, Ack, Inquire, Decision):
            sent = [
                e for e in world.trace.kinds("send") if e.node == name and isinstance(e.what, kind)
            ]
            asked = [e for e in _heard(world, name) if isinstance(e.what, Prepare)]
            most = len(asked) if kind in (Vote, Ack) else 0
            if len(sent) > most:
                return (
                    f"Without any fault {name} sends {kind.__name__} {len(sent)} times for {len(asked)} "
                    "transactions: "
                    f"at most {most} are needed."
                )
    return None


def _heard(world: World, name: str) -> Iterator[Event]:
    return (event for event in world.trace.kinds("deliver") if event.node == name)


def _needless_no(world: World, name: str, vote: Event) -> bool:
    """Return whether this is a no of ``name`` for which neither a lock nor a negative value is a reason."""
    if vote.node != name or not isinstance(vote.what, Vote) or vote.what.yes:
        return False
    asked = next(
        e.what for e in _heard(world, name) if isinstance(e.what, Prepare) and e.what.tx == vote.what.tx
    )  # fmt: skip
    log = [e.what for e in world.trace.kinds("write") if e.node == name and e.index < vote.index]
    locked = {
        key for r in log if isinstance(r, Prepared) and in_doubt(log, r.tx) for key, _ in r.writes
    }
    return not any(value < 0 or key in locked for key, value in asked.writes)
