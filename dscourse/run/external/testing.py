"""The test of a program: one call, from the arguments to the result."""

# ruff: noqa: PT028 - this is no test of pytest

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from numbers import Real
from pathlib import Path

from dscourse.checkers.verdict import Verdict
from dscourse.core.wording import count
from dscourse.run.external.book import Book
from dscourse.run.external.cluster import Cluster, Logging
from dscourse.run.external.nemesis import nemesis
from dscourse.run.external.program import Program, as_command
from dscourse.run.external.reactor import Reactor
from dscourse.run.external.refused import check
from dscourse.run.external.result import Result
from dscourse.run.external.running import START_S, Pace, Run
from dscourse.run.external.services import services
from dscourse.run.external.workloads import WORKLOADS, Settings, Workload
from dscourse.run.limits import check_processes
from dscourse.run.supervise import Supervisor
from dscourse.sim.arguments import as_plan
from dscourse.sim.faults import At
from dscourse.sim.network import Constant, Latency, Network
from dscourse.sim.streams import stream

__all__ = ["test"]

TIMEOUT_MS = 5_000.0
Command = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def test(
    workload: str | type[Workload],
    command: Command,
    *,
    nodes: int | Sequence[str] = 5,
    rate: float = 10.0,
    seconds: float = 5.0,
    plan: str | Iterable[At] = (),
    latency: float | Latency = 0.0,
    topology: str | Mapping[str, Sequence[str]] = "grid",
    seed: int = 0,
    concurrency: int | None = None,
    availability: str | float | None = None,
    consistency_models: Sequence[str] = ("strict-serializable",),
    key_count: int | None = None,
    max_txn_length: int = 4,
    max_writes_per_key: int = 16,
    nemesis_interval: float = 10.0,
    network: Network | None = None,
    timeout_ms: float | None = None,
    settle: float = 10.0,
    start: float = START_S,
    folder: str | os.PathLike[str] | None = None,
    own_folders: bool = True,
    logging: Logging | None = None,
) -> Result:
    """Test a program that speaks Maelstrom's protocol, and return the result; it blocks until all processes ended.

    ``workload`` is the name of one, or a class derived from `workloads.Workload`.
    ``command`` is a program and its arguments; each of the ``nodes`` (a number, or names) runs it in a folder of its
    own, which it keeps when it is killed and restarted: in ``folder``, or in a temporary one. Files named in the
    command are found from the current folder. Without ``own_folders`` all nodes run in the current folder.
    ``concurrency`` clients (one per node) make ``rate`` requests per second in total, for ``seconds``. ``plan`` is a
    fault plan whose times count from the first request, or the names of faults, as in ``"partition,kill"``, that
    begin and end every ``nemesis_interval`` seconds. ``latency`` is the delay between nodes in ms, or a distribution
    (`dscourse.sim`); with ``network``, each link has settings of its own. After the last request all faults end, and
    those planned for later do not happen. Clients of a killed node learn it at once: the outcome of their requests is
    unknown, and new ones fail. Then each node is read until all agree, for at most ``settle`` seconds.
    ``availability`` is the share of requests that must succeed, or ``"total"``. Random choices depend on the
    ``seed``; how processes and times interleave does not.

    ValueError, TypeError or LookupError for an argument that cannot be used; FileNotFoundError for a program that is
    not there, another OSError for one that cannot be started; RuntimeError where no process can be started. A node
    that breaks the protocol, crashes or is silent gives a verdict of False that says so.
    """
    names = _names(nodes)
    check_processes(len(names))
    kind = _workload(workload)
    planned = _plan(plan, names, _positive("seconds", seconds), nemesis_interval, seed)
    faults = [entry for entry in planned if entry.ms < 1000 * seconds]
    links, needed = _network(latency, network), _availability(availability)
    sizes = key_count, max_txn_length, max_writes_per_key
    settings = Settings(topology, *_sizes(*sizes), consistency_models)
    requests = kind(settings, stream(seed, "workload"))
    requests.setup(names)  # raises for a topology that there is not
    clients = _whole("concurrency", len(names) if concurrency is None else concurrency)
    patience = _timeout_ms(kind.name, links) if timeout_ms is None else timeout_ms
    pace = _pace(rate, seconds, clients, patience, settle, start)
    words = as_command(command)
    reactor, book, supervisor = Reactor(), Book(), Supervisor()
    folders = supervisor.folder if folder is None else Path(folder)
    program = Program(words, folders if own_folders else None)
    try:
        given = (reactor, book, supervisor, program, names, services(seed), links, seed)
        cluster = Cluster(*given, logging or Logging())
        run = Run(reactor, book, cluster, requests, names, pace, seed)
        run.play(faults)
    finally:
        with _uninterrupted():
            supervisor.close()
            reactor.close()
    if late := len(planned) - len(faults):
        cluster.remarks[
            f"{count(late, 'planned fault')} came after the last request, and not at all"
        ] = 1
    return _available(_result(run, cluster, requests, names, faults, seed), needed)


