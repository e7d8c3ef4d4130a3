"""Judges of the workloads that Maelstrom made popular: unique ids, sets, counters and logs.

    unique     no id twice, every echo the same
    sets       an acknowledged element lasts; how late it shows everywhere
    counters   final reads are possible sums
    record     the offset of each message of a log
    commits    committed offsets do not move back
    logs       messages are neither lost, repeated, reordered nor skipped

Each is a function of a `History` alone. Registers and transactions have judges of their own: `linearizable` and
`checkers.transactions`. Source: the workloads of Maelstrom (Kingsbury, jepsen-io/maelstrom, ``doc/workloads.md``),
and for sets the checker ``set-full`` of Jepsen. Where a judge here asks for more or less, its docstring says so.
"""

from dscourse.checkers.workloads.counters import counter
from dscourse.checkers.workloads.logs import logs, unobserved
from dscourse.checkers.workloads.sets import grow_only_set, lateness_ms
from dscourse.checkers.workloads.unique import echoes, unique_ids

__all__ = ["counter", "echoes", "grow_only_set", "lateness_ms", "logs", "unique_ids", "unobserved"]
