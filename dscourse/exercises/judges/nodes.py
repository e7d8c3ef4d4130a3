"""Programs that are judged by running them: scenes, and the refutation of one in words and as a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.exercises.judges.causes import unexplained
from dscourse.exercises.tasks import Wrong
from dscourse.history import Op
from dscourse.run import external
from dscourse.run.external import Result
from dscourse.run.external.services import SERVICES
from dscourse.run.external.wire import Spoken
from dscourse.run.external.workloads import Workload
from dscourse.show import Picture, spacetime
from dscourse.show.spacetime import Look
from dscourse.sim.events import Event

__all__ = [
    "SETTLE_S",
    "Scene",
    "client_node",
    "during",
    "killed_between",
    "mentions",
    "play",
    "refuted",
    "story",
    "wrong",
]

_FAULTS = ("crash", "restart", "pause", "resume", "fault")
_MESSAGES = ("send", "deliver", "drop", "duplicate")
_CALLS = ("invoke", "ok", "fail", "unknown")
_MOST_MESSAGES = 24
SETTLE_S = 4.0  # in which all has to be well after the faults; twice what the exercises say
_MANY = 12  # requests of one kind to one node, of which some have to succeed
_BUSY_MS = 20.0  # the 95th percentile of answers; on an idle machine it is about 2 ms
Command = Sequence[str]
Explain = Callable[[Result], tuple[str, Picture | None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A test of a program: its situation in words, and its settings for `external.test`."""

    words: str
    settings: Mapping[str, Any]


def play(workload: str | type[Workload], command: Command, scene: Scene) -> Result:
    """Run a scene; patience is generous, because the machine may be busy."""
    patient = {"nodes": 3, "rate": 100.0, "seconds": 1.0, "settle": SETTLE_S, "timeout_ms": 5_000.0}
    return external.test(workload, command, **{**patient, **scene.settings})


def refuted(
    workload: str | type[Workload],
    command: Command,
    scenes: Iterable[Scene],
    explain: Explain,
    further: Callable[[Result], str] = lambda result: "",
    eventual: bool = False,
) -> Wrong | None:
    """Run the scenes until one refutes the program; return why. A scene without a verdict is run once more.

    ``further`` returns a complaint about a run that the workload's judge finds right. If the workload promises
    something ``eventual``, a scene refuted on a busy machine is run once more, with three times the patience.
    """
    for scene in scenes:
        result = play(workload, command, scene)
        if result.verdict.ok is None:
            result = play(workload, command, scene)
        elif eventual and not result and _is_busy(result):
            result = play(
                workload, command, Scene(scene.words, {**scene.settings, "settle": 3 * SETTLE_S})
            )
        if not result:
            return wrong(result, scene, explain)
        if complaint := _forged(result) or _idle(result) or unexplained(result) or further(result):
            return Wrong(f"{scene.words}: {complaint}")
    return None


def _is_busy(result: Result) -> bool:
    """Return whether answers took long, as they do where processes wait for a core."""
    spread = result.latencies_ms
    return spread is not None and spread[1] > _BUSY_MS


def _forged(result: Result) -> str:
    """Return the complaint about a message that names another node as its source; "" if there is none."""
    found = next((remark for remark in result.remarks if '"src"' in remark), "")
    return f"{found}: a node writes its own name, which `init` tells it." if found else ""


def _idle(result: Result) -> str:
    """Return the complaint about a node that carries out no request of some kind; "" if there is none."""
    nodes = {name: client_node(result, name) for name in {op.process for op in result.requests}}
    asked: dict[tuple[str, str], list[bool]] = {}
    for op in result.requests:
        key = nodes[op.process], f"{op.f}{_change(op)}"
        asked.setdefault(key, []).append(op.status == "ok")
    for (node, kind), done in asked.items():
        if len(done) >= _MANY and not any(done):
            return (
                f"{node} carried out none of {len(done)} requests {kind}: every node serves its own clients, if it "
                "must by asking another one."
            )
    return ""


def _change(op: Op) -> str:
    """Say of a transaction whether it changes anything."""
    steps: Any = op.value if op.f == "txn" else ()
    return " with an append" if any(step[0] == "append" for step in steps) else ""


