"""Broadcasts of programs: the fate of a value that a node lacks."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises.judges.nodes import client_node, mentions, story
from dscourse.history import Op
from dscourse.run.external import Result
from dscourse.run.external.workloads.sets import Broadcast
from dscourse.show import Picture
from dscourse.sim.events import Event

__all__ = ["Values", "explain"]

_HOW = {"cut": "over a link that was cut", "lost": "and lost", "crashed": "while it was down"}


class Values(Broadcast):
    """``broadcast`` of numbers from 1,000 on, so that no count in a message is taken for one."""

    _next = 1_000


def explain(result: Result) -> tuple[str, Picture | None]:
    """Say where a lost value was stopped, and show all messages with it; nothing about a strange read."""
    ops = [op for op in result.history if op.id in result.verdict.refuting]
    read = ops[-1]
    if "is lost" not in result.verdict.reason:
        return _strange(result, read)
    value, node = _missing(ops, read), client_node(result, read.process)
    about = mentions(value)
    words = f"{value} is missing at {node}. {_fate(result, ops[0], node, value)}"
    picture = story(result, about, f"All messages with {value}, which {node} lacks in the end.")
    return words, picture


def _strange(result: Result, read: Op) -> tuple[str, Picture | None]:
    values = Counter(read.result) if isinstance(read.result, tuple | list) else Counter()
    value = next((one for one, number in values.items() if number > 1), None)
    if value is None:
        return "", None
    words = "A message that comes again, late or twice, adds nothing to what a node has."
    return words, story(result, mentions(value), f"{read.process} got {value} twice from one node.")


def _missing(ops: list[Op], read: Op) -> int:
    """Return the value that this read lacks, of those that another operation made known."""
    known: Any = ops[0].result if ops[0].f == "read" else [ops[0].value]
    shown: Any = read.result
    return next(value for value in known if value not in shown)  # type: ignore[no-any-return]


def _fate(result: Result, add: Op, node: str, value: int) -> str:
    """Say what became of the value on its way to a node."""
    test = mentions(value)
    events = [event for event in result.trace if test(event) and event.peer is not None]
    restart = max(
        (e.time_ms for e in result.trace.kinds("restart") if e.node == node), default=-1.0
    )
    to_node = [event for event in events if node in (event.node, event.peer)]
    got = [event for event in to_node if event.kind == "deliver" and event.node == node]
    after = [event for event in got if event.time_ms > restart]
    lost = [event for event in to_node if event.kind == "drop" and event.node == node]
    sends = [event for event in to_node if event.kind == "send" and event.peer == node]
    if after:
        return f"{after[0].peer} sent it there, it arrived at {after[0].time_ms:.0f} ms, and {node} does not show it."
    if got:
        return (
            f"{node} had it, was killed, and was started again at {restart:.0f} ms without it: what only memory held "
            "is gone, and what stands in a file of the node's folder is not."
        )
    if lost:
        return _dropped(lost, sends, node)
    return _never_sent(result, events, add, node)


def _dropped(lost: list[Event], sends: list[Event], node: str) -> str:
    last = lost[-1]
    how = _HOW.get(str(last.detail), "and lost")
    times = "once" if len(sends) == 1 else count(len(sends), "time")
    again = "It has to be sent again until it is acknowledged." if len(sends) < 9 else (
        "It has to be sent again after the fault has ended, too.")  # fmt: skip
    return f"It was sent to {node} {times}, the last time {how} at {last.time_ms:.0f} ms. {again}"


def _never_sent(result: Result, events: list[Event], add: Op, node: str) -> str:
    holder = client_node(result, add.process)
    killed = [event.time_ms for event in result.trace.kinds("crash") if event.node == holder]
    alone = not any(
        event.kind == "send" and event.node == holder and event.peer in result.nodes
        for event in events
    )
    if alone and killed and (add.returned_ms or 0.0) < killed[-1]:
        return (
            f"{holder} acknowledged it, was killed at {killed[-1]:.0f} ms, and had neither sent it on nor written it "
            "into a file."
        )
    if alone:
        return f"{holder} acknowledged it and sent it to no other node."
    others = sorted(
        {event.peer for event in events if event.kind == "send" and event.peer in result.nodes}
    )
    return f"It was sent to {', '.join(str(one) for one in others)}, and never to {node}."
