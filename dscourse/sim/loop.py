"""The loop of a world: it takes the pending events in order and makes them happen.

A simulation spends most of its time here. The usual case is therefore written in line: a message is delivered to a
host that is up, and its handler sends messages over links that only delay them.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush

from dscourse.core.garbage import rare_collections
from dscourse.sim.effects import carry_out, carry_out_all
from dscourse.sim.engine import DELIVER, FAULT, INVOKE, SEND, TIMER, Engine, Entry
from dscourse.sim.handlers import fire, handler_error, invoke, start
from dscourse.sim.injection import inject
from dscourse.sim.livelock import Instant, check_queued, endless, livelock, most_at_once
from dscourse.sim.transmission import keep_or_drop

__all__ = ["process", "run"]

_PART = 1_000  # events


def run(engine: Engine, until_us: int | None, max_events: int) -> None:
    """Process events until none is left, or to ``until_us``; time then stands there.

    Raises RuntimeError after ``max_events`` events, and as `process` does.
    """
    limit = math.inf if until_us is None else until_us
    with rare_collections():
        count = process(engine, limit, max_events)
    if count >= max_events and engine.heap and engine.heap[0][0] <= limit:
        now_ms = engine.time.us / 1000
        raise RuntimeError(endless(engine.trace, now_ms, max_events, bounded=until_us is not None))
    if until_us is not None:
        engine.time.us = max(engine.time.us, until_us)


def process(engine: Engine, limit: float, max_events: int) -> int:
    """Process events until ``limit`` (µs) or up to ``max_events``; return how many happened.

    Raises RuntimeError if too many events happen at one instant, or are queued at it; the latter is checked every
    1,000 events.
    """
    count = 0
    while count < max_events:
        part = min(_PART, max_events - count)
        before, start_us, number = engine.instant, engine.time.us, engine.number
        work = _process_part if engine.observer is None else _process_observed
        done = work(engine, limit, part)
        count += done
        stood_still = before.us == start_us == engine.time.us
        queued = engine.number - number + (before.queued if stood_still else 0)
        engine.instant = engine.instant._replace(queued=queued)
        check_queued(engine.trace, engine.instant, len(engine.hosts))
        if done < part:
            break
    return count


def _process_observed(engine: Engine, limit: float, max_events: int) -> int:
    """Process part of the events of `process`, and let the observer look after each."""
    count = 0
    while count < max_events and _process_part(engine, limit, 1):
        engine.show()
        count += 1
    return count


def _process_part(engine: Engine, limit: float, max_events: int) -> int:
    """Process part of the events of `process`: the usual case in line."""
    heap, time, append = engine.heap, engine.time, engine.trace.cells.extend
    now, count, most = time.us, 0, most_at_once(len(engine.hosts))
    full = most - engine.instant.happened_at(now)  # the count at which this instant is full
    while heap and count < max_events and heap[0][0] <= limit:
        due, _, kind, wire, message, number = entry = heappop(heap)
        if due > now:
            time.us, now, full = due, due, count + most
        elif count >= full:
            _check_happened(engine, entry, most)
        if kind is not DELIVER or wire.blocked or not (host := wire.host).ready:
            count += _happen(engine, entry)
            continue
        count += 1
        append((now, DELIVER, host.name, wire.source, message, number, None))
        try:
            host.handlers[type(message)](host.node, wire.source, message)
            if not host.usual:
                carry_out_all(engine, host)  # which leaves no effects
            for effect in host.effects:
                to = effect[1]
                link = effect[0] is SEND and (host.wires.get(to) or engine.wire(host.name, to))
                if not link or not link.plain:
                    carry_out(engine, host, effect)
                    continue
                engine.number = number = engine.number + 1
                link.sent += 1
                append((now, SEND, host.name, to, effect[2], number, None))
                delay = link.fixed_us
                if delay < 0:  # `Wire.latency_us`, with a faster ``round``
                    low, u = link.low, link.uniform()
                    ms = low + u * link.span if low >= 0 else link.latency.quantile(u)
                    delay = (ms * 1000).__round__()
                heappush(heap, (now + delay, number, DELIVER, link, effect[2], number))
            host.effects.clear()
        except Exception as error:
            raise handler_error(engine, host, message, error) from error
    engine.instant = Instant(now, most - (full - count))
    return count


def _check_happened(engine: Engine, entry: Entry, most: int) -> None:
    """Raise RuntimeError for an event too many at this instant, unless it is cancelled; the event stays pending."""
    if not engine.cancelled(entry):
        heappush(engine.heap, entry)
        now = engine.time.us
        engine.instant = Instant(now, most, engine.instant.queued)
        raise RuntimeError(livelock(engine.trace, now / 1000, most))


def _happen(engine: Engine, entry: Entry) -> int:
    """Process any event but a usual delivery. Return 0 if it cannot happen any more, else 1."""
    _, _, kind, target, value, number = entry
    if kind is DELIVER:
        keep_or_drop(engine, target, value, number)
    elif kind is FAULT:
        inject(engine, value)
    elif kind is INVOKE:
        return int(invoke(engine, target))
    elif engine.cancelled(entry):
        return 0
    elif target.paused:
        target.backlog.append((kind, target, value, number))
    elif kind is TIMER:
        fire(engine, target, value, number)
    else:
        start(engine, target)
    return 1
