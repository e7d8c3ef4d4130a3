"""Replay: the same classes, driven again through what the nodes of a real run received.

A node is deterministic: what it asks for follows from what it has received. A replay that finds another effect has
found a node that is not (it reads a clock, draws a random number, or depends on the order of a set), or a class that
was changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import Client, Clock, Node, Time, context_of
from dscourse.run.arguments import check_recording
from dscourse.run.codec import Codec, EncodingError
from dscourse.run.frames import EFFECTS, INPUTS
from dscourse.run.recording import Recording

__all__ = ["Driver", "Replay", "given_nodes", "replay"]

Effect = tuple[Any, ...]


@dataclass(frozen=True)
class Replay:
    """The result: True if all nodes asked for the recorded effects; else ``difference`` says what came first.

    ``nodes`` are the nodes as they were at the end, each up to its own first difference. ``handlers`` is how many
    calls of handlers were compared.
    """

    difference: str
    handlers: int
    nodes: Mapping[str, Node] = field(repr=False)

    def __bool__(self) -> bool:
        return not self.difference

    def __str__(self) -> str:
        return self.difference or f"the same effects in all {self.handlers:,} calls of handlers"


def replay(recording: Recording, nodes: Iterable[Node] | None = None) -> Replay:
    """Drive ``nodes``, or the recording's own, through the recording, and compare what they ask for.

    A loaded recording has no nodes: give them as they were before the run. ValueError if nodes are missing,
    TypeError for anything but a recording.
    """
    check_recording(recording)
    given = given_nodes(recording, nodes)
    drivers = [Driver(recording, given[name]) for name in recording.streams]
    found = [driver.drive() for driver in drivers]
    first = min((one for one in found if one is not None), default=(0, ""))
    return Replay(
        first[1],
        sum(driver.handlers for driver in drivers),
        {one.name: one.node for one in drivers},
    )


def given_nodes(recording: Recording, nodes: Iterable[Node] | None) -> Mapping[str, Node]:
    """Return these nodes, or the recording's own, by name. ValueError if nodes are missing."""
    given = (recording.nodes or {}) if nodes is None else {node.id: node for node in nodes}
    missing = [name for name in recording.streams if name not in given]
    if missing:
        raise ValueError(
            f"the nodes {', '.join(missing)} are missing: write Recording.load(path, nodes=…) with those that were "
            "run, as they were before"
        )
    return given


