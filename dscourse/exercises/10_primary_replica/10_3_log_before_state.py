"""Judge of 10.3: a primary that logs before it applies."""

from __future__ import annotations

from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.schedules import draw_schedule
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.explore import Bounds, View, explore
from dscourse.node import Reply, Send, Write, take_effects
from dscourse.protocols.replica_clients import Answer, NotPrimary, Put, ReplicaClient
from dscourse.protocols.stores import Written
from dscourse.protocols.textbook.primary_replica import Logged, Primary, Replica, Replicate
from dscourse.replication.binary_log import Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = by_name(Answer, NotPrimary, Logged, Position, Primary, Replicate, Written)

_WORK = {"w": [("write", "x", 1), ("write", "x", 2)]}


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Primary)):
        return Wrong("`OrderedPrimary` must be a class derived from Primary.")
    return _judge_one_write(kind) or _judge_full_log(kind) or _judge_crashes(kind)


def _judge_one_write(kind: Any) -> Wrong | None:
    one = kind("p", ["r"])
    handle_message(one, "c", Put(1, "write", "x", 5))
    effects = take_effects(one)
    for needed, duty in (
        (Write(Logged(1, "x", 5)), "in the log"),
        (Send("r", Replicate(Logged(1, "x", 5))), "sent to the replica"),
    ):
        if needed not in effects:
            return Wrong(f"A first write, x = 5, is not {duty}: `{needed}` is missing.")
    answers = [e.message for e in effects if isinstance(e, Send) and isinstance(e.message, Reply)]
    if [answer.op for answer in answers] != [1]:
        return Wrong("The client gets no answer to its write, or several.")
    if one.values.get("x") != 5:
        return Wrong("After the write of x = 5 the primary does not hold it.")
    return None


def _judge_full_log(kind: Any) -> Wrong | None:
    one = kind("p", ["r"], room=1)
    for op, value in ((1, 5), (2, 6)):
        take_effects(one)
        handle_message(one, "c", Put(op, "write", "x", value))
    if one.values.get("x") != 5:
        return Wrong(
            "There is room for one entry; x = 5 is in it. The write x = 6 cannot be logged, and now x is "
            f"{one.values.get('x')}: what cannot be in the log must not touch the state."
        )
    messages = [effect.message for effect in take_effects(one) if isinstance(effect, Send)]
    if NotPrimary(2, "") not in messages or len(messages) != 1:
        return Wrong(
            "A write for which the log has no room is declined, and nobody else hears of it."
        )
    return None


def _judge_crashes(kind: Any) -> Wrong | None:
    def the_state_is_what_the_log_says(view: View) -> bool:
        logged = {r.key: r.value for r in view.logs["p"] if isinstance(r, Logged)}
        return "p" not in view.nodes or view.nodes["p"].values == logged

    def acknowledged_writes_are_in_the_log(view: View) -> bool:
        entries = sum(isinstance(record, Logged) for record in view.logs["p"])
        return sum(status == "ok" for _, status, _ in view.results["w"]) <= entries

    def nodes() -> list[Any]:
        return [kind("p", ["r"]), Replica("r", ["p"]), ReplicaClient("w", ["p"])]

    result = explore(
        nodes(), operations=_WORK,
        always=[the_state_is_what_the_log_says, acknowledged_writes_are_in_the_log],
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
