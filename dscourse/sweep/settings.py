"""One function over many settings: here, on the cores of this computer, or on a Dask cluster."""

from __future__ import annotations

import pickle
import sys
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, Literal, TypeVar

from dscourse.sweep.clients import current_client, the_client
from dscourse.sweep.cluster import results
from dscourse.sweep.worker import dumps, naming

__all__ = ["Jobs", "check_jobs", "in_order", "over"]

A = TypeVar("A")
B = TypeVar("B")
Jobs = int | Literal["cluster"] | None


def over(
    settings: Iterable[A], run: Callable[[A], B], *, jobs: Jobs = None, progress: bool = False
) -> list[B]:
    """Return the results of ``run`` for the settings, in their order.

    By default the current Dask client does the work, if there is one (``client = distributed.Client(…)``), and else
    this process: the same cell runs here or on a cluster. ``jobs`` decides it: 1 for this process; more for that many
    processes of joblib, -1 for one per core; ``"cluster"`` for the Dask client, or else an error. In a browser one
    process does all the work, and a warning says so. ``progress`` draws a progress bar on standard error.

    ``settings`` may be a generator, of which a bounded number is drawn ahead of the results. Everything that ``run``
    refers to travels to the processes, functions and classes of a notebook included. A worker does one run at a time,
    whatever its number of threads, and what a run prints goes to its worker's output.

    An exception of ``run`` is passed on, with a note that names the setting; if several raise, the first in order.
    After that, and after an interrupt, no run begins. TypeError for what cannot be sent; ValueError for ``jobs=0``.
    On a cluster RuntimeError if four workers die with the same settings, if there is no worker for a minute, if the
    connection is lost, or if a worker has another Python or other code of dscourse, and so other runs for a seed.

    >>> over(range(4), lambda n: n * n)
    [0, 1, 4, 9]
    """
    _check_sweep(settings, run)
    with closing(in_order(settings, run, jobs, progress)) as computed:
        return list(computed)


def in_order(
    settings: Iterable[A], run: Callable[[A], B], jobs: Jobs, progress: bool
) -> Generator[B, None, None]:
    """Yield the results of `over` as they come; close it to end the work."""
    check_jobs(jobs)
    client = the_client() if jobs == "cluster" else current_client() if jobs is None else None
    if jobs not in (None, 1) and sys.platform == "emscripten":
        warnings.warn("a browser has one process: the runs follow each other", stacklevel=3)
        jobs = 1
    with _bar(settings, progress) as done:
        if client is not None:
            yield from results(client, settings, run, done)
            return
        for result in _here(settings, run, 1 if jobs is None else int(jobs)):
            done(1)
            yield result


def _here(settings: Iterable[A], run: Callable[[A], B], jobs: int) -> Iterable[B]:
    if jobs == 1:
        return map(partial(_named, run), enumerate(settings))
    from joblib import Parallel, delayed

    function = _Sent(run)
    tasks = (delayed(_run_and_wrap)(function, _Sent(each)) for each in enumerate(settings))
    return map(_read, Parallel(n_jobs=jobs, return_as="generator")(tasks))


def _named(run: Callable[[A], B], numbered: tuple[int, A]) -> B:
    number, setting = numbered
    with naming(number, setting):
        return run(setting)


class _Sent:
    """A value that joblib may send to another process, where it arrives as itself: a notebook's classes included."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return pickle.loads, (dumps(self.value),)


def _read(sent: Any) -> Any:
    """Return the value: a backend without processes leaves it wrapped."""
    return sent.value if isinstance(sent, _Sent) else sent


def _run_and_wrap(run: Any, numbered: Any) -> _Sent:
    return _Sent(_named(_read(run), _read(numbered)))


@contextmanager
def _bar(settings: Any, progress: bool) -> Iterator[Callable[[int], object]]:
    """Yield a function that a bar is told with how many runs have ended."""
    if not progress:
        yield lambda number: None
        return
    from tqdm import tqdm

    total = len(settings) if hasattr(settings, "__len__") else None
    with tqdm(total=total) as bar:
        yield bar.update


def check_jobs(jobs: object) -> None:
    """ValueError for a number or word that is none of `over`'s."""
    if jobs is None or jobs == "cluster":
        return
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs == 0:
        raise ValueError(
            f"jobs={jobs!r}: it must be 1 or more, -1 for one process per core, or 'cluster'"
        )


def _check_sweep(settings: object, run: object) -> None:
    if not callable(run):
        raise TypeError(
            f"run={run!r}: a function of one setting is required; write over(settings, run)"
        )
    if isinstance(settings, str) or not isinstance(settings, Iterable):
        raise TypeError(f"settings={settings!r}: a list of settings is required")
