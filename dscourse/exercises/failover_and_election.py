"""The predictions of chapter 08, and its exercises: a plan, a storage, a vote, a lease."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dscourse import sim
from dscourse.core.dispatch import handle_message
from dscourse.core.properties import Property
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong, plain
from dscourse.explore import View, explore
from dscourse.node import Node, Write, cluster, take_effects
from dscourse.protocols.bully import Bully, one_leader
from dscourse.protocols.failover import (
    FailoverNode,
    Granted,
    RequestVote,
    Voted,
    one_leader_an_epoch,
)
from dscourse.protocols.fencing import Accepted, Append, Refused, terms_in_order
from dscourse.protocols.textbook.fencing import TrustingStorage
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Pause,
    Recover,
    Restart,
    Resume,
    World,
    follow,
)

__all__ = ["EXERCISES", "PREDICTIONS", "bully_world"]

PREDICTIONS = (
    Prediction(
        "08.1",
        "Three nodes; each takes the highest name that it has heard lately for the leader, and n3 leads. Then n3 is cut off from "
        "n1 and n2, but not from the storage. A second later the network heals. Who writes to the storage meanwhile?",
        {
            "A": ("n3: it is up, and has the highest name",
                  "n3 writes on, but n1 and n2 hear it no more, and choose for themselves."),
            "B": ("n2: n1 and n2 are the majority",
                  "n2 writes, but nobody has told n3 to stop; nothing here asks for a majority."),
            "C": ("n2 and n3, both for the whole time after n2's time-out",
                  "This is so. Each side has its leader, and the storage takes both."),
            "D": ("nobody: without n3 the others wait",
                  "They wait for a time-out. Then the highest name that is left leads."),
        },
        "C",
    ),
    Prediction(
        "08.2",
        "Now a leader needs the votes of a majority, for an epoch that nobody has led before; the same partition. Can the storage "
        "still get writes of the old leader after the new one's?",
        {
            "A": ("no: there is one leader an epoch, and two majorities always share a node",
                  "One leader an epoch, and not one in all: the old one leads its own epoch and has not heard that there is a later one."),
            "B": ("yes, as long as the old leader has not heard of the new epoch",
                  "This is so. Votes decide who may lead, not who has stopped."),
            "C": ("no: a leader that hears from no majority stops at once",
                  "It could, if it counted answers. This one only sends heartbeats, and an answer takes time in any case."),
            "D": ("only if two nodes win the same epoch",
                  "That cannot happen. It needs no such thing."),
        },
        "B",
    ),
)  # fmt: skip

_NAMES = ("n1", "n2", "n3")


# --- 08.3: break the bully -----------------------------------------------------------------------


def bully_world(plan: list[At]) -> World:
    """Three nodes with the bully algorithm under the plan; messages take 5 ms. n3 leads from the start.

    >>> [node.leader for node in bully_world([]).nodes.values()]
    ['n3', 'n3', 'n3']
    """
    world = World(cluster(Bully, _NAMES), network=Network(Constant(5)), plan=plan)
    return world.run(until_ms=1_500)


_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover, Pause, Resume)


def _judge_plan(plan: Any) -> Wrong | None:
    wrong = plans.check(plan, _FAULTS, _NAMES, "[sim.At(200, sim.Cut('n3', 'n1'))]")
    if wrong is not None:
        return wrong
    world = bully_world(plan)
    down = [name for name in _NAMES if not world.alive(name) or world.paused(name)]
    picture = spacetime(world.trace, timers=False, end_ms=900)
    if down:
        return Wrong(
            f"{down[0]} is not running at the end: who does not run does not lead.", picture
        )
    if one_leader(world.nodes):
        return Wrong("At 1,500 ms one node believes to lead, and no more.", picture)
    return None


# --- 08.4: a storage that fences -----------------------------------------------------------------


def _judge_storage(storage: Any) -> Wrong | None:
    if not (isinstance(storage, type) and issubclass(storage, TrustingStorage)):
        return Wrong("`Fenced` must be a class derived from TrustingStorage.")
    return _judge_writes(storage) or _judge_restart(storage) or _judge_all_orders(storage)


class _Asks(Node):
    """Writes once, with the epoch in its name, when it starts."""

    def on_start(self, log: Any) -> None:
        self.send("s", Append(int(self.id[1:]), 1))

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass


def _orders(storage: Any, epochs: tuple[int, ...], **settings: Any) -> Any:
    def in_order(view: View) -> bool:
        return bool(terms_in_order(view.logs["s"])) and _rising(view.logs["s"])

    def the_newest_is_taken(view: View) -> bool:
        return any(isinstance(r, Accepted) and r.epoch == max(epochs) for r in view.logs["s"])

    nodes = [storage("s"), *(_Asks(f"e{epoch}") for epoch in epochs)]
    return explore(nodes, always=[in_order], sometimes=[the_newest_is_taken], **settings)


def _rising(log: Any) -> bool:
    epochs = [record.epoch for record in log if isinstance(record, Accepted)]
    return epochs == sorted(epochs)


def _judge_writes(storage: Any) -> Wrong | None:
    for epochs in ((1,), (2, 2), (1, 3)):
        kept = _kept(storage, epochs)
        if kept != list(epochs):
            return Wrong(
                f"Writes of the epochs {list(epochs)}, in this order: {kept} are accepted, and all should be."
            )
    kept = _kept(storage, (1, 3, 2, 2, 3))
    if kept != [1, 3, 3]:
        return Wrong(
            f"Writes of the epochs [1, 3, 2, 2, 3], in this order: {kept} are accepted, not [1, 3, 3]."
        )
    return None


def _kept(storage: Any, epochs: tuple[int, ...]) -> list[int]:
    """The epochs of the writes that a storage accepts of these, one after the other."""
    one = storage("s")
    one.on_start([])
    for number, epoch in enumerate(epochs):
        handle_message(one, f"n{epoch}", Append(epoch, number))
    effects = take_effects(one)
    return [
        e.record.epoch for e in effects if isinstance(e, Write) and isinstance(e.record, Accepted)
    ]


def _judge_restart(storage: Any) -> Wrong | None:
    one = storage("s")
    one.on_start([Accepted("n1", 1, 1), Accepted("n5", 5, 1)])
    take_effects(one)
    handle_message(one, "n2", Append(2, 1))
    if any(isinstance(effect, Write) for effect in take_effects(one)):
        return Wrong(
            "A storage that had accepted a write of epoch 5 starts again, and accepts one of epoch 2: what it must not forget "
            "has to come from its log."
        )
    return None


def _judge_all_orders(storage: Any) -> Wrong | None:
    found = _orders(storage, (1, 2, 3), crashes=1, restarts=1)
    if found.ok:
        return None
    nodes = [storage("s"), *(_Asks(f"e{epoch}") for epoch in (1, 2, 3))]
    if found.ok is False and found.steps:
        picture = spacetime(follow(nodes, found.steps).trace, scale="order")
        return Wrong(f"The shortest schedule that breaks it: {found.reason}.", picture)
    return Wrong(f"{found.reason}.")


# --- 08.5: a vote that is not forgotten ----------------------------------------------------------


def _judge_voter(voter: Any) -> Wrong | None:
    if not (isinstance(voter, type) and issubclass(voter, FailoverNode)):
        return Wrong("`CarefulNode` must be a class derived from FailoverNode.")

    def one_leader_in_each_epoch(view: View) -> bool:
        return bool(one_leader_an_epoch(view.nodes))

    def somebody_leads(view: View) -> bool:
        return any(node.epoch_led is not None for node in view.nodes.values())

    def nodes() -> list[Any]:
        return cluster(voter, ["a", "b", "c"])

    one_leader = Property("one leader in each epoch", one_leader_in_each_epoch)
    for crashes in (0, 1):
        found = explore(
            nodes(), always=[one_leader], sometimes=[somebody_leads], copies=1, timeouts=2,
            crashes=crashes, restarts=crashes, alike=["a", "b", "c"],
        )  # fmt: skip
        if found.ok:
            continue
        if not found.steps:
            return Wrong("No schedule makes anybody a leader: votes must still be given.")
        picture = spacetime(follow(nodes(), found.steps).trace, scale="order", timers=False)
        return Wrong(
            f"Two nodes lead the same epoch. The shortest schedule has {len(found.steps)} steps"
            + (", with a crash." if crashes else ".")
            if found.violated == one_leader.name
            else f"{found.reason}.",
            picture,
        )
    return None


# --- 08.6: how long a lease may be ---------------------------------------------------------------


def _judge_lease(lease: Any) -> Wrong | None:
    for silence, drift in ((1_000, 0.0), (1_000, 0.1), (300, 0.05), (5_000, 0.5), (200, 0.01)):
        got = plain(lease(silence, drift))
        exact = silence * (1 - drift) / (1 + drift)
        if not isinstance(got, int | float) or isinstance(got, bool) or not math.isfinite(got):
            return Wrong(f"lease({silence}, {drift}) gives {got!r}: it must be a number of ms.")
        if got > exact * (1 + 1e-9):
            slow, fast = got / (1 - drift), silence / (1 + drift)
            return Wrong(
                f"lease({silence}, {drift}) gives {got:g}. On the slowest clock it lasts {slow:.0f} ms, and on the fastest one "
                f"a voter waits only {fast:.0f}: two leaders for {slow - fast:.0f} ms."
            )
        if got < 0.9 * exact:
            return Wrong(
                f"lease({silence}, {drift}) gives {got:g}: that is safe, but {exact:.0f} would be as well."
            )
    return None


_NAMES_TO_USE: Mapping[str, Any] = {
    "sim": sim, "At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Pause": Pause, "Recover": Recover,
    "Restart": Restart, "Resume": Resume,
}  # fmt: skip

EXERCISES = (
    Exercise(
        id="08.3",
        title="Break: two bullies",
        name="plan",
        stub="plan = []\n",
        solution='plan = [sim.At(400, sim.Partition({"n3"}, {"n1", "n2"}))]\n',
        reasoning="The bully algorithm takes silence for a crash. Behind a partition, n1 and n2 hear nothing of n3, hold an election "
        "and choose n2; n3 hears nothing either, and sees no reason to stop. One cut is enough: if n2 does not hear n3, it leads, "
        "although everybody else does.",
        hints=(
            "n3 leads from the start. What must n2 not hear, so that it takes n3 for dead?",
            "One direction of one link is enough. Does it have to heal before the end?",
        ),
        judge=_judge_plan,
        praise="Two nodes that run, and each is sure to lead.",
        names=_NAMES_TO_USE,
        lines=500_000,
    ),
    Exercise(
        id="08.4",
        title="Fill in: a storage that fences",
        name="Fenced",
        stub="class Fenced(TrustingStorage):\n"
        "    def on_append(self, sender, append):\n"
        "        self.write(Accepted(sender, append.epoch, append.number))\n",
        solution="class Fenced(TrustingStorage):\n"
        "    def __init__(self, id):\n"
        "        super().__init__(id)\n"
        "        self.highest = 0\n\n"
        "    def on_start(self, log):\n"
        "        self.highest = max((record.epoch for record in log), default=0)\n\n"
        "    def on_append(self, sender, append):\n"
        "        if append.epoch < self.highest:\n"
        "            self.send(sender, Refused(self.highest))\n"
        "        else:\n"
        "            self.highest = append.epoch\n"
        "            self.write(Accepted(sender, append.epoch, append.number))\n",
        reasoning="The storage is the one place that sees the writes of both leaders, so it alone can tell which is late. It keeps "
        "the highest epoch, in its log like everything that must survive a crash, and refuses what is older. Writes of the same "
        "epoch are all of one leader, because there is one leader an epoch.",
        hints=(
            "Compare append.epoch with the highest epoch that has been accepted so far.",
            "After a restart that number is gone, unless on_start(log) finds it: the log holds what was accepted.",
        ),
        judge=_judge_storage,
        praise="Whatever is late is refused, in every order of arrival and across a crash.",
        names={
            "Accepted": Accepted,
            "Append": Append,
            "Refused": Refused,
            "TrustingStorage": TrustingStorage,
        },
        lines=2_000_000,
    ),
    Exercise(
        id="08.5",
        title="Repair: a vote that is forgotten",
        name="CarefulNode",
        stub="class CarefulNode(FailoverNode):\n"
        "    def on_request_vote(self, sender, request):\n"
        "        if request.epoch > self.epoch:\n"
        "            self._enter(request.epoch)\n"
        "            self.voted = sender\n"
        "            self.send(sender, Granted(self.epoch))\n",
        solution="class CarefulNode(FailoverNode):\n"
        "    def on_request_vote(self, sender, request):\n"
        "        if request.epoch > self.epoch:\n"
        "            self._enter(request.epoch)\n"
        "            self.voted = sender\n"
        "            self.write(Voted(self.epoch, sender))\n"
        "            self.send(sender, Granted(self.epoch))\n",
        reasoning="A vote is a promise, as in chapter 06: not to vote for anybody else in this epoch. A node that gives it, crashes "
        "and has forgotten it gives a second one, and two candidates have a majority. So the vote is written before it is sent; "
        "on_start reads it back. (Its own vote for itself is written by on_leader_silent already.)",
        hints=(
            "Which of these lines is undone by a crash, though another node relies on it?",
            "self.write(Voted(epoch, candidate)), before the message that says so.",
        ),
        judge=_judge_voter,
        praise="One leader an epoch in every schedule, with a crash and a restart wherever they hurt most.",
        names={
            "FailoverNode": FailoverNode,
            "Granted": Granted,
            "RequestVote": RequestVote,
            "Voted": Voted,
        },
        lines=8_000_000,
    ),
    Exercise(
        id="08.6",
        title="Fill in: how long may a lease be?",
        name="lease",
        stub="def lease(silence_ms, drift):\n    return 0.0\n",
        solution="def lease(silence_ms, drift):\n    return silence_ms * (1 - drift) / (1 + drift)\n",
        reasoning="On the slowest clock a lease of L lasts L / (1 - drift) of true time; on the fastest one a voter's silence is over "
        "after silence / (1 + drift). The first must not be longer than the second. With clocks that differ by 1 in 10,000 that "
        "costs nothing; a clock that stands still, or a process that is paused right after it has looked at it, breaks any lease.",
        hints=(
            "How long does a lease of L last in true time on a clock that is slower by the share drift? It shows 1 - drift of it.",
            "And after how much true time has a clock that is faster by drift counted silence_ms?",
        ),
        judge=_judge_lease,
        praise="As long as it can be, and over before the first voter is free, whatever the clocks do within the drift.",
    ),
)
