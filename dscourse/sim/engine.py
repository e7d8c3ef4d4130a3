"""The machinery of a world: event queue, handlers and effects, message transmission, crashes.

`World` is the public class and drives an `Engine`. Faults act on the engine through an `Injector`.
Events wait in a heap and happen in the order of (due, number). The number is also the id of the
message or timer, unless the event was queued again: as a copy, or because it had to wait. The loop
delivers messages in line because a simulation spends most of its time there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from dscourse.node import Invocation, Time
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.livelock import QUEUED_FOR_EACH, crowd, livelock, most_at_once
from dscourse.sim.network import Network
from dscourse.sim.trace import Trace

__all__ = ["DELIVER", "FAULT", "INVOKE", "START", "TIMER", "Engine", "Entry", "HandlerError"]

START, DELIVER, TIMER, FAULT, INVOKE, SEND = "start", "deliver", "timer", "fault", "invoke", "send"
Entry = tuple[int, int, str, Any, Any, int]  # due, number, kind, host or wire, what, id
Waiting = tuple[
    str, Any, Any, int
]  # kind, host or wire, what, id: waiting at a paused host or on a held wire


_PART = 1_000  # events


class HandlerError(Exception):
    """An exception in a handler; ``trace`` holds everything up to and including that moment."""

    def __init__(self, message: str, trace: Trace) -> None:
        super().__init__(message, trace)
        self.trace = trace

    def __str__(self) -> str:
        return str(self.args[0])


class Engine:
    """Hosts, wires and pending events. ``inject`` applies a planned fault."""

    def __init__(
        self,
        seed: int,
        network: Network,
        record_state: bool,
        inject: Callable[[Engine, Any], None],
    ) -> None:
        self.seed = seed
        self.network = network
        self._inject = inject
        self.trace = Trace()
        self._extend = self.trace._flat.extend
        self.hosts: dict[str, Host] = {}
        self.heap: list[Entry] = []
        self._number = 0
        self.operations = 0
        self.time = Time()
        self.record_state = record_state
        self._crowd = (-1, 0)  # the time (µs) of the last events, and how many were queued at it
        self._instant = (-1, 0)  # the time (µs) of the last event, and how many happened at it

    def host(self, name: str, where: str = "") -> Host:
        """Return the host called ``name``. Raise LookupError if there is none; ``where`` says who named it."""
        host = self.hosts.get(name) if isinstance(name, str) else None
        if host is None:
            context = f" ({where})" if where else ""
            raise LookupError(
                f"no node is called {name!r}{context}: the nodes are {', '.join(self.hosts)}"
            )
        return host

    def client(self, name: str) -> Host:
        """Return the host of the client called ``name``. Raise TypeError if that node is not a client."""
        host = self.host(name)
        if not host.client:
            raise TypeError(
                f"{name!r} is a {type(host.node).__name__}: only a Client carries out operations"
            )
        return host

    def wire(self, source: str, to: str) -> Wire:
        """Return the link from ``source`` to ``to``, created on first use."""
        start = self.host(source)
        wire = start.wires.get(to)
        if wire is None:
            end = self.host(to, f"the link from {source!r} leads to it")
            client = start.client != end.client
            settings = self.network.link(source, to, client)
            wire = start.wires[to] = Wire(source, end, self.seed, settings, client)
        return wire

    def wires(self) -> Iterable[Wire]:
        """Return the links that have been used or changed."""
        return [wire for host in self.hosts.values() for wire in host.wires.values()]

    def all_wires(self) -> Iterable[Wire]:
        """Return every link between two different nodes."""
        return [self.wire(a, b) for a in self.hosts for b in self.hosts if a != b]

    def push(
        self, due: int, kind: str, target: Host | Wire | None, what: object, id: int = 0
    ) -> int:
        """Queue an event and return its number."""
        self._number = number = self._number + 1
        heappush(self.heap, (due, number, kind, target, what, id or number))
        return number

    def push_waiting(self, waiting: list[Waiting]) -> None:
        """Queue the waiting events before everything else that is due now, and clear the list."""
        for kind, target, what, number in waiting:
            self.push(self.time.us - 1, kind, target, what, number)
        waiting.clear()

    def cancelled(self, entry: Entry) -> bool:
        """Return True for a cancelled or replaced timer, and for the start of a node that crashed before it."""
        _, _, kind, host, what, number = entry
        if kind is TIMER:
            return bool(host.timers.get(what) != number)
        return kind is START and host.has_crashed

    def record(
        self,
        kind: str,
        node: str | None,
        peer: str | None,
        what: object,
        id: int = 0,
        detail: object = None,
    ) -> None:
        self.trace._flat.extend((self.time.us, kind, node, peer, what, id, detail))

    # --- events ----------------------------------------------------------------------------------

    def loop(self, limit: float, max_events: int) -> int:
        """Process events until ``limit`` (µs) or up to ``max_events``; return how many happened.

        Raises RuntimeError if too many events are queued at one instant; checked every 1,000
        events.
        """
        count = 0
        while count < max_events:
            part = min(_PART, max_events - count)
            number, (instant, queued) = self._number, self._crowd
            now = self.time.us
            done = self._some(limit, part)
            count += done
            fresh = self._number - number
            self._crowd = self.time.us, fresh + (queued if instant == now == self.time.us else 0)
            if self._crowd[1] > QUEUED_FOR_EACH * most_at_once(len(self.hosts)):
                raise RuntimeError(crowd(self.trace, self.time.us / 1000, self._crowd[1]))
            if done < part:
                break
        return count

    def _some(self, limit: float, max_events: int) -> int:
        """Process part of the events of `loop`.

        A simulation spends most of its time here, so the usual case is written in line: a message
        is delivered to a host that is up, and its handler sends messages over links that only delay
        them. Raises RuntimeError if too many events happen at one instant.
        """
        heap, record, time = self.heap, self._extend, self.time
        now, count = time.us, 0
        most = most_at_once(len(self.hosts))
        instant, before = self._instant
        full = most - before if instant == now else most  # the count at which this instant is full
        while heap and count < max_events:
            due, _, kind, target, what, message = entry = heappop(heap)
            if due > limit:
                heappush(heap, entry)
                break
            if due > now:
                time.us = now = due
                full = count + most
            elif count >= full and not self.cancelled(entry):
                heappush(heap, entry)
                self._instant = now, most
                raise RuntimeError(livelock(self.trace, now / 1000, most))
            if kind is not DELIVER:
                count += self._happen(entry)
                continue
            count += 1
            host = target.host
            if target.blocked or not host.ready:
                self._not_delivered(target, what, message)
                continue
            record((now, DELIVER, host.name, target.source, what, message, None))
            try:
                host.handlers[type(what)](host.node, target.source, what)
                if not host.usual:
                    self._carry_out(host)
                    continue
                effects = host.effects
                for effect in effects:
                    if effect[0] is not SEND:
                        self._effect(host, effect)
                        continue
                    _, to, sent = effect
                    wire = host.wires.get(to) or self.wire(host.name, to)
                    if not wire.plain:
                        self._effect(host, effect)
                        continue
                    self._number = number = self._number + 1
                    wire.sent += 1
                    record((now, SEND, host.name, to, sent, number, None))
                    delay = wire.fixed_us
                    if delay < 0:
                        low = wire.low
                        if low < 0:
                            delay = round(wire.quantile(wire.uniform()) * 1000)
                        else:  # `Uniform.quantile`, without the call
                            delay = round((low + wire.uniform() * wire.span) * 1000)
                    heappush(heap, (now + delay, number, DELIVER, wire, sent, number))
                effects.clear()
            except Exception as error:
                self._handler_failed(host, what, error)
        self._instant = now, most - (full - count)
        return count

    def _happen(self, entry: Entry) -> int:
        """Process an event other than a delivery. Return 0 if it has been cancelled meanwhile, else 1."""
        _, _, kind, host, what, number = entry
        if kind is FAULT:
            self._inject(self, what)
        elif kind is INVOKE:
            self._invoke(host)
        elif self.cancelled(entry):
            return 0
        elif host.paused:
            host.backlog.append((kind, host, what, number))
        elif kind is TIMER:
            self._timer(host, what, number)
        else:
            self._start(host)
        return 1

    def _timer(self, host: Host, timer: Any, id: int) -> None:
        del host.timers[timer]
        self.record("timer", host.name, None, timer, id)
        self._handle(host, timer, lambda: host.handlers[type(timer)](host.node, timer))

    def _start(self, host: Host) -> None:
        self.record("start", host.name, None, None, len(host.log))
        self._handle(host, None, lambda: host.node.on_start(tuple(host.log)))

    def _invoke(self, host: Host) -> None:
        if not host.ready or host.operation is not None or not host.todo:
            return
        if host.next_us() > self.time.us:
            return
        _, _, (f, key, value) = host.todo.popleft()
        host.operation = self.operations
        op = Invocation(self.operations, f, key, value)
        self.operations += 1
        self.record("invoke", host.name, None, op, op.id)
        self._handle(host, op, lambda: host.node.on_invoke(op))  # type: ignore[attr-defined]

    def _handle(self, host: Host, what: object, call: Callable[[], None]) -> None:
        """Run one handler and carry out its effects."""
        try:
            call()
            self._carry_out(host)
        except Exception as error:
            self._handler_failed(host, what, error)

    def _handler_failed(self, host: Host, what: object, error: Exception) -> None:
        host.context.effects.clear()
        self.record("error", host.name, None, what, 0, f"{type(error).__name__}: {error}")
        event = "its start" if what is None else repr(what)
        raise HandlerError(
            f"{host.name} ({type(host.node).__name__}) raised {type(error).__name__} "
            f"at {self.time.us / 1000:.3f} ms while it handled {event}: {error}\n"
            f"The last events:\n{self.trace[-8:]}",
            self.trace,
        ) from error

    # --- effects ---------------------------------------------------------------------------------

    def _carry_out(self, host: Host) -> None:
        """Carry out the handler's effects in order; crash part-way if that is planned."""
        effects = host.effects
        crash = host.crash_after is not None and len(effects) > host.crash_after
        if crash:
            del effects[host.crash_after :]
        for effect in effects:
            self._effect(host, effect)
        effects.clear()
        if self.record_state:
            self.record("state", host.name, None, host.node.state())
        if crash:
            self.crash(host)

    def _effect(self, host: Host, effect: tuple[Any, ...]) -> None:
        """Carry out one effect."""
        kind = effect[0]
        if kind is SEND:
            self._transmit(self.wire(host.name, effect[1]), effect[2])
        elif kind == "set_timer":
            due = self.time.us + host.delay_us(effect[2], effect[3])
            host.timers[effect[1]] = number = self.push(due, TIMER, host, effect[1])
            self.record("set_timer", host.name, None, effect[1], number, due / 1000)
        elif kind == "cancel_timer":
            number = host.timers.pop(effect[1], 0)
            if number:
                self.record("cancel_timer", host.name, None, effect[1], number)
        elif kind == "write":
            host.log.append(effect[1])
            self.record("write", host.name, None, effect[1], len(host.log))
        else:
            self._complete(host, *effect[1:])

    def _complete(self, host: Host, op: int, status: str, result: object) -> None:
        """End the client's operation; only its first completion counts."""
        if host.operation != op:
            return
        host.operation, host.free_us = None, self.time.us
        self.record(status, host.name, None, result, op)
        self._next_operation(host)

    def submit(
        self,
        client: Host,
        ops: Iterable[tuple[str, object, object]],
        start_us: int,
        think_us: int = 0,
    ) -> None:
        """Queue operations at the client.

        The first begins no earlier than ``start_us``, each later one ``think_us`` after its
        predecessor's end.
        """
        for index, op in enumerate(ops):
            client.todo.append((start_us, think_us if index else 0, op))
        self.push(start_us, INVOKE, client, None)

    def _next_operation(self, host: Host) -> None:
        """Queue the start of the client's next operation, if there is one and the client is idle."""
        if host.todo and host.operation is None:
            self.push(max(self.time.us, host.next_us()), INVOKE, host, None)

    # --- transmission ----------------------------------------------------------------------------

    def _transmit(self, wire: Wire, message: object) -> None:
        """Send over a link that may cut, lose, duplicate or reorder messages, or deliver them in order."""
        self._number = number = self._number + 1
        self.record(SEND, wire.source, wire.host.name, message, number)
        wire.sent += 1
        lost = wire.happens(wire.settings.loss, "loss")
        delay = wire.latency_us()
        extra = wire.extra_us()
        twice = wire.happens(wire.settings.duplicate, "duplicate")
        if wire.cut:
            self.drop(wire, message, number, "cut")
            return
        if lost:
            self.drop(wire, message, number, "lost")
        else:
            self._arrive(wire, message, number, delay + extra, in_order=not extra)
        if twice:
            self._copy(wire, message, number)

    def _copy(self, wire: Wire, message: object, number: int) -> int:
        """Queue one more copy of a message with its own delay. Return the number of its event."""
        self.record("duplicate", wire.host.name, wire.source, message, number)
        return self._arrive(wire, message, number, wire.copy_latency_us())

    def _arrive(
        self, wire: Wire, message: object, number: int, delay: int, in_order: bool = True
    ) -> int:
        due = self.time.us + delay
        if wire.settings.fifo and in_order:
            due = wire.last_us = max(due, wire.last_us)
        return self.push(due, DELIVER, wire, message, number)

    def drop(self, wire: Wire, message: object, number: int, reason: str) -> None:
        self.record("drop", wire.host.name, wire.source, message, number, reason)

    def _not_delivered(self, wire: Wire, message: object, number: int) -> None:
        """Drop or park a message that arrives where it cannot be handled."""
        if wire.cut:
            self.drop(wire, message, number, "cut")
        elif wire.held:
            wire.parked.append((DELIVER, wire, message, number))
        elif not wire.host.up:
            self.drop(wire, message, number, "crashed")
        else:
            wire.host.backlog.append((DELIVER, wire, message, number))

    # --- crashes ---------------------------------------------------------------------------------

    def crash(self, host: Host, lose: int = 0) -> None:
        """Stop a host that is up. Its log survives, except for the last ``lose`` records."""
        if not host.up:
            return
        host.has_crashed = True
        host.set_state(up=False, paused=False)
        self.record("crash", host.name, None, None, lose)
        del host.log[max(0, len(host.log) - lose) :]
        host.timers.clear()
        host.set_crash_after(None)
        for kind, target, what, number in host.backlog:
            if kind is DELIVER:
                self.drop(target, what, number, "crashed")
        host.backlog.clear()
        if host.operation is not None:
            self.record("unknown", host.name, None, "crashed", host.operation)
            host.operation, host.free_us = None, self.time.us

    def restart(self, host: Host) -> None:
        """Restart a crashed host with its log."""
        if host.up:
            return
        host.set_state(up=True, paused=False)
        host.install(host.node.fresh())
        self.record("restart", host.name, None, None, len(host.log))
        self._handle(host, None, lambda: host.node.on_start(tuple(host.log)))
        self._next_operation(host)

    def resume(self, host: Host) -> None:
        """Resume a paused host; the events that waited come first."""
        if not host.paused:
            return
        host.set_state(up=True, paused=False)
        self.record("resume", host.name, None, None)
        self.push_waiting(host.backlog)
        self._next_operation(host)

    # --- copies ----------------------------------------------------------------------------------

    def clone(self) -> Engine:
        """Return an independent copy that shares no mutable data."""
        other = Engine(self.seed, self.network, self.record_state, self._inject)
        other._number, other.operations = self._number, self.operations
        other.time.us, other._instant, other._crowd = self.time.us, self._instant, self._crowd
        other.trace = self.trace.copy()
        other._extend = other.trace._flat.extend
        other.hosts = {name: host.clone(other.time) for name, host in self.hosts.items()}
        for wire in self.wires():
            other.hosts[wire.source].wires[wire.host.name] = wire.clone(other.hosts[wire.host.name])
        other.heap = [
            (due, number, kind, other._twin(target), what, message)
            for due, number, kind, target, what, message in self.heap
        ]
        for host in self.hosts.values():
            other.hosts[host.name].backlog = other._twins(host.backlog)
        for wire in self.wires():
            other.wire(wire.source, wire.host.name).parked = other._twins(wire.parked)
        return other

    def _twin(self, target: Host | Wire | None) -> Host | Wire | None:
        """Return this engine's host or wire with the same name as ``target``, which belongs to another engine."""
        if isinstance(target, Wire):
            return self.wire(target.source, target.host.name)
        return target and self.hosts[target.name]

    def _twins(self, waiting: Iterable[Waiting]) -> list[Waiting]:
        return [(kind, self._twin(target), what, number) for kind, target, what, number in waiting]
