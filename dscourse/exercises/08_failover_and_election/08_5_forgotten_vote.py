"""Judge of 08.5: a voter that keeps its vote across a crash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.properties import Property
from dscourse.exercises.judges.schedules import draw_schedule
from dscourse.exercises.judges.voters import granted, voting_mistake
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.explore import Bounds, NotAlikeError, View, explore
from dscourse.node import CancelTimer, Effect, Node, SetTimer, Timer, take_effects
from dscourse.protocols.failover import (
    Beat,
    FailoverNode,
    Granted,
    RequestVote,
    Voted,
    one_leader_per_epoch,
)
from dscourse.protocols.heartbeats import BeatDue, LeaderSilent

__all__ = ["LINES", "NAMES", "judge"]

LINES = 8_000_000
NAMES = by_name(FailoverNode, Granted, RequestVote, Voted)


def judge(voter: Any) -> Wrong | None:
    if not (isinstance(voter, type) and issubclass(voter, FailoverNode)):
        return Wrong("`CarefulNode` must be a class derived from FailoverNode.")
    try:
        wrong = _judge_schedules(voter)
    except NotAlikeError:
        wrong = None  # it treats nodes by their names, which need not be wrong
    if wrong is not None:
        return wrong
    mistake = voting_mistake(lambda name, peers: voter(name, peers))
    return Wrong(mistake) if mistake else _judge_roles(voter)


# --- every schedule of two candidates and a voter ---------------------------------------------------


def _one_leader_in_each_epoch(view: View) -> bool:
    return bool(one_leader_per_epoch(view.nodes))


def _a_node_leads(view: View) -> bool:
    return any(node.epoch_led is not None for node in view.nodes.values())


_ONE_LEADER = Property("one leader in each epoch", _one_leader_in_each_epoch)


def _election(voter: type[FailoverNode]) -> list[Node]:
    """Return three nodes with the learner's votes: a and b may become candidates, and c only votes.

    With two time-outs there are at most two candidates; another pair of them would only rename the nodes. A leader
    sends no heartbeats, because they carry no votes.
    """

    class Candidate(voter):  # type: ignore[misc, valid-type]
        def on_beat_due(self, timer: Timer) -> None:
            pass

    class OnlyVoter(Candidate):
        def set_timer(self, timer: Timer, delay_ms: float | tuple[float, float]) -> None:
            pass

    return [Candidate("a", ["b", "c"]), Candidate("b", ["a", "c"]), OnlyVoter("c", ["a", "b"])]


def _judge_schedules(voter: type[FailoverNode]) -> Wrong | None:
    for crashes in (0, 1):
        result = explore(
            _election(voter), always=[_ONE_LEADER], sometimes=[_a_node_leads], alike=["a", "b"],
            bounds=Bounds(crashes=crashes, restarts=crashes, timeouts=2, copies=1),
        )  # fmt: skip
        if result.ok:
            continue
        if not result.steps:
            return Wrong("No schedule makes any node a leader: votes must still be given.")
        picture = draw_schedule(_election(voter), result.steps)
        if result.violated != _ONE_LEADER.name:
            return Wrong(f"{result.reason}.", picture)
        message = (
            f"Two nodes lead the same epoch. The shortest schedule has {len(result.steps)} steps"
        )
        return Wrong(message + (", with a crash." if crashes else "."), picture)
    return None


# --- a voter that follows, leads or stands ----------------------------------------------------------


def _judge_roles(voter: type[FailoverNode]) -> Wrong | None:
    roles = {"follows a leader": _follower, "leads": _leader, "has asked for votes": _candidate}
    for role, build in roles.items():
        node = build(voter)
        before = take_effects(node)
        handle_message(node, "b", RequestVote(5))
        effects = take_effects(node)
        if list(granted(effects)) != [("b", 5)]:
            return Wrong(
                f"A node that {role} in epoch 1 gives no vote in epoch 5. It must: without its vote there may be no "
                "majority, and it has promised nothing for this epoch."
            )
        if node.epoch_led is not None:
            return Wrong(
                f"A node that {role} in epoch 1 votes in epoch 5 and still leads epoch {node.epoch_led}."
            )
        if not _waits([*before, *effects]):
            return Wrong(
                f"A node that {role} in epoch 1 votes in epoch 5, and then waits for no leader: if its candidate is "
                "gone, it never asks for votes again."
            )
    return None


def _waits(effects: Iterable[Effect]) -> bool:
    """Return True if a node with these effects has a timer that may begin an election."""
    pending = set()
    for effect in effects:
        if isinstance(effect, SetTimer):
            pending.add(effect.timer)
        elif isinstance(effect, CancelTimer):
            pending.discard(effect.timer)
    return bool(pending - {BeatDue()})


def _follower(voter: type[FailoverNode]) -> FailoverNode:
    node = voter("c", ["a", "b"])
    node.on_start([])
    handle_message(node, "a", Beat(1, 1))
    return node


def _candidate(voter: type[FailoverNode]) -> FailoverNode:
    node = voter("c", ["a", "b"])
    node.on_start([])
    handle_timer(node, LeaderSilent())
    return node


def _leader(voter: type[FailoverNode]) -> FailoverNode:
    node = _candidate(voter)
    handle_message(node, "a", Granted(1))
    return node
