"""A sweep on a Dask cluster, seen from the client.

Settings travel in batches of about a second of work, and a bounded number of batches is under way, so that a hundred
thousand settings cost the scheduler a few hundred tasks and may come from a generator. Results come back in any order
and are passed on in that of the settings. Dask repeats a batch whose worker has died, four times at most.
"""

from __future__ import annotations

import pickle
import queue
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from typing import Any
from weakref import WeakSet

from dscourse.core.wording import count
from dscourse.sweep.worker import check_sendable, compute, dumps, edition, naming

__all__ = ["results"]

BATCH_S = 1.0  # what a batch should take: much longer than the scheduler's few milliseconds for it
PER_WORKER_S = (
    0.01  # more workers, longer batches: one client keeps up with a hundred batches per second
)
LARGEST = 2_000  # settings per batch
AHEAD = 8  # batches under way per worker: Dask's adaptive clusters grow if 5 s of work wait for each worker
PATIENCE_S = 60.0  # how long a cluster may be without any worker
_ROUND_S = 2.0  # how often the workers are counted
_PREPARED: WeakSet[Any] = WeakSet()  # clients whose workers are spared by interrupts


@dataclass(frozen=True, slots=True)
class Batch:
    """Settings that travel together; ``first`` is the number of the first one in the sweep."""

    number: int
    first: int
    settings: Sequence[Any]

    def __str__(self) -> str:
        last = self.first + len(self.settings) - 1
        if last == self.first:
            return f"setting {self.first} of the sweep (the first is 0), which is {self.settings[0]!r:.300}"
        ends = f"{self.settings[0]!r:.200} to {self.settings[-1]!r:.200}"
        return f"settings {self.first} to {last} of the sweep (the first is 0), from {ends}"


def results(
    client: Any, settings: Iterable[Any], run: Callable[[Any], Any], done: Callable[[int], object]
) -> Iterator[Any]:
    """Yield the results of ``run`` in the order of the settings; call ``done`` with a number of runs that ended.

    An exception of ``run`` is raised in its turn, like that of a loop, and has a note about its setting. However this
    ends, batches that are still under way are cancelled: no worker begins another run of them. RuntimeError if the
    workers died with a batch, if there is no worker for a minute, if the connection is lost, or if a worker has
    another edition of dscourse or Python.
    """
    if getattr(client, "asynchronous", False):
        raise RuntimeError("the current Dask client is asynchronous: make one with Client(address)")
    _prepare(client)
    sweep = _Sweep(client, settings, run)
    try:
        yield from sweep.results(done)
    finally:
        sweep.cancel()


def _prepare(client: Any) -> None:
    """Let an interrupt of this process spare the workers that are its children, once per client."""
    from dscourse.sweep.interrupts import Uninterrupted

    if client not in _PREPARED:
        client.register_plugin(Uninterrupted())
        _PREPARED.add(client)


