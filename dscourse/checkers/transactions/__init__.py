"""Isolation of transactions: histories of reads, writes and appends, judged by levels and anomalies.

    transaction   the steps of a transaction, and its form in a history
    versions      the versions of one key, as far as their order is known
    record        what a history shows: versions, and anomalies without a cycle
    lists         the reads of lists, and what contradicts them
    recording     the record of a history
    graph         ww, wr and rw dependencies, sessions and real time
    cycles        a smallest cycle of a kind
    levels        which level forbids which anomalies, as data
    orders        orders of versions that complete what a history proves
    violations    what a level forbids, in a graph
    judgement     one level on one history
    examples      one example of each anomaly
    judges        all levels, and all anomalies

The method is Elle's (Kingsbury and Alvaro, VLDB 2020): a list that only grows shows the order of its versions. Where
no read shows the order of some writes, Elle reports what it can prove and is silent about the rest. Here a level
*holds* only if an order of all versions was found that satisfies it; otherwise it is refuted, or *unknown*.
"""

from dscourse.checkers.transactions.anomaly import MEANINGS, Anomaly
from dscourse.checkers.transactions.judges import (
    BY_LEVEL,
    anomalies,
    isolation,
    monotonic_atomic_view,
    parallel_snapshot_isolation,
    read_committed,
    read_uncommitted,
    repeatable_read,
    serializable,
    snapshot_isolation,
    strict_serializable,
    strong_session_serializable,
)
from dscourse.checkers.transactions.levels import (
    LEVEL_IMPLIES,
    LEVELS,
    Level,
    forbidden,
    weaker_levels,
)

__all__ = [
    "BY_LEVEL", "LEVELS", "LEVEL_IMPLIES", "MEANINGS", "Anomaly", "Level", "anomalies", "forbidden", "isolation",
    "monotonic_atomic_view", "parallel_snapshot_isolation", "read_committed", "read_uncommitted", "repeatable_read",
    "serializable", "snapshot_isolation", "strict_serializable", "strong_session_serializable", "weaker_levels",
]  # fmt: skip
