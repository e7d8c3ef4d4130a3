"""The requests of the clients of a payment service in a run, and the outcomes of their operations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from dscourse.exercises.judges.payments import answers_of
from dscourse.node import Reply
from dscourse.protocols.textbook.payments import Pay
from dscourse.sim import World

__all__ = [
    "asked_otherwise",
    "asked_too_often",
    "asked_wrongly",
    "not_answered",
    "requests_of",
    "wrong_result",
]


def requests_of(world: World) -> dict[tuple[str, int], list[float]]:
    """Return when each (client, operation) was asked for, in ms."""
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    for event in world.trace.kinds("send"):
        if isinstance(event.what, Pay):
            times[str(event.node), event.what.op].append(event.time_ms)
    return times


def asked_too_often(world: World, pause_ms: float) -> str | None:
    """Return that a request followed the last one in less than ``pause_ms``, or followed its answer; else None.

    Clients that crashed do not count: they may have forgotten what they asked and heard.
    """
    crashed = {str(event.node) for event in world.trace.kinds("crash")}
    answered: dict[tuple[str, int], float] = {}
    for event in world.trace.kinds("deliver"):
        if isinstance(event.what, Reply):
            answered.setdefault((str(event.node), event.what.op), event.time_ms)
    for (client, number), times in requests_of(world).items():
        if client in crashed:
            continue
        end_ms = answered.get((client, number), times[-1])
        if times[-1] > end_ms:
            return (
                f"{client} had the answer to operation {number} at {end_ms:.0f} ms and asked again at "
                f"{next(ms for ms in times if ms > end_ms):.0f} ms: {len(times)} requests in all."
            )
        for before, after in pairwise(times):
            if after - before < pause_ms - 0.001:
                return (
                    f"{client} asked for operation {number} at {before:.0f} ms and again at {after:.0f} ms: "
                    f"{len(times)} requests in all, and a pause of {pause_ms:g} ms between two is required."
                )
    return None


def asked_wrongly(world: World) -> str | None:
    """Return a request that is none of its client's operations, or names another amount; None if all are right."""
    amounts = {(op.process, op.id): op.value for op in world.history}
    for event in world.trace.kinds("send"):
        if not isinstance(event.what, Pay):
            continue
        number, amount = event.what.op, event.what.amount
        wanted = amounts.get((str(event.node), number))
        if wanted is None:
            return (
                f"{event.node} asked under the number {number!r}, which is not an operation of the user's: the bank "
                "cannot know a repetition."
            )
        if amount != wanted:
            return f"{event.node}'s payment {number} is {wanted}; it asked for {amount}."
    return None


def asked_otherwise(world: World, clients: Iterable[str]) -> str | None:
    """Return that a client sent a message of another kind than a request to pay; None if none did."""
    names = frozenset(clients)
    for event in world.trace.kinds("send"):
        if event.node in names and not isinstance(event.what, Pay):
            return (
                f"{event.node} sent {type(event.what).__name__}: a client asks with Pay(op.id, op.value), "
                "and with nothing else."
            )
    return None


def wrong_result(world: World, bank: str) -> str | None:
    """Return that an operation ended as ok with another result than the bank's answer to it; None if none did."""
    answers = answers_of(world, bank)
    for op in world.history.ok:
        wanted = answers.get((op.process, op.id))
        if wanted is not None and op.result != wanted:
            return f"Operation {op.id} ended as ok with {op.result!r:.60}; the bank's answer to it was {wanted}."
    return None


def not_answered(world: World, works_ms: float, bound_ms: float) -> str | None:
    """Return an operation that did not end as ok within ``bound_ms`` after everything worked; None if all did.

    Operations of a client that crashed meanwhile do not count.
    """
    for op in world.history:
        if op.status == "unknown" and op.result == "crashed":
            continue
        if op.status == "pending":
            return f"Operation {op.id} is still under way, long after everything worked again."
        if op.status != "ok":
            return f"Operation {op.id} ended as {op.status}: the client gave it up."
        late_ms = (op.returned_ms or 0) - max(works_ms, op.invoked_ms)
        if late_ms > bound_ms:
            return (
                f"Operation {op.id} was answered {late_ms / 1000:.1f} s after everything worked again: "
                f"at most {bound_ms / 1000:g} s are allowed, however long the fault lasted."
            )
    return None
