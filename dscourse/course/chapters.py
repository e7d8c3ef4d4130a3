"""The chapters of the course, in order: the single source of their titles and times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHAPTERS", "Chapter", "notebooks_folder", "written"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One notebook: its topic in a few words, and the chapters to read first.

    >>> CHAPTERS[1].file
    '01_partial_failure.ipynb'
    """

    number: int
    slug: str
    title: str
    topic: str
    after: tuple[int, ...] = ()
    modules: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The chapter's number with two digits."""
        return f"{self.number:02d}"

    @property
    def file(self) -> str:
        """The notebook's file name."""
        return f"{self.label}_{self.slug}.ipynb"


CHAPTERS = (
    Chapter(
        0, "start_here", "Start here", "a broken cluster; how the course works",
        modules=("protocols/replicated_counter.py", "protocols/textbook/replicated_counter.py"),
        tests=("protocols/test_replicated_counter.py",),
    ),
    Chapter(
        1, "partial_failure", "Nodes, messages and partial failure",
        "what makes a system distributed; its goals, measured; retries",
        after=(0,),
        modules=("protocols/payments.py", "protocols/textbook/payments.py", "protocols/fan_out.py", "sim/"),
        tests=("protocols/test_payments.py", "protocols/test_fan_out.py", "sim/"),
    ),
    Chapter(
        2, "time_and_causality", "Time and causality", "logical and physical clocks",
        after=(1,),
        modules=("clocks.py", "protocols/textbook/clocks.py", "protocols/stamped_messages.py",
                 "protocols/textbook/stamped_messages.py", "protocols/cristian.py", "protocols/textbook/cristian.py"),
        tests=("test_clocks.py", "protocols/test_stamped_messages.py", "protocols/test_cristian.py"),
    ),
    Chapter(
        3, "cap", "Consistency or availability", "CAP, with a CP and an AP store",
        after=(1,),
        modules=("protocols/quorum_store.py", "protocols/textbook/quorum_store.py", "protocols/any_node_store.py",
                 "protocols/textbook/any_node_store.py", "protocols/stores.py"),
        tests=("protocols/test_quorum_store.py", "protocols/test_any_node_store.py", "experiments/test_cap.py"),
    ),
    Chapter(
        4, "consistency_models", "Consistency models", "from linearizable to eventual",
        after=(2, 3),
        modules=("protocols/single_copy_store.py", "protocols/sequential_store.py", "protocols/causal_store.py",
                 "protocols/textbook/single_copy_store.py", "protocols/textbook/sequential_store.py", "checkers/"),
        tests=("protocols/test_single_copy_store.py", "protocols/test_sequential_store.py",
               "protocols/test_causal_store.py", "checkers/", "experiments/test_consistency_models.py"),
    ),
    Chapter(
        5, "eventual_consistency", "Eventual consistency", "siblings, repair and convergence",
        after=(3,),
        modules=("protocols/eventual_store.py", "protocols/context_client.py", "protocols/anti_entropy.py",
                 "protocols/versions.py", "replication/merkle.py", "protocols/textbook/eventual_store.py"),
        tests=("protocols/test_eventual_store.py", "protocols/test_versions.py", "replication/test_merkle.py",
               "experiments/test_eventual_consistency.py"),
    ),
    Chapter(
        6, "atomic_commit", "Atomic commit", "two-phase commit and its rivals; every schedule explored",
        after=(1,),
        modules=("protocols/two_phase_commit.py", "protocols/atomicity.py", "protocols/three_phase_commit.py",
                 "protocols/textbook/two_phase_commit.py", "explore/", "run/on_disk.py"),
        tests=("protocols/test_two_phase_commit.py", "protocols/test_three_phase_commit.py", "explore/",
               "run/test_on_disk.py", "experiments/test_atomic_commit.py"),
    ),
    Chapter(
        7, "failure_detectors", "Failure detectors", "heartbeats and φ accrual, quick or right",
        after=(1,),
        modules=("detectors/", "datasets.py", "protocols/swim.py", "protocols/textbook/swim.py"),
        tests=("test_detectors.py", "test_datasets.py", "protocols/test_swim.py",
               "experiments/test_failure_detectors.py"),
    ),
    Chapter(
        8, "failover_and_election", "Failover and election", "two leaders at once, and how to keep to one",
        after=(7,),
        modules=("protocols/bully.py", "protocols/ring_election.py", "protocols/ring_election_retries.py",
                 "protocols/failover.py", "protocols/failover_subscriber.py", "protocols/elections.py",
                 "protocols/leases.py", "protocols/fencing.py",
                 "protocols/textbook/failover.py", "protocols/textbook/fencing.py"),
        tests=("protocols/test_bully.py", "protocols/test_ring_election_retries.py", "protocols/test_failover.py",
               "protocols/test_leases.py", "experiments/test_failover_and_election.py"),
    ),
    Chapter(
        9, "circuit_breakers", "Circuit breakers and retries", "retry storms, and what ends them",
        after=(1,),
        modules=("breaker/", "protocols/service_tiers.py", "protocols/textbook/service_tiers.py"),
        tests=("breaker/test_breaker.py", "breaker/test_model.py", "breaker/test_calls.py",
               "protocols/test_service_tiers.py", "experiments/test_circuit_breakers.py",
               "panels/test_circuit_breakers.py"),
    ),
    Chapter(
        10, "primary_replica", "Primary and replicas", "replication by a log; what an acknowledgement promises",
        after=(4, 8),
        modules=("protocols/primary_replica.py", "replication/log.py", "replication/binary_log.py",
                 "protocols/replica_clients.py", "protocols/chain_replication.py",
                 "protocols/textbook/primary_replica.py"),
        tests=("protocols/test_primary_replica.py", "replication/test_log.py", "protocols/test_chain_replication.py",
               "experiments/test_primary_replica.py"),
    ),
    Chapter(
        11, "multi_primary", "Many primaries", "conflicts and how to resolve them",
        after=(5,),
        modules=("protocols/multi_primary.py", "protocols/conflict_rules.py", "conflicts/",
                 "protocols/textbook/multi_primary.py"),
        tests=("protocols/test_multi_primary.py", "test_conflicts.py", "experiments/test_multi_primary.py"),
    ),
    Chapter(
        12, "hash_partitioning", "Placement by hash", "rings, rendezvous, jump, Maglev",
        after=(1,),
        modules=("placement/", "protocols/rebalancing.py", "protocols/textbook/rebalancing.py", "datasets.py"),
        tests=("placement/test_placement.py", "placement/test_textbook.py", "placement/test_weak.py",
               "protocols/test_rebalancing.py", "experiments/test_hash_partitioning.py",
               "experiments/test_rebalancing.py",
               "panels/test_hash_partitioning.py"),
    ),
    Chapter(
        13, "range_partitioning", "Placement by range", "split, move, scan; the hot tail and its remedies",
        after=(12,),
        modules=("placement/ranges.py", "placement/shards.py", "placement/indexes.py",
                 "placement/textbook_ranges.py"),
        tests=("placement/test_ranges.py", "placement/test_shards.py", "experiments/test_range_partitioning.py"),
    ),
    Chapter(
        14, "consensus", "Consensus", "Paxos, Raft under every fault, and why termination cannot be guaranteed",
        after=(10,),
        modules=("protocols/raft.py", "protocols/raft_messages.py", "replication/raft_log.py",
                 "protocols/raft_properties.py", "protocols/raft_snapshots.py", "protocols/raft_store.py",
                 "protocols/raft_client.py", "protocols/raft_reads.py", "protocols/raft_prevote.py",
                 "protocols/raft_checkquorum.py", "protocols/raft_transfer.py", "protocols/raft_membership.py",
                 "protocols/paxos.py", "protocols/paxos_properties.py", "protocols/paxos_nacks.py"),
        tests=("protocols/test_raft.py", "protocols/test_raft_store.py", "protocols/test_raft_reads.py",
               "protocols/test_raft_extensions.py", "protocols/test_raft_membership.py",
               "protocols/test_raft_combined.py", "protocols/test_paxos.py", "protocols/test_paxos_nacks.py",
               "experiments/test_consensus.py"),
    ),
    Chapter(
        15, "whole_system", "A store from all the parts", "the whole course in one cluster, in a storm",
        after=(5, 7, 9, 12),
        modules=("protocols/ring_store.py", "protocols/ring_client.py", "protocols/gossip.py", "placement/racks.py",
                 "experiments/scores.py", "protocols/textbook/ring_store.py"),
        tests=("protocols/test_ring_store.py", "experiments/test_whole_system.py"),
    ),
    Chapter(
        16, "transactions", "Transactions and isolation",
        "anomalies as cycles; locks, snapshots, validation",
        after=(4, 6),
        modules=("protocols/isolation/", "protocols/textbook/isolation.py", "protocols/textbook/sharded_locking.py",
                 "protocols/textbook/timestamps.py", "checkers/transactions/"),
        tests=("protocols/test_isolation.py", "protocols/test_sharded_locking.py", "protocols/test_timestamps.py",
               "checkers/transactions/", "experiments/test_transactions.py"),
    ),
    Chapter(
        17, "real_processes", "Real processes",
        "kill -9, real disks and pauses; a node in any language",
        after=(3, 14),
        modules=("run/", "reproduction.py", "protocols/textbook/quorum_store.py"),
        tests=("run/", "experiments/test_real_processes.py", "test_reproduction.py"),
    ),
)  # fmt: skip


def notebooks_folder() -> Path:
    """Return the folder of the course's notebooks: inside an installed package, beside it in a checkout.

    FileNotFoundError if it is in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_notebooks", package.parent / "notebooks"):
        if (folder / CHAPTERS[0].file).is_file():
            return folder
    raise FileNotFoundError(
        f"the notebooks are neither in {package} nor beside it: install dscourse again"
    )


def written(folder: Path | None = None) -> tuple[Chapter, ...]:
    """Return the chapters whose notebooks exist, in order."""
    parent = folder or notebooks_folder()
    return tuple(chapter for chapter in CHAPTERS if (parent / chapter.file).exists())
