"""The safety properties of Raft.

Source: Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, figure 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.protocols.elections import clash, winners
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import TermAndVote
from dscourse.replication.log import agree, match
from dscourse.replication.raft_log import Entry, Position

__all__ = [
    "election_safety", "leader_completeness", "log_matching", "one_winner_per_term", "state_machine_safety",
]  # fmt: skip


def _servers(nodes: Mapping[str, Any]) -> list[Raft]:
    return [node for _, node in sorted(nodes.items()) if isinstance(node, Raft)]


def _leaders(servers: Iterable[Raft]) -> list[Raft]:
    return [node for node in servers if node.role == "leader"]


def election_safety(nodes: Mapping[str, Any]) -> Verdict:
    """No two of these nodes lead the same term at this moment. `one_winner_per_term` judges the whole run.

    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> a.role = b.role = "leader"
    >>> election_safety({"a": a, "b": b})
    violated: election safety; a and b both lead term 0
    """
    leaders: dict[int, list[str]] = {}
    for node in _leaders(_servers(nodes)):
        leaders.setdefault(node.term, []).append(node.id)
    return unless("election safety", clash(leaders, "lead term"))


def one_winner_per_term(
    logs: Mapping[str, Sequence[object]], voters: Iterable[str] | None = None
) -> Verdict:
    """No two candidates ever had the votes of a majority in the same term, by the logs of all ``voters``.

    Like figure 3, this judges the whole run. It knows only votes that were written, and one set of voters: it cannot
    judge a cluster whose members change. Without ``voters`` every log is a voter's; the log of any other node would
    raise the majority, and could hide a second winner.

    >>> a, b = [TermAndVote(1, "a")], [TermAndVote(1, "b")]
    >>> one_winner_per_term({"a": a, "b": b, "c": a})
    one winner per term
    >>> one_winner_per_term({"a": a, "b": b, "c": a + b, "client": []}, voters="abc")
    violated: one winner per term; a and b both have a majority in term 1
    """
    votes = {
        name: [
            (record.term, record.voted_for)
            for record in logs[name]
            if isinstance(record, TermAndVote) and record.voted_for
        ]
        for name in (logs if voters is None else voters)
    }
    return unless("one winner per term", clash(winners(votes), "have a majority in term"))


def log_matching(nodes: Mapping[str, Any]) -> Verdict:
    """Two logs that hold an entry of the same index and term hold the same entries up to it, at this moment.

    Entries that a snapshot has replaced are not compared.

    >>> from dscourse.replication.raft_log import ReplicatedLog
    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> one, other, then = (Entry(Position(*at), "command", at) for at in ((1, 1), (2, 1), (3, 2)))
    >>> a.log, b.log = ReplicatedLog().extended([one, then]), ReplicatedLog().extended([other, then])
    >>> log_matching({"a": a, "b": b})
    violated: log matching; the logs of a and b share an entry, and differ before it
    """
    wrong = (
        f"the logs of {one.id} and {other.id} share an entry, and differ before it"
        for one, other in combinations(_servers(nodes), 2)
        if one.log.entries and other.log.entries and not match([one.log, other.log])
    )
    return unless("log matching", next(wrong, ""))


def leader_completeness(nodes: Mapping[str, Any]) -> Verdict:
    """Every leader holds the entries that nodes of its own or an earlier term know to be committed, at this moment.

    Of the entries that a snapshot has replaced, only the last is looked for.

    >>> from dscourse.replication.raft_log import ReplicatedLog
    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> a.log, a.commit_index = ReplicatedLog().extended([Entry(Position(1, 1), "no-op")]), 1
    >>> b.role, b.term = "leader", 2
    >>> leader_completeness({"a": a, "b": b})
    violated: leader completeness; a has committed index 1 of term 1, and b, the leader of term 2, lacks it
    """
    servers = _servers(nodes)
    wrong = (
        f"{node.id} has committed {position}, and {leader.id}, the leader of term {leader.term}, lacks it"
        for leader in _leaders(servers)
        for node in servers
        if node.commit_index and node.term <= leader.term
        for position in _committed(node)
        if position not in leader.log and position.index >= leader.log.base.index
    )
    return unless("leader completeness", next(wrong, ""))


def state_machine_safety(nodes: Mapping[str, Any]) -> Verdict:
    """No two of these nodes have committed different entries at the same index, at this moment.

    Of the entries that a snapshot has replaced, only the last is compared, by its position.

    >>> from dscourse.replication.raft_log import ReplicatedLog
    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> a.log, b.log = (ReplicatedLog().extended([Entry(Position(term, 1), "no-op")]) for term in (1, 2))
    >>> a.commit_index = b.commit_index = 1
    >>> state_machine_safety({"a": a, "b": b})
    violated: state machine safety; a and b have committed different entries at index 1
    """
    servers = _servers(nodes)
    known = [node for node in servers if node.commit_index]
    if len(known) < 2 or agree((node.log, node.commit_index) for node in known):
        return unless("state machine safety", "")
    wrong = (
        f"{one.id} and {other.id} have committed different entries at index {index}"
        for one, other in combinations(servers, 2)
        for index in _different(_committed(one), _committed(other))
    )
    return unless("state machine safety", next(wrong))


def _committed(node: Raft) -> dict[Position, Entry | None]:
    """Return the entries that the node knows to be committed, by position; None for the last one in its snapshot."""
    known = {
        entry.position: entry for entry in node.log.entries if entry.index <= node.commit_index
    }
    return {node.log.base: None, **known}


def _different(
    one: Mapping[Position, Entry | None], other: Mapping[Position, Entry | None]
) -> Iterator[int]:
    """Return the indexes at which the positions differ, or the entries, where both are known."""
    return (
        mine.index
        for mine, theirs in product(one, other)
        if mine.index == theirs.index
        and (mine != theirs or (one[mine] or other[mine]) != (other[mine] or one[mine]))
    )
