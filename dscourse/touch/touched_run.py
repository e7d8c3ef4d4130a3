"""A run and the gestures made on it: each changes the plan, and the world runs again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dscourse.core.properties import Property, Ruling
from dscourse.core.verdict import Verdict
from dscourse.show.words import short
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Delay,
    Event,
    Heal,
    Lose,
    Partition,
    Pause,
    Repeat,
    Restart,
    Resume,
    SetClock,
    StateRecorder,
    Submit,
    World,
    observing,
)
from dscourse.touch.names import MessageName, message_names, sending_of
from dscourse.touch.remarks import remark
from dscourse.touch.shrinking import Shrinking, shrink
from dscourse.touch.touches import Touch, as_code, plan_of

__all__ = ["TouchedRun"]

Judge = Property | Callable[[World], Ruling]


class TouchedRun:
    """The run that ``build(plan)`` returns, and the gestures that make up the plan.

    ``build`` must be deterministic. ``judge`` is a `Property` of the final state, or a function of the world that
    returns a bool, None or a `Verdict`. A gesture that makes ``build`` or ``judge`` fail is kept and reported in
    ``error``; ``world`` and ``verdict`` are then those of the last run that succeeded. Every gesture raises
    ValueError, in words, for what the network cannot do; LookupError for a message or node that is not in the run.

    >>> from dscourse.protocols.textbook.replicated_counter import Counter
    >>> from dscourse.node import cluster
    >>> def build(plan):
    ...     world = World(cluster(Counter, ["a", "b"]), plan=plan)
    ...     return world.submit("a", [("add", None, 1)]).run()
    >>> run = TouchedRun(build)
    >>> [message] = run.messages
    >>> run.lose(message)
    >>> run.plan, str(run.touches[0])
    ([At(0, Lose('a', 'b', 'Add', 1))], "lose a's 1st Add to b")
    """

    def __init__(self, build: Callable[[list[At]], World], judge: Judge | None = None) -> None:
        if not callable(build):
            raise TypeError(
                f"build={build!r}: a function of a fault plan that returns a world is required"
            )
        self.build, self.judge = build, _of_world(judge)
        self._of_view = isinstance(judge, Property)
        self.error: str | None = None
        self.shrinking: Shrinking | None = None
        self.touches: tuple[Touch, ...] = ()
        self._undone: list[tuple[Touch, ...]] = []
        self._done: list[tuple[Touch, ...]] = []
        self.world = self._built([])
        self.verdict = self._ruling(self.world)

    # --- looking ---------------------------------------------------------------------------------

    @property
    def plan(self) -> list[At]:
        """The plan of all gestures that are switched on."""
        return plan_of(self.touches)

    @property
    def claim(self) -> Property | None:
        """The judge, if it is a `Property` of a state and can judge every moment; else None."""
        return self.judge if self._of_view else None

    @property
    def code(self) -> str:
        """Python code that makes the same run; it needs ``build``."""
        name = getattr(self.build, "__name__", "")
        return as_code(self.plan, name if name.isidentifier() else "build")

    @property
    def can_undo(self) -> bool:
        """Return True if there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Return True if there is a change to make again."""
        return bool(self._undone)

    @property
    def count(self) -> int:
        """The number of gestures that are switched on."""
        return sum(touch.on for touch in self.touches)

    @property
    def is_refuted(self) -> bool:
        """Return True if the present run ends in a verdict of no."""
        return not self.error and self.verdict is not None and self.verdict.ok is False

    @property
    def messages(self) -> dict[int, MessageName]:
        """The names of the messages sent in the run, by id."""
        return message_names(self.world.trace)

    def remark(self, touch: Touch) -> str:
        """Return in words why a gesture does not do in the present run what it says; "" if it does."""
        return remark(touch, self.world)

    # --- gestures on messages ----------------------------------------------------------------------

    def lose(self, message: int) -> None:
        """Lose the message with this id."""
        name, sent = self._sent(message)
        self._add(f"lose {name}", [At(0, Lose(*_fields(name)))], sent)

    def repeat(self, message: int, arrives_ms: float) -> None:
        """Let a copy of the message arrive at ``arrives_ms``."""
        name, sent = self._sent(message)
        latency = _latency(sent, arrives_ms)
        entry = At(0, Repeat(*_fields(name), latency_ms=latency))
        self._add(f"a copy of {name} arrives at {arrives_ms:g} ms", [entry], sent)

    def move(self, message: int, arrives_ms: float) -> None:
        """Let the message arrive at ``arrives_ms``; a message moved twice arrives where it was moved last."""
        name, sent = self._sent(message)
        latency = _latency(sent, arrives_ms)
        entry = At(0, Delay(*_fields(name), latency_ms=latency))
        others = [touch for touch in self.touches if not _delays(touch, name)]
        touch = Touch(f"{name} arrives at {arrives_ms:g} ms", (entry,), label=short(sent.what))
        self._set((*others, touch))

    # --- gestures on nodes and links ---------------------------------------------------------------

    def crash(self, node: str, ms: float) -> None:
        """Crash the node at ``ms``."""
        self._add(f"crash {node} at {ms:g} ms", [At(ms, Crash(node))])

    def crash_during(self, event: Event, after: int) -> None:
        """Crash the node of ``event`` in the handler of that event, after its first ``after`` effects."""
        if event.node is None:
            raise ValueError(f"{event}: no node handles this event")
        text = f"crash {event.node} in its handler at {event.time_ms:g} ms, after effect {after}"
        self._add(text, [At(event.time_ms, CrashDuring(event.node, after))])

    def restart(self, node: str, ms: float) -> None:
        """Restart the node at ``ms``."""
        self._add(f"restart {node} at {ms:g} ms", [At(ms, Restart(node))])

    def pause(self, node: str, start_ms: float, end_ms: float) -> None:
        """Pause the node from ``start_ms`` to ``end_ms``."""
        _check_stretch(start_ms, end_ms)
        entries = [At(start_ms, Pause(node)), At(end_ms, Resume(node))]
        self._add(f"pause {node} from {start_ms:g} to {end_ms:g} ms", entries)

    def skew(self, node: str, ms: float, skew_ms: float, drift_ppm: float = 0.0) -> None:
        """Set the node's clock wrong from ``ms`` on."""
        text = f"clock of {node} {skew_ms:+g} ms from {ms:g} ms on"
        self._add(text, [At(ms, SetClock(node, skew_ms, drift_ppm))])

    def cut(self, source: str, to: str, start_ms: float, end_ms: float, both: bool = True) -> None:
        """Cut the link between two nodes, or only its direction ``source`` → ``to``."""
        _check_stretch(start_ms, end_ms)
        ends = [(source, to), (to, source)] if both else [(source, to)]
        entries = [At(start_ms, Cut(*pair)) for pair in ends]
        entries += [At(end_ms, Heal(*pair)) for pair in ends]
        sign = "–" if both else "→"
        self._add(f"cut {source} {sign} {to} from {start_ms:g} to {end_ms:g} ms", entries)

    def isolate(self, node: str, start_ms: float, end_ms: float) -> None:
        """Separate the node from all others from ``start_ms`` to ``end_ms``."""
        others = [name for name in self.world.nodes if name != node]
        self.partition([[node], others], start_ms, end_ms)

    def partition(self, groups: Iterable[Iterable[str]], start_ms: float, end_ms: float) -> None:
        """Separate the groups of nodes from ``start_ms`` to ``end_ms``."""
        _check_stretch(start_ms, end_ms)
        fault = Partition(*groups)
        ends = [(a, b) for one in fault.groups for a in sorted(one) for b in fault.names()]
        heals = [Heal(a, b) for a, b in ends if not any({a, b} <= group for group in fault.groups)]
        sides = " | ".join(", ".join(sorted(group)) for group in fault.groups)
        text = f"partition {sides} from {start_ms:g} to {end_ms:g} ms"
        self._add(text, [At(start_ms, fault), *(At(end_ms, heal) for heal in heals)])

    def invoke(
        self, client: str, ms: float, f: str, key: object = None, value: object = None
    ) -> None:
        """Let the client begin one more operation at ``ms``, or once its earlier ones have ended."""
        submit = Submit(client, f, key, value)
        self._add(f"{client} invokes {f} at {ms:g} ms", [At(ms, submit)])

    # --- the list of gestures ------------------------------------------------------------------------

    def switch(self, index: int, on: bool) -> None:
        """Switch a gesture on or off, by its position in ``touches``."""
        if not 0 <= index < len(self.touches):
            raise LookupError(f"no gesture {index}: there are {len(self.touches)}")
        changed = replace(self.touches[index], on=on)
        self._set((*self.touches[:index], changed, *self.touches[index + 1 :]))

    def undo(self) -> bool:
        """Take back the last change of the list. Return False if there is none."""
        return self._step(self._done, self._undone)

    def redo(self) -> bool:
        """Make the last change that was taken back again. Return False if there is none."""
        return self._step(self._undone, self._done)

    def reset(self) -> None:
        """Remove all gestures; `undo` brings them back."""
        if self.touches:
            self._set(())

    def shrink(self) -> int:
        """Keep the gestures that the verdict of no needs, as `shrinking.shrink` does. Return the number of changes.

        ``shrinking`` then holds the steps and the claim. ValueError if the verdict is not no.
        """
        if not self.is_refuted:
            raise ValueError("only a run that the verdict refutes can be shrunk")
        self.shrinking = shrink(self.touches, self._refuted)
        if self.shrinking.changed:
            self._set(self.shrinking.touches)
        return len(self.shrinking.changed)

    def _refuted(self, touches: tuple[Touch, ...]) -> bool:
        """Return True if the run of these gestures ends in a verdict of no."""
        try:
            verdict = self._ruling(self._built(plan_of(touches)))
        except Exception:  # another failure than the one that is being shrunk
            return False
        return verdict is not None and verdict.ok is False

    # --- running again -------------------------------------------------------------------------------

    def _add(self, text: str, entries: list[At], sent: Event | None = None) -> None:
        label = "" if sent is None else short(sent.what)
        self._set((*self.touches, Touch(text, tuple(entries), label=label)))

    def _set(self, touches: tuple[Touch, ...]) -> None:
        self._done.append(self.touches)
        self._undone.clear()
        self.touches = touches
        self._run()

    def _step(self, source: list[tuple[Touch, ...]], to: list[tuple[Touch, ...]]) -> bool:
        if not source:
            return False
        to.append(self.touches)
        self.touches = source.pop()
        self._run()
        return True

    def _run(self) -> None:
        """Run the world again; keep the last good run if that fails."""
        try:
            world = self._built(self.plan)
            verdict = self._ruling(world)
        except Exception as error:  # a learner's protocol or judge may raise anything
            text = str(error).strip()
            self.error = text.splitlines()[0] if text else type(error).__name__
        else:
            self.world, self.verdict, self.error = world, verdict, None

    def _built(self, plan: list[At]) -> World:
        with observing(StateRecorder):
            world = self.build(plan)
        if not isinstance(world, World):
            raise TypeError(f"build returned {world!r}: it must return a World")
        return world

    def _ruling(self, world: World) -> Verdict | None:
        if self.judge is None:
            return None
        return self.judge.judge(world.view() if self._of_view else world)

    def _sent(self, message: int) -> tuple[MessageName, Event]:
        """Return the name and the sending of a message. Raise LookupError if the run has no such message."""
        name = self.messages.get(message)
        sent = None if name is None else sending_of(self.world.trace, name)
        if name is None or sent is None:
            raise LookupError(f"no message of this run has the id {message!r}")
        return name, sent


