"""A replica of a shipped log, judged by its effects: its disk, what it confirms, and the reads that it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.core.wording import count
from dscourse.node import Effect, Node, Reply, Send, Write, take_effects
from dscourse.protocols.log_shipping import Have, Lacking, Ship
from dscourse.protocols.replica_clients import Answer, Get
from dscourse.protocols.textbook.primary_replica import Logged
from dscourse.replication.binary_log import Position
from dscourse.sim import World

__all__ = ["step_mistake", "trace_mistake"]

_ENTRIES = tuple(
    Logged(n, key, value)
    for n, (key, value) in enumerate((("x", 5), ("y", None), ("x", 7), ("z", "a"), ("x", 5)), 1)
)
_MOST_EFFECTS = 4  # of one message, at which a crash is tried
_BEYOND = 3  # the last number that a script ships


def _ship(after: int, last: int) -> Ship:
    return Ship(after, _ENTRIES[after:last])


_SHIPS = tuple(
    _ship(after, last) for after in range(_BEYOND) for last in range(after + 1, _BEYOND + 1)
)


def step_mistake(start: Callable[[], Node]) -> str | None:
    """Return the first mistake of a new replica in any sequence of three messages, with a crash at any point."""
    for script in product(_SHIPS, repeat=3):
        for crash in (None, 0, 1):
            for kept in range(_MOST_EFFECTS if crash is not None else 1):
                wrong = _Replica(start).follow(script, crash, kept)
                if wrong is not None:
                    return wrong
    return _reading_mistake(start)


class _Replica:
    """The node r, its disk, and the number at which its log should end."""

    def __init__(self, start: Callable[[], Node]) -> None:
        self.start = start
        self.disk: list[object] = []
        self.story: list[str] = []
        self.node = self._started()

    def _started(self) -> Node:
        node = self.start()
        node.on_start(tuple(self.disk))
        take_effects(node)
        return node

    @property
    def lsn(self) -> int:
        return len(self.disk)

    def follow(self, script: Sequence[Ship], crash: int | None, kept: int) -> str | None:
        """Deliver these messages; at the one with the index ``crash`` only the first ``kept`` effects happen."""
        for index, ship in enumerate(script):
            wrong = self.ship(ship, kept if index == crash else None)
            if wrong is None and index == len(script) - 1:
                wrong = self.read()
            if wrong is not None:
                return f"{'; '.join(self.story)}: {wrong}."
        return None

    def ship(self, ship: Ship, kept: int | None = None) -> str | None:
        """Deliver a message, and return the mistake in what follows, or None."""
        before = self.lsn
        handle_message(self.node, "p", ship)
        effects = take_effects(self.node)
        numbers = ", ".join(str(entry.lsn) for entry in ship.entries)
        self.story.append(f"Ship(after={ship.after}) with entry {numbers}")
        wrong = self._disk_mistake(effects if kept is None else effects[:kept])
        if kept is not None:
            self.story.append(f"crash after {count(kept, 'effect')}, restart")
            self.node = self._started()
            return wrong
        return wrong or self._answer_mistake(ship, effects, before)

    def _disk_mistake(self, effects: Sequence[Effect]) -> str | None:
        for effect in effects:
            if isinstance(effect, Write):
                wanted = _ENTRIES[self.lsn] if self.lsn < len(_ENTRIES) else None
                self.disk.append(effect.record)
                if effect.record != wanted:
                    why = _kind(effect.record, self.lsn)
                    return f"{effect.record!r} is written where entry {self.lsn} should be: {why}"
            elif isinstance(effect, Send) and _claim(effect.message) > self.lsn:
                return f"{effect.message!r} is sent, and the disk holds {self.lsn} entries by then"
        return None

    def _answer_mistake(self, ship: Ship, effects: Sequence[Effect], before: int) -> str | None:
        sent = [effect for effect in effects if isinstance(effect, Send)]
        if len(sent) != 1 or sent[0].to != "p":
            return f"{len(sent)} messages are sent; each Ship gets one answer, to its sender"
        message = sent[0].message
        if ship.after > before:
            wanted: Have | Lacking = Lacking(before)
            why = f"it lacks entry {ship.after}"
        else:
            wanted = Have(max(before, ship.after + len(ship.entries)))
            why = f"it holds entry {ship.after}" if ship.after else "nothing comes before entry 1"
        if (
            isinstance(wanted, Have)
            and isinstance(message, Have)
            and message.lsn >= ship.after + len(ship.entries)
        ):
            return (
                None
                if self.lsn >= wanted.lsn
                else f"it holds entry {ship.after}, and has not taken what follows"
            )
        return None if message == wanted else f"{message!r} is sent, and {wanted!r} is right: {why}"

    def read(self) -> str | None:
        """Read every key, and return the mistake in the answers, or None."""
        values = {entry.key: entry.value for entry in _ENTRIES[: self.lsn]}
        for op, key in enumerate(("x", "y", "none"), start=1):
            handle_message(self.node, "c", Get(op, key, Position(0, max(0, self.lsn - 1))))
            wrong = answer_mistake(take_effects(self.node), "c", op, values.get(key), self.lsn)
            if wrong is not None:
                return f"then {key} is read: {wrong}"
        return None


def _claim(message: object) -> int:
    """Return the number up to which this message says that entries are on disk; 0 if it says nothing."""
    return message.lsn if isinstance(message, Have) else 0


def _kind(record: object, number: int) -> str:
    lsn = getattr(record, "lsn", None)
    if lsn is None:
        return "the disk holds the entries, and nothing else"
    return "there is a gap before it" if lsn > number else "it is on disk already"


def answer_mistake(
    effects: Sequence[Effect], client: str, op: int, value: Any, lsn: int
) -> str | None:
    """Return the mistake in these effects, which should be one answer of this value at this number, or None."""
    answers = list(_answers(effects))
    if not answers:
        return "it is not answered"
    wanted = (client, op, Answer(value, Position(0, lsn)))
    if answers == [wanted]:
        return None
    given = "; ".join(
        f"{result!r} for operation {number}, to {to}" for to, number, result in answers
    )
    return f"the answer is {given}, and {wanted[2]!r} for operation {op}, to {client}, is right"


def _answers(effects: Sequence[Effect]) -> Iterator[tuple[str, int, object]]:
    for effect in effects:
        if isinstance(effect, Send) and isinstance(effect.message, Reply):
            yield effect.to, effect.message.op, effect.message.result


def _reading_mistake(start: Callable[[], Node]) -> str | None:
    """Judge reads of two clients that wait for positions of their own."""
    one = _Replica(start)
    waits = {(client, op): (key, after) for client, op, key, after in (
        ("c", 11, "x", 2), ("d", 12, "x", 1), ("c", 13, "y", 3), ("d", 14, "x", 2),
    )}  # fmt: skip
    for (client, op), (key, after) in waits.items():
        handle_message(one.node, client, Get(op, key, Position(0, after)))
        if list(_answers(take_effects(one.node))):
            return f"A read that waits for entry {after} is answered by an empty log: its client misses its write."
    for number in range(1, len(_ENTRIES) + 1):
        handle_message(one.node, "p", _ship(number - 1, number))
        values = {entry.key: entry.value for entry in _ENTRIES[:number]}
        found = sorted(
            (to, op, repr(result)) for to, op, result in _answers(take_effects(one.node))
        )
        right = sorted(
            (client, op, repr(Answer(values.get(key), Position(0, number))))
            for (client, op), (key, after) in waits.items() if after == number
        )  # fmt: skip
        if found != right:
            return (
                f"Reads wait for the entries {sorted(after for _, after in waits.values())}; entry {number} arrives. "
                f"Answered are {_listed(found)}; it should be {_listed(right)}."
            )
    return None


def _listed(answers: Sequence[tuple[str, int, str]]) -> str:
    return (
        ", ".join(f"operation {op} of {client} with {result}" for client, op, result in answers)
        or "none"
    )


def trace_mistake(world: World, primary: str, names: Sequence[str]) -> str | None:
    """Return the first breach of the rules by these replicas in the whole run, or None."""
    logged = [record for record in world.log(primary) if isinstance(record, Logged)]
    stored = dict.fromkeys(names, 0)
    answers = dict.fromkeys(names, 0)  # to the messages with entries
    for event in world.trace:
        name = event.node
        if name is None or name not in stored:
            continue
        when = f"At {event.time_ms:,.0f} ms {name}"
        if event.kind == "write":
            stored[name] += 1
            if stored[name] > len(logged) or event.what != logged[stored[name] - 1]:
                return f"{when} writes {event.what!r} as entry {stored[name]}; its log must be the primary's."
        elif event.kind == "deliver" and isinstance(event.what, Ship):
            answers[name] += 1
        elif event.kind == "send" and isinstance(event.what, Have | Lacking):
            answers[name] -= 1
            if event.what.lsn > stored[name]:
                return (
                    f"{when} sends {event.what!r}, and only {stored[name]} entries are on its disk."
                )
            if answers[name] < 0:
                return f"{when} sends more answers than it has got messages: each Ship gets one."
    return None
