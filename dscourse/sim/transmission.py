"""The transmission of messages over links that may lose, duplicate, delay or hold them back."""

from __future__ import annotations

from dscourse.node import Message
from dscourse.sim.engine import DELIVER, Engine
from dscourse.sim.fates import USUAL
from dscourse.sim.hosts import Wire

__all__ = ["drop", "keep_or_drop", "transmit"]


def transmit(engine: Engine, wire: Wire, message: Message) -> None:
    """Send over a link that may cut, lose, duplicate or reorder messages, or deliver them in order."""
    engine.number = number = engine.number + 1
    engine.record("send", wire.source, wire.host.name, message, number)
    wire.sent += 1
    if wire.plain:  # most links are; what follows would come to the same, in twice the time
        engine.push(engine.time.us + wire.latency_us(), DELIVER, wire, message, number)
        return
    fate = USUAL if wire.fates is None else wire.fates.next(type(message).__name__)
    lost = wire.happens(wire.settings.loss, "loss")
    delay = wire.latency_us()
    extra = wire.extra_us()
    twice = wire.happens(wire.settings.duplicate, "duplicate")
    if wire.cut:
        drop(engine, wire, message, number, "cut")
        return
    if lost or fate.lost:
        drop(engine, wire, message, number, "lost" if lost else "dropped")
    elif fate.latency_us is not None:
        _queue_arrival(engine, wire, message, number, fate.latency_us)
    else:
        _queue_arrival(engine, wire, message, number, delay + extra, in_order=not extra)
    if twice:
        engine.record("duplicate", wire.host.name, wire.source, message, number)
        _queue_arrival(engine, wire, message, number, wire.copy_latency_us())
    for latency_us in fate.copies_us:
        engine.record("duplicate", wire.host.name, wire.source, message, number)
        _queue_arrival(engine, wire, message, number, latency_us)


def _queue_arrival(
    engine: Engine, wire: Wire, message: Message, number: int, delay: int, in_order: bool = True
) -> None:
    """Queue the arrival of a message after ``delay`` (µs), or later if the link keeps its messages in order."""
    due = engine.time.us + delay
    if wire.settings.fifo and in_order:
        due = wire.last_us = max(due, wire.last_us)
    engine.push(due, DELIVER, wire, message, number)


def drop(engine: Engine, wire: Wire, message: Message, number: int, reason: str) -> None:
    """Record that a message is lost, and the reason: lost, cut, crashed or dropped."""
    engine.record("drop", wire.host.name, wire.source, message, number, reason)


def keep_or_drop(engine: Engine, wire: Wire, message: Message, number: int) -> None:
    """Keep a message that arrives on a held link or at a paused node for later; drop it if it can never arrive."""
    if wire.cut:
        drop(engine, wire, message, number, "cut")
    elif wire.held:
        wire.parking().append((DELIVER, wire, message, number))
    elif not wire.host.up:
        drop(engine, wire, message, number, "crashed")
    else:
        wire.host.backlog.append((DELIVER, wire, message, number))
