"""Judge of 10.3: a primary that logs before it applies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.schedules import draw_schedule
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.explore import Bounds, View, explore
from dscourse.node import Effect, Reply, Send, Write, take_effects
from dscourse.protocols.replica_clients import Answer, NotPrimary, Put, ReplicaClient
from dscourse.protocols.stores import Written
from dscourse.protocols.textbook.primary_replica import Logged, Primary, Replica, Replicate
from dscourse.replication.binary_log import Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = by_name(Answer, NotPrimary, Logged, Position, Primary, Replicate, Written)

# Client, operation, key and value: falsy values, a value written twice, and equal numbers of two clients.
_WRITES = (
    ("c", 11, "x", 5), ("d", 11, "y", None), ("c", 12, "x", 6), ("d", 12, "x", 5), ("d", 13, "x", 5),
    ("c", 13, "y", 0), ("d", 11, "z", ""), *(("c", op, f"k{op}", op) for op in range(14, 24)), ("d", 14, "z", False),
)  # fmt: skip
_RESTARTS = (3, 6, 15)
_WORK = {"w": [("write", "x", 1), ("write", "x", 2)]}


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Primary)):
        return Wrong("`OrderedPrimary` must be a class derived from Primary.")
    return _judge_writes(kind) or _judge_full_log(kind) or _judge_crashes(kind)


# --- writes one after the other, from two clients, before and after a restart ----------------------


def _judge_writes(kind: Any) -> Wrong | None:
    """Judge writes of two clients that number their operations alike, with restarts between them."""
    one = kind("p", ["r", "q", "s"])
    disk: list[object] = []
    values: dict[str, Any] = {}
    for number, (client, op, key, value) in enumerate(_WRITES, start=1):
        if number in _RESTARTS:
            one = kind("p", ["r", "q", "s"])
            one.on_start(list(disk))
        take_effects(one)
        handle_message(one, client, Put(op, "write", key, value))
        effects = take_effects(one)
        values[key] = value
        mistake = _write_mistake(effects, client, op, Logged(number, key, value))
        if mistake is None and one.values != values:
            mistake = f"the primary does not hold it: its state is {one.values}, not {values}"
        if mistake is not None:
            after = ", after a restart" if number >= min(_RESTARTS) else ""
            return Wrong(f"Write {number}, {key} = {value}{after}: {mistake}.")
        disk += [effect.record for effect in effects if isinstance(effect, Write)]
    return None


def _write_mistake(effects: Sequence[Effect], client: str, op: int, entry: Logged) -> str | None:
    """Return the mistake in the effects of a write, or None; ``entry`` belongs in the log."""
    logged = [
        effect.record
        for effect in effects
        if isinstance(effect, Write) and isinstance(effect.record, Logged)
    ]
    if logged != [entry]:
        return f"the log gets {logged or 'nothing'}; it should get {entry!r} once"
    sent = [effect for effect in effects if isinstance(effect, Send)]
    for to in ("r", "q", "s"):
        copies = sum(effect == Send(to, Replicate(entry)) for effect in sent)
        if copies != 1:
            return (
                f"the entry is not sent to the replica {to}"
                if not copies
                else f"it is sent to {to} {copies} times"
            )
    answers = [effect for effect in sent if isinstance(effect.message, Reply)]
    if answers != [Send(client, Reply(op, Answer(None, Position(0, entry.lsn))))]:
        return "the client gets no answer to its write, several, or another one than the stub's"
    if len(sent) > 4:
        return f"{len(sent)} messages are sent, and four are needed: one to each replica, one to the client"
    return None


# --- a log without room -----------------------------------------------------------------------------


def _judge_full_log(kind: Any) -> Wrong | None:
    for room, again in ((1, False), (2, False), (1, True), (12, True)):
        one = kind("p", ["r"], room=room)
        for op in range(1, room + 1):
            handle_message(one, "c", Put(op, "write", "x", op))
        if again:
            records = [effect.record for effect in take_effects(one) if isinstance(effect, Write)]
            one = kind("p", ["r"], room=room)
            one.on_start(records)
        for op in (room + 1, room + 2, room + 3):
            take_effects(one)
            handle_message(one, "d", Put(op, "write", "xy"[op % 2], 9))
            mistake = _declining_mistake(one, take_effects(one), op, room)
            if mistake is not None:
                full = (
                    "There is room for one entry"
                    if room == 1
                    else f"There is room for {room} entries"
                )
                restarted = ", and the primary has restarted" if again else ""
                return Wrong(
                    f"{full}, and as many are in the log{restarted}; then comes write {op}: {mistake}."
                )
    return None


def _declining_mistake(one: Any, effects: Sequence[Effect], op: int, room: int) -> str | None:
    if any(isinstance(effect, Write) and isinstance(effect.record, Logged) for effect in effects):
        return "it is logged all the same, so the log holds more than it can, and its numbers have a hole"
    if one.values != {"x": room}:
        return (
            f"it cannot be logged, and now the state is {one.values}, not {{'x': {room}}}: what cannot be in the log "
            "must not touch the state"
        )
    if any(isinstance(effect, Write) for effect in effects):
        return "something is written to the disk, though nothing may change"
    sent = [effect for effect in effects if isinstance(effect, Send)]
    if sent != [Send("d", NotPrimary(op, ""))]:
        return "it is declined, once, to its client, and nobody else hears of it"
    if one.lsn != room:
        return f"the primary's number is {one.lsn} now, and its log ends at {room}: it counts before it looks"
    return None


# --- a crash between any two effects ----------------------------------------------------------------


def _logged(records: Iterable[object]) -> list[Logged]:
    return [record for record in records if isinstance(record, Logged)]


def _judge_crashes(kind: Any) -> Wrong | None:
    def the_state_is_what_the_log_says(view: View) -> bool:
        logged = {entry.key: entry.value for entry in _logged(view.logs["p"])}
        return "p" not in view.nodes or view.nodes["p"].values == logged

    def acknowledged_writes_are_in_the_log(view: View) -> bool:
        entries = len(_logged(view.logs["p"]))
        return sum(status == "ok" for _, status, _ in view.results["w"]) <= entries

    def a_replica_is_never_ahead_of_the_log(view: View) -> bool:
        return len(_logged(view.logs["r"])) <= len(_logged(view.logs["p"]))

    def nodes() -> list[Any]:
        return [kind("p", ["r"]), Replica("r", ["p"]), ReplicaClient("w", ["p"])]

    result = explore(
        nodes(), operations=_WORK,
        always=[
            the_state_is_what_the_log_says, acknowledged_writes_are_in_the_log, a_replica_is_never_ahead_of_the_log,
        ],
        bounds=Bounds(crashes=1, restarts=1, timeouts=1),
    )  # fmt: skip
    if result.ok:
        return None
    if not result.steps:
        return Wrong(f"{result.reason}.")
    return Wrong(
        f"A crash between two effects of `on_put` breaks it: {result.reason}. Which record must be on disk first?",
        draw_schedule(nodes(), result.steps, _WORK),
    )
