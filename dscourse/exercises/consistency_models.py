"""The predictions of chapter 04, and the exercises that ask for data: two histories, and a fault plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dscourse import checkers
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.consistency_models import history_of
from dscourse.history import History
from dscourse.node import cluster
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.protocols.stores import StoreClient
from dscourse.show import Picture, intervals, spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Hold,
    Network,
    Partition,
    Pause,
    Release,
    Restart,
    Resume,
    SetLink,
    World,
)

__all__ = ["EXERCISES", "PREDICTIONS", "late_world"]

PREDICTIONS = (
    Prediction(
        "04.1",
        "Each node keeps a list of writes behind a lock. It appends its own writes and tells the other nodes, which append what "
        "arrives; a read returns the last value in the own list. Two clients write 1 and 2 at different nodes at the same "
        "moment. Long afterwards both read. What do they see?",
        {
            "A": ("the same value: the lock puts the writes in one order",
                  "Each lock orders one list. There are several lists, and nothing makes their orders equal."),
            "B": ("each sees what the other one wrote, now and for ever",
                  "This is so: at each node the other's write arrives last, and nothing ever comes after it."),
            "C": ("each sees what it wrote itself, now and for ever",
                  "The other's write arrives later than the own one, and what is appended last is read."),
            "D": ("different values at first, then the one with the later time stamp",
                  "The time stamps are written, but nobody compares them."),
        },
        "B",
    ),
    Prediction(
        "04.2",
        "A map in memory, and a mutex around each access. Three processes that run this code stand behind one address; each "
        "request goes to any of them. What does the service promise?",
        {
            "A": ("it is linearizable: a mutex guards every access",
                  "A mutex guards one map. Another process has another map and another mutex."),
            "B": ("each process alone is linearizable; the service promises nothing, not even that you read what you wrote",
                  "This is so. What one process does says nothing about replicas."),
            "C": ("it is sequentially consistent: each process has an order of its own",
                  "One order of all operations is needed, not one for each process."),
            "D": ("the maps will be equal in the end",
                  "Nobody tells the other processes of a write, so they never hear of it."),
        },
        "B",
    ),
)  # fmt: skip


# --- 04.3 and 04.4: find a history ---------------------------------------------------------------


def _find(holds: str, fails: str) -> Callable[[Any], Wrong | None]:
    """A judge of rows: their history must be allowed by one model and not by the other."""

    def judge(rows: Any) -> Wrong | None:
        if not isinstance(rows, list | tuple):
            return Wrong(f"`rows` must be a list of rows, not {rows!r}.")
        try:
            history = history_of(rows)
        except (ValueError, TypeError) as error:
            return Wrong(f"{error}.")
        if len(history) > 12:
            return Wrong("More than 12 operations are not needed: four will do.")
        return _compare(history, holds, fails)

    return judge


def _compare(history: History, holds: str, fails: str) -> Wrong | None:
    upper, lower = checkers.BY_NAME[fails](history), checkers.BY_NAME[holds](history)
    for verdict in (upper, lower):
        if verdict.ok is None:
            return Wrong(f"This decides nothing: {verdict.reason}.")
    if not lower.ok:
        return Wrong(f"It is not {lower.model}: {lower.reason}.", _picture(history, lower.refuting))
    if upper.ok:
        order = f" in the order {', '.join(map(str, upper.witness))}" if upper.witness else ""
        return Wrong(f"It is {upper.model} as well{order}.", _picture(history))
    return None


def _picture(history: History, refuting: tuple[int, ...] = ()) -> Picture:
    return intervals(history, highlight=refuting, names=True)


# --- 04.7: a plan that makes a read late ---------------------------------------------------------


_FAULTS = (Crash, Cut, Heal, Hold, Partition, Pause, Release, Restart, Resume, SetLink)


def late_world(plan: list[At]) -> World:
    """The run of exercise 04.7: c2 writes x at 50 ms at n2, c3 reads it at n3 at 100 and at 200 ms.

    >>> [op.outcome() for op in late_world([]).history]
    ['ok', 'ok 1', 'ok 1']
    """
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (2, 3)]
    nodes = [*clients, *cluster(SequentialStore, ["n1", "n2", "n3"])]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    world.submit("c2", [("write", "x", 1)], start_ms=50)
    for start_ms in (100, 200):
        world.submit("c3", [("read", "x")], start_ms=start_ms)
    return world.run(until_ms=400)


def _judge_plan(plan: Any) -> Wrong | None:
    if not isinstance(plan, list | tuple) or not all(isinstance(entry, At) for entry in plan):
        return Wrong(f"`plan` must be a list of At(ms, fault), not {plan!r}.")
    world = late_world(list(plan))
    verdict = checkers.linearizable(world.history)
    if verdict.ok is False:
        return None
    ends = {op.id: op.status for op in world.history}
    if ends[0] != "ok":
        return Wrong("The write was not confirmed, so it may be missing or not.", _run(world))
    if "ok" not in (ends[1], ends[2]):
        return Wrong("No read was answered, so nothing was seen.", _run(world))
    return Wrong("Each read that was answered returned the right value.", _run(world))


def _run(world: World) -> Picture:
    return spacetime(world.trace, timers=False, labels=False, start_ms=40, end_ms=215)


EXERCISES = (
    Exercise(
        id="04.3",
        title="Sequentially consistent, not linearizable",
        name="rows",
        stub="rows = []\n",
        solution="rows = [\n"
        '    ("a", "write", "x", 1, 0, 20),\n'
        '    ("b", "read", "x", None, 40, 60),\n'
        "]\n",
        reasoning="The read began after the write had ended, and did not see it: no moment within the two intervals explains that, so the "
        "history is not linearizable. Sequential consistency asks only for an order that keeps each client's own. The two "
        "operations are by different clients, so the read may stand before the write.",
        hints=(
            "Two operations are enough. Which order must the operations of different clients keep?",
            "Let one client write, and another one read later, and return what was there before.",
        ),
        judge=_find("sequential", "linearizable"),
        praise="An order explains the results, but not the one of time.",
    ),
    Exercise(
        id="04.4",
        title="Causal, not sequentially consistent",
        name="rows",
        stub="rows = []\n",
        solution="rows = [\n"
        '    ("a", "write", "x", 1, 0, 20),\n'
        '    ("b", "write", "y", 2, 0, 20),\n'
        '    ("a", "read", "y", None, 40, 60),\n'
        '    ("b", "read", "x", None, 40, 60),\n'
        "]\n",
        reasoning="In one order, one of the two writes is the first, and the reader at its other end comes after that write: it would have "
        "to see it. So no single order explains both reads. Nothing that a client read or wrote before is contradicted, "
        "because neither write is in the causal past of the other client's read.",
        hints=(
            "No client may miss what it wrote itself, or what it has learnt of. So let two clients miss each other's writes.",
            "Each writes a key of its own and then reads the key of the other.",
        ),
        judge=_find("causal", "sequential"),
        praise="Each client has an explanation, but there is no common one.",
    ),
    Exercise(
        id="04.7",
        title="Make a read late",
        name="plan",
        stub="plan = []\n",
        solution='plan = [At(40, Hold("n1", "n3")), At(150, Release("n1", "n3"))]\n',
        reasoning="The write goes from n2 to the sequencer n1, and back to n2, which answers. n3 hears of it from n1 alone. Keep that "
        "one link back while the write is confirmed and the first read is made, and the read returns what n3 has. No message need "
        "be lost, and no node need fail: a slow link is enough.",
        hints=(
            "Which messages does the write need before it is answered? Leave those alone.",
            "n3 hears of the write from n1 alone. What happens if that link is slow or cut at 60 ms?",
        ),
        judge=_judge_plan,
        praise="The write was confirmed, and a later read has not seen it.",
        names={kind.__name__: kind for kind in (At, *_FAULTS)},
    ),
)  # fmt: skip
