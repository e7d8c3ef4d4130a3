"""The predictions of chapter 10, and its exercises: an order, a count, a vote, a plan."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse import sim
from dscourse.core.dispatch import handle_message
from dscourse.exercises import plans
from dscourse.exercises.kit import Exercise, Prediction, Wrong, plain
from dscourse.explore import View, explore
from dscourse.node import Reply, Send, Write, cluster, take_effects
from dscourse.protocols.primary_replica import PrimaryReplica
from dscourse.protocols.primary_replica_properties import lost_writes
from dscourse.protocols.replica_clients import Answer, NotPrimary, Put, ReplicaClient
from dscourse.protocols.textbook.primary_replica import Logged, Primary, Replica, Replicate, Written
from dscourse.replication.log import Position
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Pause,
    Recover,
    Restart,
    Resume,
    Uniform,
    World,
    follow,
)

__all__ = ["EXERCISES", "PREDICTIONS", "five_nodes"]

PREDICTIONS = (
    Prediction(
        "10.1",
        "A replica applies the entry that follows the last one it has; any other is an error, and it is marked as lagging. The "
        "primary sends entries 1 to 6, and the message with entry 3 is lost. What does the replica hold in the end?",
        {
            "A": ("all but entry 3",
                  "It would, if it applied what comes after a gap. Then an older value could overwrite a newer one, and it must not."),
            "B": ("entries 1 and 2, for ever",
                  "This is so. It sees the gap, and nobody does anything about it."),
            "C": ("all of them: the primary notices that it lags, and sends entry 3 again",
                  "To notice is not to repair: nobody asks for entry 3, and nobody sends it."),
            "D": ("all of them, but later",
                  "Nothing here is ever sent twice, so later is never."),
        },
        "B",
    ),
    Prediction(
        "10.2",
        "Replication is asynchronous. The primary takes a write, answers \"done\", and crashes before any replica has heard of it. "
        "A replica takes over; a minute later the old primary comes back, with the write on its disk. What becomes of it?",
        {
            "A": ("it is there again: what is on a disk is not lost",
                  "The new primary has used the same number for another entry. Two logs cannot both be right."),
            "B": ("it is dropped: the log of the old primary gives way from the point where the two differ",
                  "This is so. It was acknowledged, and it is gone."),
            "C": ("it survives, because the replica with the longest log takes over",
                  "The longest log among the replicas; this entry is in none of them."),
            "D": ("it depends on which of the two writes has the later timestamp",
                  "That is another way to merge, with many primaries: chapter 11. A log has one order."),
        },
        "B",
    ),
)  # fmt: skip


# --- 10.3: the order of a write ------------------------------------------------------------------


def _judge_primary(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Primary)):
        return Wrong("`OrderedPrimary` must be a class derived from Primary.")
    return _judge_one_write(kind) or _judge_full_log(kind) or _judge_crashes(kind)


def _judge_one_write(kind: Any) -> Wrong | None:
    one = kind("p", ["r"])
    handle_message(one, "c", Put(1, "write", "x", 5))
    effects = take_effects(one)
    for needed, said in (
        (Write(Logged(1, "x", 5)), "in the log"),
        (Send("r", Replicate(Logged(1, "x", 5))), "sent to the replica"),
    ):
        if needed not in effects:
            return Wrong(f"A first write, x = 5, is not {said}: `{needed}` is missing.")
    answers = [e.message for e in effects if isinstance(e, Send) and isinstance(e.message, Reply)]
    if [answer.op for answer in answers] != [1]:
        return Wrong("The client gets no answer to its write, or several.")
    if one.values.get("x") != 5:
        return Wrong("After the write of x = 5 the primary does not hold it.")
    return None


def _judge_full_log(kind: Any) -> Wrong | None:
    one = kind("p", ["r"], room=1)
    for op, value in ((1, 5), (2, 6)):
        take_effects(one)
        handle_message(one, "c", Put(op, "write", "x", value))
    if one.values.get("x") != 5:
        return Wrong(
            f"There is room for one entry; x = 5 is in it. The write x = 6 cannot be logged, and now x is {one.values.get('x')}: "
            "what cannot be in the log must not touch the state."
        )
    told = [effect.message for effect in take_effects(one) if isinstance(effect, Send)]
    if NotPrimary(2, "") not in told or len(told) != 1:
        return Wrong(
            "A write for which the log has no room is declined, and nobody else hears of it."
        )
    return None


def _judge_crashes(kind: Any) -> Wrong | None:
    def the_state_is_what_the_log_says(view: View) -> bool:
        logged = {r.key: r.value for r in view.logs["p"] if isinstance(r, Logged)}
        return "p" not in view.nodes or view.nodes["p"].values == logged

    def what_is_acknowledged_is_in_the_log(view: View) -> bool:
        entries = sum(isinstance(record, Logged) for record in view.logs["p"])
        return sum(status == "ok" for _, status, _ in view.results["w"]) <= entries

    def nodes() -> list[Any]:
        return [kind("p", ["r"]), Replica("r", ["p"]), ReplicaClient("w", ["p"])]

    found = explore(
        nodes(), operations={"w": [("write", "x", 1), ("write", "x", 2)]},
        always=[the_state_is_what_the_log_says, what_is_acknowledged_is_in_the_log],
        crashes=1, restarts=1, timeouts=1,
    )  # fmt: skip
    if found.ok:
        return None
    if not found.steps:
        return Wrong(f"{found.reason}.")
    picture = spacetime(_replayed(nodes(), found.steps), scale="order", timers=False)
    return Wrong(
        f"A crash between two effects of `on_put` breaks it: {found.reason}. Which record must be on disk first?",
        picture,
    )


def _replayed(nodes: list[Any], steps: Any) -> Any:
    operations = {"w": [("write", "x", 1), ("write", "x", 2)]}
    return follow(nodes, steps, operations).trace


# --- 10.4: what is visible -----------------------------------------------------------------------


def _judge_visible(visible: Any) -> Wrong | None:
    for size, first in ((2, 1), (3, 1), (4, 3)):
        for have in product(range(5), repeat=size):
            for acks in range(1, size + 1):
                wrong = _visible_wrong(visible, have, acks, first)
                if wrong is not None:
                    return wrong
    return None


def _visible_wrong(visible: Any, have: tuple[int, ...], acks: int, first: int) -> Wrong | None:
    before = 1 if first > 1 else 0
    enough = max(n for n in range(5) if n == 0 or sum(held >= n for held in have) >= acks)
    right = max(before, enough) if enough >= first else before
    got = visible(list(have), acks, first, before)
    call = f"visible({list(have)}, acks={acks}, first={first}, before={before})"
    if got == right:
        return None
    if not isinstance(got, int):
        return Wrong(f"{call} gives {got!r}: it must be a whole number.")
    if got > enough and got > before:
        holders = sum(held >= got for held in have)
        return Wrong(
            f"{call} gives {got}, but {holders} of the replicas have entry {got}, and {acks} are needed."
        )
    if got < before:
        return Wrong(f"{call} gives {got}: what was visible stays visible.")
    if enough < first:
        return Wrong(
            f"{call} gives {got}: {acks} have entry {enough}, but it is of an earlier epoch (this primary's first is {first}). "
            "A log that lacks it may still win an election."
        )
    return Wrong(f"{call} gives {got}: entry {right} is at {acks} replicas already.")


# --- 10.5: whom to vote for ----------------------------------------------------------------------


def _judge_vote(may_lead: Any) -> Wrong | None:
    places = [Position(), *(Position(epoch, lsn) for epoch in (1, 2, 3) for lsn in range(epoch, 5))]
    pairs = list(product(places, repeat=2))
    for mine, theirs in pairs:
        got = plain(may_lead(mine, theirs))
        if not isinstance(got, bool):
            return Wrong(f"may_lead({mine}, {theirs}) gives {got!r}: it must be True or False.")
        if got and theirs < mine:
            return Wrong(_why_not(mine, theirs))
    for mine, theirs in pairs:
        if theirs >= mine and not may_lead(mine, theirs):
            return Wrong(
                f"My log ends at {_said(mine)}, the candidate's at {_said(theirs)}, and you refuse. It lacks nothing that I have; if "
                "all are as strict as this, nobody may ever be elected."
            )
    return None


def _said(position: Position) -> str:
    return f"entry {position.lsn} of epoch {position.epoch}"


def _why_not(mine: Position, theirs: Position) -> str:
    start = (
        f"My log ends at {_said(mine)}, the candidate's at {_said(theirs)}, and you vote for it. "
    )
    if theirs.lsn >= mine.lsn:
        return start + (
            "It is no shorter, but older: entries of a primary that lost its majority. Mine may have been acknowledged since."
        )
    return (
        start
        + "It lacks an entry that I have, and that may have been acknowledged because I have it."
    )


# --- 10.6: break it with too few acks ------------------------------------------------------------

_NAMES = ("n1", "n2", "n3", "n4", "n5")


def five_nodes(plan: list[At]) -> World:
    """Five nodes that acknowledge a write with one ack, under the plan; a client writes every 20 ms from 400 ms on.

    n2 is the first primary. At 2,000 ms everything works again.

    >>> five_nodes([]).nodes["n2"].epoch_led
    1
    """
    group = cluster(PrimaryReplica, _NAMES, acks=1, beat_ms=25.0, silence_ms=100.0)
    client = ReplicaClient("c", ["n2", "n1", "n3", "n4", "n5"], timeout_ms=60.0)
    world = World([*group, client], 8, Network(Uniform(2, 8)), plan)
    world.submit("c", [("write", f"k{n}", n) for n in range(60)], start_ms=400, think_ms=15)
    world.run(until_ms=2_000).apply(Recover(*_NAMES))
    return world.run(until_ms=3_000)


_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover, Pause, Resume)


def _judge_plan(plan: Any) -> Wrong | None:
    wrong = plans.check(plan, _FAULTS, _NAMES, "[sim.At(700, sim.Crash('n2'))]", most=3)
    if wrong is not None:
        return wrong
    world = five_nodes(plan)
    led = next((node for node in world.nodes.values() if getattr(node, "epoch_led", None)), None)
    if not isinstance(led, PrimaryReplica):
        return Wrong("Nobody leads in the end: there is no log to compare with.")
    lost = lost_writes(world.history, led.values)
    if lost:
        return None
    done = sum(op.status == "ok" for op in world.history)
    if led.epoch == 1:
        return Wrong(
            f"{done} writes are acknowledged and none is lost: the first primary leads to the end. Somebody else must take over."
        )
    return Wrong(
        f"{done} writes are acknowledged and none is lost, although {led.id} has taken over: each acknowledged write was at a "
        "node that the new primary needed for its votes."
    )


EXERCISES = (
    Exercise(
        id="10.3",
        title="Repair: the log first",
        name="OrderedPrimary",
        stub="class OrderedPrimary(Primary):\n"
        "    def on_put(self, sender, put):\n"
        "        self.set(put.key, put.value)\n"
        "        self.lsn += 1\n"
        "        entry = Logged(self.lsn, put.key, put.value)\n"
        "        self.write(entry)\n"
        "        self.reply(sender, put.op, Answer(None, Position(0, self.lsn)))\n"
        "        self.broadcast(Replicate(entry))\n",
        solution="class OrderedPrimary(Primary):\n"
        "    def on_put(self, sender, put):\n"
        "        if self.lsn == self.room:\n"
        '            self.send(sender, NotPrimary(put.op, ""))\n'
        "            return\n"
        "        self.lsn += 1\n"
        "        entry = Logged(self.lsn, put.key, put.value)\n"
        "        self.write(entry)\n"
        "        self.set(put.key, put.value)\n"
        "        self.reply(sender, put.op, Answer(None, Position(0, self.lsn)))\n"
        "        self.broadcast(Replicate(entry))\n",
        reasoning="The log is the truth, and the state a copy of it. What is in the log and not yet in the state is redone at the "
        "next start; what is in the state and not in the log is a change of which no replica ever hears. So nothing touches the "
        "state before it is logged, and then there is nothing to roll back when the log is full.",
        hints=(
            "Let a crash strike between any two lines. After which of them is there something that the log does not know?",
            "self.room is the number of entries that the log can hold. Look at it before anything has changed.",
        ),
        judge=_judge_primary,
        praise="After a crash at any point the state is what the log says, and a full log changes nothing.",
        names={"Answer": Answer, "NotPrimary": NotPrimary, "Logged": Logged, "Position": Position, "Primary": Primary,
               "Replicate": Replicate, "Written": Written},
        lines=2_000_000,
    ),
    Exercise(
        id="10.4",
        title="Fill in: what enough replicas have",
        name="visible",
        stub="def visible(have, acks, first, before):\n    return before\n",
        solution="def visible(have, acks, first, before):\n"
        "    reached = sorted(have, reverse=True)[acks - 1]\n"
        "    return max(before, reached) if reached >= first else before\n",
        reasoning="Sorted from the highest number down, the place acks - 1 is the number that so many replicas have reached. It "
        "counts only if it includes an entry of this primary's own epoch: an older entry at many replicas can still be replaced by "
        "a candidate whose last entry is of a later epoch, as figure 8 of the Raft paper shows.",
        hints=(
            "With acks=2 and have=[7, 3, 5]: two replicas have entry 5. Which place is that in the sorted list?",
            "first is the number of the first entry that this primary made. What if the result is below it?",
        ),
        judge=_judge_visible,
        praise="Never more than enough replicas have, never less than was visible, and nothing of another epoch by itself.",
        lines=2_000_000,
    ),
    Exercise(
        id="10.5",
        title="Fill in: whom to vote for",
        name="may_lead",
        stub="def may_lead(mine, theirs):\n    return True\n",
        solution="def may_lead(mine, theirs):\n"
        "    return (theirs.epoch, theirs.lsn) >= (mine.epoch, mine.lsn)\n",
        reasoning="An acknowledged write is at a majority. A candidate needs the votes of a majority, so one voter has that write; "
        "if it votes only for logs that lack nothing it has, the winner has it too. The epoch of the last entry decides first: a "
        "primary that was cut off may have a long log of entries that nobody acknowledged.",
        hints=(
            "mine and theirs are positions, with .epoch and .lsn. Is a longer log always a newer one?",
            "Compare the epochs of the last entries first, and the numbers only if those are equal.",
        ),
        judge=_judge_vote,
        praise="Whoever wins with such votes has every entry that a majority has.",
        names={"Position": Position},
        lines=500_000,
    ),
    Exercise(
        id="10.6",
        title="Break: one ack among five",
        name="plan",
        stub="plan = []\n",
        solution='plan = [sim.At(700, sim.Partition({"n1", "n2"}, {"n3", "n4", "n5"}))]\n',
        reasoning="One ack and the primary are two of five: no majority. Cut off together with one replica, n2 goes on to "
        "acknowledge, while the other three elect a primary of their own. When the cut is over, the two logs differ, and the "
        "shorter epoch gives way. With two acks the same plan would only have made the writes wait.",
        hints=(
            "n2 leads from the start. Which nodes must it still reach, so that its writes are acknowledged?",
            "And how many must be left on the other side, so that they can elect somebody?",
        ),
        judge=_judge_plan,
        praise="Acknowledged, and gone: one ack is not enough for five nodes.",
        names={"sim": sim, "At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Pause": Pause,
               "Recover": Recover, "Restart": Restart, "Resume": Resume},
        lines=500_000,
    ),
)  # fmt: skip
