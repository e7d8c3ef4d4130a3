"""The promises of `primary_replica` as properties: of its nodes at one moment, and of a whole run.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, figure 3
               (Log Matching, State Machine Safety).
Assumes:       the nodes that are up, by name; what a node held before a crash is not looked at. Restarts: none of
               these remembers an earlier moment.
Promises:      nothing: these are predicates.
Not promised:  State Machine Safety over time: `visible_agrees` compares nodes at one moment; `lost_writes` compares
               what clients were told with a final state.
Departs:       what is applied in the source is what is visible here.
Size:          linear in the lengths of the logs, for each pair of nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.history import History
from dscourse.protocols.primary_replica import PrimaryReplica
from dscourse.replication.binary_log import Entry
from dscourse.replication.log import agree, match

__all__ = ["logs_match", "lost_writes", "visible_agrees"]


def _replicas(nodes: Mapping[str, Any]) -> list[PrimaryReplica]:
    return [node for node in nodes.values() if isinstance(node, PrimaryReplica)]


def logs_match(nodes: Mapping[str, Any]) -> Verdict:
    """Judge that two logs that hold the same position hold the same entries up to it, at this moment.

    Entries that a snapshot has replaced are not compared.

    >>> from dscourse.replication.binary_log import BinaryLog, Position
    >>> a, b = PrimaryReplica("a", acks=0), PrimaryReplica("b", acks=0)
    >>> one, other, then = (Entry(Position(*at), "write", "x", at) for at in ((1, 1), (2, 1), (3, 2)))
    >>> a.log, b.log = BinaryLog().extended([one, then]), BinaryLog().extended([other, then])
    >>> logs_match({"a": a, "b": b})
    violated: logs match; the logs of a and b hold the same position, and not the same up to it
    """
    wrong = [
        f"the logs of {one.id} and {other.id} hold the same position, and not the same up to it"
        for one, other in combinations(_replicas(nodes), 2)
        if not match([one.log, other.log])
    ]
    return unless("logs match", wrong[0] if wrong else "")


def visible_agrees(nodes: Mapping[str, Any]) -> Verdict:
    """Judge that the entries visible at any two of these nodes are the same, as far as both reach, at this moment.

    Of the entries that a snapshot has replaced, only the last is compared, by its position. What a node showed before
    it crashed is not looked at: `lost_writes` finds acknowledged writes that are gone.

    >>> from dscourse.replication.binary_log import BinaryLog, Position
    >>> a, b = PrimaryReplica("a", acks=0), PrimaryReplica("b", acks=0)
    >>> a.log, b.log = (BinaryLog().extended([Entry(Position(epoch, 1), "begin")]) for epoch in (1, 2))
    >>> visible_agrees({"a": a, "b": b})
    visible agrees
    >>> a.visible = b.visible = 1
    >>> visible_agrees({"a": a, "b": b})
    violated: visible agrees; a shows 1:1 begin, and b shows 2:1 begin
    """
    wrong = ""
    for one, other in combinations(_replicas(nodes), 2):
        if not agree([(one.log, one.visible), (other.log, other.visible)]):
            theirs = {entry.position.lsn: entry for entry in _shown(other)}
            pairs = [(mine, theirs.get(mine.position.lsn, mine)) for mine in _shown(one)]
            differ = [
                f"{one.id} shows {mine}, and {other.id} shows {its}"
                for mine, its in pairs
                if mine != its
            ]
            wrong = differ[0] if differ else f"{one.id} and {other.id} show different logs"
    return unless("visible agrees", wrong)


def _shown(node: PrimaryReplica) -> list[Entry]:
    return [entry for entry in node.log.entries if entry.position.lsn <= node.visible]


def lost_writes(history: History, state: Mapping[Any, Any]) -> list[int]:
    """Return the ids of acknowledged writes that are not in this state.

    ValueError if a key is written twice: a value that is gone may then have been replaced.
    """
    writes = [op for op in history if op.f == "write"]
    if len({op.key for op in writes}) < len(writes):
        raise ValueError(
            "a key is written twice: a lost write can only be found if each write has a key of its own"
        )
    return [op.id for op in writes if op.status == "ok" and state.get(op.key) != op.value]
