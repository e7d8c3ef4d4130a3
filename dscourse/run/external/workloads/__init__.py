"""The workloads: requests of clients, the meaning of answers, and the judges of histories.

workload    the form of a workload
ids         echo, unique-ids
sets        broadcast, g-set
counters    g-counter, pn-counter
kv          lin-kv
kafka       kafka
txn         txn-list-append, txn-rw-register
"""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.run.external.workloads.counters import GCounter, PnCounter
from dscourse.run.external.workloads.ids import Echo, UniqueIds
from dscourse.run.external.workloads.kafka import Kafka
from dscourse.run.external.workloads.kv import LinKvWorkload
from dscourse.run.external.workloads.sets import Broadcast, GSet
from dscourse.run.external.workloads.txn import ListAppend, RwRegister
from dscourse.run.external.workloads.workload import Settings, Workload

__all__ = ["WORKLOADS", "Settings", "Workload"]

WORKLOADS: Mapping[str, type[Workload]] = {
    kind.name: kind
    for kind in (
        Echo, UniqueIds, Broadcast, GSet, GCounter, PnCounter, LinKvWorkload, Kafka, ListAppend, RwRegister
    )
}  # fmt: skip