class Driver:
    """One node, driven through its own record; ``node`` is as it was after the events driven so far.

    ``left`` holds the effects that its last handler asked for and that were never carried out, after ``effects`` that
    were.
    """

    def __init__(self, recording: Recording, node: Node) -> None:
        self.name, self.node, self.codec = node.id, node.clone(), recording.codec
        self.client = isinstance(node, Client)
        self.time, self.handlers = Time(), 0
        self.log: list[bytes] = []
        self.left: list[Effect] = []
        self.effects = 0
        self._stream, self._position = recording.streams[self.name], 0
        self._set_clock(recording.clocks.get(self.name))

    def _set_clock(self, clock: list[float] | None) -> None:
        self.clock = Clock(*clock) if clock else None
        self._install()

    def _install(self) -> None:
        context = context_of(self.node)
        context.time, context.clock = self.time, self.clock

    def drive(self) -> tuple[int, str] | None:
        """Drive the node to the end of its record. Return the first difference with its time; None without one."""
        while self._position < len(self._stream):
            ns = self._stream[self._position][1]
            difference = self.advance()
            if difference:
                return ns, difference
        return None

    def advance(self) -> str:
        """Let the next input or crash happen, with all effects. Return the first difference in words, or ""."""
        stream = self._stream
        while self._position < len(stream):
            event, self._position = stream[self._position], self._position + 1
            kind = event[0]
            if kind == "clock":
                self._set_clock(event[3:5])
            elif kind == "crash":
                del self.log[max(0, len(self.log) - event[3]) :]
                self.left = []
                return ""
            elif kind in INPUTS:
                begin = end = self._position
                while end < len(stream) and (
                    stream[end][0] in EFFECTS or stream[end][0] == "error"
                ):
                    end += 1
                cut = end == len(stream) or stream[end][0] == "crash"
                self._position = end
                return self._compare(event, stream[begin:end], cut)
        return ""

    def _compare(self, event: list[Any], effects: list[list[Any]], cut: bool) -> str:
        """Call the handler of this input. Return the first difference from the recorded effects in words, or ""."""
        handler = self._handler(event)
        self.time.us = event[1] // 1000
        self.handlers += 1
        error = ""
        try:
            handler()
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        effects_asked = list(context_of(self.node).effects)
        asked = [_as_asked(effect, self.codec) for effect in effects_asked]
        context_of(self.node).effects.clear()
        self.left = []
        recorded = [_as_recorded(effect) for effect in effects if effect[0] != "error"]
        self.log += [effect[4] for effect in effects if effect[0] == "write"]
        failed = next((effect[3] for effect in effects if effect[0] == "error"), "")
        if failed or error:
            now, then = f"raises {error or 'nothing'}", f"raised {failed or 'nothing'}"
            return "" if failed == error else self._say(event, now, then)
        if cut and len(recorded) < len(asked):
            asked = asked[: len(recorded)]  # the process was killed before the others
            self.left, self.effects = effects_asked[len(recorded) :], len(recorded)
        return self._first_difference(event, asked, recorded)

    def _handler(self, event: list[Any]) -> Callable[[], None]:
        kind, _, _, *rest = event
        if kind == "deliver":
            return lambda: handle_message(self.node, rest[1], self.codec.decode(rest[2]))
        if kind == "timer":
            return lambda: handle_timer(self.node, self.codec.decode(rest[1]))
        if kind == "invoke":
            return lambda: self.node.on_invoke(self.codec.decode(rest[1]))  # type: ignore[attr-defined]
        if kind == "restart":
            self.node = self.node.fresh()
            self._install()
        self.log[rest[0] - len(rest[1]) :] = rest[1]
        log = tuple(map(self.codec.decode, self.log))
        return lambda: self.node.on_start(log)

    def _first_difference(
        self, event: list[Any], asked: list[Effect], recorded: list[Effect]
    ) -> str:
        for number in range(max(len(asked), len(recorded))):
            now = asked[number] if number < len(asked) else None
            then = recorded[number] if number < len(recorded) else None
            if now != then and (words := self._in_words(now)) != self._in_words(then):
                return self._say(event, f"asks for {words}", f"asked for {self._in_words(then)}")
        return ""

    def _say(self, event: list[Any], now: str, then: str) -> str:
        handled = (
            "its start" if event[0] in ("start", "restart") else repr(self.codec.decode(event[-1]))
        )
        when = f"{event[1] / 1e6:.3f} ms, {self.name} handles {handled}"
        return f"{when}: it {now}, and {then} in the run"

    def _in_words(self, effect: Effect | None) -> str:
        if effect is None:
            return "nothing more"
        parts = [
            repr(self.codec.decode(part)) if isinstance(part, bytes) else str(part)
            for part in effect[1:]
        ]
        return f"{effect[0].replace('_', ' ')} {' '.join(parts)}"


def _as_asked(effect: Effect, codec: Codec) -> Effect:
    """Return an effect as it is recorded."""
    kind, *rest = effect
    if kind == "send":
        return kind, rest[0], _encoded(rest[1], codec)
    if kind == "complete":
        return rest[1], rest[0], _encoded(rest[2], codec)
    return kind, _encoded(rest[0], codec), *rest[1:]


def _encoded(value: Any, codec: Codec) -> Any:
    """Return the value as it is recorded; the value itself, which was never recorded, if the run lacks its class."""
    try:
        return codec.encode(value)
    except EncodingError:
        return value


def _as_recorded(event: list[Any]) -> Effect:
    kind, _, _, *rest = event
    if kind == "send":
        return kind, rest[1], rest[2]
    if kind == "set_timer":
        return kind, rest[1], rest[2], rest[3]
    if kind in ("cancel_timer", "write"):
        return kind, rest[1]
    return kind, rest[0], rest[1]
