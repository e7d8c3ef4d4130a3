"""Judge of 17.11: a counter that goes up and down, on nodes that are cut off and killed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Any

from dscourse.exercises.judges.causes import unexplained
from dscourse.exercises.judges.nodes import Scene, client_node, refuted, story
from dscourse.exercises.tasks import Wrong
from dscourse.history import Op
from dscourse.run.external import Result
from dscourse.run.external.services import SERVICES
from dscourse.run.external.workloads.counters import PnCounter
from dscourse.run.external.workloads.workload import Request
from dscourse.show import Picture
from dscourse.sim.events import Event
from dscourse.sim.faults import At, Crash, Cut, Heal, Partition, Pause, Restart, Resume, SetLink
from dscourse.sim.network import Constant, Link, Network

__all__ = ["judge"]

_NAMES = "a", "b", "b1"
_LOSSY = Network(
    Constant(1), links={pair: Link(Constant(1), loss=0.33) for pair in permutations(_NAMES, 2)}
)  # between nodes alone: an answer that asks a service gets one
_SCENES = (
    Scene("One node", {"nodes": ["solo"], "seconds": 0.4}),
    Scene("Three nodes, with no fault", {"nodes": ["a", "b", "a1"], "seconds": 0.6, "latency": 2, "concurrency": 6}),
    Scene(
        "Four nodes, cut into two halves for half a second, then in one direction; every third message comes twice",
        {
            "nodes": 4, "seed": 1, "seconds": 1.2, "latency": 3,
            "plan": [
                At(0, SetLink(duplicate=0.33)), At(150, Partition({"n0", "n3"}, {"n1", "n2"})), At(650, Heal()),
                At(700, Cut("n1", "n0")), At(1_050, Heal()),
            ],
        },
    ),
    Scene(
        "Three nodes whose links lose every third message",
        {"nodes": list(_NAMES), "seed": 2, "seconds": 0.7, "network": _LOSSY, "plan": [At(690, Heal())]},
    ),
)  # fmt: skip
_KILLED = Scene(
    "Three nodes: one is cut off, killed, and started again in its folder; then another one is killed, and one "
    "stops for a while",
    {
        "nodes": 3, "seed": 3, "seconds": 1.4, "timeout_ms": 800, "rate": 300, "concurrency": 12,
        "plan": [
            At(200, Partition({"n1"}, {"n0", "n2"})), At(500, Crash("n1")), At(560, Restart("n1")),
            At(700, Heal()), At(750, Pause("n2")), At(950, Crash("n0")), At(1_000, Restart("n0")),
            At(1_050, Resume("n2")),
        ],
    },
)  # fmt: skip
_APART = Scene(
    "Three nodes far apart, cut off from each other at first and at last",
    {
        "nodes": 3, "seed": 4, "seconds": 0.85, "rate": 110, "latency": 60,
        "plan": [
            At(0, Partition({"n0"}, {"n1"}, {"n2"})), At(200, Heal()), At(600, Partition({"n0"}, {"n1"}, {"n2"})),
        ],
    },
)  # fmt: skip
_MOST_POWERS = 20  # their sums fit in 32 bits


class _Distinct(PnCounter):
    """Amounts near 1,000, added or taken away, all different: the sum of a few that are lost is hardly ever 0."""

    name = "different amounts"
    added = 0

    def next(self, client: str) -> Request:
        if self.draws.random() < 0.5:
            return "read", None, None
        self.added += 1
        return "add", None, self.draws.choice((-1, 1)) * (1_000 + self.added)


class _Powers(PnCounter):
    """Different powers of 3, added or taken away, so that each sum tells of what it consists."""

    name = "powers of 3"
    added = 0

    def next(self, client: str) -> Request:
        if self.draws.random() < 0.8 or self.added == _MOST_POWERS:
            return "read", None, None
        self.added += 1
        return "add", None, self.draws.choice((-1, 1)) * 3 ** (self.added - 1)


def judge(command: Any) -> Wrong | None:
    return (
        refuted("pn-counter", command, _SCENES, _explain, eventual=True)
        or refuted(_Distinct, command, [_KILLED], _explain, eventual=True)
        or refuted(
            _Powers,
            command,
            [_APART],
            _explain,
            lambda result: unexplained(result, True),
            eventual=True,
        )
    )


def _explain(result: Result) -> tuple[str, Picture | None]:
    """Say which adds the sum has or lacks, if one choice of them fits, and show the sums on their way."""
    read = next(op for op in result.history if op.id in result.verdict.refuting)
    node = client_node(result, read.process)
    found = next((why for why, total in _guesses(result, node) if total == read.result), "")
    found = found or _disagreement(result)
    shown = ", ".join(f"{name} {value}" for name, value in _last_reads(result).items())
    words = f"{found} In the end the nodes return: {shown}.".strip()
    sentence = f"{read.process} read {read.result} from {node}."
    adds = [op.id for op in _acknowledged(result) if client_node(result, op.process) == node]

    def about(event: Event) -> bool:
        return {event.node, event.peer} <= {*result.nodes, *SERVICES} and node in (
            event.node,
            event.peer,
        )

    return words, story(result, about, sentence, [*adds[:4], read.id])


def _acknowledged(result: Result) -> list[Op]:
    return [op for op in result.history.ok if op.f == "add"]


def _last_reads(result: Result) -> dict[str, Any]:
    reads = {
        client_node(result, op.process): op.result for op in result.history.ok if op.f == "read"
    }
    return {name: reads[name] for name in result.nodes if name in reads}


def _guesses(result: Result, node: str) -> Iterator[tuple[str, int]]:
    """Yield each likely mistake of a counter, in words, with the sum to which it would have come."""
    adds = [(op, client_node(result, op.process)) for op in _acknowledged(result)]
    killed = {event.node: event.time_ms for event in result.trace.kinds("crash")}
    own = _sum(op for op, at in adds if at == node)
    yield (
        f"That is the sum of what {node} itself acknowledged: nothing of the others has come to it.",
        own,
    )
    for name, ms in killed.items():
        kept = _sum(op for op, at in adds if at != name or (op.returned_ms or 0.0) > ms)
        why = f"It lacks exactly what {name} had acknowledged before it was killed at {ms:.0f} ms"
        yield f"{why}, which only memory held.", kept
    positive: list[Any] = [op.value for op, _ in adds]
    yield (
        "That is the sum of all positive amounts: no subtraction is in it.",
        sum(amount for amount in positive if amount > 0),
    )
    totals = {name: _sum(op for op, at in adds if at == name) for name in result.nodes}
    yield (
        "That is the largest sum of one node: sums of different nodes are added, and not compared.",
        max(totals.values()),
    )


def _disagreement(result: Result) -> str:
    """Return the sign of a mistake if no guess fits: a killed node with another sum than the others, or none."""
    reads = _last_reads(result)
    for name in dict.fromkeys(event.node for event in result.trace.kinds("crash")):
        others = {value for node, value in reads.items() if node != name}
        if name in reads and others and reads[name] not in others:
            return f"{name} was killed, and shows another sum than the others: what did it read after its restart?"
    if len({*reads.values()}) > 1:
        return "The nodes do not agree: some sums have not come to all, or were taken for older than they are."
    return "All nodes agree, on a wrong sum: some adds are missing, or count twice."


def _sum(adds: Iterable[Op]) -> int:
    amounts: list[Any] = [op.value for op in adds]
    return sum(amounts)
