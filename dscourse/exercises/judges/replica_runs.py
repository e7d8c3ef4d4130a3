"""A replica of a shipped log as an answer, in long runs: many entries, equal operation numbers, crashes, timers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.wording import count
from dscourse.node import Effect, Node, Reply, Send, SetTimer, Timer, Write, take_effects
from dscourse.protocols.log_shipping import Have, Lacking, Ship
from dscourse.protocols.replica_clients import Answer, Get
from dscourse.protocols.textbook.primary_replica import Logged
from dscourse.replication.binary_log import Position

__all__ = ["long_run_mistake"]

_RUNS, _STEPS, _ENTRIES = 25, 60, 90
_MIXES = ((6, 5, 1, 2), (2, 9, 0.2, 1), (9, 2, 1, 1))  # of messages, reads, crashes and timers
_PRIMARIES = ("p", "boss", "n10")
_CLIENTS = ("ann", "bob", "p2", "zoe")
_VALUES = (0, "", False, None, 7, "text", (1, 2))
MakeReplica = Callable[[str, list[str]], Node]


def long_run_mistake(make: MakeReplica) -> str | None:
    """Return the first mistake of a replica in runs of random messages, reads, crashes and timers, or None."""
    for seed in range(_RUNS):
        run = _Run(make, Random(seed))
        for _ in range(_STEPS):
            wrong = run.step()
            if wrong is not None:
                return f"{run.story}: {wrong}."
    return None


class _Run:
    """The replica r, its disk, its pending timers, and the reads that wait."""

    def __init__(self, make: MakeReplica, random: Random) -> None:
        self.make, self.random = make, random
        self.primary = random.choice(_PRIMARIES)
        self.mix = random.choice(_MIXES)
        keys = [f"k{number}" for number in range(random.choice((1, 3, 12)))]
        self.entries = [
            Logged(lsn, random.choice(keys), random.choice(_VALUES))
            for lsn in range(1, _ENTRIES + 1)
        ]
        self.keys = [*keys, "none"]
        self.disk: list[object] = []
        self.waiting: dict[tuple[str, int], Get] = {}
        self.ops = dict.fromkeys(_CLIENTS, 0)
        self.restarts = 0
        self.story = ""
        self._start()

    def _start(self) -> None:
        self.node = self.make("r", [self.primary])
        self.node.on_start(tuple(self.disk))
        self.timers: list[Timer] = []
        self.waiting.clear()
        self._note_timers(take_effects(self.node))

    def _note_timers(self, effects: list[Effect]) -> None:
        self.timers += [effect.timer for effect in effects if isinstance(effect, SetTimer)]

    def step(self) -> str | None:
        """Take a random step, and return the mistake that follows from it, or None."""
        kind = self.random.choices(("ship", "read", "crash", "timer"), self.mix)[0]
        self.story = f"After {count(len(self.disk), 'entry')} and {count(self.restarts, 'restart')}"
        if kind == "ship":
            return self._ship(self.random.random() < 0.1)
        if kind == "read":
            return self._read()
        if kind == "crash":
            self.restarts += 1
            self._start()
        elif self.timers:
            handle_timer(self.node, self.timers.pop(0))
            effects = take_effects(self.node)
            self._note_timers(effects)
            return self._answer_mistake(effects, len(self.disk))
        return None

    def _ship(self, crash: bool) -> str | None:
        end = len(self.disk)
        after = max(0, end + self.random.choice((0, 0, 0, -1, -3, -20, 1, 4)))
        last = min(_ENTRIES, after + self.random.choice((0, 1, 1, 2, 5, 20)))
        ship = Ship(after, tuple(self.entries[after:last]))
        self.story += f", Ship(after={after}) with {count(len(ship.entries), 'entry')}"
        handle_message(self.node, self.primary, ship)
        effects = take_effects(self.node)
        self._note_timers(effects)
        if crash:
            effects = effects[: self.random.randint(0, 3)]
        wrong = self._disk_mistake(effects)
        if crash or wrong is not None:
            self.restarts += 1
            self._start()
            return wrong
        holds = after <= end
        wanted = Have(max(end, last)) if holds else Lacking(end)
        if holds and len(self.disk) > wanted.lsn:
            wanted = Have(len(self.disk))  # with entries that had come too early
        sent = [effect for effect in effects if isinstance(effect, Send)]
        claims = [effect for effect in sent if isinstance(effect.message, Have | Lacking)]
        if claims != [Send(self.primary, wanted)]:
            given = ", ".join(f"{one.message!r} to {one.to}" for one in claims) or "nothing"
            return f"{given} is sent, and {wanted!r} to {self.primary} is right: one answer for each Ship"
        return self._answer_mistake(effects, len(self.disk))

    def _disk_mistake(self, effects: list[Effect]) -> str | None:
        for effect in effects:
            if isinstance(effect, Write):
                self.disk.append(effect.record)
                if self.disk != self.entries[: len(self.disk)]:
                    return f"{effect.record!r} is written as record {len(self.disk)}: not the log's next entry"
            elif _claim(effect) > len(self.disk):
                return f"Have({_claim(effect)}) is sent, and the disk holds {len(self.disk)} entries by then"
        return None

    def _read(self) -> str | None:
        client = self.random.choice(_CLIENTS)
        self.ops[client] += 1
        after = max(0, len(self.disk) + self.random.choice((-5, 0, 1, 2, 9, 30)))
        get = Get(self.ops[client], self.random.choice(self.keys), Position(0, after))
        self.story += f", read {get.op} of {client} (key {get.key}, not before {after})"
        self.waiting[client, get.op] = get
        handle_message(self.node, client, get)
        effects = take_effects(self.node)
        self._note_timers(effects)
        return self._answer_mistake(effects, len(self.disk))

    def _answer_mistake(self, effects: list[Effect], end: int) -> str | None:
        """Return the mistake in the answers to the reads that have waited for the entries up to ``end``, or None."""
        values: dict[Any, Any] = {entry.key: entry.value for entry in self.entries[:end]}
        right = {
            (client, op): repr(Answer(values.get(get.key), Position(0, end)))
            for (client, op), get in self.waiting.items() if get.after.lsn <= end
        }  # fmt: skip
        given = {
            (effect.to, effect.message.op): repr(effect.message.result)
            for effect in effects
            if isinstance(effect, Send) and isinstance(effect.message, Reply)
        }
        for client, op in right:
            del self.waiting[client, op]
        for client, op in [*right, *given]:
            if right.get((client, op)) != given.get((client, op)):
                return (
                    f"read {op} of {client} gets {given.get((client, op), 'no answer')}, and "
                    f"{right.get((client, op), 'no answer yet')} is right"
                )
        return None


def _claim(effect: Effect) -> int:
    """Return the number up to which this effect says that entries are on disk; 0 if it says nothing."""
    if isinstance(effect, Send) and isinstance(effect.message, Have):
        return effect.message.lsn
    return 0
