"""The command ``dscourse maelstrom``: test a program as Maelstrom does, with the options that its users know.

Exit status: 0 if the history is valid, 1 if it is not, 2 if that is unknown, or the command cannot be understood.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from dscourse.sim.network import Constant, Exponential, Latency, Uniform

__all__ = ["NEMESES", "TEXT", "TOPOLOGIES", "WORKLOADS", "add_options", "run"]

# Named here, so that the other commands start without what runs the tests.
WORKLOADS = (
    "broadcast", "echo", "g-counter", "g-set", "kafka", "lin-kv", "pn-counter", "txn-list-append", "txn-rw-register",
    "unique-ids",
)  # fmt: skip
TOPOLOGIES = ("grid", "line", "total", "tree", "tree2", "tree3", "tree4")
NEMESES = ("partition", "kill", "pause", "loss", "duplicate")

TEXT = """\
Test a program in any language that speaks Maelstrom's protocol: JSON lines on standard input and output. Options have
the names and meanings that they have in Maelstrom; --seed, --settle, --timeout and some faults are additions.
Arguments after -- go to the program, as in: dscourse maelstrom -w echo --bin /usr/bin/node -- echo.js
Exit status: 0 valid, 1 invalid, 2 unknown."""

_NEMESES = f"faults that begin and end in turn, by commas: {', '.join(NEMESES)}"


def add_options(one: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    one.add_argument("word", nargs="?", choices=["test"], help="may be written, as for Maelstrom")
    workloads = f"{', '.join(WORKLOADS)}; default: lin-kv"
    one.add_argument(
        "-w", "--workload", choices=WORKLOADS, metavar="NAME", default="lin-kv", help=workloads
    )
    one.add_argument(
        "--bin", required=True, metavar="PROGRAM", help="the program that each node runs"
    )
    _add_cluster(one)
    _add_patience(one)
    _add_network(one)
    _add_workloads(one)
    for name in ("--log-stderr", "--log-net-send", "--log-net-recv"):
        one.add_argument(name, action="store_true", help="write it to standard error as it happens")


def _add_cluster(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--node-count", type=int, metavar="N", help="nodes called n0, n1, …; default: 5 from n1 on"
    )
    one.add_argument("--nodes", metavar="NAMES", help="the nodes' names, by commas")
    one.add_argument(
        "--time-limit",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds of requests; default: 60",
    )
    one.add_argument(
        "--rate",
        type=float,
        default=5.0,
        metavar="HZ",
        help="requests per second in all; default: 5",
    )
    one.add_argument(
        "--concurrency",
        default="1n",
        metavar="N",
        help="clients: 10, or 2n for two per node; default: 1n",
    )


def _add_patience(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--availability",
        metavar="SHARE",
        help="share of requests that must succeed: 0 to 1, or total",
    )
    one.add_argument(
        "--timeout", type=float, metavar="MS", help="how long a client waits for an answer"
    )
    one.add_argument(
        "--settle",
        type=float,
        default=10.0,
        metavar="S",
        help="longest wait for final reads; default: 10",
    )
    one.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of all random choices; default: 0"
    )
    folders = (
        "run each node in a folder of its own in DIR; without it all run in the current folder"
    )
    one.add_argument("--folder", metavar="DIR", help=folders)


def _add_network(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--latency",
        type=float,
        default=0.0,
        metavar="MS",
        help="mean delay between nodes; default: 0",
    )
    distributions = "constant (the default), uniform or exponential"
    one.add_argument(
        "--latency-dist",
        choices=["constant", "uniform", "exponential"],
        default="constant",
        metavar="NAME",
        help=distributions,
    )
    topologies = f"neighbours for broadcast: {', '.join(TOPOLOGIES)}; default: grid"
    one.add_argument(
        "--topology", choices=TOPOLOGIES, metavar="NAME", default="grid", help=topologies
    )
    one.add_argument("--nemesis", default="", metavar="FAULTS", help=_NEMESES)
    one.add_argument(
        "--nemesis-interval", type=float, default=10.0, metavar="S", help="default: 10"
    )


def _add_workloads(one: argparse.ArgumentParser) -> None:
    models = "models that transactions must satisfy, by commas; default: strict-serializable"
    one.add_argument(
        "--consistency-models", default="strict-serializable", metavar="MODELS", help=models
    )
    one.add_argument("--key-count", type=int, metavar="N", help="keys in use at a time")
    one.add_argument(
        "--max-txn-length",
        type=int,
        default=4,
        metavar="N",
        help="steps of a transaction; default: 4",
    )
    one.add_argument("--max-writes-per-key", type=int, default=16, metavar="N", help="default: 16")


def run(chosen: argparse.Namespace) -> int:
    """Run the test, print its result, and return the exit status."""
    from dscourse.run.external import test
    from dscourse.run.external.cluster import Logging

    try:
        result = test(
            chosen.workload, [chosen.bin, *chosen.extra], nodes=_nodes(chosen), rate=chosen.rate,
            seconds=chosen.time_limit, plan=chosen.nemesis, latency=_latency(chosen), topology=chosen.topology,
            seed=chosen.seed, concurrency=_concurrency(chosen), availability=_availability(chosen.availability),
            consistency_models=_listed(chosen.consistency_models), key_count=chosen.key_count,
            max_txn_length=chosen.max_txn_length, max_writes_per_key=chosen.max_writes_per_key,
            folder=chosen.folder, own_folders=chosen.folder is not None,
            nemesis_interval=chosen.nemesis_interval, timeout_ms=chosen.timeout, settle=chosen.settle,
            logging=Logging(chosen.log_stderr, chosen.log_net_send, chosen.log_net_recv),
        )  # fmt: skip
    except (ValueError, TypeError, LookupError, OSError, RuntimeError) as error:
        print(f"dscourse maelstrom: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(result)
    return {True: 0, False: 1, None: 2}[result.verdict.ok]


def _listed(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]


def _nodes(chosen: argparse.Namespace) -> int | Sequence[str]:
    if chosen.nodes:
        return _listed(chosen.nodes)
    return (
        chosen.node_count
        if chosen.node_count is not None
        else [f"n{number}" for number in range(1, 6)]
    )


def _concurrency(chosen: argparse.Namespace) -> int:
    """Return the number of clients; ``2n`` is two per node. Raise ValueError."""
    nodes = _nodes(chosen)
    number, per_node = chosen.concurrency.removesuffix("n"), chosen.concurrency.endswith("n")
    if not number.isdecimal():
        raise ValueError(
            f"--concurrency {chosen.concurrency}: a number is required, as in 10 or 2n"
        )
    return int(number) * (1 if not per_node else nodes if isinstance(nodes, int) else len(nodes))


def _latency(chosen: argparse.Namespace) -> Latency:
    mean = chosen.latency
    if chosen.latency_dist == "uniform":
        return Uniform(0, 2 * mean)
    return Exponential(mean) if chosen.latency_dist == "exponential" else Constant(mean)


def _availability(text: str | None) -> str | float | None:
    try:
        return text if text in (None, "total") else float(str(text))
    except ValueError:
        raise ValueError(
            f'--availability {text}: a share from 0 to 1 is required, or "total"'
        ) from None
