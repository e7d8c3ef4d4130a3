"""A refuted history of real processes, reproduced in the simulator and shrunk there to a small counterexample.

`reproduce` plans everything that befell the messages, timers and nodes of a recorded run, and runs a simulated world
under this plan. It says whether the clients saw the same, and the judge rules on what they saw in the simulator: a
run that is not reproduced is never shrunk.

>>> from dscourse.checkers import linearizable
>>> from dscourse.node import cluster
>>> from dscourse.protocols.stores import StoreClient
>>> from dscourse.protocols.textbook.quorum_store import MajorityWriteStore
>>> from dscourse.run import Cluster
>>> from dscourse.sim import Delay
>>> nodes = [*cluster(MajorityWriteStore, 3), StoreClient("c", "n1", 60_000), StoreClient("d", "n2", 60_000)]
>>> late = At(0, Delay("n1", "n2", "Put", 1, latency_ms=100_000))  # n1 and n3 are a majority
>>> with Cluster(nodes, plan=[late]) as store:
...     for client, op in (("c", ("write", "x", 1)), ("d", ("read", "x"))):
...         store = store.submit(client, [op]).run(seconds=60)
>>> found = reproduce(store.recording, linearizable)
>>> found.difference, bool(found)
('', True)
>>> [(op.f, op.result) for op in found.shrink().world.history]
[('write', None), ('read', None)]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dscourse.core.thinning import thinned
from dscourse.core.verdict import Verdict
from dscourse.core.wording import action, count
from dscourse.history import History
from dscourse.node import Clock
from dscourse.run.planning import Script
from dscourse.run.recording import Recording
from dscourse.sim import At, World
from dscourse.sweep import shrink

__all__ = ["Judge", "Reproduction", "reproduce"]

Judge = Callable[[History], Verdict]


@dataclass(frozen=True, repr=False)
class Reproduction:
    """A recorded run in the simulator: the ``world`` under ``plan``, and the ``verdict`` on its history.

    ``difference`` names the first event that clients saw otherwise than in the recorded run, "" if they saw the same
    in the same order; ``shrunk`` says how the plan was shrunk, "" before. It is true if the verdict is no.
    """

    script: Script = field(compare=False)
    judge: Judge
    plan: list[At]
    world: World
    verdict: Verdict
    difference: str
    shrunk: str = ""

    def __bool__(self) -> bool:
        return self.verdict.ok is False

    def build(self, plan: Sequence[At] = ()) -> World:
        """Return the world under this plan and further faults, run to the end of the recording."""
        return _run(self.script, [*self.plan, *plan])

    def rule(self, world: World) -> Verdict:
        """Return the verdict on the history of a world: the judge of `touch.Diagram`."""
        return self.judge(world.history)

    def shrink(self) -> Reproduction:
        """Return the run with fewer operations, then with fewer faults, of which none can be left out alone.

        The verdict is no on the same claim. A message without a fault takes 1 ms, or no time to or from a client.
        ValueError if the verdict is not no: then the simulator does not show what the real processes did.
        """
        if not self:
            raise ValueError(
                f"the refutation is not reproduced, so that it cannot be shrunk: {self}"
            )
        ids = [op.id for op in self.script.recording.history]

        def planned(kept: Sequence[int]) -> list[At]:
            return list(self.script.plan(frozenset(ids) - frozenset(kept)))

        def judged(plan: list[At]) -> Verdict:
            return self.judge(_run(self.script, plan).history)

        def refuted(kept: list[int]) -> bool:
            verdict = judged(planned(kept))
            return verdict.ok is False and verdict.model == self.verdict.model

        kept = thinned(_likely(ids, self.verdict, refuted), refuted)
        plan, verdict = shrink(planned(kept), judged)
        shrunk = f"{_size(self.plan)} shrunk to {_size(plan)}"
        world = _run(self.script, plan)
        return Reproduction(self.script, self.judge, plan, world, verdict, "", shrunk)

    def __repr__(self) -> str:
        if self.shrunk:
            return f"{self.shrunk}: {self.verdict}"
        same = self.difference or "the clients see the same, in the same order"
        return f"{_size(self.plan)} in the simulator: {same}; {self.verdict}"


def reproduce(recording: Recording, judge: Judge) -> Reproduction:
    """Run a recorded run again in the simulator, and judge its history.

    ValueError if the recording lacks its nodes, or if they do not do again what they did; TypeError if the judge
    returns no verdict.
    """
    script = Script(recording)
    plan = list(script.plan(frozenset()))
    world = _run(script, plan)
    verdict = judge(world.history)
    if not isinstance(verdict, Verdict):
        raise TypeError(
            f"the judge returned {verdict!r:.60}: a Verdict is required, as of linearizable"
        )
    return Reproduction(
        script, judge, plan, world, verdict,
        _first_difference(recording.history, world.history),
    )  # fmt: skip


def _run(script: Script, plan: Sequence[At]) -> World:
    recording = script.recording
    clocks = {name: Clock(*clock) for name, clock in recording.clocks.items()}
    world = World((recording.nodes or {}).values(), recording.seed, plan=plan, clocks=clocks)
    return world.run(script.end_us / 1000)


def _likely(ids: list[int], verdict: Verdict, refuted: Callable[[list[int]], bool]) -> list[int]:
    """Return the operations that the verdict names, if they refute without the others; else all."""
    named = [one for one in ids if one in verdict.refuting]
    return named if named and refuted(named) else ids


def _size(plan: Sequence[At]) -> str:
    operations = sum(type(entry.fault).__name__ == "Submit" for entry in plan)
    faults = len(plan) - operations
    return f"{count(operations, 'operation')} and {count(faults, 'fault')}"


def _first_difference(then: History, now: History) -> str:
    """Return in words where the clients first see something else; "" if they see the same in the same order."""
    recorded, simulated = _course(then), _course(now)
    for at in range(max(len(recorded), len(simulated))):
        one = recorded[at] if at < len(recorded) else "nothing more"
        other = simulated[at] if at < len(simulated) else "nothing more"
        if one != other:
            return f"first difference: {one} in the recorded run, {other} in the simulator"
    return ""


def _course(history: History) -> list[str]:
    """Return the beginnings and ends of the operations, in order and in words."""
    rows: list[tuple[Any, str]] = []
    for op in history:
        what = f"{op.process} {action(op.f, op.key, op.value)}"
        rows.append((op.invoked, f"{what} begins"))
        if op.returned is not None:
            rows.append((op.returned, f"{what} ends with {op.status}, {op.result!r}"))
    return [text for _, text in sorted(rows, key=lambda row: row[0])]
