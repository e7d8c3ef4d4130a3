"""The simulated world: nodes, a network, faults and virtual time, all determined by one seed.

Time is kept in whole microseconds and reported in milliseconds. Events at the same time happen in the order in which
they were queued, so a world has exactly one course. A message that is sent while its link is cut, or that arrives
while it is cut, is lost.

>>> from dataclasses import dataclass
>>> from dscourse.node import Message, Node, cluster
>>> @dataclass(frozen=True, slots=True)
... class Hello(Message):
...     pass
>>> class Greeter(Node):
...     def on_start(self, log):
...         self.broadcast(Hello())
...     def on_hello(self, sender, hello):
...         pass
>>> print(World(cluster(Greeter, ["a", "b"])).run().trace)
   0.000 ms  a        starts
   0.000 ms  a → b    Hello()
   0.000 ms  b        starts
   0.000 ms  b → a    Hello()
   1.000 ms  b ← a    Hello()
   1.000 ms  a ← b    Hello()
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from inspect import isawaitable
from numbers import Integral
from typing import Self

from dscourse.core.properties import Property
from dscourse.node import Clock, Node
from dscourse.sim.arguments import as_operations, as_us, check_count
from dscourse.sim.assembly import assemble
from dscourse.sim.engine import Engine
from dscourse.sim.faults import At, Fault, Recover, check_plan
from dscourse.sim.injection import inject
from dscourse.sim.loop import process, run
from dscourse.sim.network import Network
from dscourse.sim.operations import number_from, submit
from dscourse.sim.pending import (
    DropPending,
    DuplicatePending,
    Pending,
    StepPending,
    as_scenario,
    bring_forward,
    drop_pending,
    duplicate_pending,
    pending_events,
)
from dscourse.sim.present import Present
from dscourse.sim.progress import Progress, run_until

__all__ = ["World"]

MAX_EVENTS = 2_000_000  # about 400 MB of trace


class World(Present):
    """A deterministic run of ``nodes`` under a network and a fault plan.

    ``clocks`` gives nodes their own clocks; ``record_state`` adds a node's state to the trace after each of its
    handlers. The nodes are copied; the originals stay unchanged. Raises TypeError for an argument of the wrong type,
    ValueError for two nodes of one name or a node with pending effects, and LookupError for an unknown node in the
    plan, links, clocks or peers, or a handler without a message.
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        seed: int = 0,
        network: Network | None = None,
        plan: Sequence[At] = (),
        clocks: Mapping[str, Clock] | None = None,
        record_state: bool = False,
    ) -> None:
        self._engine = assemble(nodes, seed, network, plan, clocks, record_state)

    # --- running ---------------------------------------------------------------------------------

    def run(self, until_ms: float | None = None, max_events: int = MAX_EVENTS) -> Self:
        """Run until no event is left, or to ``until_ms``; time then stands at ``until_ms``.

        Raises HandlerError if a handler raises. Raises RuntimeError after ``max_events`` events, or after 100,000 +
        10 n² events at one instant (n nodes); the error names what repeats.
        """
        check_count(max_events, "max_events")
        until_us = None if until_ms is None else as_us(until_ms, "until_ms")
        run(self._engine, until_us, max_events)
        return self

    def step(self, event: int | None = None) -> bool:
        """Process the next pending event, or the one with this id. Return False if nothing is pending.

        A chosen event happens now, or at its own time if that is later; other events due by then keep waiting. Raises
        LookupError if no pending event has the id.
        """
        if not self.pending():
            return False
        if event is not None:
            bring_forward(self._engine, event)
        process(self._engine, math.inf, 1)
        return True

    def pending(self) -> list[Pending]:
        """Return the pending events, in the order in which they would happen."""
        return pending_events(self._engine)

    def drop(self, event: int) -> None:
        """Drop the pending message with this id. Raise LookupError if there is none."""
        drop_pending(self._engine, event)

    def duplicate(self, event: int) -> None:
        """Put a copy of the pending message with this id in flight, due at the same time."""
        duplicate_pending(self._engine, event)

    def replay(self, steps: Iterable[StepPending | DropPending | DuplicatePending | Fault]) -> Self:
        """Carry out a scenario in order: chosen events, dropped and duplicated messages, and faults."""
        for step in as_scenario(steps):
            if isinstance(step, int):
                raise TypeError(
                    f"{step!r}: a scenario is a list of StepPending, DropPending, DuplicatePending and faults; "
                    f"write StepPending({step})"
                )
            if isinstance(step, StepPending):
                self.step(step.id)
            elif isinstance(step, DropPending):
                self.drop(step.id)
            elif isinstance(step, DuplicatePending):
                self.duplicate(step.id)
            else:
                self.apply(step)
        return self

    # --- acting ----------------------------------------------------------------------------------

    def apply(self, fault: Fault) -> None:
        """Apply ``fault`` now. Raise LookupError if it names an unknown node."""
        check_plan([At(0, fault)], self._engine.hosts)
        inject(self._engine, fault)
        self._engine.show()

    def submit(
        self,
        client: str,
        ops: Iterable[tuple[object, ...]],
        start_ms: float | None = None,
        think_ms: float = 0.0,
    ) -> Self:
        """Queue operations (f, key, value) at ``client``; key and value are optional.

        The first begins at ``start_ms`` (default: now), each later one ``think_ms`` after the end of the previous
        one.
        """
        host = self._engine.client(client)
        now_us = self._engine.time.us
        at = now_us if start_ms is None else max(now_us, as_us(start_ms, "start_ms"))
        submit(self._engine, host, as_operations(ops), at, as_us(think_ms, "think_ms"))
        return self

    def number_operations_from(self, number: int, client: str | None = None) -> Self:
        """Number the next operations from ``number`` on: that of the first client, or of ``client`` alone.

        Of k clients each takes every k-th number, so that it does not depend on what the others do.
        """
        if not isinstance(number, Integral) or number < 0:
            raise ValueError(f"number={number!r}: the number of an operation is whole, 0 or more")
        if client is None:
            number_from(self._engine, int(number))
        else:
            self._engine.client(client).next_operation = int(number)
        return self

    def heal_majority(self) -> tuple[str, ...]:
        """Recover all clients and a majority of the servers. Return the servers' names.

        Servers that are up are chosen first. Links among the chosen nodes are healed and lose nothing. All other
        faults remain.
        """
        servers = sorted(
            (name for name, host in self._engine.hosts.items() if not host.client),
            key=self._by_health,
        )
        chosen = servers[: len(servers) // 2 + 1]
        clients = [name for name, host in self._engine.hosts.items() if host.client]
        self.apply(Recover(*chosen, *clients))
        return tuple(sorted(chosen))

    def _by_health(self, name: str) -> tuple[bool, str]:
        return (not self._engine.hosts[name].ready, name)

    def expect(
        self,
        happened: Callable[[Self], bool] | Property,
        within_ms: float,
        max_events: int = MAX_EVENTS,
    ) -> Progress:
        """Run until ``happened(world)`` is true, or the property holds non-vacuously, for at most ``within_ms``.

        This is liveness within a bound. Use it after `heal_majority`: a protocol promises progress only once the
        network behaves. Raises RuntimeError as `run` does.
        """
        if not isinstance(happened, Property) and not callable(happened):
            raise TypeError(
                f"happened={happened!r}: a function of the world is required, such as "
                "lambda world: world.alive('a')"
            )
        check_count(max_events, "max_events")
        return run_until(
            self._engine,
            partial(self._has_happened, happened),
            as_us(within_ms, "within_ms"),
            max_events,
        )

    def _has_happened(self, happened: Callable[[Self], bool] | Property) -> bool:
        if isinstance(happened, Property):
            verdict = happened.judge(self.view())
            return verdict.ok is True and not verdict.vacuous
        answer = happened(self)
        if isawaitable(answer):
            raise TypeError(f"happened={happened!r}: it must not be an async function")
        return answer

    def clone(self) -> Self:
        """Return an independent copy that shares no mutable data."""
        return self.of(self._engine.clone())

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """Return the world of this engine, which may be in the middle of a run."""
        world = cls.__new__(cls)
        world._engine = engine
        return world