def _sizes(key_count: int | None, *largest: int) -> tuple[int | None, int, int]:
    """Return the sizes of a workload of transactions."""
    keys = None if key_count is None else _whole("key_count", key_count)
    names = ("max_txn_length", "max_writes_per_key")
    length, writes = (_whole(name, one) for name, one in zip(names, largest, strict=True))
    return keys, length, writes


def _pace(
    rate: float, seconds: float, clients: int, timeout_ms: float, settle: float, start: float
) -> Pace:
    """Return the pace of the requests. ValueError or TypeError for a number that is not positive."""
    patience, start = _positive("timeout_ms", timeout_ms), _positive("start", start)
    if settle:
        _positive("settle", settle)
    return Pace(_positive("rate", rate), seconds, clients, patience, settle, start)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait: a second one must not keep processes from being ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(
    run: Run,
    cluster: Cluster,
    requests: Workload,
    names: Sequence[str],
    plan: Sequence[At],
    seed: int,
) -> Result:
    """Return the result of a test whose processes have ended."""
    verdict, history = run.verdict(), run.history()
    found = cluster.remarks.items()
    remarks = [f"{text} ({number} times)" if number > 1 else text for text, number in found]
    if not cluster.problem:
        remarks += requests.remarks(history)
        remarks += [f"{f} is not supported: error 10" for f in run.clients.unsupported]
    return Result(
        requests.name, tuple(names), verdict, tuple(remarks), history, run.trace, run.operations, run.messages,
        run.final_from_ms, tuple(plan), seed,
    )  # fmt: skip


def _plan(
    plan: str | Iterable[At], names: Sequence[str], seconds: float, interval: float, seed: int
) -> list[At]:
    """Return a fault plan whose entries are all possible, in the order of their times."""
    if isinstance(plan, str):
        kinds = [kind for kind in plan.split(",") if kind]
        return nemesis(kinds, names, seconds, _positive("nemesis_interval", interval), seed)
    faults = as_plan(plan)
    check(faults, names)
    return sorted(faults, key=lambda entry: entry.ms)


def _workload(workload: str | type[Workload]) -> type[Workload]:
    if isinstance(workload, type) and issubclass(workload, Workload):
        return workload
    if workload not in WORKLOADS:
        raise ValueError(f"workload={workload!r}: the workloads are {', '.join(WORKLOADS)}")
    return WORKLOADS[workload]


def _positive(name: str, number: object) -> float:
    """Return a positive, finite number. Raise ValueError for anything else."""
    if not isinstance(number, Real) or isinstance(number, bool) or not 0 < float(number) < math.inf:
        raise ValueError(f"{name}={number!r}: a positive number is required")
    return float(number)


def _whole(name: str, number: object) -> int:
    if type(number) is not int or not 1 <= number <= 10_000:
        raise ValueError(f"{name}={number!r}: a whole number from 1 to 10,000 is required")
    return number


def _names(nodes: int | Sequence[str]) -> list[str]:
    """Return the names of the nodes: n0, n1, … for a number of them."""
    names = (
        [f"n{number}" for number in range(_whole("nodes", nodes))]
        if isinstance(nodes, int)
        else list(nodes)
    )
    reserved = {"lin-kv", "seq-kv", "lww-kv", "lin-tso"}
    for name in names:
        if (
            not isinstance(name, str)
            or not name.replace("-", "_").isidentifier()
            or name[0] == "c"
            or name in reserved
        ):
            raise ValueError(
                f"nodes names {name!r}: a word is required that does not begin with c, as clients' names do"
            )
    if not names or len(set(names)) < len(names):
        raise ValueError(f"nodes={nodes!r}: nodes with different names are required")
    return names


def _network(latency: float | Latency, network: Network | None) -> Network:
    if network is not None:
        if not isinstance(network, Network):
            raise TypeError(
                f"network={network!r}: a Network is required; write Network(latency=…, loss=…)"
            )
        return network
    return Network(Constant(latency) if isinstance(latency, int | float) else latency)


def _timeout_ms(workload: str, network: Network) -> float:
    """Return how long a client waits for an answer: 5 s; for lin-kv 10 mean latencies, 1 s at least."""
    mean_ms = network.between.latency.quantile(0.5)
    return max(1_000.0, 10 * mean_ms) if workload == "lin-kv" else TIMEOUT_MS


def _availability(needed: str | float | None) -> float | None:
    if needed is None or needed == "total":
        return None if needed is None else 1.0
    if not isinstance(needed, Real) or not 0 <= float(needed) <= 1:
        raise ValueError(f'availability={needed!r}: a share from 0 to 1 is required, or "total"')
    return float(needed)


def _available(result: Result, needed: float | None) -> Result:
    """Return the result, refuted if it is right but too few requests succeeded."""
    if needed is None or result.verdict.ok is False or result.availability >= needed:
        return result
    asked, least = len(result.requests.ok), f"{100 * needed:g}%"
    reason = f"{asked} of {result.operations} requests succeeded, and {least} have to"
    return replace(result, verdict=Verdict(f"{least} of requests succeed", False, reason))