def _of_world(judge: Judge | None) -> Property | None:
    """Return the judge as a property. Raise TypeError unless it is one, or a function of a world."""
    if judge is None or isinstance(judge, Property):
        return judge
    if not callable(judge):
        raise TypeError(f"judge={judge!r}: a Property or a function of a world is required")
    return Property(getattr(judge, "__name__", "judge").strip("<>").replace("_", " "), judge)


def _fields(name: MessageName) -> tuple[str, str, str, int]:
    return name.source, name.to, name.message, name.nth


def _latency(sent: Event, arrives_ms: float) -> float:
    """Return the time on the way of a message that arrives at ``arrives_ms``, in whole µs."""
    if not arrives_ms >= sent.time_ms:
        raise ValueError(
            f"a message cannot arrive at {arrives_ms:g} ms: it is sent at {sent.time_ms:g} ms"
        )
    return round(arrives_ms * 1000 - sent.time_ms * 1000) / 1000


def _delays(touch: Touch, name: MessageName) -> bool:
    """Return True if the gesture moves this message."""
    faults = [entry.fault for entry in touch.entries]
    return any(
        isinstance(fault, Delay)
        and (fault.source, fault.to, fault.message, fault.nth) == _fields(name)
        for fault in faults
    )


def _check_stretch(start_ms: float, end_ms: float) -> None:
    if not start_ms < end_ms:
        raise ValueError(f"from {start_ms:g} to {end_ms:g} ms: the start must be before the end")
