"""An example of every anomaly: its name, the strongest level that allows it, and a part of the sentence."""

from __future__ import annotations

from dscourse.checkers.transactions import (
    isolation,
)
from dscourse.history import History
from tests.checkers.transactions.histories import concurrent, in_turn, transaction

__all__ = ["ALL", "EXAMPLES", "TOO_LARGE_FOR_THE_DEFINITIONS", "strongest"]

# The lines of the history, the names of its anomalies, the strongest level that holds, and a part of the explanation.
EXAMPLES: dict[str, tuple[History, list[str], str | None, str]] = {
    "write skew": (
        concurrent("r x, append y 1", "r y, append x 2"), ["G2-item (write skew)"], "snapshot_isolation",
        "T0 read x before T1 appended 2 to it, and T1 read y before T0 appended 1 to it, "
        "so each must come before the other",
    ),
    "write skew on registers": (
        concurrent("r x =, w y 1", "r y =, w x 2"), ["G2-item (write skew)"], "snapshot_isolation",
        "T0 read x = nothing before T1 wrote x = 2",
    ),
    "long fork": (
        concurrent("append x 1", "append y 2", "r x 1, r y", "r x, r y 2"), ["G-nonadjacent (long fork)"],
        "parallel_snapshot_isolation",
        "T2 read 1 in x, which T0 had appended, T2 read y before T1 appended 2 to it, "
        "T3 read 2 in y, which T1 had appended, and T3 read x before T0 appended 1 to it, "
        "so T0 must come before itself",
    ),
    "lost update": (
        concurrent("append x 1", "r x 1, append x 2", "r x 1, append x 3", "r x 1 2 3"),
        ["lost update (G-single)"], "monotonic_atomic_view",
        "T1 and T2 both read x when 1 was its last write, and both wrote it",
    ),
    "lost update of which nobody reads the end": (
        concurrent("w x 1", "r x = 1, w x 2", "r x = 1, w x 3"), ["lost update (G2-item)"],
        "monotonic_atomic_view", "T1 and T2 both read x when 1 was its last write, and both wrote it",
    ),
    "lost update of a value from before the history": (
        concurrent("r x = 0, w x 1", "r x = 0, w x 2"), ["garbage read", "lost update"], None,
        "T0 and T1 both read x when 0 was its last write, and both wrote it",
    ),
    "read skew": (
        concurrent("append x 1, append y 1", "r y, r x 1"), ["G-single (read skew)"], "monotonic_atomic_view",
        "T1 read 1 in x, which T0 had appended, and T1 read y before T0 appended 1 to it",
    ),
    "observed transaction vanishes": (
        concurrent("append x 1, append y 1", "r x 1, r y"), ["OTV", "G-single (read skew)"], "read_committed",
        "T1 had read a write of T0 when it read nothing in y, which T0 wrote too",
    ),
    "observed transaction vanishes, over an older version": (
        concurrent("append y 5", "append x 1, append y 6", "r x 1, r y 5", "r y 5 6"),
        ["OTV", "G-single (read skew)"],
        "read_committed",
        "T2 had read a write of T1 when it read T0's version of y, which must then be newer than T1's",
    ),
    "observed transaction vanishes, after a read from another": (
        concurrent("append x 1, append z 1", "append y 2", "r x 1, r y 2, r z"),
        ["OTV", "G-single (read skew)"], "read_committed",
        "T2 had read a write of T0 when it read nothing in z, which T0 wrote too",
    ),
    "circular information flow": (
        concurrent("append x 1, r y 2", "append y 2, r x 1"), ["G1c"], "read_uncommitted",
        "T0 read 2 in y, which T1 had appended",
    ),
    "dirty write": (
        concurrent("append x 1, append y 1", "append x 2, append y 2", "r x 1 2", "r y 2 1"), ["G0"], None,
        "T0 appended 1 to x before T1 appended 2 to it, and T1 appended 2 to y before T0 appended 1 to it",
    ),
    "aborted read": (
        concurrent("a fail: append x 1", "r x 1", "append y 2", "r y 2"), ["G1a"], "read_uncommitted",
        "T1 read 1 in x, which T0 wrote, and that aborted",
    ),
    "intermediate read": (
        concurrent("w x 1, w x 2", "r x = 1, r y = 3", "w y 3"), ["G1b"], "read_uncommitted",
        "T1 read 1 in x, after which T0 wrote x again",
    ),
    "future read": (
        concurrent("r x 1, append x 1", "r x 1"), ["future read"], "read_uncommitted",
        "T0 read 1 in x before it wrote it",
    ),
    "incompatible orders": (
        concurrent("append x 1", "append x 2", "r x 1 2", "r x 2"), ["incompatible orders"], "read_uncommitted",
        "T2 read [1 2] in x and T3 read [2]: neither is the beginning of the other",
    ),
    "incompatible orders, which leave open whether a write was dirty": (
        concurrent("append x 1, append y 1", "append x 2, append y 2", "r x 1 2", "r x 2", "r y 2 1"),
        ["incompatible orders"], "read_uncommitted", "neither is the beginning of the other",
    ),
    "internal": (
        concurrent("append x 1", "r x 1, append x 2, r x 1", "r x 1 2"), ["internal"], "monotonic_atomic_view",
        "T1 read [1] in x, where it had just read or written [1 2]",
    ),
    "internal, of appends in another order": (
        concurrent("append x 1, append x 2", "r x 2"), ["internal"], "monotonic_atomic_view",
        "T1 read [2] in x of what T0 appended as [1 2]",
    ),
    "duplicates": (
        concurrent("append x 1", "r x 1 1"), ["duplicates"], None,
        "T1 read 1 2 times in x, to which it was appended once",
    ),
    "garbage read": (concurrent("w x 1", "r x = 7"), ["garbage read"], None, "T1 read 7 in x, which nobody wrote"),
    "stale read": (
        in_turn("a ok: append x 1", "b ok: r x"), ["G-single-realtime"], "serializable",
        "T1 read x before T0 appended 1 to it, and T0 had ended before T1 began",
    ),
    "stale read of a register": (
        in_turn("a ok: w x 1", "b ok: w x 2", "c ok: r x = 1"), ["G-single-realtime"], "serializable",
        "T2 read x = 1 before T1 wrote x = 2, as T0 wrote x = 1 and had ended before T1 began, and T1 had ended "
        "before T2 began",
    ),
    "read of a register from the future": (
        in_turn("a ok: r x = 1", "b ok: w x 1"), ["G1c-realtime"], "serializable",
        "T0 read x = 1, which T1 had written, and T0 had ended before T1 began",
    ),
    "reads of a register there and back": (
        History([
            transaction(0, "w x 1", 0, 3), transaction(1, "w x 2", 1, 4), transaction(2, "r x = 2", 5, 6),
            transaction(3, "r x = 1", 7, 8), transaction(4, "r x = 2", 9, 10),
        ]),
        ["unordered writes-realtime"], "serializable",
        "T1 wrote x = 2 before T0 wrote x = 1, as T1 had ended before T3, which read x = 1, began",
    ),
    "no order of the writes to a register": (
        concurrent("r x = 3, r y = 1", "w y 1, w x 2", "r x =, w x 3"),
        ["unordered writes (G-single (lost update))"], "monotonic_atomic_view",
        "every order of the writes that no read shows leads to a cycle",
    ),
    "dirty writes around one that was read and rolled back": (
        concurrent(
            "a fail: append x 1", "append x 2, append y 2", "append x 3, append y 3", "r x 1 2 3", "r x 2 3",
            "r y 3 2",
        ),
        ["G0", "G1a", "incompatible orders"], None,
        "T1 appended 2 to x before T2 appended 3 to it, and T2 appended 3 to y before T1 appended 2 to it",
    ),
    "two anomalies, of which one is seen in real time alone": (
        in_turn("a ok: r x, append y 1", "b ok: r y, append x 2", "c ok: append z 3", "d ok: r z"),
        ["G2-item (write skew)", "G-single-realtime"], "snapshot_isolation",
        "T3 read z before T2 appended 3 to it, and T2 had ended before T3 began",
    ),
    "dirty writes that intermediate appends show": (
        concurrent("append x 1, append x 2", "append x 3, append x 4", "r x 2 4 3 1", "r x 2 4 1"),
        ["G0", "G1b", "incompatible orders", "internal"], None, "T0 appended 2 to x before T1 appended 4 to it",
    ),
    "own write unseen": (
        in_turn("a ok: append x 1", "a ok: r x"), ["G-single-session", "G-single-realtime"], "serializable",
        "T1 read x before T0 appended 1 to it",
    ),
}  # fmt: skip
TOO_LARGE_FOR_THE_DEFINITIONS: dict[str, tuple[History, list[str], str | None, str]] = {
    "a lost update and a read skew, both G-single": (
        concurrent(
            "append x 1", "r x 1, append x 2", "r x 1, append x 3", "r x 1 2 3", "append p 1, append q 1",
            "r q, r p 1",
        ),
        ["lost update (G-single)", "G-single (read skew)"], "monotonic_atomic_view",
        "T5 read 1 in p, which T4 had appended, and T5 read q before T4 appended 1 to it",
    ),
    "own write unseen, of which the client does not know whether it happened": (
        in_turn("a unknown: append x 1", "a ok: r x", "b ok: r x 1", "c ok: append z 1", "d ok: r z",
            "c ok: append w 1", "c ok: r w 1",
        ),
        ["G-single-realtime"], "strong_session_serializable",
        "T4 read z before T3 appended 1 to it, and T3 had ended before T4 began",
    ),
}  # fmt: skip
ALL = EXAMPLES | TOO_LARGE_FOR_THE_DEFINITIONS


def strongest(history: History) -> str | None:
    """The first level that holds, the strongest first."""
    return next(
        (level for level, verdict in isolation(history).verdicts.items() if verdict.ok), None
    )