class _Sweep:
    """The batches of one sweep: those under way, and the outcomes that wait for their turn."""

    def __init__(self, client: Any, settings: Iterable[Any], run: Callable[[Any], Any]) -> None:
        self.client, self.function = client, _function(run)
        self.name, self.edition = f"sweep-{uuid.uuid4().hex}", edition()
        self.rest = iter(settings)
        self.known = len(settings) if isinstance(settings, Sized) else None
        self.sent, self.begun, self.size = 0, 0, 1
        self.pending: dict[Any, Batch] = {}
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.outcomes: dict[int, list[Any] | BaseException] = {}
        self.has_failed = False
        self.workers, self.counted = 1, -_ROUND_S
        self.last_seen = time.monotonic()

    def results(self, done: Callable[[int], object]) -> Iterator[Any]:
        turn = 0
        while True:
            self._send()
            if turn in self.outcomes:
                outcome = self.outcomes.pop(turn)
                if isinstance(outcome, BaseException):
                    raise outcome
                yield from outcome
                turn += 1
            elif self.pending:
                done(self._receive())
            else:
                return

    def cancel(self) -> None:
        """Cancel what is under way, if the cluster can still be told."""
        pending = list(self.pending)
        self.pending.clear()
        if pending and self.client.status == "running":
            self.client.cancel(pending)

    # --- out -------------------------------------------------------------------------------------

    def _send(self) -> None:
        """Send batches until enough are under way; none after one has failed."""
        self._count_workers()
        while not self.has_failed and len(self.pending) < AHEAD * max(self.workers, 2):
            settings = list(islice(self.rest, self._next_size()))
            if not settings:
                return
            batch = Batch(self.sent, self.begun, settings)
            future = self.client.submit(
                compute, self.edition, self.function, _settings(batch), batch.first,
                key=f"{self.name}-{batch.number}", pure=False,
            )  # fmt: skip
            self.pending[future] = batch
            future.add_done_callback(self.ended.put)
            self.sent += 1
            self.begun += len(settings)

    def _next_size(self) -> int:
        """Return the number of settings in the next batch: near the end of a known number, fewer."""
        if self.known is None:
            return self.size
        share = (self.known - self.begun) // (2 * max(self.workers, 1))
        return max(1, min(self.size, share))

    def _count_workers(self) -> None:
        """Count the workers now and then. RuntimeError if there has been none for too long."""
        now = time.monotonic()
        if now - self.counted < _ROUND_S:
            return
        self.counted = now
        known = self._asked(lambda: self.client.scheduler_info(n_workers=-1)["workers"])
        self.workers = sum(worker["status"] == "running" for worker in known.values())
        if self.workers:
            self.last_seen = now
        elif now - self.last_seen > PATIENCE_S:
            raise RuntimeError(
                f"the Dask cluster has had no running worker for {PATIENCE_S:.0f} s: {len(known)} are known, and "
                f"{count(len(self.pending), 'batch')} waiting. If workers are still to come, call "
                "client.wait_for_workers(1) before the sweep; if they died, their logs may say why"
            )

    # --- back ------------------------------------------------------------------------------------

    def _receive(self) -> int:
        """Wait for a batch, at most until the workers are to be counted; return its number of runs."""
        try:
            future = self.ended.get(timeout=_ROUND_S)
        except queue.Empty:
            return 0
        batch = self.pending.pop(future)
        try:
            self.outcomes[batch.number] = self._outcome(future, batch)
        except Exception as error:
            self.outcomes[batch.number] = error
            self.has_failed = True
            return 0
        return len(batch.settings)

    def _outcome(self, future: Any, batch: Batch) -> list[Any]:
        from distributed import KilledWorker

        try:
            data = self._asked(future.result)
        except KilledWorker as error:
            raise RuntimeError(
                f"{error.allowed_failures + 1} workers died, one after another, while they had {batch}: a run ends "
                "its worker, by a crash or by its need of memory. See the workers' logs, or run these settings alone"
            ) from error
        outcome, details = pickle.loads(data)
        if isinstance(outcome, Exception):
            raise outcome.with_traceback(details)
        self._adapt(len(outcome), details)
        return list(outcome)

    def _adapt(self, runs: int, seconds: float) -> None:
        """Let the next batches have a size that suits their time: so many runs took so many seconds."""
        aim = max(BATCH_S, PER_WORKER_S * self.workers)
        fits = int(aim * runs / max(seconds, 1e-9))
        self.size = max(1, min(fits, 2 * self.size, LARGEST))

    def _asked(self, question: Callable[[], Any]) -> Any:
        """Return the cluster's answer. RuntimeError if the connection is lost, or the work was cancelled."""
        from distributed import CancelledError

        try:
            return question()
        except (CancelledError, OSError) as error:
            if self.client.status == "running" and not isinstance(error, CancelledError):
                raise
            raise RuntimeError(
                "the sweep on the Dask cluster has ended early: its client was closed, the connection was lost, or "
                f"its batches were cancelled: {error}"
            ) from error


def _function(run: Callable[[Any], Any]) -> bytes:
    try:
        return dumps(run)
    except Exception as error:
        raise TypeError(
            f"run={run!r} cannot be sent to another process: {type(error).__name__}: {error}. A function that refers "
            "to an open file, a lock, a client or a running world stays here: let it make its own"
        ) from error


def _settings(batch: Batch) -> bytes:
    try:
        return dumps(batch.settings)
    except Exception:
        for number, setting in enumerate(batch.settings, batch.first):
            with naming(number, setting):
                check_sendable(setting, "a setting")
        raise
