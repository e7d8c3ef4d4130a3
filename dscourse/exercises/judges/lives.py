"""Short random lives of a replicated store that sends updates: writes, late and repeated messages, crashes.

In the end every message has arrived, at least once. Then all replicas must hold the same: for each key a write
that no writer of another one had received.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.names import AWKWARD
from dscourse.node import Node, Reply, Send, Write, take_effects
from dscourse.protocols.stores import Request
from dscourse.protocols.textbook.eventual_store import Update

__all__ = ["PLAIN", "VALUES", "life_mistake", "shown"]

PLAIN = ("bean", "boon", "born", "burn")  # of one length, with the same ends
VALUES: tuple[tuple[Any, ...], ...] = (
    PLAIN,
    (-1, -2, 2**61 - 1, 0),  # two and two have the same hash
    ("milk", "eggs, milk", "bread", "milk, tea"),
    ("milk", "Milk", "milk ", "mlik"),
    (1.25, -1.25, 1.75, 1.2500001),
    (2**60, 2**60 + 1, 0, -(2**60)),  # the first two are the same as floats
    ("m" * 80 + "a", "m" * 80 + "b", "", "m"),
)
"""Values of the writes to one key, which a careless tie-break takes for the same."""

_KEYS = (("cart", ""), ("cart", "wishes"), (0, "cart"))
_MOST_MESSAGES = 2_000
_LIVES = 300


def life_mistake(store: type[Node]) -> str | None:
    """Return the first mistake in 300 lives, the shortest ones first; None if there is none."""
    for seed in range(_LIVES):
        wrong = _Life(store, seed).mistake()
        if wrong is not None:
            return wrong
    return None


def shown(value: Any) -> str:
    """Return a value as a sentence shows it: a text in quotes, unless it is a word.

    >>> shown("milk"), shown(""), shown(-2), shown("m" * 80 + "a")
    ('milk', "''", '-2', "'mmmmmmmm…mmma'")
    """
    if not isinstance(value, str):
        return str(value)
    if len(value) > 20:
        value = f"{value[:8]}…{value[-4:]}"
    return value if value.isalpha() and value != "None" else repr(value)


class _Life:
    """A cluster with its messages in flight, and the values of each key that each replica has received."""

    def __init__(self, store: type[Node], seed: int) -> None:
        self.draws = Random(seed)
        self.steps = 3 + seed // 15
        number = 2 + seed % 3
        names = ("n1", "n2", "n3", "n4") if seed < 120 else self.draws.sample(AWKWARD, number)
        self.names = tuple(names[:number])
        self.keys = _KEYS[seed % len(_KEYS)] if seed >= 120 else ("cart",)
        values = PLAIN if seed < 120 else VALUES[seed % len(VALUES)]
        self.values = {key: self.draws.sample(values, len(values)) for key in self.keys}
        self.logs: dict[str, list[object]] = {name: [] for name in self.names}
        self.nodes: dict[str, Node] = {}
        self.in_flight: list[tuple[str, str, Any]] = []
        self.heard = {(name, key): set[Any]() for name in self.names for key in self.keys}
        self.before: dict[tuple[Any, Any], set[Any]] = {}  # what the writer of a value had received
        self.story: dict[Any, list[str]] = {key: [] for key in self.keys}
        self.hint = ""
        for name in self.names:
            node = store(name, [other for other in self.names if other != name])
            node.on_start([])
            self.nodes[name] = node
            self._carry_out(name)

    def mistake(self) -> str | None:
        for _ in range(self.steps):
            choice = self.draws.random()
            if choice < 0.45:
                self._write(self.draws.choice(self.names))
            elif choice < 0.9:
                self._deliver(repeated=self.draws.random() < 0.2)
            else:
                wrong = self._restart(self.draws.choice(self.names))
                if wrong is not None:
                    return wrong
        for _ in range(_MOST_MESSAGES):
            if not self.in_flight:
                return next(filter(None, map(self._end_mistake, self.keys)), None)
            self._deliver(repeated=False)
        return "The replicas send each other messages without end, long after the last write."

    def _carry_out(self, name: str) -> list[Reply]:
        replies = []
        for effect in take_effects(self.nodes[name]):
            if isinstance(effect, Write):
                self.logs[name].append(effect.record)
            elif isinstance(effect, Send) and effect.to in self.nodes:
                self.in_flight.append((name, effect.to, effect.message))
            elif isinstance(effect, Send) and isinstance(effect.message, Reply):
                replies.append(effect.message)
        return replies

    def _read(self, name: str, key: Any) -> Any:
        handle_message(self.nodes[name], "c1", Request(0, "read", key))
        answers = self._carry_out(name)
        return answers[0].result if answers else None

    def _write(self, name: str) -> None:
        key = self.draws.choice(self.keys)
        if not self.values[key]:
            return
        value = self.values[key].pop(0)
        value_before, heard = self._read(name, key), set(self.heard[name, key])
        first = len(self.in_flight)
        handle_message(self.nodes[name], "c1", Request(1, "write", key, value))
        self._carry_out(name)
        self.before[key, value] = heard
        self.heard[name, key] |= {value}
        update = next((m for _, _, m in self.in_flight[first:] if isinstance(m, Update)), None)
        clock = f" {update.clock}" if update else ""
        self.story[key].append(
            f"{name}{f', which holds {shown(value_before)},' if heard else ''} writes {shown(value)}{clock}"
        )
        old = self._clock_of(key, value_before) if heard else None
        if update is not None and old is not None and not old < update.clock:
            self.hint = (
                f" {name} had received {shown(value_before)} {old}, so the clock of its own write must be larger: "
                "join the clocks of the updates that arrive."
            )

    def _clock_of(self, key: Any, value: Any) -> Any:
        records = (record for log in self.logs.values() for record in log)
        return next(
            (
                one.clock
                for one in records
                if isinstance(one, Update) and (one.key, one.value) == (key, value)
            ),
            None,
        )

    def _deliver(self, repeated: bool) -> None:
        if not self.in_flight:
            return
        newest = len(self.in_flight) - 1
        index = newest if self.draws.random() < 0.3 else self.draws.randint(0, newest)
        sender, to, message = self.in_flight[index] if repeated else self.in_flight.pop(index)
        handle_message(self.nodes[to], sender, message)
        if isinstance(message, Update) and (message.key, message.value) in self.before:
            known = {message.value} | self.before[message.key, message.value]
            self.heard[to, message.key] |= known
        self._carry_out(to)

    def _restart(self, name: str) -> str | None:
        values = {key: self._read(name, key) for key in self.keys}
        self.nodes[name] = self.nodes[name].fresh()
        self.nodes[name].on_start(tuple(self.logs[name]))
        self._carry_out(name)
        for key in self.keys:
            after = self._read(name, key)
            if after != values[key]:
                return (
                    f"{self._so_far(key)}. {name} holds {shown(values[key])}, but after a crash {shown(after)}. "
                    "What it keeps must be in its log."
                )
            if values[key] is not None:
                self.heard[name, key] = {after} | self.before.get((key, after), set())
        return None

    def _end_mistake(self, key: Any) -> str | None:
        """Return the mistake in this key, now that every message has arrived."""
        found = {name: self._read(name, key) for name in self.names}
        values: Sequence[Any] = list(found.values())
        if any(value != values[0] for value in values):
            contents = ", ".join(f"{name} holds {shown(value)}" for name, value in found.items())
            return (
                f"{self._so_far(key)}. Every update has arrived, late or twice: {contents}. They differ for ever."
                f"{self.hint}"
            )
        for (about, new), older in self.before.items():
            if about == key and values[0] in older:
                kept = shown(values[0])
                return (
                    f"{self._so_far(key)}. The writer of {shown(new)} had received {kept}, so {shown(new)} is newer; "
                    f"in the end all hold {kept}.{self.hint}"
                )
        return None

    def _so_far(self, key: Any) -> str:
        return f"Key {shown(key)}: {'; '.join(self.story[key]) or 'no write'}"