def wrong(result: Result, scene: Scene, explain: Explain) -> Wrong:
    """Return the refutation of a run: its situation, the verdict's reason, and the explanation."""
    reason = result.verdict.reason or "the run did not show enough to judge it"
    more, picture = "", None
    if result.verdict.ok is False and result.verdict.refuting:
        more, picture = explain(result)
    elif result.remarks:
        more = f"Besides, {result.remarks[0]}."
    text = f"{scene.words}: {reason}" + ("" if reason.endswith((".", "?")) else ".")
    return Wrong(f"{text} {more}".strip(), picture)


# --- the picture ---------------------------------------------------------------------------------


def client_node(result: Result, client: str | None) -> str:
    """Return the node that a client asks."""
    sends = (event.peer for event in result.trace.kinds("send") if event.node == client)
    return next(sends, None) or ""


def during(result: Result, ops: Iterable[int]) -> Callable[[Event], bool]:
    """Return a test whether an event is about a message to or from the client of one of these operations."""
    spans = [
        (op.process, op.invoked_ms, op.returned_ms or op.invoked_ms)
        for op in result.history if op.id in frozenset(ops)
    ]  # fmt: skip
    return lambda event: any(
        client in (event.node, event.peer) and start <= event.time_ms <= end
        for client, start, end in spans
    )


def killed_between(result: Result, ops: Sequence[Op]) -> str:
    """Say which node was killed between the first and the last of these operations; "" if none was."""
    first = min((op.returned_ms or 0.0 for op in ops), default=0.0)
    last = max((op.invoked_ms for op in ops), default=0.0)
    kills = (event.node for event in result.trace.kinds("crash") if first <= event.time_ms <= last)
    node = next(kills, None)
    return (
        f"Between them {node} was killed and started again: what it had in memory alone was gone."
        if node
        else ""
    )


def mentions(value: object) -> Callable[[Event], bool]:
    """Return a test whether an event is about a message whose body holds this value, at any depth."""

    def inside(part: Any) -> bool:
        if isinstance(part, dict):
            return any(inside(one) or key == str(value) for key, one in part.items())
        if isinstance(part, list):
            return any(map(inside, part))
        return type(part) is type(value) and part == value

    def test(event: Event) -> bool:
        if not isinstance(event.what, Spoken):
            return False
        skipped = ("type", "msg_id", "in_reply_to")
        return inside({k: v for k, v in event.what.body.items() if k not in skipped})

    return test


def story(
    result: Result, about: Callable[[Event], bool], sentence: str, ops: Iterable[int] = ()
) -> Picture:
    """Draw the faults, these operations, and the messages about them: the first and the last, if they are many."""
    chosen = frozenset(ops) or frozenset(result.verdict.refuting)
    asked, inside = during(result, chosen), {*result.nodes, *SERVICES}
    events = [
        event for event in result.trace
        if (event.kind in _CALLS and event.id in chosen)
        or (event.kind in _MESSAGES and about(event) and ({event.node, event.peer} <= inside or asked(event)))
    ]  # fmt: skip
    if result.verdict.ok is False:
        last = max((event.time_ms for event in events if event.kind in _CALLS), default=0.0)
        events = [event for event in events if event.time_ms <= last]
    numbers = list(dict.fromkeys(event.id for event in events if event.kind == "send"))
    kept = {*numbers[: _MOST_MESSAGES // 2], *numbers[-_MOST_MESSAGES // 2 :]}
    events = [event for event in events if event.kind in _CALLS or event.id in kept]
    shown = {event.index for event in events}
    end = max((event.time_ms for event in events), default=0.0)
    part = result.trace.where(
        lambda event: event.index in shown or (event.kind in _FAULTS and event.time_ms <= end)
    )
    lines = _lines(result, set(part.nodes))
    return spacetime(
        part, nodes=lines, highlight=chosen, sentence=sentence, look=Look(scale="order", names=True)
    )


def _lines(result: Result, names: set[str]) -> list[str]:
    """Return the lines of a picture: clients, nodes, and services, as far as they take part."""
    clients = [name for name in names if name not in result.nodes and name not in SERVICES]
    nodes = [name for name in result.nodes if name in names]
    return [
        *sorted(clients, key=lambda name: (len(name), name)),
        *nodes,
        *[s for s in SERVICES if s in names],
    ]
