"""The isolation levels as data: the anomalies that each forbids, and which level implies which.

Sources: Adya, "Weak consistency", MIT 1999 (PL-1 to PL-3, PL-2.99, PL-SI, PL-SS); Berenson et al., SIGMOD 1995;
Bailis et al., "Highly available transactions", VLDB 2014 (monotonic atomic view); Cerone and Gotsman, "Analysing
snapshot isolation", PODC 2016 (snapshot isolation and parallel snapshot isolation on dependency graphs); Kingsbury
and Alvaro, "Elle", VLDB 2020. Where they differ:

- *Snapshot isolation* is not bound to real time here: some start and commit for each transaction satisfy Adya's G-SIa
  and G-SIb. By Cerone and Gotsman that is the case if and only if every cycle has two adjacent read-write
  dependencies, so G-nonadjacent is forbidden and not G-single alone. Clients' sessions play no part, as in Elle.
- *Parallel snapshot isolation* forbids cycles with at most one read-write dependency: it allows a long fork. Adya's
  PL-2+ (consistent view) forbids the same.
- *Repeatable read* is Adya's PL-2.99. It differs from serializability by predicates alone. The transactions judged
  here name their keys and read no predicate, so no history tells the two apart.
- *Monotonic atomic view*: a transaction that read a write of T, and later reads a key that T wrote, reads T's version
  or a newer one, on the same key too.
- A transaction that does not read its own writes has no history in Adya's model, at any level. As in Elle, read
  uncommitted, read committed and monotonic atomic view allow it; the levels above forbid it (`internal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dscourse.checkers.classification import below
from dscourse.checkers.transactions.cycles import ANY, APART, AT_MOST_ONE, Walk
from dscourse.checkers.transactions.graph import FLOW, ITEMS, SEEN, SESSION
from dscourse.checkers.transactions.versions import TIMED, WROTE_BEFORE

__all__ = ["LEVELS", "LEVEL_IMPLIES", "Level", "forbidden", "weaker_levels"]


@dataclass(frozen=True, slots=True)
class Level:
    """A level: the anomalies that it forbids beyond those of the levels below it, and the cycles.

    A cycle is forbidden if all its dependencies are of these ``kinds``, in an order that ``walk`` allows. With
    ``real_time`` what ended before another began counts as a dependency too. ``order_decides`` is False if any order
    of the versions that keeps the dependencies known is as good as any other, so that none has to be found.
    """

    title: str
    forbids: tuple[str, ...]
    kinds: int
    walk: Walk = ANY
    real_time: bool = False
    order_decides: bool = True


# By name, from the strongest level to the weakest.
LEVELS: Mapping[str, Level] = {
    "strict_serializable": Level(
        "strict serializable", ("G2-item-realtime",), ITEMS | TIMED, real_time=True
    ),
    "strong_session_serializable": Level(
        "strong session serializable", ("G2-item-session",), ITEMS | SESSION
    ),
    "serializable": Level("serializable", ("G2-item",), ITEMS),
    "repeatable_read": Level("repeatable read", ("internal", "lost update", "G2-item"), ITEMS),
    "snapshot_isolation": Level("snapshot isolation", ("G-nonadjacent",), ITEMS, APART),
    "parallel_snapshot_isolation": Level(
        "parallel snapshot isolation", ("internal", "lost update", "G-single"), ITEMS, AT_MOST_ONE
    ),
    "monotonic_atomic_view": Level(
        "monotonic atomic view", ("OTV",), FLOW | SEEN, order_decides=False
    ),
    "read_committed": Level(
        "read committed", ("G1a", "G1b", "G1c", "future read", "incompatible orders"),
        FLOW, order_decides=False,
    ),
    "read_uncommitted": Level(
        "read uncommitted", ("G0", "duplicates", "garbage read"), WROTE_BEFORE, order_decides=False
    ),
}  # fmt: skip

# (stronger, weaker): only the direct arrows.
LEVEL_IMPLIES: tuple[tuple[str, str], ...] = (
    ("strict_serializable", "strong_session_serializable"),
    ("strong_session_serializable", "serializable"),
    ("serializable", "repeatable_read"),
    ("serializable", "snapshot_isolation"),
    ("repeatable_read", "monotonic_atomic_view"),
    ("snapshot_isolation", "parallel_snapshot_isolation"),
    ("parallel_snapshot_isolation", "monotonic_atomic_view"),
    ("monotonic_atomic_view", "read_committed"),
    ("read_committed", "read_uncommitted"),
)


def weaker_levels(name: str) -> tuple[str, ...]:
    """Return all levels that the level called ``name`` implies; KeyError if there is none of this name.

    >>> weaker_levels("monotonic_atomic_view")
    ('read_committed', 'read_uncommitted')
    """
    if name not in LEVELS:
        raise KeyError(f"no level is called {name!r}: the levels are {', '.join(LEVELS)}")
    found = below(name, LEVEL_IMPLIES)
    return tuple(one for one in LEVELS if one in found)


def forbidden(name: str) -> tuple[str, ...]:
    """Return all anomalies that a level forbids, those of the levels below it first.

    >>> forbidden("monotonic_atomic_view")
    ('G0', 'duplicates', 'garbage read', 'G1a', 'G1b', 'G1c', 'future read', 'incompatible orders', 'OTV')
    """
    names = [*reversed(weaker_levels(name)), name]
    return tuple(dict.fromkeys(anomaly for one in names for anomaly in LEVELS[one].forbids))
